//! What a line of goods is by what names it and counts it, and what is only counted: each with its journal and moves.
#![allow(clippy::unwrap_used)]

use super::case::{card, check, check_at, ticket};
use super::*;
use crate::ticket::fixture::{line, tender};

/// A line of item 8 as a label of the store's scales names it.
fn scanned(label: &str, kilograms: &str, gross: &str) -> Line {
    Line {
        item: None,
        barcode: Some(label.into()),
        unit: Some("KGM".into()),
        ..line(1, "", kilograms, gross)
    }
}

fn fuel(quantity: &str, unit: Option<&str>) -> Transaction {
    let line = Line { unit: unit.map(Into::into), ..line(1, "3", quantity, "31.25") };
    ticket(vec![line], vec![card("31.25")])
}

#[test]
#[rustfmt::skip]
fn goods_by_label_and_barcode() {
    let layouts = |store: &mut crate::record::reference::Store| {
        store.barcode_layouts = vec!["20IIIIIQQQQQC".into(), "22IIIIIPPPPPC".into()];
    };
    check_at(layouts, vec![
        ("0.535 kg of fruit by a label that says its weight",
         ticket(vec![scanned("2000008005357", "0.535", "21.35")], vec![card("21.35")]),
         &["Dr tender_clearing        card/visa           21.35",
           "Cr sales                  fruit               21.35"],
         &["8 -0.535"]),
        ("the same by a label that says its price of 21.35",
         ticket(vec![scanned("2200008021351", "0.535", "21.35")], vec![card("21.35")]),
         &["Dr tender_clearing        card/visa           21.35",
           "Cr sales                  fruit               21.35"],
         &["8 -0.535"]),
        ("a piece by the barcode of its item",
         ticket(vec![Line { item: None, barcode: Some("7501".into()), ..line(1, "", "1", "5.00") }],
                vec![card("5.00")]),
         &["Dr tender_clearing        card/visa            5.00",
           "Cr sales                  grocery              5.00"],
         &["1 -1.00"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn goods_by_unit() {
    let journal = &["Dr tender_clearing        card/visa           31.25",
                    "Cr sales                  fuel                31.25"];
    check(vec![
        ("12.5 gallons, keyed in thousandths", fuel("12500", None), journal, &["3 -12.50"]),
        ("the same, keyed in gallons", fuel("12.5", Some("GLL")), journal, &["3 -12.50"]),
        ("one thousandth of a gallon", fuel("1", None), journal, &["3 -0.001"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_comes_back_without_a_receipt() {
    let back = Line { kind: "return".into(), ..line(1, "1", "-1", "-40.00") };
    check(vec![
        ("40.00 paid back in cash, and the goods on the shelf again",
         Transaction { kind: "return".into(), ..ticket(vec![back], vec![tender("cash", "-40.00", "0")]) },
         &["Cr tender_clearing        cash                40.00",
           "Dr returns                grocery             40.00"],
         &["1 1.00"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_only_counted() {
    let sold = || ticket(vec![line(1, "1", "1", "5.00")], vec![card("5.00")]);
    let unpaid = |kind: &str| Transaction { kind: kind.into(), tenders: vec![], ..sold() };
    let nothing = |kind: &str| Transaction { lines: vec![], ..unpaid(kind) };
    check(vec![
        ("in training, paid", Transaction { training: true, ..sold() }, &[], &[]),
        ("cancelled before it was paid", unpaid("cancelled"), &[], &[]),
        ("suspended", unpaid("suspended"), &[], &[]),
        ("a drawer that is opened without a sale", nothing("no_sale"), &[], &[]),
        ("the end of a date", nothing("business_eod"), &[], &[]),
        ("a line taken back before it was paid, beside one that was not",
         ticket(vec![Line { voided: true, ..line(1, "2", "1", "9.00") }, line(2, "1", "1", "5.00")],
                vec![card("5.00")]),
         &["Dr tender_clearing        card/visa            5.00",
           "Cr sales                  grocery              5.00"],
         &["1 -1.00"]),
    ]);
}
