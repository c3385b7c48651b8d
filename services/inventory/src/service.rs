//! The service as the runtime sees it: its topics, its account map, its shards.

use std::sync::Arc;
use std::time::Duration;

use domain::account_map::Accounts;
use runtime::stage::{Record, Service, Stop, Topics};
use wire::codec::{Codecs, OpenError};

use crate::metrics::Counters;
use crate::shard::{ADJUSTMENTS, CHANGELOG, Coders, DELTAS, InventoryShard, POSITIONS};

/// The inventory service.
#[derive(Debug)]
pub struct Inventory {
    commit_interval: Duration,
    accounts: Arc<Accounts>,
    coders: Coders,
    counters: Counters,
}

impl Inventory {
    /// Makes the service; `commit_interval` is the least time between two commits.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn new(
        accounts: Accounts,
        commit_interval: Duration,
        counters: Counters,
        codecs: &Codecs,
    ) -> Result<Self, OpenError> {
        Ok(Self { commit_interval, accounts: Arc::new(accounts), coders: Coders::open(codecs)?, counters })
    }
}

impl Service for Inventory {
    type Shard = InventoryShard;

    fn topics(&self) -> Topics {
        Topics {
            lead: DELTAS,
            sides: vec![],
            tables: vec![],
            outputs: vec![POSITIONS, ADJUSTMENTS],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        self.commit_interval
    }

    fn shard(&self, partition: i32) -> InventoryShard {
        InventoryShard::new(partition, Arc::clone(&self.accounts), self.coders.clone(), self.counters.clone())
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        Err(Stop(format!("inventory has no table {}", record.topic)))
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(true)
    }
}
