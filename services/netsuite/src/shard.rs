//! Stands between the runtime and the lane: bytes to documents and orders, reports to postings, effects to
//! the sender.
//!
//! An order that cannot be read or is not known is said and skipped: nothing a person sends stops a lane.

use std::sync::mpsc::{Receiver, Sender, channel};

use domain::calendar::Timestamp;
use domain::partition;
use domain::record::posting::{Posting, PostingCommand};
use runtime::metrics::Share;
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Shard, Stop};
use wire::codec::{Codecs, Decoder, Encoder, OpenError};

use crate::document::Postable;
use crate::event;
use crate::gate::Owned;
use crate::lane::{Answer, Lane, Report, Retried, Taken};
use crate::metrics::{Counters, Tally};
use crate::sender::Outbox;

/// Orders of people about documents: the side topic of every lane.
pub const COMMANDS: &str = "netsuite.commands";
/// The command that has a parked document tried again.
const RETRY: &str = "retry";
/// What became of every document.
pub const POSTINGS: &str = "netsuite.postings";

/// Every encoder and decoder a shard needs; clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Coders<D: Postable> {
    documents: Decoder<D>,
    bodies: Encoder<D>,
    commands: Decoder<PostingCommand>,
    states: Decoder<D::State>,
    changelog: Encoder<D::State>,
    postings: Encoder<Posting>,
}

impl<D: Postable> Coders<D> {
    /// Opens all of them.
    ///
    /// # Errors
    /// [`OpenError`] when a subject is not registered.
    pub fn open(codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self {
            documents: codecs.decoder()?,
            bodies: codecs.encoder()?,
            commands: codecs.decoder()?,
            states: codecs.decoder()?,
            changelog: codecs.encoder()?,
            postings: codecs.encoder()?,
        })
    }
}

/// The shard of one partition of a document topic.
#[derive(Debug)]
pub struct LaneShard<D: Postable> {
    partition: i32,
    lane: Lane<D>,
    coders: Coders<D>,
    outbox: Outbox,
    answers: Receiver<Answer>,
    answer_to: Sender<Answer>,
    /// Said once while the lane stands still.
    standing: bool,
    counters: Counters,
    tally: Tally,
    shown: Share<2>,
    bytes: Vec<u8>,
    _share: Owned,
}

impl<D: Postable> LaneShard<D> {
    /// Makes an empty shard.
    #[must_use]
    pub fn new(partition: i32, lane: Lane<D>, coders: Coders<D>, outbox: Outbox, counters: Counters) -> Self {
        let (answer_to, answers) = channel();
        let share = outbox.gate().own();
        Self {
            partition,
            lane,
            coders,
            outbox,
            answers,
            answer_to,
            standing: false,
            shown: counters.share(),
            counters,
            tally: Tally::default(),
            bytes: Vec::new(),
            _share: share,
        }
    }

    fn document(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let body = record.value.ok_or_else(|| Stop(format!("{} has no tombstones", record.topic)))?;
        let document = match self.coders.documents.decode(body) {
            Ok(document) => document,
            Err(error) if error.is_later() => return Err(registry_is_silent()),
            Err(error) => return Err(stop(error).into()),
        };
        match self.lane.take(record.offset, document, body) {
            Taken::Yes => {
                self.standing = false;
                Ok(())
            }
            Taken::Later => {
                if !self.standing && !self.lane.is_full() {
                    event::full(record.topic, self.partition, self.lane.held());
                    self.standing = true;
                }
                Err(Refusal::Later("the lane has no room for further documents"))
            }
        }
    }

    fn command(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let Record { partition, offset, .. } = *record;
        let Some(value) = record.value else {
            event::order_skipped(partition, offset, "no_value");
            return Ok(());
        };
        let command = match self.coders.commands.decode(value) {
            Ok(command) => command,
            Err(error) if error.is_later() => return Err(registry_is_silent()),
            Err(error) => {
                event::order_skipped(partition, offset, error.code());
                return Ok(());
            }
        };
        if command.kind != RETRY {
            event::order_skipped(partition, offset, "unknown_kind");
            return Ok(());
        }
        // The lane of the other kind reads it, too, and says what becomes of it.
        if command.document_kind != D::RECORD_TYPE.kind() {
            return Ok(());
        }
        match self.lane.retry(&command.family, &command.document) {
            Retried::Due => event::retried(&command.document, partition, offset),
            Retried::NotParked => event::not_parked(partition, offset),
        }
        Ok(())
    }

    fn tell(&mut self, report: &Report<D>, out: &mut Outputs) -> Result<(), Stop> {
        let (class, detail) = match &report.refusal {
            Some(refusal) => {
                event::parked(report.document.id(), &refusal.class, &refusal.detail);
                self.tally.refused += 1;
                (Some(refusal.class.clone()), Some(refusal.detail.clone()))
            }
            None => {
                let id = report.netsuite_id.as_deref().unwrap_or_default();
                event::posted(report.document.id(), id, report.attempts);
                self.tally.posted += 1;
                (None, None)
            }
        };
        let posting = Posting {
            document: report.document.id().to_owned(),
            family: report.document.family().to_owned(),
            kind: D::RECORD_TYPE.kind().to_owned(),
            status: report.status.word().to_owned(),
            netsuite_id: report.netsuite_id.clone(),
            class,
            detail,
            attempts: report.attempts,
            at: report.at,
        };
        self.bytes.clear();
        self.coders.postings.encode(&posting, &mut self.bytes).map_err(stop)?;
        let key = posting.document.as_bytes();
        let to = partition::of(key, out.partition_count(POSTINGS));
        out.send(POSTINGS, to, key, Some(&self.bytes));
        Ok(())
    }

    fn send_effects(&mut self) {
        for effect in self.lane.take_effects() {
            self.outbox.send(effect, self.answer_to.clone());
        }
    }
}

impl<D: Postable> Shard for LaneShard<D> {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let id = String::from_utf8(key.to_vec());
        let id = id.map_err(|_| Stop("a changelog key of netsuite is not text".to_owned()))?;
        let state = value.map(|value| self.coders.states.decode(value)).transpose();
        let state = state.map_err(|error| Stop(format!("changelog record {id}: {error}")))?;
        self.lane.restore(id, state.map(Into::into));
        Ok(())
    }

    fn restored(&mut self) -> Result<(), Stop> {
        let Self { lane, coders, .. } = self;
        lane.restored(|body| coders.documents.decode(body)).map_err(stop)?;
        self.shown.show([self.lane.open(), self.lane.held()]);
        Ok(())
    }

    fn starts_at(&mut self, next: i64) {
        self.lane.starts_at(next);
    }

    fn process(&mut self, record: &Record<'_>, _: &mut Outputs) -> Result<(), Refusal> {
        match record.topic {
            COMMANDS => self.command(record),
            topic if topic == D::TOPIC => self.document(record),
            topic => Err(Stop(format!("netsuite does not read {topic}")).into()),
        }
    }

    fn turn(&mut self, clock: Option<Clock>, out: &mut Outputs) -> Result<(), Stop> {
        if let Some(clock) = clock {
            self.lane.set_now(Timestamp(clock.now));
        }
        while let Ok(answer) = self.answers.try_recv() {
            self.lane.answer(answer);
        }
        let bodies = &self.coders.bodies;
        let reports = self.lane.turn(|document| bodies.to_vec(document)).map_err(stop)?;
        reports.iter().try_for_each(|report| self.tell(report, out))?;
        // Look-ups need no record and leave at once; creates appear only after a commit.
        self.send_effects();
        Ok(())
    }

    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop> {
        let Self { lane, coders, bytes, .. } = self;
        for (id, state) in lane.changed() {
            bytes.clear();
            if let Some(state) = state {
                coders.changelog.encode(&state.clone().into(), bytes).map_err(stop)?;
            }
            out.put(id.as_bytes(), state.is_some().then_some(bytes.as_slice()));
        }
        Ok(())
    }

    fn commit(&mut self) {
        self.lane.commit();
        self.counters.add(std::mem::take(&mut self.tally));
        self.shown.show([self.lane.open(), self.lane.held()]);
        self.send_effects();
        self.counters.show_requests(self.outbox.gate());
    }

    fn abort(&mut self) {
        self.lane.abort();
        self.tally = Tally::default();
    }

    fn committable(&self, position: i64) -> i64 {
        self.lane.committable(position)
    }

    fn full(&self) -> bool {
        self.lane.is_full()
    }
}

fn registry_is_silent() -> Refusal {
    Refusal::Later("the schema registry does not answer")
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop(error.to_string())
}
