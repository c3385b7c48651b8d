//! The shard driven by encoded records, as the runtime drives it, without Kafka.
#![allow(clippy::unwrap_used)]

use domain::account_map::{AccountMap, Node};
use domain::calendar::Timestamp;
use domain::record::inventory::{Leg, MovementBucket};
use prometheus::IntGauge;

use super::*;

pub(super) const MAP: &str = r#"
    lines_max = 2
    [accounts]
    120 = { type = "Bank" }
    500 = { type = "COGS" }
    510 = { type = "Expense" }
    [subsidiaries.US]
    tender_clearing = { default = "120" }
    coupon_receivable = { default = "120" }
    discount = { default = "120" }
    sales = { default = "120" }
    gift_card_liability = { default = "120" }
    third_party_payable = { default = "120" }
    store_credit_liability = { default = "120" }
    loyalty_liability = { default = "120" }
    bottle_deposit = { default = "120" }
    tips_payable = { default = "120" }
    charity_payable = { default = "120" }
    rounding = { default = "120" }
    paid_in = { default = "120" }
    paid_out = { default = "120" }
    returns = { default = "120" }
    layaway_deposit = { default = "120" }
    customer_deposit = { default = "120" }
    safe = { default = "120" }
    over_short = { default = "120" }
    tax_payable = { default = "120" }
    suspense = { default = "120" }

    [subsidiaries.US.inventory_adjustment]
    sale = "500"
    return = "500"
    return_damaged = "500"
    return_vendor = "500"
    scrap = "500"
    transfer = "500"
    transfer_difference = "500"
    count = "500"
    damage = { account = "510", department = "4" }
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

pub(super) type Sent = Vec<(&'static str, i32, Vec<u8>, Vec<u8>)>;
pub(super) type Changelog = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn shard_under(map: &str, adopted: Option<&str>) -> InventoryShard {
    shard_of(map, adopted, counters())
}

fn shard_of(map: &str, adopted: Option<&str>, counters: Counters) -> InventoryShard {
    let node: Node = toml::from_str(map).unwrap();
    let accounts = Accounts::new(AccountMap::read(&node).unwrap(), None, adopted).unwrap();
    InventoryShard::new(0, Arc::new(accounts), Coders::open(&Codecs::embedded()).unwrap(), counters)
}

pub(super) fn shard() -> InventoryShard {
    shard_under(MAP, None)
}

pub(super) fn record(kind: &str, location: &str, version: i32) -> Movement {
    Movement {
        kind: kind.into(),
        movement: format!("{kind} at {location}").into(),
        location: location.into(),
        location_netsuite_id: "77".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        bucket: MovementBucket {
            store: "367".into(),
            business_date: "2017-03-01".parse().unwrap(),
            window: 0,
            version,
        },
        occurred_at: Timestamp(1_000),
        ..Movement::default()
    }
}

/// Rows of item, place, quantity, reason.
pub(super) fn movement(location: &str, rows: &[(&str, &str, &str, &str)]) -> Movement {
    let leg = |(item, place, quantity, reason): &(&str, &str, &str, &str)| Leg {
        item: (*item).into(),
        netsuite_item: format!("9{item}").into(),
        state: (*place).into(),
        quantity: quantity.parse().unwrap(),
        unit: "EA".into(),
        reason: (*reason).into(),
        ..Leg::default()
    };
    Movement { legs: rows.iter().map(leg).collect(), ..record(ledger::MOVE, location, 1) }
}

fn day() -> Vec<Movement> {
    let mut late = movement("L1", &[("1", "on_hand", "-4", "sale")]);
    late.bucket.version = 2;
    late.occurred_at = Timestamp(900);
    vec![
        movement(
            "L1",
            &[
                ("1", "on_hand", "-2", "sale"),
                ("1", "customer", "2", "sale"),
                ("2", "on_hand", "-1", "sale"),
                ("2", "customer", "1", "sale"),
                ("1", "on_hand", "-1", "sale"),
                ("1", "customer", "1", "sale"),
            ],
        ),
        movement("L2", &[("1", "on_hand", "-7", "sale")]),
        movement("L1", &[("3", "on_hand", "-0.473", "sale"), ("1", "damaged", "1", "damage")]),
        movement("L1", &[("2", "on_hand", "1", "sale"), ("1", "on_hand", "-1", "damage")]),
        late,
        record(ledger::CLOSE, "L1", 1),
        record(ledger::CLOSE, "L1", 1),
    ]
}

/// Feeds records in one transaction, without ending it.
pub(super) fn feed(shard: &mut InventoryShard, records: &[Movement]) -> Result<Sent, Refusal> {
    let encoder = Codecs::embedded().encoder::<Movement>().unwrap();
    let mut sent = Sent::new();
    shard.begin();
    for (offset, movement) in (0..).zip(records) {
        let mut value = Vec::new();
        encoder.encode(movement, &mut value).unwrap();
        let record = Record {
            topic: DELTAS,
            partition: 0,
            offset,
            timestamp: None,
            key: Some(movement.location.as_bytes()),
            value: Some(&value),
        };
        let mut out = Outputs::new(vec![(POSITIONS, 12), (ADJUSTMENTS, 5)]);
        shard.process(&record, &mut out)?;
        sent.extend(
            out.iter().map(|(topic, partition, key, value)| {
                (topic, partition, key.to_vec(), value.unwrap().to_vec())
            }),
        );
    }
    Ok(sent)
}

pub(super) fn changelog(shard: &mut InventoryShard) -> Changelog {
    let mut changes = Changes::default();
    shard.changes(&mut changes).unwrap();
    changes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect()
}

fn restored(changelog: &Changelog) -> InventoryShard {
    let mut shard = shard();
    for (key, value) in changelog {
        shard.restore(key, value.as_deref()).unwrap();
    }
    shard.restored().unwrap();
    shard
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn positions(sent: &Sent) -> Vec<String> {
    let decoder = Codecs::embedded().decoder::<Position>().unwrap();
    let row = |(_, partition, key, value): &(&str, i32, Vec<u8>, Vec<u8>)| {
        let position = decoder.decode(value).unwrap();
        assert_eq!(*partition, partition::of(position.location.as_bytes(), 12));
        let states: Vec<_> =
            position.states.iter().map(|held| format!("{} {}", held.state, held.quantity)).collect();
        format!("{} {}", text(key), states.join(", "))
    };
    sent.iter().filter(|(topic, ..)| *topic == POSITIONS).map(row).collect()
}

fn adjustments(sent: &Sent) -> Vec<Adjustment> {
    let decoder = Codecs::embedded().decoder::<Adjustment>().unwrap();
    let document = |(_, partition, key, value): &(&str, i32, Vec<u8>, Vec<u8>)| {
        let document = decoder.decode(value).unwrap();
        assert_eq!(text(key), document.family);
        assert_eq!(*partition, partition::of(key, 5));
        document
    };
    sent.iter().filter(|(topic, ..)| *topic == ADJUSTMENTS).map(document).collect()
}

#[test]
fn each_movement_shows_the_positions_it_left() {
    assert_eq!(
        positions(&feed(&mut shard(), &day()).unwrap()),
        [
            "L1_1 on_hand -3.00",
            "L1_2 on_hand -1.00",
            "L2_1 on_hand -7.00",
            "L1_3 on_hand -0.473",
            "L1_1 damaged 1.00, on_hand -3.00",
            "L1_2 on_hand 0.00",
            "L1_1 damaged 1.00, on_hand -4.00",
            "L1_1 damaged 1.00, on_hand -8.00",
        ]
    );
}

/// The damage of item 1 left on-hand and came to damaged, so nothing changed in all; item 2 came back.
#[test]
fn a_close_makes_the_adjustments_of_its_bucket_and_location() {
    let mut shard = shard();
    let sent = feed(&mut shard, &day()).unwrap();
    let row = |document: &Adjustment| {
        let line = |line: &domain::record::inventory::AdjustmentLine| {
            format!("{} {} {}", line.item, line.netsuite_item, line.quantity)
        };
        let lines: Vec<_> = document.lines.iter().map(line).collect();
        format!("{} {} {}", document.reason, document.account_netsuite_id, lines.join(", "))
    };
    let documents = adjustments(&sent);
    assert_eq!(documents.iter().map(row).collect::<Vec<_>>(), ["sale 500 1 91 -3.00, 3 93 -0.473"]);
    assert!(documents[0].id.starts_with("IA_367_20170301_0_1_L1_") && documents[0].id.ends_with("_1"));
    shard.commit();
    let left: Vec<_> =
        shard.state().sums.iter().map(|(bucket, key, sum)| format!("{bucket}{key} {sum}")).collect();
    assert_eq!(
        left,
        ["367/2017-03-01/0/1/L2/sale/EA/91/1 -7.00", "367/2017-03-01/0/2/L1/sale/EA/91/1 -4.00"]
    );
}

/// Goods of two unit costs, and those whose cost nobody knows, are lines of their own, also after a restart in between.
#[test]
fn goods_of_different_costs_are_different_lines() {
    let back = |quantity: &str, cost: Option<(&str, &str)>| {
        let mut back = movement("L1", &[("1", "on_hand", quantity, "return_intercompany")]);
        back.legs[0].unit_cost = cost.map(|(unit_cost, _)| unit_cost.parse().unwrap());
        back.legs[0].cost_currency = cost.map(|(_, currency)| currency.into());
        back
    };
    let map = format!("{MAP}return_intercompany = \"500\"\n");
    let day = [
        back("1", Some(("4.60", "USD"))),
        back("2", Some(("4.1", "USD"))),
        back("1", None),
        back("1", Some(("4.60", "CAD"))),
        back("1", Some(("4.10", "USD"))),
        back("1", Some(("9", "USD"))),
        back("-1", Some(("9", "USD"))),
        Movement { currency: Some("USD".into()), ..record(ledger::CLOSE, "L1", 1) },
    ];
    let row = |line: &domain::record::inventory::AdjustmentLine| {
        let cost = line.unit_cost.zip(line.cost_currency.as_deref());
        let cost = cost.map(|(cost, currency)| format!(" at {cost} {currency}")).unwrap_or_default();
        format!("{} {}{cost}", line.item, line.quantity)
    };
    for cut in 0..day.len() {
        let (morning, evening) = day.split_at(cut);
        let mut first = shard_under(&map, None);
        feed(&mut first, morning).unwrap();
        let mut second = shard_under(&map, None);
        for (key, value) in changelog(&mut first) {
            second.restore(&key, value.as_deref()).unwrap();
        }
        second.restored().unwrap();
        let documents = adjustments(&feed(&mut second, evening).unwrap());
        assert!(documents.iter().all(|document| document.currency.as_deref() == Some("USD")));
        let group = "JE_367_20170301_0_1";
        assert!(documents.iter().all(|document| document.group.as_deref() == Some(group)));
        assert_eq!(
            documents.iter().flat_map(|document| document.lines.iter().map(row)).collect::<Vec<_>>(),
            ["1 1.00", "1 3.00 at 4.10 USD", "1 1.00 at 4.60 CAD", "1 1.00 at 4.60 USD"],
            "cut at {cut}"
        );
    }
}

#[test]
fn after_an_abort_the_same_input_gives_the_same_bytes() {
    let (mut once, mut twice) = (shard(), shard());
    let day = day();
    let (morning, evening) = day.split_at(3);
    for shard in [&mut once, &mut twice] {
        feed(shard, morning).unwrap();
        shard.commit();
    }
    let before = twice.state().clone();
    feed(&mut twice, evening).unwrap();
    twice.abort();
    assert_eq!(twice.state(), &before);
    assert_eq!(feed(&mut once, evening).unwrap(), feed(&mut twice, evening).unwrap());
    assert_eq!(changelog(&mut once), changelog(&mut twice));
}

/// Wherever transactions end, a shard that restores what they wrote holds the same state and goes on to
/// the same documents.
#[test]
fn a_restored_shard_is_the_shard_that_was() {
    let day = day();
    let whole = feed(&mut shard(), &day).unwrap();
    for cut in 0..=day.len() {
        let (head, tail) = day.split_at(cut);
        let mut first = shard();
        let mut sent = feed(&mut first, head).unwrap();
        let written = changelog(&mut first);
        first.commit();
        let mut second = restored(&written);
        assert_eq!(second.state(), first.state());
        assert!(changelog(&mut second).is_empty());
        sent.extend(feed(&mut second, tail).unwrap());
        assert_eq!(sent, whole, "cut at {cut}");
    }
}

#[test]
fn gauges_show_the_open_buckets_of_all_shards_as_they_are_committed() {
    let (counters, gauges) = counters_and_gauges();
    let start = || shard_of(MAP, None, counters.clone());
    let (mut one, mut other) = (start(), start());
    let day = day();
    feed(&mut one, &day[..5]).unwrap();
    assert_eq!(shown(&gauges), [0, 0, 0], "an open transaction shows nothing");
    one.abort();
    assert_eq!(shown(&gauges), [0, 0, 0], "nor does one that is aborted");
    one.commit();
    assert_eq!(shown(&gauges), [0, 0, 0], "and what was aborted is in no gauge after the next commit");
    feed(&mut one, &day[..5]).unwrap();
    let written = changelog(&mut one);
    one.commit();
    assert_eq!(shown(&gauges), [3, 4, 4], "version 1 at two locations, version 2 at one");
    feed(&mut other, &day[1..2]).unwrap();
    other.commit();
    assert_eq!(shown(&gauges), [4, 5, 5], "the shards of a process add up");
    drop(one);
    assert_eq!(shown(&gauges), [1, 1, 1], "a shard that is taken away takes its share along");

    let mut next = start();
    for (key, value) in &written {
        next.restore(key, value.as_deref()).unwrap();
    }
    next.restored().unwrap();
    assert_eq!(shown(&gauges), [4, 5, 5], "what was restored is shown before anything is committed");
    feed(&mut next, &day[5..6]).unwrap();
    next.commit();
    assert_eq!(shown(&gauges), [3, 3, 5], "a closed bucket is gone, its positions stay");
    feed(&mut next, &[movement("L2", &[("1", "on_hand", "7", "sale")])]).unwrap();
    next.commit();
    assert_eq!(shown(&gauges), [2, 2, 5], "a bucket whose sums come to zero has nothing to adjust");
}

#[test]
fn each_changed_record_is_written_once_per_transaction() {
    let mut shard = shard();
    let day = day();
    feed(&mut shard, &day[..5]).unwrap();
    let keys: Vec<_> = changelog(&mut shard).iter().map(|(key, _)| text(key).to_owned()).collect();
    assert_eq!(
        keys,
        [
            "account_map/",
            "stock/L1/1",
            "stock/L1/2",
            "stock/L1/3",
            "stock/L2/1",
            "sum/367/2017-03-01/0/1/L1/sale/EA/91/1",
            "sum/367/2017-03-01/0/1/L1/sale/EA/93/3",
            "sum/367/2017-03-01/0/1/L2/sale/EA/91/1",
            "sum/367/2017-03-01/0/2/L1/sale/EA/91/1",
        ]
    );
    shard.commit();
    feed(&mut shard, &day[5..]).unwrap();
    let written = changelog(&mut shard);
    assert!(written.iter().all(|(key, value)| key.starts_with(b"sum/") && value.is_none()));
    assert_eq!(written.len(), 2);
}

#[test]
fn what_must_not_be_posted_stops_the_service() {
    let theft = movement("L1", &[("1", "on_hand", "1", "theft")]);
    for (records, problem) in [
        (vec![movement("L1", &[("1", "shelf", "1", "sale")])], "names the place `shelf`"),
        (vec![record("bucket_open", "L1", 1)], "is of kind `bucket_open`"),
        (
            vec![theft, record(ledger::CLOSE, "L1", 1)],
            "no account for role `inventory_adjustment`, key `theft`",
        ),
        (
            vec![movement("L1", &[("1", "on_hand", "999999999999", "sale"), ("1", "damaged", "1", "sale")])],
            "item 1: the result has more than 18 digits",
        ),
    ] {
        let refusal = feed(&mut shard(), &records).unwrap_err();
        assert!(matches!(refusal, Refusal::Stop(_)));
        let text = refusal.to_string();
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn state_under_a_map_that_is_not_there_is_refused_until_a_person_adopts_the_one_that_is() {
    let mut old = shard();
    feed(&mut old, &day()[..2]).unwrap();
    let written = changelog(&mut old);
    let changed = MAP.replace("lines_max = 2", "lines_max = 9");
    let hash = shard_under(&changed, None).accounts.map().hash().to_owned();
    for (adopted, may) in [(None, false), (Some(hash.as_str()), true)] {
        let mut shard = shard_under(&changed, adopted);
        for (key, value) in &written {
            shard.restore(key, value.as_deref()).unwrap();
        }
        assert_eq!(shard.restored().is_ok(), may);
        if may {
            shard.begin();
            assert_eq!(changelog(&mut shard).len(), 1, "the new hash is written with the next transaction");
        }
    }
}

#[test]
fn bytes_that_are_no_movement_stop_the_service() {
    let mut shard = shard();
    for value in [None, Some(&b"not framed"[..])] {
        let record = Record { topic: DELTAS, partition: 3, offset: 9, timestamp: None, key: None, value };
        let refusal = shard.process(&record, &mut Outputs::new(vec![])).unwrap_err();
        assert!(matches!(refusal, Refusal::Stop(_)), "{refusal}");
    }
    assert!(shard.restore(b"what/ever", None).is_err());
    assert!(shard.restore(b"sum/1", Some(b"not framed")).is_err());
}
