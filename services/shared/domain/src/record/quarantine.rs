//! The quarantine envelope, as published on `pos.quarantine`.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::identity::ContentHash;
use crate::record::Bytes;

/// A record that was not booked, whole, with every reason. Key: the store, or ? where none could be
/// read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Topic it was offered on, without namespace.
    pub topic: String,
    /// Partition it was offered on.
    pub partition: i32,
    /// Offset it was offered at: with topic and partition its id.
    pub offset: i64,
    /// Store, where it could be read.
    #[serde(default)]
    pub store: Option<String>,
    /// Register, where it could be read.
    #[serde(default)]
    pub register: Option<String>,
    /// Business date, where it could be read.
    #[serde(default)]
    pub business_date: Option<Date>,
    /// Sequence epoch, where it could be derived.
    #[serde(default)]
    pub epoch: Option<i64>,
    /// Sequence number, where it could be read.
    #[serde(default)]
    pub sequence: Option<i64>,
    /// Content hash, where the ticket could be read.
    #[serde(default)]
    pub content: Option<ContentHash>,
    /// Every reason found.
    #[serde(default)]
    pub reasons: Vec<QuarantineReason>,
    /// Schema id of the record, where it had one.
    #[serde(default)]
    pub schema_id: Option<i64>,
    /// Key bytes, masked.
    #[serde(default)]
    pub key: Option<Bytes>,
    /// Value bytes as offered, card numbers masked in place, cut at 512 KiB.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// Length of the value in bytes as offered.
    pub body_length: i64,
    /// SHA-256 of the value as offered, in hexadecimal.
    pub body_sha256: String,
    /// True when a card number was masked in key or body.
    #[serde(default)]
    pub masked: bool,
    /// True when the body was cut; such a record can only be written off.
    #[serde(default)]
    pub cut: bool,
    /// Latest tick of the shard.
    pub tick: Timestamp,
}

/// One reason for which a record was not booked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineReason {
    /// Machine-readable reason. Open vocabulary.
    pub code: String,
    /// Field it concerns, as a path such as lines[2].amount.
    #[serde(default)]
    pub field: Option<String>,
    /// What is wrong and what would be right, in words of a shop.
    pub detail: String,
}
