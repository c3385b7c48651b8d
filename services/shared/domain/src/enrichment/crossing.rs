//! What crosses subsidiaries as an accountant reads it: the journals of both, their group, and what the goods cost.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use serde_json::{Value, json};

use super::case::{card, with_taxes};
use super::*;
use crate::account_map::AccountMap;
use crate::adjustment::{self, Change, Place};
use crate::document::Closing;
use crate::journal;
use crate::moves;
use crate::record::inventory::{Adjustment, AdjustmentLine, Movement};
use crate::record::journal::{JournalEntry, JournalLine};
use crate::record::pos::{Link, StoredValue, Tender};
use crate::record::reference::{self, ItemCost};
use crate::record::sales::{Close, UnitCost};
use crate::suspense;
use crate::ticket::fixture::{date, item_record, kit_record, line, store, stores, tax, tender};
use crate::totals::{Totals, of_sale, of_sale_elsewhere};

/// An item whose unit costs 4.10 in the US and 5.00 in Mexico, and half a peso more of each from 10 March 2026 on.
fn with_costs(number: &str) -> reference::Item {
    let mut record = item_record(number, "inventory", "grocery");
    let cost = |subsidiary: &str, unit_cost: &str| ItemCost {
        subsidiary: subsidiary.into(),
        currency: "MXN".into(),
        unit_cost: unit_cost.parse().unwrap(),
    };
    let mut later = record.versions[0].clone();
    record.versions[0].costs = vec![cost("US", "4.10"), cost("MX", "5.00")];
    (later.effective_from, later.revision) = (date("2026-03-10"), 8);
    later.costs = vec![cost("US", "4.60"), cost("MX", "5.50")];
    record.versions.push(later);
    record
}

/// Goods 1 of known costs, 2 of one in Mexico only, 3 that were counted in another unit before; a kit 6 of two of 1
/// and one of 2; 8 of known costs, as long as nobody leaves it out.
fn items(without: &str) -> Items {
    let mut in_mexico = with_costs("2");
    in_mexico.versions.iter_mut().for_each(|version| version.costs.retain(|cost| cost.subsidiary == "MX"));
    let mut recounted = with_costs("3");
    recounted.versions[0].stock_unit = "BOX".into();
    let kit = kit_record("6", &[("1", "2", "12.00"), ("2", "1", "12.00")]);
    let mut items = Items::default();
    for record in [with_costs("1"), in_mexico, recounted, kit, with_costs("8")] {
        if record.item != without {
            assert_eq!(items.apply(&record.item.clone(), Some(record), 0), None);
        }
    }
    items
}

fn map() -> AccountMap {
    let reasons = ["sale", "return", "return_damaged", "return_vendor", "scrap", "transfer"];
    let more = ["transfer_difference", "count", "sale_intercompany", "return_intercompany"];
    let costs: serde_json::Map<String, Value> =
        reasons.iter().chain(&more).map(|reason| ((*reason).to_owned(), json!("500"))).collect();
    let role = || json!({ "default": "500" });
    let mut roles: serde_json::Map<String, Value> =
        crate::account_map::Role::ALL.iter().map(|all| (all.word().to_owned(), role())).collect();
    roles.insert("inventory_adjustment".to_owned(), Value::Object(costs));
    let file = json!({
        "lines_max": 200,
        "accounts": { "500": { "type": "OthExpense" } },
        "subsidiaries": { "MX": roles, "US": roles }
    });
    AccountMap::read(&serde_json::from_value(file).unwrap()).unwrap()
}

fn sale_of(transaction: Transaction, items: &Items) -> (Sale, Vec<WaitingLine>) {
    let content = content_hash(&transaction);
    let ticket = Explained::check_among(transaction, content, &store(), items, &stores()).unwrap();
    ticket.enrich(&store(), &stores(), bucket())
}

fn bucket() -> Bucket {
    Bucket { business_date: date("2026-03-14"), window: 0, version: 1 }
}

/// The journals of a store-day that holds one ticket.
fn journals(sale: &Sale) -> Vec<JournalEntry> {
    let close = Close {
        bucket: bucket(),
        reason: "end_of_day".into(),
        count: 1,
        currency: "MXN".into(),
        subsidiary: "MX".into(),
        subsidiary_netsuite_id: "3".into(),
        location: "L101".into(),
        location_netsuite_id: "17".into(),
        ..Close::default()
    };
    let books = |entries: &[crate::totals::Entry<'_>], closing: Closing<'_>| {
        let mut totals = Totals::default();
        totals.add(entries).unwrap();
        journal::documents("101", &closing, &totals, &map()).unwrap()
    };
    let mut journals = books(&of_sale(sale).unwrap(), Closing::own(&close));
    for (place, entries) in of_sale_elsewhere(sale).unwrap() {
        journals.extend(books(&entries, Closing::elsewhere(&close, place)));
    }
    journal::group("101", &close, &mut journals).unwrap();
    journals
}

/// The adjustments that movements make.
fn adjustments(movements: Vec<Movement>) -> Vec<Adjustment> {
    let documents = movements.into_iter().flat_map(|movement| {
        let held = movement.legs.iter().filter(|leg| Place::from_word(&leg.state).unwrap().is_held());
        let changes = held.map(|leg| Change {
            item: leg.item.to_string(),
            reason: leg.reason.to_string(),
            netsuite_item: leg.netsuite_item.to_string(),
            unit: leg.unit.to_string(),
            quantity: leg.quantity,
            cost: leg
                .unit_cost
                .zip(leg.cost_currency.clone())
                .map(|(unit_cost, currency)| UnitCost { unit_cost, currency }),
        });
        let close = Movement { legs: Vec::new(), ..movement.clone() };
        adjustment::documents(&close, changes, &map()).unwrap()
    });
    documents.collect()
}

fn rows(journals: &[JournalEntry], adjustments: &[Adjustment]) -> Vec<String> {
    let line = |line: &JournalLine| {
        let (side, amount) = line.debit.map_or(("Cr", line.credit), |debit| ("Dr", Some(debit)));
        let dimension = line.dimension.as_deref().unwrap_or_default();
        format!("  {side} {:<20} {dimension:<10} {:>7}", line.role, amount.unwrap().to_string())
    };
    let goods = |line: &AdjustmentLine| {
        let cost = line.unit_cost.map(|cost| format!(" at {cost} {}", line.cost_currency.as_ref().unwrap()));
        format!("  {} {}{}", line.item, line.quantity, cost.unwrap_or_default())
    };
    let journals = journals.iter().flat_map(|entry| {
        let group = entry.group.as_ref().map(|group| format!(" of {group}")).unwrap_or_default();
        let head = format!("journal of {}{group}", entry.subsidiary);
        std::iter::once(head).chain(entry.lines.iter().map(line))
    });
    let adjustments = adjustments.iter().flat_map(|document| {
        let group = document.group.as_ref().map(|group| format!(" of {group}")).unwrap_or_default();
        let head = format!("{} at {} of {}{group}", document.reason, document.location, document.subsidiary);
        std::iter::once(head).chain(document.lines.iter().map(goods))
    });
    journals.chain(adjustments).collect()
}

fn sold_by(store: &str, on: &str) -> Link {
    let on = date(on);
    Link {
        kind: "return_of".into(),
        store: store.into(),
        register: "R9".into(),
        sequence: 3,
        business_date: on,
        ..Link::default()
    }
}

/// A line that gives back what a store sold on a date.
fn back(store: &str, on: &str, line: Line) -> Line {
    Line { kind: "return".into(), original: Some(sold_by(store, on)), ..line }
}

fn returned(lines: Vec<Line>, paid: &str) -> Transaction {
    Transaction { kind: "return".into(), ..super::case::ticket(lines, vec![tender("cash", paid, "0")]) }
}

/// The ticket that voids one.
fn void(sold: Transaction) -> Transaction {
    let link =
        Link { kind: "void_of".into(), register: "R1".into(), sequence: 5, ..sold_by("101", "2026-03-05") };
    Transaction { kind: "post_void".into(), links: vec![link], ..ticket::mirrored(&sold) }
}

/// Store 101 is of the subsidiary MX, store 201 of US.
#[test]
#[rustfmt::skip]
fn what_crosses_subsidiaries_and_what_it_costs() {
    // The worked case: sold by the US on 1 March at 100.00 and 8.25 of tax, refunded in Mexico in cash on 14 March.
    let taxed = || with_taxes(vec![tax("TX", "-8.25")], back("201", "2026-03-01", line(1, "1", "-1", "-100.00")));
    let refunded = || returned(vec![taxed()], "-108.25");
    let scrapped = Line { disposition: Some("scrap".into()),
                          ..back("201", "2026-03-12", line(3, "1", "-1", "-10.00")) };
    let far = |item: &str| Line { fulfilment: Some("delivery".into()), fulfilment_location: Some("L201".into()),
                                  ..line(1, item, "2", "40.00") };
    let sold_far = |item: &str| super::case::ticket(vec![far(item)], vec![card("40.00")]);
    let spent = Tender { stored_value: Some(StoredValue { program: "gift_card".into(), issuer: Some("201".into()),
                                                          ..StoredValue::default() }),
                         ..tender("gift_card", "30.00", "0") };
    let mut on_the_ticket = refunded();
    on_the_ticket.links = vec![sold_by("201", "2026-03-01")];
    on_the_ticket.lines[0].original = None;
    let both: &[&str] = &[
        "journal of MX of JE_101_20260314_0_1",
        "  Dr due_from             US          108.25",
        "  Cr tender_clearing      cash        108.25",
        "journal of US of JE_101_20260314_0_1",
        "  Dr returns              grocery     100.00",
        "  Dr tax_payable          TX            8.25",
        "  Cr due_to               MX          108.25",
        "return_intercompany at L101 of MX of JE_101_20260314_0_1",
        "  1 1.00 at 4.10 MXN",
    ];
    let cases: Vec<(&str, Transaction, &[&str])> = vec![
        ("a return of what another subsidiary sold costs what it did there, then", refunded(), both),
        ("so does one whose sale the ticket names", on_the_ticket, both),
        ("and one that is voided", void(refunded()),
         &["journal of MX of JE_101_20260314_0_1",
           "  Dr tender_clearing      cash        108.25",
           "  Cr due_from             US          108.25",
           "journal of US of JE_101_20260314_0_1",
           "  Dr due_to               MX          108.25",
           "  Cr returns              grocery     100.00",
           "  Cr tax_payable          TX            8.25",
           "return_intercompany at L101 of MX of JE_101_20260314_0_1",
           "  1 -1.00 at 4.10 MXN"]),
        ("two sales of one item at two costs, one of them to be scrapped",
         returned(vec![back("201", "2026-03-01", line(1, "1", "-1", "-10.00")),
                       back("201", "2026-03-11", line(2, "1", "-1", "-10.00")),
                       scrapped],
                  "-30.00"),
         &["journal of MX of JE_101_20260314_0_1",
           "  Dr due_from             US           30.00",
           "  Cr tender_clearing      cash         30.00",
           "journal of US of JE_101_20260314_0_1",
           "  Dr returns              grocery      30.00",
           "  Cr due_to               MX           30.00",
           "return_intercompany at L101 of MX of JE_101_20260314_0_1",
           "  1 1.00 at 4.10 MXN",
           "  1 2.00 at 4.60 MXN",
           "scrap at L101 of MX",
           "  1 -1.00"]),
        ("a kit, of which one component has no cost there",
         returned(vec![back("201", "2026-03-01", line(1, "6", "-1", "-36.00"))], "-36.00"),
         &["journal of MX of JE_101_20260314_0_1",
           "  Dr due_from             US           36.00",
           "  Cr tender_clearing      cash         36.00",
           "journal of US of JE_101_20260314_0_1",
           "  Dr returns              grocery      36.00",
           "  Cr due_to               MX           36.00",
           "return_intercompany at L101 of MX of JE_101_20260314_0_1",
           "  1 2.00 at 4.10 MXN",
           "  2 1.00"]),
        ("goods whose stock unit was another then, and goods that were not there yet",
         returned(vec![back("201", "2026-03-01", line(1, "3", "-1", "-7.00")),
                       back("201", "2019-03-01", line(2, "1", "-1", "-7.00"))], "-14.00"),
         &["journal of MX of JE_101_20260314_0_1",
           "  Dr due_from             US           14.00",
           "  Cr tender_clearing      cash         14.00",
           "journal of US of JE_101_20260314_0_1",
           "  Dr returns              grocery      14.00",
           "  Cr due_to               MX           14.00",
           "return_intercompany at L101 of MX of JE_101_20260314_0_1",
           "  1 1.00",
           "  3 1.00"]),
        ("goods that another subsidiary hands over cost what they do there, now", sold_far("1"),
         &["journal of MX",
           "  Dr tender_clearing      card/visa    40.00",
           "  Cr sales                grocery      40.00",
           "sale_intercompany at L201 of US of JE_101_20260314_0_1",
           "  1 -2.00 at 4.60 MXN"]),
        ("and when they are voided what they did", void(sold_far("1")),
         &["journal of MX",
           "  Dr sales                grocery      40.00",
           "  Cr tender_clearing      card/visa    40.00",
           "sale_intercompany at L201 of US of JE_101_20260314_0_1",
           "  1 2.00 at 4.10 MXN"]),
        ("where it has no cost there, none is stated", sold_far("2"),
         &["journal of MX",
           "  Dr tender_clearing      card/visa    40.00",
           "  Cr sales                grocery      40.00",
           "sale_intercompany at L201 of US of JE_101_20260314_0_1",
           "  2 -2.00"]),
        ("a gift card of another subsidiary",
         super::case::ticket(vec![line(1, "1", "1", "30.00")], vec![spent]),
         &["journal of MX of JE_101_20260314_0_1",
           "  Dr due_from             US           30.00",
           "  Cr sales                grocery      30.00",
           "journal of US of JE_101_20260314_0_1",
           "  Dr gift_card_liability               30.00",
           "  Cr due_to               MX           30.00",
           "sale at L101 of MX",
           "  1 -1.00"]),
        ("a return of what this subsidiary sold crosses nothing",
         returned(vec![back("102", "2026-03-01", line(1, "1", "-1", "-10.00"))], "-10.00"),
         &["journal of MX",
           "  Dr returns              grocery      10.00",
           "  Cr tender_clearing      cash         10.00",
           "return at L101 of MX",
           "  1 1.00"]),
    ];
    for (name, transaction, expected) in cases {
        let (sale, _) = sale_of(transaction, &items(""));
        let moved = adjustments(moves::moves(&sale, &store(), &stores()));
        assert_eq!(rows(&journals(&sale), &moved), expected, "{name}");
    }
}

/// Goods whose item is unknown cost, once it is known, what they would have cost at once.
#[test]
fn goods_that_waited_cost_the_same() {
    let far = Line { fulfilment_location: Some("L201".into()), ..line(1, "8", "1", "40.00") };
    let refund = || returned(vec![back("201", "2026-03-01", line(1, "8", "-1", "-10.00"))], "-10.00");
    let sold = || super::case::ticket(vec![far.clone()], vec![card("40.00")]);
    for (name, transaction, expected) in [
        ("a return", refund(), "4.10"),
        ("a return that is voided", void(refund()), "4.10"),
        ("goods handed over", sold(), "4.60"),
        ("goods handed over, and voided", void(sold()), "4.10"),
    ] {
        let (_, waiting) = sale_of(transaction.clone(), &items("8"));
        let (moved, late) = suspense::resolve(&waiting[0], &items(""), &stores(), &bucket());
        let (sale, _) = sale_of(transaction, &items(""));
        let at_once = moves::moves(&sale, &store(), &stores());
        assert_eq!(late.as_ref().unwrap().legs, at_once[0].legs, "{name}");
        assert_eq!(late.unwrap().legs[0].unit_cost, Some(expected.parse().unwrap()), "{name}");
        assert_eq!(moved[0].resolved.cost, sale.lines[0].cost, "{name}");
    }
}
