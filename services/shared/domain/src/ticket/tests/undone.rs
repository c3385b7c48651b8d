//! What voids an earlier ticket, and what a till counts at its close: what is taken, and why else it is not.

use super::*;
use crate::record::pos::TenderTotal;

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
