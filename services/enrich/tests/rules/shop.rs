//! A small shop: one partition, a clock that stands still, and what it decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::record::command::Command;
use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::record::sales::{SalesEvent, Source};
use enrich::masters::Masters;
use enrich::metrics::Counters;
use enrich::quarantine::Offered;
use enrich::sequencer::{Decisions, Sequencer};
use enrich::settings::Settings;
use enrich::state::{State, StateRecord};
use prometheus::IntGauge;
use testkit::{master, ticket};
use wire::codec::Codecs;

/// Counters of no process.
pub(crate) fn counters() -> Counters {
    counters_and_gauges().0
}

/// Counters of no process, and its gauges in the order of a share.
pub(crate) fn counters_and_gauges() -> (Counters, Vec<IntGauge>) {
    testkit::metrics::with_gauges(|gauge| Counters::with(testkit::metrics::counter, gauge))
}

pub(crate) const HOUR: i64 = 3_600_000;

/// One partition with stores 101 and 102, the item `milk`, and a clock that stands still.
pub(crate) struct Shop {
    pub(crate) sequencer: Sequencer,
    pub(crate) decisions: Decisions,
    pub(crate) offset: i64,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let mut masters = Masters::default();
        for number in ["101", "102"] {
            assert_eq!(masters.stores.apply(number, Some(master::store(number)), 0), None);
        }
        assert_eq!(masters.items.apply("milk", Some(master::item("milk", "10")), 0), None);
        let sequencer = Sequencer::new(0, Settings::default(), Arc::new(masters));
        let mut shop = Self { sequencer, decisions: Decisions::default(), offset: 0 };
        shop.tick(0);
        shop
    }

    /// A tick so many hours after the ticket builder's instant.
    pub(crate) fn tick(&mut self, hours: i64) -> Vec<SalesEvent> {
        let now = ticket::ENDED_AT.plus_millis(hours * HOUR);
        self.sequencer.tick(now, Some(now), &mut self.decisions);
        self.events()
    }

    pub(crate) fn offer(&mut self, transaction: Transaction) -> Vec<SalesEvent> {
        self.offer_with_movements(transaction).0
    }

    /// As [`Shop::offer`], and the movements that the events go with.
    pub(crate) fn offer_with_movements(
        &mut self,
        transaction: Transaction,
    ) -> (Vec<SalesEvent>, Vec<Movement>) {
        self.decide(transaction);
        let movements = std::mem::take(&mut self.decisions.movements);
        (self.events(), movements)
    }

    fn decide(&mut self, transaction: Transaction) {
        let source = self.source("pos.transactions");
        let key = transaction.store.clone();
        let offered = Offered { source, key: Some(key.as_bytes()), value: Some(b"bytes") };
        self.sequencer.offer(&offered, transaction, 1, &mut self.decisions);
    }

    /// As [`Shop::offer`], and the claims that the ticket makes.
    pub(crate) fn offer_with_claims(&mut self, transaction: Transaction) -> (Vec<SalesEvent>, Vec<Command>) {
        self.decide(transaction);
        let claims = std::mem::take(&mut self.decisions.commands);
        (self.events(), claims)
    }

    pub(crate) fn command(&mut self, command: &Command, body: Option<Transaction>) -> Vec<SalesEvent> {
        let source = self.source("pos.commands");
        let offered = Offered { source, key: None, value: None };
        self.sequencer.command(&offered, command, body.map(Ok), 1, &mut self.decisions).unwrap();
        self.events()
    }

    pub(crate) fn source(&mut self, topic: &str) -> Source {
        self.offset += 1;
        Source { topic: topic.into(), partition: 0, offset: self.offset }
    }

    pub(crate) fn events(&mut self) -> Vec<SalesEvent> {
        let events = std::mem::take(&mut self.decisions.events);
        self.decisions.clear();
        events
    }

    pub(crate) fn learn(&mut self, item: &str, department: &str) {
        self.learn_of(master::item(item, department));
    }

    pub(crate) fn learn_of(&mut self, item: Item) {
        let mut masters = Masters::clone(&self.sequencer.masters);
        assert_eq!(masters.items.apply(&item.item.clone(), Some(item), 1), None);
        self.sequencer.masters = Arc::new(masters);
    }

    /// Takes an item out of the master.
    pub(crate) fn forget(&mut self, item: &str) {
        let mut masters = Masters::clone(&self.sequencer.masters);
        assert_eq!(masters.items.apply(item, None, 2), None);
        self.sequencer.masters = Arc::new(masters);
    }

    /// Publishes store 101 anew.
    pub(crate) fn publish(&mut self, change: impl FnOnce(&mut Store)) {
        self.publish_other("101", change);
    }

    /// Publishes a store, or one anew.
    pub(crate) fn publish_other(&mut self, number: &str, change: impl FnOnce(&mut Store)) {
        let mut store = master::store(number);
        change(&mut store);
        let mut masters = Masters::clone(&self.sequencer.masters);
        assert_eq!(masters.stores.apply(number, Some(store), 1), None);
        self.sequencer.masters = Arc::new(masters);
    }

    pub(crate) fn held(&self) -> usize {
        self.sequencer.state.held.iter().count()
    }
}

pub(crate) fn kinds(events: &[SalesEvent]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

pub(crate) fn reasons(events: &[SalesEvent]) -> Vec<String> {
    let notices = events.iter().filter_map(|event| event.notice.as_ref());
    notices.flat_map(|notice| notice.reasons.iter().map(|reason| code(reason).to_owned())).collect()
}

pub(crate) fn code(reason: &str) -> &str {
    reason.split(':').next().unwrap_or(reason)
}

pub(crate) fn command(id: &str, kind: &str, store: &str) -> Command {
    Command {
        id: id.to_owned(),
        kind: kind.to_owned(),
        store: store.to_owned(),
        issued_by: "test".to_owned(),
        ..Command::default()
    }
}

/// A compacted topic: the last record of each key, as its bytes.
pub(crate) type Changelog = BTreeMap<String, Vec<u8>>;

pub(crate) fn write_changes(state: &State, changelog: &mut Changelog) {
    let encoder = Codecs::embedded().encoder::<StateRecord>().unwrap();
    let written: Result<(), ()> = state.changed(|key, record| {
        match record {
            Some(record) => drop(changelog.insert(key.to_owned(), encoder.to_vec(&record).unwrap())),
            None => drop(changelog.remove(key)),
        }
        Ok(())
    });
    written.unwrap();
}

pub(crate) fn restored(changelog: &Changelog) -> State {
    let decoder = Codecs::embedded().decoder::<StateRecord>().unwrap();
    let mut state = State::default();
    for (key, record) in changelog {
        state.restore(key, Some(decoder.decode(record).unwrap())).unwrap();
    }
    state
}
