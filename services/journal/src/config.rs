//! What an operator may decide about journals.

use std::path::PathBuf;

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
    pub journal: Settings,
}

/// Section `[journal]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The account map, a TOML file: `lines_max`, `[accounts]` and `[subsidiaries.<name>.<role>]`. The
    /// inventory service reads the same file.
    pub account_map: PathBuf,
    /// The account map that is to be adopted, read beside the other: `tillstream accounts adopt` says from where on it
    /// holds. Once every shard is under it, it is the one `account_map`.
    #[serde(default)]
    pub next_account_map: Option<PathBuf>,
}
