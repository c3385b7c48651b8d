//! What a unit of sale is in stock units: exact, or the line waits, and what undoes a line undoes it whole.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::case::{card, ticket};
use super::undone::{Held, void_of, waiting_date};
use super::*;
use crate::record::pos::Link;
use crate::record::reference::ItemVersion;
use crate::ticket::fixture::{date, item_record, items, line, quantity, store, stores};

/// Item 88, of which there are so many stock units in so many units of sale.
fn counted(units_per_sale: &str, sale_units: Option<i32>) -> Items {
    let mut record = item_record("88", "inventory", "grocery");
    let version = &mut record.versions[0];
    (version.units_per_sale, version.sale_units) = (quantity(units_per_sale), sale_units);
    let mut items = items();
    assert_eq!(items.apply("88", Some(record), 60), None);
    items
}

fn sold(pieces: &str) -> Transaction {
    ticket(vec![line(1, "88", pieces, "9.99")], vec![card("9.99")])
}

fn returned(pieces: &str) -> Transaction {
    let back = Line { kind: "return".into(), ..line(1, "88", &format!("-{pieces}"), "-9.99") };
    Transaction { kind: "return".into(), ..ticket(vec![back], vec![card("-9.99")]) }
}

/// What left the shelf, in millionths of a stock unit.
fn left(held: &Held) -> i64 {
    let on_hand = held.stock.iter().filter(|((_, _, state, _), _)| state == "on_hand");
    -on_hand.map(|(_, units)| units).sum::<i64>()
}

/// Each case: stock units in so many units of sale, what is sold, and what leaves the shelf; `None` where it waits.
#[test]
#[rustfmt::skip]
fn a_factor_is_exact_or_its_line_waits() {
    let cases = [
        ("a dozen of pieces",                          "1",         Some(12),        "12",       Some("1")),
        ("half a dozen",                               "1",         Some(12),        "6",        Some("0.5")),
        ("a piece of a dozen has no end",              "1",         Some(12),        "1",        None),
        ("the least of a dozen",                       "1",         Some(12),        "0.000012", Some("0.000001")),
        ("less than that",                             "1",         Some(12),        "0.000006", None),
        ("two in three",                               "2",         Some(3),         "4.5",      Some("3")),
        ("100 pounds in kilograms",                    "45359.237", Some(100_000),   "100",      Some("45.359237")),
        ("a pound, of two decimals too many",          "45359.237", Some(100_000),   "1",        None),
        ("a thousandth of a gallon",                   "1",         Some(1_000),     "1",        Some("0.001")),
        ("the same without a divisor",                 "0.001",     None,            "1",        Some("0.001")),
        ("a divisor of 1",                             "6",         Some(1),         "2",        Some("12")),
        ("nothing but a piece",                        "1",         None,            "3",        Some("3")),
        ("the largest divisor",                        "2147.483647", Some(i32::MAX), "1",       Some("0.000001")),
        ("more than is counted before it is divided",  "1000000000", Some(1_000_000_000), "9",   Some("9")),
        ("more than is counted",                       "1000000000", Some(1),        "9",        None),
    ];
    for (name, units_per_sale, sale_units, pieces, expected) in cases {
        let items = counted(units_per_sale, sale_units);
        let expected = expected.map(|stock| quantity(stock).units());
        let [mut undone, mut back] = [Held::default(), Held::default()];
        for held in [&mut undone, &mut back] {
            let waiting = held.add(sold(pieces), &items);
            assert_eq!((left(held), waiting.len()), (expected.unwrap_or(0), usize::from(expected.is_none())), "{name}");
        }
        undone.add(void_of(&sold(pieces)), &items);
        assert!(undone.is_nothing(), "{name}, voided: {:?}", undone.stock);
        back.add(returned(pieces), &items);
        assert_eq!(left(&back), 0, "{name}, brought back: {:?}", back.stock);
    }
}

/// Twelve pieces sold one by one wait each; in units that divide they leave the shelf, and so does what undoes one.
#[test]
fn what_waits_leaves_once_the_master_divides() {
    let dozens = counted("1", Some(12));
    let mut held = Held::default();
    let waiting = [held.add(sold("1"), &dozens), held.add(void_of(&sold("1")), &dozens)].concat();
    assert_eq!((left(&held), waiting.len()), (0, 2));
    let pieces = counted("1", None);
    held.resolve(&waiting[0], &pieces);
    assert_eq!(left(&held), 1_000_000);
    held.resolve(&waiting[1], &pieces);
    assert!(held.is_nothing(), "{:?}", held.stock);
}

/// Items with a pack of six in one department, since 2026-03-15 one of four in another that NetSuite knows anew, and
/// since 2026-04-01 one of two, in a unit and department of its own.
fn changing() -> Items {
    let mut record = item_record("88", "inventory", "grocery");
    record.versions[0].units_per_sale = quantity("6");
    let later = ItemVersion {
        effective_from: date("2026-03-15"),
        department: "toys".to_owned(),
        netsuite_id: Some("1188".to_owned()),
        units_per_sale: quantity("4"),
        ..record.versions[0].clone()
    };
    let last = ItemVersion {
        effective_from: date("2026-04-01"),
        department: "books".to_owned(),
        stock_unit: "PR".to_owned(),
        units_per_sale: quantity("2"),
        ..later.clone()
    };
    record.versions.extend([later, last]);
    let mut items = items();
    assert_eq!(items.apply("88", Some(record), 60), None);
    items
}

/// What comes back is what its line says was sold, else what it is on the day it comes back. That day says by which id
/// NetSuite knows it, and in which unit it is counted.
#[test]
fn what_comes_back_is_what_was_sold() {
    let original = |sold: &str| Link {
        kind: "return_of".into(),
        store: "101".into(),
        register: "R1".into(),
        business_date: date(sold),
        ..Link::default()
    };
    // The day it comes back, and was sold as its line says; what comes back to the shelf, the department it was revenue
    // of, and its id.
    #[rustfmt::skip]
    let cases = [
        ("2026-03-16", Some("2026-03-14"), "6", "grocery", "1188"),
        ("2026-03-14", Some("2026-03-13"), "6", "grocery", "988"),
        ("2026-03-16", Some("2026-03-15"), "4", "toys",    "1188"),
        ("2026-03-16", Some("2026-03-16"), "4", "toys",    "1188"),
        ("2026-03-16", None,               "4", "toys",    "1188"),
        ("2026-03-16", Some("2019-12-31"), "4", "toys",    "1188"), // before anybody knew it
        ("2026-03-16", Some("2026-04-03"), "4", "toys",    "1188"), // day and month in turn
        ("2026-04-01", Some("2026-03-14"), "2", "books",   "1188"), // counted in another unit
    ];
    for (on, sold_on, pieces, department, id) in cases {
        let mut back = Transaction { business_date: date(on), ..returned("1") };
        back.lines[0].original = sold_on.map(original).map(Into::into);
        let (sale, _) = Explained::check(back.clone(), &store(), &changing()).unwrap().enrich(
            &store(),
            &stores(),
            Bucket::default(),
        );
        let [line] = &sale.lines[..] else { panic!("{sale:?}") };
        let found = (line.quantity, line.department.as_deref(), line.netsuite_item.as_deref());
        assert_eq!(
            found,
            (quantity(pieces).negated(), Some(department), Some(id)),
            "{on}, sold on {sold_on:?}"
        );

        // One that waits comes out of suspense as the same, and its void undoes it, whichever of the two waited.
        let mut void = void_of(&back);
        void.links[0].business_date = date(on);
        for waits in [[true, true], [true, false], [false, true]] {
            let mut held = Held::default();
            let (unknown, known) = (items(), changing());
            for (ticket, waits) in [back.clone(), void.clone()].into_iter().zip(waits) {
                let waiting = held.add(ticket, if waits { &unknown } else { &known });
                for line in waiting {
                    held.resolve(&WaitingLine { business_date: waiting_date(&line), ..line }, &known);
                }
            }
            let is_even = held.totals.iter().all(|total| total.debit == total.credit);
            let is_shelved = held.stock.values().all(|units| *units == 0);
            assert!(is_even && is_shelved, "{on}, sold on {sold_on:?}, {waits:?}: {:?}", held.totals);
        }
    }
}
