//! What an operator decides about the connector.

use std::path::PathBuf;
use std::time::Duration;

use runtime::config::{Kafka, Process};
use serde::Deserialize;

use crate::client::{self, Transport, origin_of};
use crate::lane::{DuplicateGuard, Limits};
use crate::outcome::Pattern;

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
    pub netsuite: Settings,
}

/// Section `[netsuite]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Account id, such as 1234567 or 1234567_SB1.
    pub account: String,
    /// Address in place of the account's own, for a simulator; plain http is taken there.
    #[serde(default)]
    pub address: Option<String>,
    /// Client id of the integration record.
    pub client_id: String,
    /// Id of the certificate on the OAuth 2.0 client credentials setup page.
    pub certificate_id: String,
    /// File of the private key, PEM.
    pub private_key_file: PathBuf,
    /// What the account does with a second create of one external id: refused or unknown. Default unknown,
    /// which waits 16 minutes before a create in doubt is repeated.
    #[serde(default = "unknown")]
    pub duplicate_guard: DuplicateGuard,
    /// Concurrent requests the account allows. Default 5, the smallest tier.
    #[serde(default = "five")]
    pub account_concurrency: usize,
    /// Of these, how many are left to people and other integrations. Default 2.
    #[serde(default = "two")]
    pub concurrency_headroom: usize,
    /// Shards of both lanes over all replicas: twice the partitions of the document topics. Default 24.
    #[serde(default = "twenty_four")]
    pub shards: usize,
    /// Seconds after which the answer to a create is no longer waited for. Default 300.
    #[serde(default = "three_hundred")]
    pub create_timeout_seconds: u64,
    /// Minutes between two tries of a parked document. Default 60.
    #[serde(default = "sixty")]
    pub park_retry_minutes: u32,
    /// Meanings of texts this account's scripts answer with, looked at before the built-in ones.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
}

impl Settings {
    /// Where and how NetSuite is reached.
    #[must_use]
    pub fn client(&self) -> client::Settings {
        let (origin, transport) = match &self.address {
            Some(address) => (address.clone(), Transport::Any),
            None => (origin_of(&self.account), Transport::Encrypted),
        };
        client::Settings {
            origin,
            transport,
            connect_timeout: Duration::from_secs(10),
            create_timeout: Duration::from_secs(self.create_timeout_seconds),
            query_timeout: Duration::from_secs(60),
        }
    }

    /// Limits and times of a lane.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { park_retry: i64::from(self.park_retry_minutes).saturating_mul(60_000), ..Limits::default() }
    }
}

const fn unknown() -> DuplicateGuard {
    DuplicateGuard::Unknown
}

const fn five() -> usize {
    5
}

const fn two() -> usize {
    2
}

const fn twenty_four() -> usize {
    24
}

const fn three_hundred() -> u64 {
    300
}

const fn sixty() -> u32 {
    60
}
