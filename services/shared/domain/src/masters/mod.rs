//! The item and store masters as tables: what an item or a store was on a business date.
//!
//! A record that cannot be used is a [`Finding`], and its item or store is as if unknown: lines of such an
//! item wait in suspense, tickets of such a store in quarantine, until the master is mended.

mod cost;
mod fault;
mod items;
mod kit;
mod stores;
mod trading;

use std::collections::BTreeMap;

pub use items::{Item, ItemKind, Items};
pub use kit::Component;
pub use stores::{DepositTax, Epochs, Reversal, Store, Stores, Uneven};
pub use trading::{Flag, Trading};

/// The key of the record that marks a complete snapshot.
pub const SNAPSHOT_COMPLETE: &str = "*";

/// Findings kept in words; of what comes beyond, only the number is kept.
pub const FINDINGS_MAX: usize = 1_000;

/// A master record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Key of the record.
    pub key: String,
    /// Its offset.
    pub offset: i64,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "`{}` at offset {}: {}", self.key, self.offset, self.detail)
    }
}

/// What is wrong with the records in force: the latest finding of each key, until the key is mended.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    by_key: BTreeMap<String, Finding>,
    more: u64,
}

impl Findings {
    /// Each finding, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.by_key.values()
    }

    /// How many findings came when [`FINDINGS_MAX`] were held already; they are not listed.
    #[must_use]
    pub fn more(&self) -> u64 {
        self.more
    }

    fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
    }

    fn add(&mut self, key: &str, offset: i64, wrong: &[String]) -> Finding {
        let finding = Finding { key: key.to_owned(), offset, detail: wrong.join("; ") };
        if self.by_key.len() < FINDINGS_MAX {
            self.by_key.insert(key.to_owned(), finding.clone());
        } else {
            self.more = self.more.saturating_add(1);
        }
        finding
    }
}

#[cfg(test)]
mod tests;
