//! One shard at work: its inputs, what it holds back, and where it stands.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::ends::Ends;
use super::hands::{Hands, Trouble};
use crate::error::Error;
use crate::header::Header;
use crate::restore::Ready;
use crate::stage::{Changes, Clock, EpochMillis, Outputs, Record, Refusal, Shard, Stop};

/// A partition that was assigned.
pub(super) enum Slot<D> {
    /// Being restored, or restored and, since a moment, waiting for its start.
    Waiting { epoch: u64, cancelled: Arc<AtomicBool>, restored: Option<(Ready<D>, Instant)> },
    /// At work.
    Running(Box<Running<D>>),
}

/// A shard at work.
pub(super) struct Running<D> {
    pub(super) partition: i32,
    pub(super) shard: D,
    /// The lead topic first, then the side topics.
    pub(super) inputs: Vec<Input>,
    pub(super) ends: Ends,
    /// Whether decisions were made that are not committed.
    decided: Decided,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decided {
    Nothing,
    /// Decisions that wrote nothing so far.
    Quietly,
    /// Decisions that wrote records.
    Loudly,
}

/// One input partition of a shard.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) topic: &'static str,
    /// The next offset to be decided on.
    pub(super) position: i64,
    /// The position when the last transaction was committed.
    settled: i64,
    /// The offset committed last.
    committed: i64,
    pub(super) flow: Flow,
    pub(super) place: Place,
    /// Records that wait, in order; while there are any the input is stopped.
    held: VecDeque<Held>,
}

/// Whether an input flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Flowing,
    Stopped,
}

/// Whether the client reads on where an input stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    There,
    /// It must be sent there, since the instant; what it delivers until then is not next.
    ToSeek(Instant),
}

#[derive(Debug)]
struct Held {
    offset: i64,
    timestamp: Option<EpochMillis>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    Taken,
    /// It waits, and so does everything behind it.
    Held,
    /// It was decided on before, or is delivered again.
    Stale,
}

impl Input {
    fn new(topic: &'static str, next: i64) -> Self {
        Self {
            topic,
            position: next,
            settled: next,
            committed: next,
            flow: Flow::Flowing,
            place: Place::There,
            held: VecDeque::new(),
        }
    }

    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    fn hold(&mut self, record: &Record<'_>) {
        self.held.push_back(Held {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
        });
    }

    /// Goes back to the last commit. The client must go there even when no position changed: it may have
    /// delivered records that were never decided on.
    fn rewind(&mut self, now: Instant) {
        self.position = self.settled;
        self.held.clear();
        self.place = Place::ToSeek(now);
    }
}

impl Held {
    fn record<'a>(&'a self, topic: &'a str, partition: i32) -> Record<'a> {
        Record {
            topic,
            partition,
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
        }
    }
}

/// What a shard wants committed.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) header: Header,
    /// In the order of the inputs.
    pub(super) next: Vec<i64>,
}

impl<D: Shard> Running<D> {
    pub(super) fn new(partition: i32, topics: &[&'static str], ready: Ready<D>) -> Self {
        let inputs = topics.iter().zip(&ready.next).map(|(topic, next)| Input::new(topic, *next)).collect();
        Self { partition, shard: ready.shard, inputs, ends: Ends::default(), decided: Decided::Nothing }
    }

    /// The position in the lead topic.
    pub(super) fn position(&self) -> i64 {
        self.inputs.first().map_or(0, |lead| lead.position)
    }

    /// Offers one record to the shard, or puts it behind those that wait.
    pub(super) fn offer(
        &mut self,
        input: usize,
        record: &Record<'_>,
        hands: &mut Hands,
        out: &mut Outputs,
    ) -> Result<Offered, Trouble> {
        let Some(place) = self.inputs.get_mut(input) else { return Ok(Offered::Stale) };
        if place.place != Place::There {
            return Ok(Offered::Stale);
        }
        let last = place.held.back().map(|held| held.offset + 1);
        if record.offset < last.unwrap_or(place.position) {
            return Ok(Offered::Stale);
        }
        if place.holds() || (input == 0 && self.shard.full()) {
            place.hold(record);
            return Ok(Offered::Held);
        }
        let offered = self.decide_on(input, record, hands, out)?;
        if offered == Offered::Held
            && let Some(place) = self.inputs.get_mut(input)
        {
            place.hold(record);
        }
        Ok(offered)
    }

    /// Offers the records that wait, until one must wait on. Returns how many were taken.
    pub(super) fn offer_held(
        &mut self,
        input: usize,
        hands: &mut Hands,
        out: &mut Outputs,
    ) -> Result<u64, Trouble> {
        let mut taken = 0;
        while !(input == 0 && self.shard.full()) {
            let Some(place) = self.inputs.get_mut(input) else { break };
            let Some(first) = place.held.pop_front() else { break };
            let topic = place.topic;
            match self.decide_on(input, &first.record(topic, self.partition), hands, out)? {
                Offered::Taken | Offered::Stale => taken += 1,
                Offered::Held => {
                    if let Some(place) = self.inputs.get_mut(input) {
                        place.held.push_front(first);
                    }
                    break;
                }
            }
        }
        Ok(taken)
    }

    fn decide_on(
        &mut self,
        input: usize,
        record: &Record<'_>,
        hands: &mut Hands,
        out: &mut Outputs,
    ) -> Result<Offered, Trouble> {
        self.open(hands)?;
        out.clear();
        match self.shard.process(record, out) {
            Ok(()) => {}
            Err(Refusal::Later(_)) => return Ok(Offered::Held),
            Err(Refusal::Stop(stop)) => {
                let place = format!("{} [{}] offset {}", record.topic, record.partition, record.offset);
                return Err(Stop(format!("{place}: {stop}")).into());
            }
        }
        self.write(hands, out)?;
        if let Some(place) = self.inputs.get_mut(input) {
            place.position = record.offset + 1;
        }
        Ok(Offered::Taken)
    }

    /// Lets the shard act on time, and on what it has been waiting for.
    pub(super) fn turn(
        &mut self,
        now: Option<EpochMillis>,
        hands: &mut Hands,
        out: &mut Outputs,
    ) -> Result<(), Trouble> {
        self.open(hands)?;
        out.clear();
        let position = self.position();
        let clock = now.map(|now| Clock { now, read_through: self.ends.reached(position) });
        self.shard.turn(clock, out)?;
        self.write(hands, out)
    }

    fn open(&mut self, hands: &mut Hands) -> Result<(), Trouble> {
        hands.decide()?;
        if self.decided == Decided::Nothing {
            self.shard.begin();
            self.decided = Decided::Quietly;
        }
        Ok(())
    }

    fn write(&mut self, hands: &mut Hands, out: &Outputs) -> Result<(), Trouble> {
        if !out.is_empty() {
            // Said first: a record may be written and the next one refused.
            self.decided = Decided::Loudly;
            hands.write_all(out)?;
        }
        Ok(())
    }

    /// What is to be committed, or nothing when nothing happened. `changes` holds the state afterwards.
    pub(super) fn wanted(&mut self, changes: &mut Changes) -> Result<Option<Wanted>, Trouble> {
        changes.clear();
        if self.decided == Decided::Nothing {
            return Ok(None);
        }
        self.shard.changes(changes)?;
        let mut next: Vec<i64> = self.inputs.iter().map(|input| input.position).collect();
        if let (Some(lead), Some(input)) = (next.first_mut(), self.inputs.first()) {
            *lead = self.shard.committable(input.position);
            if *lead > input.position || *lead < input.committed {
                return Err(Stop(format!(
                    "{} [{}]: the shard wants offset {lead} committed, after {} and at position {}",
                    input.topic, self.partition, input.committed, input.position
                ))
                .into());
            }
        }
        let moved = self.inputs.iter().zip(&next).any(|(input, next)| input.committed != *next)
            || self.inputs.iter().any(|input| input.position != input.settled);
        if !moved && self.decided == Decided::Quietly && changes.iter().next().is_none() {
            return Ok(None);
        }
        let mut header = Header::new();
        for (input, next) in self.inputs.iter().zip(&next) {
            header.set(input.topic, self.partition, *next);
        }
        Ok(Some(Wanted { header, next }))
    }

    /// The transaction is known to be committed. `next` is `None` when nothing was in it.
    pub(super) fn committed(&mut self, next: Option<&[i64]>) {
        if self.decided == Decided::Nothing {
            return;
        }
        self.shard.commit();
        self.decided = Decided::Nothing;
        for (index, input) in self.inputs.iter_mut().enumerate() {
            input.settled = input.position;
            if let Some(next) = next.and_then(|next| next.get(index)) {
                input.committed = *next;
            }
        }
    }

    /// The transaction is known to be aborted: back to where the last one ended. The clients must follow.
    pub(super) fn aborted(&mut self) {
        if self.decided != Decided::Nothing {
            self.shard.abort();
            self.decided = Decided::Nothing;
        }
        self.ends.rewound();
        let now = Instant::now();
        self.inputs.iter_mut().for_each(|input| input.rewind(now));
    }

    /// Whether an input should be stopped or started, as it stands.
    pub(super) fn flow_wanted(&self, input: usize) -> Flow {
        let full = input == 0 && self.shard.full();
        let holds = self.inputs.get(input).is_some_and(Input::holds);
        if full || holds { Flow::Stopped } else { Flow::Flowing }
    }

    /// The offsets committed last, in the order of the inputs.
    pub(super) fn committed_offsets(&self) -> Vec<i64> {
        self.inputs.iter().map(|input| input.committed).collect()
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Abort(reason) => Self::kafka("cannot finish a transaction", reason),
            Trouble::Leave(error) => error,
        }
    }
}
