//! How fast a stage works through what waits for it, and what it uses meanwhile.
//!
//! Progress is what the stage has committed, looked at from outside; so figures begin with the first
//! commit, and leave out the start of the process.

use std::time::{Duration, Instant};

use runtime::client::Lookup;
use serde::Serialize;
use tillstream::stack::Progress;

use crate::service::{Running, Stage};
use crate::world::{PARTITIONS, World, pause};

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a stage may stand still before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// What a stage did with a backlog.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Throughput {
    pub(crate) tickets_per_second: f64,
    pub(crate) cpu_seconds_per_million: f64,
    /// Seconds that the rate is of.
    pub(crate) seconds: f64,
    /// Most resident memory, in MiB.
    pub(crate) peak_mib: f64,
    /// Bytes produced for each ticket, state included.
    pub(crate) bytes_per_ticket: f64,
    /// State records written for each ticket.
    pub(crate) state_records_per_ticket: f64,
    /// Seconds that a commit takes on average.
    pub(crate) commit_seconds: f64,
}

/// How far a stage was at a moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    done: i64,
    cpu_seconds: f64,
}

/// Lets a stage work through `tickets` that wait in its lead topic, in a process of its own.
///
/// # Errors
/// When it ends, or stands still.
pub(crate) fn run(
    world: &World,
    stage: Stage,
    tickets: u64,
    progress: Progress<'_>,
) -> anyhow::Result<Throughput> {
    let ends = world.ends(stage.lead())?;
    let whole: i64 = ends.iter().sum();
    let mut running = Running::start(world, stage)?;
    let (first, last) = follow(world, stage, &mut running, &ends, progress)?;
    let seconds = (last.at - first.at).as_secs_f64();
    // Every partition holds tickets and the same few records beside them, so offsets count tickets.
    let share = (last.done - first.done) as f64 / whole as f64;
    let measured = tickets as f64 * share;
    let all = tickets as f64;
    let throughput = Throughput {
        tickets_per_second: measured / seconds,
        cpu_seconds_per_million: (last.cpu_seconds - first.cpu_seconds) / measured * 1e6,
        seconds,
        peak_mib: running.usage()?.peak_mib,
        bytes_per_ticket: running.metric("tillstream_bytes_out_total")? / all,
        state_records_per_ticket: running.metric("tillstream_state_records_total")? / all,
        commit_seconds: running.metric("tillstream_commit_seconds_sum")?
            / running.metric("tillstream_commit_seconds_count")?.max(1.0),
    };
    running.stop()?;
    Ok(throughput)
}

/// Waits until a stage has read everything, without measuring.
///
/// # Errors
/// When it ends, or stands still.
pub(crate) fn catch_up(
    world: &World,
    stage: Stage,
    running: &mut Running,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let ends = world.ends(stage.lead())?;
    follow(world, stage, running, &ends, progress).map(drop)
}

/// The first and the last moment at which a stage had moved.
fn follow(
    world: &World,
    stage: Stage,
    running: &mut Running,
    ends: &[i64],
    progress: Progress<'_>,
) -> anyhow::Result<(Sample, Sample)> {
    let lookup = world.lookup(stage.name())?;
    let partitions: Vec<i32> = (0..PARTITIONS).collect();
    let whole: i64 = ends.iter().sum();
    let start = sample(lookup.as_ref(), stage, &partitions, running)?.0;
    let (mut first, mut last) = (start, start);
    let mut told = Instant::now();
    loop {
        let (sample, committed) = sample(lookup.as_ref(), stage, &partitions, running)?;
        if sample.done > last.done {
            // What was done by the first commit was begun before anyone looked.
            first = if first.done == 0 { sample } else { first };
            last = sample;
        }
        if ends.iter().zip(&committed).all(|(end, committed)| end - committed <= stage.markers()) {
            // A backlog that one look covers is measured from the start.
            return Ok(if first.done < last.done { (first, last) } else { (start, last) });
        }
        running.process.check()?;
        let (name, done) = (stage.name(), last.done);
        anyhow::ensure!(
            last.at.elapsed() < PATIENCE,
            "{name} stands still at {done} of {whole}: {committed:?}"
        );
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            progress(&format!("{name}: {done} of {whole} records"));
        }
        pause(LOOK_EVERY);
    }
}

fn sample(
    lookup: &dyn Lookup,
    stage: Stage,
    partitions: &[i32],
    running: &Running,
) -> anyhow::Result<(Sample, Vec<i64>)> {
    let committed = lookup.committed(stage.lead(), partitions, ANSWER_WAIT)?;
    let committed: Vec<i64> = committed.into_iter().map(|offset| offset.unwrap_or(0)).collect();
    let cpu_seconds = running.usage()?.cpu_seconds;
    Ok((Sample { at: Instant::now(), done: committed.iter().sum(), cpu_seconds }, committed))
}
