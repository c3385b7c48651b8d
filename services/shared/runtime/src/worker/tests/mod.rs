//! The loop against a broker made of vectors, which ends each transaction as a script says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod model;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Parts, Worker};
use crate::client::{Aftermath, Change, Hold};
use crate::error::Error;
use crate::health::WorkerHealth;
use crate::overlay::Overlay;
use crate::stage::{Changes, Clock, Outputs, Record, Refusal, Service, Shard, Stop, Topics};
use crate::tables::{TablesReady, follow};
use crate::worker::sharing::{LACKING_FOR, LOOK_EVERY};
use crate::worker::{Trouble, Writable};
use model::{Model, Plan};

/// Numbers every record of its partition and writes the number beside its value. `wait` must wait twice.
struct Numbering {
    interval: Duration,
}

/// Keys of the state.
const COUNT: u8 = 0;
const CLOCK: u8 = 1;

struct Numbers {
    partition: i32,
    counts: Overlay<u8, u64>,
    refusals: u32,
    /// Whether the clock came since the start, or since the last abort.
    clock_came: bool,
}

impl Service for Numbering {
    type Shard = Numbers;

    fn topics(&self) -> Topics {
        Topics {
            lead: "lead",
            sides: vec!["side"],
            tables: Vec::new(),
            outputs: vec!["out"],
            changelog: "log",
        }
    }

    fn commit_interval(&self) -> Duration {
        self.interval
    }

    fn shard(&self, partition: i32) -> Numbers {
        Numbers { partition, counts: Overlay::new(), refusals: 0, clock_came: false }
    }

    fn table(&self, _record: &Record<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(true)
    }
}

impl Shard for Numbers {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let count = value.map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        self.counts.restore(key[0], count);
        Ok(())
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        assert!(self.clock_came, "a record is decided on before the clock came");
        let value = record.value.unwrap();
        if value == b"wait" && self.refusals < 2 {
            self.refusals += 1;
            return Err(Refusal::Later("asked to"));
        }
        let count = self.counts.get_or_insert_with(&COUNT, || 0);
        *count += 1;
        let text = format!("{}:{count}", std::str::from_utf8(value).unwrap());
        out.send("out", self.partition, b"", Some(text.as_bytes()));
        Ok(())
    }

    fn turn(&mut self, clock: Option<Clock>, _out: &mut Outputs) -> Result<(), Stop> {
        self.clock_came |= clock.is_some();
        // Written once, so that a tick that comes again leaves nothing to commit.
        if clock.is_some() && !self.counts.contains_key(&CLOCK) {
            self.counts.insert(CLOCK, 1);
        }
        Ok(())
    }

    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop> {
        for (key, count) in self.counts.changed() {
            out.put(&[*key], count.map(|count| count.to_le_bytes()).as_ref().map(<[u8; 8]>::as_slice));
        }
        Ok(())
    }

    fn commit(&mut self) {
        self.counts.commit();
    }

    fn abort(&mut self) {
        self.counts.abort();
        self.clock_came = false;
    }
}

fn worker(model: &Model) -> Worker<Numbering> {
    worker_every(Duration::ZERO, model)
}

/// A worker that commits once an interval.
fn worker_every(interval: Duration, model: &Model) -> Worker<Numbering> {
    let service = Numbering { interval };
    let tables = TablesReady::default();
    let events = crate::event::Events::new("test");
    follow(&service, model, &events, &tables, &|| tables.get()).unwrap();
    let writable = ["out", "log"].map(|topic| Writable { topic, partitions: 2, bytes_max: 1000 });
    Worker::new(Parts {
        service: Arc::new(service),
        name: "test".to_owned(),
        number: 0,
        broker: Arc::new(model.clone()),
        writable: writable.to_vec(),
        tables,
        health: Arc::new(WorkerHealth::new("test".to_owned())),
        close_within: Duration::ZERO,
    })
    .unwrap()
}

/// Turns until `done`, with the loop's own handling of aborts.
fn turn_until(worker: &mut Worker<Numbering>, done: impl Fn() -> bool) -> Result<(), Error> {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "the loop does not get there");
        match worker.turn() {
            Ok(()) => {}
            Err(Trouble::Abort(reason)) => worker.abort(&reason)?,
            Err(Trouble::Leave(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Turns until the first clock of every partition is committed.
fn started(model: &Model, partitions: std::ops::Range<i32>) -> Worker<Numbering> {
    started_every(Duration::ZERO, model, partitions)
}

fn started_every(interval: Duration, model: &Model, partitions: std::ops::Range<i32>) -> Worker<Numbering> {
    let mut worker = worker_every(interval, model);
    turn_until(&mut worker, || {
        partitions.clone().all(|partition| model.written("log", partition, &[CLOCK]) == 1)
    })
    .unwrap();
    worker
}

const RECORDS: [&str; 5] = ["a", "b", "wait", "c", "d"];
const EXACT: [&str; 5] = ["a:1", "b:2", "wait:3", "c:4", "d:5"];

#[test]
fn every_record_leaves_one_output_however_transactions_end() {
    for plan in [
        vec![],
        vec![Plan::Abort],
        vec![Plan::Abort, Plan::Abort, Plan::Done(Aftermath::Renew)],
        vec![Plan::Done(Aftermath::Renew)],
        vec![Plan::UnknownDone],
        vec![Plan::UnknownNot, Plan::Abort],
        vec![Plan::Done(Aftermath::Clean), Plan::UnknownNot, Plan::UnknownDone],
    ] {
        // A transaction of one turn, and one of several.
        for interval in [Duration::ZERO, Duration::from_millis(30)] {
            let model = Model::new(2);
            model.first_start();
            model.assign(&[0, 1]);
            let mut worker = started_every(interval, &model, 0..2);
            model.load("lead", 0, &RECORDS);
            model.load("lead", 1, &["x"]);
            model.plan(&plan);
            turn_until(&mut worker, || model.committed("lead", 0) == 5 && model.committed("lead", 1) == 1)
                .unwrap();
            assert_eq!(model.outputs(0), EXACT, "{plan:?}");
            assert_eq!(model.outputs(1), ["x:1"], "{plan:?}");
            assert_eq!(model.header(0).get("lead", 0), Some(5), "{plan:?}");
        }
    }
}

#[test]
fn what_waited_to_be_handed_over_when_its_partition_went_is_decided_elsewhere() {
    let model = Model::new(1);
    model.first_start();
    model.assign(&[0]);
    // The first commit comes at once, and no other one.
    let mut first = started_every(Duration::from_hours(1), &model, 0..1);
    for record in ["a", "b", "c"] {
        let before = first.hands.bytes();
        model.load("lead", 0, &[record]);
        while first.hands.bytes() == before {
            first.turn().unwrap();
        }
    }
    model.change(Change::Revoked { partitions: vec![0], hold: Hold::Kept });
    turn_until(&mut first, || model.released() == [0]).unwrap();
    assert!(model.outputs(0).is_empty(), "nothing of it was committed");
    drop(first);
    model.assign(&[0]);
    let mut second = worker(&model);
    turn_until(&mut second, || model.committed("lead", 0) == 3).unwrap();
    assert_eq!(model.outputs(0), ["a:1", "b:2", "c:3"]);
}

#[test]
fn records_of_a_side_topic_are_committed_with_the_same_transaction() {
    let model = Model::new(1);
    model.first_start();
    model.assign(&[0]);
    let mut worker = started(&model, 0..1);
    model.load("side", 0, &["s", "wait", "t"]);
    model.plan(&[Plan::Abort]);
    turn_until(&mut worker, || model.committed("side", 0) == 3).unwrap();
    assert_eq!(model.outputs(0), ["s:1", "wait:2", "t:3"]);
    assert_eq!(model.header(0).get("side", 0), Some(3));
    assert_eq!(model.header(0).get("lead", 0), Some(0));
}

#[test]
fn a_revoked_partition_is_released_after_its_transaction_is_aborted_and_goes_on_elsewhere() {
    let model = Model::new(2);
    model.first_start();
    model.assign(&[0, 1]);
    model.load("lead", 0, &["a"]);
    let mut first = worker(&model);
    turn_until(&mut first, || model.committed("lead", 0) == 1).unwrap();
    // The group takes the partition back while a commit is under way that fails for it.
    model.load("lead", 0, &["b"]);
    model.plan(&[Plan::Abort]);
    for hold in [Hold::Kept, Hold::Lost] {
        model.change(Change::Revoked { partitions: vec![if hold == Hold::Kept { 0 } else { 1 }], hold });
    }
    turn_until(&mut first, || model.released() == [0, 1]).unwrap();
    assert!(!model.released_while_open(), "nobody may own a partition whose transaction is open");
    drop(first);
    model.assign(&[0, 1]);
    let mut second = worker(&model);
    turn_until(&mut second, || model.committed("lead", 0) == 2).unwrap();
    assert_eq!(model.outputs(0), ["a:1", "b:2"]);
}

#[test]
fn a_worker_leaves_when_state_and_offsets_contradict_each_other() {
    for (committed, header, part) in [
        (Some(1), Some(0), "says 0"),
        (None, None, "--first-start"),
        (Some(1), None, "restore the changelog"),
    ] {
        let model = Model::new(1);
        model.load("lead", 0, &["a"]);
        model.set(committed, header);
        model.assign(&[0]);
        let mut worker = worker(&model);
        let refused = turn_until(&mut worker, || false).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
}

#[test]
fn a_start_without_committed_offsets_goes_on_from_the_header() {
    let model = Model::new(1);
    model.load("lead", 0, &["a", "b"]);
    model.set(None, Some(1));
    model.assign(&[0]);
    let mut worker = worker(&model);
    turn_until(&mut worker, || model.committed("lead", 0) == 2).unwrap();
    assert_eq!(model.outputs(0), ["b:1"]);
}

#[test]
fn no_record_is_lost_when_the_producer_refuses_one() {
    for topic in ["lead", "side"] {
        for taken in 0..20 {
            let model = Model::new(2);
            model.first_start();
            model.assign(&[0, 1]);
            let mut worker = started(&model, 0..2);
            model.unready_seeks(taken % 3);
            model.load(topic, 0, &RECORDS);
            model.load(topic, 1, &["x", "y"]);
            model.refuse_after(taken);
            let done = || model.committed(topic, 0) == 5 && model.committed(topic, 1) == 2;
            turn_until(&mut worker, done).unwrap_or_else(|error| panic!("{topic} {taken}: {error}"));
            assert!(model.refused() || taken > 10, "{topic} {taken}: nothing was refused");
            assert_eq!(model.outputs(0), EXACT, "{topic} {taken}");
            assert_eq!(model.outputs(1), ["x:1", "y:2"], "{topic} {taken}");
        }
    }
}

#[test]
fn the_clock_comes_before_the_first_record_however_the_first_transactions_end() {
    for plan in [vec![], vec![Plan::Abort], vec![Plan::Abort; 3]] {
        let model = Model::new(1);
        model.first_start();
        model.assign(&[0]);
        model.load("lead", 0, &["a", "b"]);
        model.plan(&plan);
        let mut worker = worker(&model);
        // The shard itself refuses a record without a clock.
        turn_until(&mut worker, || model.committed("lead", 0) == 2).unwrap();
        assert_eq!(model.outputs(0), ["a:1", "b:2"], "{plan:?}");
        assert_eq!(model.written("log", 0, &[CLOCK]), 1, "{plan:?}");
    }
}

#[test]
fn a_changelog_that_seems_to_end_too_early_is_read_on() {
    let model = Model::new(1);
    model.load("lead", 0, &["a", "b"]);
    model.set(Some(1), Some(1));
    model.early_ends(1);
    model.assign(&[0]);
    let mut worker = worker(&model);
    turn_until(&mut worker, || model.committed("lead", 0) == 2).unwrap();
    assert_eq!(model.outputs(0), ["b:1"]);
}

#[test]
fn an_abort_that_nobody_saw_end_is_ended_by_a_new_producer() {
    let model = Model::new(1);
    model.first_start();
    model.assign(&[0]);
    let mut worker = started(&model, 0..1);
    model.lose_aborts();
    model.load("lead", 0, &RECORDS);
    model.plan(&[Plan::Abort]);
    turn_until(&mut worker, || model.committed("lead", 0) == 5).unwrap();
    assert_eq!(model.outputs(0), EXACT);
}

#[test]
fn partitions_without_an_owner_are_shared_out_again() {
    let model = Model::new(2);
    model.first_start();
    model.assign(&[0]);
    let mut worker = started(&model, 0..1);
    for (owned, lacking, asked) in
        [(&[0, 1][..], false, 0), (&[0], true, 0), (&[0], false, 1), (&[0, 1], false, 1)]
    {
        model.owned(owned);
        let (looks, _) = model.looks();
        // As if the last look had been a while ago.
        worker.looked = worker.looked.checked_sub(LACKING_FOR).unwrap();
        if let Some((since, _)) = &mut worker.sharing.lacking {
            *since = since.checked_sub(LACKING_FOR).unwrap();
        }
        turn_until(&mut worker, || model.looks().0 > looks).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while (worker.sharing.lacking.is_some(), model.looks().1) != (lacking, asked) {
            assert!(Instant::now() < deadline, "{owned:?}: {:?}", worker.sharing);
            worker.turn().unwrap();
        }
    }
}

/// Has the group looked at twice, as if what is lacking were known for so long already, and the first answer taken.
fn look(worker: &mut Worker<Numbering>, model: &Model, known_for: Duration) {
    if let Some((since, _)) = &mut worker.sharing.lacking {
        *since = since.checked_sub(known_for).unwrap();
    }
    for _ in 0..2 {
        let (looks, _) = model.looks();
        worker.looked = worker.looked.checked_sub(LOOK_EVERY).unwrap();
        turn_until(worker, || model.looks().0 > looks).unwrap();
    }
    // The second look began after the answer of the first was handed over.
    worker.turn().unwrap();
}

#[test]
fn a_member_that_does_not_let_go_makes_the_others_join_again_ever_more_seldom() {
    let model = Model::new(2);
    model.first_start();
    model.assign(&[0]);
    let mut worker = started(&model, 0..1);
    model.owned(&[0]);
    look(&mut worker, &model, Duration::ZERO);
    for (known_for, asked, why) in [
        (LACKING_FOR, 1, "it lacks for a while"),
        (Duration::ZERO, 1, "it lacks again"),
        (LACKING_FOR, 1, "the while is longer after it was in vain"),
        (LACKING_FOR, 2, "that while is over, too"),
    ] {
        look(&mut worker, &model, known_for);
        assert_eq!(model.looks().1, asked, "{why}");
    }
    model.owned(&[0, 1]);
    look(&mut worker, &model, Duration::ZERO);
    model.owned(&[0]);
    look(&mut worker, &model, Duration::ZERO);
    look(&mut worker, &model, LACKING_FOR);
    assert_eq!(model.looks().1, 3, "a group that was whole is asked after the first while");
}

#[test]
fn a_while_in_which_the_group_could_not_be_seen_proves_nothing() {
    let model = Model::new(2);
    model.first_start();
    model.assign(&[0]);
    let mut worker = started(&model, 0..1);
    model.owned(&[0]);
    look(&mut worker, &model, Duration::ZERO);
    model.unseen(true);
    look(&mut worker, &model, LACKING_FOR / 2);
    model.unseen(false);
    look(&mut worker, &model, LACKING_FOR / 2);
    assert_eq!(model.looks().1, 0, "what lacked before nobody saw may be another gap");
    look(&mut worker, &model, LACKING_FOR);
    assert_eq!(model.looks().1, 1, "it is the same for a while again");
}

#[test]
fn aborts_without_end_make_the_worker_leave() {
    for plan in [Plan::Abort, Plan::UnknownNot] {
        let model = Model::new(1);
        model.first_start();
        model.assign(&[0]);
        let mut worker = started(&model, 0..1);
        model.load("lead", 0, &["a"]);
        model.plan(&[plan; 60]);
        worker.aborts_in_a_row = 48;
        let refused = turn_until(&mut worker, || false).unwrap_err().to_string();
        assert!(refused.contains("in a row were aborted"), "{plan:?}: {refused}");
        assert!(model.outputs(0).is_empty());
    }
}
