//! The journal service: arguments, configuration, account map, run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use domain::account_map::{AccountMap, Accounts, Node};
use journal::config::Config;
use journal::metrics::Counters;
use journal::service::Journal;
use runtime::process::{self, Settings};
use runtime::topics::Spec;
use wire::catalog::topic_files;
use wire::codec::Codecs;
use wire::registry::Registry;

/// Makes balanced journal entries of closed posting buckets: sales.enriched to journal.entries.
#[derive(Debug, Parser)]
#[command(name = "journal", version, after_long_help = HELP)]
struct Arguments {
    /// Configuration file (TOML). Variables named TILLSTREAM_<SECTION>__<KEY> lie over it.
    #[arg(long, value_name = "FILE", env = runtime::config::CONFIG_VARIABLE)]
    config: PathBuf,

    /// Goes on with an account map that has changed: HASH is the hash of the new file, as the refusal to
    /// start names it. Each shard writes it into its state before its next decision. Give it to every
    /// instance, for as long as any shard still stands under the old map.
    #[arg(long, value_name = "HASH")]
    adopt_account_map: Option<String>,
}

/// What `--help` adds to the arguments.
const HELP: &str = concat!(
    r#"Configuration:
  [kafka]      bootstrap_servers, namespace, security_protocol, ...
  [process]    instance, workers, admin_address, drain_seconds, log, log_filter
  [registry]   url, username, password_file, ...
  [journal]    account_map = "accounts.toml"

The account map, one file for journal and inventory:

"#,
    include_str!("../accounts.example.toml")
);

fn main() {
    match prepare(&Arguments::parse()) {
        Ok((service, settings)) => process::exit(process::run("journal", service, &settings)),
        Err(refused) => process::refuse(&format_args!("{refused:#}")),
    }
}

/// Everything that can be refused before Kafka is asked.
fn prepare(arguments: &Arguments) -> anyhow::Result<(Journal, Settings)> {
    let config: Config = runtime::config::load("journal", Some(&arguments.config))?;
    runtime::event::start_logging(&config.process);
    let accounts = accounts(&config.journal.account_map, arguments.adopt_account_map.as_deref())?;
    let codecs = Codecs::new(Arc::new(Registry::new(&config.registry)?));
    let service = Journal::new(accounts, Counters::register()?, &codecs)?;
    let topics = Spec::all(topic_files())?;
    Ok((service, Settings { kafka: config.kafka, process: config.process, topics }))
}

fn accounts(file: &Path, adopted: Option<&str>) -> anyhow::Result<Accounts> {
    let place = || format!("journal.account_map = {}", file.display());
    let unreadable = "cannot be read; name the right file, or make it readable to this process";
    let text = std::fs::read_to_string(file).context(unreadable).with_context(place)?;
    let torn = "is not TOML; `journal --help` shows one that is right";
    let node: Node = toml::from_str(&text).context(torn).with_context(place)?;
    let map = AccountMap::read(&node).with_context(place)?;
    Accounts::new(map, adopted).with_context(place)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::account_map::{Dimension, Role};

    use super::*;

    #[test]
    fn the_account_map_of_the_help_is_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("accounts.example.toml");
        let accounts = accounts(&file, None).unwrap();
        for (role, key, account) in [
            (Role::Sales, "FUEL", "410"),
            (Role::Sales, "GROCERY", "400"),
            (Role::TenderClearing, "cash", "120"),
            (Role::InventoryAdjustment, "sale", "500"),
        ] {
            assert_eq!(accounts.map().target("US", role, &Dimension::of(key)).unwrap().account, account);
        }
        assert!(super::accounts(&file, Some(accounts.map().hash())).is_ok());
        let refused = super::accounts(&file, Some("0123")).unwrap_err();
        assert!(format!("{refused:#}").contains("--adopt-account-map names 0123"), "{refused:#}");
        let missing = format!("{:#}", super::accounts(Path::new("/no/such"), None).unwrap_err());
        assert!(missing.starts_with("journal.account_map = /no/such: "), "{missing}");
    }
}
