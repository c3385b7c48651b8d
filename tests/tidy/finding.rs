//! What a rule says: where, and what to do.

use std::fmt;

/// One place that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    says: String,
}

impl Finding {
    /// Makes a finding about one line, counted from 1.
    pub(crate) fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }

    /// Makes a finding about a whole file.
    pub(crate) fn of(path: &str, says: impl Into<String>) -> Self {
        Self::at(path, 1, says)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.says)
    }
}

/// Fails the test with the list of everything found.
pub(crate) fn assert_none(findings: Vec<Finding>) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} found:\n{}", list.len(), list.join("\n"));
}

/// Asserts that a rule says exactly one thing, and that it holds the given words.
#[track_caller]
pub(crate) fn assert_says(findings: &[Finding], words: &str) {
    assert_eq!(findings.len(), 1, "expected one finding about {words:?}, got {findings:?}");
    let says = findings[0].to_string();
    assert!(says.contains(words), "expected {words:?} in {says:?}");
}
