//! The inventory adjustments of a closed bucket at one location, and what a stock movement adds to them.
//!
//! NetSuite's `inventoryAdjustment` has one account, in its header: there is one document per reason, cost
//! account and segment. Its lines carry the net change of stock held; cost itself is NetSuite's, but for what crosses
//! subsidiaries, where a line states a unit cost that is known and each cost has a line of its own. Items
//! stand in alphabetical order, what comes to zero makes no line, and a document with too many lines falls
//! into numbered parts.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account_map::{self, AccountMap, Dimension, Missing, Role, Target};
use crate::document::{self, BucketName, Series};
use crate::number::{Overflow, Quantity};
use crate::record::inventory::{Adjustment, AdjustmentLine, Movement};
use crate::record::sales::UnitCost;
use crate::vocabulary;

/// Where goods are, as a leg of a movement names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Held and free to sell.
    OnHand,
    /// Held for someone.
    Reserved,
    /// Held and not fit to sell.
    Damaged,
    /// Thrown away.
    Scrapped,
    /// With customers.
    Customer,
    /// With suppliers.
    Supplier,
    /// Between two locations.
    InTransit,
    /// The other side of a count.
    CountDifference,
}

/// The net change of one item at a location for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Item number.
    pub item: String,
    /// Reason of the moves; chooses the cost account.
    pub reason: String,
    /// Internal id of the item in NetSuite.
    pub netsuite_item: String,
    /// Stock unit.
    pub unit: String,
    /// Stock units; negative went out.
    pub quantity: Quantity,
    /// What a unit costs, where the moves state it.
    pub cost: Option<UnitCost>,
}

/// Why the adjustments of a bucket cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The account map lacks a cost account.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A name cannot stand in the document id.
    #[error(transparent)]
    Name(#[from] document::Error),
    /// A sum left its digits.
    #[error("a sum of stock units cannot be kept: {0}")]
    Overflow(#[from] Overflow),
    /// Two documents of the bucket would carry one id.
    #[error("two adjustments would carry the id `{0}`; rename one of their reasons")]
    Collision(String),
    /// More parts than can be counted.
    #[error("the adjustment falls into more parts than can be numbered; raise lines_max")]
    Parts,
}

impl Place {
    const ALL: [Self; 8] = [
        Self::OnHand,
        Self::Reserved,
        Self::Damaged,
        Self::Scrapped,
        Self::Customer,
        Self::Supplier,
        Self::InTransit,
        Self::CountDifference,
    ];

    /// The word in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnHand => "on_hand",
            Self::Reserved => "reserved",
            Self::Damaged => "damaged",
            Self::Scrapped => "scrapped",
            Self::Customer => "customer",
            Self::Supplier => "supplier",
            Self::InTransit => "in_transit",
            Self::CountDifference => "count_difference",
        }
    }

    /// The place of a word; `None` for a word that names no place.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.word() == word)
    }

    /// True where the location itself holds the goods; the others are the far side of a movement.
    #[must_use]
    pub const fn is_held(self) -> bool {
        match self {
            Self::OnHand | Self::Reserved | Self::Damaged => true,
            Self::Scrapped | Self::Customer | Self::Supplier | Self::InTransit | Self::CountDifference => {
                false
            }
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::from_word(&word).ok_or_else(|| D::Error::custom(format_args!("`{word}` is no place of goods")))
    }
}

/// A group of changes that share a document: reason, account, segment.
type Group = (String, String, Option<String>);

/// An item as a line names it: number, internal id, unit, and what a unit costs where that is stated.
type ItemName = (String, String, String, Option<UnitCost>);

/// Makes the adjustments of a closed bucket at the location that `close` names, from its changes in any
/// order. Changes that come to zero make none.
///
/// # Errors
/// [`Error::Missing`] when the account map must be completed first; the others are mistakes of ours.
pub fn documents(
    close: &Movement,
    changes: impl IntoIterator<Item = Change>,
    map: &AccountMap,
) -> Result<Vec<Adjustment>, Error> {
    let place = account_map::Place { subsidiary: &close.subsidiary, location: Some(&close.location) };
    let mut groups: BTreeMap<Group, BTreeMap<ItemName, Quantity>> = BTreeMap::new();
    for change in changes {
        let dimension = Dimension::of(&change.reason);
        let role = Role::InventoryAdjustment;
        let target = map.target(place, role, &dimension, close.bucket.business_date)?;
        let group = (change.reason, target.account.clone(), segment(target));
        let item = (change.item, change.netsuite_item, change.unit, change.cost);
        let quantity = groups.entry(group).or_default().entry(item).or_default();
        *quantity = quantity.checked_add(change.quantity)?;
    }
    let mut documents = Vec::new();
    let mut families = BTreeSet::new();
    for (group, items) in groups {
        let lines: Vec<AdjustmentLine> =
            items.into_iter().filter(|(_, quantity)| !quantity.is_zero()).map(line).collect();
        if lines.is_empty() {
            continue;
        }
        let parts = parts(close, group, &lines, map)?;
        if let Some(first) = parts.first().filter(|first| !families.insert(first.family.clone())) {
            return Err(Error::Collision(first.id.clone()));
        }
        documents.extend(parts);
    }
    Ok(documents)
}

fn parts(
    close: &Movement,
    (reason, account, segment): Group,
    lines: &[AdjustmentLine],
    map: &AccountMap,
) -> Result<Vec<Adjustment>, Error> {
    let bucket = BucketName {
        store: &close.bucket.store,
        business_date: close.bucket.business_date,
        window: close.bucket.window,
        version: close.bucket.version,
    };
    let series = Series::adjustment(&bucket, &close.location, &reason, &account, segment.as_deref())?;
    let crosses = vocabulary::BETWEEN_SUBSIDIARIES.contains(&reason.as_str());
    let group = crosses.then(|| document::journal_group(&bucket)).transpose()?;
    let chunks = lines.chunks(map.lines_max().max(1));
    let count = i32::try_from(chunks.len()).map_err(|_| Error::Parts)?;
    let document = |(part, lines): (i32, &[AdjustmentLine])| Adjustment {
        id: series.id(part),
        family: series.family(),
        store: close.bucket.store.to_string(),
        business_date: bucket.business_date,
        window: bucket.window,
        version: bucket.version,
        location: close.location.to_string(),
        location_netsuite_id: close.location_netsuite_id.to_string(),
        subsidiary: close.subsidiary.to_string(),
        subsidiary_netsuite_id: close.subsidiary_netsuite_id.to_string(),
        currency: close.currency.as_ref().map(ToString::to_string),
        reason: reason.clone(),
        account_netsuite_id: account.clone(),
        segment: segment.clone(),
        part,
        parts: count,
        account_map: map.hash().to_owned(),
        group: group.clone(),
        lines: lines.to_vec(),
    };
    Ok((1..=count).zip(chunks).map(document).collect())
}

/// The one segment of an adjustment, led by its kind: `department:12`, `class:3`.
fn segment(target: &Target) -> Option<String> {
    let department = target.department.as_ref().map(|id| format!("department:{id}"));
    department.or_else(|| target.class.as_ref().map(|id| format!("class:{id}")))
}

fn line(((item, netsuite_item, unit, cost), quantity): (ItemName, Quantity)) -> AdjustmentLine {
    let (unit_cost, cost_currency) = cost.map(|cost| (cost.unit_cost, cost.currency.to_string())).unzip();
    AdjustmentLine { item, netsuite_item, quantity, unit, unit_cost, cost_currency }
}

#[cfg(test)]
mod tests;
