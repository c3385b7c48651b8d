//! What each kind of line books and moves, in tables, and that no money is lost on the way.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::*;
use crate::record::pos::{StoredValue, Transaction};
use crate::ticket::Code;
use crate::ticket::fixture::{amount, control, date, items, line, quantity, sale, store, tender};

fn bucket(version: i32) -> Bucket {
    Bucket { business_date: date("2026-03-14"), window: 0, version }
}

fn enriched(transaction: Transaction) -> (Sale, Vec<WaitingLine>) {
    Explained::check(transaction, &store(), &items()).unwrap().enrich(&store(), &Stores::default(), bucket(1))
}

/// Why a transaction is not booked: code and field of each reason.
fn refused(transaction: Transaction) -> Vec<(Code, Option<String>)> {
    let reasons = Explained::check(transaction, &store(), &items()).err().unwrap_or_default();
    reasons.into_iter().map(|reason| (reason.code, reason.field)).collect()
}

/// A sale of one line for 10.00, paid in cash.
fn with(change: impl FnOnce(&mut Line)) -> Transaction {
    let mut only = line(1, "1", "2", "10.00");
    change(&mut only);
    Transaction {
        lines: vec![only],
        tenders: vec![tender("cash", "10.00", "0")],
        total: Some(amount("10.00")),
        ..sale()
    }
}

#[test]
fn a_plain_sale_is_booked_whole() {
    let ticket = Ticket::check(sale(), &store()).unwrap();
    let (sale, waiting) = enriched(sale());
    assert!(waiting.is_empty());
    assert_eq!((&sale.ticket, sale.content), (ticket.id(), ticket.content()));
    assert_eq!((sale.kind.as_str(), sale.currency.as_str()), ("sale", "MXN"));
    assert_eq!((sale.subsidiary.as_str(), sale.location.as_str()), ("MX", "L101"));
    assert!(sale.books && !sale.late && !sale.till_totals);
    let first = &sale.lines[0];
    assert_eq!((first.line, first.role.as_str(), first.item_revision), (1, "sales", Some(7)));
    assert_eq!((first.item.as_deref(), first.netsuite_item.as_deref()), (Some("1"), Some("91")));
    assert_eq!((first.department.as_deref(), first.stock_unit.as_deref()), (Some("grocery"), Some("EA")));
    assert_eq!((first.quantity, first.amount), (quantity("2"), amount("39.98")));
    assert_eq!((first.discounts[0].kind.as_str(), first.discounts[0].amount), ("promotion", amount("4.00")));
    assert_eq!((first.taxes[0].code.as_str(), first.taxes[0].amount), ("IVA16", amount("3.42")));
    let tenders: Vec<_> = sale.tenders.iter().map(|tender| (tender.kind.as_str(), tender.amount)).collect();
    assert_eq!(tenders, [("card", amount("20.00")), ("cash", amount("24.40"))]);
}

#[test]
fn a_later_version_is_late() {
    let explained = Explained::check(sale(), &store(), &items()).unwrap();
    assert!(explained.enrich(&store(), &Stores::default(), bucket(2)).0.late);
}

#[test]
fn what_is_only_counted_books_nothing() {
    let (sale, waiting) = enriched(control("business_eod"));
    assert!(!sale.books && sale.lines.is_empty() && sale.tenders.is_empty() && waiting.is_empty());
    assert_eq!(sale.kind, "business_eod");
}

#[test]
fn a_line_books_to_the_role_and_department_of_its_item() {
    // item, quantity, unit, role, department, stock quantity, stock unit, waits
    #[rustfmt::skip]
    let cases = [
        ("1", "2",        None,        "sales",               "grocery", "2",      Some("EA"),  false),
        ("1", "2",        Some("EA"),  "sales",               "grocery", "2",      Some("EA"),  false),
        ("1", "0",        None,        "sales",               "grocery", "0",      Some("EA"),  false),
        ("3", "13509",    None,        "sales",               "fuel",    "13.509", Some("GLL"), false),
        ("3", "13.509",   Some("GLL"), "sales",               "fuel",    "13.509", Some("GLL"), false),
        ("5", "1.5",      Some("HUR"), "sales",               "repair",  "0",      None,        false),
        ("4", "1",        None,        "gift_card_liability", "cards",   "0",      None,        false),
        ("7", "1",        None,        "third_party_payable", "cards",   "0",      None,        false),
        ("1", "2",        Some("KGM"), "suspense",            "till",    "0",      None,        true),
        ("3", "0.000001", None,        "suspense",            "till",    "0",      None,        true),
        ("9", "1",        None,        "suspense",            "till",    "0",      None,        true),
        ("9", "0",        None,        "suspense",            "till",    "0",      None,        true),
    ];
    for (item, sold, unit, role, department, stock, stock_unit, waits) in cases {
        let name = format!("{sold} {unit:?} of {item}");
        let (sale, waiting) = enriched(with(|line| {
            line.item = Some(item.into());
            line.quantity = quantity(sold);
            line.unit = unit.map(Into::into);
        }));
        let booked = &sale.lines[0];
        assert_eq!((booked.role.as_str(), booked.department.as_deref()), (role, Some(department)), "{name}");
        assert_eq!((booked.quantity, booked.stock_unit.as_deref()), (quantity(stock), stock_unit), "{name}");
        assert_eq!((booked.amount, booked.item.as_deref()), (amount("10.00"), Some(item)), "{name}");
        assert_eq!(booked.item_revision.is_none(), waits, "{name}");
        assert_eq!(waiting.len(), usize::from(waits), "{name}");
    }
}

#[test]
fn a_barcode_finds_its_item_and_an_item_number_goes_before_it() {
    let named = |item: Option<&str>, barcode: &str| {
        let (sale, waiting) = enriched(with(|line| {
            line.item = item.map(Into::into);
            line.barcode = Some(barcode.into());
            line.department = None;
        }));
        let booked = sale.lines[0].clone();
        (booked.role, booked.item, waiting.into_iter().next())
    };
    let (role, item, _) = named(None, "7502");
    assert_eq!((role.as_str(), item.as_deref()), ("sales", Some("2")));
    let (role, item, waiting) = named(Some("9"), "7502");
    assert_eq!((role.as_str(), item.as_deref()), ("suspense", Some("9")));
    assert_eq!(waiting.map(|line| (line.item, line.barcode)), Some(("9".into(), None)));
    let (role, item, waiting) = named(None, "999");
    assert_eq!((role.as_str(), item), ("suspense", None));
    assert_eq!(waiting.map(|line| (line.item, line.barcode)), Some(("".into(), Some("999".into()))));
}

#[test]
fn a_gift_card_is_a_liability_by_the_kind_of_its_line() {
    // item of the line, issuer of the account, role, department
    #[rustfmt::skip]
    let cases = [
        (None,      None,          "gift_card_liability", Some("till")),
        (Some("4"), None,          "gift_card_liability", Some("cards")),
        (Some("1"), None,          "gift_card_liability", Some("grocery")),
        (Some("9"), None,          "gift_card_liability", Some("till")),
        (Some("7"), None,          "third_party_payable", Some("cards")),
        (Some("4"), Some("other"), "third_party_payable", Some("cards")),
    ];
    for (item, issuer, role, department) in cases {
        let account = StoredValue {
            program: "gift_card".into(),
            issuer: issuer.map(Into::into),
            ..StoredValue::default()
        };
        let (sale, waiting) = enriched(with(|line| {
            line.kind = "gift_card_sale".into();
            line.item = item.map(Into::into);
            line.stored_value = Some(account.into());
        }));
        let booked = &sale.lines[0];
        assert_eq!((booked.role.as_str(), booked.department.as_deref()), (role, department), "{item:?}");
        assert!(booked.quantity.is_zero() && booked.stock_unit.is_none() && waiting.is_empty(), "{item:?}");
    }
}

#[test]
fn work_that_waits_for_its_item_waits_for_no_stock() {
    let (sale, waiting) = enriched(with(|line| {
        line.kind = "service".into();
        line.item = Some("9".into());
    }));
    assert_eq!((sale.lines[0].role.as_str(), waiting[0].quantity), ("suspense", Quantity::ZERO));
}

#[test]
fn counted_stock_that_netsuite_does_not_know_waits() {
    let mut items = items();
    let mut record = crate::ticket::fixture::item_record("1", "inventory", "grocery");
    record.versions[0].netsuite_id = None;
    items.apply("1", Some(record), 50);
    let explained = Explained::check(with(|_| {}), &store(), &items).unwrap();
    let (sale, waiting) = explained.enrich(&store(), &Stores::default(), bucket(1));
    assert_eq!((sale.lines[0].role.as_str(), waiting.len()), ("suspense", 1));
}

#[test]
fn a_bad_ticket_of_a_card_with_tax_is_told_both_at_once() {
    let inside = || vec![Tax { included: true, ..crate::ticket::fixture::tax("IVA16", "1.00") }];
    let bad = Transaction {
        tenders: vec![tender("cash", "9.00", "0")],
        ..with(|line| (line.item, line.taxes) = (Some("4".into()), inside()))
    };
    let expected = [
        (Code::OutOfBalance, Some("tenders".to_owned())),
        (Code::Misplaced, Some("lines[0].item".to_owned())),
    ];
    assert_eq!(refused(bad), expected);
}

#[test]
fn tax_inside_the_price_of_a_balance_is_refused() {
    let inside = || vec![Tax { included: true, ..crate::ticket::fixture::tax("IVA16", "1.00") }];
    let found = |transaction: Transaction| refused(transaction).len();
    for (item, refused) in [("1", 0), ("9", 0), ("4", 1), ("7", 1)] {
        assert_eq!(
            found(with(|line| (line.item, line.taxes) = (Some(item.into()), inside()))),
            refused,
            "{item}"
        );
        let mut on_ticket = with(|line| line.item = Some(item.into()));
        on_ticket.taxes = inside();
        assert_eq!(found(on_ticket), refused, "{item}");
    }
}

#[test]
fn a_tender_books_to_its_role_less_change() {
    let (sale, _) = enriched(Transaction {
        tenders: vec![
            tender("manufacturer_coupon", "1.00", "0"),
            tender("check", "5.00", "0"),
            tender("mobile", "5.00", "0"),
            tender("cash", "-1.00", "0"),
            tender("cash", "1.00", "1.00"),
        ],
        ..with(|_| {})
    });
    let booked: Vec<_> = sale.tenders.iter().map(|t| (t.role.as_str(), t.kind.as_str(), t.amount)).collect();
    assert_eq!(
        booked,
        [
            ("coupon_receivable", "manufacturer_coupon", amount("1.00")),
            ("tender_clearing", "check", amount("5.00")),
            ("tender_clearing", "mobile", amount("5.00")),
            ("tender_clearing", "cash", amount("-1.00")),
            ("tender_clearing", "cash", amount("0")),
        ]
    );
}

proptest! {
    /// Whatever the items are, a sale's entry balances, and suspense holds exactly what waits.
    #[test]
    fn a_sale_balances_whatever_is_known(
        lines in proptest::collection::vec((0_u8..10, 0_i64..100_000, -100_i64..5_000, 0_i64..5_000, any::<bool>()), 1..12),
        change in 0_i64..1_000,
    ) {
        let mut transaction = sale();
        transaction.total = None;
        transaction.lines = (1..).zip(&lines).map(|(number, (item, gross, off, collected, kilos))| {
            let mut each = line(number, &item.to_string(), "1", &format!("{}", rust_decimal::Decimal::new(*gross, 2)));
            each.discounts = vec![crate::ticket::fixture::discount("other", &format!("{}", rust_decimal::Decimal::new(*off, 2)))];
            each.taxes = vec![crate::ticket::fixture::tax("IVA16", &format!("{}", rust_decimal::Decimal::new(*collected, 2)))];
            each.unit = kilos.then(|| "KGM".into());
            each
        }).collect();
        let owed: i64 = lines.iter().map(|(_, gross, off, collected, _)| gross - off + collected).sum();
        let text = |cents: i64| rust_decimal::Decimal::new(cents, 2).to_string();
        transaction.tenders = vec![tender("cash", &text(owed + change), &text(change))];
        let (sale, waiting) = enriched(transaction);
        let debits: i64 = sale.tenders.iter().map(|tender| tender.amount.units()).sum::<i64>()
            + sale.lines.iter().flat_map(|line| &line.discounts).map(|discount| discount.amount.units()).sum::<i64>();
        let credits: i64 = sale.lines.iter().map(|line| line.amount.units()).sum::<i64>()
            + sale.lines.iter().flat_map(|line| &line.taxes).map(|tax| tax.amount.units()).sum::<i64>();
        prop_assert_eq!(debits, credits);
        let suspense: Vec<_> = sale.lines.iter().filter(|line| line.role == "suspense").map(|line| (line.line, line.amount)).collect();
        let waits: Vec<_> = waiting.iter().map(|line| (line.line, line.amount)).collect();
        prop_assert_eq!(suspense, waits);
    }
}
