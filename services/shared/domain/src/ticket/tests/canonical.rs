//! The content hash: golden values, and that every field but `sent_at` is in it.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::record::pos::{Discount, FiscalDocument, Line, Tax, Tender, TenderTotal};
use crate::text::Text;

fn text(text: &str) -> Option<Text> {
    Some(text.into())
}

fn full_stored_value() -> StoredValue {
    StoredValue {
        program: "gift_card".into(),
        account: text("tok-1"),
        last4: text("0042"),
        issuer: text("other"),
    }
}

fn full_link() -> Link {
    Link {
        kind: "return_of".into(),
        store: "102".into(),
        register: "R2".into(),
        business_date: date("2026-03-01"),
        sequence: 99,
        sequence_epoch: Some(2),
        line: Some(3),
    }
}

fn full_tax() -> Tax {
    Tax {
        jurisdiction: text("MX-CMX"),
        rate: Some("0.16".parse().unwrap()),
        base: Some(amount("35.98")),
        included: true,
        exemption: text("none"),
        ..tax("IVA16", "3.42")
    }
}

fn full_discount() -> Discount {
    Discount {
        code: text("P1"),
        reason: text("R"),
        authorised_by: text("op-2"),
        lines: vec![1, 2],
        ..discount("promotion", "4.00")
    }
}

fn full_line() -> Line {
    Line {
        barcode: text("7501"),
        description: text("Muñeca"),
        unit: text("EA"),
        unit_price: Some("19.99".parse().unwrap()),
        discounts: vec![full_discount()],
        taxes: vec![full_tax()],
        stored_value: Some(full_stored_value().into()),
        original: Some(full_link().into()),
        voided: true,
        entry: text("scanned"),
        serial: text("S1"),
        lot: text("L1"),
        disposition: text("resaleable"),
        fulfilment: text("pickup"),
        fulfilment_location: text("L102"),
        owner: text("K1"),
        reason: text("why"),
        ..line(1, "1", "2", "39.98")
    }
}

fn full_tender() -> Tender {
    Tender {
        cashback: amount("1"),
        tip: amount("2"),
        brand: text("visa"),
        last4: text("1111"),
        token: text("tok"),
        authorisation: text("A1"),
        reference: text("PSP1"),
        terminal: text("T1"),
        stored_value: Some(full_stored_value()),
        foreign: Some(ForeignCurrency {
            currency: "USD".into(),
            amount: amount("1.50"),
            exchange_rate: "17.25".parse().unwrap(),
        }),
        line: Some(2),
        ..tender("cash", "30.00", "5.60")
    }
}

fn full_till_totals() -> TillTotals {
    TillTotals {
        scope: "till".into(),
        transactions: 12,
        net_sales: amount("1"),
        returns: amount("2"),
        discounts: amount("3"),
        tax: amount("4"),
        opening_cash: Some(amount("5")),
        declared_cash: Some(amount("6")),
        grand_total: Some(amount("7")),
        tenders: vec![TenderTotal {
            kind: "card".into(),
            brand: text("visa"),
            count: 3,
            amount: amount("8"),
            declared: Some(amount("9")),
        }],
        loans: Some(amount("10")),
        pickups: Some(amount("11")),
        paid_in: Some(amount("12")),
        paid_out: Some(amount("13")),
        line_voids: Some(20),
        cancelled: Some(21),
        post_voids: Some(22),
        no_sales: Some(23),
    }
}

/// A transaction in which every field of every record holds something.
fn full() -> Transaction {
    Transaction {
        sequence_epoch: Some(1),
        begun_at: Some(Timestamp(1_773_499_900_000)),
        rounding: amount("0.05"),
        operator: text("op-1"),
        customer: text("cu-1"),
        channel: text("web"),
        training: true,
        offline: true,
        lines: vec![full_line(), sale().lines[1].clone()],
        tenders: vec![sale().tenders[0].clone(), full_tender()],
        taxes: vec![full_tax()],
        discounts: vec![full_discount()],
        links: vec![full_link()],
        till_totals: Some(full_till_totals()),
        fiscal: Some(FiscalDocument {
            kind: "cfdi".into(),
            key: "uuid".into(),
            status: "authorised".into(),
            recipient: text("XAXX010101000"),
        }),
        reason: text("reason"),
        note: text("note"),
        sent_at: Some(Timestamp(1_773_500_001_000)),
        ..sale()
    }
}

/// Hashes are in the state of running shards: a change here is a change of every ticket's identity.
#[test]
fn golden_values() {
    // Fields that were added later leave the hash of a ticket without them as it was.
    let mut shared_out = full();
    shared_out.discounts.clear();
    shared_out.lines[0].discounts[0].lines.clear();
    let mut before = shared_out.clone();
    before.till_totals = before.till_totals.map(|totals| TillTotals {
        loans: None,
        pickups: None,
        paid_in: None,
        paid_out: None,
        line_voids: None,
        cancelled: None,
        post_voids: None,
        no_sales: None,
        ..totals
    });
    for (name, transaction, hash) in [
        ("nothing", Transaction::default(), "af1349b9f5f9a1a6"),
        ("a plain sale", sale(), "ce774524bf47c114"),
        ("an end of day", control("business_eod"), "824c24c9f5b418e0"),
        ("every field of the first day", before, "35b7d0d2475bba07"),
        ("every field without discounts of the ticket", shared_out, "f7d6bdc29d0ad0b9"),
        ("every field", full(), "125e9d4a6cc607d1"),
    ] {
        assert_eq!(content_hash(&transaction).to_string(), hash, "{name}");
    }
}

/// The canonical form written out by hand, for one small ticket.
#[test]
fn the_form_is_as_described() {
    let transaction = Transaction {
        store: "7".into(),
        sequence: 300,
        rounding: amount("-0.01"),
        channel: Some("store".into()),
        lines: vec![Line {
            line: 1,
            fulfilment: Some("carry_out".into()),
            item: Some("".into()),
            ..Line::default()
        }],
        ..Transaction::default()
    };
    let form: &[u8] = &[
        1, 1, b'7', // store
        4, 0xd8, 0x04, // sequence 300, zigzag 600
        11, 0xc7, 0x01, // rounding of -100 smallest units, zigzag 199
        17, 1, // one line
        1, 2, // its number 1, zigzag 2
        3, 0, // an item that is there and empty
        0, // end of the line
    ];
    let first = *blake3::hash(form).as_bytes().first_chunk::<8>().unwrap();
    assert_eq!(content_hash(&transaction).bits(), u64::from_be_bytes(first));
}

#[test]
fn absent_is_default_and_sent_at_is_not_content() {
    let plain = content_hash(&sale());
    let same = |change: fn(&mut Transaction)| {
        let mut transaction = sale();
        change(&mut transaction);
        content_hash(&transaction) == plain
    };
    assert!(same(|t| t.sent_at = Some(Timestamp(1))));
    assert!(same(|t| t.channel = Some("store".into())));
    assert!(same(|t| t.lines[0].fulfilment = Some("carry_out".into())));
    assert!(same(|t| t.total = Some("44.4000".parse().unwrap())));
    assert!(!same(|t| t.lines[0].unit = Some("EA".into())), "a unit decides how a quantity converts");
    assert!(!same(|t| t.sequence_epoch = Some(0)));
    assert!(!same(|t| t.lines.swap(0, 1)));
    let read: Transaction =
        serde_json::from_value(strip_defaults(serde_json::to_value(sale()).unwrap())).unwrap();
    assert_eq!(content_hash(&read), plain);
}

/// Leaves out what an older writer would not send.
fn strip_defaults(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| {
                !value.is_null() && *value != Value::Bool(false) && *value != Value::Array(vec![])
            })
            .map(|(name, value)| (name, strip_defaults(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(strip_defaults).collect(),
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => leaf,
    }
}

/// Paths of every leaf, and of every optional or repeated part.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| paths(value, &format!("{at}/{name}"), found))
        }
        Value::Array(values) => {
            values
                .iter()
                .enumerate()
                .for_each(|(index, value)| paths(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Another value of the same type that a reader would take.
fn other(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::Number(number) => vec![(number.as_i64().unwrap() + 1).into(), 0.into()],
        Value::String(text) if text.parse::<Date>().is_ok() => vec!["2026-02-02".into()],
        Value::String(text) if text.parse::<Amount>().is_ok() && text.contains('.') => {
            vec!["0.50".into(), "0".into()]
        }
        Value::String(text) => vec![format!("{text}x").into(), "".into()],
        Value::Array(values) => {
            vec![Value::Array(vec![]), Value::Array([values.clone(), values.clone()].concat())]
        }
        Value::Object(_) | Value::Null => vec![],
    }
}

#[test]
fn every_field_but_sent_at_is_content() {
    let whole = serde_json::to_value(full()).unwrap();
    let plain = content_hash(&full());
    let mut found = Vec::new();
    paths(&whole, "", &mut found);
    let mut changes = 0;
    for path in &found {
        assert!(
            !whole.pointer(path).unwrap().is_null()
                || path.starts_with("/lines/1")
                || path.starts_with("/tenders/0"),
            "{path} holds nothing"
        );
        let mut others = other(whole.pointer(path).unwrap());
        others.push(Value::Null);
        for other in others {
            let mut changed = whole.clone();
            *changed.pointer_mut(path).unwrap() = other;
            // What is not optional cannot be null, and a name cannot be a date: nothing to compare then.
            let Ok(changed) = serde_json::from_value::<Transaction>(changed) else { continue };
            if changed == full() {
                continue;
            }
            changes += 1;
            assert_eq!(content_hash(&changed) == plain, path == "/sent_at", "{path}");
        }
    }
    assert!(found.len() > 130 && changes > 200, "{} {changes}", found.len());
}

proptest! {
    /// Texts and lists do not run into each other, whatever the pieces and however long.
    #[test]
    fn no_two_tickets_share_a_form(
        a in proptest::collection::vec("[ab\\x00\\x03]{0,3}", 0..4),
        b in proptest::collection::vec("[ab\\x00\\x03]{0,3}", 0..4),
        long in 0_usize..3_000,
    ) {
        let with = |texts: &[String]| Transaction {
            note: Some("x".repeat(long).into()),
            operator: texts.first().cloned().map(Into::into),
            customer: texts.get(1).cloned().map(Into::into),
            lines: texts.iter().map(|text| Line { kind: text.clone().into(), item: Some(text.clone().into()), ..Line::default() }).collect(),
            ..sale()
        };
        prop_assert_eq!(a == b, content_hash(&with(&a)) == content_hash(&with(&b)));
    }
}
