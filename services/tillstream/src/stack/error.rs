//! What can go wrong with the stack, in the words of someone who must put it right.

use std::io;
use std::path::{Path, PathBuf};

use crate::{cache, tool};

/// The development stack cannot be fetched, started, watched or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cache directory cannot be used.
    #[error(transparent)]
    Cache(#[from] cache::Error),
    /// A program of the machine is missing or failed.
    #[error(transparent)]
    Tool(#[from] tool::Error),
    /// The Java found is older than Kafka needs.
    #[error("java {found} is too old for Kafka: install {install}", install = tool::JAVA.install)]
    JavaTooOld {
        /// The major version found.
        found: u32,
    },
    /// Maven answered well, but a file that must be there is not.
    #[error("{path} is missing from the cache: remove its directory and start again", path = path.display())]
    NotFetched {
        /// The missing file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} {path}", path = path.display())]
    File {
        /// The verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A process cannot be started, asked or signalled.
    #[error("cannot {action} {name}")]
    Process {
        /// The verb.
        action: &'static str,
        /// The process.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// A process ended that should run.
    #[error("{name} ended ({status}); the end of {log}:\n{tail}", log = log.display())]
    Ended {
        /// The process.
        name: String,
        /// How it ended.
        status: String,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// A process runs, but does not serve in time.
    #[error("{name} did not serve within {seconds} s; the end of {log}:\n{tail}", log = log.display())]
    NotReady {
        /// The process.
        name: String,
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The data directory belongs to a process that still runs.
    #[error(
        "process {pid} still works in {directory}: stop it (kill {pid}) or name another directory",
        directory = directory.display()
    )]
    InUse {
        /// The process.
        pid: u32,
        /// The data directory.
        directory: PathBuf,
    },
    /// The port asked for is taken.
    #[error("port {port} on 127.0.0.1 is taken: name another one")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The key pair for the simulated NetSuite cannot be made.
    #[error("cannot make a key pair for the simulated NetSuite: {0}")]
    Key(String),
    /// No port could be had.
    #[error("no free port found on 127.0.0.1 between {from} and {to}")]
    NoPort {
        /// First port tried.
        from: u16,
        /// Last port tried.
        to: u16,
    },
    /// The binary of a service has not been built.
    #[error(
        "{binary} was not found in {directory}: build it with `cargo build --package {binary}{profile}`",
        directory = directory.display()
    )]
    BinaryMissing {
        /// The binary, named as its package.
        binary: String,
        /// Where it was looked for.
        directory: PathBuf,
        /// What the build command needs besides, with a leading blank.
        profile: &'static str,
    },
}

/// Wraps an error of the file system with what was being done.
pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}
