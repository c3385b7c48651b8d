//! The program `tillstream` as a process: words in; exit code, standard output and standard error out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tillstream::stack::process::{Process, binary};

use crate::wait::tell;

/// How long a command may take that is not stated otherwise. A busy machine takes most of it.
const WITHIN: Duration = Duration::from_secs(60);

/// Sends standard output to the file that is named first, and becomes the program that is named next.
const APART: &str = "exec \"$@\" >\"$0\"";

/// How a value of a program looks when nobody has written a message for it.
const NOT_FOR_PEOPLE: [&str; 7] = ["panicked", "Some(", "Err(", "Error {", "kind:", "Caused by", "\\\""];

/// Numbers the files of the commands, so that those of a failed test lie in order.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A command that runs. Dropping it kills it.
pub(crate) struct Running {
    line: String,
    began: Instant,
    pub(crate) process: Process,
    out: PathBuf,
}

/// What became of a command.
pub(crate) struct Said {
    line: String,
    code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Running {
    /// Starts the program with these words; its files lie in `directory`. `prepare` may change its environment.
    pub(crate) fn start(directory: &Path, words: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = |kind| directory.join(format!("{number:03}-{}.{kind}", words.first().unwrap_or(&"")));
        let (out, err) = (file("out"), file("err"));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", APART]).arg(&out).arg(binary("tillstream").unwrap()).args(words);
        prepare(&mut shell);
        let line = format!("tillstream {}", words.join(" "));
        let process = Process::start(&line, shell, &err).unwrap();
        Self { line, began: Instant::now(), process, out }
    }

    /// Standard output so far.
    pub(crate) fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap_or_default()
    }

    /// Standard error so far.
    pub(crate) fn err(&self) -> String {
        fs::read_to_string(self.process.log()).unwrap_or_default()
    }

    /// Waits for the end of the command.
    pub(crate) fn wait(self) -> Said {
        self.wait_within(WITHIN)
    }

    /// Waits for the end of the command, no longer than stated.
    pub(crate) fn wait_within(mut self, within: Duration) -> Said {
        let status = self.process.wait(within).unwrap();
        let (line, out, err) = (self.line.clone(), self.out(), self.err());
        let status = status.unwrap_or_else(|| panic!("`{line}` still runs after {within:?}\n{out}\n{err}"));
        tell(&format!("-- {line} ({status}, {:?})\n{out}{err}", self.began.elapsed()));
        Said { line, code: status.code(), out, err }
    }
}

impl Said {
    /// Holds a command to have done its work, and to have said so on standard output.
    pub(crate) fn does(self, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(0), "`{}` succeeds\n{}{}", self.line, self.out, self.err);
        self.holds(&self.out, "prints", parts);
        self
    }

    /// Holds a command to a failure, and its last words on standard error to people: the thing, and what to do.
    pub(crate) fn fails(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "`{}` fails\n{}{}", self.line, self.out, self.err);
        let names = self.err.matches("tillstream: ").count();
        assert_eq!(names, usize::from(code == 1), "`{}` says once who complains: {}", self.line, self.err);
        self.holds(&self.err, "complains of", parts);
        let form = NOT_FOR_PEOPLE.iter().find(|form| self.err.contains(*form));
        assert_eq!(form, None, "`{}` speaks to people: {}", self.line, self.err);
        self
    }

    /// The cells of the row of a table that begins with `first`.
    pub(crate) fn row(&self, first: &str) -> Option<Vec<&str>> {
        self.rows().into_iter().find(|row| row.first() == Some(&first))
    }

    /// The cells of every line, which two blanks or more part from each other.
    pub(crate) fn rows(&self) -> Vec<Vec<&str>> {
        self.out.lines().map(cells).collect()
    }

    fn holds(&self, text: &str, does: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "`{}` {does} `{part}`, not\n{}{}", self.line, self.out, self.err);
        }
    }
}

/// The cells of a line of a table.
pub(crate) fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}
