//! The figures beside what they are held against, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::backlog::Throughput;
use crate::latency::Latency;
use crate::machine::Machine;
use crate::measure::{Figures, Measured};

/// Enrich against the null stage, at least.
const OF_NULL_MIN: f64 = 0.75;
/// Processor seconds of enrich for a million tickets, at most.
const CPU_MAX: f64 = 25.0;
/// The commit interval of enrich and what may come on top of it, in milliseconds.
const INTERVAL_MS: f64 = 75.0;
const ABOVE_INTERVAL_MS: f64 = 40.0;
/// Memory of a service beside its state, in MiB, at most.
const BEYOND_STATE_MAX: f64 = 150.0;
/// A restore against a plain reading, at least.
const OF_CONSUME_MIN: f64 = 0.70;
/// What the throughput of a full run must last, in seconds.
const FULL_SECONDS_MIN: f64 = 60.0;

/// Everything that is written.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    rows: Vec<Row>,
    figures: Figures,
}

/// A line of the table.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    found: String,
    target: String,
    verdict: &'static str,
}

/// What a figure must be.
#[derive(Debug, Clone, Copy)]
enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// It stands beside others.
    None,
}

impl Report {
    /// Holds the figures against their targets.
    pub(crate) fn new(machine: Machine, figures: Figures) -> Self {
        let mut rows = throughput(&figures);
        rows.extend(latency(&figures));
        for (name, measured) in services(&figures) {
            rows.extend(memory_and_restore(name, measured));
        }
        rows.extend(documents(&figures));
        Self { machine, rows, figures }
    }

    /// The table, with where it comes from.
    pub(crate) fn show(&self) -> String {
        let Machine { command, commit, processor, processors, memory_gib, kernel, load_before, load_after } =
            &self.machine;
        let mut text = format!(
            "\n`{command}` at {commit}: {} tickets of {:.0} bytes, ten lines on average, one worker a service.\n\
             {processors} x {processor}, {memory_gib:.0} GiB, Linux {kernel}; broker, sender and reader on the \
             same machine.\nLoad averages before: {load_before}; after: {load_after}.\n\n",
            self.figures.tickets, self.figures.ticket_bytes,
        );
        let heading = ["what", "found", "target", "verdict"].map(str::to_owned);
        let rows = self
            .rows
            .iter()
            .map(|row| [row.what.clone(), row.found.clone(), row.target.clone(), row.verdict.to_owned()]);
        let table: Vec<[String; 4]> = std::iter::once(heading).chain(rows).collect();
        let widths: [usize; 4] = std::array::from_fn(|column| {
            table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        let dashes: [String; 4] = std::array::from_fn(|column| "-".repeat(widths[column]));
        for (at, row) in table.iter().enumerate() {
            line(&mut text, row, &widths);
            if at == 0 {
                line(&mut text, &dashes, &widths);
            }
        }
        text
    }
}

fn line(text: &mut String, row: &[String; 4], widths: &[usize; 4]) {
    for (cell, width) in row.iter().zip(widths) {
        // Writing to a string does not fail.
        write!(text, "| {cell:width$} ").ok();
    }
    text.push_str("|\n");
}

impl Row {
    fn new(what: impl Into<String>, value: f64, unit: &str, target: Target) -> Self {
        let shown = |value: f64| match value {
            small if small.abs() < 10.0 => format!("{small:.2}"),
            middle if middle.abs() < 100.0 => format!("{middle:.1}"),
            large => format!("{large:.0}"),
        };
        let (target, verdict) = match target {
            Target::None => (String::new(), ""),
            Target::AtLeast(least) if value >= least => (format!("at least {}", shown(least)), "met"),
            Target::AtLeast(least) => (format!("at least {}", shown(least)), "missed"),
            Target::AtMost(most) if value <= most => (format!("at most {}", shown(most)), "met"),
            Target::AtMost(most) => (format!("at most {}", shown(most)), "missed"),
        };
        Self { what: what.into(), found: format!("{} {unit}", shown(value)), target, verdict }
    }
}

fn services(figures: &Figures) -> [(&'static str, &Measured); 3] {
    [("enrich", &figures.enrich), ("inventory", &figures.inventory), ("journal", &figures.journal)]
}

fn throughput(figures: &Figures) -> Vec<Row> {
    let copy = &figures.copy;
    let records = copy.records as f64;
    let mut rows = vec![
        Row::new("raw copy", records / copy.seconds, "tickets/s", Target::None),
        Row::new("raw copy", copy.cpu_seconds / records * 1e6, "CPU-s/million", Target::None),
    ];
    let shard = figures.shard;
    rows.push(Row::new("null stage, without Kafka", shard.null_us, "CPU-s/million", Target::None));
    rows.push(Row::new("enrich, without Kafka", shard.enrich_us, "CPU-s/million", Target::None));
    rows.push(Row::new("inventory, without Kafka", shard.inventory_us, "CPU-s/million", Target::None));
    rows.push(Row::new("journal, without Kafka", shard.journal_us, "CPU-s/million", Target::None));
    let others = services(figures).map(|(name, measured)| (name, measured.throughput));
    for (name, stage) in [("null stage", figures.null)].into_iter().chain(others) {
        let most = if name == "enrich" { Target::AtMost(CPU_MAX) } else { Target::None };
        let Throughput { tickets_per_second, cpu_seconds_per_million, seconds, .. } = stage;
        let rate = format!("{name}, over {seconds:.0} s");
        rows.push(Row::new(rate, tickets_per_second, "tickets/s", Target::None));
        rows.push(Row::new(name, cpu_seconds_per_million, "CPU-s/million", most));
        rows.push(Row::new(format!("{name} writes"), stage.bytes_per_ticket, "bytes/ticket", Target::None));
        let state = format!("{name} writes of state");
        rows.push(Row::new(state, stage.state_records_per_ticket, "records/ticket", Target::None));
        rows.push(Row::new(format!("{name}, a commit"), stage.commit_seconds * 1e3, "ms", Target::None));
    }
    let (enrich, null) = (figures.enrich.throughput, figures.null);
    let of_null = enrich.tickets_per_second / null.tickets_per_second;
    let of_null_cpu = null.cpu_seconds_per_million / enrich.cpu_seconds_per_million;
    rows.push(Row::new(
        "enrich of null stage, by time",
        of_null * 100.0,
        "%",
        Target::AtLeast(OF_NULL_MIN * 100.0),
    ));
    rows.push(Row::new("enrich of null stage, by CPU", of_null_cpu * 100.0, "%", Target::None));
    if figures.tickets >= 5_000_000 {
        let shortest = services(figures).into_iter().map(|(_, measured)| measured.throughput.seconds);
        let shortest = shortest.fold(f64::INFINITY, f64::min);
        rows.push(Row::new("shortest run", shortest, "s", Target::AtLeast(FULL_SECONDS_MIN)));
    }
    rows
}

fn latency(figures: &Figures) -> Vec<Row> {
    let latencies = &figures.latency;
    let mut rows =
        vec![Row::new("rate of the latencies", latencies.enrich.per_second, "tickets/s", Target::None)];
    for (name, latency, most) in [
        ("produced and visible, no stage", latencies.plain, Target::None),
        ("to bench.deltas by the null stage", latencies.null, Target::None),
        ("to inventory.deltas by enrich", latencies.enrich, Target::AtMost(INTERVAL_MS + ABOVE_INTERVAL_MS)),
    ] {
        let Latency { p50_ms, p99_ms, .. } = latency;
        rows.push(Row::new(format!("{name}, p50"), p50_ms, "ms", Target::None));
        rows.push(Row::new(format!("{name}, p99"), p99_ms, "ms", most));
    }
    rows
}

fn memory_and_restore(name: &str, measured: &Measured) -> Vec<Row> {
    let restore = &measured.restore;
    let share = restore.entries_per_second / restore.consume_per_second * 100.0;
    vec![
        Row::new(format!("{name}, most memory"), measured.throughput.peak_mib, "MiB", Target::None),
        Row::new(
            format!("{name}, beside its state"),
            measured.beyond_state_mib(),
            "MiB",
            Target::AtMost(BEYOND_STATE_MAX),
        ),
        Row::new(
            format!("{name}, restore of {} entries", restore.entries),
            restore.entries_per_second,
            "entries/s",
            Target::None,
        ),
        Row::new(
            format!("{name}, restore of consume-only"),
            share,
            "%",
            Target::AtLeast(OF_CONSUME_MIN * 100.0),
        ),
    ]
}

fn documents(figures: &Figures) -> Vec<Row> {
    let documents = &figures.documents;
    let share = documents.documents_per_second / documents.ceiling_per_second * 100.0;
    vec![
        Row::new(
            format!(
                "netsuite, {} documents of {:.0} lines",
                documents.documents,
                documents.lines as f64 / documents.documents as f64
            ),
            documents.documents_per_second,
            "documents/s",
            Target::None,
        ),
        Row::new("netsuite, of the simulator's ceiling", share, "%", Target::None),
        Row::new("netsuite", documents.cpu_seconds_per_thousand, "CPU-ms/document", Target::None),
        Row::new(
            "simulator beside it",
            documents.simulator_cpu_seconds_per_thousand,
            "CPU-ms/document",
            Target::None,
        ),
        Row::new("netsuite, most memory", documents.peak_mib, "MiB", Target::None),
    ]
}
