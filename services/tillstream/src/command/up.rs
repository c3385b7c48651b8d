//! `tillstream up`: the development stack in the foreground until Ctrl-C.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is for standard output, progress is not"
)]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tillstream::cache::Cache;
use tillstream::stack::{DataDirectory, Options, Part, Stack, kafka, registry};

use crate::command::interrupt::Interrupt;
use crate::command::table;

/// How often we look whether every part still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Start Kafka and a schema registry for development, until Ctrl-C.
#[derive(Debug, Args)]
#[command(
    long_about = "Starts one Kafka broker (KRaft) and one schema registry (Apicurio, Confluent API) on loopback, prints \
                  their addresses, and stops them in order on Ctrl-C or SIGTERM. A second Ctrl-C does not wait.\n\n\
                  Needs Java 17 and, the first time, Maven: the jars (170 MB) are kept in TILLSTREAM_CACHE, by default \
                  `.cache` of the checkout. Not for production: one broker, no replication, no TLS.",
    after_help = "Examples:\n  tillstream up\n  tillstream up --kafka-port 9092 --registry-port 8081\n  \
                  tillstream up --data ./dev-stack\n\nEnvironment:\n  TILLSTREAM_CACHE  where downloads are kept"
)]
pub(crate) struct Arguments {
    /// Keep topics and logs in this directory; without it they are gone after the stop. The registry's store is in
    /// memory either way
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
}

/// Starts the stack, shows it, and stops it when asked to or when a part of it ends.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let progress = |line: &str| eprintln!("{line}");
    let mut stack = Stack::start(&Cache::from_environment(), &options(arguments), &progress)?;
    print!("\n{}\n", show(&stack.parts()));
    eprintln!("running until Ctrl-C");
    let watched = watch(&mut stack, &interrupt);
    let stopped = stack.stop(&progress);
    watched?;
    Ok(stopped?)
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
