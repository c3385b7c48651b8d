//! What a shard remembers, and how each piece stands in the changelog.
//!
//! A changelog key is the table's name, a slash and the key within the table. Bounded by the open buckets
//! of the shard's stores, each with a bounded number of totals, and by its stores, each with a few balances.

use domain::document::BooksName;
use domain::identity::ContentHash;
use domain::liabilities::{Balances, Liabilities};
use domain::record::sales::{Bucket, OtherStore, Reclassification, Sale};
use domain::taxes::{self, TAX_TOTALS_MAX, TaxTotals};
use domain::text::{Text, text};
use domain::totals::{self, TOTALS_MAX, Totals};
use runtime::overlay::Overlay;
use serde::{Deserialize, Serialize};

/// Table of the account map's hash; its one entry has an empty key.
const ACCOUNT_MAP: &str = "account_map";
/// Table of what the stores' tickets left owing.
const BALANCES: &str = "balances";
/// Table of open buckets.
const BUCKET: &str = "bucket";

/// Totals above which a bucket counts as wide: at [`TOTALS_MAX`] the service stops, so this is to be seen well
/// before.
const TOTALS_WIDE: usize = TOTALS_MAX / 2;

/// Taxes above which a bucket counts as wide: beyond [`TAX_TOTALS_MAX`] they are one line.
const TAXES_WIDE: usize = TAX_TOTALS_MAX / 2;

/// Other stores in which a bucket books and that it tells apart, of a subsidiary beyond them the first: some hundred
/// totals each fit into a state record.
const ELSEWHERE_MAX: usize = 64;

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
    /// What it did to balances that customers hold.
    #[serde(default)]
    pub liabilities: Liabilities,
    /// What it books in other stores, in their order.
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
}

impl OpenBucket {
    /// A bucket before its first ticket.
    #[must_use]
    pub fn begin() -> Self {
        Self { taxes_whole: true, ..Self::default() }
    }

    /// Adds a ticket that books: what its own store books, and what others do.
    ///
    /// # Errors
    /// [`totals::Error`] when it cannot be booked; a part of it may have been added then.
    pub fn book(&mut self, sale: &Sale) -> Result<(), totals::Error> {
        self.totals.add(&totals::of_sale(sale)?)?;
        self.liabilities.add(sale, None)?;
        for (place, entries) in totals::of_sale_elsewhere(sale)? {
            let books = self.elsewhere(place);
            books.totals.add(&entries)?;
            books.liabilities.add(sale, Some(place))?;
        }
        Ok(())
    }

    /// Adds a line that leaves suspense.
    ///
    /// # Errors
    /// [`totals::Error`] when it cannot be booked; a part of it may have been added then.
    pub fn reclassify(&mut self, moved: &Reclassification) -> Result<(), totals::Error> {
        let entries = totals::of_reclassification(moved)?;
        let (totals, liabilities) = match &moved.resolved.booked_in {
            None => (&mut self.totals, &mut self.liabilities),
            Some(place) => {
                let books = self.elsewhere(place);
                (&mut books.totals, &mut books.liabilities)
            }
        };
        totals.add(&entries)?;
        Ok(liabilities.add_resolved(moved)?)
    }

    /// Adds the taxes of a ticket. What cannot be kept costs the bucket its summaries, never its journals.
    ///
    /// # Errors
    /// [`taxes::Error`] the first time that they cannot be kept.
    pub fn tax(&mut self, sale: &Sale) -> Result<(), taxes::Error> {
        if !self.taxes_whole {
            return Ok(());
        }
        let mut kept = self.taxes.add(sale, None);
        for place in totals::elsewhere(sale) {
            kept = kept.and_then(|()| self.elsewhere(place).taxes.add(sale, Some(place)));
        }
        kept.inspect_err(|_| {
            self.taxes_whole = false;
            self.taxes = TaxTotals::default();
            self.elsewhere.iter_mut().for_each(|books| books.taxes = TaxTotals::default());
        })
    }

    /// What it books in another store, with the ids of its first ticket there: a document is named
    /// after both, and there must not be two of one name. Beyond [`ELSEWHERE_MAX`] it is that of another store of the
    /// same subsidiary, since a state record has a limit: the amounts are right, and the location is that one's.
    fn elsewhere(&mut self, place: &OtherStore) -> &mut Elsewhere {
        let name = |store: &OtherStore| (store.subsidiary.clone(), store.location.clone());
        let at = match self.elsewhere.binary_search_by_key(&name(place), |books| name(&books.at)) {
            Ok(at) => at,
            Err(at) => {
                let is_same = |books: &Elsewhere| books.at.subsidiary == place.subsidiary;
                let is_full = self.elsewhere.len() >= ELSEWHERE_MAX;
                match self.elsewhere.iter().position(is_same).filter(|_| is_full) {
                    Some(same) => same,
                    None => {
                        self.elsewhere.insert(at, Elsewhere { at: place.clone(), ..Elsewhere::default() });
                        at
                    }
                }
            }
        };
        &mut self.elsewhere[at]
    }
}

/// What an open bucket books in another store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The store there.
    pub at: OtherStore,
    /// Sums by role and dimension.
    #[serde(default)]
    pub totals: Totals,
    /// What was taxed.
    #[serde(default)]
    pub taxes: TaxTotals,
    /// What was done to balances that customers hold.
    #[serde(default)]
    pub liabilities: Liabilities,
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
    /// What a store's tickets left owing.
    #[serde(default)]
    pub balances: Option<Balances>,
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
    /// What was left owing by closed buckets, by [`balances_key`].
    pub balances: Overlay<Text, Balances>,
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

/// The key of balances: `store/subsidiary/currency`, and the location of another store.
#[must_use]
pub fn balances_key(store: &str, books: &BooksName<'_>) -> Text {
    let BooksName { subsidiary, currency, elsewhere } = books;
    match elsewhere {
        None => text!("{store}/{subsidiary}/{currency}"),
        Some(location) => text!("{store}/{subsidiary}/{currency}/{location}"),
    }
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
            BALANCES => {
                let balances = record.map(|record| record.balances.ok_or_else(lacking)).transpose()?;
                self.balances.restore(name.into(), balances);
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
            let record =
                hash.map(|hash| StateRecord { account_map: Some(hash.clone()), ..StateRecord::default() });
            put(&format!("{ACCOUNT_MAP}/{name}"), record)?;
        }
        for (name, balances) in self.balances.changed() {
            let record = balances
                .map(|balances| StateRecord { balances: Some(balances.clone()), ..StateRecord::default() });
            put(&format!("{BALANCES}/{name}"), record)?;
        }
        for (name, bucket) in self.buckets.changed() {
            let record =
                bucket.map(|bucket| StateRecord { bucket: Some(bucket.clone()), ..StateRecord::default() });
            put(&format!("{BUCKET}/{name}"), record)?;
        }
        Ok(())
    }

    /// How full it is: open buckets, their totals, the buckets that have more than half of the totals or taxes they
    /// may, and the balances.
    #[must_use]
    pub fn fill(&self) -> [usize; 4] {
        let [open, all, wide] = self.buckets.iter().fold([0; 3], |[open, all, wide], (_, bucket)| {
            let elsewhere = bucket.elsewhere.iter().map(|books| (books.totals.len(), books.taxes.len()));
            let each = elsewhere.chain([(bucket.totals.len(), bucket.taxes.len())]);
            let is_wide = each.clone().any(|(totals, taxes)| totals > TOTALS_WIDE || taxes > TAXES_WIDE);
            let totals: usize = each.map(|(totals, _)| totals).sum();
            [open + 1, all + totals, wide + usize::from(is_wide)]
        });
        [open, all, wide, self.balances.len()]
    }

    /// Merges the changes of the transaction.
    pub fn commit(&mut self) {
        self.account_map.commit();
        self.buckets.commit();
        self.balances.commit();
    }

    /// Drops the changes of the transaction.
    pub fn abort(&mut self) {
        self.account_map.abort();
        self.buckets.abort();
        self.balances.abort();
    }
}
