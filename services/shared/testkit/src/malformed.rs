//! Records that must end in quarantine, each with every reason it must be quarantined for.
//!
//! One table for the shard's own test and for the room that sends them through a real Kafka. Stores and
//! items are those of [`stores`] and [`items`], the tick at [`crate::ticket::ENDED_AT`] or later, and business
//! dates are accepted from 2026-01-01 on.

use std::collections::BTreeSet;

use domain::number::Rate;
use domain::partition;
use domain::record::pos::{
    Discount, ForeignCurrency, Link, StoredValue, TenderTotal, TillTotals, Transaction,
};
use domain::record::quarantine::Quarantined;
use domain::record::reference::{Item, Store};
use wire::Subject;
use wire::catalog::catalog;

use crate::ticket::{added_tax, cash, control, line, promotion, sale, tender};
use crate::{amount, date, master, quantity};

/// Bytes of a body that are kept in quarantine.
const BODY_KEPT: usize = 512 * 1024;

/// The kinds of their events; the first is a reason as well.
const UNREADABLE: &str = "unreadable";
const QUARANTINED: &str = "quarantined";

/// What no envelope may show: the card numbers of the table.
const CARDS: [&str; 2] = ["4111 1111 1111 1111", "5500005555555559"];

/// A record to offer, and what must become of it.
#[derive(Debug, Clone)]
pub struct Malformed {
    /// What is wrong, for the reader of a failed test.
    pub name: String,
    /// Record key.
    pub key: Vec<u8>,
    /// Record value.
    pub value: Option<Vec<u8>>,
    /// The partition it is written to; `None` for the one its store belongs to.
    pub partition: Option<i32>,
    /// The kind of its event: `unreadable` where no store can be named, else `quarantined`.
    pub kind: &'static str,
    /// Codes of every reason, in alphabetical order, without repetition.
    pub codes: Vec<&'static str>,
}

/// One change to a good ticket, and the codes of every reason it must give.
type Spoilt = (&'static str, &'static [&'static str], fn(&mut Transaction));

const SPOILT: &[Spoilt] = &[
    ("unknown store", &["unknown_store"], |ticket| ticket.store = "999".into()),
    ("unknown store, in a currency that is none", &["unknown_store", "unknown_currency"], |ticket| {
        (ticket.store, ticket.currency) = ("999".into(), "PESO".into());
    }),
    ("unknown store and no balance", &["unknown_store", "out_of_balance"], |ticket| {
        ticket.store = "999".into();
        ticket.tenders[0].amount = amount("3.00");
    }),
    ("store name with an underscore", &["unknown_store"], |ticket| ticket.store = "10_1".into()),
    ("register without a name", &["bad_name"], |ticket| ticket.register = "".into()),
    ("register with a bar", &["bad_name"], |ticket| ticket.register = "1|2".into()),
    ("number below zero", &["negative_sequence"], |ticket| ticket.sequence = -1),
    ("date of long ago", &["business_date_out_of_range"], |ticket| ticket.business_date = date("2025-01-01")),
    ("date far ahead", &["business_date_out_of_range"], |ticket| ticket.business_date = date("2099-01-01")),
    ("date before the store was live", &["before_go_live"], |ticket| {
        ticket.store = LATER.into();
        ticket.business_date = date("2026-02-01");
    }),
    ("an end that no till has reached", &["time_out_of_range"], |ticket| {
        ticket.store = HOURLY.into();
        ticket.ended_at.0 += 5 * 86_400_000;
    }),
    ("epoch that the store states and the ticket does not", &["epoch_missing"], |ticket| {
        ticket.store = STATING.into();
    }),
    ("the number of another ticket", &["conflict"], |ticket| {
        ticket.sequence = 0;
        ticket.lines[0].amount = amount("4.50");
        ticket.tenders[0].amount = amount("4.50");
    }),
    ("unknown currency", &["unknown_currency"], |ticket| ticket.currency = "ABC".into()),
    ("currency without minor unit", &["unknown_currency"], |ticket| ticket.currency = "XXX".into()),
    ("currency of another country", &["currency_not_of_store"], |ticket| ticket.currency = "MXN".into()),
    ("three decimals in dollars", &["wrong_scale"], |ticket| {
        ticket.lines[0].amount = amount("3.505");
        ticket.tenders[0].amount = amount("3.505");
    }),
    ("paid too little", &["out_of_balance"], |ticket| ticket.tenders[0].amount = amount("3.00")),
    ("not paid at all", &["out_of_balance"], |ticket| ticket.tenders.clear()),
    ("discount forgotten in what was paid", &["out_of_balance"], |ticket| {
        ticket.lines[0].discounts = vec![promotion("0.50")];
    }),
    ("discount of a line that is not there", &["misplaced"], |ticket| {
        ticket.discounts = vec![Discount { lines: vec![9], ..promotion("0.50") }];
        ticket.tenders[0].amount = amount("3.00");
    }),
    ("discount of a sale with the sign of a return", &["misplaced"], |ticket| {
        ticket.discounts = vec![promotion("-0.50")];
        ticket.tenders[0].amount = amount("4.00");
    }),
    ("discount of the ticket forgotten in what was paid", &["out_of_balance"], |ticket| {
        ticket.discounts = vec![promotion("0.50")];
    }),
    ("tax forgotten in what was paid", &["out_of_balance"], |ticket| {
        ticket.lines[0].taxes = vec![added_tax("NY", "0.29")];
    }),
    ("a deposit without the tax that is due with it", &["deposit_tax_missing"], |ticket| {
        (ticket.store, ticket.kind) = (COLLECTING.into(), "layaway".into());
        (ticket.lines[0].kind, ticket.lines[0].item) = ("layaway_payment".into(), None);
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
    ("larger than a ticket may be", &["text_too_long", "too_large"], |ticket| {
        ticket.note = Some("x".repeat(600_000).into());
    }),
    ("more mistakes than are kept", &["more_reasons", "wrong_scale"], |ticket| {
        ticket.lines = (1..=300).map(|number| line(number, "milk", "0.005")).collect();
        ticket.tenders = vec![cash("1.50")];
    }),
    ("note too long", &["text_too_long"], |ticket| ticket.note = Some("x".repeat(2_001).into())),
    ("discount of no kind", &["text_empty"], |ticket| {
        ticket.lines[0].discounts = vec![promotion("0.50")];
        ticket.lines[0].discounts[0].kind = "".into();
        ticket.tenders[0].amount = amount("3.00");
    }),
    ("card number in the note", &["card_number"], |ticket| {
        ticket.note = Some("paid with 4111 1111 1111 1111".into());
    }),
    ("card number as a description", &["card_number"], |ticket| {
        ticket.lines[0].description = Some("5500005555555559".into());
    }),
    ("amount beyond any ticket", &["amount_out_of_range"], |ticket| {
        ticket.lines[0].amount = amount("99999999999999.99");
        ticket.tenders[0].amount = amount("99999999999999.99");
    }),
    ("what is taxed beyond any ticket", &["amount_out_of_range"], |ticket| {
        ticket.lines[0].taxes = vec![added_tax("NY", "0.00"); 2];
        ticket.lines[0].taxes.iter_mut().for_each(|tax| tax.base = Some(amount("60000000000")));
    }),
    ("quantity beyond any ticket", &["quantity_out_of_range"], |ticket| {
        ticket.lines[0].quantity = quantity("1000001");
    }),
    ("totals of a till on a sale", &["till_totals_misplaced"], |ticket| {
        ticket.till_totals = Some(TillTotals { scope: "till".into(), ..TillTotals::default() });
    }),
    ("till report without totals", &["till_totals_misplaced"], |ticket| {
        *ticket = control(&ticket.store, ticket.sequence, "till_totals");
    }),
    ("cash counted twice in one drawer", &["till_totals_misplaced"], |ticket| {
        *ticket = control(&ticket.store, ticket.sequence, "till_totals");
        let counted = Some(amount("260.00"));
        let cash = TenderTotal { kind: "cash".into(), declared: counted, ..TenderTotal::default() };
        ticket.till_totals = Some(TillTotals {
            scope: "till".into(),
            opening_cash: Some(amount("200.00")),
            declared_cash: counted,
            tenders: vec![cash],
            ..TillTotals::default()
        });
    }),
    ("a void of what was never sold", &["void_of_unbooked"], |ticket| void_of(ticket, 999_999)),
    ("a void of nothing", &["void_of_nothing"], |ticket| {
        void_of(ticket, 999_999);
        ticket.links.clear();
    }),
    ("money on a sign-on", &["money_on_control"], |ticket| ticket.kind = "sign_on".into()),
    ("money on a transfer", &["money_on_control", "stock_movement"], |ticket| {
        ticket.kind = "transfer".into()
    }),
    ("goods on a safe drop", &["cash_movement"], |ticket| ticket.kind = "safe_drop".into()),
    ("goods back without a minus", &["return_above_zero"], |ticket| ticket.lines[0].kind = "return".into()),
    ("a return that sells", &["nothing_returned"], |ticket| ticket.kind = "return".into()),
    ("goods laid away and paid at once", &["out_of_balance"], |ticket| ticket.kind = "layaway".into()),
    ("goods kept on a sale", &["misplaced"], |ticket| ticket.lines[0].kind = "reserve".into()),
    ("goods that are not named", &["item_missing"], |ticket| {
        (ticket.lines[0].item, ticket.lines[0].barcode) = (None, None);
    }),
    ("a void that repeats nothing", &["void_not_repeated", "void_of_unbooked"], |ticket| {
        void_of(ticket, 999_999);
        (ticket.lines, ticket.tenders, ticket.total) = (Vec::new(), Vec::new(), None);
    }),
    ("a kind nobody knows", &["unknown_word"], |ticket| ticket.kind = "teleport".into()),
    ("more tax inside the price than it is", &["tax_not_contained"], |ticket| {
        ticket.lines[0].taxes = vec![added_tax("IVA", "3.51")];
        ticket.lines[0].taxes[0].included = true;
        ticket.lines[0].taxes[0].rate = Some(Rate::from_units(160_000).unwrap());
    }),
    ("more tax inside the ticket than it is", &["tax_not_contained"], |ticket| {
        ticket.taxes = vec![added_tax("IVA", "3.51")];
        ticket.taxes[0].included = true;
    }),
    ("a line returned", &["misplaced"], |ticket| {
        ticket.lines[0].amount = amount("-3.50");
        ticket.lines[0].quantity = quantity("-1");
        ticket.tenders[0].amount = amount("-3.50");
    }),
    ("a line of a transfer", &["misplaced"], |ticket| ticket.lines[0].kind = "transfer".into()),
    ("on an account of points", &["unknown_word"], |ticket| {
        ticket.tenders = vec![tender("account", "3.50")];
        ticket.tenders[0].stored_value =
            Some(StoredValue { program: "points".into(), ..StoredValue::default() });
    }),
    ("foreign cash of no currency", &["unknown_currency"], |ticket| {
        ticket.tenders = vec![tender("foreign_cash", "3.50")];
        ticket.tenders[0].foreign =
            Some(ForeignCurrency { currency: "ZZZ".into(), ..ForeignCurrency::default() });
    }),
    ("a link to an earlier ticket", &["misplaced"], |ticket| {
        ticket.links = vec![Link { kind: "return_of".into(), store: "101".into(), ..Link::default() }];
    }),
    ("shipped from a place nobody knows", &["unknown_store"], |ticket| {
        ticket.lines[0].fulfilment = Some("ship_from_store".into());
        ticket.lines[0].fulfilment_location = Some("999".into());
    }),
    (
        "everything at once",
        &["currency_not_of_store", "out_of_balance", "total_differs", "unknown_word"],
        |ticket| {
            ticket.currency = "MXN".into();
            ticket.tenders[0].kind = "shells".into();
            ticket.total = Some(amount("1.00"));
            ticket.tenders[0].amount = amount("2.00");
        },
    ),
];

/// A store that was live only after the beginning of its dates.
const LATER: &str = "103";
/// A store with windows of an hour.
const HOURLY: &str = "104";
/// A store that states its epochs.
const STATING: &str = "105";

/// A store whose deposits are taxed when they are taken.
const COLLECTING: &str = "106";

/// The stores that must be known; 999 must not be.
#[must_use]
pub fn stores() -> Vec<Store> {
    let mut later = master::store(LATER);
    later.go_live = Some(date("2026-03-01"));
    let mut hourly = master::store(HOURLY);
    hourly.window_minutes = 60;
    let mut stating = master::store(STATING);
    stating.sequence_epochs = "stated".to_owned();
    let mut collecting = master::store(COLLECTING);
    collecting.deposit_tax = Some("when_collected".to_owned());
    vec![master::store("101"), master::store("102"), later, hourly, stating, collecting]
}

/// The items that must be known.
#[must_use]
pub fn items() -> Vec<Item> {
    vec![master::item("milk", "10")]
}

/// A good ticket to stand before the bad record of that place, from 0: number 0 must be booked before the
/// first of them, since one is a conflict with it.
#[must_use]
pub fn good(place: i64) -> Transaction {
    sale("101", place, "3.50")
}

/// The schema of a stranger, whose amounts have two decimals.
///
/// # Panics
/// When the schema of a transaction is not embedded.
#[must_use]
pub fn stranger_schema() -> String {
    let newest = catalog().expect("a catalog").subject(Transaction::SUBJECT).expect("its subject").newest();
    let text = newest.expect("a version").text;
    let other = text.replace("\"scale\": 4", "\"scale\": 2");
    assert_ne!(other, text, "the schema has amounts of four decimals");
    other
}

impl Malformed {
    /// The partition it is written to, of `partitions`.
    #[must_use]
    pub fn partition_of(&self, partitions: i32) -> i32 {
        self.partition.unwrap_or_else(|| partition::of(&self.key, partitions))
    }

    /// Holds what became of it to what must: every reason and no other, the body whole or cut, and no card.
    /// `besides` names a reason that where it was offered adds.
    ///
    /// # Panics
    /// When it does not.
    pub fn check(&self, envelope: &Quarantined, besides: &[&'static str]) {
        let name = &self.name;
        let codes: BTreeSet<&str> = envelope.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let expected: BTreeSet<&str> = self.codes.iter().chain(besides).copied().collect();
        assert_eq!(codes, expected, "{name}: {:?}", envelope.reasons);
        assert!(envelope.reasons.iter().all(|reason| !reason.detail.is_empty()), "{name}");
        let body = self.value.as_deref().unwrap_or_default();
        assert_eq!(usize::try_from(envelope.body_length), Ok(body.len()), "{name}");
        assert_eq!(envelope.cut, body.len() > BODY_KEPT, "{name}");
        assert_eq!(envelope.masked, self.codes.contains(&"card_number"), "{name}");
        let kept = envelope.body.as_ref().map(|body| body.0.as_slice());
        assert_eq!(
            kept.map(<[u8]>::len),
            self.value.as_ref().map(|body| body.len().min(BODY_KEPT)),
            "{name}"
        );
        let shown = format!("{:?}", envelope.reasons) + &String::from_utf8_lossy(kept.unwrap_or_default());
        assert!(CARDS.iter().all(|card| !shown.contains(card)), "{name} shows a card number");
    }
}

/// The records of a partition of `partitions`: `encode` frames a transaction under its schema, numbers
/// start at `sequence`, and `stranger` is the id of [`stranger_schema`].
pub fn records(
    sequence: i64,
    partitions: i32,
    stranger: u32,
    mut encode: impl FnMut(&Transaction) -> Vec<u8>,
) -> Vec<Malformed> {
    let mut records: Vec<Malformed> = (sequence..)
        .zip(SPOILT)
        .map(|(number, (name, codes, spoil))| {
            let mut ticket = sale("101", number, "3.50");
            spoil(&mut ticket);
            // A spoilt number must not become another one's repeat.
            let value = Some(encode(&ticket));
            // A store that cannot stand in a document id is none that can be named.
            let kind = if ticket.store.contains('_') { UNREADABLE } else { QUARANTINED };
            let (name, key) = ((*name).to_owned(), ticket.store.as_bytes().to_vec());
            Malformed { name, key, value, partition: None, kind, codes: codes.to_vec() }
        })
        .collect();
    let good = encode(&sale("101", sequence + 1_000, "3.50"));
    let raw = |name: &str, value: Option<Vec<u8>>| Malformed {
        name: name.to_owned(),
        key: b"101".to_vec(),
        value,
        partition: None,
        kind: UNREADABLE,
        codes: vec![UNREADABLE],
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
        raw("decimals of another scale", Some(framed(stranger, &good))),
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
            key: other.as_bytes().to_vec(),
            value: Some(encode(&sale(other, sequence + 1_001, "3.50"))),
            partition: Some(elsewhere),
            kind: QUARANTINED,
            codes: vec!["wrong_partition"],
        });
    }
    records.push(Malformed {
        name: "a key that is not the store".to_owned(),
        key: b"elsewhere".to_vec(),
        value: Some(encode(&sale("101", sequence + 1_002, "3.50"))),
        partition: Some(partition::of(b"101", partitions)),
        kind: QUARANTINED,
        codes: vec!["wrong_key"],
    });
    records
}

/// The same datum under another schema id.
fn framed(id: u32, bytes: &[u8]) -> Vec<u8> {
    [&[0], &id.to_be_bytes()[..], &bytes[5..]].concat()
}

/// Makes a ticket one that voids the number `of` of its register.
fn void_of(ticket: &mut Transaction, of: i64) {
    ticket.kind = "post_void".into();
    ticket.lines[0].amount = ticket.lines[0].amount.negated();
    ticket.lines[0].quantity = ticket.lines[0].quantity.negated();
    ticket.tenders[0].amount = ticket.tenders[0].amount.negated();
    ticket.links = vec![Link {
        kind: "void_of".into(),
        store: ticket.store.clone(),
        register: ticket.register.clone(),
        business_date: ticket.business_date,
        sequence: of,
        ..Link::default()
    }];
}
