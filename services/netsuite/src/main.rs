//! The netsuite service: arguments, configuration, credentials, run.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use netsuite::client::Client;
use netsuite::config::Config;
use netsuite::document::Postable;
use netsuite::gate::Gate;
use netsuite::metrics::Counters;
use netsuite::outcome::Patterns;
use netsuite::sender::{self, Rhythm};
use netsuite::service::Connector;
use netsuite::token::Identity;
use runtime::process::{self, Settings, Stage};
use runtime::topics::Spec;
use wire::catalog::topic_files;
use wire::codec::Codecs;
use wire::registry::Registry;

/// Posts journal entries and inventory adjustments to NetSuite, each once, and says what became of them.
#[derive(Debug, Parser)]
#[command(name = "netsuite", version, after_long_help = HELP)]
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
  [netsuite]   account = "1234567_SB1"
               client_id, certificate_id, private_key_file   OAuth 2.0 client credentials (PS256)
               duplicate_guard = "unknown"   or "refused", once it was tried that the account refuses a
                                             second create of one external id
               account_concurrency = 5, concurrency_headroom = 2, shards = 24
               create_timeout_seconds = 300, park_retry_minutes = 60
               address = "http://127.0.0.1:8080"   a simulator in place of the account

Journals and adjustments are two consumer groups, netsuite-journals and netsuite-adjustments: neither waits
for the other. A refused document parks its family and is tried again every park_retry_minutes, and when
`tillstream postings retry` asks for it; the rest goes on."#;

fn main() {
    match prepare(&Arguments::parse()) {
        Ok((stages, settings)) => process::exit(process::run_all(stages, &settings)),
        Err(refused) => process::refuse(&format_args!("{refused:#}")),
    }
}

/// Everything that can be refused before Kafka is asked.
fn prepare(arguments: &Arguments) -> anyhow::Result<(Vec<Stage>, Settings)> {
    let Config { kafka, process, registry, netsuite } =
        runtime::config::load("netsuite", Some(&arguments.config))?;
    runtime::event::start_logging(&process);
    let key_file = Some(netsuite.private_key_file.as_path());
    let private_key =
        runtime::config::read_secret("netsuite.private_key_file", key_file)?.unwrap_or_default();
    let identity = Identity {
        client_id: netsuite.client_id.clone(),
        certificate_id: netsuite.certificate_id.clone(),
        private_key,
    };
    let client = Client::new(netsuite.client(), identity).context("netsuite")?;
    let gate = Gate::new(netsuite.account_concurrency, netsuite.concurrency_headroom, netsuite.shards);
    let patterns = Patterns::with_first(netsuite.patterns.clone());
    let counters = Counters::register()?;
    let outbox = sender::start(client, patterns, gate, Rhythm::default(), counters.clone())
        .context("cannot start the sending thread")?;
    let codecs = Codecs::new(Arc::new(Registry::new(&registry)?));
    let (guard, limits) = (netsuite.duplicate_guard, netsuite.limits());
    let journals = Connector::<JournalEntry>::new(guard, limits, outbox.clone(), &codecs, counters.clone())?;
    let adjustments = Connector::<Adjustment>::new(guard, limits, outbox, &codecs, counters)?;
    let stages = vec![Stage::new(JournalEntry::GROUP, journals), Stage::new(Adjustment::GROUP, adjustments)];
    Ok((stages, Settings { kafka, process, topics: Spec::all(topic_files())? }))
}
