//! The configuration file of the service.

use runtime::config::{Kafka, Process};
use serde::Deserialize;

use crate::settings::Settings;

/// The whole of it: how to reach others, the process, and what is the service's own.
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
    #[serde(default)]
    pub enrich: Settings,
}
