//! Enrich, journal and inventory, one partition of each, handed their input by a loop: no broker, no Avro.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account_map::{AccountMap, Role};
use domain::calendar::Timestamp;
use domain::number::Amount;
use domain::record::command::{Command, Resolve};
use domain::record::journal::JournalEntry;
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::record::sales::{SaleLine, SalesEvent, Source};
use domain::text::Text;
use enrich::masters::Masters;
use enrich::quarantine::Offered;
use enrich::sequencer::{Decisions, EVERY_STORE, Sequencer};
use enrich::settings::Settings;
use tillstream::demo::{ACCOUNT_MAP, account_map, account_of};
use tillstream::statement::taxes;
use tillstream::statement::tills::{Account, Day};

use super::ledger::Ledger;

/// Records between two commits of the states.
const PER_COMMIT: i64 = 1_000;

/// Why adjustments change stock where the sale or return of what moves is revenue.
const COST_OF_SALES: [&str; 6] =
    ["sale", "sale_intercompany", "return", "return_damaged", "return_vendor", "return_intercompany"];

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
        Self {
            sequencer: Sequencer::new(0, Settings::default(), Arc::new(masters)),
            decisions: Decisions::default(),
            books: journal::state::State::default(),
            stock: inventory::state::State::default(),
            map: account_map(ACCOUNT_MAP).unwrap(),
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

    /// Publishes items that lines wait for, and books them out of suspense.
    pub(crate) fn learn(&mut self, items: Vec<Item>, ledger: &mut Ledger) {
        let numbers: Vec<String> = items.iter().map(|item| item.item.clone()).collect();
        let (mut masters, at) = (Masters::clone(&self.sequencer.masters), self.offset);
        for item in items {
            assert_eq!(masters.items.apply(&item.item.clone(), Some(item), at), None);
        }
        self.sequencer.masters = Arc::new(masters);
        for number in numbers {
            let command = Command {
                id: format!("resolve-{number}"),
                kind: "resolve".to_owned(),
                store: EVERY_STORE.to_owned(),
                resolve: Some(Resolve { item: number, items_offset: at }),
                ..Command::default()
            };
            self.command(&command, ledger);
        }
    }

    fn command(&mut self, command: &Command, ledger: &mut Ledger) {
        let offered = Offered { source: self.source(), key: None, value: None };
        self.sequencer.command(&offered, command, None, 1, &mut self.decisions).unwrap();
        self.settle(ledger);
    }

    /// Takes what the locations hold off what is expected there, and says what is left open.
    pub(crate) fn end(&self, ledger: &mut Ledger) -> Vec<String> {
        for (location, item, stock) in self.stock.stock.iter() {
            let location = location.trim_end_matches('/');
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
                let day: Day = (adjustment.store.as_str().into(), adjustment.business_date);
                let (subsidiary, location) = (&adjustment.subsidiary, &adjustment.location);
                let account = account_of(subsidiary, location, "inventory_adjustment", &adjustment.reason);
                assert_eq!(adjustment.account_netsuite_id.parse().ok(), account, "{}", adjustment.id);
                let is_cost = COST_OF_SALES.contains(&adjustment.reason.as_str());
                for line in &adjustment.lines {
                    let units = i128::from(line.quantity.units());
                    ledger.adjusted(day.clone(), adjustment, line);
                    ledger.units_of(&day, if is_cost { units } else { 0 });
                }
            }
        }
        // What comes back is claimed from the line that sold it.
        for command in &decided.commands {
            self.command(command, ledger);
        }
    }

    fn book(&mut self, event: &SalesEvent, ledger: &mut Ledger) {
        self.count(&event.kind, 1);
        if let Some(claim) = &event.claim {
            self.count(&format!("claim {}", claim.outcome), 1);
            if claim.outcome == "exceeded" {
                ledger.exceeded(&event.store, units(claim.excess_amount));
            }
        }
        for flag in event.sale.iter().flat_map(|sale| &sale.flags) {
            self.count(&format!("flag {flag}"), 1);
        }
        self.count(
            "sale that is only counted",
            usize::from(event.sale.as_ref().is_some_and(|sale| !sale.books)),
        );
        let sale = event.sale.iter().flat_map(|sale| sale.lines.iter().map(|line| (&sale.bucket, line)));
        let moved = event.reclassification.iter().map(|moved| (&moved.bucket, &moved.resolved));
        for (bucket, line) in sale.chain(moved).filter(|(_, line)| is_revenue_of_stock(line)) {
            let day = (event.store.clone(), bucket.business_date);
            ledger.units_of(&day, i128::from(line.quantity.units()));
        }
        let booked = journal::books::book(&mut self.books, event, &self.map).unwrap();
        assert!(booked.taxes_lost.is_none() && !booked.taxes_unknown, "taxes of {} are lost", event.store);
        self.count("journals", booked.entries.len());
        for entry in &booked.entries {
            let mut difference = 0;
            for line in &entry.lines {
                let units = line.debit.map_or(0, units) - line.credit.map_or(0, units);
                let account = Account {
                    store: entry.store.as_str().into(),
                    date: entry.business_date,
                    location: entry.location.as_deref().unwrap().into(),
                    subsidiary: entry.subsidiary.as_str().into(),
                    currency: entry.currency.as_str().into(),
                    role: Role::from_word(&line.role).map_or("(no role)", Role::word),
                    key: line.dimension.clone().unwrap_or_default(),
                };
                let number = line.account_netsuite_id.parse().unwrap();
                let expected = account_of(&account.subsidiary, &account.location, account.role, &account.key);
                assert_eq!(Some(number), expected, "{account:?}");
                ledger.booked(account, units);
                difference += units;
            }
            assert_eq!(difference, 0, "{} does not balance", entry.id);
        }
        self.count("ledgers", booked.ledgers.len());
        for rolled in &booked.ledgers {
            let location = self.books_of(&rolled.store, rolled.location.as_deref());
            let of_books = |entry: &&JournalEntry| {
                (entry.location.as_deref(), &entry.currency) == (Some(&*location), &rolled.currency)
            };
            for line in &rolled.lines {
                let journals = booked.entries.iter().filter(of_books).flat_map(|entry| &entry.lines);
                let of_role = journals.filter(|other| other.role == line.role);
                let journal =
                    of_role.map(|other| other.credit.map_or(0, units) - other.debit.map_or(0, units)).sum();
                let account = Account {
                    store: rolled.store.as_str().into(),
                    date: rolled.business_date,
                    location: location.clone(),
                    subsidiary: rolled.subsidiary.as_str().into(),
                    currency: rolled.currency.as_str().into(),
                    role: Role::from_word(&line.role).map_or("(no role)", Role::word),
                    key: String::new(),
                };
                ledger.rolled_forward(&account, line, journal);
            }
        }
        for summary in &booked.taxes {
            let location = self.books_of(&summary.store, None);
            for (key, said) in taxes::lines(summary, &location) {
                ledger.summed_up(&key, said);
            }
            assert_eq!(taxes::wrong(summary), Vec::<String>::new());
        }
    }

    /// The location of a document that names another store's, or is in the books of its own.
    fn books_of(&self, store: &str, elsewhere: Option<&str>) -> Text {
        let own = || self.sequencer.masters.stores.find(store).unwrap().location.clone();
        elsewhere.map_or_else(own, Text::from)
    }

    fn count(&mut self, what: &str, more: usize) {
        match self.counts.get_mut(what) {
            Some(count) => *count += more as u64,
            None => drop(self.counts.insert(what.to_owned(), more as u64)),
        }
    }
}

/// True for what is sold or comes back of stock; not for what is only kept.
fn is_revenue_of_stock(line: &SaleLine) -> bool {
    let is_revenue = line.role == "sales" || line.role == "returns";
    is_revenue && line.stock_unit.is_some() && line.promise.as_deref() != Some("reserve")
}

fn units(amount: Amount) -> i128 {
    i128::from(amount.units())
}
