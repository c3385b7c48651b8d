//! Masters and tickets onto Kafka: from files, made up, again, and stopped in the middle.

use std::time::Duration;

use crate::books::NetSuite;
use crate::desk::Desk;
use crate::shop::{ENDED, Shop};
use crate::up::{Up, interrupt};
use crate::wait::wait_until;

/// How long enrich may take over what was offered.
const SEQUENCED_WITHIN: Duration = Duration::from_secs(60);
/// What becomes of what is offered.
const OFFERED: [&str; 4] = ["accepted", "repeats", "quarantined", "unreadable"];
/// Why a bucket closes.
const CLOSED: [&str; 3] = ["closed_end_of_day", "closed_deadline", "closed_release"];

/// Masters that lack an item, tickets of one store, then all of them: what was sent twice is booked once.
pub(crate) fn masters_and_tickets_are_sent_and_booked(
    desk: &Desk,
    up: &Up,
    shop: &Shop,
    netsuite: &NetSuite,
) {
    desk.on_stack(&["ref", "load", &shop.masters_lacking])
        .does(&["42 masters (3 stores, 39 items) sent in "]);
    up.is_ready();
    desk.on_stack(&["replay", &shop.transactions, "--stores", "S1", "--limit", "3"])
        .does(&["3 transactions sent in "]);
    desk.on_stack(&["replay", &shop.transactions, "--rate", "500"]).does(&["61 transactions sent in "]);
    is_sequenced(up, 64);
    assert_eq!([up.counted(&["accepted"]), up.counted(&["repeats"])], [61, 3], "what came again is dropped");

    let expected = shop.books(ENDED);
    let booked = netsuite.holds(ENDED, |books| books.money() == expected.money());
    assert!(booked.suspense != 0, "what nobody knows waits in suspense: {booked:?}");
    netsuite.gets(&format!("IA_{ENDED}_"));
    let stock = netsuite.books(ENDED).stock;
    assert!(stock > 0 && stock < expected.stock, "and only its stock waits: {stock} of {}", expected.stock);
    assert_eq!(netsuite.documents("JE_S1_").len(), 0, "nobody has closed S1");
    assert_eq!(up.counted(&CLOSED), 1, "{ENDED} alone has ended its day");
}

/// A chain is made up onto Kafka; its stores end their day themselves.
pub(crate) fn a_chain_is_made_up_onto_kafka(desk: &Desk, netsuite: &NetSuite) {
    let words = ["generate", "--date", "2026-03-15", "--stores", "2", "--tickets", "5", "--items", "5"];
    desk.on_stack(&words).does(&["7 masters sent in ", "12 transactions sent in "]);
    netsuite.gets("JE_S1_20260315_");
    netsuite.gets("IA_S2_20260315_");
}

/// Ctrl-C ends a replay with a word on how far it came.
pub(crate) fn a_replay_is_stopped_in_the_middle(desk: &Desk, up: &Up, shop: &Shop) {
    let before = up.counted(&["repeats"]);
    let replay = desk.start_on_stack(&["replay", &shop.transactions, "--rate", "5"]);
    let begun = wait_until(SEQUENCED_WITHIN, || up.counted(&["repeats"]) > before);
    assert!(begun, "the replay sends: {}", replay.err());
    interrupt(replay.process.pid());
    let said = replay.wait().fails(1, &["stopped: ", " transactions were sent, the rest was not"]);
    let sent = said.err.split("stopped: ").nth(1).unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
    assert!((1..61).contains(&sent), "some were sent: {sent}");

    let text = std::fs::read_to_string(&shop.transactions).unwrap();
    let broken: Vec<&str> = text.lines().take(2).chain(["{"]).collect();
    let file = desk.write("broken.jsonl", &broken.join("\n"));
    desk.on_stack(&["replay", &file]).fails(1, &["2 transactions were sent, the rest was not", "line 3 of "]);
}

/// A stack that came up again on what it kept knows what it has booked, and what it has decided.
pub(crate) fn what_was_booked_is_booked_no_more(desk: &Desk, up: &Up, shop: &Shop) {
    up.is_ready();
    let cases: [(&[&str], &str); 4] = [
        (&["replay", &shop.transactions], "61 transactions sent in "),
        (&["topics", "check"], " are as they must be"),
        (&["quarantine", "list"], "records that wait for a decision: 0"),
        (&["postings", "parked"], "parked documents: 0"),
    ];
    let running = cases.map(|(words, says)| (desk.start_on_stack(words), says));
    running.into_iter().for_each(|(command, says)| drop(command.wait().does(&[says])));
    is_sequenced(up, 61);
    desk.on_stack(&["release", "--all"]).does(&["done"]);
    assert_eq!(up.counted(&["repeats"]), 61, "every ticket is known");
    assert_eq!(up.counted(&CLOSED), 0, "and nothing was open");
}

/// Waits until enrich has decided on so many records since its start.
pub(crate) fn is_sequenced(up: &Up, count: u64) {
    let there = wait_until(SEQUENCED_WITHIN, || up.counted(&OFFERED) >= count);
    assert!(there, "enrich decides on {count}, not {}", up.counted(&OFFERED));
}
