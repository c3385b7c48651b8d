//! The sweep for doubles: what it says and shows, how it goes on after a failure, and that nobody waits for it.

use std::time::Duration;

use netsuite::request::{self, Create};
use netsuite::sender::Rhythm;
use netsuite_sim::{Config, Endpoint, Fault, Rule, Simulator};
use testkit::log::{listen, said};

use crate::room::{Room, until};
use crate::support::{adjustment, answered, client, in_time, journal, simulator};

const DOUBLED: &str = "tillstream_netsuite_doubled_documents";
const SWEPT: &str = "tillstream_netsuite_swept_timestamp_seconds";

/// A NetSuite that takes every create, whatever it holds.
fn unguarded() -> Simulator {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::DuplicateGuardOff));
    simulator
}

fn journals(ids: &[&str]) -> Vec<Create> {
    ids.iter().map(|id| request::journal(&journal(id)).unwrap()).collect()
}

/// Has NetSuite hold these, as often as they are named.
async fn hold(simulator: &Simulator, creates: &[Create]) {
    let client = client(simulator);
    for create in creates {
        assert_eq!(answered(client.create(create, in_time()).await).status, 204, "{create:?}");
    }
}

/// Waits for the end of a first sweep.
fn swept(room: &Room) {
    until("a sweep comes to its end", || room.shows(SWEPT) > 0);
}

/// External ids that were said to be held more than once, with how often, among those with a prefix: one entry
/// each time it was said, in order.
fn doubled(prefix: &str) -> Vec<(String, String)> {
    let doubled = said("external id held more than once");
    let doubled = doubled.into_iter().map(|fields| (fields["document"].clone(), fields["held"].clone()));
    doubled.filter(|(document, _)| document.contains(prefix)).collect()
}

/// The details of sweeps that failed.
fn failed_sweeps() -> Vec<String> {
    let failed = said("sweep for doubles failed and is repeated");
    failed.into_iter().map(|fields| fields["detail"].clone()).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, held)| ((*id).to_owned(), (*held).to_owned())).collect()
}

#[tokio::test]
async fn the_sweep_at_start_says_and_shows_each_double_of_ours_and_nothing_else() {
    listen();
    let simulator = unguarded();
    let mut held = journals(&[
        "JE_a_1", "JE_a_2", "JE_a_3", "JE_a_2", "JE_a_2", "XX_a_1", "XX_a_1", "JEX_a_1", "JEX_a_1", "JE_a_4",
    ]);
    held.extend(["IA_a_1", "IA_a_1", "IA_a_2"].map(|id| request::adjustment(&adjustment(id)).unwrap()));
    hold(&simulator, &held).await;
    let room = Room::open(&simulator);
    swept(&room);
    assert_eq!(doubled("_a_"), pairs(&[("IA_a_1", "2"), ("JE_a_2", "3")]), "said once each");
    assert_eq!(room.shows(DOUBLED), 2, "ids, however often each is held");
}

#[tokio::test]
async fn the_sweep_says_nothing_where_every_id_is_held_once() {
    listen();
    let simulator = unguarded();
    hold(&simulator, &journals(&["JE_b_1", "JE_b_2", "JE_b_3"])).await;
    let room = Room::open(&simulator);
    swept(&room);
    assert_eq!(doubled("_b_"), [], "nothing is held twice");
    assert_eq!(room.shows(DOUBLED), 0, "and nothing is shown");
}

/// Answers are errors and torn ones in turns. The lane has one place in the gate, which the sweep needs too.
#[tokio::test]
async fn a_sweep_that_fails_is_said_and_repeated_and_posting_goes_on() {
    listen();
    let simulator = unguarded();
    hold(&simulator, &journals(&["JE_c_1", "JE_c_1"])).await;
    simulator.inject(Rule::new(Fault::ErrorBefore).on(Endpoint::Query).every(2));
    simulator.inject(Rule::new(Fault::GarbledAfter).on(Endpoint::Query));
    let (again, again_max) = (Duration::from_millis(1), Duration::from_millis(4));
    let mut room = Room::sweeping(&simulator, Rhythm { again, again_max, ..Rhythm::default() });
    until("the sweep is tried again and again", || failed_sweeps().len() >= 4);
    room.document(&journal("JE_c_2"));
    assert_eq!(room.next_word().status, "posted", "a document is posted while the sweep fails");
    let failed = failed_sweeps();
    for reason in ["status 500", "no page of rows"] {
        assert!(failed.iter().any(|detail| detail.contains(reason)), "{reason} is a reason: {failed:?}");
    }
    assert_eq!((room.shows(DOUBLED), room.shows(SWEPT)), (0, 0), "no sweep has come to its end");

    simulator.clear_faults();
    swept(&room);
    assert_eq!(doubled("_c_"), pairs(&[("JE_c_1", "2")]), "it is said by the sweep that came to its end");
    assert_eq!(room.shows(DOUBLED), 1, "and shown");
}

#[tokio::test]
async fn the_sweep_is_repeated_and_finds_a_double_made_since() {
    listen();
    let simulator = unguarded();
    hold(&simulator, &journals(&["JE_d_1"])).await;
    let room = Room::sweeping(&simulator, Rhythm { every: Duration::from_millis(1), ..Rhythm::default() });
    swept(&room);
    assert_eq!((doubled("_d_"), room.shows(DOUBLED)), (vec![], 0), "the first sweep finds nothing");
    hold(&simulator, &journals(&["JE_d_1"])).await;
    until("a later sweep finds it", || room.shows(DOUBLED) == 1);
    until("and the one after finds it again", || doubled("_d_").len() > 1);
    assert_eq!(room.shows(DOUBLED), 1, "one double stays one, however often it is found");
}
