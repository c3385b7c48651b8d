//! Stands between the runtime and the books: bytes to events, journal entries to bytes.

use std::sync::Arc;

use domain::account_map::{AccountMap, Accounts};
use domain::partition;
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use domain::taxes::is_mixed;
use runtime::metrics::Share;
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Shard, Stop};
use wire::Subject;
use wire::codec::{Codecs, Decoder, Encoder, OpenError};

use crate::books;
use crate::event;
use crate::metrics::{Counters, Tally};
use crate::state::{State, StateRecord, bucket_key};

/// What happened to every store, in its decided order: the lead topic.
pub const SALES: &str = "sales.enriched";
/// Journal entries by family.
pub const ENTRIES: &str = "journal.entries";
/// Tax summaries by store.
pub const TAXES: &str = "tax.summaries";
/// Liability ledgers by store.
pub const LEDGERS: &str = "liability.ledgers";
/// The state of the shards.
pub const CHANGELOG: &str = "journal.changelog";

/// Every encoder and decoder a shard needs; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Coders {
    sales: Decoder<SalesEvent>,
    states: Decoder<StateRecord>,
    entries: Encoder<JournalEntry>,
    taxes: Encoder<TaxSummary>,
    ledgers: Encoder<LiabilityLedger>,
    changelog: Encoder<StateRecord>,
}

impl Coders {
    /// Opens all of them.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn open(codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            sales: codecs.decoder()?,
            states: codecs.decoder()?,
            entries: codecs.encoder()?,
            taxes: codecs.encoder()?,
            ledgers: codecs.encoder()?,
            changelog: codecs.encoder()?,
        })
    }
}

/// The shard of one partition of `sales.enriched`.
#[derive(Debug)]
pub struct JournalShard {
    partition: i32,
    state: State,
    accounts: Arc<Accounts>,
    coders: Coders,
    counters: Counters,
    tally: Tally,
    share: Share<4>,
    bytes: Vec<u8>,
}

impl JournalShard {
    /// Makes an empty shard.
    #[must_use]
    pub fn new(partition: i32, accounts: Arc<Accounts>, coders: Coders, counters: Counters) -> Self {
        Self {
            partition,
            state: State::default(),
            accounts,
            coders,
            share: counters.share(),
            counters,
            tally: Tally::default(),
            bytes: Vec::new(),
        }
    }

    /// What it holds.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}

/// Sends a record to the partition of its key: a document to that of its family, so that versions and parts keep their
/// order, a summary or ledger to that of its store, as its sales.
fn send<T: Subject>(
    topic: &'static str,
    key: &str,
    record: &T,
    encoder: &Encoder<T>,
    bytes: &mut Vec<u8>,
    out: &mut Outputs,
) -> Result<(), Stop> {
    bytes.clear();
    encoder.encode(record, bytes).map_err(stop)?;
    out.send(topic, partition::of(key.as_bytes(), out.partition_count(topic)), key.as_bytes(), Some(bytes));
    Ok(())
}

/// Puts a shard under an account map, where it is not under it already.
fn take(state: &mut State, partition: i32, map: &AccountMap) {
    if state.account_map() != Some(map.hash()) {
        event::account_map_taken(partition, state.account_map(), map.hash());
        state.set_account_map(map.hash());
    }
}

impl Shard for JournalShard {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let key = std::str::from_utf8(key)
            .map_err(|_| Stop("a changelog key of journal is not text".to_owned()))?;
        let record = value.map(|value| self.coders.states.decode(value)).transpose();
        let record = record.map_err(|error| Stop(format!("changelog record {key}: {error}")))?;
        self.state.restore(key, record).map_err(stop)
    }

    fn restored(&mut self) -> Result<(), Stop> {
        self.share.show(self.state.fill());
        self.accounts.under(self.state.account_map()).map(|_| ()).map_err(stop)
    }

    /// The first transaction under a map writes its hash, so that none is booked under an unnamed one.
    fn begin(&mut self) {
        // State under a map that is not there was refused when it was restored.
        let Ok(map) = self.accounts.under(self.state.account_map()) else { return };
        take(&mut self.state, self.partition, map);
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        let Some(value) = record.value.filter(|_| record.topic == SALES) else {
            return Err(Stop("journal does not read tombstones or other topics".to_owned()).into());
        };
        let event = match self.coders.sales.decode(value) {
            Ok(event) => event,
            Err(error) if error.is_later() => {
                return Err(Refusal::Later("the schema registry does not answer"));
            }
            Err(error) => return Err(stop(error).into()),
        };
        if let (books::ADOPTED, Some(named)) = (event.kind.as_str(), &event.account_map) {
            let map = self.accounts.adopt(named, self.state.account_map()).map_err(stop)?;
            take(&mut self.state, self.partition, map);
            return Ok(());
        }
        let map = self.accounts.under(self.state.account_map()).map_err(stop)?;
        let booked = books::book(&mut self.state, &event, map).map_err(stop)?;
        if let (Some(why), Some(sale)) = (&booked.taxes_lost, &event.sale) {
            event::taxes_lost(&bucket_key(&event.store, &sale.bucket), why);
        }
        if let Some(close) = &event.close {
            event::bucket_closed(&event.store, close, &booked.entries);
            self.tally.closed(booked.entries.iter().map(|entry| entry.lines.len()));
            if booked.taxes_unknown {
                self.tally.without_summary();
                event::taxes_unknown(&event.store, close);
            }
            for summary in booked.taxes.iter().filter(|summary| is_mixed(summary)) {
                self.tally.mixed_summary();
                event::taxes_mixed(summary);
            }
        }
        let Self { coders, bytes, .. } = self;
        for entry in &booked.entries {
            send(ENTRIES, &entry.family, entry, &coders.entries, bytes, out)?;
        }
        for summary in &booked.taxes {
            send(TAXES, &summary.store, summary, &coders.taxes, bytes, out)?;
        }
        for ledger in &booked.ledgers {
            send(LEDGERS, &ledger.store, ledger, &coders.ledgers, bytes, out)?;
        }
        Ok(())
    }

    fn turn(&mut self, _: Option<Clock>, _: &mut Outputs) -> Result<(), Stop> {
        Ok(())
    }

    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop> {
        let Self { state, coders, bytes, .. } = self;
        state.changed(|key, record| {
            bytes.clear();
            if let Some(record) = &record {
                coders.changelog.encode(record, bytes).map_err(stop)?;
            }
            out.put(key.as_bytes(), record.is_some().then_some(bytes.as_slice()));
            Ok(())
        })
    }

    fn commit(&mut self) {
        self.state.commit();
        self.share.show(self.state.fill());
        self.counters.add(std::mem::take(&mut self.tally));
    }

    fn abort(&mut self) {
        self.state.abort();
        self.tally = Tally::default();
    }
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop(error.to_string())
}

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod taxes;
#[cfg(test)]
mod tests;
