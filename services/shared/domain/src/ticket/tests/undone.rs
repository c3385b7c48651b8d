//! What voids an earlier ticket, and what a till counts at its close: what is taken, and why else it is not.

use super::*;
use crate::record::pos::{Tender, TenderTotal};

/// The sale once more with the opposite sign, under the next number.
fn void() -> Transaction {
    let sold = sale();
    let link = Link { kind: "void_of".into(), sequence: sold.sequence, ..link() };
    Transaction { sequence: 8, kind: "post_void".into(), links: vec![link], ..void::mirrored(&sold) }
}

#[test]
fn a_void_repeats_one_ticket_of_the_store_with_the_opposite_sign() {
    type Change = fn(&mut Transaction);
    let cases: [(&str, Change, &[&str]); 12] = [
        ("as it is", |_| {}, &[]),
        ("of another date", |t| t.links[0].business_date = date("2026-03-12"), &[]),
        (
            "of a ticket that completed an order",
            |t| t.links.push(Link { kind: "order".into(), ..link() }),
            &[],
        ),
        ("of a return", |t| t.links.push(link()), &[]),
        ("of nothing", |t| t.links.clear(), &["void_of_nothing links"]),
        ("of two tickets", |t| t.links.push(t.links[0].clone()), &["void_of_nothing links"]),
        ("of another store's", |t| t.links[0].store = "102".into(), &["misplaced links[0].store"]),
        ("of a copy", |t| t.links.push(Link { kind: "copy_of".into(), ..link() }), &["misplaced links[1]"]),
        (
            "which only refers to it",
            |t| (t.lines, t.tenders, t.total) = (vec![], vec![], None),
            &["void_not_repeated lines"],
        ),
        ("out of balance", |t| t.tenders[0].amount = amount("-19.00"), &["out_of_balance tenders"]),
        (
            "with the sign of the sale",
            |t| *t = Transaction { links: t.links.clone(), kind: "post_void".into(), ..sale() },
            &["wrong_sign lines"],
        ),
        (
            "whose change is not",
            |t| t.tenders[1].change = amount("5.60"),
            &["wrong_sign tenders[1].change", "out_of_balance tenders"],
        ),
    ];
    for (name, change, expected) in cases {
        let mut transaction = void();
        change(&mut transaction);
        assert_eq!(reasons(transaction, &store()), expected, "{name}");
    }
    let training = Transaction { training: true, ..void() };
    assert_eq!(reasons(training, &store()), [""; 0], "what it repeats is read the same way in training");
    let stated = Store { epochs: Epochs::Stated, ..store() };
    let mut transaction = Transaction { sequence_epoch: Some(3), ..void() };
    assert_eq!(reasons(transaction.clone(), &stated), ["epoch_missing links[0].sequence_epoch"]);
    transaction.links[0].sequence_epoch = Some(2);
    assert_eq!(undone(&transaction, &stated).map(|id| (id.epoch, id.sequence)), Some((2, 7)));
    assert_eq!(reasons(transaction, &stated), [""; 0]);
}

#[test]
fn where_no_money_moved_the_line_of_the_lowest_number_with_a_sign_tells_the_way() {
    let of = |lines: &[(i32, &str)]| {
        let lines = lines.iter().map(|(number, pieces)| line(*number, "1", pieces, "0")).collect();
        net(&Transaction { lines, ..control("count") })
    };
    let cases = [
        (&[(1, "-3"), (2, "1")][..], Net::PaidOut),
        (&[(2, "1"), (1, "-3")], Net::PaidOut),
        (&[(1, "0"), (3, "1"), (2, "-3")], Net::PaidOut),
        (&[(1, "3"), (2, "-1")], Net::Taken),
        (&[(1, "0")], Net::Taken),
    ];
    for (lines, expected) in cases {
        assert_eq!(of(lines), expected, "{lines:?}");
    }
}

/// A void of what sold nothing: without any lines, of a movement of cash of that kind.
fn void_of_moved(kind: &str, lines: Vec<Line>, tenders: Vec<Tender>) -> Transaction {
    let link = Link { kind: kind.into(), sequence: 7, ..link() };
    Transaction { sequence: 8, lines, tenders, links: vec![link], ..control("post_void") }
}

#[test]
#[rustfmt::skip]
fn a_void_of_what_sold_nothing_says_what_that_was_and_repeats_it_alone() {
    let cash = |amount: &str| vec![tender("cash", amount, "0")];
    let goods = |kind: &str, pieces: &str| Line { kind: kind.into(), ..line(1, "1", pieces, "0") };
    let sold = || Line { line: 2, ..line(2, "1", "-1", "-5.00") };
    let second = |line: Line| Line { line: 2, ..line };
    let ship = || goods("transfer", "10");
    let pickup = |tenders: Vec<Tender>| void_of_moved("void_of_pickup", vec![], tenders);
    let moved = |lines: Vec<Line>| void_of_moved("void_of", lines, vec![]);
    let twice = |mut void: Transaction, kind: &str| {
        void.links.push(Link { kind: kind.into(), ..link() });
        void
    };
    let elsewhere = |mut void: Transaction| {
        void.links[0].store = "102".into();
        void
    };
    let cases: [(&str, Transaction, &[&str]); 25] = [
        ("of a pickup", pickup(cash("500.00")), &[]),
        ("of a safe drop", void_of_moved("void_of_safe_drop", vec![], cash("500.00")), &[]),
        ("of a loan", void_of_moved("void_of_loan", vec![], cash("-50.00")), &[]),
        ("of money paid in", void_of_moved("void_of_paid_in", vec![], cash("-50.00")), &[]),
        ("of money paid out", void_of_moved("void_of_paid_out", vec![], cash("50.00")), &[]),
        ("of a transfer", moved(vec![ship(), second(goods("transfer_difference", "-2"))]), &[]),
        ("of a count", moved(vec![goods("count", "-3"), second(goods("count", "1"))]), &[]),
        ("of a pickup, with the sign of one", pickup(cash("-500.00")), &["wrong_sign tenders"]),
        ("of a loan, with the sign of one", void_of_moved("void_of_loan", vec![], cash("50.00")),
         &["wrong_sign tenders"]),
        ("of a pickup of both signs", pickup([cash("500.00"), cash("-1.00")].concat()),
         &["cash_movement tenders[1].amount"]),
        ("of a pickup that moved nothing", pickup(vec![]), &["cash_movement tenders"]),
        ("of a pickup and a sale", Transaction { lines: vec![sold()], ..pickup(cash("500.00")) },
         &["cash_movement lines"]),
        ("of a pickup and a transfer", Transaction { lines: vec![ship()], ..pickup(cash("500.00")) },
         &["cash_movement lines"]),
        ("of a pickup with change", pickup(vec![tender("cash", "500.00", "-1.00")]),
         &["cash_movement tenders[0]"]),
        ("of a pickup of a gift card", pickup(vec![tender("gift_card", "500.00", "0")]),
         &["cash_movement tenders[0].kind"]),
        ("of a pickup, and of an order", twice(pickup(cash("500.00")), "order"), &["cash_movement links"]),
        ("of a pickup and of a loan", twice(pickup(cash("500.00")), "void_of_loan"), &["void_of_nothing links"]),
        ("of another store's pickup", elsewhere(pickup(cash("500.00"))), &["misplaced links[0].store"]),
        ("of a pickup that does not say so", void_of_moved("void_of", vec![], cash("500.00")),
         &["out_of_balance tenders", "void_not_repeated lines"]),
        ("of what no movement of cash is called", void_of_moved("void_of_sale", vec![], cash("500.00")),
         &["misplaced links[0]", "out_of_balance tenders", "void_not_repeated lines", "void_of_nothing links"]),
        ("of a transfer with money", Transaction { tenders: cash("5.00"), ..moved(vec![ship()]) },
         &["money_on_control tenders"]),
        ("of a transfer and a sale", moved(vec![ship(), sold()]),
         &["stock_movement lines[1].amount", "stock_movement lines[1].kind"]),
        ("of a transfer and a count", moved(vec![ship(), second(goods("count", "1"))]),
         &["stock_movement lines[1].kind"]),
        ("of another store's transfer", elsewhere(moved(vec![ship()])), &["misplaced links[0].store"]),
        ("of a transfer of voided lines", moved(vec![Line { voided: true, ..ship() }]),
         &["void_not_repeated lines"]),
    ];
    for (name, transaction, expected) in cases {
        let mut found = reasons(transaction.clone(), &store());
        found.sort();
        assert_eq!(found, expected, "{name}");
        let training = reasons(Transaction { training: true, ..transaction }, &store());
        assert!(training.iter().all(|reason| expected.contains(&reason.as_str())), "{name}: {training:?}");
    }
}

#[test]
fn what_is_counted_in_a_drawer_can_be_compared() {
    type Change = fn(&mut TillTotals);
    let cases: [(&str, Change, &[&str]); 16] = [
        ("as it is", |_| {}, &[]),
        (
            "without the cash of tickets",
            |t| t.tenders[0].kind = "mobile".into(),
            &["till_totals_misplaced till_totals.tenders"],
        ),
        ("of a store", |t| t.scope = "store".into(), &[]),
        (
            "without what the drawer was opened with",
            |t| t.opening_cash = None,
            &["till_totals_misplaced till_totals.opening_cash"],
        ),
        ("with nothing counted", |t| (t.opening_cash, t.declared_cash) = (None, None), &[]),
        ("below zero", |t| t.declared_cash = Some(amount("-1")), &["wrong_sign till_totals.declared_cash"]),
        ("a pickup with a minus", |t| t.pickups = Some(amount("-80")), &["wrong_sign till_totals.pickups"]),
        (
            "which nobody counted, with a minus",
            |t| (t.declared_cash, t.paid_out) = (None, Some(amount("-5"))),
            &[],
        ),
        ("cash declared twice, alike", |t| t.tenders[0].declared = Some(amount("60")), &[]),
        (
            "cash declared twice, not alike",
            |t| t.tenders[0].declared = Some(amount("59")),
            &["till_totals_misplaced till_totals.declared_cash"],
        ),
        (
            "what a customer owes, which lies in no drawer",
            |t| (t.tenders[1].kind, t.tenders[1].declared) = ("account".into(), Some(amount("1"))),
            &["unknown_word till_totals.tenders[1].declared"],
        ),
        (
            "a balance, which lies in no drawer",
            |t| (t.tenders[1].kind, t.tenders[1].declared) = ("gift_card".into(), Some(amount("1"))),
            &["unknown_word till_totals.tenders[1].declared"],
        ),
        (
            "more than any drawer holds",
            |t| {
                let beyond = |kind: &str| TenderTotal {
                    declared: Some(amount("60000000000")),
                    ..TenderTotal { kind: kind.into(), ..TenderTotal::default() }
                };
                t.tenders.extend([beyond("check"), beyond("voucher")]);
            },
            &["amount_out_of_range till_totals"],
        ),
        (
            "what is no means of payment",
            |t| (t.tenders[1].kind, t.tenders[1].declared) = ("shells".into(), Some(amount("1"))),
            &["unknown_word till_totals.tenders[1].declared"],
        ),
        ("which nobody counted", |t| t.tenders[1].kind = "shells".into(), &[]),
        ("of a scope nobody knows", |t| t.scope = "continent".into(), &["unknown_word till_totals.scope"]),
    ];
    for (name, change, expected) in cases {
        let total = |kind: &str| TenderTotal { kind: kind.into(), ..TenderTotal::default() };
        let mut totals = TillTotals {
            scope: "till".into(),
            opening_cash: Some(amount("200")),
            declared_cash: Some(amount("260")),
            tenders: vec![total("cash"), total("check")],
            ..TillTotals::default()
        };
        change(&mut totals);
        let report = Transaction { till_totals: Some(totals.clone()), ..control("till_totals") };
        assert_eq!(reasons(report, &store()), expected, "{name}");
        if totals.scope == "store" {
            assert_eq!(differences(&totals), [], "its drawers have reported already");
        }
    }
}
