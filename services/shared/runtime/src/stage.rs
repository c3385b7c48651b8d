//! What a service is to the runtime: topics, tables, and shards that decide.
//!
//! The runtime owns Kafka, threads, transactions and time; a shard owns state and decisions. A shard
//! never blocks, never reads a clock and never touches a client, so the same shard runs under the
//! production client and under a simulation.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type EpochMillis = i64;

/// A service: which topics it reads and writes, and how a shard of it is made.
pub trait Service: Send + Sync + 'static {
    /// The shard type: all state of one partition of the lead topic.
    type Shard: Shard;

    /// The topics of the service, by their names without namespace.
    fn topics(&self) -> Topics;

    /// The time from one commit to the next while records arrive; more where commits themselves take long.
    fn commit_interval(&self) -> Duration;

    /// Makes an empty shard for one partition of the lead topic.
    fn shard(&self, partition: i32) -> Self::Shard;

    /// Applies one record of a table topic. Called on the table thread, in offset order; `value` is
    /// `None` for a tombstone. The service publishes snapshots to its shards by itself.
    ///
    /// # Errors
    /// [`Stop`] when the record cannot be understood: our own mistake, the process leaves.
    fn table(&self, record: &Record<'_>) -> Result<(), Stop>;

    /// Says that every table was read to the end seen at start. `Ok(false)` holds readiness back
    /// because a snapshot is not complete yet; it is asked again after each further record.
    ///
    /// # Errors
    /// [`Stop`] when the tables contradict each other.
    fn tables_read(&self) -> Result<bool, Stop>;
}

/// The topics of a service, by their names without namespace.
#[derive(Debug, Clone)]
pub struct Topics {
    /// The one topic the consumer group subscribes to. A shard is one partition of it.
    pub lead: &'static str,
    /// Topics with the same partition count, whose partition p is read by shard p with `assign()`.
    pub sides: Vec<&'static str>,
    /// Compacted topics of one partition, read whole by every process.
    pub tables: Vec<&'static str>,
    /// Topics the shards write.
    pub outputs: Vec<&'static str>,
    /// The private compacted changelog, same partition count as the lead topic.
    pub changelog: &'static str,
}

impl Topics {
    /// Each of them once, the lead topic first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static str> {
        // A service may write to a side topic of its own.
        let outputs = self.outputs.iter().filter(|output| !self.sides.contains(output));
        let more = self.sides.iter().chain(&self.tables).chain(outputs);
        std::iter::once(&self.lead).chain(more).chain(std::iter::once(&self.changelog)).copied()
    }
}

/// One record as read from Kafka.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Topic name without namespace.
    pub topic: &'a str,
    /// Partition it was read from.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// Record timestamp, if the broker gave one.
    pub timestamp: Option<EpochMillis>,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

/// The clock as the runtime read it, handed in as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Wall-clock time of this turn.
    pub now: EpochMillis,
    /// The latest earlier `now` of a tick turn at which the lead topic ended at or before what this
    /// shard has processed by this turn. `None` until the first such sample was reached. Deadlines may
    /// only compare with this one, or a restart after two days would close days whose sales are unread.
    pub read_through: Option<EpochMillis>,
}

/// All state of one partition of the lead topic, and its decisions.
///
/// Every change is made in an overlay: visible to later decisions of the same transaction, merged by
/// [`Shard::commit`], dropped by [`Shard::abort`].
pub trait Shard: Send + 'static {
    /// Applies one changelog record while restoring; `None` is a tombstone.
    ///
    /// # Errors
    /// [`Stop`] when the record cannot be understood.
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop>;

    /// Is called once, after the last [`Shard::restore`] and before the first record.
    ///
    /// # Errors
    /// [`Stop`] when the restored state must not be worked on, for instance under another account map.
    fn restored(&mut self) -> Result<(), Stop> {
        Ok(())
    }

    /// Says where the lead topic is read on, once, after [`Shard::restored`].
    fn starts_at(&mut self, _next: i64) {}

    /// Is called before the first decision of each transaction: the place to pin table snapshots.
    fn begin(&mut self) {}

    /// Decides on one record of the lead topic or of a side topic. On `Err` nothing of `out` is sent,
    /// and the shard has left its overlay as it was before the call.
    ///
    /// # Errors
    /// [`Refusal::Later`] pauses that input until a later turn offers the same record again;
    /// [`Refusal::Stop`] ends the process. Bad input is not an error here: the shard quarantines it.
    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal>;

    /// Is called on every turn of the loop (at least every 100 ms) and lets the shard act on time or on
    /// answers that arrived from elsewhere. `clock` is `Some` every [`TICK_EVERY`], else `None`.
    ///
    /// # Errors
    /// [`Stop`] ends the process.
    fn turn(&mut self, clock: Option<Clock>, out: &mut Outputs) -> Result<(), Stop>;

    /// Writes every state record changed since the last commit or abort, once each, in a fixed order.
    ///
    /// # Errors
    /// [`Stop`] when a record cannot be encoded.
    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop>;

    /// Merges the overlay: the transaction is known to be committed.
    fn commit(&mut self);

    /// Drops the overlay: the transaction is known to be aborted.
    fn abort(&mut self);

    /// The offset to commit for the lead topic when everything below `position` has been processed.
    /// A connector that still waits for answers holds it back.
    fn committable(&self, position: i64) -> i64 {
        position
    }

    /// True while the shard must not be given further lead records (it is full); the runtime pauses the
    /// partition, keeps polling, and asks again on every turn.
    fn full(&self) -> bool {
        false
    }
}

/// How often a turn carries the clock.
pub const TICK_EVERY: Duration = Duration::from_secs(10);

/// Records to be produced, held back until the decision that made them has returned.
#[derive(Debug, Default)]
pub struct Outputs {
    bytes: Vec<u8>,
    records: Vec<Output>,
    partitions: Vec<(&'static str, i32)>,
}

#[derive(Debug, Clone, Copy)]
struct Output {
    topic: &'static str,
    partition: i32,
    key: (usize, usize),
    value: Option<(usize, usize)>,
}

impl Outputs {
    /// Makes an empty buffer that knows the partition count of each output topic.
    #[must_use]
    pub fn new(partitions: Vec<(&'static str, i32)>) -> Self {
        Self { bytes: Vec::new(), records: Vec::new(), partitions }
    }

    /// The number of partitions of an output topic; 0 for a topic that is not one.
    #[must_use]
    pub fn partition_count(&self, topic: &str) -> i32 {
        self.partitions.iter().find(|(name, _)| *name == topic).map_or(0, |(_, count)| *count)
    }

    /// Adds one record; `value` is `None` for a tombstone.
    pub fn send(&mut self, topic: &'static str, partition: i32, key: &[u8], value: Option<&[u8]>) {
        let key = self.push(key);
        let value = value.map(|bytes| self.push(bytes));
        self.records.push(Output { topic, partition, key, value });
    }

    /// The records in the order they were added: topic, partition, key, value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, i32, &[u8], Option<&[u8]>)> {
        self.records.iter().map(|record| {
            let value = record.value.map(|(from, to)| &self.bytes[from..to]);
            (record.topic, record.partition, &self.bytes[record.key.0..record.key.1], value)
        })
    }

    /// True when nothing was added since the last [`Outputs::clear`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The bytes of keys and values in it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all records and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    fn push(&mut self, bytes: &[u8]) -> (usize, usize) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (from, self.bytes.len())
    }
}

/// State records to be written to the changelog of one shard.
#[derive(Debug, Default)]
pub struct Changes(Outputs);

impl Changes {
    /// Adds one state record; `None` deletes it.
    pub fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.0.send("", 0, key, value);
    }

    /// The state records in the order they were added: key and value.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.0.iter().map(|(_, _, key, value)| (key, value))
    }

    /// Forgets all records and keeps the buffer.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Why a record was not decided.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not now: the same record is offered again on a later turn.
    #[error("the record must wait: {0}")]
    Later(&'static str),
    /// Our own mistake: the process leaves and says why.
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// Our own mistake or a broken promise of the environment: the process must leave.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stop(pub String);
