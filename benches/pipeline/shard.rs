//! Decoding, deciding and encoding alone: shards that are handed tickets by a loop in place of the runtime.
//!
//! No broker, no other thread and no waiting takes part, so the figures hold on a busy machine, and a
//! profiler sees nothing else.

use std::time::Duration;

use anyhow::Context;
use domain::account_map::{AccountMap, Accounts, Node};
use domain::partition;
use domain::record::pos::Transaction;
use enrich::service::{Enrich, ITEMS, STORES};
use enrich::settings::Settings;
use enrich::shard::{COMMANDS, DELTAS, QUARANTINE, SALES, TRANSACTIONS};
use inventory::service::Inventory;
use journal::service::Journal;
use runtime::stage::{Changes, Clock, Outputs, Record, Service, Shard};
use serde::{Deserialize, Serialize};
use tillstream::demo;
use tillstream::replay::masters::{all_items, all_stores};
use wire::Subject;
use wire::codec::Codecs;

use crate::null::{self, Null};
use crate::size::Plan;
use crate::usage::Usage;
use crate::world::PARTITIONS;

/// Tickets between two commits: what a worker takes in one interval, more or less.
const PER_COMMIT: usize = 1_000;

/// Tickets that are handed over.
const TICKETS: usize = 100_000;

/// The partition whose stores are taken.
const PARTITION: i32 = 0;

/// Microseconds of one processor for a ticket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) null_us: f64,
    pub(crate) enrich_us: f64,
    pub(crate) inventory_us: f64,
    pub(crate) journal_us: f64,
}

/// Measures each, one after the other, and prints one line of figures.
///
/// # Errors
/// When a record does not fit its schema.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<()> {
    let codecs = Codecs::embedded();
    let tickets = Input { topic: TRANSACTIONS, records: encoded(&codecs, of_one_partition(plan))? };
    let null_us =
        tickets.offer(Null::new(&codecs)?.shard(PARTITION), &[null::SALES, null::DELTAS], ignore)?;
    let settings = Settings { earliest_business_date: Some(Plan::first_date()), ..Settings::default() };
    let service = Enrich::new(settings, enrich::metrics::Counters::register()?, &codecs)?;
    let chain = plan.chain;
    let stores = chain.store_master().map(|store| (store.store.clone(), store));
    teach(&service, STORES, &codecs, stores.chain([(all_stores().store, all_stores())]))?;
    let items = chain.item_master().map(|item| (item.item.clone(), item));
    teach(&service, ITEMS, &codecs, items.chain([(all_items().item, all_items())]))?;
    let outputs = [SALES, DELTAS, QUARANTINE, COMMANDS];
    let enrich_us = tickets.offer(service.shard(PARTITION), &outputs, ignore)?;
    // Once more, and not timed: what it writes is what the others read.
    let mut sales = Input { topic: SALES, records: Vec::new() };
    let mut deltas = Input { topic: DELTAS, records: Vec::new() };
    tickets.offer(service.shard(PARTITION), &outputs, |topic, key, value| {
        let read = if topic == SALES { &mut sales } else { &mut deltas };
        read.records.push((String::from_utf8_lossy(key).into_owned(), value.to_vec()));
    })?;
    let accounts = || {
        anyhow::Ok(Accounts::new(AccountMap::read(&toml::from_str::<Node>(demo::ACCOUNT_MAP)?)?, None, None)?)
    };
    let (interval, counters) = (Duration::from_millis(100), inventory::metrics::Counters::register()?);
    let inventory = Inventory::new(accounts()?, interval, counters, &codecs)?;
    let inventory_us = deltas.offer(inventory.shard(PARTITION), &inventory.topics().outputs, ignore)?;
    let journal = Journal::new(accounts()?, journal::metrics::Counters::register()?, &codecs)?;
    let journal_us = sales.offer(journal.shard(PARTITION), &journal.topics().outputs, ignore)?;
    println!("{}", serde_json::to_string(&Figures { null_us, enrich_us, inventory_us, journal_us })?);
    Ok(())
}

/// Does nothing with an output.
const fn ignore(_: &'static str, _: &[u8], _: &[u8]) {}

/// Plain sales as the plan has them, of the stores of one partition.
fn of_one_partition(plan: &Plan) -> impl Iterator<Item = (String, Transaction)> {
    let ours = |ticket: &Transaction| partition::of(ticket.store.as_bytes(), PARTITIONS) == PARTITION;
    let plain = move |ticket: &Transaction| ticket.kind == "sale" && ours(ticket);
    plan.further(0).filter(plain).take(TICKETS).map(|ticket| (ticket.store.to_string(), ticket))
}

/// A key and a value.
type Pair = (String, Vec<u8>);

fn encoded<T: Subject>(
    codecs: &Codecs,
    records: impl Iterator<Item = (String, T)>,
) -> anyhow::Result<Vec<Pair>> {
    let encoder = codecs.encoder::<T>()?;
    let encode = |(key, record)| {
        let mut bytes = Vec::new();
        encoder.encode(&record, &mut bytes)?;
        anyhow::Ok((key, bytes))
    };
    records.map(encode).collect()
}

/// Hands masters to a service as its table thread does.
fn teach<T: Subject>(
    service: &Enrich,
    topic: &str,
    codecs: &Codecs,
    records: impl Iterator<Item = (String, T)>,
) -> anyhow::Result<()> {
    for ((key, value), offset) in encoded(codecs, records)?.iter().zip(0..) {
        service.table(&record(topic, 0, offset, key, value))?;
    }
    Ok(())
}

/// What a shard reads, one record a ticket.
struct Input {
    topic: &'static str,
    records: Vec<Pair>,
}

impl Input {
    /// Microseconds of a ticket in one shard, commits included; `keep` is handed what the shard sends.
    fn offer(
        &self,
        mut shard: impl Shard,
        outputs: &[&'static str],
        mut keep: impl FnMut(&'static str, &[u8], &[u8]),
    ) -> anyhow::Result<f64> {
        let mut out = Outputs::new(outputs.iter().map(|topic| (*topic, PARTITIONS)).collect());
        let mut changes = Changes::default();
        let now =
            i64::try_from(Duration::from_hours(24).as_millis())? * i64::from(Plan::first_date().days() + 30);
        shard.begin();
        shard.turn(Some(Clock { now, read_through: None }), &mut out)?;
        let before = Usage::of("self")?;
        let (mut offset, mut written) = (0, 0_u64);
        for transaction in self.records.chunks(PER_COMMIT) {
            shard.begin();
            for (key, value) in transaction {
                out.clear();
                shard.process(&record(self.topic, PARTITION, offset, key, value), &mut out)?;
                let booked = self.topic != TRANSACTIONS || out.iter().count() == 2;
                anyhow::ensure!(booked, "ticket {offset} was not booked");
                for (topic, _, key, value) in out.iter() {
                    let value = value.unwrap_or_default();
                    written += value.len() as u64;
                    keep(topic, key, value);
                }
                offset += 1;
            }
            changes.clear();
            shard.changes(&mut changes)?;
            written += changes.iter().map(|(_, value)| value.map_or(0, <[u8]>::len) as u64).sum::<u64>();
            shard.commit();
        }
        let used = Usage::of("self")?.cpu_seconds - before.cpu_seconds;
        anyhow::ensure!(written > 0, "nothing was written");
        Ok(used / f64::from(u32::try_from(self.records.len()).context("that many records")?) * 1e6)
    }
}

fn record<'a>(topic: &'a str, partition: i32, offset: i64, key: &'a str, value: &'a [u8]) -> Record<'a> {
    Record { topic, partition, offset, timestamp: None, key: Some(key.as_bytes()), value: Some(value) }
}
