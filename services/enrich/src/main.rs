//! The enrich service: arguments, configuration, run.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use enrich::config::Config;
use enrich::metrics::Counters;
use enrich::service::Enrich;
use runtime::process::{self, Settings};
use runtime::topics::Spec;
use wire::catalog::topic_files;
use wire::codec::Codecs;
use wire::registry::Registry;

/// Decides the order, identity and posting bucket of every ticket: pos.transactions to sales.enriched,
/// inventory.deltas and pos.quarantine.
#[derive(Debug, Parser)]
#[command(name = "enrich", version, after_long_help = HELP)]
struct Arguments {
    /// Configuration file (TOML). Variables named TILLSTREAM_<SECTION>__<KEY> lie over it.
    #[arg(long, value_name = "FILE", env = runtime::config::CONFIG_VARIABLE)]
    config: PathBuf,
}

/// What `--help` adds to the arguments.
const HELP: &str = r#"Configuration:
  [kafka]      bootstrap_servers, namespace, security_protocol, ...
  [process]    instance, workers, admin_address, drain_seconds, log, log_filter
  [registry]   url, username, password_file, ...
  [enrich]     commit_interval_ms = 75          latency of a stock movement, most of it
               close_after_hours = 30           a store-day nobody closed is due this long after its date
               quiet_minutes = 60               and closes after so long without a sale
               earliest_business_date           first date accepted; absent: 120 days back

Stores and items come from ref.stores and ref.items: the service is ready once both are complete."#;

fn main() {
    match prepare(&Arguments::parse()) {
        Ok((service, settings)) => process::exit(process::run("enrich", service, &settings)),
        Err(refused) => process::refuse(&format_args!("{refused:#}")),
    }
}

/// Everything that can be refused before Kafka is asked.
fn prepare(arguments: &Arguments) -> anyhow::Result<(Enrich, Settings)> {
    let config: Config = runtime::config::load("enrich", Some(&arguments.config))?;
    runtime::event::start_logging(&config.process);
    let codecs = Codecs::new(Arc::new(Registry::new(&config.registry)?));
    let service = Enrich::new(config.enrich, Counters::register()?, &codecs)?;
    let topics = Spec::all(topic_files())?;
    Ok((service, Settings { kafka: config.kafka, process: config.process, topics }))
}
