//! What tickets book, in tables.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::record::sales::{SaleDiscount, SaleTender};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn tender(role: &str, kind: &str, brand: &str, value: &str) -> SaleTender {
    let brand = (!brand.is_empty()).then(|| brand.to_owned());
    let (role, brand) = (role.into(), brand.map(Into::into));
    SaleTender { role, kind: kind.into(), brand, amount: amount(value), booked_in: None }
}

fn line(role: &str, department: &str, value: &str, discounts: &[(&str, &str)]) -> SaleLine {
    SaleLine {
        role: role.into(),
        department: (!department.is_empty()).then(|| department.into()),
        amount: amount(value),
        discounts: discounts
            .iter()
            .map(|(kind, value)| SaleDiscount { kind: (*kind).into(), amount: amount(value), code: None })
            .collect(),
        ..SaleLine::default()
    }
}

fn tax(code: &str, jurisdiction: &str, value: &str) -> SaleTax {
    let jurisdiction = (!jurisdiction.is_empty()).then(|| jurisdiction.to_owned());
    SaleTax {
        code: code.into(),
        jurisdiction: jurisdiction.map(Into::into),
        amount: amount(value),
        ..SaleTax::default()
    }
}

fn sale(lines: Vec<SaleLine>, taxes: Vec<SaleTax>, tenders: Vec<SaleTender>) -> Sale {
    Sale { books: true, lines, taxes, tenders, ..Sale::default() }
}

fn table(totals: &Totals) -> Vec<String> {
    let row = |total: &Total| {
        let dimension = total.dimension().text().unwrap_or_default();
        format!("{} {dimension} | {} | {}", total.role, total.debit, total.credit).replace("  ", " ")
    };
    totals.iter().map(row).collect()
}

fn booked(sales: &[Sale]) -> Totals {
    let mut totals = Totals::default();
    for sale in sales {
        totals.add(&of_sale(sale).unwrap()).unwrap();
    }
    totals
}

/// Two of one item, 2.89 after a coupon match of 0.45 and a shelf discount of 0.40, with a manufacturer's
/// coupon of 0.55: the customer pays 2.34, and gross sales are 3.74.
#[test]
fn a_coupon_line_as_in_the_data_set() {
    let sale = sale(
        vec![line("sales", "GROCERY", "3.74", &[("promotion", "0.40"), ("coupon_match", "0.45")])],
        vec![],
        vec![
            tender("tender_clearing", "cash", "", "2.34"),
            tender("coupon_receivable", "manufacturer_coupon", "", "0.55"),
        ],
    );
    assert_eq!(
        table(&booked(&[sale])),
        [
            // role and dimension      |  Dr  |  Cr
            "tender_clearing cash | 2.34 | 0.00",
            "coupon_receivable | 0.55 | 0.00",
            "discount coupon_match | 0.45 | 0.00",
            "discount promotion | 0.40 | 0.00",
            "sales GROCERY | 0.00 | 3.74",
        ]
    );
}

#[test]
fn a_store_day_adds_up() {
    let sales = [
        sale(
            vec![line("sales", "10", "39.98", &[("promotion", "4.00")]), line("sales", "20", "5.49", &[])],
            vec![tax("US-TX", "AUSTIN", "3.42")],
            vec![tender("tender_clearing", "card", "visa", "44.89")],
        ),
        sale(
            vec![line("gift_card_liability", "10", "50.00", &[]), line("sales", "20", "3.25", &[])],
            vec![],
            vec![tender("tender_clearing", "cash", "", "53.25")],
        ),
        sale(
            vec![line("suspense", "10", "30.00", &[])],
            vec![tax("US-TX", "", "2.48")],
            vec![tender("tender_clearing", "card", "mastercard", "32.48")],
        ),
        // Cash paid out: the tender is negative.
        sale(
            vec![line("sales", "20", "0.00", &[("store_coupon", "1.00")])],
            vec![],
            vec![tender("tender_clearing", "cash", "", "-1.00")],
        ),
    ];
    assert_eq!(
        table(&booked(&sales)),
        [
            "tender_clearing card/mastercard | 32.48 | 0.00",
            "tender_clearing card/visa | 44.89 | 0.00",
            "tender_clearing cash | 52.25 | 0.00",
            "discount promotion | 4.00 | 0.00",
            "discount store_coupon | 1.00 | 0.00",
            "sales 10 | 0.00 | 39.98",
            "sales 20 | 0.00 | 8.74",
            "gift_card_liability | 0.00 | 50.00",
            "tax_payable US-TX | 0.00 | 2.48",
            "tax_payable US-TX/AUSTIN | 0.00 | 3.42",
            "suspense 10 | 0.00 | 30.00",
        ]
    );
}

#[test]
fn a_resolved_item_leaves_suspense() {
    let mut totals = booked(&[sale(
        vec![line("suspense", "", "12.52", &[])],
        vec![],
        vec![tender("tender_clearing", "cash", "", "12.52")],
    )]);
    let moved = Reclassification {
        from_department: None,
        resolved: line("sales", "DRUG GM", "12.52", &[("promotion", "9.00")]),
        ..Reclassification::default()
    };
    totals.add(&of_reclassification(&moved).unwrap()).unwrap();
    assert_eq!(
        table(&totals),
        ["tender_clearing cash | 12.52 | 0.00", "sales DRUG GM | 0.00 | 12.52", "suspense | 12.52 | 12.52",]
    );
}

#[test]
fn what_is_only_counted_books_nothing() {
    let sale = Sale { books: false, ..sale(vec![line("sales", "10", "5", &[])], vec![], vec![]) };
    assert!(booked(&[sale]).is_empty());
}

#[test]
fn a_ticket_that_cannot_be_booked_leaves_the_totals_as_they_were() {
    let good = sale(
        vec![line("sales", "10", "5.00", &[])],
        vec![],
        vec![tender("tender_clearing", "cash", "", "5.00")],
    );
    let before = booked(&[good]);
    let huge = "99999999999999.9999";
    for (lines, tenders, problem) in [
        (
            vec![line("sales", "10", "5.00", &[])],
            vec![tender("tender_clearing", "cash", "", "4.99")],
            "debits of 4.99 and credits of 5.00 differ",
        ),
        (
            vec![line("sales", "20", huge, &[])],
            vec![tender("tender_clearing", "cash", "", huge)],
            "a sum cannot be kept: the result has more than 18 digits",
        ),
        (
            vec![line("inventory_adjustment", "10", "5.00", &[])],
            vec![],
            "`inventory_adjustment` is no role of a journal; run a version at least as new as what wrote the record",
        ),
        (
            vec![line("revenue", "10", "5.00", &[])],
            vec![],
            "`revenue` is no role of a journal; run a version at least as new as what wrote the record",
        ),
    ] {
        let sale = sale(lines, vec![], tenders);
        let mut totals = before.clone();
        let error = of_sale(&sale).and_then(|entries| totals.add(&entries)).unwrap_err();
        assert_eq!(error.to_string(), problem);
        assert_eq!(totals, before);
    }
}

#[test]
fn a_bucket_tells_apart_a_bounded_number_of_totals() {
    let mut totals = Totals::default();
    let sale_in = |department: usize| {
        sale(
            vec![line("sales", &format!("{department}"), "1", &[])],
            vec![],
            vec![tender("tender_clearing", "cash", "", "1")],
        )
    };
    for department in 1..TOTALS_MAX {
        totals.add(&of_sale(&sale_in(department)).unwrap()).unwrap();
    }
    let full = totals.clone();
    assert_eq!(totals.add(&of_sale(&sale_in(TOTALS_MAX)).unwrap()), Err(Error::TooMany));
    assert_eq!(totals, full);
}

#[test]
fn totals_survive_their_state_record() {
    let totals = booked(&[sale(
        vec![line("sales", "10", "5.00", &[("promotion", "1")])],
        vec![],
        vec![tender("tender_clearing", "card", "visa", "4")],
    )]);
    let text = serde_json::to_string(&totals).unwrap();
    assert_eq!(serde_json::from_str::<Totals>(&text).unwrap(), totals);
    assert!(serde_json::from_str::<Totals>(&text.replace("\"sales\"", "\"revenue\"")).is_err());
}

#[test]
fn what_comes_to_zero_leaves_no_trace() {
    let ticket = |value: &str| {
        sale(
            vec![line("sales", "10", value, &[])],
            vec![tax("US-TX", "", value)],
            vec![
                tender("tender_clearing", "cash", "", value),
                tender("tender_clearing", "card", "visa", value),
            ],
        )
    };
    assert_eq!(booked(&[ticket("5.00"), ticket("-5.00")]), Totals::default());
    assert!(!booked(&[ticket("5.00"), ticket("-4.99")]).is_empty());
}
