//! What bounds memory and records: nothing that is offered can stop a shard or grow it without end.

use domain::record::command::{Command, Coordinates, QuarantineDecision, Resolve};
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::ticket::{Code, Reason};
use enrich::limits::Limits;
use enrich::quarantine::{Offered, Reasons, envelope};
use enrich::sequencer::Named;
use testkit::{amount, ticket};
use wire::codec::Codecs;

use crate::shop::{Shop, command, kinds, reasons};

#[test]
fn the_largest_envelope_fits_its_topic() {
    let encoder = Codecs::embedded().encoder::<Quarantined>().unwrap();
    let (key, value) = (vec![b'k'; 550_000], vec![b'v'; 470_000]);
    for (key, value) in [(&key, &value), (&value, &key)] {
        for details in [(1, 1_000_000), (1_000, 1_000), (1, 1)] {
            let offered = Offered {
                source: Shop::open().source("pos.transactions"),
                key: Some(key),
                value: Some(value),
            };
            let reason = || Reason::of_record(Code::Unreadable, "ñ".repeat(details.1));
            let reasons = Reasons::bounded((0..details.0).map(|_| reason()).collect());
            let envelope = envelope(&offered, &Named::nothing(), reasons, Default::default());
            assert!(envelope.cut && !envelope.reasons.is_empty());
            encoder.to_vec(&envelope).unwrap();
        }
    }
}

#[test]
fn a_ticket_too_large_for_what_it_would_lead_to_is_quarantined() {
    let mut shop = Shop::open();
    let huge = vec![b'x'; 600_000];
    let source = shop.source("pos.transactions");
    let offered = Offered { source, key: Some(b"101"), value: Some(&huge) };
    shop.sequencer.offer(&offered, ticket::sale("101", 1, "3.50"), 1, &mut shop.decisions);
    let events = shop.events();
    assert_eq!((kinds(&events), reasons(&events)), (vec!["quarantined"], vec!["too_large".to_owned()]));
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 1, "3.50"))), ["repeat"]);
}

fn resolve(id: &str, items_offset: i64) -> Command {
    Command {
        resolve: Some(Resolve { item: "mystery".to_owned(), items_offset }),
        ..command(id, "resolve", "*")
    }
}

#[test]
fn a_resolve_that_can_never_be_carried_out_is_refused_in_the_end() {
    let mut shop = Shop::open();
    let never = resolve("a", i64::MAX);
    let ask = |shop: &mut Shop, offset| {
        let source = domain::record::sales::Source { offset, ..shop.source("pos.commands") };
        let offered = Offered { source, key: None, value: None };
        let outcome = shop.sequencer.command(&offered, &never, None, 1, &mut shop.decisions);
        outcome.map(|()| shop.events())
    };
    assert!(ask(&mut shop, 7).is_err());
    // The process stood still for a day: the items are asked for anew, from its first tick on.
    for minutes in [24 * 60, 24 * 60 + 9] {
        let now = ticket::ENDED_AT.plus_millis(minutes * 60_000);
        shop.sequencer.tick(now, None, &mut shop.decisions);
        shop.decisions.clear();
        assert!(ask(&mut shop, 7).is_err(), "{minutes}");
    }
    let now = ticket::ENDED_AT.plus_millis((24 * 60 + 10) * 60_000);
    shop.sequencer.tick(now, None, &mut shop.decisions);
    shop.decisions.clear();
    let refused = ask(&mut shop, 7).unwrap();
    assert_eq!(kinds(&refused), ["command_refused"]);
    assert_eq!(kinds(&ask(&mut shop, 8).unwrap()), ["command_repeat"]);
}

#[test]
fn words_of_people_carry_no_card_number() {
    let mut shop = Shop::open();
    let card = "4111 1111 1111 1111";
    let commands = [
        Command { reason: Some(format!("customer of {card}")), ..command("a", "release", "*") },
        Command { reason: Some("x".repeat(1_000_000)), ..command("b", "release", "*") },
        command("c", card, "*"),
        command("d", "release", card),
        command("e", "release", "10_1"),
        command(card, "release", "*"),
        command(&"y".repeat(1_000_000), "release", "*"),
        command("", "release", "*"),
        Command { resolve: resolve("", 0).resolve, ..command("f", "resolve", "101") },
    ];
    let expected = ["command", "command", "command_refused", "command_refused", "command_refused"];
    let expected = expected.into_iter().chain(["command_refused"; 3]).chain(["command"]);
    for (command, kind) in commands.iter().zip(expected) {
        let events = shop.command(command, None);
        assert_eq!(kinds(&events), [kind], "{}", command.kind);
        let text = format!("{events:?}");
        assert!(!text.contains("1111 1111") && text.len() < 10_000, "{text}");
        if !["*", "101"].contains(&command.store.as_str()) {
            assert_eq!(events[0].store, "?");
        }
    }
}

fn unbalanced(sequence: i64) -> Transaction {
    let mut ticket = ticket::sale("101", sequence, "3.50");
    ticket.tenders[0].amount = amount("3.00");
    ticket
}

#[test]
fn what_is_not_held_is_quarantined_and_keeps_its_number_free() {
    let mut shop = Shop::open();
    shop.sequencer.limits = Limits { held: 2, ..Limits::default() };
    for sequence in [1, 2] {
        assert_eq!(reasons(&shop.offer(unbalanced(sequence))), ["out_of_balance"]);
    }
    let mut elsewhere = ticket::sale("999", 1, "3.50");
    for _ in 0..2 {
        let events = shop.offer(elsewhere.clone());
        assert_eq!(
            (kinds(&events), reasons(&events)),
            (vec!["quarantined"], vec!["quarantine_full".to_owned(), "unknown_store".to_owned()])
        );
        elsewhere.sequence += 1;
    }
    for _ in 0..2 {
        let source = shop.source("pos.transactions");
        let offered = Offered { source, key: Some(b"101"), value: Some(b"bytes") };
        shop.sequencer.offer(&offered, unbalanced(3), 1, &mut shop.decisions);
        assert_eq!(shop.decisions.quarantined.len(), 1, "the envelope is written all the same");
        assert_eq!(reasons(&shop.events()), ["quarantine_full", "out_of_balance"]);
    }
    assert_eq!(shop.held(), 2);
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 3, "3.50"))), ["sale"], "mended, under its own number");
    shop.sequencer.state.commit();
    let decision = QuarantineDecision {
        record: Coordinates { topic: "pos.transactions".to_owned(), partition: 0, offset: 1 },
        body: None,
    };
    let write_off = Command { quarantine: Some(decision), ..command("a", "quarantine_write_off", "101") };
    assert_eq!(kinds(&shop.command(&write_off, None)), ["command", "written_off"]);
    assert_eq!(reasons(&shop.offer(unbalanced(4))), ["out_of_balance"], "there is room again");
}

#[test]
fn a_full_suspense_quarantines_what_would_wait() {
    let mut shop = Shop::open();
    shop.sequencer.limits = Limits { waiting: 2, ..Limits::default() };
    let unknown = |sequence, lines: i32| {
        let mut ticket = ticket::sale("101", sequence, "3.50");
        ticket.lines = (1..=lines).map(|line| ticket::line(line, "mystery", "1.00")).collect();
        ticket.tenders = vec![ticket::cash(&format!("{lines}.00"))];
        ticket
    };
    assert_eq!(kinds(&shop.offer(unknown(1, 1))), ["sale"]);
    let refused = shop.offer(unknown(2, 2));
    assert_eq!((kinds(&refused), reasons(&refused)), (vec!["quarantined"], vec!["suspense_full".into()]));
    assert_eq!(kinds(&shop.offer(unknown(3, 1))), ["sale"]);
    assert_eq!(reasons(&shop.offer(unknown(4, 1))), ["suspense_full"]);
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 5, "3.50"))), ["sale"], "what is known goes on");
    shop.learn("mystery", "20");
    shop.command(&resolve("a", 1), None);
    assert_eq!(kinds(&shop.offer(unknown(6, 2))), ["sale"]);
}

#[test]
fn an_id_made_of_times_and_counts_is_taken_and_answered_as_it_is() {
    let mut shop = Shop::open();
    for issued in 0..500 {
        let id = format!("*-release-1795436061000-12345-{issued}");
        let events = shop.command(&command(&id, "release", "*"), None);
        let answered = events[0].notice.as_ref().and_then(|notice| notice.command.as_deref());
        assert_eq!((kinds(&events), answered), (vec!["command"], Some(id.as_str())));
    }
}
