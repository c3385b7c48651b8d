//! What an operator may decide about stock.

use std::path::PathBuf;
use std::time::Duration;

use runtime::config::{Kafka, Process};
use serde::Deserialize;

/// The configuration file of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How Kafka is reached.
    #[serde(default)]
    pub kafka: Kafka,
    /// The process around the workers.
    #[serde(default)]
    pub process: Process,
    /// The schema registry.
    pub registry: wire::registry::Settings,
    /// What is the service's own.
    pub inventory: Settings,
}

/// Section `[inventory]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The account map, a TOML file: `lines_max`, `[accounts]` and `[subsidiaries.<name>.<role>]`. The
    /// journal service reads the same file.
    pub account_map: PathBuf,
    /// The account map that is to be adopted, read beside the other: `tillstream accounts adopt` says from where on it
    /// holds. Once every shard is under it, it is the one `account_map`.
    #[serde(default)]
    pub next_account_map: Option<PathBuf>,
    /// Least milliseconds from one commit to the next while movements arrive: the better part of the latency
    /// from a movement to its position. Default 75.
    #[serde(default = "commit_interval_ms")]
    pub commit_interval_ms: u64,
}

const fn commit_interval_ms() -> u64 {
    75
}

impl Settings {
    /// The least time from one commit to the next.
    #[must_use]
    pub fn commit_interval(&self) -> Duration {
        Duration::from_millis(self.commit_interval_ms)
    }
}
