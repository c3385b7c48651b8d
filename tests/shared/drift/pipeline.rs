//! Enrich, journal and inventory, one partition of each, handed their input by a loop: no broker, no Avro.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account_map::{AccountMap, Node, Role};
use domain::calendar::Timestamp;
use domain::number::Amount;
use domain::record::command::{Command, Resolve};
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::record::sales::{SalesEvent, Source};
use enrich::masters::Masters;
use enrich::quarantine::Offered;
use enrich::sequencer::{Decisions, EVERY_STORE, Sequencer};
use enrich::settings::Settings;

use super::ledger::{Ledger, TAX_SUMMARIES};

/// Records between two commits of the states.
const PER_COMMIT: i64 = 1_000;

/// The three services.
pub(crate) struct Pipeline {
    sequencer: Sequencer,
    decisions: Decisions,
    books: journal::state::State,
    stock: inventory::state::State,
    map: AccountMap,
    offset: i64,
    /// Events by kind, and documents.
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Pipeline {
    pub(crate) fn new(stores: impl Iterator<Item = Store>, items: impl Iterator<Item = Item>) -> Self {
        let mut masters = Masters::default();
        for store in stores {
            assert_eq!(masters.stores.apply(&store.store.clone(), Some(store), 0), None);
        }
        for item in items {
            assert_eq!(masters.items.apply(&item.item.clone(), Some(item), 0), None);
        }
        let node: Node =
            toml::from_str(include_str!("../../../services/journal/accounts.example.toml")).unwrap();
        Self {
            sequencer: Sequencer::new(0, Settings::default(), Arc::new(masters)),
            decisions: Decisions::default(),
            books: journal::state::State::default(),
            stock: inventory::state::State::default(),
            map: AccountMap::read(&node).unwrap(),
            offset: 0,
            counts: BTreeMap::new(),
        }
    }

    pub(crate) fn offer(&mut self, ticket: Transaction, ledger: &mut Ledger) {
        let (source, key) = (self.source(), ticket.store.clone());
        let offered = Offered { source, key: Some(key.as_bytes()), value: Some(b"") };
        self.sequencer.offer(&offered, ticket, 1, &mut self.decisions);
        self.settle(ledger);
    }

    pub(crate) fn tick(&mut self, now: Timestamp, ledger: &mut Ledger) {
        self.sequencer.tick(now, Some(now), &mut self.decisions);
        self.settle(ledger);
    }

    /// Publishes an item that lines wait for, and books them out of suspense.
    pub(crate) fn learn(&mut self, item: Item, ledger: &mut Ledger) {
        let (number, source) = (item.item.clone(), self.source());
        let mut masters = Masters::clone(&self.sequencer.masters);
        assert_eq!(masters.items.apply(&number, Some(item), self.offset), None);
        self.sequencer.masters = Arc::new(masters);
        let command = Command {
            id: format!("resolve-{number}"),
            kind: "resolve".to_owned(),
            store: EVERY_STORE.to_owned(),
            resolve: Some(Resolve { item: number, items_offset: self.offset }),
            ..Command::default()
        };
        let offered = Offered { source, key: None, value: None };
        self.sequencer.command(&offered, &command, None, 1, &mut self.decisions).unwrap();
        self.settle(ledger);
    }

    /// Takes what the locations hold off what is expected there, and says what is left open.
    pub(crate) fn end(&self, ledger: &mut Ledger) -> Vec<String> {
        for (key, stock) in self.stock.stock.iter() {
            let (location, item) = key.split_once('/').unwrap();
            for held in &stock.places {
                ledger.held(location, item, held.place.word(), i128::from(held.quantity.units()));
            }
        }
        let waiting = self.sequencer.state.waiting.iter().count();
        let open = [
            ("lines wait in suspense", waiting),
            (
                "buckets are open in enrich",
                self.sequencer.state.postings.iter().filter(|each| each.1.open).count(),
            ),
            ("buckets are open in journal", self.books.buckets.iter().count()),
            ("sums are open in inventory", self.stock.sums.iter().count()),
        ];
        open.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}"))
            .collect()
    }

    fn source(&mut self) -> Source {
        self.offset += 1;
        if self.offset % PER_COMMIT == 0 {
            self.sequencer.state.commit();
            self.books.commit();
            self.stock.commit();
        }
        Source { topic: "pos.transactions".into(), partition: 0, offset: self.offset }
    }

    /// Hands on what was decided.
    fn settle(&mut self, ledger: &mut Ledger) {
        let decided = std::mem::take(&mut self.decisions);
        let refused = decided.quarantined.first().map(|envelope| &envelope.reasons);
        assert_eq!(refused, None, "every ticket is one that is booked");
        for event in &decided.events {
            self.book(event, ledger);
        }
        for movement in &decided.movements {
            let decisions = inventory::ledger::apply(&mut self.stock, movement, &self.map).unwrap();
            self.count("adjustments", decisions.adjustments.len());
            for adjustment in &decisions.adjustments {
                for line in &adjustment.lines {
                    ledger.adjusted(&adjustment.location, &line.item, i128::from(line.quantity.units()));
                }
            }
        }
    }

    fn book(&mut self, event: &SalesEvent, ledger: &mut Ledger) {
        self.count(&event.kind, 1);
        let booked = journal::books::book(&mut self.books, event, &self.map).unwrap();
        assert!(booked.taxes_lost.is_none() && !booked.taxes_unknown, "taxes of {} are lost", event.store);
        self.count("journals", booked.entries.len());
        for entry in &booked.entries {
            let mut difference = 0;
            for line in &entry.lines {
                let role = Role::from_word(&line.role).map_or("(no role)", Role::word);
                let units = line.debit.map_or(0, units) - line.credit.map_or(0, units);
                ledger.booked(&entry.store, entry.business_date, role, units);
                difference += units;
            }
            assert_eq!(difference, 0, "{} does not balance", entry.id);
        }
        for summary in &booked.taxes {
            for line in &summary.lines {
                ledger.booked(&summary.store, summary.business_date, TAX_SUMMARIES, units(line.tax));
            }
        }
    }

    fn count(&mut self, what: &str, more: usize) {
        match self.counts.get_mut(what) {
            Some(count) => *count += more as u64,
            None => drop(self.counts.insert(what.to_owned(), more as u64)),
        }
    }
}

fn units(amount: Amount) -> i128 {
    i128::from(amount.units())
}
