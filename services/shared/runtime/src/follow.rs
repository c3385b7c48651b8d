//! A plain reader for commands and checks: committed records of one topic, to the end or for ever.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::client::{Batch, Broker, Connection, Entry, KafkaBroker, Reader, View, pause};
use crate::error::Error;
use crate::stage::{EpochMillis, Record};

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// A record that outlives its poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Partition it was read from.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// Record timestamp, if the broker gave one.
    pub timestamp: Option<EpochMillis>,
    /// Key bytes.
    pub key: Option<Vec<u8>>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// Where a partition is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The first record there is.
    Start,
    /// What is written from here on.
    End,
    /// An offset.
    Offset(i64),
}

/// Reads a topic.
pub struct Follow {
    count: usize,
    reader: Box<dyn Reader>,
    /// Partitions that have not reached the end seen at start, with that end.
    open: BTreeMap<i32, i64>,
    waiting: VecDeque<Kept>,
    batch: Batch,
}

impl Follow {
    /// Starts to read partitions of a topic named without namespace; all partitions when `partitions` is
    /// empty. The end of each is noted.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the cluster does not answer, or a transaction holds an end back for a minute.
    pub fn new(connection: &Connection, topic: &str, partitions: &[i32], from: From) -> Result<Self, Error> {
        let broker = KafkaBroker::new(connection)?;
        let lookup = broker.lookup();
        let all: Vec<i32> = match partitions {
            [] => (0..lookup.partitions(topic, ANSWER_WAIT)?).collect(),
            some => some.to_vec(),
        };
        let mut reader = broker.reader(topic)?;
        let mut open = BTreeMap::new();
        for partition in all {
            let (low, end) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            let deadline = Instant::now() + ANSWER_WAIT * 2;
            while lookup.watermarks(topic, partition, View::Committed, ANSWER_WAIT)?.1 < end {
                if Instant::now() >= deadline {
                    let place = format!("cannot read {topic} [{partition}] to its end");
                    return Err(Error::kafka(place, "a transaction is open and holds it back"));
                }
                pause(Duration::from_millis(100));
            }
            let start = match from {
                From::Start => low,
                From::End => end,
                From::Offset(offset) => offset,
            };
            reader.add(partition, start)?;
            open.insert(partition, end);
        }
        Ok(Self { count: open.len(), reader, open, waiting: VecDeque::new(), batch: Batch::new() })
    }

    /// How many partitions are read.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.count
    }

    /// The next record of any partition, waiting at most `wait`.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the topic cannot be read any more.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Kept>, Error> {
        if self.waiting.is_empty() {
            self.batch.clear();
            self.reader.poll(wait, &mut self.batch)?;
            for entry in self.batch.iter() {
                match entry {
                    // Reading began when the noted end was stable, so the first report is at or behind it.
                    Entry::End(partition) => drop(self.open.remove(&partition)),
                    Entry::Record(record) => self.waiting.push_back(keep(&record)),
                }
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// True when every record below the ends noted at start was handed over.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }

    /// Hands every record up to the ends noted at start to `each`.
    ///
    /// # Errors
    /// Those of `each`, and [`Error::Kafka`] when nothing arrives for a minute.
    pub fn to_end<E: core::convert::From<Error>>(
        &mut self,
        mut each: impl FnMut(Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut last = Instant::now();
        while !self.at_end() {
            match self.next(Duration::from_millis(100))? {
                Some(record) => {
                    last = Instant::now();
                    each(record)?;
                }
                None if last.elapsed() > ANSWER_WAIT * 2 => {
                    return Err(Error::kafka("cannot read to the end of a topic", "nothing arrives").into());
                }
                None => {}
            }
        }
        Ok(())
    }
}

fn keep(record: &Record<'_>) -> Kept {
    Kept {
        partition: record.partition,
        offset: record.offset,
        timestamp: record.timestamp,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
    }
}
