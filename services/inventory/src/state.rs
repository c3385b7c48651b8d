//! What a shard remembers, and how each piece stands in the changelog.
//!
//! A changelog key is the table's name, a slash and the key within the table. What a key says is not said
//! again in the record: there are many, and each is read on every restore. Bounded by the items each
//! location has ever moved, and by the items, reasons and locations of the open buckets.

use std::collections::BTreeSet;
use std::ops::Bound;

use domain::adjustment::Place;
use domain::calendar::Timestamp;
use domain::number::Quantity;
use domain::text::Text;
use runtime::overlay::Overlay;
use serde::{Deserialize, Serialize};

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
    /// Positions by [`stock`](crate::keys::stock).
    pub stock: Overlay<Text, Stock>,
    /// What open buckets changed, by [`sum`](crate::keys::sum).
    pub sums: Overlay<Text, Quantity>,
    /// Buckets with a committed sum, by what its key begins with. Kept beside the sums, which are far too many
    /// to be gone through at each commit.
    open: BTreeSet<Text>,
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
        let name = Text::from(name);
        match table {
            ACCOUNT_MAP => restore(&mut self.account_map, key, name, record, |record| record.account_map),
            STOCK => restore(&mut self.stock, key, name, record, |record| record.stock),
            SUM => restore(&mut self.sums, key, name, record, |record| record.sum),
            _ => Err(Error::Key(key.to_owned())),
        }
    }

    /// Finds the open buckets, once every changelog record is applied.
    pub fn restored(&mut self) {
        self.open = buckets(self.sums.iter().map(|(key, _)| key)).into_iter().collect();
    }

    /// How full it is, as of the last commit: open buckets by location, their sums, and positions.
    #[must_use]
    pub fn fill(&self) -> [usize; 3] {
        [self.open.len(), self.sums.len(), self.stock.len()]
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
        changed(&self.account_map, ACCOUNT_MAP, &mut put, |hash: &String| StateRecord {
            account_map: Some(hash.clone()),
            ..none()
        })?;
        changed(&self.stock, STOCK, &mut put, |stock: &Stock| StateRecord {
            stock: Some(stock.clone()),
            ..none()
        })?;
        changed(&self.sums, SUM, &mut put, |sum: &Quantity| StateRecord { sum: Some(*sum), ..none() })
    }

    /// Merges the changes of the transaction.
    pub fn commit(&mut self) {
        self.account_map.commit();
        self.stock.commit();
        let changed = buckets(self.sums.changed().map(|(key, _)| key));
        self.sums.commit();
        for bucket in changed {
            if self.is_open(&bucket) {
                self.open.insert(bucket);
            } else {
                self.open.remove(&bucket);
            }
        }
    }

    /// Whether a bucket has a sum.
    fn is_open(&self, bucket: &str) -> bool {
        let from = (Bound::Included(bucket), Bound::Unbounded);
        self.sums.range::<str>(from).next().is_some_and(|(key, _)| key.starts_with(bucket))
    }

    /// Drops the changes of the transaction.
    pub fn abort(&mut self) {
        self.account_map.abort();
        self.stock.abort();
        self.sums.abort();
    }
}

/// The buckets of sums, which stand in the order of their keys, each once.
fn buckets<'a>(sums: impl Iterator<Item = &'a Text>) -> Vec<Text> {
    let mut buckets: Vec<Text> = Vec::new();
    for bucket in sums.filter_map(|key| keys::bucket_of(key)) {
        if buckets.last().is_none_or(|last| last != bucket) {
            buckets.push(bucket.into());
        }
    }
    buckets
}

fn restore<V: Clone>(
    table: &mut Overlay<Text, V>,
    key: &str,
    name: Text,
    record: Option<StateRecord>,
    value: impl FnOnce(StateRecord) -> Option<V>,
) -> Result<(), Error> {
    let lacking = || Error::Value(key.to_owned());
    let value = record.map(|record| value(record).ok_or_else(lacking)).transpose()?;
    table.restore(name, value);
    Ok(())
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
