//! The pipeline without its topics: from a record of a till to the documents of its store-day.

use std::collections::BTreeMap;

use domain::account_map::AccountMap;
use domain::adjustment::{self, Change, Place};
use domain::calendar::Timestamp;
use domain::document::Closing;
use domain::enrichment::Explained;
use domain::journal;
use domain::liabilities::{self, Balances, Liabilities};
use domain::masters::{Items, Store, Stores};
use domain::moves::moves;
use domain::number::Amount;
use domain::record::inventory::{Adjustment, Movement};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::pos::Transaction;
use domain::record::sales::{Bucket, Close, OtherStore, Sale, SaleLine, UnitCost};
use domain::record::tax::TaxSummary;
use domain::taxes::{self, TaxTotals};
use domain::text::Text;
use domain::ticket::content_hash;
use domain::totals::{Totals, of_sale, of_sale_elsewhere};

use super::super::{Changed, Day};
use crate::demo::{ACCOUNT_MAP, account_map};
use crate::generate::shops::Shops;
use crate::generate::shops::tests::masters;

/// What became of some tickets.
#[derive(Default)]
pub(crate) struct Booked {
    pub(crate) sales: Vec<(Day, Sale)>,
    pub(super) movements: Vec<Movement>,
    pub(crate) journals: Vec<JournalEntry>,
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) summaries: Vec<TaxSummary>,
    pub(super) ledgers: Vec<LiabilityLedger>,
    /// Sales that book.
    pub(crate) books: u64,
}

/// Books tickets in the order given, and closes what is open.
pub(crate) fn run(shops: &Shops, tickets: &[Transaction]) -> Booked {
    let (stores, items) = masters(shops);
    let map = account_map(ACCOUNT_MAP).unwrap();
    let mut booked = Booked::default();
    let mut days: BTreeMap<(Day, Option<OtherStore>), (Totals, TaxTotals, Liabilities)> = BTreeMap::new();
    let mut counts: BTreeMap<Day, i64> = BTreeMap::new();
    for ticket in tickets {
        let day = (ticket.store.clone(), ticket.business_date);
        let store = stores.find(&ticket.store).unwrap();
        let sale = book(ticket, store, &items, &stores);
        let own = (None, of_sale(&sale).unwrap());
        let elsewhere =
            of_sale_elsewhere(&sale).unwrap().into_iter().map(|(place, entries)| (Some(place), entries));
        for (place, entries) in elsewhere.chain([own]) {
            let (totals, taxes, moved) = days.entry((day.clone(), place.cloned())).or_default();
            totals.add(&entries).unwrap();
            taxes.add(&sale, place).unwrap();
            moved.add(&sale, place).unwrap();
        }
        *counts.entry(day.clone()).or_default() += 1;
        booked.books += u64::from(sale.books);
        booked.movements.extend(moves(&sale, store, &stores));
        booked.sales.push((day, sale));
    }
    let mut owed: BTreeMap<(Text, Option<OtherStore>), Balances> = BTreeMap::new();
    for ((day, place), (totals, totals_of_taxes, moved)) in days {
        let store = stores.find(&day.0).unwrap();
        let close = close(store, &day, counts[&day]);
        let before = owed.entry((day.0.clone(), place.clone())).or_default();
        let closing = place.map_or_else(|| Closing::own(&close), |place| Closing::elsewhere(&close, &place));
        booked.journals.extend(journal::documents(&day.0, &closing, &totals, &map).unwrap());
        let (ledger, after) = liabilities::ledger(&day.0, &closing, &totals, &moved, before).unwrap();
        booked.ledgers.extend(ledger);
        *before = after;
        booked.summaries.extend(taxes::summary(&day.0, &closing, &totals_of_taxes).unwrap());
    }
    booked.adjustments = booked.documents_of_stock(&map);
    booked
}

/// The sale that a ticket books.
pub(super) fn book(ticket: &Transaction, store: &Store, items: &Items, stores: &Stores) -> Sale {
    let bucket = Bucket { business_date: ticket.business_date, window: 0, version: 1 };
    let content = content_hash(ticket);
    let explained = Explained::check_among(ticket.clone(), content, store, items, stores);
    let explained = explained.unwrap_or_else(|reasons| panic!("{reasons:?}\n{ticket:#?}"));
    let (sale, waiting) = explained.enrich(store, stores, bucket);
    assert!(waiting.is_empty(), "every item is known");
    sale
}

fn close(store: &Store, day: &Day, count: i64) -> Close {
    Close {
        bucket: Bucket { business_date: day.1, window: 0, version: 1 },
        reason: "end_of_day".into(),
        count,
        currency: store.currency.as_str().into(),
        subsidiary: store.subsidiary.clone(),
        subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
        location: store.location.clone(),
        location_netsuite_id: store.location_netsuite_id.clone(),
        ..Close::default()
    }
}

/// The revenue of a booked line less its discounts.
pub(super) fn net(line: &SaleLine) -> i128 {
    let off: i64 = line.discounts.iter().map(|discount| discount.amount.units()).sum();
    i128::from(line.amount.units()) - i128::from(off)
}

impl Booked {
    /// Debits less credits of some roles on the journals of a store-day.
    pub(super) fn net(&self, day: &Day, roles: &[&str]) -> i128 {
        let of_day = self
            .journals
            .iter()
            .filter(|document| document.store == *day.0 && document.business_date == day.1);
        let lines =
            of_day.flat_map(|document| &document.lines).filter(|line| roles.contains(&line.role.as_str()));
        let amount = |amount: Option<Amount>| amount.map_or(0, |amount| i128::from(amount.units()));
        lines.map(|line| amount(line.debit) - amount(line.credit)).sum()
    }

    /// Goods by location, item and place.
    pub(super) fn places(&self) -> BTreeMap<(Text, Text, &'static str), i128> {
        let mut places = BTreeMap::new();
        for movement in &self.movements {
            for leg in &movement.legs {
                let place = Place::from_word(&leg.state).unwrap().word();
                let key = (movement.location.clone(), leg.item.clone(), place);
                *places.entry(key).or_insert(0) += i128::from(leg.quantity.units());
            }
        }
        places
    }

    /// What the adjustments put into stock or take out of it.
    pub(super) fn changed(&self) -> BTreeMap<Changed, i128> {
        let mut changed = BTreeMap::new();
        for document in &self.adjustments {
            let reason = REASONS.into_iter().find(|reason| *reason == document.reason).unwrap();
            for line in &document.lines {
                let day = (document.store.as_str().into(), document.business_date);
                let cost = line.unit_cost.map(|cost| cost.units());
                let cost = cost.zip(line.cost_currency.as_deref().map(Text::from));
                let key = (day, document.location.as_str().into(), line.item.as_str().into(), reason, cost);
                *changed.entry(key).or_insert(0) += i128::from(line.quantity.units());
            }
        }
        changed
    }

    /// The adjustments of all store-days and locations.
    fn documents_of_stock(&self, map: &AccountMap) -> Vec<Adjustment> {
        let cost = |(unit_cost, currency)| UnitCost { unit_cost, currency };
        let mut open: BTreeMap<(Day, Text), (Movement, Vec<Change>)> = BTreeMap::new();
        for movement in &self.movements {
            let day = (movement.bucket.store.clone(), movement.bucket.business_date);
            let close = Movement { legs: Vec::new(), occurred_at: Timestamp(0), ..movement.clone() };
            let (_, changes) =
                open.entry((day, movement.location.clone())).or_insert_with(|| (close, Vec::new()));
            let held = movement.legs.iter().filter(|leg| Place::from_word(&leg.state).unwrap().is_held());
            changes.extend(held.map(|leg| Change {
                item: leg.item.to_string(),
                reason: leg.reason.to_string(),
                netsuite_item: leg.netsuite_item.to_string(),
                unit: leg.unit.to_string(),
                quantity: leg.quantity,
                cost: leg.unit_cost.zip(leg.cost_currency.clone()).map(cost),
            }));
        }
        let documents = open.into_values();
        documents.flat_map(|(close, changes)| adjustment::documents(&close, changes, map).unwrap()).collect()
    }
}

const REASONS: [&str; 10] = [
    "sale",
    "sale_intercompany",
    "return",
    "return_damaged",
    "return_vendor",
    "return_intercompany",
    "scrap",
    "transfer",
    "transfer_difference",
    "count",
];
