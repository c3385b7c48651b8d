//! Rebuilds shards from their changelog, on a thread of its own, and decides where their input goes on.
//!
//! The order matters. The committed offsets are read first; then the end of the changelog with open
//! transactions included; then the changelog is read, committed records only, to that end. A commit marker
//! can reach the offsets before it reaches the changelog: reading only to the last stable offset would pair
//! new offsets with old state. What is found is compared with the header before the shard is handed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use crate::client::{Batch, Broker, Entry, Lookup, Reader, View};
use crate::error::Error;
use crate::event::Events;
use crate::header::{self, Header};
use crate::stage::{Service, Shard, Topics};

/// How long a transaction of the last owner may hold back the changelog: its timeout of 10 s, 10 s until
/// the broker looks for expired ones, and 5 s for the markers to arrive.
const STABLE_WAIT: Duration = Duration::from_secs(25);
/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// How often the last stable offset is asked for while it is behind.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// What is to be restored.
pub(crate) struct Job<S: Service> {
    pub(crate) service: Arc<S>,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) topics: Topics,
    pub(crate) events: Events,
    pub(crate) partitions: Vec<Ticket>,
    pub(crate) done: Sender<Restored<S::Shard>>,
}

/// One partition to be restored, and whether it is still wanted.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) partition: i32,
    /// Tells apart two assignments of the same partition.
    pub(crate) epoch: u64,
    pub(crate) cancelled: Arc<AtomicBool>,
}

/// A finished restore.
pub(crate) struct Restored<D> {
    pub(crate) partition: i32,
    pub(crate) epoch: u64,
    pub(crate) outcome: Result<Ready<D>, Error>,
}

/// A restored shard and where its inputs go on: the lead topic first, then the side topics.
pub(crate) struct Ready<D> {
    pub(crate) shard: D,
    pub(crate) next: Vec<i64>,
}

/// A shard while it is restored.
struct Restoring<D> {
    ticket: Ticket,
    shard: D,
    header: Header,
    committed: Vec<Option<i64>>,
    /// The end of the changelog it must be read to.
    mark: i64,
    /// Where the reading is.
    next: i64,
    reading: Reading,
    records: u64,
}

/// How the reading of a changelog partition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Not begun: the mark is not known to be stable.
    Waiting,
    Under,
    /// The partition seemed to end below the mark: the end is asked for once more.
    Doubted,
    /// Whatever end is reported from here on is the end.
    Confirmed,
}

impl<D> Restoring<D> {
    /// Whether a reported end is the end. The tail of a changelog is markers, which no position of a record
    /// passes, so an end below the mark is usual. But it is also what a broker reports that has just become
    /// the leader and does not know yet how far the last one was.
    fn is_read(&self) -> bool {
        self.next >= self.mark || self.reading == Reading::Confirmed
    }
}

impl<S: Service> Job<S> {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`Error::System`] when there is none to be had.
    pub(crate) fn start(self) -> Result<(), Error> {
        std::thread::Builder::new()
            .name("restore".to_owned())
            .spawn(move || self.run())
            .map(drop)
            .map_err(|source| Error::System { doing: "cannot start a thread".to_owned(), source })
    }

    fn run(self) {
        let Err(error) = self.restore_all() else { return };
        let reason = error.to_string();
        // Told for every partition: any of them may have been taken back meanwhile.
        for ticket in &self.partitions {
            let outcome = Err(Error::kafka("cannot restore shards", &reason));
            self.hand_over(Restored { partition: ticket.partition, epoch: ticket.epoch, outcome });
        }
    }

    fn hand_over(&self, restored: Restored<S::Shard>) {
        if self.done.send(restored).is_err() {
            tracing::debug!("a restored shard found its worker gone");
        }
    }

    fn inputs(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.topics.lead).chain(self.topics.sides.clone())
    }

    fn restore_all(&self) -> Result<(), Error> {
        let began = Instant::now();
        let lookup = self.broker.lookup();
        let mut pending = self.look_up(lookup.as_ref())?;
        let mut reader = self.broker.reader(self.topics.changelog)?;
        let mut batch = Batch::new();
        let mut asked: Option<Instant> = None;
        loop {
            pending.retain(|_, shard| !shard.ticket.cancelled.load(Ordering::Acquire));
            if pending.is_empty() {
                return Ok(());
            }
            if asked.is_none_or(|at| at.elapsed() >= ASK_EVERY) {
                asked = Some(Instant::now());
                self.start_stable(lookup.as_ref(), reader.as_mut(), &mut pending, began)?;
            }
            batch.clear();
            reader.poll(Duration::from_millis(50), &mut batch)?;
            for entry in batch.iter() {
                match entry {
                    Entry::Record(record) => {
                        let Some(shard) = pending.get_mut(&record.partition) else { continue };
                        shard.records += 1;
                        shard.next = record.offset + 1;
                        let Some(key) = record.key else {
                            return Err(Error::stop(format!(
                                "{} [{}] offset {}: a changelog record without a key",
                                self.topics.changelog, record.partition, record.offset
                            )));
                        };
                        if key == header::KEY {
                            shard.header = Header::decode(record.value.unwrap_or_default())?;
                        } else {
                            shard.shard.restore(key, record.value)?;
                        }
                    }
                    Entry::End(partition) => {
                        let Some(shard) = pending.get_mut(&partition) else { continue };
                        // Reported once more while the reading is off already.
                        if matches!(shard.reading, Reading::Waiting | Reading::Doubted) {
                            continue;
                        }
                        if !shard.is_read() {
                            reader.remove(partition)?;
                            shard.reading = Reading::Doubted;
                            asked = None;
                        } else if let Some(shard) = pending.remove(&partition) {
                            reader.remove(partition)?;
                            let Ticket { partition, epoch, .. } = shard.ticket;
                            let outcome = self.finish(lookup.as_ref(), shard, began);
                            self.hand_over(Restored { partition, epoch, outcome });
                        }
                    }
                }
            }
        }
    }

    fn look_up(&self, lookup: &dyn Lookup) -> Result<BTreeMap<i32, Restoring<S::Shard>>, Error> {
        let numbers: Vec<i32> = self.partitions.iter().map(|ticket| ticket.partition).collect();
        let mut committed: Vec<Vec<Option<i64>>> = vec![Vec::new(); numbers.len()];
        for topic in self.inputs() {
            let answered = lookup.committed(topic, &numbers, ANSWER_WAIT)?;
            for (all, one) in committed.iter_mut().zip(answered) {
                all.push(one);
            }
        }
        let mut pending = BTreeMap::new();
        for (ticket, committed) in self.partitions.iter().zip(committed) {
            let partition = ticket.partition;
            let (low, mark) =
                lookup.watermarks(self.topics.changelog, partition, View::Everything, ANSWER_WAIT)?;
            pending.insert(
                partition,
                Restoring {
                    ticket: ticket.clone(),
                    shard: self.service.shard(partition),
                    header: Header::new(),
                    committed,
                    mark,
                    next: low,
                    reading: Reading::Waiting,
                    records: 0,
                },
            );
        }
        Ok(pending)
    }

    /// Starts to read every changelog partition whose mark is stable.
    fn start_stable(
        &self,
        lookup: &dyn Lookup,
        reader: &mut dyn Reader,
        pending: &mut BTreeMap<i32, Restoring<S::Shard>>,
        began: Instant,
    ) -> Result<(), Error> {
        for (&partition, shard) in pending.iter_mut() {
            let reading = match shard.reading {
                Reading::Waiting => Reading::Under,
                Reading::Doubted => Reading::Confirmed,
                Reading::Under | Reading::Confirmed => continue,
            };
            let (_, stable) =
                lookup.watermarks(self.topics.changelog, partition, View::Committed, ANSWER_WAIT)?;
            if stable >= shard.mark {
                reader.add(partition, shard.next)?;
                shard.reading = reading;
            } else if began.elapsed() > STABLE_WAIT {
                return Err(Error::stop(format!(
                    "{} [{partition}]: a transaction is open at offset {stable}, below the end {} seen {} s ago; it \
                     hangs: end it with kafka-transactions.sh --abort, or wait for it and start again",
                    self.topics.changelog,
                    shard.mark,
                    STABLE_WAIT.as_secs()
                )));
            }
        }
        Ok(())
    }

    /// Decides whether a restored shard may work, and from where.
    fn finish(
        &self,
        lookup: &dyn Lookup,
        mut restored: Restoring<S::Shard>,
        began: Instant,
    ) -> Result<Ready<S::Shard>, Error> {
        let partition = restored.ticket.partition;
        let mut next = Vec::new();
        for (input, (topic, &committed)) in self.inputs().zip(&restored.committed).enumerate() {
            let from = restored.header.decide(topic, partition, committed)?;
            let (low, end) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            match Place::of(input > 0, from, low, end) {
                Place::There => next.push(from),
                Place::Expired => {
                    self.events.expired(topic, partition, from, low);
                    next.push(low);
                }
                Place::Gone => {
                    return Err(Error::stop(format!(
                        "{topic} [{partition}]: the next offset is {from}, but the topic holds {low} to {end}: records \
                         that were not read yet are gone, or the topic was made anew"
                    )));
                }
            }
        }
        restored.shard.restored()?;
        restored.shard.starts_at(next.first().copied().unwrap_or_default());
        self.events.restored(partition, restored.records, began.elapsed());
        Ok(Ready { shard: restored.shard, next })
    }
}

/// Whether a topic still holds the next offset of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    There,
    /// A side topic is empty, and begins behind it. Such a topic may be quiet for longer than it keeps records: the
    /// marker of the transaction that wrote its last one is never read, so the next offset is that of the marker, and
    /// nobody can tell it from a record any more.
    Expired,
    Gone,
}

impl Place {
    fn of(is_side: bool, from: i64, low: i64, end: i64) -> Self {
        match (low..=end).contains(&from) {
            true => Self::There,
            false if is_side && from < low && low == end => Self::Expired,
            false => Self::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn only_an_empty_side_topic_may_have_let_go_of_what_was_next() {
        for (is_side, from, low, end, place) in [
            (false, 5, 5, 5, Place::There),
            (false, 5, 0, 9, Place::There),
            (false, 5, 6, 6, Place::Gone),
            (false, 5, 6, 9, Place::Gone),
            (true, 5, 6, 6, Place::Expired),
            (true, 5, 6, 9, Place::Gone),
            (true, 5, 0, 4, Place::Gone),
            (true, 0, 0, 0, Place::There),
        ] {
            assert_eq!(Place::of(is_side, from, low, end), place, "{from} of {low} to {end}");
        }
    }
}
