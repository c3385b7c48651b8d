//! Configuration through one door: a TOML file, environment variables over it, nothing else.
//!
//! A variable is named `TILLSTREAM_<SECTION>__<KEY>`, in upper case, for instance
//! `TILLSTREAM_KAFKA__BOOTSTRAP_SERVERS`; two underscores step into a table. Unknown keys are refused in
//! both places, as long as the configuration types carry `#[serde(deny_unknown_fields)]`. Secrets are not
//! values: a key that ends in `_file` names a file that holds one.

mod kafka;
mod source;
mod value;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

pub use kafka::Kafka;
pub use source::{CONFIG_VARIABLE, VARIABLE_PREFIX, load, read_secret};

/// Why a configuration was refused. Every message names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(
        "{service}: cannot read the configuration file {path}: {why}; name the right one with --config, or make it \
         readable to this process"
    )]
    Unreadable {
        /// The service that asked.
        service: String,
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        why: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{service}: {path} is not valid TOML: {reason}")]
    NotToml {
        /// The service that asked.
        service: String,
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A key is unknown, missing or has a value that does not fit.
    #[error("{service}: {reason}; correct it in {origin}")]
    Refused {
        /// The service that asked.
        service: String,
        /// What is wrong with which key.
        reason: String,
        /// The file or the variable that set it, or where it was looked for.
        origin: String,
    },
    /// A secret cannot be read.
    #[error("cannot read the secret that {key} names, {path}: {why}; make the file readable to this process")]
    Secret {
        /// The configuration key.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        why: std::io::Error,
    },
    /// Values that are right one by one contradict each other.
    #[error("{0}")]
    Contradiction(String),
}

/// The process around the workers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// The name of this instance: stable over restarts, unique in the service. The host name by default,
    /// which in a Kubernetes StatefulSet is the pod name.
    pub instance: String,
    /// The number of workers, each an operating system thread with clients of its own. 1 by default.
    pub workers: usize,
    /// Where `/livez`, `/readyz` and `/metrics` are served. `127.0.0.1:9600` by default; port 0 takes a
    /// free one.
    pub admin_address: String,
    /// How long a drain may take after SIGTERM, in seconds. 20 by default; keep it below the grace period
    /// of whatever stops the process.
    pub drain_seconds: u64,
    /// How logs are written. `text` by default.
    pub log: Log,
    /// The least severe level that is logged, as a filter such as `info` or `info,runtime=debug`.
    pub log_filter: String,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Log {
    /// Lines for a person.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            instance: host_name(),
            workers: 1,
            admin_address: "127.0.0.1:9600".to_owned(),
            drain_seconds: 20,
            log: Log::Text,
            log_filter: "info".to_owned(),
        }
    }
}

impl Process {
    /// How long a drain may take.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    /// Checks what single keys cannot say.
    ///
    /// # Errors
    /// [`Error::Contradiction`] when there is no instance name or no worker.
    pub fn check(&self) -> Result<(), Error> {
        if self.instance.is_empty() {
            return Err(Error::Contradiction(
                "process.instance is empty and the host has no name; set it to a name that stays the same \
                 over restarts and is unique in the service"
                    .to_owned(),
            ));
        }
        if self.workers == 0 {
            return Err(Error::Contradiction("process.workers is 0; set at least 1".to_owned()));
        }
        Ok(())
    }
}

/// The host's name, or nothing where there is none.
fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
