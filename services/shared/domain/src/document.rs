//! Document ids: derived from what a document is about, never drawn.
//!
//! An id is the NetSuite external id. All NetSuite transactions share one namespace, so it begins with
//! its kind; external ids may hold letters, digits, `_` and `-` only, so `_` separates and the names in
//! between are checked. A family is an id without version and part: what is posted in order.

use std::borrow::Cow;

use crate::calendar::Date;
use crate::identity::is_name;
use crate::record::sales::{Bucket, Close, OtherStore};

/// The posting bucket a document is made of, named whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketName<'a> {
    /// Store of the bucket.
    pub store: &'a str,
    /// Business date it posts to.
    pub business_date: Date,
    /// 0 for the whole store-day, else 1 and up.
    pub window: i32,
    /// Version, from 1.
    pub version: i32,
}

/// The books that a bucket books in, named whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BooksName<'a> {
    /// Subsidiary.
    pub subsidiary: &'a str,
    /// Currency.
    pub currency: &'a str,
    /// Location of the store there, where it is not the store of the bucket.
    pub elsewhere: Option<&'a str>,
}

impl BooksName<'_> {
    fn text(&self) -> Result<String, Error> {
        let (subsidiary, currency) = (name("subsidiary", self.subsidiary)?, name("currency", self.currency)?);
        match self.elsewhere {
            None => Ok(format!("{subsidiary}_{currency}")),
            Some(location) => Ok(format!("{subsidiary}_{currency}_{}", name("location", location)?)),
        }
    }
}

/// A close, of what its bucket books in one store: in its own, or in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing<'a> {
    close: Cow<'a, Close>,
    is_elsewhere: bool,
}

impl<'a> Closing<'a> {
    /// Of what the bucket books in its own store.
    #[must_use]
    pub const fn own(close: &'a Close) -> Self {
        Self { close: Cow::Borrowed(close), is_elsewhere: false }
    }

    /// Of what the bucket books in another store.
    #[must_use]
    pub fn elsewhere(close: &Close, place: &OtherStore) -> Self {
        let OtherStore { location, location_netsuite_id, subsidiary, subsidiary_netsuite_id } = place.clone();
        let close =
            Close { location, location_netsuite_id, subsidiary, subsidiary_netsuite_id, ..close.clone() };
        Self { close: Cow::Owned(close), is_elsewhere: true }
    }

    /// The close, with the subsidiary and location that is booked in.
    #[must_use]
    pub fn close(&self) -> &Close {
        &self.close
    }

    /// The books.
    #[must_use]
    pub fn books(&self) -> BooksName<'_> {
        BooksName {
            subsidiary: &self.close.subsidiary,
            currency: &self.close.currency,
            elsewhere: self.is_elsewhere.then_some(&*self.close.location),
        }
    }
}

/// The names of all parts of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    head: String,
    version: i32,
    tail: String,
}

/// A name that cannot stand in a document id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name has other characters, or none, or too many.
    #[error(
        "{what} `{name}` cannot stand in a document id; use 1 to 20 of A-Z, a-z, 0-9 and hyphen in the masters"
    )]
    Name {
        /// What the name names.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The business date lies outside the calendar.
    #[error("business date `{0}` cannot stand in a document id; it lies outside the years 0001 to 9999")]
    Date(Date),
    /// The window is negative or the version below 1.
    #[error("window {window} version {version} names no bucket; windows begin at 0 and versions at 1")]
    Bucket {
        /// Window of the bucket.
        window: i32,
        /// Version of the bucket.
        version: i32,
    },
}

impl<'a> BucketName<'a> {
    /// The bucket of a store.
    #[must_use]
    pub fn of(store: &'a str, bucket: &Bucket) -> Self {
        let Bucket { business_date, window, version } = *bucket;
        Self { store, business_date, window, version }
    }

    /// The month of its business date, as 2026-03.
    #[must_use]
    pub fn period(&self) -> String {
        self.business_date.to_string().chars().take(7).collect()
    }
}

impl Series {
    /// The journal of a bucket, of one subsidiary and currency.
    ///
    /// # Errors
    /// [`Error`] for a name that cannot stand in an external id.
    pub fn journal(bucket: &BucketName<'_>, books: &BooksName<'_>) -> Result<Self, Error> {
        Ok(Self { head: head("JE", bucket)?, version: bucket.version, tail: books.text()? })
    }

    /// The adjustment of a bucket, of one location, reason, cost account and segment. The last three are
    /// open text, so the id holds 8 hexadecimal digits of a hash over them.
    ///
    /// # Errors
    /// [`Error`] for a name that cannot stand in an external id.
    pub fn adjustment(
        bucket: &BucketName<'_>,
        location: &str,
        reason: &str,
        account: &str,
        segment: Option<&str>,
    ) -> Result<Self, Error> {
        let location = name("location", location)?;
        let mut hash = blake3::Hasher::new();
        for text in [reason, account, segment.unwrap_or_default()] {
            hash.update(text.as_bytes()).update(b"\n");
        }
        let hash = hash.finalize().to_hex();
        let digits = hash.get(..8).unwrap_or_default();
        Ok(Self { head: head("IA", bucket)?, version: bucket.version, tail: format!("{location}_{digits}") })
    }

    /// The family: the id without version and part.
    #[must_use]
    pub fn family(&self) -> String {
        format!("{}_{}", self.head, self.tail)
    }

    /// The id of one part, from 1.
    #[must_use]
    pub fn id(&self, part: i32) -> String {
        format!("{}_{}_{}_{part}", self.head, self.version, self.tail)
    }
}

/// What the ids of all journals of a bucket begin with, in whichever books they are.
///
/// # Errors
/// [`Error`] for a name that cannot stand in an id.
pub fn journal_group(bucket: &BucketName<'_>) -> Result<String, Error> {
    Ok(format!("{}_{}", head("JE", bucket)?, bucket.version))
}

/// The id of the tax summary of a bucket. It goes to nobody but readers of the topic.
///
/// # Errors
/// [`Error`] for a name that cannot stand in an id.
pub fn tax_summary(bucket: &BucketName<'_>, books: &BooksName<'_>) -> Result<String, Error> {
    beside_journal("TS", bucket, books)
}

/// The id of the liability ledger of a bucket. It goes to nobody but readers of the topic.
///
/// # Errors
/// [`Error`] for a name that cannot stand in an id.
pub fn liability_ledger(bucket: &BucketName<'_>, books: &BooksName<'_>) -> Result<String, Error> {
    beside_journal("LL", bucket, books)
}

fn beside_journal(kind: &str, bucket: &BucketName<'_>, books: &BooksName<'_>) -> Result<String, Error> {
    Ok(format!("{}_{}_{}", head(kind, bucket)?, bucket.version, books.text()?))
}

fn head(kind: &str, bucket: &BucketName<'_>) -> Result<String, Error> {
    let store = name("store", bucket.store)?;
    let date = bucket.business_date;
    if Date::from_days(date.days()).is_none() {
        return Err(Error::Date(date));
    }
    if bucket.window < 0 || bucket.version < 1 {
        return Err(Error::Bucket { window: bucket.window, version: bucket.version });
    }
    let date: String = date.to_string().chars().filter(char::is_ascii_digit).collect();
    Ok(format!("{kind}_{store}_{date}_{}", bucket.window))
}

fn name<'a>(what: &'static str, name: &'a str) -> Result<&'a str, Error> {
    if is_name(name) { Ok(name) } else { Err(Error::Name { what, name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bucket() -> BucketName<'static> {
        BucketName { store: "367", business_date: "2017-03-01".parse().unwrap(), window: 0, version: 2 }
    }

    #[test]
    fn a_journal_is_named_after_its_bucket_subsidiary_and_currency() {
        let books = BooksName { subsidiary: "US-1", currency: "USD", elsewhere: None };
        let series = Series::journal(&bucket(), &books).unwrap();
        assert_eq!(series.id(1), "JE_367_20170301_0_2_US-1_USD_1");
        assert_eq!(series.id(12), "JE_367_20170301_0_2_US-1_USD_12");
        assert_eq!(series.family(), "JE_367_20170301_0_US-1_USD");
        assert_eq!(tax_summary(&bucket(), &books).unwrap(), "TS_367_20170301_0_2_US-1_USD");
        let elsewhere = BooksName { elsewhere: Some("L9"), ..books };
        let series = Series::journal(&bucket(), &elsewhere).unwrap();
        assert_eq!(series.id(1), "JE_367_20170301_0_2_US-1_USD_L9_1");
        assert_eq!(series.family(), "JE_367_20170301_0_US-1_USD_L9");
        assert_eq!(journal_group(&bucket()).unwrap(), "JE_367_20170301_0_2");
        assert_eq!(liability_ledger(&bucket(), &elsewhere).unwrap(), "LL_367_20170301_0_2_US-1_USD_L9");
    }

    #[test]
    fn an_adjustment_is_named_after_its_bucket_location_and_cost() {
        let name = |reason, account, segment| {
            Series::adjustment(&bucket(), "L367", reason, account, segment).unwrap().id(1)
        };
        let sale = name("sale", "5000", None);
        assert_eq!(sale, "IA_367_20170301_0_2_L367_3bd1ff02_1");
        for other in
            [name("damage", "5000", None), name("sale", "5001", None), name("sale", "5000", Some("7"))]
        {
            assert_ne!(sale, other);
        }
        let series = Series::adjustment(&bucket(), "L367", "sale", "5000", None).unwrap();
        assert_eq!(series.family(), "IA_367_20170301_0_L367_3bd1ff02");
    }

    #[test]
    fn a_name_that_netsuite_would_misread_is_refused() {
        for (store, subsidiary, currency, what) in
            [("3_7", "1", "USD", "store"), ("367", "a|b", "USD", "subsidiary"), ("367", "1", "", "currency")]
        {
            let bucket = BucketName { store, ..bucket() };
            let books = BooksName { subsidiary, currency, elsewhere: None };
            let error = Series::journal(&bucket, &books).unwrap_err();
            assert!(error.to_string().starts_with(what), "{error}");
        }
        let none = BucketName { version: 0, ..bucket() };
        let books = BooksName { subsidiary: "1", currency: "USD", elsewhere: None };
        assert_eq!(Series::journal(&none, &books), Err(Error::Bucket { window: 0, version: 0 }));
    }
}
