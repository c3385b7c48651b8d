//! `tillstream up`: the whole pipeline in the foreground until Ctrl-C.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is for standard output, progress is not"
)]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use domain::calendar::Date;
use runtime::config::Kafka;
use tillstream::cache::Cache;
use tillstream::cluster::{Address, Cluster};
use tillstream::stack::{DataDirectory, Options, Part, Progress, Stack, kafka, pipeline, registry};
use tillstream::{demo, deployment};
use wire::registry::Settings;

use crate::command::interrupt::Interrupt;
use crate::command::table;

/// How often we look whether every part still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Start the whole pipeline for development, until Ctrl-C.
#[derive(Debug, Args)]
#[command(
    long_about = "Starts one Kafka broker (KRaft), one schema registry (Apicurio, Confluent API), a simulated \
                  NetSuite and the services enrich, inventory, journal and netsuite on loopback; makes topics and \
                  registers schemas; prints the addresses, and stops all in order on Ctrl-C or SIGTERM. A second \
                  Ctrl-C does not wait.\n\n\
                  Needs Java 17 and, the first time, Maven: the jars (170 MB) are kept in TILLSTREAM_CACHE, by \
                  default `.cache` of the checkout. Not for production: one broker, no replication, no TLS.",
    after_help = "Examples:\n  tillstream up\n  tillstream up --kafka-port 9092 --registry-port 8081\n  \
                  tillstream up --data ./dev-stack --account-map accounts.toml\n\n\
                  Enrich is ready once both masters are complete, for instance after\n  \
                  tillstream ref load completejourney --bootstrap 127.0.0.1:9092 --registry \
                  http://127.0.0.1:8081/apis/ccompat/v7\n\n\
                  Environment:\n  TILLSTREAM_CACHE  where downloads are kept"
)]
pub(crate) struct Arguments {
    /// Keep topics, configuration and logs in this directory; without it they are gone after the stop. The
    /// registry's store is in memory either way
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Port of Kafka on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT")]
    kafka_port: Option<u16>,
    /// Port of the schema registry on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT")]
    registry_port: Option<u16>,
    /// Heap of the broker's JVM in MiB
    #[arg(long, value_name = "MIB", default_value_t = 768)]
    kafka_heap: u32,
    /// Account map of journal and inventory [default: that of the demo]
    #[arg(long, value_name = "FILE")]
    account_map: Option<PathBuf>,
    /// First business date that enrich accepts, as 2017-01-01 [default: 120 days back]
    #[arg(long, value_name = "DATE")]
    earliest_business_date: Option<Date>,
    /// Milliseconds the simulated NetSuite takes for a request
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 5)]
    latency_ms: u64,
    /// Requests the simulated NetSuite works on at once
    #[arg(long, value_name = "COUNT", default_value_t = 15)]
    concurrency: usize,
}

/// Starts everything, shows it, and stops it when asked to or when a part of it ends.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let progress = |line: &str| eprintln!("{line}");
    let temporary;
    let directory = match &arguments.data {
        Some(directory) => directory.clone(),
        None => {
            temporary = tempfile::Builder::new().prefix("tillstream-up-").tempdir()?;
            temporary.path().to_owned()
        }
    };
    let account_map = match &arguments.account_map {
        Some(file) => std::fs::read_to_string(file).with_context(|| {
            format!("cannot read the account map {}: name another one with --account-map", file.display())
        })?,
        None => demo::ACCOUNT_MAP.to_owned(),
    };
    let mut stack = Stack::start(&Cache::from_environment(), &options(arguments), &progress)?;
    let pipeline = pipeline::Options {
        directory,
        account_map,
        netsuite_account: None,
        earliest_business_date: arguments.earliest_business_date.as_ref().map(ToString::to_string),
        workers: 1,
        latency_ms: arguments.latency_ms,
        concurrency: arguments.concurrency,
    };
    let watched = start(&mut stack, &pipeline, &progress).and_then(|()| {
        print!("\n{}\n", show(&stack.parts()));
        eprintln!("running until Ctrl-C");
        watch(&mut stack, &interrupt)
    });
    let stopped = stack.stop(&progress);
    watched?;
    Ok(stopped?)
}

fn start(stack: &mut Stack, options: &pipeline::Options, progress: Progress<'_>) -> anyhow::Result<()> {
    let kafka = Kafka { bootstrap_servers: stack.kafka().bootstrap(), ..Kafka::default() };
    let registry = Settings::open(&stack.registry().url());
    let made = deployment::make(&Cluster::new(&Address { kafka, registry })?)?;
    progress(&format!("{} schemas are registered, {} topics were made", made.schemas, made.topics));
    pipeline::start(stack, options, progress)?;
    Ok(())
}

fn options(arguments: &Arguments) -> Options {
    let data = arguments.data.clone().map_or(DataDirectory::Temporary, DataDirectory::Kept);
    Options {
        kafka: kafka::Options {
            data: data.clone(),
            port: arguments.kafka_port,
            heap_mib: arguments.kafka_heap,
            ..kafka::Options::default()
        },
        registry: registry::Options { data, port: arguments.registry_port, ..registry::Options::default() },
    }
}

fn watch(stack: &mut Stack, interrupt: &Interrupt) -> anyhow::Result<()> {
    while !interrupt.comes_within(LOOK_EVERY) {
        stack.check()?;
    }
    Ok(())
}

fn show(parts: &[Part]) -> String {
    let heading = ["part", "address", "process", "log"].map(str::to_owned);
    let rows = parts.iter().map(|part| {
        [part.name.clone(), part.address.clone(), part.pid.to_string(), part.log.display().to_string()]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}
