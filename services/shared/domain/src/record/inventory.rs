//! Stock movements, positions and adjustment documents.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::number::{Quantity, UnitPrice};
use crate::text::Text;

/// The stock moves of one ticket at one location, or the close of a bucket there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// move, bucket_close, account_map_adopted. Open vocabulary.
    pub kind: Text,
    /// Movement id, shared by all records of one ticket; id of the command where an account map is adopted.
    pub movement: Text,
    /// Location whose stock moves; * where an account map is adopted. Also the record key.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// Subsidiary of the location.
    pub subsidiary: Text,
    /// Internal id of that subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
    /// Set for kind bucket_close: ISO 4217 code of the currency in which the subsidiary keeps its books, where the
    /// store master tells it: a store of the location is there that posts in its subsidiary's own.
    #[serde(default)]
    pub currency: Option<Text>,
    /// Posting bucket; of store * where an account map is adopted.
    pub bucket: MovementBucket,
    /// When the goods moved, by the till's clock; the tick on what moves none.
    pub occurred_at: Timestamp,
    /// Both sides; empty on what moves none.
    #[serde(default)]
    pub legs: Vec<Leg>,
    /// Set for kind account_map_adopted: hash of the account map by which every bucket of the partition is booked that
    /// closes after this record.
    #[serde(default)]
    pub account_map: Option<Text>,
}

/// One side of a stock movement. The legs of one movement id sum to zero per item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Item number.
    pub item: Text,
    /// Internal id of the item in NetSuite.
    pub netsuite_item: Text,
    /// on_hand, reserved, damaged, or a virtual place: customer, supplier, in_transit,
    /// scrapped, count_difference. Open vocabulary.
    pub state: Text,
    /// Stock units; positive comes in.
    pub quantity: Quantity,
    /// Stock unit.
    pub unit: Text,
    /// sale, return, return_damaged, return_vendor, scrap, transfer, transfer_difference, count, sale_intercompany,
    /// return_intercompany, reserve, release. Open vocabulary; decides the cost account.
    pub reason: Text,
    /// Set for the reasons sale_intercompany and return_intercompany, where the item master has it: money for one stock
    /// unit, of what comes back in the subsidiary that sold it as of its sale, of what another subsidiary hands over in
    /// that one.
    #[serde(default)]
    pub unit_cost: Option<UnitPrice>,
    /// ISO 4217 code of `unit_cost`; set with it.
    #[serde(default)]
    pub cost_currency: Option<Text>,
}

/// The posting bucket a movement belongs to, named whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementBucket {
    /// Store of the bucket.
    pub store: Text,
    /// Business date it posts to.
    pub business_date: Date,
    /// 0 for the whole store-day, else 1 and up.
    pub window: i32,
    /// Version, from 1.
    pub version: i32,
}

/// The stock of one item at one location after the movements read so far. Key: location, underscore,
/// item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Location.
    pub location: Text,
    /// Item number.
    pub item: Text,
    /// Internal id of the item in NetSuite.
    pub netsuite_item: Text,
    /// Stock unit.
    pub unit: Text,
    /// Quantity by state, in alphabetical order of the state.
    #[serde(default)]
    pub states: Vec<StateQuantity>,
    /// Time of the latest movement.
    pub occurred_at: Timestamp,
}

/// How much of an item stands in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateQuantity {
    /// on_hand, reserved, damaged.
    pub state: Text,
    /// Stock units; may be negative, since a sale is never refused for lack of stock.
    pub quantity: Quantity,
}

/// One inventory adjustment document for NetSuite: a closed bucket's net moves of one location, reason,
/// cost account and segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Document id and NetSuite external id.
    pub id: String,
    /// Id without version and part: what is posted in order.
    pub family: String,
    /// Store of the bucket.
    pub store: String,
    /// Business date, the NetSuite transaction date.
    pub business_date: Date,
    /// Window of the bucket.
    pub window: i32,
    /// Version of the bucket.
    pub version: i32,
    /// Location.
    pub location: String,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: String,
    /// Subsidiary.
    pub subsidiary: String,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: String,
    /// ISO 4217 code of the currency in which the subsidiary keeps its books, where the store master tells it: only a
    /// unit cost in it is sent to NetSuite.
    #[serde(default)]
    pub currency: Option<String>,
    /// Reason of the moves: sale, return, return_damaged, return_vendor, scrap, transfer, transfer_difference, count,
    /// sale_intercompany, return_intercompany.
    pub reason: String,
    /// Internal id of the adjustment account in NetSuite.
    pub account_netsuite_id: String,
    /// Department or class segment, where the account map names one.
    #[serde(default)]
    pub segment: Option<String>,
    /// Number of this part, from 1.
    pub part: i32,
    /// Number of parts.
    pub parts: i32,
    /// Hash of the account map that was applied.
    pub account_map: String,
    /// Set for the reasons sale_intercompany and return_intercompany: what the ids of the journals of its bucket begin
    /// with, and their `group` where they are in more than one set of books. What the goods cost is owed between the
    /// subsidiaries of the bucket.
    #[serde(default)]
    pub group: Option<String>,
    /// Items in alphabetical order.
    #[serde(default)]
    pub lines: Vec<AdjustmentLine>,
}

/// One item of an adjustment; an item of several unit costs has a line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentLine {
    /// Item number.
    pub item: String,
    /// Internal id of the item in NetSuite.
    pub netsuite_item: String,
    /// Stock units to add; negative takes out.
    pub quantity: Quantity,
    /// Stock unit.
    pub unit: String,
    /// Money for one stock unit, of goods that cross subsidiaries and whose cost the item master has: in the subsidiary
    /// that sold them as of their sale, or in that which hands them over.
    #[serde(default)]
    pub unit_cost: Option<UnitPrice>,
    /// ISO 4217 code of `unit_cost`; set with it.
    #[serde(default)]
    pub cost_currency: Option<String>,
}
