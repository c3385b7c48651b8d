//! Which quarantined records nobody has decided on yet, and the commands that decide.
//!
//! A record is decided once a command about it was carried out. `pos.commands` names the record and is kept
//! for 14 days; what is older is recognised by the sale it became, or by the notice of its write-off.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use domain::record::Bytes;
use domain::record::command::{Command, Coordinates, QuarantineDecision};
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::SalesEvent;
use runtime::follow::From;
use wire::codec::EncodeError;

use super::{Issuer, Order};
use crate::cluster::{Cluster, Error as ClusterError};

/// The topic whose records can be booked after all.
const TRANSACTIONS: &str = "pos.transactions";

/// The store of records in which none could be read.
const NO_STORE: &str = "?";

/// Where a quarantined record was offered: its id. Text form `pos.transactions/3/1234`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// Topic without namespace.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// A text that is no record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no record; write it as `tillstream quarantine list` does: pos.transactions/3/1234")]
pub struct NoRecordId(String);

/// A quarantined record cannot be released.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no transaction.
    #[error("{0} is a command, not a transaction: write it off and issue it again")]
    NoTransaction(RecordId),
    /// It was cut.
    #[error(
        "{0} was larger than quarantine keeps, so it can only be written off; have the store send it again"
    )]
    Cut(RecordId),
    /// A card number was taken out of it.
    #[error(
        "{0} held a card number that was masked, so its bytes are not what was offered: release a mended transaction"
    )]
    Masked(RecordId),
    /// It has no bytes.
    #[error("{0} has no bytes to book: write it off, or release a transaction in its place")]
    Empty(RecordId),
    /// The mended transaction cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// What is booked in place of a quarantined record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The bytes as they were offered: what stood in the way was outside of them.
    AsOffered,
    /// A transaction that a person mended.
    Mended(Box<Transaction>),
}

/// Records nobody has decided on, as events come in.
#[derive(Debug, Default)]
pub struct Records {
    open: BTreeMap<RecordId, Quarantined>,
    commands: HashMap<String, RecordId>,
}

/// Reads the records nobody has decided on; of all partitions when `partitions` is empty.
///
/// # Errors
/// [`ClusterError`] when a topic cannot be read.
pub fn open(cluster: &Cluster, partitions: &[i32]) -> Result<BTreeMap<RecordId, Quarantined>, ClusterError> {
    let mut records = Records::default();
    cluster.scan::<Quarantined>(partitions, From::Start)?.to_end(|received| {
        if let Some(record) = received.record {
            records.quarantined(record);
        }
    })?;
    cluster.scan::<Command>(partitions, From::Start)?.or_none().to_end(|received| {
        if let Some(command) = received.record {
            records.command(command);
        }
    })?;
    cluster.scan::<SalesEvent>(partitions, From::Start)?.to_end(|received| {
        if let Some(event) = received.record {
            records.event(&event);
        }
    })?;
    Ok(records.open)
}

/// The command that books a record after all.
///
/// # Errors
/// [`Refused`] when it cannot be booked, or not with this body.
pub fn release(
    cluster: &Cluster,
    issuer: &mut Issuer,
    record: &Quarantined,
    body: &Body,
) -> Result<Order, ReleaseError> {
    let id = RecordId::of(record);
    if record.topic != TRANSACTIONS {
        return Err(Refused::NoTransaction(id).into());
    }
    if record.cut {
        return Err(Refused::Cut(id).into());
    }
    let bytes = match body {
        Body::Mended(mended) => {
            let encoder = cluster.codecs().encoder::<Transaction>()?;
            Bytes(encoder.to_vec(mended).map_err(Refused::from)?)
        }
        Body::AsOffered if record.masked => return Err(Refused::Masked(id).into()),
        Body::AsOffered => record.body.clone().ok_or(Refused::Empty(id))?,
    };
    Ok(decision(issuer, "quarantine_release", record, Some(bytes)))
}

/// The command that writes a record off.
#[must_use]
pub fn write_off(issuer: &mut Issuer, record: &Quarantined) -> Order {
    decision(issuer, "quarantine_write_off", record, None)
}

/// No command to release a record could be made.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The record does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The registry does not give what is needed to write a mended transaction.
    #[error(transparent)]
    Open(#[from] wire::codec::OpenError),
}

fn decision(issuer: &mut Issuer, kind: &str, record: &Quarantined, body: Option<Bytes>) -> Order {
    let mut command = issuer.command(kind, record.store.as_deref().unwrap_or(NO_STORE));
    let RecordId { topic, partition, offset } = RecordId::of(record);
    command.quarantine = Some(QuarantineDecision { record: Coordinates { topic, partition, offset }, body });
    // The shard that quarantined a record holds it, whichever store it names.
    Order { command, partitions: vec![partition] }
}

impl Records {
    /// The records nobody has decided on.
    #[must_use]
    pub fn open(&self) -> &BTreeMap<RecordId, Quarantined> {
        &self.open
    }

    /// Takes in a record that was quarantined.
    pub fn quarantined(&mut self, record: Quarantined) {
        self.open.insert(RecordId::of(&record), record);
    }

    /// Takes in a command: it decides once it is known to be carried out.
    pub fn command(&mut self, command: Command) {
        if let Some(QuarantineDecision { record, .. }) = command.quarantine {
            let Coordinates { topic, partition, offset } = record;
            self.commands.insert(command.id, RecordId { topic, partition, offset });
        }
    }

    /// Takes in what happened after records and commands.
    pub fn event(&mut self, event: &SalesEvent) {
        let notice = event.notice.as_ref();
        match event.kind.as_str() {
            "command" => {
                let id = notice.and_then(|notice| notice.command.as_ref());
                if let Some(record) = id.and_then(|id| self.commands.get(id.as_str())) {
                    self.open.remove(record);
                }
            }
            "written_off" => {
                let ids = notice.into_iter().flat_map(|notice| &notice.reasons);
                ids.filter_map(|reason| reason.parse::<RecordId>().ok())
                    .for_each(|id| drop(self.open.remove(&id)));
            }
            "quarantine_released" => {
                let Some(ticket) = event.sale.as_ref().map(|sale| &sale.ticket) else { return };
                let became = |record: &Quarantined| {
                    record.store.as_deref() == Some(event.store.as_str())
                        && record.register.as_deref() == Some(ticket.register.as_str())
                        && (record.epoch, record.sequence) == (Some(ticket.epoch), Some(ticket.sequence))
                };
                self.open.retain(|_, record| !became(record));
            }
            _ => {}
        }
    }
}

impl RecordId {
    /// The id of a quarantined record.
    #[must_use]
    pub fn of(record: &Quarantined) -> Self {
        Self { topic: record.topic.clone(), partition: record.partition, offset: record.offset }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

impl FromStr for RecordId {
    type Err = NoRecordId;

    fn from_str(text: &str) -> Result<Self, NoRecordId> {
        let read = || {
            let mut parts = text.split('/');
            let topic = parts.next().filter(|topic| !topic.is_empty())?.to_owned();
            let (partition, offset) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            parts.next().is_none().then_some(Self { topic, partition, offset })
        };
        read().ok_or_else(|| NoRecordId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::calendar::Timestamp;
    use domain::record::sales::{Notice, Sale, TicketId};

    use super::*;

    fn record(offset: i64) -> Quarantined {
        Quarantined {
            topic: TRANSACTIONS.to_owned(),
            partition: 3,
            offset,
            store: Some("367".to_owned()),
            register: Some("1".to_owned()),
            epoch: Some(7),
            sequence: Some(offset),
            ..Quarantined::default()
        }
    }

    #[test]
    fn a_record_is_open_until_a_command_about_it_was_carried_out() {
        let mut issuer = Issuer::new("ana", Timestamp(1), None);
        let mut records = Records::default();
        records.open.extend((0..5).map(|offset| (RecordId::of(&record(offset)), record(offset))));
        let [done, refused] = [0, 1].map(|offset| write_off(&mut issuer, &record(offset)));
        assert_eq!((done.command.store.as_str(), &done.partitions[..]), ("367", &[3][..]));
        let notice = |kind: &str, command: &Command| SalesEvent {
            kind: kind.into(),
            notice: Some(Notice { command: Some(command.id.as_str().into()), ..Notice::default() }),
            ..SalesEvent::default()
        };
        let events = [notice("command", &done.command), notice("command_refused", &refused.command)];
        records.command(done.command);
        records.command(refused.command);
        let written_off = Notice { reasons: vec!["pos.transactions/3/2".to_owned()], ..Notice::default() };
        let ticket = TicketId { register: "1".into(), epoch: 7, sequence: 3, ..TicketId::default() };
        let event =
            |kind: &str| SalesEvent { kind: kind.into(), store: "367".into(), ..SalesEvent::default() };
        let old = [
            SalesEvent { notice: Some(written_off), ..event("written_off") },
            SalesEvent { sale: Some(Sale { ticket, ..Sale::default() }), ..event("quarantine_released") },
        ];
        events.iter().chain(&old).for_each(|event| records.event(event));
        let open: Vec<i64> = records.open.keys().map(|id| id.offset).collect();
        assert_eq!(open, [1, 4]);
    }

    #[test]
    fn a_record_id_is_read_as_it_is_written() {
        let id: RecordId = "pos.transactions/3/1234".parse().unwrap();
        assert_eq!(id, RecordId::of(&record(1234)));
        assert_eq!(id.to_string(), "pos.transactions/3/1234");
        for wrong in ["", "1234", "pos.transactions/3", "pos.transactions/3/x", "/3/4", "a/1/2/3"] {
            assert!(wrong.parse::<RecordId>().is_err(), "{wrong}");
        }
    }
}
