//! Stands between the runtime and the ledger: bytes to movements, positions and adjustments to bytes.

mod shortfalls;

use std::sync::Arc;

use domain::account_map::{AccountMap, Accounts};
use domain::partition;
use domain::record::inventory::{Adjustment, Movement, Position};
use runtime::metrics::Share;
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Shard, Stop};
use wire::codec::{Codecs, Decoder, Encoder, OpenError};

use crate::event;
use crate::ledger;
use crate::metrics::{Counters, Tally};
use crate::state::{State, StateRecord};

use shortfalls::Shortfalls;

/// Stock movements by location: the lead topic.
pub const DELTAS: &str = "inventory.deltas";
/// Positions by location.
pub const POSITIONS: &str = "inventory.positions";
/// Adjustments by family.
pub const ADJUSTMENTS: &str = "inventory.adjustments";
/// The state of the shards.
pub const CHANGELOG: &str = "inventory.changelog";

/// Every encoder and decoder a shard needs; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Coders {
    deltas: Decoder<Movement>,
    states: Decoder<StateRecord>,
    positions: Encoder<Position>,
    adjustments: Encoder<Adjustment>,
    changelog: Encoder<StateRecord>,
}

impl Coders {
    /// Opens all of them.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn open(codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            deltas: codecs.decoder()?,
            states: codecs.decoder()?,
            positions: codecs.encoder()?,
            adjustments: codecs.encoder()?,
            changelog: codecs.encoder()?,
        })
    }
}

/// The shard of one partition of `inventory.deltas`.
#[derive(Debug)]
pub struct InventoryShard {
    partition: i32,
    state: State,
    accounts: Arc<Accounts>,
    coders: Coders,
    counters: Counters,
    tally: Tally,
    short: Shortfalls,
    share: Share<3>,
    bytes: Vec<u8>,
}

impl InventoryShard {
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
            short: Shortfalls::default(),
            bytes: Vec::new(),
        }
    }

    /// What it holds.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// A position goes to the partition of its location, which one shard writes: positions keep their
    /// order.
    fn send_position(&mut self, position: &Position, out: &mut Outputs) -> Result<(), Stop> {
        self.bytes.clear();
        self.coders.positions.encode(position, &mut self.bytes).map_err(stop)?;
        let to = partition::of(position.location.as_bytes(), out.partition_count(POSITIONS));
        let key = format!("{}_{}", position.location, position.item);
        out.send(POSITIONS, to, key.as_bytes(), Some(&self.bytes));
        Ok(())
    }

    /// A document goes to the partition of its family, so that versions and parts keep their order.
    fn send_adjustment(&mut self, adjustment: &Adjustment, out: &mut Outputs) -> Result<(), Stop> {
        self.bytes.clear();
        self.coders.adjustments.encode(adjustment, &mut self.bytes).map_err(stop)?;
        let family = adjustment.family.as_bytes();
        let to = partition::of(family, out.partition_count(ADJUSTMENTS));
        out.send(ADJUSTMENTS, to, family, Some(&self.bytes));
        Ok(())
    }
}

/// Puts a shard under an account map, where it is not under it already.
fn take(state: &mut State, partition: i32, map: &AccountMap) {
    if state.account_map() != Some(map.hash()) {
        event::account_map_taken(partition, state.account_map(), map.hash());
        state.set_account_map(map.hash());
    }
}

impl Shard for InventoryShard {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let key = std::str::from_utf8(key)
            .map_err(|_| Stop("a changelog key of inventory is not text".to_owned()))?;
        let record = value.map(|value| self.coders.states.decode(value)).transpose();
        let record = record.map_err(|error| Stop(format!("changelog record {key}: {error}")))?;
        self.state.restore(key, record).map_err(stop)
    }

    fn restored(&mut self) -> Result<(), Stop> {
        self.share.show(self.state.fill());
        self.accounts.under(self.state.account_map()).map(|_| ()).map_err(stop)
    }

    /// The first transaction under a map writes its hash, so that nothing is decided under an unnamed one.
    fn begin(&mut self) {
        // State under a map that is not there was refused when it was restored.
        let Ok(map) = self.accounts.under(self.state.account_map()) else { return };
        take(&mut self.state, self.partition, map);
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        let Some(value) = record.value.filter(|_| record.topic == DELTAS) else {
            return Err(Stop("inventory does not read tombstones or other topics".to_owned()).into());
        };
        let movement = match self.coders.deltas.decode(value) {
            Ok(movement) => movement,
            Err(error) if error.is_later() => {
                return Err(Refusal::Later("the schema registry does not answer"));
            }
            Err(error) => return Err(stop(error).into()),
        };
        if let (ledger::ADOPTED, Some(named)) = (movement.kind.as_str(), &movement.account_map) {
            let map = self.accounts.adopt(named, self.state.account_map()).map_err(stop)?;
            take(&mut self.state, self.partition, map);
            return Ok(());
        }
        let map = self.accounts.under(self.state.account_map()).map_err(stop)?;
        let decisions = ledger::apply(&mut self.state, &movement, map).map_err(stop)?;
        if movement.kind == ledger::CLOSE {
            event::bucket_closed(&movement, &decisions.adjustments);
            self.tally.closed(decisions.adjustments.iter().map(|adjustment| adjustment.lines.len()));
        }
        self.tally.fell_below_zero(decisions.shortfalls.len());
        self.short.add(decisions.shortfalls);
        decisions.positions.iter().try_for_each(|position| self.send_position(position, out))?;
        decisions.adjustments.iter().try_for_each(|adjustment| self.send_adjustment(adjustment, out))?;
        Ok(())
    }

    fn turn(&mut self, clock: Option<Clock>, _: &mut Outputs) -> Result<(), Stop> {
        if clock.is_some() {
            self.short.tick(self.partition);
        }
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
        self.short.commit(self.partition);
    }

    fn abort(&mut self) {
        self.state.abort();
        self.tally = Tally::default();
        self.short.abort();
    }
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop(error.to_string())
}

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod tests;
