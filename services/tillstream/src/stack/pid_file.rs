//! Which process works in a data directory, written where the next one to come will look.
//!
//! A process id alone may have been given to someone else since, so the start time of the process, as
//! the kernel counts it, stands beside it. Where there is no `/proc`, the id alone must do.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

use crate::stack::Error;
use crate::stack::error::file;

/// The file `NAME.pid` of a data directory; removed when dropped.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    text: String,
}

impl PidFile {
    /// Refuses a directory whose process still runs. What a dead one left behind is of no concern.
    pub(super) fn check(directory: &Path, name: &str) -> Result<(), Error> {
        let text = fs::read_to_string(path(directory, name)).unwrap_or_default();
        let mut words = text.split_whitespace();
        let Some(pid) = words.next().and_then(|word| word.parse().ok()) else { return Ok(()) };
        if runs(pid) && words.next() == started_at(pid).as_deref() {
            return Err(Error::InUse { pid, directory: directory.to_owned() });
        }
        Ok(())
    }

    /// Writes down that the process `pid` works in the directory.
    pub(super) fn write(directory: &Path, name: &str, pid: u32) -> Result<Self, Error> {
        let path = path(directory, name);
        let text = format!("{pid} {}\n", started_at(pid).unwrap_or_default());
        fs::write(&path, &text).map_err(file("write", &path))?;
        Ok(Self { path, text })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // After a restart the file is the next process's. One that stays behind names a dead process,
        // which the next check sees.
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            fs::remove_file(&self.path).ok();
        }
    }
}

fn path(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.pid"))
}

fn runs(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// The 22nd field of `/proc/PID/stat`, counted behind the name, which may hold blanks and brackets.
fn started_at(pid: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let behind_name = text.rsplit_once(')')?.1;
    behind_name.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::process;

    #[test]
    fn a_directory_whose_process_runs_is_refused_by_process_id() {
        let directory = tempfile::tempdir().unwrap();
        let held = PidFile::write(directory.path(), "kafka", process::id()).unwrap();
        let message = PidFile::check(directory.path(), "kafka").unwrap_err().to_string();
        assert!(message.starts_with(&format!("process {} still works in", process::id())), "{message}");
        drop(held);
        assert!(PidFile::check(directory.path(), "kafka").is_ok());
    }

    #[test]
    fn what_a_dead_process_left_does_not_stop_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let stale = directory.path().join("kafka.pid");
        // The second is our own process id with another start time, as after a reuse of the id.
        for text in ["4194303 77".to_owned(), format!("{} 1", process::id()), "nonsense".to_owned()] {
            fs::write(&stale, &text).unwrap();
            assert!(PidFile::check(directory.path(), "kafka").is_ok(), "{text}");
        }
    }
}
