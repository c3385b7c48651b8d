//! What a ticket must be: one table per kind of reason.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

mod balance;
mod canonical;
mod discounts;
mod form;
mod returns;
mod taxes;
mod undone;

use super::fixture::{
    amount, control, date, discount, line, quantity, sale, store, store_record, tax, tender,
};
use super::*;
use crate::number::Amount;
use crate::record::pos::{ForeignCurrency, Line, Link, StoredValue, Tax, TillTotals};

/// The reasons as `code field`, in the order found.
pub(super) fn reasons(transaction: Transaction, store: &Store) -> Vec<String> {
    let found = Ticket::check(transaction, store).err().unwrap_or_default();
    found.iter().map(|reason| format!("{} {}", reason.code, reason.field.as_deref().unwrap_or(""))).collect()
}

/// Changes the plain sale and expects exactly these reasons.
pub(super) fn check(name: &str, change: impl FnOnce(&mut Transaction), expected: &[&str]) {
    let mut transaction = sale();
    change(&mut transaction);
    assert_eq!(reasons(transaction, &store()), expected, "{name}");
}

#[test]
fn a_plain_sale_is_a_ticket() {
    let ticket = Ticket::check(sale(), &store()).unwrap();
    assert_eq!(ticket.kind(), Kind::Sale);
    assert_eq!(ticket.transaction(), &sale());
    assert_eq!(ticket.content(), content_hash(&sale()));
    assert_eq!(ticket.id(), &identity(&sale(), &store()).unwrap());
    assert_eq!(ticket.id().epoch, i64::from(date("2026-03-14").days()));
}

#[test]
fn these_are_booked_too() {
    check("no lines, nothing paid", |t| (t.lines, t.tenders, t.total) = (vec![], vec![], None), &[]);
    check("cash paid out", |t| t.tenders.push(tender("cash", "-1.00", "0")), &["out_of_balance tenders"]);
    check(
        "cash paid out in balance",
        |t| t.tenders.extend([tender("check", "1.00", "0"), tender("cash", "-1.00", "0")]),
        &[],
    );
    check("a zero-quantity line", |t| t.lines.push(line(3, "9", "0", "0")), &[]);
    check("a coupon of a manufacturer", |t| t.tenders[0].kind = "manufacturer_coupon".into(), &[]);
    check(
        "a tax of the whole ticket",
        |t| (t.lines[0].taxes, t.taxes) = (vec![], vec![tax("IVA16", "3.42")]),
        &[],
    );
    check("an offline web order", |t| (t.offline, t.channel) = (true, Some("web".into())), &[]);
    check(
        "goes on with what was suspended",
        |t| t.links = vec![Link { kind: "resume_of".into(), store: "101".into(), ..Link::default() }],
        &[],
    );
    check("carried out", |t| t.lines[0].fulfilment = Some("carry_out".into()), &[]);
    check("shipped from here", |t| t.lines[0].fulfilment = Some("ship_from_store".into()), &[]);
    check(
        "handed over by the store's own location",
        |t| t.lines[0].fulfilment_location = Some("L101".into()),
        &[],
    );
    check("a clock set back", |t| t.begun_at = Some(Timestamp(i64::MAX)), &[]);
    check(
        "a gift card without an item",
        |t| {
            t.lines[1].kind = "gift_card_sale".into();
            t.lines[1].item = None;
            t.lines[1].stored_value =
                Some(StoredValue { program: "gift_card".into(), ..StoredValue::default() }.into());
        },
        &[],
    );
    for kind in [
        "no_sale",
        "sign_on",
        "sign_off",
        "till_open",
        "till_close",
        "business_sod",
        "business_eod",
        "other_control",
    ] {
        let ticket = Ticket::check(control(kind), &store()).unwrap();
        assert_eq!(ticket.kind(), Kind::Control, "{kind}");
    }
}

fn stored() -> Option<StoredValue> {
    Some(StoredValue { program: "gift_card".into(), ..StoredValue::default() })
}

fn link() -> Link {
    Link { kind: "return_of".into(), store: "101".into(), register: "R1".into(), ..Link::default() }
}

#[test]
fn a_ticket_that_is_not_built_is_named() {
    for kind in ["Count", "shipment", "something_new", "SALE"] {
        check(kind, |t| t.kind = kind.into(), &["unknown_word kind"]);
    }
    let found = Ticket::check(Transaction { kind: "shipment".into(), ..sale() }, &store()).unwrap_err();
    assert!(found[0].detail.contains("`shipment`"), "{}", found[0]);
    check("link", |t| t.links.push(link()), &["misplaced links[0]"]);
}

#[test]
fn a_line_that_is_not_built_is_named() {
    check("line kind", |t| t.lines[1].kind = "transfer".into(), &["misplaced lines[1].kind"]);
    check("no item", |t| t.lines[1].item = None, &["item_missing lines[1].item"]);
    check(
        "stored value",
        |t| t.lines[1].stored_value = stored().map(Into::into),
        &["misplaced lines[1].stored_value"],
    );
    check(
        "goods back",
        |t| t.lines[1].quantity = t.lines[1].quantity.negated(),
        &["return_above_zero lines[1].amount", "misplaced lines[1].quantity"],
    );
    check("original", |t| t.lines[0].original = Some(link().into()), &["misplaced lines[0].original"]);
    check(
        "by pigeon",
        |t| t.lines[0].fulfilment = Some("pigeon".into()),
        &["unknown_word lines[0].fulfilment"],
    );
    check(
        "a donation from elsewhere",
        |t| {
            t.lines[0].kind = "donation".into();
            t.lines[0].fulfilment_location = Some("L2".into());
        },
        &["misplaced lines[0].fulfilment_location"],
    );
    check(
        "goods back to elsewhere",
        |t| {
            t.lines[0].kind = "return".into();
            t.lines[0].fulfilment_location = Some("L2".into());
        },
        &[
            "return_above_zero lines[0].quantity",
            "return_above_zero lines[0].amount",
            "misplaced lines[0].fulfilment_location",
        ],
    );
    check("commission", |t| t.lines[0].owner = Some("K9".into()), &["misplaced lines[0].owner"]);
}

#[test]
fn a_price_contains_no_more_tax_than_it_is() {
    let included = |collected: &str| Tax { included: true, ..tax("IVA16", collected) };
    let all = |t: &mut Transaction, collected: &str| t.taxes = vec![included(collected)];
    check("on a line", |t| t.lines[1].taxes = vec![included("5.00")], &[]);
    check("too much", |t| t.lines[1].taxes = vec![included("5.01")], &["tax_not_contained lines[1].taxes"]);
    check(
        "taken back",
        |t| t.lines[1].taxes = vec![included("-0.01")],
        &["tax_not_contained lines[1].taxes"],
    );
    // 39.98 less 4.00, and 5.00: the first line states an added tax, which its price does not contain.
    check("on the ticket", |t| all(t, "40.98"), &[]);
    check("too much on the ticket", |t| all(t, "40.99"), &["tax_not_contained taxes"]);
    check(
        "of lines without",
        |t| {
            all(t, "35.99");
            t.lines[1].taxes = vec![included("0.69")];
        },
        &["tax_not_contained taxes"],
    );
}

#[test]
fn what_was_taken_back_before_payment_is_not_looked_at() {
    check(
        "voided",
        |t| {
            let mut voided = line(3, "2", "-1", "99.00");
            voided.voided = true;
            voided.kind = "something_new".into();
            t.lines.push(voided);
        },
        &[],
    );
}

#[test]
fn no_money_changed_hands() {
    for change in [
        |t: &mut Transaction| t.training = true,
        |t: &mut Transaction| t.kind = "cancelled".into(),
        |t: &mut Transaction| t.kind = "suspended".into(),
    ] {
        let mut transaction = sale();
        change(&mut transaction);
        let kept = Ticket::check(transaction.clone(), &store());
        assert_eq!(kept.is_ok(), transaction.training, "money that was kept is not only counted");
        for tender in &mut transaction.tenders {
            tender.change = tender.amount;
        }
        assert_eq!(Ticket::check(transaction, &store()).unwrap().kind(), Kind::Unfinished);
    }
}

#[test]
fn cash_moves_as_its_kind_says_and_alone() {
    let moved = |kind: &str, tenders: Vec<_>| {
        let (lines, total) = (vec![], None);
        Transaction { kind: kind.into(), lines, tenders, total, ..sale() }
    };
    for (kind, way) in [("paid_in", ""), ("loan", ""), ("paid_out", "-"), ("pickup", "-"), ("safe_drop", "-")]
    {
        let other = if way.is_empty() { "-" } else { "" };
        let cash = |way: &str| tender("cash", &format!("{way}20.00"), "0");
        let right = moved(kind, vec![cash(way)]);
        assert_eq!(Ticket::check(right.clone(), &store()).unwrap().kind(), Kind::CashMovement, "{kind}");
        let cases: [(Transaction, &[&str]); 10] = [
            (moved(kind, vec![]), &["cash_movement tenders"]),
            (
                moved(kind, vec![tender("account", &format!("{way}1.00"), "0")]),
                &["cash_movement tenders[0].kind"],
            ),
            (moved(kind, vec![cash(way), cash(other)]), &["cash_movement tenders[1].amount"]),
            (
                moved(kind, vec![tender("gift_card", &format!("{way}1.00"), "0")]),
                &["cash_movement tenders[0].kind"],
            ),
            (moved(kind, vec![tender("cash", &format!("{way}1.00"), "0.50")]), &["cash_movement tenders[0]"]),
            (Transaction { lines: sale().lines, ..right.clone() }, &["cash_movement lines"]),
            (Transaction { rounding: amount("0.02"), ..right.clone() }, &["cash_movement rounding"]),
            (Transaction { links: vec![link()], ..right.clone() }, &["cash_movement links"]),
            (Transaction { total: Some(amount(&format!("{way}20.00"))), ..right.clone() }, &[]),
            (
                Transaction { total: Some(amount(&format!("{other}20.00"))), ..right.clone() },
                &["total_differs total"],
            ),
        ];
        for (transaction, expected) in cases {
            assert_eq!(reasons(transaction, &store()), expected, "{kind}");
        }
    }
}

#[test]
fn a_tender_that_is_not_built_is_named() {
    check("tender kind", |t| t.tenders[0].kind = "shells".into(), &["unknown_word tenders[0].kind"]);
    check("redeemed", |t| t.tenders[0].stored_value = stored(), &["misplaced tenders[0].stored_value"]);
    check(
        "foreign cash of no currency",
        |t| t.tenders[0].kind = "foreign_cash".into(),
        &["misplaced tenders[0].foreign"],
    );
    check(
        "another currency on a card",
        |t| {
            t.tenders[0].foreign = Some(ForeignCurrency {
                currency: "JPY".into(),
                amount: amount("100"),
                ..ForeignCurrency::default()
            });
        },
        &["misplaced tenders[0].foreign"],
    );
    check(
        "lines beyond any ticket",
        |t| {
            let taken_back = || discount("other", "100000000000");
            let huge =
                |number| Line { discounts: vec![taken_back()], ..line(number, "1", "1", "100000000000") };
            t.lines.extend([huge(3), huge(4)]);
        },
        &["amount_out_of_range lines"],
    );
    check(
        "more than rounding",
        |t| {
            t.rounding = amount("-10.00");
            t.tenders[1].change = amount("15.60");
        },
        &["amount_out_of_range rounding"],
    );
    check(
        "just rounding",
        |t| {
            t.rounding = amount("-9.99");
            t.tenders[1].change = amount("15.59");
        },
        &[],
    );
    check(
        "tax of a donation",
        |t| {
            t.lines[1].kind = "donation".into();
            t.lines[1].taxes = vec![Tax { included: true, ..tax("IVA16", "0.10") }];
        },
        &["misplaced lines[1].taxes"],
    );
}

#[test]
fn what_is_only_counted_carries_no_money() {
    let refused = |change: fn(&mut Transaction)| {
        let mut transaction = control("no_sale");
        change(&mut transaction);
        reasons(transaction, &store())
    };
    assert_eq!(refused(|t| t.total = Some(Amount::ZERO)), [""; 0]);
    assert_eq!(refused(|t| t.total = Some(amount("1"))), ["money_on_control total"]);
    assert_eq!(refused(|t| t.lines = sale().lines), ["money_on_control lines"]);
    assert_eq!(refused(|t| t.tenders = sale().tenders), ["money_on_control tenders"]);
    assert_eq!(refused(|t| t.rounding = amount("0.01")), ["money_on_control rounding"]);
    assert_eq!(refused(|t| t.taxes = vec![tax("IVA16", "1")]), ["money_on_control taxes"]);
    assert_eq!(refused(|t| t.training = true), [""; 0]);
    assert_eq!(refused(|t| t.kind = "till_totals".into()), ["till_totals_misplaced till_totals"]);
    assert_eq!(
        refused(|t| t.till_totals = Some(TillTotals { scope: "till".into(), ..TillTotals::default() })),
        ["till_totals_misplaced till_totals"]
    );
}

#[test]
fn every_reason_is_collected() {
    check(
        "many faults",
        |t| {
            t.register = "R_1".into();
            t.sequence = -1;
            t.currency = "EUR".into();
            t.lines[0].discounts[0].amount = amount("4.001");
            t.lines[1].line = 1;
            t.tenders[1].change = amount("-5.60");
            t.note = Some("card 4111 1111 1111 1111".into());
            t.kind = "sale".into();
        },
        &[
            "bad_name register",
            "negative_sequence sequence",
            "currency_not_of_store currency",
            "card_number note",
            "wrong_scale lines[0].discounts[0].amount",
            "wrong_sign tenders[1].change",
            "duplicate_line lines[1].line",
            "out_of_balance tenders",
            "total_differs total",
        ],
    );
}

#[test]
fn an_epoch_is_a_function_of_the_ticket_alone() {
    let with = |epochs: &str| {
        let record = crate::record::reference::Store { sequence_epochs: epochs.into(), ..store_record() };
        Store::check(record).unwrap()
    };
    let stating = |epoch| Transaction { sequence_epoch: epoch, ..sale() };
    let days = i64::from(date("2026-03-14").days());
    for (epochs, stated, expected) in [
        ("daily", None, Some(days)),
        ("daily", Some(4), Some(days)),
        ("single", None, Some(0)),
        ("single", Some(4), Some(0)),
        ("stated", Some(4), Some(4)),
        ("stated", Some(0), Some(0)),
        ("stated", None, None),
        ("stated", Some(-1), None),
    ] {
        let found = identity(&stating(stated), &with(epochs));
        assert_eq!(found.as_ref().ok().map(|id| id.epoch), expected, "{epochs} {stated:?}");
        if let Err(found) = found {
            assert_eq!(found[0].code, Code::EpochMissing);
        }
    }
}

#[test]
fn a_ticket_that_is_not_booked_still_has_an_identity() {
    let id =
        identity(&Transaction { kind: "return".into(), currency: "XXX".into(), ..sale() }, &store()).unwrap();
    assert_eq!((id.register.as_str(), id.sequence, id.business_date), ("R1", 7, date("2026-03-14")));
    let found = identity(&Transaction { register: "".into(), sequence: -1, ..sale() }, &store()).unwrap_err();
    let codes: Vec<Code> = found.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [Code::BadName, Code::NegativeSequence]);
}

#[test]
fn a_business_date_lies_within_the_horizon() {
    let zone = "America/Mexico_City".parse().unwrap();
    // 2026-03-14T05:30:00Z is still 2026-03-13 in Mexico City.
    let tick = Timestamp(1_773_466_200_000);
    let fixed = Some(date("2017-01-01"));
    for (business_date, earliest, taken) in [
        ("2026-03-13", None, true),
        ("2026-03-14", None, true),
        ("2026-03-15", None, false),
        ("2025-11-13", None, true),
        ("2025-11-12", None, false),
        ("2017-01-01", None, false),
        ("2017-01-01", fixed, true),
        ("2016-12-31", fixed, false),
        ("2026-03-14", fixed, true),
        ("2026-03-15", fixed, false),
    ] {
        let found = in_horizon(date(business_date), tick, &zone, earliest);
        assert_eq!(found.is_ok(), taken, "{business_date} {earliest:?}: {found:?}");
    }
    let found = in_horizon(date("2026-03-14"), Timestamp(i64::MAX), &zone, None).unwrap_err();
    assert_eq!(found.code, Code::BusinessDateOutOfRange);
}
