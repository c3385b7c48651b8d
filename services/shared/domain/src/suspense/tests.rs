//! A line leaves suspense once, where it was put in, with the stock it always should have moved.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::*;
use crate::enrichment::Explained;
use crate::masters::Stores;
use crate::record::pos::Transaction;
use crate::record::sales::Sale;
use crate::ticket::fixture::{amount, date, item_record, items, line, quantity, sale, store, tender};

fn bucket(version: i32) -> Bucket {
    Bucket { business_date: date("2026-03-14"), window: 0, version }
}

fn enriched(transaction: Transaction, items: &Items) -> (Sale, Vec<WaitingLine>) {
    Explained::check(transaction, &store(), items).unwrap().enrich(&store(), &Stores::default(), bucket(1))
}

/// The one line that a sale of such an item leaves in suspense.
fn waiting(change: impl FnOnce(&mut crate::record::pos::Line)) -> WaitingLine {
    let mut only = line(4, "9", "3", "10.00");
    change(&mut only);
    let transaction =
        Transaction { lines: vec![only], tenders: vec![tender("cash", "10.00", "0")], total: None, ..sale() };
    enriched(transaction, &items()).1.remove(0)
}

/// What one line out of suspense is, of an item that is no kit.
fn resolved(line: &WaitingLine, items: &Items, version: i32) -> (Reclassification, Option<Movement>) {
    let (mut moved, movement) = resolve(line, items, &Stores::default(), &bucket(version));
    assert_eq!(moved.len(), 1);
    (moved.remove(0), movement)
}

fn items_with(kind: &str) -> Items {
    let mut items = items();
    assert_eq!(items.apply("9", Some(item_record("9", kind, "garden")), 30), None);
    items
}

#[test]
fn a_line_stays_until_its_item_is_known() {
    let line = waiting(|_| {});
    assert!(!line.is_resolvable(&items(), &Stores::default()));
    assert_eq!(resolve(&line, &items(), &Stores::default(), &bucket(1)), (vec![], None));
    let mut later = item_record("9", "inventory", "garden");
    later.versions[0].effective_from = date("2026-03-15");
    let mut items = items();
    items.apply("9", Some(later), 30);
    assert!(!line.is_resolvable(&items, &Stores::default()), "no version held on the business date");
}

#[test]
fn a_resolved_line_is_reclassified_and_moves_its_stock() {
    let line = waiting(|_| {});
    let items = items_with("inventory");
    assert!(line.is_resolvable(&items, &Stores::default()));
    let (reclassification, movement) = resolved(&line, &items, 2);
    assert_eq!((reclassification.line, reclassification.bucket), (4, bucket(2)));
    assert_eq!(reclassification.from_department.as_deref(), Some("till"));
    assert_eq!((reclassification.currency.as_str(), reclassification.subsidiary.as_str()), ("MXN", "MX"));
    let resolved = &reclassification.resolved;
    assert_eq!((resolved.role.as_str(), resolved.department.as_deref()), ("sales", Some("garden")));
    assert_eq!((resolved.amount, resolved.quantity), (amount("10.00"), quantity("3")));
    assert!(resolved.discounts.is_empty() && resolved.taxes.is_empty(), "they were booked with the sale");
    let movement = movement.unwrap();
    let days = date("2026-03-14").days();
    assert_eq!(movement.movement, format!("101_R1_{days}_7_4_resolved"));
    assert_eq!((movement.bucket.version, movement.occurred_at), (2, sale().ended_at));
    let legs: Vec<_> = movement.legs.iter().map(|leg| (leg.state.as_str(), leg.quantity)).collect();
    assert_eq!(legs, [("on_hand", quantity("-3")), ("customer", quantity("3"))]);
}

#[test]
fn what_moves_no_stock_is_only_reclassified() {
    for (kind, role) in [
        ("service", "sales"),
        ("gift_card", "gift_card_liability"),
        ("third_party_gift_card", "third_party_payable"),
    ] {
        let (reclassification, movement) = resolved(&waiting(|_| {}), &items_with(kind), 1);
        assert_eq!((reclassification.resolved.role.as_str(), movement), (role, None), "{kind}");
    }
    let nothing_sold = waiting(|line| line.quantity = quantity("0"));
    let (_, movement) = resolved(&nothing_sold, &items_with("inventory"), 1);
    assert_eq!(movement, None);
}

#[test]
fn a_unit_is_mended_by_the_item_master() {
    let kilos = waiting(|line| line.unit = Some("KGM".into()));
    assert_eq!(resolve(&kilos, &items_with("inventory"), &Stores::default(), &bucket(1)), (vec![], None));
    let mut record = item_record("9", "inventory", "garden");
    record.versions[0].stock_unit = "KGM".into();
    let mut items = items();
    items.apply("9", Some(record), 31);
    assert!(kilos.is_resolvable(&items, &Stores::default()));
}

#[test]
fn a_line_waits_for_its_item_number_or_its_barcode() {
    let by_number = waiting(|_| {});
    let by_barcode = waiting(|line| (line.item, line.barcode) = (None, Some("7509".into())));
    let known = items_with("inventory");
    for (line, name, before, after) in [
        (&by_number, "9", true, true),
        (&by_number, "7509", false, false),
        (&by_barcode, "7509", true, true),
        (&by_barcode, "00007509", true, true),
        (&by_barcode, "9", false, true),
        (&by_barcode, "", false, false),
    ] {
        let waits = |items: &Items| line.waits_for(name, items, &Stores::default());
        assert_eq!((waits(&items()), waits(&known)), (before, after), "{name}");
    }
    let (reclassification, _) = resolved(&by_barcode, &known, 1);
    assert_eq!(reclassification.resolved.item.as_deref(), Some("9"));
}

#[test]
fn a_line_leaves_suspense_where_it_was_put_in() {
    let line = waiting(|_| {});
    assert_eq!(line.books(), Books::of_store(&store()));
    let (reclassification, movement) = resolved(&line, &items_with("inventory"), 2);
    assert_eq!((reclassification.subsidiary.as_str(), reclassification.location.as_str()), ("MX", "L101"));
    let movement = movement.unwrap();
    assert_eq!((movement.subsidiary.as_str(), movement.location.as_str()), ("MX", "L101"));
}

proptest! {
    /// A line resolved later moves and books what it would have, had its item been known.
    #[test]
    fn late_knowledge_comes_to_the_same(units in 0_i64..5_000_000, cents in 0_i64..1_000_000, kind in 0_usize..5) {
        let kind = ["inventory", "non_inventory", "service", "gift_card", "fee"][kind];
        let gross = rust_decimal::Decimal::new(cents, 2).to_string();
        let transaction = Transaction {
            lines: vec![crate::record::pos::Line { quantity: Quantity::from_units(units).unwrap(), ..line(1, "9", "1", &gross) }],
            tenders: vec![tender("cash", &gross, "0")],
            total: None,
            ..sale()
        };
        let known = items_with(kind);
        let (at_once, _) = enriched(transaction.clone(), &known);
        let (in_suspense, waiting) = enriched(transaction, &items());
        prop_assert_eq!(&in_suspense.lines[0].role, "suspense");
        let (reclassification, movement) = resolved(&waiting[0], &known, 1);
        prop_assert_eq!(&reclassification.resolved, &at_once.lines[0]);
        let at_once = moves::moves(&at_once, &store(), &Stores::default());
        prop_assert_eq!(movement.map(|movement| movement.legs), at_once.into_iter().next().map(|movement| movement.legs));
        let state = serde_json::to_string(&waiting[0]).unwrap();
        prop_assert_eq!(&serde_json::from_str::<WaitingLine>(&state).unwrap(), &waiting[0]);
    }
}
