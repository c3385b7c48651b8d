//! What a shard remembers, and how each piece stands in the changelog.
//!
//! A changelog key is the table's name, a slash and the key within the table. What a key says is not said
//! again in the record: there are many, and each is read on every restore. Bounded by the items each
//! location has ever moved, and by the items, reasons and locations of the open buckets.

use domain::adjustment::Place;
use domain::calendar::Timestamp;
use domain::number::Quantity;
use domain::text::Text;
use runtime::overlay::Overlay;
use serde::{Deserialize, Serialize};

use crate::groups::Groups;
use crate::keys;

/// Table of the account map's hash; its one entry has an empty key.
const ACCOUNT_MAP: &str = "account_map";
/// Table of positions.
const STOCK: &str = "stock";
/// Table of what open buckets changed.
const SUM: &str = "sum";

/// The stock of one item at one location.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Time of the latest movement.
    pub occurred_at: Timestamp,
    /// Quantities, in alphabetical order of the place.
    #[serde(default)]
    pub places: Vec<PlaceQuantity>,
}

/// How much of an item stands at one place of its location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceQuantity {
    /// Place.
    pub place: Place,
    /// Stock units.
    pub quantity: Quantity,
}

/// One record of the changelog. Exactly one of its fields is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRecord {
    /// Hash of the account map the shard works under.
    #[serde(default)]
    pub account_map: Option<String>,
    /// A position.
    #[serde(default)]
    pub stock: Option<Stock>,
    /// Stock units by which an open bucket changed one item.
    #[serde(default)]
    pub sum: Option<Quantity>,
}

impl wire::Subject for StateRecord {
    const SUBJECT: &'static str = "inventory.changelog-value";
}

/// The state of one shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    account_map: Overlay<Text, String>,
    /// Positions by [`location`](crate::keys::location) and [`item`](crate::keys::item).
    pub stock: Groups<Stock>,
    /// What open buckets changed, by [`bucket`](crate::keys::bucket) and [`sum`](crate::keys::sum).
    pub sums: Groups<Quantity>,
}

/// A changelog key or record that is not ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key names no table.
    #[error("changelog key `{0}` names no table of inventory")]
    Key(String),
    /// The record has not the field that its key asks for.
    #[error("changelog record under `{0}` lacks its value")]
    Value(String),
}

impl State {
    /// Hash of the account map the state was made under; `None` before the first transaction.
    #[must_use]
    pub fn account_map(&self) -> Option<&str> {
        self.account_map.get("").map(String::as_str)
    }

    /// Puts the state under an account map.
    pub fn set_account_map(&mut self, hash: &str) {
        self.account_map.insert(Text::default(), hash.to_owned());
    }

    /// Applies one changelog record; `None` deletes.
    ///
    /// # Errors
    /// [`Error`] when the record is not one of ours.
    pub fn restore(&mut self, key: &str, record: Option<StateRecord>) -> Result<(), Error> {
        let (table, name) = key.split_once('/').ok_or_else(|| Error::Key(key.to_owned()))?;
        match table {
            ACCOUNT_MAP => {
                let hash = value(key, record, |record| record.account_map)?;
                self.account_map.restore(name.into(), hash);
                Ok(())
            }
            STOCK => {
                let stock = value(key, record, |record| record.stock)?;
                restore(&mut self.stock, key, keys::split(name, keys::STOCK_PARTS), stock)
            }
            SUM => {
                let sum = value(key, record, |record| record.sum)?;
                restore(&mut self.sums, key, keys::split(name, keys::SUM_PARTS), sum)
            }
            _ => Err(Error::Key(key.to_owned())),
        }
    }

    /// How full it is, as of the last commit: open buckets by location, their sums, and positions.
    #[must_use]
    pub fn fill(&self) -> [usize; 3] {
        [self.sums.groups(), self.sums.entries(), self.stock.entries()]
    }

    /// Hands over every record changed since the last commit or abort, in key order.
    ///
    /// # Errors
    /// Whatever `put` returns.
    pub fn changed<E>(
        &self,
        mut put: impl FnMut(&str, Option<StateRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        let none = StateRecord::default;
        for (_, hash) in self.account_map.changed() {
            let record = hash.map(|hash| StateRecord { account_map: Some(hash.clone()), ..none() });
            put(&format!("{ACCOUNT_MAP}/"), record)?;
        }
        changed(&self.stock, STOCK, &mut put, |stock| StateRecord { stock: Some(stock.clone()), ..none() })?;
        changed(&self.sums, SUM, &mut put, |sum| StateRecord { sum: Some(*sum), ..none() })
    }

    /// Merges the changes of the transaction.
    pub fn commit(&mut self) {
        self.account_map.commit();
        self.stock.commit();
        self.sums.commit();
    }

    /// Drops the changes of the transaction.
    pub fn abort(&mut self) {
        self.account_map.abort();
        self.stock.abort();
        self.sums.abort();
    }
}

/// What a record has for its key; `None` deletes.
fn value<V>(
    key: &str,
    record: Option<StateRecord>,
    value: impl FnOnce(StateRecord) -> Option<V>,
) -> Result<Option<V>, Error> {
    record.map(|record| value(record).ok_or_else(|| Error::Value(key.to_owned()))).transpose()
}

fn restore<V: Clone>(
    groups: &mut Groups<V>,
    key: &str,
    split: Option<(&str, &str)>,
    value: Option<V>,
) -> Result<(), Error> {
    let (group, name) = split.ok_or_else(|| Error::Key(key.to_owned()))?;
    groups.restore(group.into(), name.into(), value);
    Ok(())
}

fn changed<V: Clone, E>(
    groups: &Groups<V>,
    name: &str,
    put: &mut impl FnMut(&str, Option<StateRecord>) -> Result<(), E>,
    record: impl Fn(&V) -> StateRecord,
) -> Result<(), E> {
    let mut key = String::new();
    for (group, entry, value) in groups.changed() {
        key.clear();
        for part in [name, "/", group, entry] {
            key.push_str(part);
        }
        put(&key, value.map(&record))?;
    }
    Ok(())
}
