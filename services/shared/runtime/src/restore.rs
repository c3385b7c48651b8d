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
    /// First offset of the changelog and the end it must be read to.
    low: i64,
    mark: i64,
    reading: bool,
    records: u64,
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
                    // Reading began when the mark was stable, so the first end is at or behind the mark.
                    Entry::End(partition) => {
                        if let Some(shard) = pending.remove(&partition) {
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
                    low,
                    mark,
                    reading: false,
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
        for (&partition, shard) in pending.iter_mut().filter(|(_, shard)| !shard.reading) {
            let (_, stable) =
                lookup.watermarks(self.topics.changelog, partition, View::Committed, ANSWER_WAIT)?;
            if stable >= shard.mark {
                reader.add(partition, shard.low)?;
                shard.reading = true;
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
        for (topic, &committed) in self.inputs().zip(&restored.committed) {
            let from = restored.header.decide(topic, partition, committed)?;
            let (low, end) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            if from < low || from > end {
                return Err(Error::stop(format!(
                    "{topic} [{partition}]: the next offset is {from}, but the topic holds {low} to {end}: records \
                     that were not read yet are gone, or the topic was made anew"
                )));
            }
            next.push(from);
        }
        restored.shard.restored()?;
        self.events.restored(partition, restored.records, began.elapsed());
        Ok(Ready { shard: restored.shard, next })
    }
}
