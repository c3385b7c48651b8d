//! A NetSuite that loses answers, commits late and falls silent, while the connector's processes are killed and
//! frozen: every document is held once, in the order of its family.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fleet::{PROCESSES, Service};
use crate::kill::Random;
use crate::wait::tell;
use crate::world::{PARTITIONS, Pace, World};
use crate::zombie::{FINDS_OUT_WITHIN, TAKEN_OVER_WITHIN, gave_up};

const PACE: Pace = Pace { tickets_a_second: 60, ..Pace::STEADY };
/// How often processes are killed under each kind of faults.
const KILLS: usize = 4;
/// How long documents may take to get on, and faults to strike.
const MOVES_WITHIN: Duration = Duration::from_secs(60);
/// Creates of journals are open in that many partitions when a process freezes: more than one process has.
const OPEN_AT_FREEZE: usize = PARTITIONS as usize / PROCESSES + 1;

/// Whatever is created is there at once; the answer may be lost.
fn prompt() -> Value {
    json!([
        { "kind": "silence_after", "every": 30 },
        { "kind": "reset_after", "every": 30 },
        { "kind": "error_after", "every": 30 },
        { "kind": "garbled_after", "every": 30 },
        { "kind": "gateway_after", "every": 30 },
        { "kind": "error_before", "every": 30 },
        { "kind": "too_many_requests", "every": 40 },
        { "kind": "unauthorized", "every": 40 },
        { "kind": "error_before", "on": "query", "every": 30 },
        { "kind": "garbled_after", "on": "query", "every": 30 },
        { "kind": "error_before", "on": "token", "every": 3 },
    ])
}

/// Records that appear when their client has given up: before and after it sends again. And refusals, whose
/// documents wait in the state of the connector.
fn late() -> Value {
    json!([
        { "kind": "late_commit", "every": 15, "delay_ms": 1_000 },
        { "kind": "late_commit", "every": 15, "delay_ms": 4_000 },
        { "kind": "closed_period", "every": 30 },
    ])
}

/// What is there is found by looking: while NetSuite commits promptly it is never sent a double, whatever it
/// answers and whenever its client is killed. For late commits it takes NetSuite's own refusal of doubles.
#[test]
fn lost_answers_late_commits_and_kills_leave_each_document_in_netsuite_once() {
    let (mut world, feed) = World::flowing_into_netsuite(PACE);
    let mut random = Random(20_251_124);
    world.account().add_faults(&prompt());
    kills(&mut world, &mut random);
    every_fault_strikes(&mut world);
    assert_eq!(
        world.account().counters().refused_as_duplicate,
        0,
        "doubles sent of what was there to be found"
    );

    world.account().add_faults(&late());
    silent_while_processes_restart(&mut world);
    kills(&mut world, &mut random);
    every_fault_strikes(&mut world);
    let doubled = world.wait_until(MOVES_WITHIN, |world| world.account().counters().refused_as_duplicate > 0);
    assert!(doubled, "late commits meet the create that was sent again");
    world.account().clear_faults();
    let offered = world.settle(feed);
    world.judge(&offered);
    world.judge_netsuite(&offered);
}

/// A process freezes over creates without an answer. Adjustments are there already and must be found; journals
/// appear when their client leaves, which a frozen one does when it wakes, long after others have sent them.
#[test]
fn what_a_zombie_of_the_connector_left_open_is_posted_once_by_another() {
    let (mut world, feed) = World::flowing_into_netsuite(PACE);
    let rules =
        json!([{ "kind": "silence_after", "prefix": "IA" }, { "kind": "late_commit", "prefix": "JE" }]);
    world.account().add_faults(&rules);
    world.release_all();
    let mut open = BTreeSet::new();
    let everywhere = world.wait_until(MOVES_WITHIN, |world| {
        open = open_journals(world);
        open.len() >= OPEN_AT_FREEZE
    });
    assert!(everywhere, "journals are open in {open:?} only; {:?}", world.account().faults());
    world.fleet.process(Service::Netsuite, 0).suspend().unwrap();
    tell(&format!("journals of the partitions {open:?} were open at the freeze"));
    world.account().clear_faults();
    let marks = world.marks(Service::Netsuite);
    let took = world.wait_past(Service::Netsuite, &marks, TAKEN_OVER_WITHIN);
    tell(&format!("the other process posts everything {took:?} after the freeze"));
    assert_eq!(world.account().counters().refused_as_duplicate, 0, "who takes over looks before it sends");

    world.fleet.process(Service::Netsuite, 0).resume().unwrap();
    let woken = Instant::now();
    let known = world.wait_until(FINDS_OUT_WITHIN, |world| {
        let left = world.fleet.has_left(Service::Netsuite) || gave_up(world, Service::Netsuite);
        left && world.account().counters().refused_as_duplicate > 0
    });
    let refused = world.account().counters().refused_as_duplicate;
    tell(&format!("{:?} after waking, {refused} of its creates were refused as doubles", woken.elapsed()));
    assert!(
        known,
        "what the zombie left open comes and is refused, and it finds out that others do its work"
    );
    world.everything_flows(MOVES_WITHIN);
    let offered = world.settle(feed);
    world.judge(&offered);
    world.judge_netsuite(&offered);
}

/// Partitions with a journal that NetSuite was sent and does not hold.
fn open_journals(world: &mut World) -> BTreeSet<i32> {
    let arrivals = world.account().arrivals();
    let held: BTreeSet<String> =
        world.account().records().into_iter().map(|record| record.external_id).collect();
    let journals = arrivals.iter().map(|arrival| &arrival.external_id).filter(|id| id.starts_with("JE_"));
    journals.filter(|id| !held.contains(*id)).map(|id| partition_of(id)).collect()
}

/// The partition of the store that an external id names.
fn partition_of(id: &str) -> i32 {
    let store = id.split('_').nth(1).unwrap();
    domain::partition::of(store.as_bytes(), PARTITIONS)
}

/// Kills processes of the connector at random moments, with versions of a family one close after the other.
fn kills(world: &mut World, random: &mut Random) {
    for _ in 0..KILLS {
        world.release_all();
        let some = i64::try_from(random.below(60)).unwrap();
        world.moves_on(Service::Netsuite, some, MOVES_WITHIN);
        let number = random.below(PROCESSES);
        world.fleet.process(Service::Netsuite, number).kill().unwrap();
        world.fleet.start(Service::Netsuite, number);
    }
}

/// NetSuite freezes with creates on their way, and each process restarts and cannot ask about its own.
fn silent_while_processes_restart(world: &mut World) {
    world.release_all();
    world.account().process.suspend().unwrap();
    let frozen = Instant::now();
    let restored =
        |world: &World, number| world.fleet.log(Service::Netsuite, number).matches("shard restored").count();
    for number in 0..PROCESSES {
        world.fleet.process(Service::Netsuite, number).kill().unwrap();
        let before = restored(world, number);
        world.fleet.start(Service::Netsuite, number);
        let back = world.wait_until(MOVES_WITHIN, |world| restored(world, number) > before);
        assert!(back, "a process starts without NetSuite");
    }
    world.account().process.resume().unwrap();
    tell(&format!("NetSuite was frozen for {:?}", frozen.elapsed()));
}

/// Waits until each fault in force has struck: one that never does proves nothing.
fn every_fault_strikes(world: &mut World) {
    let all =
        world.wait_until(MOVES_WITHIN, |world| world.account().faults().iter().all(|rule| rule.fired > 0));
    for rule in world.account().faults() {
        tell(&format!("{} on {} has struck {} times", rule.kind, rule.on, rule.fired));
    }
    assert!(all, "every fault strikes");
}
