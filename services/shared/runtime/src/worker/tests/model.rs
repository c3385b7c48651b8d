//! A broker made of vectors: one group, one producer, transactions that end as planned.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::client::{
    Aftermath, Batch, Broker, Change, Lookup, Member, Position, Progress, Reader, Refused, Shares, Started,
    View,
};
use crate::error::Error;
use crate::header::{self, Header};
use crate::stage::Record;

type Place = (String, i32);
type Message = (Vec<u8>, Option<Vec<u8>>);

/// How a commit ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    Done(Aftermath),
    Abort,
    /// Nobody knows, and it was committed.
    UnknownDone,
    /// Nobody knows, and it was not.
    UnknownNot,
}

#[derive(Default)]
struct World {
    partitions: i32,
    logs: BTreeMap<Place, Vec<Message>>,
    committed: BTreeMap<Place, i64>,
    plans: VecDeque<Plan>,
    changes: VecDeque<Change>,
    open: Option<Vec<(Place, Message)>>,
    /// Records the producer takes before it refuses one.
    taken_before_refusal: Option<usize>,
    /// Seeks of a reader for which its client is not ready.
    unready_seeks: usize,
    /// Ends of the changelog that are reported with nothing read.
    early_ends: usize,
    answer: Option<Progress>,
    /// What the group says its members own.
    owned: BTreeSet<i32>,
    looks: usize,
    /// Whether looks at the group fail.
    unseen: bool,
    rejoined: usize,
    /// Whether the producer cannot say how an abort ended.
    abort_unknown: bool,
    released: Vec<i32>,
    released_while_open: bool,
}

/// The broker, and everything it hands out.
#[derive(Clone)]
pub(super) struct Model(Arc<Mutex<World>>);

impl Model {
    pub(super) fn new(partitions: i32) -> Self {
        Self(Arc::new(Mutex::new(World { partitions, ..World::default() })))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(super) fn first_start(&self) {
        let partitions = self.world().partitions;
        for partition in 0..partitions {
            let mut first = Header::new();
            for topic in ["lead", "side"] {
                first.set(topic, partition, 0);
                self.world().committed.insert((topic.to_owned(), partition), 0);
            }
            self.append("log", partition, (header::KEY.to_vec(), Some(first.encode())));
        }
    }

    /// Sets what is committed for the lead topic and what the header says about it.
    pub(super) fn set(&self, committed: Option<i64>, header: Option<i64>) {
        let side = header.map(|_| 0);
        for (topic, committed) in [("lead", committed), ("side", side)] {
            if let Some(offset) = committed {
                self.world().committed.insert((topic.to_owned(), 0), offset);
            }
        }
        if let Some(next) = header {
            let mut all = Header::new();
            all.set("lead", 0, next);
            all.set("side", 0, 0);
            self.append("log", 0, (header::KEY.to_vec(), Some(all.encode())));
        }
    }

    fn append(&self, topic: &str, partition: i32, message: Message) {
        self.world().logs.entry((topic.to_owned(), partition)).or_default().push(message);
    }

    pub(super) fn load(&self, topic: &str, partition: i32, values: &[&str]) {
        for value in values {
            self.append(topic, partition, (Vec::new(), Some(value.as_bytes().to_vec())));
        }
    }

    pub(super) fn plan(&self, plans: &[Plan]) {
        self.world().plans = plans.iter().copied().collect();
    }

    /// Refuses one record after some were taken.
    pub(super) fn refuse_after(&self, taken: usize) {
        self.world().taken_before_refusal = Some(taken);
    }

    pub(super) fn refused(&self) -> bool {
        self.world().taken_before_refusal.is_none()
    }

    pub(super) fn unready_seeks(&self, count: usize) {
        self.world().unready_seeks = count;
    }

    pub(super) fn early_ends(&self, count: usize) {
        self.world().early_ends = count;
    }

    /// Lets the producer not say how an abort ended.
    pub(super) fn lose_aborts(&self) {
        self.world().abort_unknown = true;
    }

    /// Lets the group say that these have an owner.
    pub(super) fn owned(&self, partitions: &[i32]) {
        self.world().owned = partitions.iter().copied().collect();
    }

    /// Lets looks at the group fail, or no more.
    pub(super) fn unseen(&self, unseen: bool) {
        self.world().unseen = unseen;
    }

    /// How often the group was looked at, and how often it was asked to share out again.
    pub(super) fn looks(&self) -> (usize, usize) {
        let world = self.world();
        (world.looks, world.rejoined)
    }

    /// The number of records a partition holds under a key.
    pub(super) fn written(&self, topic: &str, partition: i32, key: &[u8]) -> usize {
        let world = self.world();
        let log = world.logs.get(&(topic.to_owned(), partition));
        log.into_iter().flatten().filter(|(found, _)| found == key).count()
    }

    pub(super) fn change(&self, change: Change) {
        self.world().changes.push_back(change);
    }

    pub(super) fn assign(&self, partitions: &[i32]) {
        self.change(Change::Assigned(partitions.to_vec()));
    }

    pub(super) fn outputs(&self, partition: i32) -> Vec<String> {
        let world = self.world();
        let log = world.logs.get(&("out".to_owned(), partition));
        log.into_iter()
            .flatten()
            .map(|(_, value)| String::from_utf8(value.clone().unwrap()).unwrap())
            .collect()
    }

    pub(super) fn committed(&self, topic: &str, partition: i32) -> i64 {
        self.world().committed.get(&(topic.to_owned(), partition)).copied().unwrap_or(-1)
    }

    pub(super) fn header(&self, partition: i32) -> Header {
        let world = self.world();
        let log = &world.logs[&("log".to_owned(), partition)];
        let (_, value) = log.iter().rev().find(|(key, _)| key == header::KEY).unwrap();
        Header::decode(value.as_deref().unwrap()).unwrap()
    }

    pub(super) fn released(&self) -> Vec<i32> {
        self.world().released.clone()
    }

    pub(super) fn released_while_open(&self) -> bool {
        self.world().released_while_open
    }
}

impl World {
    fn end(&mut self, positions: &[Position], plan: Plan) -> Progress {
        let written = self.open.take().unwrap();
        if matches!(plan, Plan::Done(_) | Plan::UnknownDone) {
            for (place, message) in written {
                self.logs.entry(place).or_default().push(message);
            }
            for position in positions {
                self.committed.insert((position.topic.clone(), position.partition), position.offset);
            }
        }
        match plan {
            Plan::Done(aftermath) => Progress::Done(aftermath),
            Plan::Abort => {
                self.open = Some(Vec::new());
                Progress::Abort("planned".to_owned())
            }
            Plan::UnknownDone | Plan::UnknownNot => Progress::Unknown("planned".to_owned()),
        }
    }
}

/// Reads partitions of one topic, for a reader and for a member.
struct Cursor {
    model: Model,
    topic: String,
    positions: BTreeMap<i32, (i64, bool)>,
}

impl Cursor {
    fn read(&mut self, batch: &mut Batch) {
        let mut world = self.model.world();
        for (&partition, (position, _)) in self.positions.iter_mut().filter(|(_, (_, flows))| *flows) {
            if self.topic == "log" && world.early_ends > 0 {
                world.early_ends -= 1;
                batch.push_end(partition);
                continue;
            }
            let log = world.logs.get(&(self.topic.clone(), partition));
            let from = usize::try_from(*position).unwrap();
            for (key, value) in log.into_iter().flatten().skip(from) {
                batch.push(&Record {
                    topic: "",
                    partition,
                    offset: *position,
                    timestamp: None,
                    key: Some(key),
                    value: value.as_deref(),
                });
                *position += 1;
            }
            batch.push_end(partition);
        }
    }

    fn place(&mut self, partition: i32, offset: i64) {
        self.positions.get_mut(&partition).expect("a partition that is read").0 = offset;
    }

    fn set(&mut self, partition: i32, flows: bool) {
        if let Some(place) = self.positions.get_mut(&partition) {
            place.1 = flows;
        }
    }
}

impl Reader for Cursor {
    fn add(&mut self, partition: i32, offset: i64) -> Result<(), Error> {
        self.positions.insert(partition, (offset, true));
        Ok(())
    }

    fn remove(&mut self, partition: i32) -> Result<(), Error> {
        self.positions.remove(&partition);
        Ok(())
    }

    fn poll(&mut self, _wait: Duration, batch: &mut Batch) -> Result<(), Error> {
        self.read(batch);
        Ok(())
    }

    fn seek(&mut self, partition: i32, offset: i64) -> Result<Started, Error> {
        let mut world = self.model.world();
        if world.unready_seeks > 0 {
            world.unready_seeks -= 1;
            return Ok(Started::NotYet);
        }
        drop(world);
        self.place(partition, offset);
        Ok(Started::Flowing)
    }

    fn pause(&mut self, partition: i32) -> Result<(), Error> {
        self.set(partition, false);
        Ok(())
    }

    fn resume(&mut self, partition: i32) -> Result<(), Error> {
        self.set(partition, true);
        Ok(())
    }
}

impl Member for Cursor {
    fn poll(&mut self, _wait: Duration, batch: &mut Batch) -> Result<(), Error> {
        self.read(batch);
        Ok(())
    }

    fn change(&mut self) -> Result<Option<Change>, Error> {
        Ok(self.model.world().changes.pop_front())
    }

    fn start(&mut self, partition: i32, offset: i64) -> Result<Started, Error> {
        self.positions.insert(partition, (offset, true));
        Ok(Started::Flowing)
    }

    fn seek(&mut self, positions: &[(i32, i64)]) -> Result<(), Error> {
        for &(partition, offset) in positions {
            self.place(partition, offset);
        }
        Ok(())
    }

    fn pause(&mut self, partition: i32) -> Result<(), Error> {
        Reader::pause(self, partition)
    }

    fn resume(&mut self, partition: i32) -> Result<(), Error> {
        Reader::resume(self, partition)
    }

    fn rejoin(&mut self) -> Result<(), Error> {
        self.model.world().rejoined += 1;
        Ok(())
    }

    fn release(&mut self, partitions: &[i32]) -> Result<(), Error> {
        let mut world = self.model.world();
        world.released.extend(partitions);
        world.released_while_open |= world.open.is_some();
        drop(world);
        for partition in partitions {
            self.positions.remove(partition);
        }
        Ok(())
    }

    fn pin(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        let mut world = self.model.world();
        assert!(world.open.is_none(), "a transaction is open already");
        world.open = Some(Vec::new());
        Ok(())
    }

    fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Refused> {
        let message = (key.to_vec(), value.map(<[u8]>::to_vec));
        let mut world = self.model.world();
        match world.taken_before_refusal {
            Some(0) => {
                world.taken_before_refusal = None;
                return Err(Refused::Abort("planned".to_owned()));
            }
            Some(taken) => world.taken_before_refusal = Some(taken - 1),
            None => {}
        }
        world.open.as_mut().expect("an open transaction").push(((topic.to_owned(), partition), message));
        Ok(())
    }

    fn serve(&mut self) {}

    fn start_commit(&mut self, positions: &[Position]) {
        let mut world = self.model.world();
        let plan = world.plans.pop_front().unwrap_or(Plan::Done(Aftermath::Clean));
        let answer = world.end(positions, plan);
        world.answer = Some(answer);
    }

    fn start_abort(&mut self) {
        let mut world = self.model.world();
        assert!(world.open.is_some(), "there is nothing to abort");
        if !world.abort_unknown {
            world.open = None;
        }
        world.answer = Some(if world.abort_unknown {
            Progress::Unknown("planned".to_owned())
        } else {
            Progress::Done(Aftermath::Clean)
        });
    }

    fn start_renew(&mut self) {
        let mut world = self.model.world();
        world.open = None;
        world.answer = Some(Progress::Done(Aftermath::Clean));
    }

    fn progress(&mut self, _wait: Duration) -> Progress {
        self.model.world().answer.take().unwrap()
    }

    fn close(self: Box<Self>, _within: Duration) {}
}

impl Lookup for Model {
    fn committed(&self, topic: &str, partitions: &[i32], _wait: Duration) -> Result<Vec<Option<i64>>, Error> {
        let world = self.world();
        let one = |partition: &i32| world.committed.get(&(topic.to_owned(), *partition)).copied();
        Ok(partitions.iter().map(one).collect())
    }

    fn watermarks(
        &self,
        topic: &str,
        partition: i32,
        _view: View,
        _wait: Duration,
    ) -> Result<(i64, i64), Error> {
        let world = self.world();
        let length = world.logs.get(&(topic.to_owned(), partition)).map_or(0, Vec::len);
        Ok((0, i64::try_from(length).unwrap()))
    }

    fn shares(&self, _topic: &str, _wait: Duration) -> Result<Shares, Error> {
        let mut world = self.world();
        world.looks += 1;
        if world.unseen {
            return Err(Error::kafka("cannot look at the group", "a broker is gone"));
        }
        Ok(Shares { settled: true, owned: world.owned.clone() })
    }

    fn partitions(&self, _topic: &str, _wait: Duration) -> Result<i32, Error> {
        Ok(self.world().partitions)
    }
}

impl Broker for Model {
    fn member(&self, _worker: usize, lead: &str) -> Result<Box<dyn Member>, Error> {
        Ok(Box::new(Cursor { model: self.clone(), topic: lead.to_owned(), positions: BTreeMap::new() }))
    }

    fn reader(&self, topic: &str) -> Result<Box<dyn Reader>, Error> {
        Ok(Box::new(Cursor { model: self.clone(), topic: topic.to_owned(), positions: BTreeMap::new() }))
    }

    fn lookup(&self) -> Arc<dyn Lookup> {
        Arc::new(self.clone())
    }
}
