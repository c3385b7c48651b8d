//! The boundary behind which Kafka sits: four small faces of one broker.
//!
//! [`Member`] is what one worker holds: its place in the consumer group and its transactional producer.
//! [`Reader`] reads partitions of one topic by number. [`Lookup`] answers questions. [`Broker`] makes the
//! three. Production has one implementation, over librdkafka, in this folder; a simulation can bring
//! another, since nothing else of the crate names a client type. Membership changes are recorded data
//! ([`Change`]) which the loop fetches and acts on; no callback reaches the loop.

mod batch;
mod broker;
mod call;
mod connect;
mod context;
mod lookup;
mod member;
mod pause;
mod reader;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub use batch::{Batch, Entry};
pub use broker::KafkaBroker;
pub(crate) use connect::client_config;
pub use connect::{Connection, Role};
pub(crate) use context::{Notes, Watch, locked};
pub(crate) use pause::pause;

use crate::error::Error;

/// Makes the clients of one service in one process.
pub trait Broker: Send + Sync {
    /// Makes the client of one worker: initialises its transactional producer, which ends whatever its
    /// last incarnation left open, and then joins the group.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the configuration is refused or the broker does not answer in time.
    fn member(&self, worker: usize, lead: &str) -> Result<Box<dyn Member>, Error>;

    /// Makes a reader of committed records of one topic, with nothing to read yet.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the configuration is refused.
    fn reader(&self, topic: &str) -> Result<Box<dyn Reader>, Error>;

    /// The face that answers questions; safe to share between threads.
    fn lookup(&self) -> Arc<dyn Lookup>;
}

/// A change of the partitions a worker owns, in the order the group made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These are owned from here on, and paused until [`Member::start`].
    Assigned(Vec<i32>),
    /// These must be let go: the group waits until [`Member::release`] is called.
    Revoked {
        /// The partitions.
        partitions: Vec<i32>,
        /// Whether they are still ours until released.
        hold: Hold,
    },
}

/// Whether a member still holds what it was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nobody else has them yet.
    Kept,
    /// Another member may own them already: nothing may be committed.
    Lost,
}

/// One input position to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Topic name without namespace.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// The next offset to be read.
    pub offset: i64,
}

/// How a transactional call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// No answer yet.
    Pending,
    /// The call did what it says.
    Done(Aftermath),
    /// Nothing of the transaction took effect, and it must be aborted.
    Abort(String),
    /// Nobody here knows whether the transaction took effect.
    Unknown(String),
    /// The client is of no more use: the process must leave.
    Fatal(String),
}

/// What a finished call leaves to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// Nothing.
    Clean,
    /// A request of the call may still be under way: the producer must be renewed before the next begin,
    /// or a late commit or abort could end a later transaction.
    Renew,
}

/// What one worker does with Kafka.
pub trait Member: Send {
    /// Reads what has arrived, waiting at most `wait` for the first record.
    ///
    /// # Errors
    /// [`Error`] when the group or the input cannot be read any more: the process leaves.
    fn poll(&mut self, wait: Duration, batch: &mut Batch) -> Result<(), Error>;

    /// The next change of the assignment that was not fetched yet.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client does not take what the group assigned.
    fn change(&mut self) -> Result<Option<Change>, Error>;

    /// Lets an assigned partition flow from an offset.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the partition cannot be positioned.
    fn start(&mut self, partition: i32, offset: i64) -> Result<Started, Error>;

    /// Sets the next offset of partitions that flow or are paused; what was read ahead is dropped.
    ///
    /// # Errors
    /// [`Error::Kafka`] when a partition cannot be positioned.
    fn seek(&mut self, positions: &[(i32, i64)]) -> Result<(), Error>;

    /// Stops a partition.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn pause(&mut self, partition: i32) -> Result<(), Error>;

    /// Lets a paused partition flow from where it was.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn resume(&mut self, partition: i32) -> Result<(), Error>;

    /// Asks the group to share out its partitions anew, by joining it again. What is owned is taken back first, by
    /// a [`Change::Revoked`] as ever; a member that owned something stays the same member and never leaves.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn rejoin(&mut self) -> Result<(), Error>;

    /// Lets revoked partitions go.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn release(&mut self, partitions: &[i32]) -> Result<(), Error>;

    /// Notes the membership under which the decisions of the next transaction are made. The commit is
    /// refused by the broker when the group has moved on since.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client has no group.
    fn pin(&mut self) -> Result<(), Error>;

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the producer cannot begin one: the process leaves.
    fn begin(&mut self) -> Result<(), Error>;

    /// Hands one record to the producer; waits for room when its queue is full.
    ///
    /// # Errors
    /// [`Refused`] when the record cannot be taken.
    fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Refused>;

    /// Serves delivery reports without waiting.
    fn serve(&mut self);

    /// Starts to commit the open transaction together with input positions.
    fn start_commit(&mut self, positions: &[Position]);

    /// Starts to abort the open transaction. It ends as [`Progress::Unknown`] when the producer cannot say how,
    /// and nobody else has its place: a new producer then ends the transaction.
    fn start_abort(&mut self);

    /// Starts to replace the producer by a new one of the same transactional id, which ends whatever the
    /// old one left open.
    fn start_renew(&mut self);

    /// How the call started last stands; waits at most `wait`.
    fn progress(&mut self, wait: Duration) -> Progress;

    /// Leaves the group and closes both clients, within a deadline.
    fn close(self: Box<Self>, within: Duration);
}

/// Whether a partition flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It does.
    Flowing,
    /// The client is not ready for it: ask again.
    NotYet,
}

/// Why a record was not taken by the producer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The transaction must be aborted and done again.
    #[error("{0}")]
    Abort(String),
    /// It will never be taken: the process must leave.
    #[error("{0}")]
    Never(String),
}

/// Reads committed records of some partitions of one topic.
pub trait Reader: Send {
    /// Adds a partition, to be read from an offset.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn add(&mut self, partition: i32, offset: i64) -> Result<(), Error>;

    /// Removes a partition.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn remove(&mut self, partition: i32) -> Result<(), Error>;

    /// Reads what has arrived, waiting at most `wait` for the first record.
    ///
    /// # Errors
    /// [`Error`] when the topic cannot be read any more.
    fn poll(&mut self, wait: Duration, batch: &mut Batch) -> Result<(), Error>;

    /// Sets the next offset of a partition; what was read ahead is dropped.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the partition cannot be positioned.
    fn seek(&mut self, partition: i32, offset: i64) -> Result<Started, Error>;

    /// Stops a partition.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn pause(&mut self, partition: i32) -> Result<(), Error>;

    /// Lets a paused partition flow from where it was.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the client refuses.
    fn resume(&mut self, partition: i32) -> Result<(), Error>;
}

/// Which end of a partition is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The last stable offset: what a reader of committed records can reach.
    Committed,
    /// The high watermark, open transactions included.
    Everything,
}

/// How a group has shared out the partitions of its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// False while the group is in the middle of a rebalance.
    pub settled: bool,
    /// The partitions that some member owns.
    pub owned: BTreeSet<i32>,
}

/// Answers questions about the group and the topics.
pub trait Lookup: Send + Sync {
    /// The committed offset of the service's group in each partition of a topic, `None` where there is
    /// none. Waits for offsets that an open transaction holds.
    ///
    /// # Errors
    /// [`Error::Kafka`] when there is no answer in time.
    fn committed(&self, topic: &str, partitions: &[i32], wait: Duration) -> Result<Vec<Option<i64>>, Error>;

    /// First and end offset of a partition.
    ///
    /// # Errors
    /// [`Error::Kafka`] when there is no answer in time.
    fn watermarks(
        &self,
        topic: &str,
        partition: i32,
        view: View,
        wait: Duration,
    ) -> Result<(i64, i64), Error>;

    /// How the service's group has shared out a topic.
    ///
    /// # Errors
    /// [`Error::Kafka`] when there is no answer in time.
    fn shares(&self, topic: &str, wait: Duration) -> Result<Shares, Error>;

    /// The number of partitions of a topic; 0 when it does not exist.
    ///
    /// # Errors
    /// [`Error::Kafka`] when there is no answer in time.
    fn partitions(&self, topic: &str, wait: Duration) -> Result<i32, Error>;
}
