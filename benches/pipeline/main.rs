//! The bench: what the pipeline does in a second, what it costs, and what it is held against.
//!
//! It starts a real Kafka and registry, fills `pos.transactions` with tickets of the generator, and lets
//! each stage work through them alone, as a process of its own. Beside the services stand the floor they
//! cannot go below: records copied as they are, and a stage that decodes and encodes and decides nothing.
//! Figures are taken from outside, from the committed offsets and from what the kernel counts.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is for standard output, progress is not"
)]

mod backlog;
mod documents;
mod http;
mod keys;
mod latency;
mod machine;
mod measure;
mod null;
mod raw;
mod report;
mod restore;
mod service;
mod shard;
mod size;
mod usage;
mod world;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use crate::machine::Machine;
use crate::report::Report;
use crate::size::Size;

/// Measures the pipeline on a real Kafka.
#[derive(Debug, Parser)]
#[command(name = "pipeline")]
struct Arguments {
    /// How much is measured: `small` shows that it runs, `full` is what the targets are for
    #[arg(long, value_enum, default_value_t = Size::Full)]
    size: Size,
    /// Also write the figures as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keep topics, configuration and logs in this directory, which must be new
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Cargo says so to every bench.
    #[arg(long = "bench", hide = true)]
    _bench: bool,
    /// A stage to be measured, as the bench starts it as a process of its own
    #[arg(long, value_enum, hide = true)]
    stage: Option<Stage>,
    #[command(flatten)]
    child: Child,
}

/// What a child process of the bench is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    /// Copies records.
    Raw,
    /// Reads records.
    Consume,
    /// Decodes and encodes.
    Null,
    /// Decodes, decides and encodes without Kafka: `--stage shard` is for a profiler.
    Shard,
}

/// What a child process is told.
#[derive(Debug, clap::Args)]
struct Child {
    #[arg(long, hide = true, default_value = "")]
    bootstrap: String,
    #[arg(long, hide = true, default_value = "")]
    registry: String,
    #[arg(long, hide = true, default_value = "")]
    admin: String,
    #[arg(long, hide = true, default_value = "")]
    topic: String,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let child = &arguments.child;
    match arguments.stage {
        Some(Stage::Raw) => raw::copy(&child.bootstrap, &child.topic),
        Some(Stage::Consume) => raw::consume(&child.bootstrap, &child.topic),
        Some(Stage::Null) => null::run(&child.bootstrap, &child.registry, &child.admin),
        Some(Stage::Shard) => shard::run(&arguments.size.plan()),
        None => bench(&arguments),
    }
}

fn bench(arguments: &Arguments) -> anyhow::Result<()> {
    let began = Instant::now();
    let progress = |line: &str| eprintln!("{:>5} s  {line}", began.elapsed().as_secs());
    let temporary;
    let directory = match &arguments.data {
        Some(directory) => directory.clone(),
        None => {
            temporary = tempfile::Builder::new().prefix("tillstream-bench-").tempdir()?;
            temporary.path().to_owned()
        }
    };
    let machine = Machine::look(arguments.size);
    let figures = measure::all(&directory, arguments.size.plan(), &progress)?;
    let report = Report::new(machine.with_load_after(), figures);
    if let Some(file) = &arguments.report {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        progress(&format!("the figures are in {}", file.display()));
    }
    print!("{}", report.show());
    Ok(())
}
