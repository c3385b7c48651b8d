//! One chain whose stores keep their tills in different currencies: each has journals of its own, in its currency and
//! by the decimals of that. Cash of another currency is a tender, by the rate of the till.
#![allow(clippy::unwrap_used)]

use super::case::{contained, moved, ticket, with_taxes};
use super::*;
use crate::account_map::AccountMap;
use crate::document::Closing;
use crate::journal;
use crate::masters::Stores;
use crate::record::journal::{JournalEntry, JournalLine};
use crate::record::pos::{ForeignCurrency, Tender};
use crate::record::reference;
use crate::record::sales::Close;
use crate::ticket::fixture::{amount, date, items, line, store_record, tender};
use crate::totals::{Totals, of_sale};

/// An account map for the subsidiary of the stores.
#[rustfmt::skip]
fn map() -> AccountMap {
    let roles = [
        ("tender_clearing", "120"), ("coupon_receivable", "130"), ("discount", "490"), ("returns", "480"),
        ("gift_card_liability", "220"), ("store_credit_liability", "220"), ("loyalty_liability", "220"),
        ("layaway_deposit", "220"), ("customer_deposit", "220"), ("bottle_deposit", "220"),
        ("tips_payable", "220"), ("charity_payable", "220"), ("third_party_payable", "220"),
        ("rounding", "495"), ("paid_in", "495"), ("paid_out", "600"), ("safe", "120"), ("over_short", "600"),
        ("tax_payable", "210"), ("suspense", "290"), ("inventory_adjustment", "500"), ("sales", "400"),
    ];
    let roles: serde_json::Map<_, _> =
        roles.map(|(role, account)| (role.to_owned(), serde_json::json!({ "default": account }))).into_iter().collect();
    let file = serde_json::json!({
        "accounts": {
            "120": { "type": "Bank" }, "130": { "type": "OthCurrAsset" }, "210": { "type": "OthCurrLiab" },
            "220": { "type": "OthCurrLiab" }, "290": { "type": "OthCurrLiab" }, "400": { "type": "Income" },
            "480": { "type": "Income" }, "490": { "type": "Income" }, "495": { "type": "OthIncome" },
            "500": { "type": "COGS" }, "600": { "type": "Expense" },
        },
        "subsidiaries": { "MX": roles },
    });
    AccountMap::read(&serde_json::from_value(file).unwrap()).unwrap()
}

/// The journal of a store-day of one ticket, its lines, and the moves of the ticket.
fn booked_in(currency: &str, id: &str, mut sold: Transaction) -> (JournalEntry, Vec<String>, Vec<String>) {
    let record = reference::Store {
        currency: currency.into(),
        currency_netsuite_id: Some(id.into()),
        ..store_record()
    };
    let mut stores = Stores::default();
    assert_eq!(stores.apply("101", Some(record), 0), None);
    let store = stores.find("101").unwrap();
    sold.currency = currency.into();
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let content = content_hash(&sold);
    let explained = Explained::check_among(sold, content, store, &items(), &stores).unwrap();
    let (sale, _) = explained.enrich(store, &stores, bucket.clone());
    let mut totals = Totals::default();
    totals.add(&of_sale(&sale).unwrap()).unwrap();
    let close = Close {
        bucket,
        currency: sale.currency.clone(),
        currency_netsuite_id: store.currency_netsuite_id.clone(),
        subsidiary: sale.subsidiary.clone(),
        ..Close::default()
    };
    let mut entries = journal::documents("101", &Closing::own(&close), &totals, &map()).unwrap();
    assert_eq!(entries.len(), 1, "one journal of one currency");
    let entry = entries.remove(0);
    let row = |line: &JournalLine| {
        let (side, size) = line.debit.map_or(("Cr", line.credit), |debit| ("Dr", Some(debit)));
        let dimension = line.dimension.as_deref().unwrap_or_default();
        format!("{side} {:<16} {dimension:<16} {:>9}", line.role, size.unwrap().to_string())
    };
    let rows = entry.lines.iter().map(row).collect();
    (entry, rows, moved(&sale, store, &stores))
}

#[test]
#[rustfmt::skip]
fn stores_of_many_currencies() {
    let sold = |price: &str, inside: &str, paid: &str, change: &str| {
        ticket(vec![with_taxes(vec![contained("VAT", inside)], line(1, "1", "1", price))],
               vec![tender("cash", paid, change)])
    };
    let foreign = |currency: &str, taken: &str, rate: &str| Some(ForeignCurrency {
        currency: currency.into(), amount: amount(taken), exchange_rate: rate.parse().unwrap() });
    let dollars = Tender { foreign: foreign("USD", "20.00", "17.25"), ..tender("foreign_cash", "345.00", "229.00") };
    let euros = Tender { foreign: foreign("EUR", "10.00", "0.335"), ..tender("foreign_cash", "3.350", "2.100") };
    let cases = [
        ("pesos, two decimals", "MXN", "5", sold("116.00", "16.00", "200.00", "84.00"),
         &["Dr tender_clearing  cash                116.00",
           "Cr sales            grocery             100.00",
           "Cr tax_payable      VAT                  16.00"][..],
         &["1 -1.00"][..]),
        ("yen, no decimals", "JPY", "6", sold("1080", "80", "1080", "0"),
         &["Dr tender_clearing  cash               1080.00",
           "Cr sales            grocery            1000.00",
           "Cr tax_payable      VAT                  80.00"],
         &["1 -1.00"]),
        ("dinar, three decimals", "KWD", "7", sold("1.250", "0.125", "2.000", "0.750"),
         &["Dr tender_clearing  cash                  1.25",
           "Cr sales            grocery              1.125",
           "Cr tax_payable      VAT                  0.125"],
         &["1 -1.00"]),
        ("pesos of Chile rounded to ten", "CLP", "8",
         Transaction { rounding: amount("4"), ..sold("766", "122", "770", "0") },
         &["Dr tender_clearing  cash                770.00",
           "Cr sales            grocery             644.00",
           "Cr tax_payable      VAT                 122.00",
           "Cr rounding                               4.00"],
         &["1 -1.00"]),
        ("dollars at 17.25 over a till in pesos, change in pesos", "MXN", "5",
         Transaction { tenders: vec![dollars], ..sold("116.00", "16.00", "0", "0") },
         &["Dr tender_clearing  foreign_cash/USD    345.00",
           "Cr tender_clearing  cash                229.00",
           "Cr sales            grocery             100.00",
           "Cr tax_payable      VAT                  16.00"],
         &["1 -1.00"]),
        ("euros at 0.335 over a till in dinar, change in dinar", "KWD", "7",
         Transaction { tenders: vec![euros], ..sold("1.250", "0.125", "0", "0") },
         &["Dr tender_clearing  foreign_cash/EUR      3.35",
           "Cr tender_clearing  cash                  2.10",
           "Cr sales            grocery              1.125",
           "Cr tax_payable      VAT                  0.125"],
         &["1 -1.00"]),
    ];
    for (name, currency, id, sold, journal, stock) in cases {
        let (entry, rows, moves) = booked_in(currency, id, sold);
        assert_eq!(rows, journal, "{name}");
        assert_eq!(moves, stock, "{name}");
        assert_eq!((entry.currency.as_str(), entry.currency_netsuite_id.as_deref()), (currency, Some(id)), "{name}");
        assert_eq!(entry.id, format!("JE_101_20260314_0_1_MX_{currency}_1"), "{name}");
    }
}
