//! The form of a transaction: scale, limits, texts and card numbers, whatever its kind.

use super::*;
use crate::number::Quantity;
use crate::record::pos::{FiscalDocument, TenderTotal};

const CARD: &str = "4111 1111 1111 1111";

#[test]
fn an_amount_has_no_more_decimals_than_its_currency() {
    let third = || amount("0.001");
    check("total", |t| t.total = Some(amount("44.401")), &["wrong_scale total", "total_differs total"]);
    check(
        "line",
        |t| {
            t.lines[1].amount = amount("5.001");
            t.lines[0].amount = amount("39.979");
        },
        &["wrong_scale lines[0].amount", "wrong_scale lines[1].amount"],
    );
    check("tax base", |t| t.lines[0].taxes[0].base = Some(third()), &["wrong_scale lines[0].taxes[0].base"]);
    check(
        "change and amount",
        |t| {
            t.tenders[1].change = amount("5.601");
            t.tenders[1].amount = amount("30.001");
        },
        &["wrong_scale tenders[1].amount", "wrong_scale tenders[1].change"],
    );
    check("trailing zeros are no decimals", |t| t.total = Some(amount("44.4000")), &[]);
    let totals = TillTotals {
        scope: "till".into(),
        net_sales: third(),
        grand_total: Some(third()),
        ..TillTotals::default()
    };
    let report = Transaction { till_totals: Some(totals), ..control("till_totals") };
    assert_eq!(
        reasons(report, &store()),
        ["wrong_scale till_totals.net_sales", "wrong_scale till_totals.grand_total"]
    );
    for (currency, expected) in [("JPY", 1), ("MXN", 0), ("KWD", 0), ("CLF", 0)] {
        let record = crate::record::reference::Store { currency: currency.into(), ..store_record() };
        let mut transaction = control("no_sale");
        transaction.currency = currency.into();
        transaction.fiscal = None;
        transaction.till_totals = None;
        transaction.kind = "return".into();
        transaction.total = Some(amount("0.50"));
        let found = reasons(transaction, &Store::check(record).unwrap());
        assert_eq!(
            found.iter().filter(|reason| reason.starts_with("wrong_scale")).count(),
            expected,
            "{currency}"
        );
    }
}

#[test]
fn a_currency_is_the_stores() {
    check("another", |t| t.currency = "USD".into(), &["currency_not_of_store currency"]);
    check("no money", |t| t.currency = "XXX".into(), &["unknown_currency currency"]);
    check("no code", |t| t.currency = "".into(), &["unknown_currency currency"]);
    check(
        "scale of what was sent",
        |t| {
            t.currency = "JPY".into();
            t.lines.truncate(0);
            t.tenders.truncate(0);
        },
        &["currency_not_of_store currency", "wrong_scale total", "total_differs total"],
    );
    let foreign = |currency: &str, handed: &str| {
        Some(ForeignCurrency {
            currency: currency.into(),
            amount: amount(handed),
            ..ForeignCurrency::default()
        })
    };
    check(
        "foreign scale",
        |t| t.tenders[0].foreign = foreign("JPY", "1.50"),
        &["wrong_scale tenders[0].foreign.amount", "misplaced tenders[0].foreign"],
    );
    check(
        "foreign code",
        |t| t.tenders[0].foreign = foreign("ZZZ", "1"),
        &["unknown_currency tenders[0].foreign.currency", "misplaced tenders[0].foreign"],
    );
}

#[test]
fn lines_are_numbered_once() {
    check(
        "gaps and any order",
        |t| {
            t.lines[0].line = 9;
            t.lines[1].line = 4;
        },
        &[],
    );
    check("twice", |t| t.lines[1].line = 1, &["duplicate_line lines[1].line"]);
    check("below zero", |t| t.lines[0].line = -1, &["bad_line_number lines[0].line"]);
}

#[test]
fn everything_has_a_limit() {
    let empty_line = |number| line(number, "1", "0", "0");
    check("lines", |t| t.lines.extend((3..=1_000).map(empty_line)), &[]);
    check("too many lines", |t| t.lines.extend((3..=1_001).map(empty_line)), &["too_many lines"]);
    check("tenders", |t| t.tenders.resize(101, tender("cash", "0", "0")), &["too_many tenders"]);
    check(
        "discounts",
        |t| t.lines[1].discounts.resize(51, discount("other", "0")),
        &["too_many lines[1].discounts"],
    );
    check("taxes", |t| t.taxes.resize(51, tax("IVA0", "0")), &["too_many taxes"]);
    check("description", |t| t.lines[0].description = Some("ñ".repeat(255).into()), &[]);
    check(
        "long description",
        |t| t.lines[0].description = Some("ñ".repeat(256).into()),
        &["text_too_long lines[0].description"],
    );
    check("note", |t| t.note = Some("x".repeat(2_001).into()), &["text_too_long note"]);
    check(
        "department",
        |t| t.lines[0].department = Some("x".repeat(65).into()),
        &["text_too_long lines[0].department"],
    );
    check("no tax code", |t| t.lines[0].taxes[0].code = "".into(), &["text_empty lines[0].taxes[0].code"]);
    check("no item number", |t| t.lines[0].item = Some("".into()), &["text_empty lines[0].item"]);
    check("quantity", |t| t.lines[0].quantity = Quantity::from_units(1_000_000_000_000).unwrap(), &[]);
    check(
        "too much",
        |t| t.lines[0].quantity = Quantity::from_units(1_000_000_000_001).unwrap(),
        &["quantity_out_of_range lines[0].quantity"],
    );
    check(
        "amount",
        |t| {
            t.tenders[0].amount = amount("100000000000.01");
            t.tenders[1].amount = amount("-99999999950.01");
        },
        &["amount_out_of_range tenders[0].amount"],
    );
    let mut hostile = sale();
    hostile.lines = vec![line(-1, "", "-5", "-5.001"); 2_000];
    let found = Ticket::check(hostile, &store()).unwrap_err();
    assert_eq!(found.len(), REASONS_MAX + 1);
    assert_eq!(found.last().unwrap().code, Code::MoreReasons);
}

#[test]
fn a_date_is_of_this_system_and_after_go_live() {
    for days in [-1, 376_200, i32::MAX, i32::MIN] {
        let far: Date = serde_json::from_value(serde_json::json!("2026-03-14")).unwrap();
        let far = if days == -1 {
            far.plus_days(-(far.days() + 1))
        } else {
            Date::from_days(days).unwrap_or(far.plus_days(400_000))
        };
        check("far", |t| t.business_date = far, &["business_date_out_of_range business_date"]);
    }
    let record =
        |go_live: &str| crate::record::reference::Store { go_live: Some(date(go_live)), ..store_record() };
    assert_eq!(reasons(sale(), &Store::check(record("2026-03-14")).unwrap()), [""; 0]);
    assert_eq!(
        reasons(sale(), &Store::check(record("2026-03-15")).unwrap()),
        ["before_go_live business_date"]
    );
}

#[test]
fn where_the_end_decides_the_window_it_must_be_near_the_business_date() {
    let windows =
        Store::check(crate::record::reference::Store { window_minutes: 60, ..store_record() }).unwrap();
    let starts = date("2026-03-14").starts_at(&windows.zone).unwrap();
    let hour = 3_600_000;
    for (hours, taken) in [(-25, false), (-24, true), (0, true), (26, true), (72, true), (73, false)] {
        let transaction = Transaction { ended_at: starts.plus_millis(hours * hour), ..sale() };
        assert_eq!(reasons(transaction.clone(), &windows).is_empty(), taken, "{hours}");
        assert_eq!(reasons(transaction, &store()), [""; 0], "whole store-day, {hours}");
    }
    for extreme in [i64::MIN, i64::MAX] {
        let transaction = Transaction { ended_at: Timestamp(extreme), ..sale() };
        assert_eq!(reasons(transaction, &windows), ["time_out_of_range ended_at"]);
    }
}

#[test]
fn a_card_number_is_refused_in_text_and_left_alone_in_ids() {
    let card = || Some(CARD.into());
    let digits = || Some(CARD.replace(' ', "").into());
    check("note", |t| t.note = card(), &["card_number note"]);
    check("reason", |t| t.reason = card(), &["card_number reason"]);
    check("description", |t| t.lines[0].description = card(), &["card_number lines[0].description"]);
    check("line reason", |t| t.lines[0].reason = card(), &["card_number lines[0].reason"]);
    check(
        "discount reason",
        |t| t.lines[0].discounts[0].reason = card(),
        &["card_number lines[0].discounts[0].reason"],
    );
    check(
        "exemption",
        |t| t.lines[0].taxes[0].exemption = card(),
        &["card_number lines[0].taxes[0].exemption"],
    );
    check("token", |t| t.tenders[0].token = digits(), &["card_number tenders[0].token"]);
    check("brand", |t| t.tenders[0].brand = digits(), &["card_number tenders[0].brand"]);
    check("tax code", |t| t.lines[0].taxes[0].code = CARD.into(), &["card_number lines[0].taxes[0].code"]);
    check("last4", |t| t.tenders[0].last4 = Some("41111".into()), &["card_number tenders[0].last4"]);
    check("last4 of four", |t| t.tenders[0].last4 = Some("1111".into()), &[]);
    check(
        "account",
        |t| {
            t.lines[1].kind = "gift_card_sale".into();
            let account =
                StoredValue { program: "gift_card".into(), account: digits(), ..StoredValue::default() };
            t.lines[1].stored_value = Some(account.into());
        },
        &["card_number lines[1].stored_value.account"],
    );
    check(
        "ids",
        |t| {
            (t.operator, t.customer) = (digits(), digits());
            (t.lines[0].item, t.lines[0].barcode, t.lines[0].serial, t.lines[0].lot) =
                (digits(), digits(), digits(), digits());
            t.lines[0].discounts[0].code = digits();
            (t.tenders[0].reference, t.tenders[0].authorisation, t.tenders[0].terminal) =
                (digits(), digits(), digits());
            t.fiscal = Some(FiscalDocument {
                kind: "cfdi".into(),
                key: CARD.into(),
                status: "authorised".into(),
                recipient: digits(),
            });
        },
        &[],
    );
    let mut report = control("till_totals");
    let total = TenderTotal { kind: "card".into(), brand: digits(), ..TenderTotal::default() };
    report.till_totals =
        Some(TillTotals { scope: "till".into(), tenders: vec![total], ..TillTotals::default() });
    assert_eq!(reasons(report, &store()), ["card_number till_totals.tenders[0].brand"]);
}

#[test]
fn no_reason_repeats_a_card_number() {
    let mut transaction = sale();
    transaction.kind = CARD.into();
    transaction.register = CARD.into();
    transaction.currency = CARD.into();
    for found in Ticket::check(transaction, &store()).unwrap_err() {
        assert!(!found.to_string().contains("1111"), "{found}");
    }
}
