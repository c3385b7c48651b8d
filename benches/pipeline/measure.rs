//! What is measured, in order. One thing runs at a time, so each has the machine, and the broker, to
//! itself.

use std::path::Path;

use serde::Serialize;
use tillstream::stack::Progress;

use crate::backlog::{self, Throughput};
use crate::documents::{self, Documents};
use crate::latency::{self, Hop, Latency};
use crate::raw;
use crate::restore::{self, Restore};
use crate::service::{Running, Stage, run_child};
use crate::shard;
use crate::size::Plan;
use crate::world::World;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) tickets: u64,
    /// Bytes of a ticket, key included.
    pub(crate) ticket_bytes: f64,
    pub(crate) copy: raw::Figures,
    pub(crate) shard: shard::Figures,
    pub(crate) null: Throughput,
    pub(crate) enrich: Measured,
    pub(crate) inventory: Measured,
    pub(crate) journal: Measured,
    pub(crate) documents: Documents,
    pub(crate) latency: Latencies,
}

/// A service at work, and restarted.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    /// Resident memory before the first ticket, in MiB.
    pub(crate) idle_mib: f64,
    pub(crate) throughput: Throughput,
    pub(crate) restore: Restore,
}

/// The latency of each hop at one rate.
#[derive(Debug, Serialize)]
pub(crate) struct Latencies {
    pub(crate) plain: Latency,
    pub(crate) null: Latency,
    pub(crate) enrich: Latency,
}

impl Measured {
    /// Most memory beside what the state takes, in MiB. The state is what a restarted process holds more
    /// than one that has none, what the reading itself left behind included.
    pub(crate) fn beyond_state_mib(&self) -> f64 {
        let state = (self.restore.resident_mib - self.idle_mib).max(0.0);
        (self.throughput.peak_mib - state).max(0.0)
    }
}

/// Measures everything.
///
/// # Errors
/// When a part cannot be started, ends, or stands still.
pub(crate) fn all(directory: &Path, plan: Plan, progress: Progress<'_>) -> anyhow::Result<Figures> {
    std::fs::create_dir_all(directory)?;
    let directory = std::fs::canonicalize(directory)?;
    let mut world = World::start(&directory, &plan, progress)?;
    let figures = measure(&world, &plan, progress);
    if figures.is_err() {
        // A broker that has ended explains more than whoever missed it.
        world.stack.check()?;
    }
    let stopped = world.stack.stop(progress);
    let figures = figures?;
    stopped?;
    Ok(figures)
}

fn measure(world: &World, plan: &Plan, progress: Progress<'_>) -> anyhow::Result<Figures> {
    let tickets = plan.tickets();
    let idle = Idle::measure(world)?;
    progress(&format!("sending {tickets} tickets"));
    world.fill(plan, progress)?;
    progress("copying them as they are");
    let copy: raw::Figures = run_child(world, "raw", Stage::Enrich.lead())?;
    progress("shards without Kafka");
    let shard = run_child(world, "shard", "")?;
    progress("null stage");
    let null = backlog::run(world, Stage::Null, tickets, progress)?;
    tell(Stage::Null, &null, progress);
    let enrich = measured(world, Stage::Enrich, tickets, idle.enrich, progress)?;
    let inventory = measured(world, Stage::Inventory, tickets, idle.inventory, progress)?;
    let journal = measured(world, Stage::Journal, tickets, idle.journal, progress)?;
    let documents = documents::run(world, progress)?;
    let rate = enrich.throughput.tickets_per_second / 2.0;
    let latency = latencies(world, plan, rate, progress)?;
    let ticket_bytes = copy.bytes as f64 / copy.records as f64;
    Ok(Figures { tickets, ticket_bytes, copy, shard, null, enrich, inventory, journal, documents, latency })
}

/// Resident memory of the services with nothing to do, in MiB.
struct Idle {
    enrich: f64,
    inventory: f64,
    journal: f64,
}

impl Idle {
    fn measure(world: &World) -> anyhow::Result<Self> {
        let of = |stage| {
            let running = Running::start(world, stage)?;
            let resident = running.usage()?.resident_mib;
            running.stop()?;
            anyhow::Ok(resident)
        };
        Ok(Self {
            enrich: of(Stage::Enrich)?,
            inventory: of(Stage::Inventory)?,
            journal: of(Stage::Journal)?,
        })
    }
}

fn measured(
    world: &World,
    stage: Stage,
    tickets: u64,
    idle_mib: f64,
    progress: Progress<'_>,
) -> anyhow::Result<Measured> {
    progress(stage.name());
    let throughput = backlog::run(world, stage, tickets, progress)?;
    tell(stage, &throughput, progress);
    let restore = restore::run(world, stage)?;
    Ok(Measured { idle_mib, throughput, restore })
}

/// Says at once what a long run has found: a later stage may fail.
fn tell(stage: Stage, found: &Throughput, progress: Progress<'_>) {
    progress(&format!(
        "{}: {:.0} tickets a second, {:.1} CPU-seconds per million",
        stage.name(),
        found.tickets_per_second,
        found.cpu_seconds_per_million
    ));
}

fn latencies(world: &World, plan: &Plan, rate: f64, progress: Progress<'_>) -> anyhow::Result<Latencies> {
    progress(&format!("latency at {rate:.0} tickets a second"));
    let plain = latency::watch(world, plan, Hop::Plain, rate)?;
    let behind = |stage, hop| {
        let mut running = Running::start(world, stage)?;
        backlog::catch_up(world, stage, &mut running, progress)?;
        let latency = latency::watch(world, plan, hop, rate)?;
        running.stop()?;
        anyhow::Ok(latency)
    };
    Ok(Latencies {
        plain,
        null: behind(Stage::Null, Hop::Null)?,
        enrich: behind(Stage::Enrich, Hop::Enrich)?,
    })
}
