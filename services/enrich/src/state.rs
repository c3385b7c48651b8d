//! What the sequencer remembers of one partition, and how each piece stands in the changelog.
//!
//! Every table is keyed by text, so a changelog key is the table's name, a slash and that text. What
//! bounds each table: blocks by the hash horizon, the business-date horizon and `domain::sold`, postings by the
//! business-date horizon and the waiting lines, waiting lines by people and by `limits`, held records by
//! people, by `limits` and by 119 days, commands by 14 days. How full each is, `metrics` shows.

use domain::bucket::Posting;
use domain::calendar::{Date, Timestamp};
use domain::dedupe::Block;
use domain::identity::ContentHash;
use domain::record::sales::TicketId;
use domain::suspense::WaitingLine;
use domain::text::Text;
use runtime::overlay::Overlay;
use serde::{Deserialize, Serialize};

use crate::counted::Counted;

/// A quarantined record that nobody has decided on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Store, or `?` where none could be read.
    pub store: Text,
    /// The ticket, where its identity could be read and its number is held by this record.
    pub ticket: Option<TicketId>,
    /// Content of the ticket, where it could be read.
    pub content: Option<ContentHash>,
    /// Date of the tick at which it was quarantined; `None` for a moment where an older version wrote it.
    #[serde(default)]
    pub held_on: Option<Date>,
}

/// One state record on `enrich.changelog`: exactly one of its fields is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRecord {
    /// The last tick.
    #[serde(default)]
    pub tick: Option<Timestamp>,
    /// Sequence numbers of one register.
    #[serde(default)]
    pub block: Option<Block>,
    /// A window of a business date.
    #[serde(default)]
    pub posting: Option<Posting>,
    /// Set when an end-of-day record of a business date was sequenced.
    #[serde(default)]
    pub ended: Option<bool>,
    /// A line in suspense.
    #[serde(default)]
    pub waiting: Option<WaitingLine>,
    /// Date of the tick at which a command was carried out.
    #[serde(default)]
    pub command: Option<Date>,
    /// A quarantined record.
    #[serde(default)]
    pub held: Option<Held>,
    /// First business date of which nothing was forgotten yet.
    #[serde(default)]
    pub swept: Option<Date>,
}

/// The state of one partition.
#[derive(Debug, Default)]
pub struct State {
    /// The last tick, under one empty key.
    pub ticks: Overlay<Text, Timestamp>,
    /// Sequence numbers, and the lines of their tickets: `store/register/epoch/block`.
    pub blocks: Overlay<Text, Block>,
    /// Windows: `store/business date/window`.
    pub postings: Overlay<Text, Posting>,
    /// Ended business dates: `store/business date`.
    pub ended: Overlay<Text, bool>,
    /// Lines in suspense: `store/business date/register/epoch/sequence/line`.
    pub waiting: Counted<WaitingLine>,
    /// Carried-out commands: their id.
    pub commands: Overlay<Text, Date>,
    /// Quarantined records: `topic/partition/offset`.
    pub held: Counted<Held>,
    /// First business date of which nothing was forgotten yet, under one empty key.
    swept: Overlay<Text, Date>,
    /// Bytes that the lines of tickets take in the committed blocks.
    sold_bytes: usize,
}

/// A changelog key or record that is not ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key names no table.
    #[error("changelog key `{0}` names no table of enrich")]
    Key(String),
    /// The record has not the field that its key asks for.
    #[error("changelog record under `{0}` lacks its value")]
    Value(String),
}

impl State {
    /// The last tick; 0 before the first.
    #[must_use]
    pub fn tick(&self) -> Timestamp {
        self.ticks.get("").copied().unwrap_or_default()
    }

    /// The first business date of which nothing was forgotten; `None` while nothing was at all. What is dated
    /// before it must be refused for ever: its number could be booked, and its bucket given, a second time.
    #[must_use]
    pub fn first_remembered(&self) -> Option<Date> {
        self.swept.get("").copied()
    }

    /// Bytes in which the lines of tickets are remembered, as of the last commit.
    #[must_use]
    pub const fn sold_bytes(&self) -> usize {
        self.sold_bytes
    }

    /// Remembers that something of a business date is forgotten.
    pub fn forget_date(&mut self, date: Date) {
        let first = Some(date.plus_days(1));
        if let Some(date) = first.filter(|_| first > self.first_remembered()) {
            self.swept.insert(Text::default(), date);
        }
    }

    /// Applies one changelog record.
    ///
    /// # Errors
    /// [`Error`] when the record is not one of ours.
    pub fn restore(&mut self, key: &str, record: Option<StateRecord>) -> Result<(), Error> {
        let (table, name) = key.split_once('/').ok_or_else(|| Error::Key(key.to_owned()))?;
        let name = Text::from(name);
        match table {
            "block" => {
                let block = value(key, record, |record| record.block)?;
                let (merged, replaced) = self.blocks.restore_sized(name, block, size_of_lines);
                self.sold_bytes = (self.sold_bytes + merged).saturating_sub(replaced);
            }
            "tick" => self.ticks.restore(name, value(key, record, |record| record.tick)?),
            "posting" => self.postings.restore(name, value(key, record, |record| record.posting)?),
            "ended" => self.ended.restore(name, value(key, record, |record| record.ended)?),
            "waiting" => self.waiting.restore(name, value(key, record, |record| record.waiting)?),
            "command" => self.commands.restore(name, value(key, record, |record| record.command)?),
            "held" => self.held.restore(name, value(key, record, |record| record.held)?),
            "swept" => self.swept.restore(name, value(key, record, |record| record.swept)?),
            _ => return Err(Error::Key(key.to_owned())),
        }
        Ok(())
    }

    /// Every record changed since the last commit or abort, in a fixed order: changelog key and value.
    ///
    /// # Errors
    /// Whatever `put` returns.
    pub fn changed<E>(
        &self,
        mut put: impl FnMut(&str, Option<StateRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        let none = StateRecord::default;
        changed(&self.ticks, "tick", &mut put, |tick| StateRecord { tick: Some(*tick), ..none() })?;
        changed(&self.blocks, "block", &mut put, |block| StateRecord {
            block: Some(block.clone()),
            ..none()
        })?;
        changed(&self.postings, "posting", &mut put, |posting| StateRecord {
            posting: Some(posting.clone()),
            ..none()
        })?;
        changed(&self.ended, "ended", &mut put, |ended| StateRecord { ended: Some(*ended), ..none() })?;
        changed(&self.waiting, "waiting", &mut put, |line| StateRecord {
            waiting: Some(line.clone()),
            ..none()
        })?;
        changed(&self.commands, "command", &mut put, |on| StateRecord { command: Some(*on), ..none() })?;
        changed(&self.held, "held", &mut put, |held| StateRecord { held: Some(held.clone()), ..none() })?;
        changed(&self.swept, "swept", &mut put, |date| StateRecord { swept: Some(*date), ..none() })
    }

    /// Merges the changes of the transaction.
    pub fn commit(&mut self) {
        self.ticks.commit();
        let (merged, replaced) = self.blocks.commit_sized(size_of_lines);
        self.sold_bytes = (self.sold_bytes + merged).saturating_sub(replaced);
        self.postings.commit();
        self.ended.commit();
        self.waiting.commit();
        self.commands.commit();
        self.held.commit();
        self.swept.commit();
    }

    /// Drops the changes of the transaction.
    pub fn abort(&mut self) {
        self.ticks.abort();
        self.blocks.abort();
        self.postings.abort();
        self.ended.abort();
        self.waiting.abort();
        self.commands.abort();
        self.held.abort();
        self.swept.abort();
    }
}

const fn size_of_lines(block: &Block) -> usize {
    block.sold.size()
}

/// The value of a record, `None` for a tombstone.
fn value<V>(
    key: &str,
    record: Option<StateRecord>,
    value: impl FnOnce(StateRecord) -> Option<V>,
) -> Result<Option<V>, Error> {
    record.map(|record| value(record).ok_or_else(|| Error::Value(key.to_owned()))).transpose()
}

fn changed<V: Clone, E>(
    table: &Overlay<Text, V>,
    name: &str,
    put: &mut impl FnMut(&str, Option<StateRecord>) -> Result<(), E>,
    record: impl Fn(&V) -> StateRecord,
) -> Result<(), E> {
    let mut key = String::new();
    for (entry, value) in table.changed() {
        key.clear();
        key.push_str(name);
        key.push('/');
        key.push_str(entry);
        put(&key, value.map(&record))?;
    }
    Ok(())
}
