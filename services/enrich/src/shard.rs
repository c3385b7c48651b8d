//! Stands between the runtime and the sequencer: bytes to records, decisions to bytes.

use std::sync::Arc;

use domain::calendar::Timestamp;
use domain::claim::Outcome;
use domain::partition;
use domain::record::command::Command;
use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::{Claim, SalesEvent, Source};
use domain::ticket::{Code, Reason};
use runtime::metrics::Share;
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Shard, Stop};
use wire::codec::{Codecs, Decoder, Encoder, OpenError};

use crate::event;
use crate::limits::{HELD_OLD_DAYS, WAITING_OLD};
use crate::masters::Shared;
use crate::metrics::{Counters, Tally};
use crate::quarantine::Offered;
use crate::sequencer::{Decisions, EVERY_STORE, Named, Sequencer, tick_date, too_large};
use crate::settings::Settings;
use crate::state::StateRecord;
use crate::words::said;

/// Tickets of the tills: the lead topic.
pub const TRANSACTIONS: &str = "pos.transactions";
/// Orders of people, and claims of what tickets take back: the side topic, and an output.
pub const COMMANDS: &str = "pos.commands";
/// Everything that happened, in its decided order.
pub const SALES: &str = "sales.enriched";
/// Stock movements.
pub const DELTAS: &str = "inventory.deltas";
/// What was not booked.
pub const QUARANTINE: &str = "pos.quarantine";
/// The state of the sequencers.
pub const CHANGELOG: &str = "enrich.changelog";

/// The outcome of a claim that is said in the log, too.
const EXCEEDED: &str = Outcome::Exceeded.word();

impl wire::Subject for StateRecord {
    const SUBJECT: &'static str = "enrich.changelog-value";
}

/// Every encoder and decoder a shard needs; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Coders {
    transactions: Decoder<Transaction>,
    commands: Decoder<Command>,
    states: Decoder<StateRecord>,
    sales: Encoder<SalesEvent>,
    deltas: Encoder<Movement>,
    quarantine: Encoder<Quarantined>,
    orders: Encoder<Command>,
    changelog: Encoder<StateRecord>,
}

impl Coders {
    /// Opens all of them.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn open(codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            transactions: codecs.decoder()?,
            commands: codecs.decoder()?,
            states: codecs.decoder()?,
            sales: codecs.encoder()?,
            deltas: codecs.encoder()?,
            quarantine: codecs.encoder()?,
            orders: codecs.encoder()?,
            changelog: codecs.encoder()?,
        })
    }
}

/// The shard of one partition of `pos.transactions`.
#[derive(Debug)]
pub struct SequencerShard {
    sequencer: Sequencer,
    shared: Arc<Shared>,
    coders: Coders,
    decisions: Decisions,
    counters: Counters,
    tally: Tally,
    share: Share<8>,
    full: Full,
    /// Lines in suspense that were old at the last tick.
    old: usize,
    /// Quarantined records that were.
    held_old: usize,
    exceeded: Exceeded,
    bytes: Vec<u8>,
}

/// Which limits were said to be reached, so that each is said once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Full {
    quarantine: bool,
    suspense: bool,
}

/// Claims of more than was sold since the last tick, so that they are said once each time.
#[derive(Debug, Default)]
struct Exceeded {
    claims: u64,
    last: Option<Claim>,
}

impl Exceeded {
    fn add(&mut self, claim: &Claim) {
        self.claims += 1;
        self.last = Some(claim.clone());
    }
}

impl SequencerShard {
    /// Makes an empty shard.
    #[must_use]
    pub fn new(
        partition: i32,
        settings: Settings,
        shared: Arc<Shared>,
        coders: Coders,
        counters: Counters,
    ) -> Self {
        Self {
            sequencer: Sequencer::new(partition, settings, shared.pin()),
            shared,
            coders,
            decisions: Decisions::default(),
            share: counters.share(),
            counters,
            tally: Tally::default(),
            full: Full::default(),
            old: 0,
            held_old: 0,
            exceeded: Exceeded::default(),
            bytes: Vec::new(),
        }
    }

    fn ticket(&mut self, record: &Record<'_>, partitions: i32) -> Result<(), Refusal> {
        let offered = offered(record);
        match read(&self.coders.transactions, record.value)? {
            Ok(transaction) => self.sequencer.offer(&offered, transaction, partitions, &mut self.decisions),
            Err(reason) => {
                let nothing = Named::nothing();
                self.sequencer.quarantine(&offered, &nothing, vec![reason], &mut self.decisions);
            }
        }
        Ok(())
    }

    fn command(&mut self, record: &Record<'_>, partitions: i32) -> Result<(), Refusal> {
        let offered = offered(record);
        let command = match read(&self.coders.commands, record.value)? {
            Ok(command) => command,
            Err(reason) => {
                let nothing = Named::nothing();
                self.sequencer.quarantine(&offered, &nothing, vec![reason], &mut self.decisions);
                return Ok(());
            }
        };
        let body = command.quarantine.as_ref().and_then(|decision| decision.body.as_ref());
        let body = match body {
            Some(body) => match too_large(Some(&body.0)) {
                Some(reason) => Some(Err(reason)),
                None => Some(read(&self.coders.transactions, Some(&body.0))?),
            },
            None => None,
        };
        self.sequencer.command(&offered, &command, body, partitions, &mut self.decisions).map_err(|_| {
            Refusal::Later("the item master has not been read as far as a resolve command needs")
        })
    }

    fn count_old(&mut self) {
        let state = &self.sequencer.state;
        let old = state.tick().plus_millis(-WAITING_OLD);
        self.old = state.waiting.iter().filter(|(_, line)| line.ended_at < old).count();
        let old = tick_date(state.tick()).plus_days(-HELD_OLD_DAYS);
        self.held_old = state.held.iter().filter(|(_, held)| held.held_on.is_some_and(|on| on < old)).count();
    }

    fn show(&mut self) {
        let state = &self.sequencer.state;
        let (held, waiting) = (state.held.size(), state.waiting.size());
        let dates = state.postings.len().saturating_add(state.ended.len());
        self.share.show([
            held,
            waiting,
            self.old,
            self.held_old,
            state.blocks.len(),
            state.sold_bytes(),
            dates,
            state.commands.len(),
        ]);
    }

    fn say_what_is_full(&mut self) {
        let Sequencer { state, limits, .. } = &self.sequencer;
        let (held, waiting) = (state.held.size(), state.waiting.size());
        let full = Full { quarantine: held >= limits.held, suspense: waiting >= limits.waiting };
        if full.quarantine && !self.full.quarantine {
            event::quarantine_full(self.sequencer.partition(), held);
        }
        if full.suspense && !self.full.suspense {
            event::suspense_full(self.sequencer.partition(), waiting);
        }
        self.full = full;
    }

    /// Encodes what was decided and empties the decisions.
    fn send(&mut self, out: &mut Outputs) -> Result<(), Stop> {
        let partition = self.sequencer.partition();
        self.tally.count(&self.decisions);
        for event in &self.decisions.events {
            if let Some(close) = &event.close {
                event::bucket_closed(&event.store, close);
            }
            if let Some(claim) = event.claim.as_ref().filter(|claim| claim.outcome == EXCEEDED) {
                self.exceeded.add(claim);
            }
            self.bytes.clear();
            self.coders.sales.encode(event, &mut self.bytes).map_err(stop)?;
            out.send(SALES, partition, event.store.as_bytes(), Some(&self.bytes));
        }
        let locations = out.partition_count(DELTAS);
        for movement in &self.decisions.movements {
            self.bytes.clear();
            self.coders.deltas.encode(movement, &mut self.bytes).map_err(stop)?;
            let location = movement.location.as_bytes();
            // What concerns every location goes to each partition once: each shard writes that of its own number.
            let to = match movement.location == EVERY_STORE {
                true => partition,
                false => partition::of(location, locations),
            };
            out.send(DELTAS, to, location, Some(&self.bytes));
        }
        for envelope in &self.decisions.quarantined {
            self.bytes.clear();
            self.coders.quarantine.encode(envelope, &mut self.bytes).map_err(stop)?;
            let key = envelope.store.as_deref().unwrap_or(crate::sequencer::NO_STORE);
            out.send(QUARANTINE, partition, key.as_bytes(), Some(&self.bytes));
        }
        let stores = out.partition_count(COMMANDS);
        for command in &self.decisions.commands {
            self.bytes.clear();
            self.coders.orders.encode(command, &mut self.bytes).map_err(stop)?;
            let store = command.store.as_bytes();
            out.send(COMMANDS, partition::of(store, stores), store, Some(&self.bytes));
        }
        self.decisions.clear();
        Ok(())
    }
}

impl Shard for SequencerShard {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let key =
            std::str::from_utf8(key).map_err(|_| Stop("a changelog key of enrich is not text".to_owned()))?;
        let record = value.map(|value| self.coders.states.decode(value)).transpose();
        let record = record.map_err(|error| Stop(format!("changelog record {key}: {error}")))?;
        self.sequencer.state.restore(key, record).map_err(stop)
    }

    fn restored(&mut self) -> Result<(), Stop> {
        self.count_old();
        self.show();
        Ok(())
    }

    fn begin(&mut self) {
        self.sequencer.masters = self.shared.pin();
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        // The sequencer writes to the partition it reads from, so both topics have the same count.
        let partitions = out.partition_count(SALES);
        match record.topic {
            TRANSACTIONS => self.ticket(record, partitions)?,
            COMMANDS => self.command(record, partitions)?,
            topic => return Err(Stop(format!("enrich does not read {topic}")).into()),
        }
        Ok(self.send(out)?)
    }

    fn turn(&mut self, clock: Option<Clock>, out: &mut Outputs) -> Result<(), Stop> {
        let Some(clock) = clock else { return Ok(()) };
        let read_through = clock.read_through.map(Timestamp);
        self.sequencer.tick(Timestamp(clock.now), read_through, &mut self.decisions);
        self.count_old();
        self.say_what_is_full();
        if let Exceeded { claims, last: Some(last) } = std::mem::take(&mut self.exceeded) {
            event::more_came_back(self.sequencer.partition(), claims, &last);
        }
        self.send(out)
    }

    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop> {
        let Self { sequencer, coders, bytes, .. } = self;
        sequencer.state.changed(|key, record| {
            bytes.clear();
            if let Some(record) = &record {
                coders.changelog.encode(record, bytes).map_err(stop)?;
            }
            out.put(key.as_bytes(), record.is_some().then_some(bytes.as_slice()));
            Ok(())
        })
    }

    fn commit(&mut self) {
        self.sequencer.state.commit();
        self.show();
        self.counters.add(&std::mem::take(&mut self.tally));
    }

    fn abort(&mut self) {
        self.sequencer.abort();
        self.tally = Tally::default();
        self.exceeded = Exceeded::default();
    }
}

/// Reads a record, or says why it never can be read.
fn read<T: wire::Subject>(decoder: &Decoder<T>, value: Option<&[u8]>) -> Result<Result<T, Reason>, Refusal> {
    let Some(value) = value else {
        return Ok(Err(Reason::of_record(Code::Unreadable, "the record has no value")));
    };
    match decoder.decode(value) {
        Ok(record) => Ok(Ok(record)),
        Err(error) if error.is_later() => Err(Refusal::Later("the schema registry does not answer")),
        Err(error) => {
            // What the reader says may quote the record, or a schema of any length.
            let why = said(&format!("{}: {error}", error.code()));
            Ok(Err(Reason::of_record(Code::Unreadable, why)))
        }
    }
}

fn offered<'a>(record: &Record<'a>) -> Offered<'a> {
    Offered {
        source: Source { topic: record.topic.into(), partition: record.partition, offset: record.offset },
        key: record.key,
        value: record.value,
    }
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop(error.to_string())
}
