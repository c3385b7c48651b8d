//! The loop: one thread, one place in the group, one transactional producer, and the shards it was given.
//!
//! A turn reads what arrived, follows the group, lets shards decide, and commits when it is time. Only one
//! transaction is open at a time; while it is committed nothing is decided, since the overlay of a shard
//! has one level. Everything that can block for long (restores, samples, transactional calls) runs on
//! other threads and is asked about, so that the loop keeps turning.

mod commit;
mod ends;
mod group;
mod hands;
mod sampler;
mod sharing;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(crate) use hands::Writable;
use hands::{Hands, Trouble};
use sampler::{Found, Sampler};
use sharing::Sharing;
use slot::{Offered, Running, Slot};

use crate::client::{Batch, Broker, Entry, Reader};
use crate::error::Error;
use crate::event::Events;
use crate::health::WorkerHealth;
use crate::restore::Restored;
use crate::stage::{Changes, EpochMillis, Outputs, Record, Service, TICK_EVERY, Topics};
use crate::tables::TablesReady;

/// The longest the loop waits for input: answers that arrive elsewhere wait for a turn.
const POLL_WAIT: Duration = Duration::from_millis(10);
/// After how many written bytes a transaction is committed before its time. Half the producer's queue.
const TRANSACTION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a worker is made of.
pub(crate) struct Parts<S: Service> {
    pub(crate) service: Arc<S>,
    pub(crate) name: String,
    pub(crate) number: usize,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) writable: Vec<Writable>,
    pub(crate) tables: TablesReady,
    pub(crate) health: Arc<WorkerHealth>,
    /// How long leaving the group may take.
    pub(crate) close_within: Duration,
}

/// One worker.
pub(crate) struct Worker<S: Service> {
    service: Arc<S>,
    number: usize,
    topics: Topics,
    /// The lead topic, then the side topics.
    inputs: Vec<&'static str>,
    broker: Arc<dyn Broker>,
    hands: Hands,
    sides: Vec<Side>,
    slots: BTreeMap<i32, Slot<S::Shard>>,
    /// Counts assignments, to tell a late restore from the wanted one.
    epochs: u64,
    restored: (Sender<Restored<S::Shard>>, Receiver<Restored<S::Shard>>),
    batch: Batch,
    out: Outputs,
    changes: Changes,
    sampler: Sampler,
    sharing: Sharing,
    /// When the group was looked at last.
    looked: Instant,
    ticked: Option<Instant>,
    aborts_in_a_row: u32,
    tables: TablesReady,
    health: Arc<WorkerHealth>,
    events: Events,
    close_within: Duration,
}

/// A side topic: read by number, one partition for each shard at work.
struct Side {
    topic: &'static str,
    reader: Box<dyn Reader>,
    batch: Batch,
}

impl<S: Service> Worker<S> {
    /// Makes the clients and joins the group.
    ///
    /// # Errors
    /// [`Error`] when a client cannot be made or transactions cannot be initialised.
    pub(crate) fn new(parts: Parts<S>) -> Result<Self, Error> {
        let topics = parts.service.topics();
        let events = Events::new(&parts.name);
        let lookup = parts.broker.lookup();
        let asker = format!("{}-{}", parts.name, parts.number);
        let sampler = Sampler::start(lookup, topics.lead, &asker, events.clone())?;
        let mut sides = Vec::new();
        for &topic in &topics.sides {
            sides.push(Side { topic, reader: parts.broker.reader(topic)?, batch: Batch::new() });
        }
        // The changelog has as many partitions as the lead topic.
        let partitions = parts.writable.iter().find(|known| known.topic == topics.changelog);
        let sharing = Sharing::new(partitions.map_or(0, |known| known.partitions));
        let counts = parts.writable.iter().filter(|known| known.topic != topics.changelog);
        let out = Outputs::new(counts.map(|known| (known.topic, known.partitions)).collect());
        let member = parts.broker.member(parts.number, topics.lead)?;
        Ok(Self {
            service: parts.service,
            number: parts.number,
            inputs: std::iter::once(topics.lead).chain(topics.sides.clone()).collect(),
            topics,
            broker: parts.broker,
            hands: Hands::new(member, events.clone(), parts.writable),
            sides,
            slots: BTreeMap::new(),
            epochs: 0,
            restored: std::sync::mpsc::channel(),
            batch: Batch::new(),
            out,
            changes: Changes::default(),
            sampler,
            sharing,
            looked: Instant::now(),
            ticked: None,
            aborts_in_a_row: 0,
            tables: parts.tables,
            health: parts.health,
            events,
            close_within: parts.close_within,
        })
    }

    /// Turns until `stopped`, then commits what is done and leaves the group.
    ///
    /// After an error or a panic nothing is closed: dropping a member waits for a group that waits for it.
    /// The process is about to leave, and the broker ends what it left open.
    ///
    /// # Errors
    /// [`Error`] when the process must leave.
    pub(crate) fn run(self, stopped: &dyn Fn() -> bool) -> Result<(), Error> {
        let mut worker = ManuallyDrop::new(self);
        worker.work(stopped)?;
        let worker = ManuallyDrop::into_inner(worker);
        worker.hands.member.close(worker.close_within);
        Ok(())
    }

    fn work(&mut self, stopped: &dyn Fn() -> bool) -> Result<(), Error> {
        let mut draining = false;
        while !draining {
            self.health.turned();
            draining = stopped();
            match if draining { self.commit() } else { self.turn() } {
                Ok(()) => {}
                Err(Trouble::Leave(error)) => return Err(error),
                Err(Trouble::Abort(reason)) => self.abort(&reason)?,
            }
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), Trouble> {
        if self.batch.is_empty() {
            let wait = self.hands.due_in(self.service.commit_interval(), TRANSACTION_BYTES_MAX);
            let wait = wait.map_or(POLL_WAIT, |due| due.min(POLL_WAIT));
            self.hands.member.poll(wait, &mut self.batch)?;
        }
        self.hands.member.serve();
        // A change concerns what was read before it was seen, too.
        self.follow_group()?;
        self.take_restored()?;
        self.take_found()?;
        // Before any record: what a shard decides rests on its clock.
        self.tick()?;
        self.decide_on_waiting()?;
        self.decide_on_batch()?;
        self.decide_on_sides()?;
        self.give_turns()?;
        self.steer()?;
        self.hands.hand_over_in_time()?;
        let due = self.hands.due_in(self.service.commit_interval(), TRANSACTION_BYTES_MAX);
        if due.is_some_and(|due| due.is_zero()) {
            self.commit()?;
        }
        Ok(())
    }

    /// Offers again what shards made wait.
    fn decide_on_waiting(&mut self) -> Result<(), Trouble> {
        for running in self.slots.values_mut().filter_map(Slot::running) {
            for (input, topic) in self.inputs.iter().enumerate() {
                if running.inputs.get(input).is_some_and(slot::Input::holds) {
                    let taken = running.offer_held(input, &mut self.hands, &mut self.out)?;
                    self.events.records_in(topic, taken);
                }
            }
        }
        Ok(())
    }

    fn decide_on_batch(&mut self) -> Result<(), Trouble> {
        let mut batch = std::mem::take(&mut self.batch);
        let mut counts = Counts::default();
        let mut outcome = Ok(());
        for entry in batch.iter() {
            outcome = match entry {
                Entry::Record(record) => {
                    let Some(running) = self.slots.get_mut(&record.partition).and_then(Slot::running) else {
                        continue;
                    };
                    let record = Record { topic: self.topics.lead, ..record };
                    running
                        .offer(0, &record, &mut self.hands, &mut self.out)
                        .map(|offered| counts.count(offered))
                }
                Entry::End(partition) => {
                    if let Some(running) = self.slots.get_mut(&partition).and_then(Slot::running) {
                        if running.inputs.first().is_some_and(slot::Input::holds) {
                            running.ends.ended_too_early();
                        } else {
                            running.ends.ended();
                        }
                    }
                    Ok(())
                }
            };
            if outcome.is_err() {
                break;
            }
        }
        batch.clear();
        self.batch = batch;
        counts.report(&self.events, self.topics.lead);
        outcome
    }

    fn decide_on_sides(&mut self) -> Result<(), Trouble> {
        self.seek_sides()?;
        for (index, side) in self.sides.iter_mut().enumerate() {
            side.batch.clear();
            side.reader.poll(Duration::ZERO, &mut side.batch)?;
            let mut counts = Counts::default();
            for entry in side.batch.iter() {
                let Entry::Record(record) = entry else { continue };
                let Some(running) = self.slots.get_mut(&record.partition).and_then(Slot::running) else {
                    continue;
                };
                let record = Record { topic: side.topic, ..record };
                counts.count(running.offer(index + 1, &record, &mut self.hands, &mut self.out)?);
            }
            counts.report(&self.events, side.topic);
        }
        Ok(())
    }

    /// Takes what the sampler has found, and has it look at the group when it is time for it.
    fn take_found(&mut self) -> Result<(), Trouble> {
        while let Some(found) = self.sampler.next() {
            match found {
                Found::End(sampled) => {
                    let Some(running) = self.slots.get_mut(&sampled.partition).and_then(Slot::running) else {
                        continue;
                    };
                    running.ends.sample(sampled.now, sampled.end, sampled.stable);
                    let lag = sampled.end - running.position().min(sampled.end);
                    self.events.lag(sampled.partition, lag);
                }
                Found::Shares(shares) => {
                    let owns = |partition| self.slots.contains_key(&partition);
                    let orphans = self.sharing.look(Instant::now(), shares, owns);
                    if !orphans.is_empty() {
                        self.events.orphaned(self.number, &orphans);
                        self.hands.member.rejoin()?;
                    }
                }
                Found::Unseen => self.sharing.unseen(),
            }
        }
        if self.looked.elapsed() >= sharing::LOOK_EVERY {
            self.looked = Instant::now();
            self.sampler.look();
        }
        Ok(())
    }

    /// Gives every shard the clock when it is time for it.
    fn tick(&mut self) -> Result<(), Trouble> {
        if self.ticked.is_some_and(|at| at.elapsed() < TICK_EVERY) {
            return Ok(());
        }
        let now = now();
        let mut asked = Vec::new();
        for running in self.slots.values_mut().filter_map(Slot::running) {
            running.turn(Some(now), &mut self.hands, &mut self.out)?;
            asked.push(running.partition);
        }
        // A tick without a shard would make the first shard wait for the next one.
        if !asked.is_empty() {
            self.ticked = Some(Instant::now());
            self.sampler.ask(now, asked);
        }
        Ok(())
    }

    /// Gives every shard its turn.
    fn give_turns(&mut self) -> Result<(), Trouble> {
        for running in self.slots.values_mut().filter_map(Slot::running) {
            running.turn(None, &mut self.hands, &mut self.out)?;
        }
        Ok(())
    }

    /// Stops and starts inputs as their shards want, and asks for ends that no position can show.
    fn steer(&mut self) -> Result<(), Trouble> {
        for running in self.slots.values_mut().filter_map(Slot::running) {
            let partition = running.partition;
            for index in 0..running.inputs.len() {
                let wanted = running.flow_wanted(index);
                let Some(input) = running.inputs.get_mut(index) else { continue };
                if input.flow == wanted {
                    continue;
                }
                input.flow = wanted;
                let side = index.checked_sub(1).and_then(|index| self.sides.get_mut(index));
                match (wanted, side) {
                    (slot::Flow::Stopped, None) => {
                        self.events.later(input.topic);
                        self.hands.member.pause(partition)?;
                    }
                    (slot::Flow::Flowing, None) => self.hands.member.resume(partition)?,
                    (slot::Flow::Stopped, Some(side)) => {
                        self.events.later(input.topic);
                        side.reader.pause(partition)?;
                    }
                    (slot::Flow::Flowing, Some(side)) => side.reader.resume(partition)?,
                }
            }
            let position = running.position();
            let flows = running.inputs.first().is_some_and(|lead| lead.flow == slot::Flow::Flowing);
            if flows && running.ends.wants_probe(position) {
                self.hands.member.seek(&[(partition, position)])?;
                running.ends.asked();
            }
        }
        Ok(())
    }
}

impl<D> Slot<D> {
    fn running(&mut self) -> Option<&mut Running<D>> {
        match self {
            Self::Running(running) => Some(running),
            Self::Waiting { .. } => None,
        }
    }
}

/// Counts what became of a batch, so that metrics are touched once.
#[derive(Debug, Default)]
struct Counts {
    taken: u64,
    stale: u64,
}

impl Counts {
    fn count(&mut self, offered: Offered) {
        match offered {
            Offered::Taken => self.taken += 1,
            Offered::Stale => self.stale += 1,
            Offered::Held => {}
        }
    }

    fn report(&self, events: &Events, topic: &str) {
        if self.taken > 0 {
            events.records_in(topic, self.taken);
        }
        if self.stale > 0 {
            events.stale(self.stale);
        }
    }
}

/// The only clock reading that shards see.
#[allow(clippy::disallowed_methods, reason = "this is the door that time comes through")]
fn now() -> EpochMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMillis::try_from(since.as_millis()).unwrap_or(EpochMillis::MAX)
}
