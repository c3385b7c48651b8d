//! Programs of the machine that are needed once, to fetch things: Maven, Java, Python.
//!
//! A missing program is the most common trouble of a first start, so its error names what to install.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

/// Maven, which downloads Kafka and the schema registry.
pub const MAVEN: Tool =
    Tool { program: "mvn", install: "Maven 3.8 or later (Debian: apt-get install maven)" };
/// Java, which runs them.
pub const JAVA: Tool =
    Tool { program: "java", install: "Java 17 or later (Debian: apt-get install openjdk-17-jre-headless)" };
/// Python, whose package index holds the input data.
pub const PYTHON: Tool =
    Tool { program: "python3", install: "Python 3 with pip (Debian: apt-get install python3 python3-pip)" };

/// How much of a failed program's output is shown.
const OUTPUT_LINES: usize = 15;

/// A program that must be on the path.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// The name it is called by.
    pub program: &'static str,
    /// What to install when it is missing.
    pub install: &'static str,
}

/// A program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program is not on the path.
    #[error("{program} was not found: install {install} and see that it is on the PATH")]
    Missing {
        /// The name it is called by.
        program: &'static str,
        /// What to install.
        install: &'static str,
    },
    /// The program could not be started.
    #[error("cannot run {program}")]
    Start {
        /// The name it is called by.
        program: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The program ended with a failure.
    #[error("`{command}` failed ({status}); the end of its output:\n{output}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        output: String,
    },
}

impl Tool {
    /// Runs the program and returns everything it wrote, standard output first.
    ///
    /// # Errors
    /// [`Error`] when it is missing, cannot be started or ends with a failure.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, Error> {
        let mut command = Command::new(self.program);
        command.args(arguments).stdin(Stdio::null());
        let output = command.output().map_err(|source| self.not_started(source))?;
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.concat();
        if output.status.success() {
            return Ok(text);
        }
        let words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
        let words: Vec<_> = [self.program.into()].into_iter().chain(words).collect();
        Err(Error::Failed {
            command: words.join(" "),
            status: output.status.to_string(),
            output: last_lines(&text, OUTPUT_LINES),
        })
    }

    fn not_started(&self, source: io::Error) -> Error {
        if source.kind() == io::ErrorKind::NotFound {
            Error::Missing { program: self.program, install: self.install }
        } else {
            Error::Start { program: self.program, source }
        }
    }
}

/// Returns the last `count` lines that are not blank.
#[must_use]
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_missing_program_names_what_to_install() {
        let tool = Tool { program: "tillstream-no-such-program", install: "the program package" };
        let message = tool.run(&["--version"]).unwrap_err().to_string();
        assert_eq!(
            message,
            "tillstream-no-such-program was not found: install the program package and see that it is on the PATH"
        );
    }

    #[test]
    fn a_failed_program_shows_the_end_of_what_it_wrote() {
        let shell = Tool { program: "sh", install: "a shell" };
        let message = shell.run(&["-c", "seq 100; exit 3"]).unwrap_err().to_string();
        assert!(message.contains("exit status: 3") && message.ends_with("\n99\n100"), "{message}");
        assert!(!message.contains("\n85\n"), "{message}");
    }
}
