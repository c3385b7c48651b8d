//! A whole lane with orders of people: what they reach, and that no order stops it.

use domain::record::journal::JournalEntry;
use domain::record::posting::PostingCommand;
use netsuite::document::Postable;
use netsuite::shard::COMMANDS;
use netsuite_sim::{Config, Endpoint, Fault, Rule, Simulator};

use crate::room::Room;
use crate::support::{journal, simulator};

/// Creates and questions that arrived.
fn arrived(simulator: &Simulator) -> (u64, u64) {
    let requests = simulator.counters().requests;
    let of = |endpoint| requests.get(&endpoint).copied().unwrap_or_default();
    (of(Endpoint::Create), of(Endpoint::Query))
}

fn retry(document: &JournalEntry) -> PostingCommand {
    PostingCommand {
        id: "order-1".to_owned(),
        kind: "retry".to_owned(),
        document: document.id.clone(),
        document_kind: "journal_entry".to_owned(),
        family: document.family.clone(),
        issued_by: "ana".to_owned(),
        ..PostingCommand::default()
    }
}

#[test]
fn a_parked_document_is_posted_once_its_cause_is_mended_and_someone_asks() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ClosedPeriod).times(2));
    let (mut room, document) = (Room::open(&simulator), journal("JE_12_1"));
    let body = room.bytes(&document);
    room.offer(JournalEntry::TOPIC, Some(&body));
    for attempts in 1..=2 {
        let word = room.next_word();
        assert_eq!((word.status.as_str(), word.class.as_deref()), ("parked", Some("closed_period")));
        assert_eq!(word.attempts, attempts);
        room.order(&retry(&document));
    }
    let word = room.next_word();
    assert_eq!((word.status.as_str(), word.attempts), ("posted", 3));
    let held = simulator.transactions();
    assert_eq!(held.len(), 1);
    assert_eq!(word.netsuite_id, Some(held[0].id.to_string()));
}

#[test]
fn no_order_stops_a_lane_and_only_its_own_reach_a_document() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ClosedPeriod).prefix("JE_12"));
    let (mut room, document) = (Room::open(&simulator), journal("JE_12_1"));
    let body = room.bytes(&document);
    room.offer(JournalEntry::TOPIC, Some(&body));
    assert_eq!(room.next_word().status, "parked");
    let (creates, questions) = arrived(&simulator);

    let good = retry(&document);
    let whole = room.bytes(&good);
    let strange_schema = [&[0, 255, 255, 255, 255], &whole[5..]].concat();
    for value in
        [None, Some(&b""[..]), Some(b"not avro"), Some(&whole[..whole.len() - 1]), Some(&strange_schema)]
    {
        room.offer(COMMANDS, value);
    }
    for order in [
        PostingCommand { kind: "forget".to_owned(), ..good.clone() },
        PostingCommand { document_kind: "inventory_adjustment".to_owned(), ..good.clone() },
        PostingCommand { document: "JE_12_2".to_owned(), ..good.clone() },
        PostingCommand { family: "JE_13".to_owned(), ..good.clone() },
        PostingCommand::default(),
    ] {
        room.order(&order);
    }
    // A document read behind them is posted, so a question they had begun would have arrived before.
    let other = JournalEntry { family: "JE_14".to_owned(), ..journal("JE_14_1") };
    let body = room.bytes(&other);
    room.offer(JournalEntry::TOPIC, Some(&body));
    let word = room.next_word();
    assert_eq!((word.document.as_str(), word.status.as_str()), ("JE_14_1", "posted"));
    assert_eq!(arrived(&simulator), (creates + 1, questions), "nothing else was sent");

    simulator.clear_faults();
    room.order(&good);
    let word = room.next_word();
    assert_eq!((word.document.as_str(), word.status.as_str(), word.attempts), ("JE_12_1", "posted", 2));
}
