//! The service as the runtime sees it: its topics, its account map, its shards.

use std::sync::Arc;
use std::time::Duration;

use domain::account_map::Accounts;
use runtime::stage::{Record, Service, Stop, Topics};
use wire::codec::{Codecs, OpenError};

use crate::metrics::Counters;
use crate::shard::{CHANGELOG, Coders, ENTRIES, JournalShard, LEDGERS, SALES, TAXES};

/// How long a transaction stays open: books are not in a hurry, and a bucket's state record is written
/// once per transaction.
const COMMIT_INTERVAL: Duration = Duration::from_secs(2);

/// The journal service.
#[derive(Debug)]
pub struct Journal {
    accounts: Arc<Accounts>,
    coders: Coders,
    counters: Counters,
}

impl Journal {
    /// Makes the service.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn new(accounts: Accounts, counters: Counters, codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self { accounts: Arc::new(accounts), coders: Coders::open(codecs)?, counters })
    }
}

impl Service for Journal {
    type Shard = JournalShard;

    fn topics(&self) -> Topics {
        Topics {
            lead: SALES,
            sides: vec![],
            tables: vec![],
            outputs: vec![ENTRIES, TAXES, LEDGERS],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        COMMIT_INTERVAL
    }

    fn shard(&self, partition: i32) -> JournalShard {
        JournalShard::new(partition, Arc::clone(&self.accounts), self.coders.clone(), self.counters.clone())
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        Err(Stop(format!("journal has no table {}", record.topic)))
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(true)
    }
}
