//! The inventory service: arguments, configuration, account map, run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use domain::account_map::{AccountMap, Accounts, Node};
use inventory::config::Config;
use inventory::metrics::Counters;
use inventory::service::Inventory;
use runtime::process::{self, Settings};
use runtime::topics::Spec;
use wire::catalog::topic_files;
use wire::codec::Codecs;
use wire::registry::Registry;

/// Keeps stock positions, and makes inventory adjustments of closed posting buckets.
#[derive(Debug, Parser)]
#[command(name = "inventory", version, after_long_help = HELP)]
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
const HELP: &str = r#"Configuration:
  [kafka]      bootstrap_servers, namespace, security_protocol, ...
  [process]    instance, workers, admin_address, drain_seconds, log, log_filter
  [registry]   url, username, password_file, ...
  [inventory]  account_map = "accounts.toml"
               next_account_map = "next.toml"   # where another is to be adopted
               commit_interval_ms = 75   # the better part of the latency of a position

The account map is the same file that journal reads; `journal --help` shows one.
"#;

fn main() {
    match prepare(&Arguments::parse()) {
        Ok((service, settings)) => process::exit(process::run("inventory", service, &settings)),
        Err(refused) => process::refuse(&format_args!("{refused:#}")),
    }
}

/// Everything that can be refused before Kafka is asked.
fn prepare(arguments: &Arguments) -> anyhow::Result<(Inventory, Settings)> {
    let config: Config = runtime::config::load("inventory", Some(&arguments.config))?;
    runtime::event::start_logging(&config.process);
    let accounts = accounts(&config.inventory, arguments.adopt_account_map.as_deref())?;
    let codecs = Codecs::new(Arc::new(Registry::new(&config.registry)?));
    let service =
        Inventory::new(accounts, config.inventory.commit_interval(), Counters::register()?, &codecs)?;
    let topics = Spec::all(topic_files())?;
    Ok((service, Settings { kafka: config.kafka, process: config.process, topics }))
}

/// The account map in use, and the one to be adopted where it is named.
fn accounts(settings: &inventory::config::Settings, adopted: Option<&str>) -> anyhow::Result<Accounts> {
    let file = &settings.account_map;
    let map = account_map("account_map", file)?;
    let next = settings.next_account_map.as_deref();
    let next = next.map(|file| account_map("next_account_map", file)).transpose()?;
    Accounts::new(map, next, adopted).with_context(|| format!("inventory.account_map = {}", file.display()))
}

fn account_map(key: &str, file: &Path) -> anyhow::Result<AccountMap> {
    let place = || format!("inventory.{key} = {}", file.display());
    let unreadable = "cannot be read; name the right file, or make it readable to this process";
    let text = std::fs::read_to_string(file).context(unreadable).with_context(place)?;
    let torn = "is not TOML; `journal --help` shows one that is right";
    let node: Node = toml::from_str(&text).context(torn).with_context(place)?;
    AccountMap::read(&node).with_context(place)
}
