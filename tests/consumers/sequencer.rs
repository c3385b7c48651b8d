//! Enrich: tickets, commands, masters and its own state.

use enrich::metrics::Counters;
use enrich::service::{Enrich, ITEMS, STORES};
use enrich::settings::Settings;
use enrich::shard::SequencerShard;
use runtime::stage::{Clock, Record, Service, Shard, Topics};
use testkit::metrics::{counter, gauge};

use crate::consumer::{Driven, NOON, State, restore};
use crate::example::Example;
use crate::schemas::codecs;

/// The offset up to which the resolve command among the examples needs the item master.
const ITEMS_READ: i64 = 92_331;

pub(crate) fn topics() -> Topics {
    service().topics()
}

/// A ticket, in a shard that remembers nothing.
pub(crate) fn ticket(record: &Record<'_>) -> String {
    at_noon(record, State::Empty).process(record)
}

/// A command about what the examples of the changelog say of a store.
pub(crate) fn command(record: &Record<'_>) -> String {
    at_noon(record, State::Restored).process(record)
}

/// A master record, in a service that has read no other.
pub(crate) fn master(record: &Record<'_>) -> String {
    let service = service();
    service.table(record).unwrap();
    let masters = service.masters();
    let key = std::str::from_utf8(record.key.unwrap()).unwrap();
    let findings = [masters.items.findings(), masters.stores.findings()];
    if let Some(finding) = findings.iter().find_map(|findings| findings.iter().next()) {
        return format!("refused: {}", finding.detail);
    }
    if masters.items.is_complete() || masters.stores.is_complete() {
        return "ends the snapshot".to_owned();
    }
    let item = masters.items.find(key, "2026-03-14".parse().unwrap());
    match (item, masters.stores.find(key)) {
        (Some(item), None) => format!("item of {}, revision {}", item.department(), item.revision()),
        (None, Some(store)) => format!("store of {}", store.subsidiary),
        other => panic!("{key} of {}: {other:?}", record.topic),
    }
}

/// A record of its state.
pub(crate) fn state(record: &Record<'_>) -> String {
    restore(service(), record).map_or_else(|stops| stops, |_| "restored".to_owned())
}

fn service() -> Enrich {
    Enrich::new(Settings::default(), Counters::with(counter, gauge).unwrap(), &codecs()).unwrap()
}

/// Has read every master among the examples, and the clock.
fn at_noon(record: &Record<'_>, state: State) -> Driven<Enrich> {
    let service = service();
    for topic in [STORES, ITEMS] {
        for (offset, example) in (ITEMS_READ..).zip(Example::all(topic, "good")) {
            let (key, value) = (example.key(), example.encoded());
            let (key, value) = (Some(key.as_bytes()), Some(value.as_slice()));
            service.table(&Record { topic, partition: 0, offset, timestamp: None, key, value }).unwrap();
        }
    }
    assert!(service.tables_read().unwrap(), "the examples mark the ends of their snapshots");
    let mut driven = Driven::new(service, record.partition, state);
    tick(&mut driven.shard, &mut driven.out);
    driven
}

fn tick(shard: &mut SequencerShard, out: &mut runtime::stage::Outputs) {
    shard.turn(Some(Clock { now: NOON, read_through: None }), out).unwrap();
    out.clear();
}
