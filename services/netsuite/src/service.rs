//! A lane as the runtime sees it: its topics and its shards.

use std::time::Duration;

use runtime::stage::{Record, Service, Stop, Topics};
use wire::codec::{Codecs, OpenError};

use crate::document::Postable;
use crate::lane::{DuplicateGuard, Lane, Limits};
use crate::metrics::Counters;
use crate::sender::Outbox;
use crate::shard::{COMMANDS, Coders, LaneShard, POSTINGS};

/// How long a transaction stays open: an attempt leaves only after its record is committed.
const COMMIT_INTERVAL: Duration = Duration::from_millis(100);

/// One lane of the connector: journals, or adjustments.
#[derive(Debug)]
pub struct Connector<D: Postable> {
    guard: DuplicateGuard,
    limits: Limits,
    coders: Coders<D>,
    outbox: Outbox,
    counters: Counters,
}

impl<D: Postable> Connector<D> {
    /// Makes the lane.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn new(
        guard: DuplicateGuard,
        limits: Limits,
        outbox: Outbox,
        codecs: &Codecs,
        counters: Counters,
    ) -> Result<Self, OpenError> {
        Ok(Self { guard, limits, coders: Coders::open(codecs)?, outbox, counters })
    }
}

impl<D: Postable> Service for Connector<D> {
    type Shard = LaneShard<D>;

    fn topics(&self) -> Topics {
        Topics {
            lead: D::TOPIC,
            sides: vec![COMMANDS],
            tables: vec![],
            outputs: vec![POSTINGS],
            changelog: D::CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        COMMIT_INTERVAL
    }

    fn shard(&self, partition: i32) -> LaneShard<D> {
        let lane = Lane::new(self.guard, self.limits);
        LaneShard::new(partition, lane, self.coders.clone(), self.outbox.clone(), self.counters.clone())
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        Err(Stop(format!("netsuite has no table {}", record.topic)))
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(true)
    }
}
