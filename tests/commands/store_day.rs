//! A store-day as an accountant would work it out by hand, through the whole pipeline: sales with tax, a gift card, a
//! return, a layaway begun and one completed, postage paid out of the drawer, a ticket voided, and a drawer that is
//! short. Both sides of its journal come to 240.77, and what left the shelves had cost 83.40.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domain::number::{Amount, Quantity};
use domain::record::pos::{Line, Link, StoredValue, Tender, TenderTotal, TillTotals, Transaction};
use serde_json::Value;
use testkit::{amount, date, master, quantity, ticket};
use tillstream::file;

use crate::books::NetSuite;
use crate::desk::Desk;
use crate::wait::wait_until;

/// How long its documents may take to NetSuite.
const POSTED_WITHIN: Duration = Duration::from_secs(60);
/// Smallest units of a quantity in a piece.
const PIECE: i64 = 1_000_000;
/// The store.
const STORE: &str = "101";

/// Its items, of two departments that the account map tells apart, and what the day moves: the item's id in NetSuite,
/// its pieces there, and what one had cost. NetSuite books that cost; here it proves that the pieces are right.
#[rustfmt::skip]
const ITEMS: [(&str, &str, i64, i64, &str); 5] = [
    ("10", "GROCERY", 710, -2, "11.00"),
    ("11", "GROCERY", 711, -1, "16.00"),
    ("12", "GROCERY", 712, -1, "44.00"),
    ("20", "DELI",    720,  0,  "2.75"), // one sold, and one taken back
    ("21", "DELI",    721, -1,  "1.40"),
];

/// What all of it had cost.
const COST: &str = "83.40";

/// The journal that NetSuite must hold: account, what its line says, debit, credit.
#[rustfmt::skip]
const JOURNAL: [(i64, &str, &str, &str); 16] = [
    (102, "tender_clearing: card/debit",      "56.60", ""),
    (102, "tender_clearing: card/mastercard", "12.48", ""),
    (102, "tender_clearing: card/visa",       "38.95", ""),
    (101, "tender_clearing: cash",            "60.00", ""),
    (490, "discount: promotion",               "4.00", ""),
    (480, "returns: DELI",                     "5.49", ""),
    (230, "gift_card_liability",              "20.00", ""),
    (237, "layaway_deposit",                  "30.00", ""),
    (600, "paid_out: postage",                "12.50", ""),
    (610, "over_short: cash",                  "0.75", ""),
    (410, "sales: DELI",                "",   "8.74"),
    (400, "sales: GROCERY",             "", "149.98"),
    (230, "gift_card_liability",        "",  "50.00"),
    (237, "layaway_deposit",            "",  "20.00"),
    (240, "tax_payable: TX",            "",  "12.05"),
    (0,   "",                           "240.77", "240.77"),
];

pub(crate) fn comes_to_the_journal_that_was_worked_out_by_hand(desk: &Desk, netsuite: &NetSuite) {
    let store = serde_json::to_string(&master::store(STORE)).unwrap();
    let items =
        ITEMS.map(|(item, department, ..)| serde_json::to_string(&master::item(item, department)).unwrap());
    let masters = desk.write("worked-masters.jsonl", &format!("{store}\n{}\n", items.join("\n")));
    desk.on_stack(&["ref", "load", &masters]).does(&["6 masters (1 stores, 5 items) sent in "]);
    let transactions = desk.file("worked-day.jsonl");
    file::write(Path::new(&transactions), tickets().iter()).unwrap();
    desk.on_stack(&["replay", &transactions]).does(&["11 transactions sent in "]);

    netsuite.gets(&format!("JE_{STORE}_"));
    let [journal] = &documents(netsuite, "JE")[..] else {
        panic!("one journal, not {:?}", netsuite.documents("JE"))
    };
    let rows = JOURNAL.iter().map(|&(account, what, debit, credit)| row(account, what, debit, credit));
    assert_eq!(journal_rows(journal), rows.collect::<Vec<_>>(), "{journal:#}");
    let expected: BTreeMap<i64, i64> = ITEMS.iter().map(|&(.., item, pieces, _)| (item, pieces)).collect();
    let moved = wait_until(POSTED_WITHIN, || stock(netsuite) == expected);
    assert!(moved, "{:?}", stock(netsuite));
    let cost =
        |&(.., item, _, each): &(&str, &str, i64, i64, &str)| -stock(netsuite)[&item] * amount(each).units();
    assert_eq!(
        ITEMS.iter().map(cost).sum::<i64>(),
        amount(COST).units(),
        "what left the shelves had cost {COST}"
    );
}

/// What NetSuite holds of the store.
fn documents(netsuite: &NetSuite, kind: &str) -> Vec<Value> {
    let all: Vec<Value> = netsuite.0.get("dump");
    let prefix = format!("{kind}_{STORE}_");
    all.into_iter().filter(|record| record["external_id"].as_str().unwrap().starts_with(&prefix)).collect()
}

/// The lines of a document that were sent: number 0 is what NetSuite adds itself.
fn lines(document: &Value) -> impl Iterator<Item = &Value> {
    document["lines"].as_array().unwrap().iter().filter(|line| line["number"] != 0)
}

/// Pieces that moved, by item.
fn stock(netsuite: &NetSuite) -> BTreeMap<i64, i64> {
    let mut stock = BTreeMap::new();
    for line in documents(netsuite, "IA").iter().flat_map(lines) {
        let moved: Quantity = line["quantity"].as_str().unwrap().parse().unwrap();
        assert_eq!(moved.units() % PIECE, 0, "{line:#}");
        *stock.entry(line["item"].as_i64().unwrap()).or_default() += moved.units() / PIECE;
    }
    stock
}

type Row = (i64, String, String, String);

fn row(account: i64, what: &str, debit: &str, credit: &str) -> Row {
    (account, what.to_owned(), debit.to_owned(), credit.to_owned())
}

/// The lines of the journal, and both sums.
fn journal_rows(journal: &Value) -> Vec<Row> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let money = |line: &Value, field: &str| {
        line[field].as_str().map_or_else(String::new, |text| amount(text).to_string())
    };
    let line = |line: &Value| {
        let account = line["account"].as_i64().unwrap();
        (account, text(line, "memo"), money(line, "debit"), money(line, "credit"))
    };
    let mut rows: Vec<Row> = lines(journal).map(line).collect();
    let sum = |side: fn(&Row) -> &str| {
        let amounts = rows.iter().map(side).filter(|text| !text.is_empty()).map(amount);
        amounts.fold(Amount::ZERO, |sum, each| sum.checked_add(each).unwrap()).to_string()
    };
    rows.push(row(0, "", &sum(|row| &row.2), &sum(|row| &row.3)));
    rows
}

fn goods(number: i32, item: &str, pieces: &str, price: &str) -> Line {
    Line { quantity: quantity(pieces), ..ticket::line(number, item, price) }
}

fn of_kind(kind: &str, price: &str) -> Line {
    Line { kind: kind.into(), item: None, ..ticket::line(1, "", price) }
}

fn card(brand: &str, paid: &str) -> Tender {
    Tender { brand: Some(brand.into()), ..ticket::tender("card", paid) }
}

fn of_program(program: &str, kind: &str, paid: &str) -> Tender {
    let account = StoredValue { program: program.into(), ..StoredValue::default() };
    Tender { stored_value: Some(account), ..ticket::tender(kind, paid) }
}

/// A ticket of the day, with the tax of all of it.
fn sold(sequence: i64, kind: &str, lines: Vec<Line>, tax: &str, tenders: Vec<Tender>) -> Transaction {
    let tax = ticket::added_tax("TX", tax);
    let taxes = if tax.amount.is_zero() { Vec::new() } else { vec![tax] };
    Transaction { lines, taxes, tenders, ..ticket::control(STORE, sequence, kind) }
}

/// Nine tickets, the report of the till, and the end of the day.
#[rustfmt::skip]
fn tickets() -> Vec<Transaction> {
    let promoted = Line { discounts: vec![ticket::promotion("4.00")], ..goods(1, "10", "2", "39.98") };
    let returned = Line { kind: "return".into(), ..goods(1, "20", "-1", "-5.49") };
    let change = Tender { change: amount("6.75"), ..ticket::cash("60.00") };
    let voided = sold(8, "sale", vec![goods(1, "10", "1", "9.99")], "0.82", vec![card("amex", "10.81")]);
    let void = sold(9, "post_void", vec![goods(1, "10", "-1", "-9.99")], "-0.82", vec![card("amex", "-10.81")]);
    let void_of = Link { kind: "void_of".into(), store: STORE.into(), register: "1".into(),
                         business_date: date("2026-03-14"), sequence: voided.sequence, ..Link::default() };
    vec![
        sold(1, "sale", vec![promoted, goods(2, "20", "1", "5.49")], "3.42", vec![card("visa", "44.89")]),
        sold(2, "sale", vec![of_kind("gift_card_sale", "50.00"), goods(2, "21", "1", "3.25")], "0", vec![change]),
        sold(3, "sale", vec![goods(1, "11", "1", "30.00")], "2.48",
             vec![of_program("gift_card", "gift_card", "20.00"), card("mastercard", "12.48")]),
        sold(4, "return", vec![returned], "-0.45", vec![card("visa", "-5.94")]),
        sold(5, "layaway", vec![of_kind("layaway_payment", "20.00")], "0", vec![ticket::cash("20.00")]),
        sold(6, "sale", vec![goods(1, "12", "1", "80.00")], "6.60",
             vec![of_program("layaway", "account", "30.00"), card("debit", "56.60")]),
        Transaction { reason: Some("postage".into()),
                      ..sold(7, "paid_out", vec![], "0", vec![ticket::cash("-12.50")]) },
        voided,
        Transaction { links: vec![void_of], ..void },
        Transaction { till_totals: Some(drawer()), ..ticket::control(STORE, 10, "till_totals") },
        ticket::end_of_day(STORE, 11),
    ]
}

/// 200.00 at opening, 53.25 and 20.00 taken, 12.50 paid out, 260.00 counted.
fn drawer() -> TillTotals {
    let cash =
        TenderTotal { kind: "cash".into(), count: 2, amount: amount("73.25"), ..TenderTotal::default() };
    TillTotals {
        scope: "till".into(),
        opening_cash: Some(amount("200.00")),
        declared_cash: Some(amount("260.00")),
        paid_out: Some(amount("12.50")),
        tenders: vec![cash],
        ..TillTotals::default()
    }
}
