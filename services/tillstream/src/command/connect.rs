//! Where Kafka and the registry are: from flags, else from the file that the services read.

use std::path::PathBuf;

use clap::Args;
use runtime::config::{CONFIG_VARIABLE, Kafka, load};
use serde::Deserialize;
use tillstream::cluster::{Address, Cluster};
use wire::registry::Settings;

/// Whose configuration it is, for messages; that it is this program says `main`.
const WHOSE: &str = "connection";

/// Flags of every command that connects.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connect {
    /// Some brokers, as HOST:PORT,... [default: 127.0.0.1:9092, or that of the configuration]
    #[arg(long, value_name = "SERVERS")]
    bootstrap: Option<String>,
    /// Address of the schema registry, with its path
    #[arg(long, value_name = "URL")]
    registry: Option<String>,
    /// Prefix of every topic and group
    #[arg(long, value_name = "PREFIX")]
    namespace: Option<String>,
    /// A configuration file with the sections [kafka] and [registry], as services have it; variables such as
    /// TILLSTREAM_KAFKA__BOOTSTRAP_SERVERS lie over it, and the flags over both
    #[arg(long, value_name = "FILE", env = CONFIG_VARIABLE)]
    config: Option<PathBuf>,
}

/// What is read of a configuration; the other sections belong to services.
#[derive(Debug, Deserialize)]
struct Sections {
    #[serde(default)]
    kafka: Kafka,
    registry: Option<Settings>,
}

impl Connect {
    /// Makes the clients; waits for nobody.
    pub(crate) fn cluster(&self) -> anyhow::Result<Cluster> {
        Ok(Cluster::new(&self.address()?)?)
    }

    fn address(&self) -> anyhow::Result<Address> {
        let Sections { mut kafka, registry } = load(WHOSE, self.config.as_deref())?;
        if let Some(servers) = &self.bootstrap {
            kafka.bootstrap_servers.clone_from(servers);
        }
        if let Some(namespace) = &self.namespace {
            kafka.namespace.clone_from(namespace);
        }
        let registry = match (&self.registry, registry) {
            (Some(url), Some(settings)) => Settings { url: url.clone(), ..settings },
            (Some(url), None) => Settings::open(url),
            (None, Some(settings)) => settings,
            (None, None) => anyhow::bail!(
                "no schema registry is named: give --registry URL, or --config FILE with a section [registry]; \
                 `tillstream up` prints the address of the one it starts"
            ),
        };
        Ok(Address { kafka, registry })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn flags_lie_over_the_file_of_a_service() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("enrich.toml");
        let text = "[kafka]\nbootstrap_servers = \"broker:1\"\nnamespace = \"a.\"\n[registry]\nurl = \"http://r\"\n\
                    username = \"ana\"\n[enrich]\nquiet_minutes = 5\n";
        std::fs::write(&file, text).unwrap();
        let connect = |registry: Option<&str>, config| Connect {
            bootstrap: None,
            registry: registry.map(str::to_owned),
            namespace: Some("b.".to_owned()),
            config,
        };
        let address = connect(Some("http://other"), Some(file)).address().unwrap();
        assert_eq!(address.kafka.bootstrap_servers, "broker:1");
        assert_eq!(address.kafka.namespace, "b.");
        assert_eq!(
            (address.registry.url.as_str(), address.registry.username.as_deref()),
            ("http://other", Some("ana"))
        );
        let message = connect(None, None).address().unwrap_err().to_string();
        assert!(message.contains("--registry URL"), "{message}");
    }
}
