//! A ticket in, its journal and its moves out: the tables of the other tests are read by an accountant.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::moves;
use crate::record::inventory::{Leg, Movement};
use crate::record::pos::{Tender, Transaction};
use crate::record::reference;
use crate::ticket::fixture::{date, items, sale, store_record, stores, tax, tender};
use crate::totals::{Entry, Total, Totals, of_sale, of_sale_elsewhere};

/// A ticket of the lines and tenders, with nothing else.
pub(super) fn ticket(lines: Vec<Line>, tenders: Vec<Tender>) -> Transaction {
    Transaction { total: None, lines, tenders, ..sale() }
}

pub(super) fn contained(code: &str, collected: &str) -> Tax {
    Tax { included: true, ..tax(code, collected) }
}

pub(super) fn with_taxes(taxes: Vec<Tax>, line: Line) -> Line {
    Line { taxes, ..line }
}

pub(super) fn card(taken: &str) -> Tender {
    Tender { brand: Some("visa".into()), ..tender("card", taken, "0") }
}

/// A change of the master record of store 101.
pub(super) type Change = fn(&mut reference::Store);

/// Store 101 as changed, among the others.
pub(super) fn changed(change: Change) -> (Store, Stores) {
    let mut record = store_record();
    change(&mut record);
    let mut stores = stores();
    assert_eq!(stores.apply("101", Some(record.clone()), 9), None);
    (Store::check(record).unwrap(), stores)
}

/// The journal of one ticket, a row a line, and its moves.
pub(super) fn booked(transaction: Transaction) -> (Vec<String>, Vec<String>) {
    booked_of(&items(), |_| {}, transaction)
}

/// The sale that a ticket of store 101 as changed is.
pub(super) fn sale_at(change: Change, transaction: Transaction) -> Sale {
    sale_of(&items(), change, transaction)
}

/// As [`sale_at`], of other items than those of the fixture.
fn sale_of(items: &Items, change: Change, transaction: Transaction) -> Sale {
    let (store, stores) = changed(change);
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let content = content_hash(&transaction);
    let explained = Explained::check_among(transaction, content, &store, items, &stores).unwrap();
    let (sale, waiting) = explained.enrich(&store, &stores, bucket);
    assert!(waiting.is_empty(), "nothing waits: {waiting:?}");
    sale
}

/// As [`booked`], of other items than those of the fixture and of store 101 as changed.
fn booked_of(items: &Items, change: Change, transaction: Transaction) -> (Vec<String>, Vec<String>) {
    let (store, stores) = changed(change);
    let sale = sale_of(items, change, transaction);
    let mut rows = rows(&of_sale(&sale).unwrap());
    for (place, entries) in of_sale_elsewhere(&sale).unwrap() {
        rows.push(format!("in the books of {} at {}", place.subsidiary, place.location));
        rows.extend(self::rows(&entries));
    }
    (rows, moved(&sale, &store, &stores))
}

/// The moves of a sale, a row a leg, but for what the customer has of it.
pub(super) fn moved(sale: &Sale, store: &Store, stores: &Stores) -> Vec<String> {
    let movements = moves::moves(sale, store, stores);
    let legs = movements.iter().flat_map(|movement| movement.legs.iter().map(move |leg| (movement, leg)));
    let place = |state: &str| if state == "on_hand" { String::new() } else { format!(" {state}") };
    let at = |location: &str| if location == "L101" { String::new() } else { format!(" at {location}") };
    let row = |(movement, leg): (&Movement, &Leg)| {
        format!("{} {}{}{}", leg.item, leg.quantity, place(&leg.state), at(&movement.location))
    };
    legs.filter(|(_, leg)| leg.state != "customer").map(row).collect()
}

/// Entries as a journal of one ticket.
fn rows(entries: &[Entry<'_>]) -> Vec<String> {
    let mut totals = Totals::default();
    totals.add(entries).unwrap();
    let row = |total: &Total| {
        let dimension = total.dimension().text().unwrap_or_default();
        let net = total.debit.checked_sub(total.credit).unwrap();
        let side = if net.is_negative() { "Cr" } else { "Dr" };
        let size = if net.is_negative() { net.negated() } else { net }.to_string();
        format!("{side} {:<22} {dimension:<16} {size:>8}", total.role.word())
    };
    totals.iter().map(row).collect()
}

/// What was done, the ticket, its journal, and what leaves the shelf.
pub(super) type Case = (&'static str, Transaction, &'static [&'static str], &'static [&'static str]);

pub(super) fn check(cases: Vec<Case>) {
    check_at(|_| {}, cases);
}

/// As [`check`], of store 101 as changed.
pub(super) fn check_at(change: Change, cases: Vec<Case>) {
    check_of(&items(), change, cases);
}

/// As [`check_at`], of other items than those of the fixture.
pub(super) fn check_of(items: &Items, change: Change, cases: Vec<Case>) {
    for (name, transaction, journal, stock) in cases {
        assert_eq!(booked_of(items, change, transaction), (owned(journal), owned(stock)), "{name}");
    }
}

fn owned(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}
