//! How fast a restarted service reads its state back, beside a plain reading of the same changelog.
//!
//! The service says itself in its log how many records each shard read and how long that took since the
//! partitions were given to it, the questions to the broker included. The changelog is read once before, so that
//! neither of the two waits for the disk while the other finds it in memory.

use serde::Serialize;

use crate::raw;
use crate::service::{Running, Stage, log, run_child};
use crate::usage::Usage;
use crate::world::World;

/// A restore.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Restore {
    pub(crate) entries: f64,
    pub(crate) seconds: f64,
    pub(crate) entries_per_second: f64,
    /// Entries a second of a process that only reads them.
    pub(crate) consume_per_second: f64,
    /// Bytes of an entry.
    pub(crate) entry_bytes: f64,
    /// Resident memory once restored, with nothing to do, in MiB.
    pub(crate) resident_mib: f64,
}

/// Restarts a service, and reads its changelog beside.
///
/// # Errors
/// When it does not become ready.
pub(crate) fn run(world: &World, stage: Stage) -> anyhow::Result<Restore> {
    let changelog = format!("{}.changelog", stage.name());
    let _first: raw::Figures = run_child(world, "consume", &changelog)?;
    let path = log(world, stage);
    let before = std::fs::read_to_string(&path)?.len();
    let running = Running::start(world, stage)?;
    let Usage { resident_mib, .. } = running.usage()?;
    let text = std::fs::read_to_string(&path)?;
    running.stop()?;
    let (mut entries, mut seconds) = (0.0, 0.0_f64);
    for line in text[before..].lines().filter(|line| line.contains("shard restored")) {
        entries += field(line, "records").and_then(|text| text.parse().ok()).unwrap_or(0.0);
        // One thread restores all shards of a worker, so the longest is the whole.
        seconds = seconds.max(field(line, "took").and_then(seconds_of).unwrap_or(0.0));
    }
    anyhow::ensure!(entries > 0.0 && seconds > 0.0, "{} says nothing of a restore", path.display());
    let read: raw::Figures = run_child(world, "consume", &changelog)?;
    Ok(Restore {
        entries,
        seconds,
        entries_per_second: entries / seconds,
        consume_per_second: read.records as f64 / read.seconds,
        entry_bytes: read.bytes as f64 / read.records as f64,
        resident_mib,
    })
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("{name}="))?;
    rest.split(' ').next()
}

/// The seconds of a duration as Rust shows it.
fn seconds_of(text: &str) -> Option<f64> {
    for (unit, factor) in [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<f64>().ok().map(|number| number * factor);
        }
    }
    None
}
