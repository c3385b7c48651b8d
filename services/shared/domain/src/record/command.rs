//! Orders of people, and claims of enrich, as offered on `pos.commands`.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::identity::ContentHash;
use crate::number::{Amount, Quantity};
use crate::record::Bytes;
use crate::record::sales::TicketLine;
use crate::text::Text;

/// An order of a person, or a claim of enrich, to one store, or to all: written in order into `sales.enriched`, carried
/// out once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Id of the command, unique; a repeat within 14 days is dropped.
    pub id: String,
    /// release, resolve, quarantine_release, quarantine_write_off, adopt_account_map, claim. Open vocabulary.
    pub kind: String,
    /// Store it is for; * for all stores, written once to every partition.
    pub store: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who issued it.
    pub issued_by: String,
    /// Why, in the person's words.
    #[serde(default)]
    pub reason: Option<String>,
    /// Set for kind release; absent there means every open bucket of the store.
    #[serde(default)]
    pub release: Option<Release>,
    /// Set for kind resolve.
    #[serde(default)]
    pub resolve: Option<Resolve>,
    /// Set for kinds quarantine_release and quarantine_write_off.
    #[serde(default)]
    pub quarantine: Option<QuarantineDecision>,
    /// Set for kind adopt_account_map, which is for all stores: hash of the account map that holds from here on.
    #[serde(default)]
    pub account_map: Option<String>,
    /// Set for kind claim, which enrich writes.
    #[serde(default)]
    pub claim: Option<Claim>,
}

/// Counts a line that was taken back against the line that sold it, at the store that did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The line that takes back, or undoes one that did.
    pub returned: TicketLine,
    /// The line that sold it.
    pub original: TicketLine,
    /// Quantity taken back, in the unit of the line; negative where that is undone.
    pub quantity: Quantity,
    /// Price given back less discounts, as the line states it; negative where that is undone.
    pub amount: Amount,
    /// ISO 4217 code of the amount.
    pub currency: Text,
    /// The same in stock units: its item, or each component of the kit that it is; empty where the item is not known
    /// or not in stock.
    #[serde(default)]
    pub stock: Vec<ClaimedItem>,
}

/// An item that was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedItem {
    /// Item number.
    pub item: Text,
    /// Quantity, in the stock unit of the item; signed as that of the line.
    pub quantity: Quantity,
    /// Its part of the amount of the line.
    pub amount: Amount,
}

/// Releases a quarantined record, with the bytes to book, or writes it off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineDecision {
    /// Where the record was offered.
    pub record: Coordinates,
    /// The bytes to book, in the Confluent wire format; absent on a write-off.
    #[serde(default)]
    pub body: Option<Bytes>,
}

/// Books the lines of an item out of suspense, once the item master knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolve {
    /// Item number.
    pub item: String,
    /// Offset of `ref.items` that must have been read first.
    pub items_offset: i64,
}

/// Closes an open bucket by hand, if it still holds what the person saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The bucket to close.
    pub bucket: BucketVersion,
    /// Number of tickets in it when the person looked.
    pub count: i64,
    /// Sum of their content hashes modulo 2^64, as a signed long, when the person looked.
    pub content: ContentHash,
}

/// Where a record stands in Kafka.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Topic name without namespace.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// One posting bucket, named whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketVersion {
    /// Business date of the bucket.
    pub business_date: Date,
    /// 0 for the whole store-day, else 1 and up.
    pub window: i32,
    /// Version of the bucket, from 1.
    pub version: i32,
}
