//! A child process under supervision: its output in a log file, watched while it runs, gone when we go.
//!
//! JVMs and service binaries are started through it alike. Each child is its own process group, so a
//! Ctrl-C in the terminal reaches us alone and the parts are stopped in order; a guard stops the
//! child when we are killed ourselves.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::stack::Error;
use crate::stack::error::file;
use crate::stack::guard::Guard;
use crate::tool::{self, last_lines};

/// How often a condition is looked at while waiting for it.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How much of a log an error shows.
const LOG_LINES: usize = 20;

/// A running child process. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Child,
    guard: Guard,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `command` with its output appended to `log`, shown as `name` in messages.
    ///
    /// # Errors
    /// [`Error::Tool`] when the program is `java` and missing; else [`Error::Process`] or [`Error::File`].
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Self, Error> {
        let output = File::options().create(true).append(true).open(log).map_err(file("open", log))?;
        let errors = output.try_clone().map_err(file("open", log))?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        let child = command.spawn().map_err(|source| not_started(name, &command, source))?;
        let guard = Guard::over(child.id());
        let guard = guard.map_err(|source| process_error("guard", name, source))?;
        Ok(Self { name: name.to_owned(), log: log.to_owned(), child, guard, ended: None })
    }

    /// The name it is shown by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The log file.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns how it ended, or `None` while it runs.
    ///
    /// # Errors
    /// [`Error::Process`] when the operating system cannot say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        if self.ended.is_none() {
            let status = self.child.try_wait();
            self.ended = status.map_err(|source| process_error("ask for", &self.name, source))?;
            if self.ended.is_some() {
                self.guard.release();
            }
        }
        Ok(self.ended)
    }

    /// Looks whether it still runs.
    ///
    /// # Errors
    /// [`Error::Ended`] with the end of the log when it does not.
    pub fn check(&mut self) -> Result<(), Error> {
        let Some(status) = self.ended()? else { return Ok(()) };
        let tail = self.log_tail(LOG_LINES);
        Err(Error::Ended { name: self.name.clone(), status: status.to_string(), log: self.log.clone(), tail })
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// [`Error::Ended`] as soon as the process ends, [`Error::NotReady`] after `within`.
    pub fn wait_until(&mut self, within: Duration, mut ready: impl FnMut() -> bool) -> Result<(), Error> {
        let deadline = Instant::now() + within;
        loop {
            self.check()?;
            if ready() {
                return Ok(());
            }
            if Instant::now() > deadline {
                let (name, log, tail) = (self.name.clone(), self.log.clone(), self.log_tail(LOG_LINES));
                return Err(Error::NotReady { name, seconds: within.as_secs(), log, tail });
            }
            pause();
        }
    }

    /// Waits until it ends by itself, or returns `None` after `within`.
    ///
    /// # Errors
    /// [`Error::Process`] when the operating system cannot say.
    pub fn wait(&mut self, within: Duration) -> Result<Option<ExitStatus>, Error> {
        let deadline = Instant::now() + within;
        while self.ended()?.is_none() && Instant::now() < deadline {
            pause();
        }
        Ok(self.ended)
    }

    /// Asks it to leave (SIGTERM), kills it after `within`, and returns how it ended.
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn stop(&mut self, within: Duration) -> Result<ExitStatus, Error> {
        self.terminate()?;
        // One that is suspended would not hear the first signal.
        self.resume()?;
        match self.wait(within)? {
            Some(status) => Ok(status),
            None => self.kill(),
        }
    }

    /// Asks it to leave (SIGTERM) and returns at once. Does nothing when it has ended.
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn terminate(&mut self) -> Result<(), Error> {
        self.signal(Signal::TERM)
    }

    /// Stops its clock (SIGSTOP): it keeps its sockets and does nothing.
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn suspend(&mut self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`Process::suspend`] (SIGCONT).
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn resume(&mut self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    /// Kills it (SIGKILL) and returns when it is gone.
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn kill(&mut self) -> Result<ExitStatus, Error> {
        self.signal(Signal::KILL)?;
        let status = self.child.wait().map_err(|source| process_error("wait for", &self.name, source))?;
        self.ended = Some(status);
        self.guard.release();
        Ok(status)
    }

    /// The last lines of its log, `count` at most; empty when it cannot be read.
    #[must_use]
    pub fn log_tail(&self, count: usize) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&bytes), count)
    }

    fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        // Once it has been waited for, its id may belong to another process.
        if self.ended()?.is_some() {
            return Ok(());
        }
        let sent = kill_process(Pid::from_child(&self.child), signal);
        sent.map_err(|errno| process_error("signal", &self.name, errno.into()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing more can be done about a child that cannot be killed.
        self.kill().ok();
    }
}

/// Finds the binary of a service: beside this program, or one level up for a test, which cargo puts into
/// `deps`. Binaries are named as their packages.
///
/// # Errors
/// [`Error::BinaryMissing`] with the command that builds it.
pub fn binary(name: &str) -> Result<PathBuf, Error> {
    let this = env::current_exe().map_err(|source| process_error("find the program of", name, source))?;
    let beside = this.parent().unwrap_or(Path::new("."));
    let directory = match beside.parent() {
        Some(parent) if beside.ends_with("deps") => parent,
        Some(_) | None => beside,
    };
    let path = directory.join(name);
    if path.is_file() {
        return Ok(path);
    }
    let profile = if directory.ends_with("release") { " --release" } else { "" };
    Err(Error::BinaryMissing { binary: name.to_owned(), directory: directory.to_owned(), profile })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the step of a poll with a deadline; no system call waits for a child with one"
)]
fn pause() {
    thread::sleep(LOOK_EVERY);
}

fn not_started(name: &str, command: &Command, source: io::Error) -> Error {
    let java = tool::JAVA;
    if source.kind() == io::ErrorKind::NotFound && command.get_program() == java.program {
        return tool::Error::Missing { program: java.program, install: java.install }.into();
    }
    process_error("start", name, source)
}

fn process_error(action: &'static str, name: &str, source: io::Error) -> Error {
    Error::Process { action, name: name.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::os::unix::process::ExitStatusExt;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(directory: &Path, script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("the shell", command, &directory.join("shell.log")).unwrap()
    }

    fn wait_for_log(process: &mut Process, line: &str) {
        let log = process.log().to_owned();
        process.wait_until(SOON, || fs::read_to_string(&log).unwrap().contains(line)).unwrap();
    }

    #[test]
    fn a_process_that_ends_too_soon_shows_its_log() {
        let directory = tempfile::tempdir().unwrap();
        let mut process = shell(directory.path(), "echo no such account; exit 4");
        let message = process.wait_until(SOON, || false).unwrap_err().to_string();
        assert!(message.starts_with("the shell ended (exit status: 4)"), "{message}");
        assert!(message.ends_with("\nno such account"), "{message}");
    }

    #[test]
    fn a_process_that_never_serves_is_given_up_with_its_log() {
        let directory = tempfile::tempdir().unwrap();
        let mut process = shell(directory.path(), "echo still thinking; exec sleep 1000");
        wait_for_log(&mut process, "still thinking");
        let message = process.wait_until(Duration::ZERO, || false).unwrap_err().to_string();
        assert!(message.starts_with("the shell did not serve within 0 s"), "{message}");
    }

    #[test]
    fn stopping_asks_first_and_kills_after_the_deadline() {
        let directory = tempfile::tempdir().unwrap();
        let mut polite = shell(directory.path(), "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
        wait_for_log(&mut polite, "up");
        polite.suspend().unwrap();
        assert_eq!(polite.stop(SOON).unwrap().code(), Some(7), "a suspended one is woken to leave");

        let mut deaf = shell(directory.path(), "trap '' TERM; echo deaf; while :; do sleep 0.05; done");
        wait_for_log(&mut deaf, "deaf");
        assert_eq!(deaf.stop(Duration::from_millis(100)).unwrap().signal(), Some(9));
        assert_eq!(deaf.stop(SOON).unwrap().signal(), Some(9), "stopping twice is harmless");
    }

    #[test]
    fn a_child_does_not_outlive_a_parent_that_was_killed() {
        let directory = tempfile::tempdir().unwrap();
        let mut orphan = shell(directory.path(), "echo up; exec sleep 1000");
        wait_for_log(&mut orphan, "up");
        // What the kernel does when we are killed: our end of the guard's pipe closes.
        drop(orphan.guard_pipe());
        assert_eq!(orphan.wait(SOON).unwrap().unwrap().signal(), Some(15));
    }

    #[test]
    fn a_missing_binary_names_the_command_that_builds_it() {
        let message = binary("no-such-service").unwrap_err().to_string();
        assert!(message.contains("cargo build --package no-such-service"), "{message}");
    }

    impl Process {
        fn guard_pipe(&mut self) -> Option<std::process::ChildStdin> {
            self.guard.take_pipe()
        }
    }
}
