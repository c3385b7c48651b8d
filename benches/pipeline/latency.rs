//! How long a ticket takes from the moment it is due to be sent until a reader of committed records sees what
//! became of it, at a steady rate. A sender that falls behind is thus part of what is measured.
//!
//! Three hops are watched with the same sender and the same reader: no stage at all, the null stage, and
//! enrich. The sender gathers records for up to 20 ms before it sends them, in all three.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::partition;
use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use runtime::follow::{Follow, From};
use runtime::producer::Producer;
use serde::Serialize;
use wire::Subject;
use wire::codec::Decoder;

use crate::size::Plan;
use crate::world::{PARTITIONS, World, pause};

/// Partitions that are watched: a third of all, so that the reader stays ahead of what it measures.
const WATCHED: [i32; 4] = [0, 3, 6, 9];

/// What is sent at first is not counted: connections are made, and code is warmed up.
const WARM_UP: Duration = Duration::from_secs(2);

/// How long the last ticket may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two bursts of the sender.
const BURST_EVERY: Duration = Duration::from_millis(1);

/// Where tickets come out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hop {
    /// In the topic they are produced to.
    Plain,
    /// Behind the null stage.
    Null,
    /// Behind enrich.
    Enrich,
}

impl Hop {
    const fn topic(self) -> &'static str {
        match self {
            Self::Plain => "pos.transactions",
            Self::Null => crate::null::DELTAS,
            Self::Enrich => "inventory.deltas",
        }
    }

    /// Its business date, as days after those of the backlog.
    const fn date(self) -> i32 {
        match self {
            Self::Plain => 0,
            Self::Null => 1,
            Self::Enrich => 2,
        }
    }
}

/// How long tickets took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) per_second: f64,
    pub(crate) watched: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) most_ms: f64,
}

/// When each ticket of the watched partitions was due, or seen.
type Times = HashMap<String, Instant>;

/// Sends tickets at a rate and watches them come out.
///
/// # Errors
/// When Kafka fails, or a ticket does not come out.
pub(crate) fn watch(world: &World, plan: &Plan, hop: Hop, per_second: f64) -> anyhow::Result<Latency> {
    let count = ((plan.watch + WARM_UP).as_secs_f64() * per_second) as u64;
    let tickets = make_ready(world, plan, hop, count)?;
    let follow = Follow::new(world.cluster.connection(), hop.topic(), &WATCHED, From::End)?;
    let (sent, seen) = std::thread::scope(|scope| {
        let sender = scope.spawn(|| send(world, tickets, per_second));
        let watched = match hop {
            Hop::Plain => see::<Transaction>(world, follow, &sender, name_of),
            Hop::Null | Hop::Enrich => see::<Movement>(world, follow, &sender, |moved| moved.movement.into()),
        };
        let sent = sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        anyhow::Ok((sent, watched?))
    })?;
    let Sent { began, ended, count, times } = sent;
    let mut took: Vec<Duration> = Vec::with_capacity(times.len());
    for (name, at) in times.iter().filter(|(_, at)| at.duration_since(began) > WARM_UP) {
        let seen = seen.get(name).ok_or_else(|| anyhow::anyhow!("{name} did not come out of {hop:?}"))?;
        took.push(seen.saturating_duration_since(*at));
    }
    took.sort();
    let at = |share: f64| {
        let index = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
        took.get(index).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    };
    let per_second = count as f64 / (ended - began).as_secs_f64();
    Ok(Latency { per_second, watched: took.len(), p50_ms: at(0.5), p99_ms: at(0.99), most_ms: at(1.0) })
}

/// A ticket, ready to be sent.
struct Ready {
    key: Vec<u8>,
    partition: i32,
    value: Vec<u8>,
    /// The name of what is watched.
    watched: Option<String>,
}

/// Makes the tickets beforehand, so that the sender takes little of the machine while it sends.
fn make_ready(world: &World, plan: &Plan, hop: Hop, count: u64) -> anyhow::Result<Vec<Ready>> {
    let encoder = world.cluster.codecs().encoder::<Transaction>()?;
    let ready = |ticket: Transaction| {
        let key = ticket.store.as_bytes().to_vec();
        let partition = partition::of(&key, PARTITIONS);
        let value = encoder.to_vec(&ticket)?;
        let watched = WATCHED.contains(&partition).then(|| name_of(ticket));
        anyhow::Ok(Ready { key, partition, value, watched })
    };
    plan.further(hop.date()).take(usize::try_from(count)?).map(ready).collect()
}

/// What the sender did.
struct Sent {
    began: Instant,
    ended: Instant,
    count: u64,
    times: Times,
}

fn send(world: &World, tickets: Vec<Ready>, per_second: f64) -> anyhow::Result<Sent> {
    let mut producer = Producer::new(world.cluster.connection())?;
    let mut times = Times::new();
    let began = Instant::now();
    let (mut count, mut ended) = (0_u64, began);
    for ticket in tickets {
        let due = began + Duration::from_secs_f64(count as f64 / per_second);
        while ended < due {
            pause(BURST_EVERY);
            ended = Instant::now();
        }
        if let Some(name) = ticket.watched {
            times.insert(name, due);
        }
        producer.send(Hop::Plain.topic(), ticket.partition, &ticket.key, Some(&ticket.value))?;
        count += 1;
    }
    producer.flush()?;
    Ok(Sent { began, ended, count, times })
}

/// A ticket by the name that its movement has.
fn name_of(ticket: Transaction) -> String {
    let epoch = ticket.business_date.days();
    format!("{}_{}_{epoch}_{}", ticket.store, ticket.register, ticket.sequence)
}

/// Notes when each record comes out, until the sender has ended and nothing has come for a while.
fn see<T: Subject>(
    world: &World,
    mut follow: Follow,
    sender: &std::thread::ScopedJoinHandle<'_, anyhow::Result<Sent>>,
    name: impl Fn(T) -> String,
) -> anyhow::Result<Times> {
    let decoder: Decoder<T> = world.cluster.codecs().decoder()?;
    let mut times = Times::new();
    let mut last = Instant::now();
    loop {
        if let Some(kept) = follow.next(Duration::from_millis(20))? {
            last = Instant::now();
            if let Some(value) = kept.value {
                times.insert(name(decoder.decode(&value)?), last);
            }
        } else if sender.is_finished() && last.elapsed() > PATIENCE / 12 {
            return Ok(times);
        }
        anyhow::ensure!(last.elapsed() < PATIENCE, "nothing comes out any more");
    }
}
