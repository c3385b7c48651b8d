//! Where a person sits: a directory of files, and the program at hand.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tillstream::cache::{self, Cache};

use crate::program::{Running, Said};
use crate::wait::keep_if_failed;

/// A directory of its own. A test that fails keeps it, with everything that was printed.
pub(crate) struct Desk {
    directory: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Where `tillstream up` keeps topics, configuration and logs.
    pub(crate) fn stack(&self) -> PathBuf {
        self.directory().join("stack")
    }

    /// A file on the desk.
    pub(crate) fn file(&self, name: &str) -> String {
        self.directory().join(name).display().to_string()
    }

    /// Writes a file, and says where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let file = self.file(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Starts a command. Variables of whoever runs the test do not reach it, but where downloads are kept is the
    /// same for all.
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        Running::start(self.directory(), words, |command| {
            command.env_clear().env(cache::VARIABLE, Cache::from_environment().directory());
        })
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Said {
        self.start(words).wait()
    }

    /// Starts a command that works on the stack.
    pub(crate) fn start_on_stack(&self, words: &[&str]) -> Running {
        let config = self.stack().join("enrich.toml").display().to_string();
        self.start(&[words, &["--config", &config]].concat())
    }

    /// Runs a command that works on the stack to its end.
    pub(crate) fn on_stack(&self, words: &[&str]) -> Said {
        self.start_on_stack(words).wait()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        keep_if_failed(&mut self.directory);
    }
}
