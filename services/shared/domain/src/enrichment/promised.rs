//! What a layaway or an order is in the books and in the stock, from the first deposit to the handing over.
#![allow(clippy::unwrap_used)]

use super::case::{card, check, contained, ticket, with_taxes};
use super::*;
use crate::moves;
use crate::record::pos::{Link, StoredValue, Tender};
use crate::suspense;
use crate::ticket::fixture::{amount, date, item_record, items, line, quantity, store, tax, tender};
use crate::totals::{of_reclassification, of_sale};

pub(super) fn promised(kind: &str, lines: Vec<Line>, tenders: Vec<Tender>) -> Transaction {
    Transaction { kind: kind.into(), ..ticket(lines, tenders) }
}

pub(super) fn of_kind(kind: &str, number: i32, gross: &str) -> Line {
    Line { kind: kind.into(), item: None, ..line(number, "", "1", gross) }
}

/// A line of goods that were kept under an earlier ticket.
pub(super) fn kept(kind: &str, line: Line) -> Line {
    let original = Link { kind: kind.into(), store: "101".into(), register: "R1".into(), ..Link::default() };
    Line { original: Some(original.into()), ..line }
}

/// A deposit that is taken out of.
pub(super) fn taken_out(kind: &str, number: i32, gross: &str) -> Line {
    Line { quantity: quantity("-1"), ..of_kind(kind, number, gross) }
}

pub(super) fn applied(program: &str, paid: &str) -> Tender {
    let account = StoredValue { program: program.into(), ..StoredValue::default() };
    Tender { stored_value: Some(account), ..tender("account", paid, "0") }
}

#[test]
#[rustfmt::skip]
fn goods_that_are_promised() {
    let mut void = promised("post_void", vec![
        Line { kind: "reserve".into(), ..line(1, "1", "-1", "-120.00") },
        taken_out("layaway_payment", 2, "-20.00"),
    ], vec![tender("cash", "-20.00", "0")]);
    void.links = vec![Link { kind: "void_of".into(), store: "101".into(), register: "R1".into(), sequence: 5,
                             business_date: date("2026-03-13"),                             ..Link::default() }];
    check(vec![
        ("laid away: 120.00 to come, 20.00 paid, the goods are kept",
         promised("layaway", vec![with_taxes(vec![tax("IVA16", "9.90")], line(1, "1", "1", "120.00")),
                                  of_kind("layaway_payment", 2, "20.00")], vec![tender("cash", "20.00", "0")]),
         &["Dr tender_clearing        cash                20.00",
           "Cr layaway_deposit                            20.00"],
         &["1 -1.00", "1 1.00 reserved"]),
        ("and taken at last: out of what was kept, a further piece off the shelf",
         ticket(vec![kept("layaway", with_taxes(vec![tax("IVA16", "9.90")], line(1, "1", "1", "120.00"))),
                     line(2, "1", "1", "10.00")],
                vec![applied("layaway", "20.00"), card("119.90")]),
         &["Dr tender_clearing        card/visa          119.90",
           "Cr sales                  grocery            130.00",
           "Dr layaway_deposit                            20.00",
           "Cr tax_payable            IVA16                9.90"],
         &["1 -1.00", "1 -1.00 reserved"]),
        ("or given up: the goods are free again, a fee is kept",
         promised("layaway", vec![line(1, "1", "-1", "-120.00"), of_kind("fee", 2, "5.00"),
                                  taken_out("layaway_payment", 3, "-20.00")],
                  vec![tender("cash", "-15.00", "0")]),
         &["Cr tender_clearing        cash                15.00",
           "Cr sales                  fee                  5.00",
           "Dr layaway_deposit                            20.00"],
         &["1 -1.00 reserved", "1 1.00"]),
        ("voided: as if it had not been",
         void,
         &["Cr tender_clearing        cash                20.00",
           "Dr layaway_deposit                            20.00"],
         &["1 1.00", "1 -1.00 reserved"]),
        ("an order to be picked up, its deposit with the tax that is due with it",
         promised("customer_order", vec![Line { fulfilment: Some("pickup".into()), ..line(1, "2", "2", "232.00") },
                                         with_taxes(vec![contained("IVA16", "16.00")],
                                                    of_kind("order_deposit", 2, "116.00"))],
                  vec![card("116.00")]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["2 -2.00", "2 2.00 reserved"]),
        ("and picked up",
         ticket(vec![kept("order", Line { fulfilment: Some("pickup".into()),
                          ..with_taxes(vec![contained("IVA16", "32.00")], line(1, "2", "2", "232.00")) }),
                     Line { quantity: quantity("-1"), ..with_taxes(vec![contained("IVA16", "-16.00")],
                            of_kind("deposit_payment", 2, "-116.00")) }],
                vec![card("116.00")]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  toys               200.00",
           "Dr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["2 -2.00 reserved"]),
        ("picked up by mistake, and voided: kept again",
         Transaction { links: vec![Link { kind: "void_of".into(), store: "101".into(), register: "R1".into(),
                                          sequence: 5, business_date: date("2026-03-13"), ..Link::default() }],
                       ..promised("post_void", vec![kept("order", line(1, "2", "-2", "-232.00"))],
                                  vec![card("-232.00")]) },
         &["Cr tender_clearing        card/visa          232.00",
           "Dr sales                  toys               232.00"],
         &["2 2.00 reserved"]),
        ("a further instalment of what was laid away",
         promised("layaway", vec![of_kind("layaway_payment", 1, "35.00")], vec![card("35.00")]),
         &["Dr tender_clearing        card/visa           35.00",
           "Cr layaway_deposit                            35.00"],
         &[]),
        ("given up, and all that was paid is kept",
         promised("layaway", vec![line(1, "1", "-1", "-120.00"), of_kind("fee", 2, "20.00"),
                                  taken_out("layaway_payment", 3, "-20.00")], vec![]),
         &["Cr sales                  fee                 20.00",
           "Dr layaway_deposit                            20.00"],
         &["1 -1.00 reserved", "1 1.00"]),
        ("the same where the deposit was taxed: the tax stays due, on the fee",
         promised("layaway", vec![with_taxes(vec![contained("IVA16", "16.00")], of_kind("fee", 1, "116.00")),
                                  with_taxes(vec![contained("IVA16", "-16.00")],
                                             taken_out("layaway_payment", 2, "-116.00"))],
                  vec![]),
         &["Cr sales                  fee                100.00",
           "Dr layaway_deposit                           100.00"],
         &[]),
        ("an order cancelled: the goods are free again, the deposit and its tax are given back",
         promised("customer_order", vec![line(1, "2", "-2", "-232.00"),
                                         with_taxes(vec![contained("IVA16", "-16.00")],
                                                    taken_out("order_deposit", 2, "-116.00"))],
                  vec![card("-116.00")]),
         &["Cr tender_clearing        card/visa          116.00",
           "Dr customer_deposit                          100.00",
           "Dr tax_payable            IVA16               16.00"],
         &["2 -2.00 reserved", "2 2.00"]),
        ("an order of which nothing is paid yet",
         promised("customer_order", vec![line(1, "2", "1", "116.00")], vec![]),
         &[],
         &["2 -1.00", "2 1.00 reserved"]),
    ]);
}

#[test]
fn each_step_of_promised_goods_has_its_reason() {
    let legs = |transaction: Transaction| {
        let explained = Explained::check(transaction, &store(), &items()).unwrap();
        let (sale, _) = explained.enrich(&store(), &Stores::default(), Bucket::default());
        let legs = moves::moves(&sale, &store(), &Stores::default()).remove(0).legs;
        legs.iter().map(|leg| format!("{} {} {}", leg.state, leg.quantity, leg.reason)).collect::<Vec<_>>()
    };
    let layaway = promised("layaway", vec![line(1, "1", "1", "120.00")], vec![]);
    assert_eq!(legs(layaway), ["on_hand -1.00 reserve", "reserved 1.00 reserve"]);
    let given_up = promised("layaway", vec![line(1, "1", "-1", "-120.00")], vec![]);
    assert_eq!(legs(given_up), ["reserved -1.00 release", "on_hand 1.00 release"]);
    let taken = ticket(vec![kept("layaway", line(1, "1", "1", "120.00"))], vec![card("120.00")]);
    assert_eq!(legs(taken), ["reserved -1.00 sale", "customer 1.00 sale"]);
}

#[test]
fn an_unknown_item_is_kept_once_it_is_known() {
    let unknown = line(1, "99", "2", "240.00");
    let layaway = promised("layaway", vec![unknown.clone()], vec![]);
    let taken = ticket(vec![kept("layaway", unknown)], vec![card("240.00")]);
    let mut known = items();
    known.apply("99", Some(item_record("99", "inventory", "toys")), 50);
    for (ticket, owed, expected) in [
        (layaway, "0", ["on_hand -2.00", "reserved 2.00"]),
        (taken, "240.00", ["reserved -2.00", "customer 2.00"]),
    ] {
        let explained = Explained::check(ticket, &store(), &items()).unwrap();
        let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
        let (sale, waiting) = explained.enrich(&store(), &Stores::default(), bucket.clone());
        assert_eq!((sale.lines[0].role.as_str(), sale.lines[0].amount), ("suspense", amount(owed)));
        assert!(of_sale(&sale).is_ok());
        let (moved, movement) = suspense::resolve(&waiting[0], &known, &Stores::default(), &bucket);
        assert_eq!(of_reclassification(&moved[0]).unwrap()[0].amount, amount(owed));
        let legs = movement.unwrap().legs;
        let legs: Vec<String> = legs.iter().map(|leg| format!("{} {}", leg.state, leg.quantity)).collect();
        assert_eq!(legs, expected);
    }
}
