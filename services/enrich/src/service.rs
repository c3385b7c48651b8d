//! The service as the runtime sees it: its topics, its masters, its shards.

use std::sync::Arc;
use std::time::Duration;

use domain::record::reference::{Item, Store};
use runtime::stage::{Record, Service, Stop, Topics};
use wire::codec::{Codecs, Decoder, OpenError};

use crate::masters::Shared;
use crate::settings::Settings;
use crate::shard::{CHANGELOG, COMMANDS, Coders, DELTAS, QUARANTINE, SALES, SequencerShard, TRANSACTIONS};

/// The item master.
pub const ITEMS: &str = "ref.items";
/// The store master.
pub const STORES: &str = "ref.stores";

/// The enrich service.
#[derive(Debug)]
pub struct Enrich {
    settings: Settings,
    masters: Arc<Shared>,
    coders: Coders,
    items: Decoder<Item>,
    stores: Decoder<Store>,
}

impl Enrich {
    /// Makes the service.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn new(settings: Settings, codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            settings,
            masters: Arc::default(),
            coders: Coders::open(codecs)?,
            items: codecs.decoder()?,
            stores: codecs.decoder()?,
        })
    }
}

impl Service for Enrich {
    type Shard = SequencerShard;

    fn topics(&self) -> Topics {
        Topics {
            lead: TRANSACTIONS,
            sides: vec![COMMANDS],
            tables: vec![ITEMS, STORES],
            outputs: vec![SALES, DELTAS, QUARANTINE],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        Duration::from_millis(self.settings.commit_interval_ms)
    }

    fn shard(&self, partition: i32) -> SequencerShard {
        SequencerShard::new(partition, self.settings.clone(), Arc::clone(&self.masters), self.coders.clone())
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        let key = record.key.and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default();
        let offset = record.offset;
        let refused = match record.topic {
            ITEMS => read(&self.items, record)?
                .map(|item| self.masters.change(|masters| masters.items.apply(key, item, offset))),
            STORES => read(&self.stores, record)?
                .map(|store| self.masters.change(|masters| masters.stores.apply(key, store, offset))),
            topic => return Err(Stop(format!("enrich has no table {topic}"))),
        };
        let why = match refused {
            Ok(None) => return Ok(()),
            Ok(Some(finding)) => finding.detail,
            Err(why) => why,
        };
        // One bad master record must not stop the stores; its item goes to suspense, its store to
        // quarantine, and both say so.
        tracing::error!(topic = record.topic, offset, key, why, "master record refused");
        Ok(())
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        let masters = self.masters.pin();
        Ok(masters.items.is_complete() && masters.stores.is_complete())
    }
}

/// Reads a master record, `None` for a tombstone, or says why it never can be read.
fn read<T: wire::Subject>(
    decoder: &Decoder<T>,
    record: &Record<'_>,
) -> Result<Result<Option<T>, String>, Stop> {
    let Some(value) = record.value else { return Ok(Ok(None)) };
    match decoder.decode(value) {
        Ok(master) => Ok(Ok(Some(master))),
        Err(error) if error.is_later() => Err(Stop(error.to_string())),
        Err(error) => Ok(Err(error.to_string())),
    }
}
