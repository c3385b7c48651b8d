//! What a worker writes with: its member, and how far the open transaction has come.

use std::time::{Duration, Instant};

use crate::client::{Member, Refused};
use crate::error::Error;
use crate::event::Events;
use crate::stage::{Outputs, Stop};

/// Why a turn did not end well.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The transaction must be aborted and done again.
    Abort(String),
    /// The process must leave.
    Leave(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Leave(error)
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Leave(Error::Stop(stop))
    }
}

/// The topics a worker writes to, with what they take.
#[derive(Debug, Clone)]
pub(crate) struct Writable {
    pub(crate) topic: &'static str,
    pub(crate) partitions: i32,
    /// The largest record the topic takes, in bytes.
    pub(crate) bytes_max: usize,
}

/// What the broker adds to a record before it compares it with the limit of the topic: batch and record
/// headers, rounded up.
const OVERHEAD: usize = 128;

/// Bytes that are handed to the client together, if the commit does not come first.
const OUTGOING_BYTES_MAX: usize = 1024 * 1024;

/// How often the client is handed what was written, if neither that size nor the commit comes first.
const HAND_OVER_EVERY: Duration = Duration::from_millis(20);

/// The member of a worker, and the transaction it has open.
pub(super) struct Hands {
    pub(super) member: Box<dyn Member>,
    pub(super) events: Events,
    writable: Vec<Writable>,
    /// Since when decisions are made that no transaction holds yet.
    since: Option<Instant>,
    last_commit: Option<LastCommit>,
    transaction: Transaction,
    bytes: usize,
    /// Records that wait to be handed to the client, and when it was handed some last.
    outgoing: Outputs,
    handed: Option<Instant>,
    /// Records written to each topic since they were counted last.
    written: Vec<(&'static str, u64)>,
}

/// Whether a transaction is open on the broker's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    Closed,
    Open,
}

/// When the last commit began, and how long it took.
#[derive(Debug, Clone, Copy)]
struct LastCommit {
    began: Instant,
    took: Duration,
}

impl LastCommit {
    /// When what is decided since an instant is due: an interval after the last commit began. Where commits
    /// take long, deciding is given as long as the last one took, up to an interval: else a worker would
    /// commit after each batch just when the broker is slow.
    fn next_due(self, since: Instant, interval: Duration) -> Instant {
        (self.began + interval).max(since + self.took.min(interval))
    }
}

impl Hands {
    pub(super) fn new(member: Box<dyn Member>, events: Events, writable: Vec<Writable>) -> Self {
        Self {
            member,
            events,
            writable,
            since: None,
            last_commit: None,
            transaction: Transaction::Closed,
            bytes: 0,
            outgoing: Outputs::default(),
            handed: None,
            written: Vec::new(),
        }
    }

    pub(super) fn transaction(&self) -> Transaction {
        self.transaction
    }

    /// True when decisions were made that are not committed.
    pub(super) fn decided(&self) -> bool {
        self.since.is_some()
    }

    /// How long until what was decided is due to be committed.
    pub(super) fn due_in(&self, interval: Duration, bytes_max: usize) -> Option<Duration> {
        let since = self.since?;
        if self.bytes >= bytes_max {
            return Some(Duration::ZERO);
        }
        let due = self.last_commit.map_or(since, |last| last.next_due(since, interval));
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Notes a commit that began at an instant and is over.
    pub(super) fn committed(&mut self, began: Instant) {
        self.last_commit = Some(LastCommit { began, took: began.elapsed() });
    }

    /// The bytes written since the last commit.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Notes that a decision is about to be made: the first one pins the membership it is made under.
    pub(super) fn decide(&mut self) -> Result<(), Trouble> {
        if self.since.is_none() {
            self.member.pin()?;
            self.since = Some(Instant::now());
        }
        Ok(())
    }

    /// Begins a transaction unless one is open.
    pub(super) fn begin(&mut self) -> Result<(), Trouble> {
        if self.transaction == Transaction::Closed {
            self.member.begin()?;
            self.transaction = Transaction::Open;
        }
        Ok(())
    }

    /// Forgets the transaction: it was committed, or aborted, or nothing was in it.
    pub(super) fn settled(&mut self) {
        self.since = None;
        self.transaction = Transaction::Closed;
        self.bytes = 0;
        self.outgoing.clear();
        self.handed = None;
        for (topic, count) in self.written.drain(..) {
            self.events.records_out(topic, count);
        }
    }

    /// Writes every record of a decision.
    pub(super) fn write_all(&mut self, out: &Outputs) -> Result<(), Trouble> {
        if out.is_empty() {
            return Ok(());
        }
        self.begin()?;
        for (topic, partition, key, value) in out.iter() {
            self.write(topic, partition, key, value)?;
        }
        Ok(())
    }

    /// Writes one record. It is handed to the client with many others: handed over one by one, they would
    /// leave in many small batches, each a request to the broker, and nobody sees them before the commit.
    pub(super) fn write(
        &mut self,
        topic: &'static str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Trouble> {
        let size = key.len() + value.map_or(0, <[u8]>::len);
        let Some(known) = self.writable.iter().find(|known| known.topic == topic) else {
            return Err(Stop(format!("a record was made for {topic}, which is not an output topic")).into());
        };
        if !(0..known.partitions).contains(&partition) {
            let count = known.partitions;
            return Err(Stop(format!(
                "a record was made for {topic} [{partition}], which has {count} partitions"
            ))
            .into());
        }
        if size + OVERHEAD > known.bytes_max {
            let limit = known.bytes_max;
            return Err(Stop(format!(
                "a record of {size} bytes was made for {topic} [{partition}], which takes {limit}; raise \
                 max.message.bytes of the topic"
            ))
            .into());
        }
        self.bytes += size;
        match self.written.iter_mut().find(|(written, _)| *written == topic) {
            Some((_, count)) => *count += 1,
            None => self.written.push((topic, 1)),
        }
        self.outgoing.send(topic, partition, key, value);
        if self.outgoing.bytes() >= OUTGOING_BYTES_MAX { self.hand_over() } else { Ok(()) }
    }

    /// Hands over what was written, unless it was done a moment ago. The first of a transaction goes at
    /// once: the client must add each partition to the transaction, and that takes a while.
    pub(super) fn hand_over_in_time(&mut self) -> Result<(), Trouble> {
        let due = self.handed.is_none_or(|handed| handed.elapsed() >= HAND_OVER_EVERY);
        if due && !self.outgoing.is_empty() { self.hand_over() } else { Ok(()) }
    }

    /// Hands every record that was written to the client.
    pub(super) fn hand_over(&mut self) -> Result<(), Trouble> {
        let member = &mut self.member;
        let handed = self.outgoing.iter().try_for_each(|(topic, partition, key, value)| {
            member.produce(topic, partition, key, value).map_err(|refused| match refused {
                Refused::Abort(reason) => Trouble::Abort(reason),
                Refused::Never(reason) => Trouble::Leave(Error::kafka("cannot write a record", reason)),
            })
        });
        self.outgoing.clear();
        self.handed = Some(Instant::now());
        handed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_keep_step_and_leave_time_to_decide() {
        let began = Instant::now();
        let ms = Duration::from_millis;
        // An interval of 75 ms. What the last commit took, when the next decision came, when that is due.
        #[rustfmt::skip]
        let cases = [
            ( 10,  10,  75),
            ( 10,  60,  75),
            ( 10,  70,  80),
            ( 50,  50, 100),
            (200, 200, 275),
            ( 10, 500, 510),
        ];
        for (took, since, due) in cases {
            let last = LastCommit { began, took: ms(took) };
            let found = last.next_due(began + ms(since), ms(75)) - began;
            assert_eq!(found, ms(due), "after a commit of {took} ms, decided at {since} ms");
        }
    }
}
