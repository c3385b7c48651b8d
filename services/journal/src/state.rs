//! What a shard remembers, and how each piece stands in the changelog.
//!
//! A changelog key is the table's name, a slash and the key within the table. Bounded by the open buckets
//! of the shard's stores, each with a bounded number of totals.

use domain::identity::ContentHash;
use domain::record::sales::{Bucket, Sale};
use domain::taxes::{self, TAX_TOTALS_MAX, TaxTotals};
use domain::text::{Text, text};
use domain::totals::{TOTALS_MAX, Totals};
use runtime::overlay::Overlay;
use serde::{Deserialize, Serialize};

/// Table of the account map's hash; its one entry has an empty key.
const ACCOUNT_MAP: &str = "account_map";
/// Table of open buckets.
const BUCKET: &str = "bucket";

/// Totals above which a bucket counts as wide: at [`TOTALS_MAX`] the service stops, so this is to be seen well
/// before.
const TOTALS_WIDE: usize = TOTALS_MAX / 2;

/// Taxes above which a bucket counts as wide: at [`TAX_TOTALS_MAX`] it loses its tax summary.
const TAXES_WIDE: usize = TAX_TOTALS_MAX / 2;

/// What an open bucket holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBucket {
    /// Tickets in it, also those that book nothing.
    pub count: i64,
    /// Sum of their content hashes modulo 2^64.
    pub content: ContentHash,
    /// Subsidiary that books it; `None` until something was booked.
    #[serde(default)]
    pub subsidiary: Option<String>,
    /// Currency of its amounts; `None` until something was booked.
    #[serde(default)]
    pub currency: Option<String>,
    /// Sums by role and dimension.
    #[serde(default)]
    pub totals: Totals,
    /// What was taxed.
    #[serde(default)]
    pub taxes: TaxTotals,
    /// True where `taxes` has all of the bucket: not where an older version opened it, nor where they could not be
    /// kept.
    #[serde(default)]
    pub taxes_whole: bool,
}

impl OpenBucket {
    /// A bucket before its first ticket.
    #[must_use]
    pub fn begin() -> Self {
        Self { taxes_whole: true, ..Self::default() }
    }

    /// Adds the taxes of a ticket. What cannot be kept costs the bucket its summary, never its journal.
    ///
    /// # Errors
    /// [`taxes::Error`] the first time that they cannot be kept.
    pub fn tax(&mut self, sale: &Sale) -> Result<(), taxes::Error> {
        if !self.taxes_whole {
            return Ok(());
        }
        self.taxes.add(sale).inspect_err(|_| {
            self.taxes_whole = false;
            self.taxes = TaxTotals::default();
        })
    }
}

/// One record of the changelog. Exactly one of its fields is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRecord {
    /// Hash of the account map the shard works under.
    #[serde(default)]
    pub account_map: Option<String>,
    /// An open bucket.
    #[serde(default)]
    pub bucket: Option<OpenBucket>,
}

impl wire::Subject for StateRecord {
    const SUBJECT: &'static str = "journal.changelog-value";
}

/// The state of one shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    account_map: Overlay<Text, String>,
    /// Open buckets by [`bucket_key`].
    pub buckets: Overlay<Text, OpenBucket>,
}

/// A changelog key or record that is not ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key names no table.
    #[error("changelog key `{0}` names no table of journal")]
    Key(String),
    /// The record has not the field that its key asks for.
    #[error("changelog record under `{0}` lacks its value")]
    Value(String),
}

/// The key of a bucket: `store/business date/window/version`.
#[must_use]
pub fn bucket_key(store: &str, bucket: &Bucket) -> Text {
    text!("{store}/{}/{}/{}", bucket.business_date, bucket.window, bucket.version)
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
        let lacking = || Error::Value(key.to_owned());
        match table {
            ACCOUNT_MAP => {
                let hash = record.map(|record| record.account_map.ok_or_else(lacking)).transpose()?;
                self.account_map.restore(name.into(), hash);
            }
            BUCKET => {
                let bucket = record.map(|record| record.bucket.ok_or_else(lacking)).transpose()?;
                self.buckets.restore(name.into(), bucket);
            }
            _ => return Err(Error::Key(key.to_owned())),
        }
        Ok(())
    }

    /// Hands over every record changed since the last commit or abort, in key order.
    ///
    /// # Errors
    /// Whatever `put` returns.
    pub fn changed<E>(
        &self,
        mut put: impl FnMut(&str, Option<StateRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (name, hash) in self.account_map.changed() {
            let record = hash.map(|hash| StateRecord { account_map: Some(hash.clone()), bucket: None });
            put(&format!("{ACCOUNT_MAP}/{name}"), record)?;
        }
        for (name, bucket) in self.buckets.changed() {
            let record = bucket.map(|bucket| StateRecord { account_map: None, bucket: Some(bucket.clone()) });
            put(&format!("{BUCKET}/{name}"), record)?;
        }
        Ok(())
    }

    /// How full it is: open buckets, their totals, and the buckets that have more than half of the totals or taxes
    /// they may.
    #[must_use]
    pub fn fill(&self) -> [usize; 3] {
        self.buckets.iter().fold([0; 3], |[open, all, wide], (_, bucket)| {
            let (totals, taxes) = (bucket.totals.len(), bucket.taxes.len());
            let is_wide = totals > TOTALS_WIDE || taxes > TAXES_WIDE;
            [open + 1, all + totals, wide + usize::from(is_wide)]
        })
    }

    /// Merges the changes of the transaction.
    pub fn commit(&mut self) {
        self.account_map.commit();
        self.buckets.commit();
    }

    /// Drops the changes of the transaction.
    pub fn abort(&mut self) {
        self.account_map.abort();
        self.buckets.abort();
    }
}
