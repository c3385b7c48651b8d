//! The service as the runtime sees it: its topics, its masters, its shards.

use std::sync::Arc;
use std::time::Duration;

use domain::record::reference::{Item, Store};
use runtime::stage::{Record, Service, Stop, Topics};
use wire::codec::{Codecs, Decoder, OpenError};

use crate::event;
use crate::masters::{Masters, Shared};
use crate::metrics::Counters;
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
    counters: Counters,
    items: Decoder<Item>,
    stores: Decoder<Store>,
}

impl Enrich {
    /// Makes the service.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn new(settings: Settings, counters: Counters, codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            settings,
            masters: Arc::default(),
            coders: Coders::open(codecs)?,
            counters,
            items: codecs.decoder()?,
            stores: codecs.decoder()?,
        })
    }
}

impl Enrich {
    /// The masters as they stand now.
    #[must_use]
    pub fn masters(&self) -> Arc<Masters> {
        self.masters.pin()
    }
}

impl Service for Enrich {
    type Shard = SequencerShard;

    fn topics(&self) -> Topics {
        Topics {
            lead: TRANSACTIONS,
            sides: vec![COMMANDS],
            tables: vec![ITEMS, STORES],
            outputs: vec![SALES, DELTAS, QUARANTINE, COMMANDS],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        Duration::from_millis(self.settings.commit_interval_ms)
    }

    fn shard(&self, partition: i32) -> SequencerShard {
        SequencerShard::new(
            partition,
            self.settings.clone(),
            Arc::clone(&self.masters),
            self.coders.clone(),
            self.counters.clone(),
        )
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        let key = record.key.and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default();
        let offset = record.offset;
        let refused = match record.topic {
            ITEMS => {
                let read = read(&self.items, record)?;
                self.masters.change(|masters| match read {
                    Ok(item) => masters.items.apply(key, item, offset),
                    Err(why) => Some(masters.items.refuse(key, offset, &why)),
                })
            }
            STORES => {
                let read = read(&self.stores, record)?;
                let (refused, uneven) = self.masters.change(|masters| {
                    let refused = match read {
                        Ok(store) => masters.stores.apply(key, store, offset),
                        Err(why) => Some(masters.stores.refuse(key, offset, &why)),
                    };
                    (refused, masters.stores.newly_uneven())
                });
                uneven.iter().for_each(event::deposit_taxes_differ);
                refused
            }
            topic => return Err(Stop(format!("enrich has no table {topic}"))),
        };
        if let Some(finding) = refused {
            event::master_refused(record.topic, offset, key, &finding.detail);
        }
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
