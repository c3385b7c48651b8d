//! What transfers and counts are in the stock; in the books they are nothing.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::case::{check, ticket};
use super::*;
use crate::moves;
use crate::record::inventory::{Leg, Movement};
use crate::suspense;
use crate::ticket::fixture::{amount, date, item_record, items, line, quantity, store, stores, tax, tender};

pub(super) fn moved(kind: &str, number: i32, item: &str, pieces: &str) -> Line {
    Line { kind: kind.into(), ..line(number, item, pieces, "0") }
}

pub(super) fn stock(kind: &str, lines: Vec<Line>) -> Transaction {
    Transaction { kind: kind.into(), ..ticket(lines, vec![]) }
}

#[test]
#[rustfmt::skip]
fn goods_that_move_without_a_sale() {
    check(vec![
        ("ten shipped to another location",
         stock("transfer", vec![moved("transfer", 1, "1", "-10")]),
         &[],
         &["1 -10.00", "1 10.00 in_transit"]),
        ("ten received",
         stock("transfer", vec![moved("transfer", 1, "1", "10")]),
         &[],
         &["1 -10.00 in_transit", "1 10.00"]),
        ("eight received of ten: two are received and lost, and nothing stays on its way",
         stock("transfer", vec![moved("transfer", 1, "1", "8"), moved("transfer_difference", 2, "1", "2")]),
         &[],
         &["1 -8.00 in_transit", "1 8.00",
           "1 -2.00 in_transit", "1 2.00", "1 -2.00", "1 2.00 count_difference"]),
        ("twelve of ten: two are gained and shipped",
         stock("transfer", vec![moved("transfer", 1, "1", "12"), moved("transfer_difference", 2, "1", "-2")]),
         &[],
         &["1 -12.00 in_transit", "1 12.00",
           "1 -2.00 count_difference", "1 2.00", "1 -2.00", "1 2.00 in_transit"]),
        ("a kit is received as what it is made of",
         stock("transfer", vec![moved("transfer", 1, "6", "1")]),
         &[],
         &["1 -2.00 in_transit", "1 2.00", "2 -1.00 in_transit", "2 1.00"]),
        ("a count finds three of one more and one of another less",
         stock("count", vec![moved("count", 1, "1", "3"), moved("count", 2, "2", "-1")]),
         &[],
         &["1 -3.00 count_difference", "1 3.00", "2 -1.00", "2 1.00 count_difference"]),
        ("a count that finds what should be there",
         stock("count", vec![moved("count", 1, "1", "0")]),
         &[],
         &[]),
        ("work is not in stock",
         stock("count", vec![moved("count", 1, "5", "3")]),
         &[],
         &[]),
    ]);
}

#[test]
fn each_step_has_its_reason() {
    for (kind, line_kind, pieces, expected) in [
        ("transfer", "transfer", "-10", vec!["transfer"]),
        ("transfer", "transfer", "10", vec!["transfer"]),
        ("transfer", "transfer_difference", "2", vec!["transfer", "transfer_difference"]),
        ("transfer", "transfer_difference", "-2", vec!["transfer", "transfer_difference"]),
        ("count", "count", "3", vec!["count"]),
        ("count", "count", "-3", vec!["count"]),
    ] {
        let explained =
            Explained::check(stock(kind, vec![moved(line_kind, 1, "1", pieces)]), &store(), &items());
        let (sale, _) = explained.unwrap().enrich(&store(), &stores(), Bucket::default());
        let movement = moves::moves(&sale, &store(), &stores()).remove(0);
        let mut reasons: Vec<&str> = movement.legs.iter().map(|leg| leg.reason.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons, expected, "{line_kind} {pieces}");
        assert!(reasons.iter().all(|reason| vocabulary::STOCK_REASONS.contains(reason)));
    }
}

#[test]
fn nothing_but_goods_stands_on_such_a_ticket() {
    let here = Line { fulfilment_location: Some("L101".into()), ..moved("transfer", 1, "1", "10") };
    assert!(Explained::check(stock("transfer", vec![here]), &store(), &items()).is_ok());
    type Spoil = fn(&mut Transaction);
    let cases: [(Spoil, &str); 12] = [
        (|t| t.lines[0].kind = "sale".into(), "stock_movement lines[0].kind"),
        (|t| t.lines[0].kind = "count".into(), "stock_movement lines[0].kind"),
        (|t| t.lines[0].amount = amount("1.00"), "stock_movement lines[0].amount"),
        (|t| t.lines[0].taxes = vec![tax("IVA16", "0")], "stock_movement lines[0].taxes"),
        (|t| t.lines[0].disposition = Some("damaged".into()), "stock_movement lines[0].disposition"),
        (
            |t| t.lines[0].fulfilment_location = Some("L102".into()),
            "stock_movement lines[0].fulfilment_location",
        ),
        (|t| t.lines[0].owner = Some("K9".into()), "stock_movement lines[0].owner"),
        (|t| (t.lines[0].item, t.lines[0].barcode) = (None, None), "item_missing lines[0].item"),
        (|t| t.links = vec![crate::record::pos::Link::default()], "stock_movement links"),
        (|t| t.tenders = vec![tender("cash", "1.00", "0")], "money_on_control tenders"),
        (|t| t.total = Some(amount("1.00")), "money_on_control total"),
        (|t| t.rounding = amount("0.01"), "money_on_control rounding"),
    ];
    for (spoil, expected) in cases {
        let mut ticket = stock("transfer", vec![moved("transfer", 1, "1", "10")]);
        spoil(&mut ticket);
        let refused = Explained::check(ticket, &store(), &items()).unwrap_err();
        let refused: Vec<String> = refused
            .iter()
            .map(|reason| format!("{} {}", reason.code, reason.field.as_deref().unwrap_or_default()))
            .filter(|reason| !reason.starts_with("text_empty") && !reason.starts_with("bad_name"))
            .collect();
        assert_eq!(refused, [expected]);
    }
    let sold = ticket(vec![moved("transfer", 1, "1", "10")], vec![]);
    let refused = Explained::check(sold, &store(), &items()).unwrap_err();
    assert_eq!((refused.len(), refused[0].code), (1, Code::Misplaced));
}

#[test]
fn an_unknown_item_moves_once_it_is_known() {
    let explained = Explained::check(stock("count", vec![moved("count", 1, "99", "-3")]), &store(), &items());
    let explained = explained.unwrap();
    assert_eq!(explained.lines_in_suspense(), 1);
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let (sale, waiting) = explained.enrich(&store(), &stores(), bucket.clone());
    assert_eq!((sale.lines[0].role.as_str(), sale.lines[0].amount), ("suspense", amount("0")));
    assert_eq!(moves::moves(&sale, &store(), &stores()), []);
    let mut known = items();
    known.apply("99", Some(item_record("99", "inventory", "toys")), 50);
    let (moved, movement) = suspense::resolve(&waiting[0], &known, &Stores::default(), &bucket);
    let resolved = &moved[0].resolved;
    assert_eq!((resolved.moved.as_deref(), resolved.role.as_str()), (Some("count"), "inventory_adjustment"));
    let legs: Vec<String> = movement
        .unwrap()
        .legs
        .iter()
        .map(|leg| format!("{} {} {}", leg.state, leg.quantity, leg.reason))
        .collect();
    assert_eq!(legs, ["on_hand -3.00 count", "count_difference 3.00 count"]);
}

proptest! {
    /// Whatever arrives of what was shipped: nothing stays on its way, and what is lost is what did not arrive.
    #[test]
    fn a_transfer_and_its_difference_leave_nothing_on_its_way(shipped in 1_i64..999, received in 0_i64..999) {
        let mut places: BTreeMap<Text, i64> = BTreeMap::new();
        let mut add = |lines: Vec<Line>| {
            let explained = Explained::check(stock("transfer", lines), &store(), &items()).unwrap();
            let (sale, _) = explained.enrich(&store(), &stores(), Bucket::default());
            let legs = |movement: Movement| movement.legs;
            for Leg { state, quantity, .. } in moves::moves(&sale, &store(), &stores()).into_iter().flat_map(legs) {
                *places.entry(state).or_default() += quantity.units();
            }
        };
        add(vec![moved("transfer", 1, "1", &(-shipped).to_string())]);
        add(vec![
            moved("transfer", 1, "1", &received.to_string()),
            moved("transfer_difference", 2, "1", &(shipped - received).to_string()),
        ]);
        let of = |place: &str| places.get(place).copied().unwrap_or_default();
        prop_assert_eq!(of("in_transit"), 0);
        prop_assert_eq!(of("on_hand"), quantity(&(received - shipped).to_string()).units());
        prop_assert_eq!(of("count_difference"), quantity(&(shipped - received).to_string()).units());
    }
}
