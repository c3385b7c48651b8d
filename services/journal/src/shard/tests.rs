//! The shard driven by encoded records, as the runtime drives it, without Kafka.
#![allow(clippy::unwrap_used)]

use domain::account_map::{AccountMap, Node};
use domain::identity::ContentHash;
use domain::number::Amount;
use domain::record::journal::JournalEntry;
use domain::record::sales::{
    Bucket, Close, Reclassification, Sale, SaleLine, SaleTax, SaleTender, SalesEvent, TicketId,
};
use domain::totals::TOTALS_MAX;
use prometheus::IntGauge;

use super::*;

pub(super) const MAP: &str = r#"
    lines_max = 3
    [accounts]
    120 = { type = "Bank" }
    400 = { type = "Income" }
    210 = { type = "OthCurrLiab" }
    [subsidiaries.US]
    tender_clearing = { default = "120" }
    coupon_receivable = { default = "120" }
    discount = { default = "400" }
    sales = { 10 = "400", 20 = "400", 30 = "400", service = "400", fee = "400", shipping = "400" }
    gift_card_liability = { default = "210" }
    third_party_payable = { default = "210" }
    store_credit_liability = { default = "210" }
    loyalty_liability = { default = "210" }
    bottle_deposit = { default = "210" }
    tips_payable = { default = "210" }
    charity_payable = { default = "210" }
    rounding = { default = "210" }
    paid_in = { default = "210" }
    paid_out = { default = "210" }
    returns = { default = "400" }
    layaway_deposit = { default = "210" }
    customer_deposit = { default = "210" }
    safe = { default = "210" }
    over_short = { default = "210" }
    tax_payable = { default = "210" }
    suspense = { default = "210" }
    inventory_adjustment = { default = "400" }
"#;

pub(super) fn counters() -> Counters {
    counters_and_gauges().0
}

/// Counters of a process, and its gauges in the order of a share.
fn counters_and_gauges() -> (Counters, Vec<IntGauge>) {
    testkit::metrics::with_gauges(|gauge| Counters::with(testkit::metrics::counter, gauge))
}

fn shown(gauges: &[IntGauge]) -> Vec<i64> {
    gauges.iter().map(IntGauge::get).collect()
}

pub(super) type Sent = Vec<(i32, Vec<u8>, Vec<u8>)>;
pub(super) type Changelog = Vec<(Vec<u8>, Option<Vec<u8>>)>;

pub(super) fn map(text: &str) -> AccountMap {
    let node: Node = toml::from_str(text).unwrap();
    AccountMap::read(&node).unwrap()
}

fn shard_under(map: AccountMap, adopted: Option<&str>) -> JournalShard {
    shard_of(map, adopted, counters())
}

fn shard_of(map: AccountMap, adopted: Option<&str>, counters: Counters) -> JournalShard {
    let coders = Coders::open(&Codecs::embedded()).unwrap();
    JournalShard::new(0, Arc::new(Accounts::new(map, None, adopted).unwrap()), coders, counters)
}

pub(super) fn shard() -> JournalShard {
    shard_under(map(MAP), None)
}

/// A shard under a map of two subsidiaries.
pub(super) fn shard_under_two() -> JournalShard {
    let due = "\n    due_from = { default = \"120\" }\n    due_to = { default = \"210\" }\n";
    let (head, us) = MAP.split_once("[subsidiaries.US]").unwrap();
    let map = format!("{head}[subsidiaries.US]{us}{due}[subsidiaries.CA]{us}{due}")
        .replace("lines_max = 3", "lines_max = 9");
    shard_under(self::map(&map), None)
}

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(super) fn bucket(version: i32) -> Bucket {
    Bucket { business_date: "2017-03-01".parse().unwrap(), window: 0, version }
}

pub(super) fn event(kind: &str) -> SalesEvent {
    SalesEvent { kind: kind.into(), store: "367".into(), ..SalesEvent::default() }
}

pub(super) fn sale(sequence: i64, role: &str, department: &str, value: &str) -> SalesEvent {
    let line = SaleLine {
        role: role.into(),
        department: Some(department.into()),
        amount: amount(value),
        ..SaleLine::default()
    };
    let tender = SaleTender {
        role: "tender_clearing".into(),
        kind: "cash".into(),
        brand: None,
        amount: amount(value),
        booked_in: None,
    };
    let sale = Sale {
        ticket: TicketId { register: "1".into(), sequence, ..TicketId::default() },
        bucket: bucket(1),
        kind: "sale".into(),
        content: ContentHash::from_bits(u64::MAX / 3).plus(ContentHash::from_bits(sequence.unsigned_abs())),
        currency: "USD".into(),
        subsidiary: "US".into(),
        books: true,
        lines: vec![line],
        tenders: vec![tender],
        ..Sale::default()
    };
    SalesEvent { sale: Some(sale), ..event("sale") }
}

fn counted(sequence: i64) -> SalesEvent {
    let mut event = sale(sequence, "sales", "10", "0");
    let sale = event.sale.as_mut().unwrap();
    (sale.books, sale.kind) = (false, "no_sale".into());
    (sale.currency, sale.subsidiary) = ("".into(), "".into());
    event
}

fn resolved(department: &str, value: &str) -> SalesEvent {
    let resolved = SaleLine {
        role: "sales".into(),
        department: Some(department.into()),
        amount: amount(value),
        ..SaleLine::default()
    };
    let moved = Reclassification {
        bucket: bucket(1),
        currency: "USD".into(),
        subsidiary: "US".into(),
        from_department: Some("10".into()),
        resolved,
        ..Reclassification::default()
    };
    SalesEvent { reclassification: Some(moved), ..event("reclassified") }
}

pub(super) fn close_of(events: &[SalesEvent]) -> SalesEvent {
    let sales = || events.iter().filter_map(|event| event.sale.as_ref());
    let close = Close {
        bucket: bucket(1),
        reason: "end_of_day".into(),
        count: i64::try_from(sales().count()).unwrap(),
        content: sales().map(|sale| sale.content).fold(ContentHash::default(), ContentHash::plus),
        currency: "USD".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        location_netsuite_id: "7".into(),
        ..Close::default()
    };
    SalesEvent { close: Some(close), ..event("close") }
}

pub(super) fn day() -> Vec<SalesEvent> {
    let mut events = vec![
        event("tick"),
        sale(1, "sales", "10", "5.49"),
        sale(2, "sales", "20", "3.25"),
        counted(3),
        sale(4, "suspense", "10", "12.52"),
        event("repeat"),
        resolved("30", "12.52"),
    ];
    events.push(close_of(&events));
    events
}

/// A day whose tickets are taxed.
pub(super) fn taxed_day() -> Vec<SalesEvent> {
    let mut events = day();
    for event in &mut events[1..3] {
        let sale = event.sale.as_mut().unwrap();
        let tax = SaleTax {
            code: "TX".into(),
            treatment: "taxable".into(),
            amount: amount("0.40"),
            ..SaleTax::default()
        };
        sale.lines[0].taxes = vec![tax];
        sale.tenders[0].amount = sale.tenders[0].amount.checked_add(amount("0.40")).unwrap();
    }
    events
}

/// Feeds events in one transaction, without ending it; returns the journals.
pub(super) fn feed(shard: &mut JournalShard, events: &[SalesEvent]) -> Result<Sent, Refusal> {
    let sent = offer(shard, events)?.into_iter().filter(|(topic, ..)| *topic == ENTRIES);
    let each = |(_, partition, key, value): (&str, i32, Vec<u8>, Vec<u8>)| {
        assert_eq!(partition, partition::of(&key, 12));
        (partition, key, value)
    };
    Ok(sent.map(each).collect())
}

/// As [`feed`]; returns all that is sent, with its topic.
pub(super) fn offer(
    shard: &mut JournalShard,
    events: &[SalesEvent],
) -> Result<Vec<(&'static str, i32, Vec<u8>, Vec<u8>)>, Refusal> {
    let encoder = Codecs::embedded().encoder::<SalesEvent>().unwrap();
    let mut sent = Vec::new();
    shard.begin();
    for (offset, event) in (0..).zip(events) {
        let value = encoder_bytes(&encoder, event);
        let record = Record {
            topic: SALES,
            partition: 0,
            offset,
            timestamp: None,
            key: Some(event.store.as_bytes()),
            value: Some(&value),
        };
        let mut out = Outputs::new(vec![(ENTRIES, 12), (TAXES, 12), (LEDGERS, 12)]);
        shard.process(&record, &mut out)?;
        let record = |(topic, partition, key, value): (&'static str, i32, &[u8], Option<&[u8]>)| {
            (topic, partition, key.to_vec(), value.unwrap().to_vec())
        };
        sent.extend(out.iter().map(record));
    }
    Ok(sent)
}

fn encoder_bytes(encoder: &Encoder<SalesEvent>, event: &SalesEvent) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoder.encode(event, &mut bytes).unwrap();
    bytes
}

pub(super) fn changelog(shard: &mut JournalShard) -> Changelog {
    let mut changes = Changes::default();
    shard.changes(&mut changes).unwrap();
    changes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect()
}

pub(super) fn documents(sent: &Sent) -> Vec<JournalEntry> {
    let decoder = Codecs::embedded().decoder::<JournalEntry>().unwrap();
    sent.iter().map(|(_, _, value)| decoder.decode(value).unwrap()).collect()
}

pub(super) fn restored(changelog: &Changelog) -> JournalShard {
    restored_to(shard(), changelog)
}

pub(super) fn restored_to(mut shard: JournalShard, changelog: &Changelog) -> JournalShard {
    for (key, value) in changelog {
        shard.restore(key, value.as_deref()).unwrap();
    }
    shard.restored().unwrap();
    shard
}

#[test]
fn a_close_makes_the_journal_of_its_bucket_and_forgets_it() {
    let mut shard = shard();
    let documents = documents(&feed(&mut shard, &day()).unwrap());
    let row = |entry: &JournalEntry| {
        let line = |line: &domain::record::journal::JournalLine| {
            let (side, amount) = line.debit.map_or(("Cr", line.credit), |debit| ("Dr", Some(debit)));
            format!("{side} {} {}", line.role, amount.unwrap())
        };
        (entry.id.clone(), entry.lines.iter().map(line).collect::<Vec<_>>())
    };
    let expected = [
        ("JE_367_20170301_0_1_US_USD_1", vec!["Dr tender_clearing 8.74", "Cr sales 5.49", "Cr sales 3.25"]),
        ("JE_367_20170301_0_1_US_USD_2", vec!["Dr tender_clearing 12.52", "Cr sales 12.52"]),
        ("JE_367_20170301_0_1_US_USD_3", vec!["Dr suspense 12.52", "Cr suspense 12.52"]),
    ];
    let expected =
        expected.map(|(id, lines)| (id.to_owned(), lines.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!(documents.iter().map(row).collect::<Vec<_>>(), expected);
    assert_eq!((documents[0].tickets, documents[0].parts), (4, 3));
    shard.commit();
    assert!(shard.state().buckets.is_empty());
}

#[test]
fn after_an_abort_the_same_input_gives_the_same_bytes() {
    let (mut once, mut twice) = (shard(), shard());
    let day = day();
    let (morning, evening) = day.split_at(4);
    for shard in [&mut once, &mut twice] {
        assert!(feed(shard, morning).unwrap().is_empty());
        shard.commit();
    }
    let before = twice.state().clone();
    feed(&mut twice, evening).unwrap();
    twice.abort();
    assert_eq!(twice.state(), &before);
    let (left, right) = (feed(&mut once, evening).unwrap(), feed(&mut twice, evening).unwrap());
    assert_eq!(left, right);
    assert_eq!(changelog(&mut once), changelog(&mut twice));
}

/// Wherever transactions end, a shard that restores what they wrote holds the same state and goes on to
/// the same documents.
#[test]
fn a_restored_shard_is_the_shard_that_was() {
    let day = taxed_day();
    let whole = offer(&mut shard(), &day).unwrap();
    for cut in 0..=day.len() {
        let (head, tail) = day.split_at(cut);
        let mut first = shard();
        let mut sent = offer(&mut first, head).unwrap();
        let written = changelog(&mut first);
        assert_eq!(written.iter().filter(|(key, _)| key == b"account_map/").count(), 1);
        first.commit();
        let mut second = restored(&written);
        assert_eq!(second.state(), first.state());
        assert!(changelog(&mut second).is_empty());
        sent.extend(offer(&mut second, tail).unwrap());
        assert_eq!(sent, whole, "cut at {cut}");
    }
}

/// A sale of so many departments, which is as many totals and one for the tender.
fn broad(sequence: i64, departments: usize) -> SalesEvent {
    let mut event = sale(sequence, "sales", "10", "1");
    let sale = event.sale.as_mut().unwrap();
    sale.tenders[0].amount = amount(&departments.to_string());
    let line = sale.lines[0].clone();
    let lines = (0..departments)
        .map(|number| SaleLine { department: Some(number.to_string().into()), ..line.clone() });
    sale.lines = lines.collect();
    event
}

#[test]
fn gauges_show_the_open_buckets_of_all_shards_as_they_are_committed() {
    let (counters, gauges) = counters_and_gauges();
    let start = || shard_of(map(MAP), None, counters.clone());
    let (mut one, mut other) = (start(), start());
    let mut second = sale(5, "sales", "10", "1.00");
    second.sale.as_mut().unwrap().bucket = bucket(2);
    let day = day();
    feed(&mut one, &day[..3]).unwrap();
    assert_eq!(shown(&gauges), [0, 0, 0, 0], "an open transaction shows nothing");
    one.abort();
    assert_eq!(shown(&gauges), [0, 0, 0, 0], "nor does one that is aborted");
    one.commit();
    assert_eq!(shown(&gauges), [0, 0, 0, 0], "and what was aborted is in no gauge after the next commit");
    feed(&mut one, &day[..3]).unwrap();
    feed(&mut one, &[second]).unwrap();
    let written = changelog(&mut one);
    one.commit();
    assert_eq!(shown(&gauges), [2, 5, 0, 0], "two departments and the tender, one department and the tender");
    feed(&mut other, &[sale(1, "sales", "10", "1.00")]).unwrap();
    other.commit();
    assert_eq!(shown(&gauges), [3, 7, 0, 0], "the shards of a process add up");
    drop(one);
    assert_eq!(shown(&gauges), [1, 2, 0, 0], "a shard that is taken away takes its share along");

    let mut next = start();
    for (key, value) in &written {
        next.restore(key, value.as_deref()).unwrap();
    }
    next.restored().unwrap();
    assert_eq!(shown(&gauges), [3, 7, 0, 0], "what was restored is shown before anything is committed");
    feed(&mut next, &[close_of(&day[..3])]).unwrap();
    next.commit();
    assert_eq!(shown(&gauges), [2, 4, 0, 0], "a closed bucket is gone");
    let card = [sale(6, "gift_card_liability", "10", "1.00")];
    feed(&mut next, &card).unwrap();
    feed(&mut next, &[close_of(&card)]).unwrap();
    next.commit();
    assert_eq!(shown(&gauges), [2, 4, 0, 1], "what its gift cards left owing stays");
}

#[test]
fn a_bucket_that_comes_near_its_limit_is_shown() {
    let (counters, gauges) = counters_and_gauges();
    let mut shard = shard_of(map(MAP), None, counters);
    for (sequence, departments, wide) in [(1, TOTALS_MAX / 2 - 1, 0), (2, TOTALS_MAX / 2, 1)] {
        feed(&mut shard, &[broad(sequence, departments)]).unwrap();
        shard.commit();
        let totals = i64::try_from(departments + 1).unwrap();
        assert_eq!(shown(&gauges), [1, totals, wide, 0], "{departments} departments and the tender");
    }
}

#[test]
fn a_closed_bucket_leaves_a_tombstone() {
    let mut shard = shard();
    let day = day();
    feed(&mut shard, &day[..4]).unwrap();
    shard.commit();
    feed(&mut shard, &day[4..]).unwrap();
    assert_eq!(changelog(&mut shard), [(b"bucket/367/2017-03-01/0/1".to_vec(), None)]);
}

#[test]
fn what_must_not_be_posted_stops_the_service() {
    let good = [sale(1, "sales", "10", "5.00")];
    let close = |change: fn(&mut Close)| {
        let mut event = close_of(&good);
        change(event.close.as_mut().unwrap());
        event
    };
    let other = |change: fn(&mut Sale)| {
        let mut event = sale(2, "sales", "10", "5.00");
        change(event.sale.as_mut().unwrap());
        event
    };
    for (event, problem) in [
        (close(|close| close.count = 2), "closes with 2 tickets of content"),
        (close(|close| close.content = ContentHash::default()), "but 1 of content"),
        (close(|close| close.currency = "MXN".into()), "books US in USD and is offered US in MXN"),
        (close(|close| close.bucket.version = 2), "but 0 of content 0000000000000000 were read"),
        (other(|sale| sale.currency = "MXN".into()), "books US in USD and is offered US in MXN"),
        (
            other(|sale| sale.tenders.clear()),
            "ticket 2 of register 1 epoch 0 cannot be booked: debits of 0.00 and",
        ),
        (other(|sale| sale.lines[0].role = "giveaway".into()), "`giveaway` is no role of a journal"),
        (SalesEvent { kind: "refund".into(), ..other(|_| ()) }, "carries money, and its kind is not known"),
        (event("sale"), "does not carry what its kind promises"),
    ] {
        let mut shard = shard();
        feed(&mut shard, &good).unwrap();
        shard.commit();
        let refusal = feed(&mut shard, &[event]).unwrap_err();
        assert!(matches!(refusal, Refusal::Stop(_)));
        let text = refusal.to_string();
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn a_department_without_an_account_stops_at_the_close_and_says_what_to_add() {
    let mut events = vec![sale(1, "sales", "99", "5.00")];
    events.push(close_of(&events));
    let text = feed(&mut shard(), &events).unwrap_err().to_string();
    assert!(text.contains("bucket 367/2017-03-01/0/1: no account for role `sales`, key `99`,"), "{text}");
}

#[test]
fn state_under_a_map_that_is_not_there_is_refused_until_a_person_adopts_the_one_that_is() {
    let mut old = shard();
    feed(&mut old, &day()[..3]).unwrap();
    let written = changelog(&mut old);
    let changed = map(&MAP.replace("lines_max = 3", "lines_max = 9"));
    for (adopted, may) in [(None, false), (Some(changed.hash()), true)] {
        let mut shard = shard_under(changed.clone(), adopted);
        for (key, value) in &written {
            shard.restore(key, value.as_deref()).unwrap();
        }
        let outcome = shard.restored();
        assert_eq!(outcome.is_ok(), may);
        if let Err(refused) = outcome {
            assert!(refused.to_string().contains(&format!("--adopt-account-map {}", changed.hash())));
            continue;
        }
        shard.begin();
        let taken = changelog(&mut shard);
        assert_eq!(taken.len(), 1, "the new hash is written with the next transaction");
        shard.commit();
        assert_eq!(shard.state().account_map(), Some(changed.hash()));
        let rest = day().split_off(3);
        assert_eq!(documents(&feed(&mut shard, &rest).unwrap())[0].account_map, changed.hash());
    }
}

#[test]
fn bytes_that_are_no_event_stop_the_service() {
    let mut shard = shard();
    for value in [None, Some(&b"not framed"[..])] {
        let record = Record { topic: SALES, partition: 3, offset: 9, timestamp: None, key: None, value };
        let refusal =
            shard.process(&record, &mut Outputs::new(vec![(ENTRIES, 12), (TAXES, 12)])).unwrap_err();
        assert!(matches!(refusal, Refusal::Stop(_)), "{refusal}");
    }
    assert!(shard.restore(b"what/ever", None).is_err());
    assert!(shard.restore(b"bucket/1", Some(b"not framed")).is_err());
}
