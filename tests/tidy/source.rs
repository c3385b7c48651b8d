//! Rules for the text of one Rust file: how it opens, how long it is, and what it never holds.

use crate::finding::Finding;
use crate::rust::{code_of, has_word};

/// Lines of a file, unless [`LONGER`] allows more.
const FILE_LINES_MAX: usize = 500;

/// Characters of a line. rustfmt holds code to fewer; this is for comments and strings, which it leaves.
const LINE_CHARACTERS_MAX: usize = 120;

/// Characters of a line in a test, where a row of a table of cases reads better whole.
const CASE_CHARACTERS_MAX: usize = 150;

/// Files that may be longer: path, lines, reason.
const LONGER: [(&str, usize, &str); 0] = [];

/// Marks of unfinished work, put together here so that this file does not hold them.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Crates whose outputs must be the same again when the same input is replayed.
const DECIDING: [&str; 4] =
    ["services/shared/domain/", "services/enrich/", "services/inventory/", "services/journal/"];

/// Names by which a clock or chance would come into a decision.
const CLOCKS_AND_CHANCE: [&str; 5] = ["Instant", "SystemTime", "RandomState", "rand", "now()"];

/// Holds one file to all of them.
pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = check_size(path, text);
    if !text.starts_with("//! ") {
        findings.push(Finding::of(path, "open the file with a line of `//!` that says what it decides"));
    }
    let code = code_of(text);
    let mut in_test = is_test_file(path);
    let mut marked = false;
    for (at, (line, code)) in text.lines().zip(code.lines()).enumerate() {
        // The tests of a file are its last module; `mod tests;` is a file of its own.
        in_test = in_test || (marked && code.trim_end().ends_with('{'));
        marked = code.trim() == "#[cfg(test)]";
        if let Some(says) = refusal(path, line, code, in_test) {
            findings.push(Finding::at(path, at + 1, says));
        }
    }
    findings
}

fn check_size(path: &str, text: &str) -> Vec<Finding> {
    let allowed =
        LONGER.iter().find(|(known, _, _)| *known == path).map_or(FILE_LINES_MAX, |(_, lines, _)| *lines);
    let lines = text.lines().count();
    if lines <= allowed {
        return Vec::new();
    }
    vec![Finding::of(path, format!("{lines} lines: split the file at a decision, {allowed} are the most"))]
}

fn refusal(path: &str, line: &str, code: &str, in_test: bool) -> Option<String> {
    let characters = line.chars().count();
    let allowed = if in_test { CASE_CHARACTERS_MAX } else { LINE_CHARACTERS_MAX };
    if characters > allowed && !line.contains("://") {
        return Some(format!("{characters} characters: break the line, {allowed} are the most"));
    }
    if let Some(mark) = UNFINISHED.iter().find(|mark| has_word(line, mark)) {
        return Some(format!("{mark}: finish it, or write an issue about it"));
    }
    if code.contains("#[ignore") {
        return Some("an ignored test shows nothing: mend it or remove it".to_owned());
    }
    if in_test && has_word(code, "sleep") {
        return Some("a test waits for the thing itself, with a deadline, and does not sleep".to_owned());
    }
    if path.starts_with("services/shared/domain/") && (has_word(code, "f64") || has_word(code, "f32")) {
        return Some("money and quantity are decimals: `domain::number`".to_owned());
    }
    let decides = DECIDING.iter().any(|folder| path.starts_with(folder));
    let name = CLOCKS_AND_CHANCE.iter().find(|name| code.contains("::") && has_name(code, name));
    name.filter(|_| decides)
        .map(|name| format!("`{name}` must not decide: time comes in as data, ids are derived"))
}

fn has_name(code: &str, name: &str) -> bool {
    if name.ends_with(')') { code.contains(&format!("::{name}")) } else { has_word(code, name) }
}

fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    const OPENING: &str = "//! Decides.\n";

    fn findings(path: &str, line: &str) -> Vec<Finding> {
        check(path, &format!("{OPENING}{line}\n"))
    }

    #[test]
    fn each_rule_can_fail() {
        let anywhere = "services/wire/src/lib.rs";
        let cases = [
            (anywhere, format!("// {}: later", UNFINISHED[0]), "finish it"),
            (anywhere, "x".repeat(LINE_CHARACTERS_MAX + 1), "121 characters"),
            ("tests/faults/main.rs", "x".repeat(CASE_CHARACTERS_MAX + 1), "151 characters"),
            (anywhere, "#[ignore = \"slow\"]".to_owned(), "shows nothing"),
            ("tests/faults/main.rs", "std::thread::sleep(second);".to_owned(), "does not sleep"),
            ("services/wire/tests/a.rs", "tokio::time::sleep(second).await;".to_owned(), "does not sleep"),
            ("services/shared/domain/src/number.rs", "fn rate() -> f64 {".to_owned(), "decimals"),
            ("services/shared/domain/src/number.rs", "use std::time::Instant;".to_owned(), "time comes in"),
            ("services/journal/src/lib.rs", "let at = Timestamp::now();".to_owned(), "time comes in"),
        ];
        for (path, line, words) in cases {
            assert_says(&findings(path, &line), words);
        }
    }

    #[test]
    fn a_file_opens_by_saying_what_it_decides() {
        assert_says(&check("services/wire/src/lib.rs", "use std::fmt;\n"), "open the file");
    }

    #[test]
    fn a_file_has_an_end() {
        assert_says(&check("a.rs", &OPENING.repeat(FILE_LINES_MAX + 1)), "501 lines");
        assert_eq!(check("a.rs", &OPENING.repeat(FILE_LINES_MAX)), []);
    }

    #[test]
    fn a_unit_test_does_not_sleep_either() {
        assert_says(
            &findings("services/wire/src/lib.rs", "#[cfg(test)]\nmod tests {\nsleep(second);\n}"),
            "not sleep",
        );
    }

    #[test]
    fn what_is_allowed_passes() {
        let cases = [
            ("services/wire/src/lib.rs", "fn rate() -> f64 {"),
            ("services/netsuite-sim/src/lib.rs", "tokio::time::sleep(latency).await;"),
            (
                "services/netsuite-sim/src/lib.rs",
                "#[cfg(test)]\nmod tests;\nasync fn f() { sleep(latency).await }",
            ),
            ("services/shared/domain/src/number.rs", "//! No `f64` is near money."),
            ("services/shared/domain/src/number.rs", "say(\"Instant::now\");"),
        ];
        for (path, line) in cases {
            assert_eq!(findings(path, line), [], "in {path}: {line}");
        }
    }
}
