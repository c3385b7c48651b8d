//! Records that must end in quarantine, each with every reason it must be quarantined for.
//!
//! One table for the shard's own test and for the room that sends them through a real Kafka.

use domain::number::Rate;
use domain::partition;
use domain::record::pos::{ForeignCurrency, Link, StoredValue, TillTotals, Transaction};

use crate::ticket::{added_tax, cash, control, line, promotion, sale, tender};
use crate::{amount, date, quantity};

/// A record to offer, and what must become of it.
#[derive(Debug, Clone)]
pub struct Malformed {
    /// What is wrong, for the reader of a failed test.
    pub name: String,
    /// Record key.
    pub key: Option<Vec<u8>>,
    /// Record value.
    pub value: Option<Vec<u8>>,
    /// The partition it is written to; `None` for the one its store belongs to.
    pub partition: Option<i32>,
    /// Codes of every reason, in alphabetical order, without repetition.
    pub codes: Vec<&'static str>,
}

/// One change to a good ticket, and the codes of every reason it must give.
type Spoilt = (&'static str, &'static [&'static str], fn(&mut Transaction));

const SPOILT: &[Spoilt] = &[
    ("unknown store", &["unknown_store"], |ticket| ticket.store = "999".to_owned()),
    ("store name with an underscore", &["unknown_store"], |ticket| ticket.store = "10_1".to_owned()),
    ("register without a name", &["bad_name"], |ticket| ticket.register = String::new()),
    ("register with a bar", &["bad_name"], |ticket| ticket.register = "1|2".to_owned()),
    ("number below zero", &["negative_sequence"], |ticket| ticket.sequence = -1),
    ("date of long ago", &["business_date_out_of_range"], |ticket| ticket.business_date = date("2025-01-01")),
    ("date two days ahead", &["business_date_out_of_range"], |ticket| {
        ticket.business_date = date("2026-03-16");
    }),
    ("unknown currency", &["unknown_currency"], |ticket| ticket.currency = "ABC".to_owned()),
    ("currency without minor unit", &["unknown_currency"], |ticket| ticket.currency = "XXX".to_owned()),
    ("currency of another country", &["currency_not_of_store"], |ticket| ticket.currency = "MXN".to_owned()),
    ("three decimals in dollars", &["wrong_scale"], |ticket| {
        ticket.lines[0].amount = amount("3.505");
        ticket.tenders[0].amount = amount("3.505");
    }),
    ("paid too little", &["out_of_balance"], |ticket| ticket.tenders[0].amount = amount("3.00")),
    ("not paid at all", &["out_of_balance"], |ticket| ticket.tenders.clear()),
    ("discount forgotten in what was paid", &["out_of_balance"], |ticket| {
        ticket.lines[0].discounts = vec![promotion("0.50")];
    }),
    ("tax forgotten in what was paid", &["out_of_balance"], |ticket| {
        ticket.lines[0].taxes = vec![added_tax("NY", "0.29")];
    }),
    ("total that is not the sum", &["total_differs"], |ticket| ticket.total = Some(amount("3.49"))),
    ("negative change", &["out_of_balance", "wrong_sign"], |ticket| {
        ticket.tenders[0].change = amount("-1.00")
    }),
    ("two lines of one number", &["duplicate_line"], |ticket| {
        ticket.lines.push(line(1, "milk", "1.00"));
        ticket.tenders[0].amount = amount("4.50");
    }),
    ("line number below zero", &["bad_line_number"], |ticket| ticket.lines[0].line = -4),
    ("too many lines", &["too_many"], |ticket| {
        ticket.lines = (1..=1_001).map(|number| line(number, "milk", "0.01")).collect();
        ticket.tenders = vec![cash("10.01")];
    }),
    ("note too long", &["text_too_long"], |ticket| ticket.note = Some("x".repeat(2_001))),
    ("discount of no kind", &["text_empty"], |ticket| {
        ticket.lines[0].discounts = vec![promotion("0.50")];
        ticket.lines[0].discounts[0].kind = String::new();
        ticket.tenders[0].amount = amount("3.00");
    }),
    ("card number in the note", &["card_number"], |ticket| {
        ticket.note = Some("paid with 4111 1111 1111 1111".to_owned());
    }),
    ("card number as a description", &["card_number"], |ticket| {
        ticket.lines[0].description = Some("5500005555555559".to_owned());
    }),
    ("amount beyond any ticket", &["amount_out_of_range"], |ticket| {
        ticket.lines[0].amount = amount("99999999999999.99");
        ticket.tenders[0].amount = amount("99999999999999.99");
    }),
    ("quantity beyond any ticket", &["quantity_out_of_range"], |ticket| {
        ticket.lines[0].quantity = quantity("1000001");
    }),
    ("totals of a till on a sale", &["till_totals_misplaced"], |ticket| {
        ticket.till_totals = Some(TillTotals { scope: "till".to_owned(), ..TillTotals::default() });
    }),
    ("till report without totals", &["till_totals_misplaced"], |ticket| {
        *ticket = control(&ticket.store, ticket.sequence, "till_totals");
    }),
    ("money on a sign-on", &["money_on_control"], |ticket| ticket.kind = "sign_on".to_owned()),
    ("a return", &["not_yet_booked"], |ticket| ticket.kind = "return".to_owned()),
    ("a kind nobody knows", &["not_yet_booked"], |ticket| ticket.kind = "teleport".to_owned()),
    ("training mode", &["not_yet_booked"], |ticket| ticket.training = true),
    ("cash rounding", &["not_yet_booked"], |ticket| {
        ticket.rounding = amount("0.05");
        ticket.tenders[0].amount = amount("3.55");
    }),
    ("tax inside the price", &["not_yet_booked"], |ticket| {
        ticket.lines[0].taxes = vec![added_tax("IVA", "0.48")];
        ticket.lines[0].taxes[0].included = true;
        ticket.lines[0].taxes[0].rate = Some(Rate::from_units(160_000).unwrap());
    }),
    ("a voided line", &["not_yet_booked"], |ticket| {
        ticket.lines.push(line(2, "milk", "1.00"));
        ticket.lines[1].voided = true;
    }),
    ("a line returned", &["not_yet_booked"], |ticket| {
        ticket.lines[0].amount = amount("-3.50");
        ticket.lines[0].quantity = quantity("-1");
        ticket.tenders[0].amount = amount("-3.50");
    }),
    ("a line of a layaway", &["not_yet_booked"], |ticket| {
        ticket.lines[0].kind = "layaway_payment".to_owned()
    }),
    ("a gift card redeemed", &["not_yet_booked"], |ticket| {
        ticket.tenders = vec![tender("gift_card", "3.50")];
        ticket.tenders[0].stored_value =
            Some(StoredValue { program: "gift_card".to_owned(), ..StoredValue::default() });
    }),
    ("foreign cash", &["not_yet_booked"], |ticket| {
        ticket.tenders = vec![tender("foreign_cash", "3.50")];
        ticket.tenders[0].foreign =
            Some(ForeignCurrency { currency: "CAD".to_owned(), ..ForeignCurrency::default() });
    }),
    ("a link to an earlier ticket", &["not_yet_booked"], |ticket| {
        ticket.links =
            vec![Link { kind: "return_of".to_owned(), store: "101".to_owned(), ..Link::default() }];
    }),
    ("shipped from another store", &["not_yet_booked"], |ticket| {
        ticket.lines[0].fulfilment = Some("ship_from_store".to_owned());
        ticket.lines[0].fulfilment_location = Some("102".to_owned());
    }),
    (
        "everything at once",
        &["currency_not_of_store", "not_yet_booked", "out_of_balance", "total_differs"],
        |ticket| {
            ticket.currency = "MXN".to_owned();
            ticket.training = true;
            ticket.total = Some(amount("1.00"));
            ticket.tenders[0].amount = amount("2.00");
        },
    ),
];

/// The records of a partition of `partitions`: `encode` frames a transaction under its schema, numbers
/// start at `sequence`. Store 101 must be known and 999 unknown, the tick at [`crate::ticket::ENDED_AT`].
pub fn records(
    sequence: i64,
    partitions: i32,
    mut encode: impl FnMut(&Transaction) -> Vec<u8>,
) -> Vec<Malformed> {
    let mut records: Vec<Malformed> = (sequence..)
        .zip(SPOILT)
        .map(|(number, (name, codes, spoil))| {
            let mut ticket = sale("101", number, "3.50");
            spoil(&mut ticket);
            // A spoilt number must not become another one's repeat.
            let value = Some(encode(&ticket));
            let key = Some(ticket.store.into_bytes());
            Malformed { name: (*name).to_owned(), key, value, partition: None, codes: codes.to_vec() }
        })
        .collect();
    let good = encode(&sale("101", sequence + 1_000, "3.50"));
    let raw = |name: &str, value: Option<Vec<u8>>| Malformed {
        name: name.to_owned(),
        key: Some(b"101".to_vec()),
        value,
        partition: None,
        codes: vec!["unreadable"],
    };
    let spoilt = |spoil: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        spoil(&mut bytes);
        Some(bytes)
    };
    records.extend([
        raw("no value", None),
        raw("empty value", Some(Vec::new())),
        raw("not framed", Some(b"{\"store\":\"101\"}".to_vec())),
        raw("unknown schema id", spoilt(|bytes| bytes[1..5].copy_from_slice(&[0x7f, 0xff, 0xff, 0xfe]))),
        raw("cut in the middle", spoilt(|bytes| bytes.truncate(bytes.len() / 2))),
        raw("only the frame", spoilt(|bytes| bytes.truncate(5))),
        raw("bytes left over", spoilt(|bytes| bytes.extend_from_slice(b"more"))),
        raw(
            "a text of two gigabytes",
            spoilt(|bytes| {
                bytes.splice(5..6, [0xfe, 0xff, 0xff, 0xff, 0x0f]);
            }),
        ),
        raw("noise", spoilt(|bytes| bytes[5..].fill(0xff))),
    ]);
    let other = "102";
    let elsewhere = (partition::of(other.as_bytes(), partitions) + 1) % partitions.max(1);
    if partitions > 1 {
        records.push(Malformed {
            name: "another partition's store".to_owned(),
            key: Some(other.as_bytes().to_vec()),
            value: Some(encode(&sale(other, sequence + 1_001, "3.50"))),
            partition: Some(elsewhere),
            codes: vec!["wrong_partition"],
        });
    }
    records.push(Malformed {
        name: "a key that is not the store".to_owned(),
        key: Some(b"elsewhere".to_vec()),
        value: Some(encode(&sale("101", sequence + 1_002, "3.50"))),
        partition: Some(partition::of(b"101", partitions)),
        codes: vec!["wrong_key"],
    });
    records
}
