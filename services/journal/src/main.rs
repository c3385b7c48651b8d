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

    /// Goes on at once with another account map than the state was made under: HASH is the hash of account_map, as the
    /// refusal to start names it. For a service that stopped for lack of an account and cannot reach an adoption; all
    /// else is adopted by `tillstream accounts adopt`. Each shard writes it into its state before its next decision.
    /// Give it to every instance, for as long as any shard still stands under the old map.
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
               next_account_map = "next.toml"   # where another is to be adopted

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
    let accounts = accounts(&config.journal, arguments.adopt_account_map.as_deref())?;
    let codecs = Codecs::new(Arc::new(Registry::new(&config.registry)?));
    let service = Journal::new(accounts, Counters::register()?, &codecs)?;
    let topics = Spec::all(topic_files())?;
    Ok((service, Settings { kafka: config.kafka, process: config.process, topics }))
}

/// The account map in use, and the one to be adopted where it is named.
fn accounts(settings: &journal::config::Settings, adopted: Option<&str>) -> anyhow::Result<Accounts> {
    let file = &settings.account_map;
    let map = account_map("account_map", file)?;
    let next = settings.next_account_map.as_deref();
    let next = next.map(|file| account_map("next_account_map", file)).transpose()?;
    Accounts::new(map, next, adopted).with_context(|| format!("journal.account_map = {}", file.display()))
}

fn account_map(key: &str, file: &Path) -> anyhow::Result<AccountMap> {
    let place = || format!("journal.{key} = {}", file.display());
    let unreadable = "cannot be read; name the right file, or make it readable to this process";
    let text = std::fs::read_to_string(file).context(unreadable).with_context(place)?;
    let torn = "is not TOML; `journal --help` shows one that is right";
    let node: Node = toml::from_str(&text).context(torn).with_context(place)?;
    AccountMap::read(&node).with_context(place)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::account_map::{Dimension, Place, Role};

    use super::*;

    #[test]
    fn the_account_map_of_the_help_is_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("accounts.example.toml");
        let mut settings = journal::config::Settings { account_map: file, next_account_map: None };
        let read = accounts(&settings, None).unwrap();
        for (role, key, date, account) in [
            (Role::Sales, "FUEL", "2026-03-14", "410"),
            (Role::Sales, "GROCERY", "2026-03-14", "400"),
            (Role::TenderClearing, "cash", "2026-03-14", "120"),
            (Role::InventoryAdjustment, "sale", "2026-03-14", "500"),
            (Role::PaidOut, "stamps", "2026-12-31", "600"),
            (Role::PaidOut, "stamps", "2027-01-01", "601"),
        ] {
            let (us, dimension) = (Place { subsidiary: "US", location: None }, Dimension::of(key));
            let target = read.map().target(us, role, &dimension, date.parse().unwrap());
            assert_eq!(target.unwrap().account, account, "{role} {key} {date}");
        }
        assert!(accounts(&settings, Some(read.map().hash())).is_ok());
        let refused = accounts(&settings, Some("0123")).unwrap_err();
        assert!(format!("{refused:#}").contains("--adopt-account-map names 0123"), "{refused:#}");
        settings.next_account_map = Some("/no/such".into());
        let missing = format!("{:#}", accounts(&settings, None).unwrap_err());
        assert!(missing.starts_with("journal.next_account_map = /no/such: "), "{missing}");
        settings.account_map = "/nor/such".into();
        let missing = format!("{:#}", accounts(&settings, None).unwrap_err());
        assert!(missing.starts_with("journal.account_map = /nor/such: "), "{missing}");
    }
}
