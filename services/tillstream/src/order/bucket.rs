//! Which posting buckets of a store and business date are open, and what they hold; and their release.
//!
//! A bucket is open from its first sale or reclassification to its close. Count and content are the sums
//! that the sequencer keeps: over accepted tickets, control records included.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::identity::ContentHash;
use domain::record::command::{BucketVersion, Release};
use domain::record::reference::Store;
use domain::record::sales::{Bucket, SalesEvent};
use runtime::follow::From;

use super::{EVERY_STORE, Issuer, Order, every_partition, partition_of};
use crate::cluster::{Cluster, Error, Received};

/// An open bucket as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Business date.
    pub business_date: Date,
    /// Window, 0 for the whole store-day.
    pub window: i32,
    /// Version.
    pub version: i32,
    /// Tickets in it.
    pub count: i64,
    /// Sum of their content hashes.
    pub content: ContentHash,
}

/// Buckets of one store and date, as their events come in.
#[derive(Debug)]
pub struct Buckets<'a> {
    store: &'a str,
    date: Date,
    open: BTreeMap<(i32, i32), (i64, ContentHash)>,
}

/// Reads the open buckets of a store and business date from `sales.enriched`.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn open(cluster: &Cluster, store: &str, date: Date) -> Result<Vec<Open>, Error> {
    let mut buckets = Buckets::of(store, date);
    let partition = partition_of(cluster, store)?;
    cluster.scan::<SalesEvent>(&[partition], From::Start)?.to_end(|received| {
        if let Some(event) = &received.record {
            buckets.apply(event);
        }
    })?;
    Ok(buckets.list())
}

/// Says whether `ref.stores` has a store.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn knows(cluster: &Cluster, store: &str) -> Result<bool, Error> {
    let mut known = false;
    cluster.scan::<Store>(&[], From::Start)?.or_none().to_end(|received| {
        learn(&mut known, store, &received);
    })?;
    Ok(known)
}

/// Takes in one record of the store master: whether it has a store.
pub fn learn(known: &mut bool, store: &str, received: &Received<Store>) {
    if received.key == store {
        *known = received.record.is_some();
    }
}

/// The commands that release open buckets of a store as they were seen.
///
/// # Errors
/// [`Error`] when the cluster does not answer.
pub fn release(
    cluster: &Cluster,
    issuer: &mut Issuer,
    store: &str,
    open: &[Open],
) -> Result<Vec<Order>, Error> {
    let partition = partition_of(cluster, store)?;
    let order = |seen: &Open| {
        let bucket =
            BucketVersion { business_date: seen.business_date, window: seen.window, version: seen.version };
        let mut command = issuer.command("release", store);
        command.release = Some(Release { bucket, count: seen.count, content: seen.content });
        Order { command, partitions: vec![partition] }
    };
    Ok(open.iter().map(order).collect())
}

/// The command that releases every open bucket of every store, whatever it holds.
///
/// # Errors
/// [`Error`] when the cluster does not answer.
pub fn release_all(cluster: &Cluster, issuer: &mut Issuer) -> Result<Order, Error> {
    let partitions = every_partition(cluster)?;
    Ok(Order { command: issuer.command("release", EVERY_STORE), partitions })
}

impl<'a> Buckets<'a> {
    /// Those of a store and business date; none is open yet.
    #[must_use]
    pub fn of(store: &'a str, date: Date) -> Self {
        Self { store, date, open: BTreeMap::new() }
    }

    /// Takes in one event of any store.
    pub fn apply(&mut self, event: &SalesEvent) {
        if event.store != self.store {
            return;
        }
        if let Some(sale) = &event.sale
            && let Some((count, content)) = self.at(&sale.bucket)
        {
            *count += 1;
            *content = content.plus(sale.content);
        }
        if let Some(moved) = &event.reclassification {
            self.at(&moved.bucket);
        }
        if let Some(close) = event.close.as_ref().filter(|close| close.bucket.business_date == self.date) {
            self.open.remove(&(close.bucket.window, close.bucket.version));
        }
    }

    /// What a bucket holds, opened if it is of the date.
    fn at(&mut self, bucket: &Bucket) -> Option<&mut (i64, ContentHash)> {
        let ours = bucket.business_date == self.date;
        ours.then(|| self.open.entry((bucket.window, bucket.version)).or_default())
    }

    /// Those that are open.
    #[must_use]
    pub fn list(self) -> Vec<Open> {
        let open = self.open.into_iter().map(|((window, version), (count, content))| Open {
            business_date: self.date,
            window,
            version,
            count,
            content,
        });
        open.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::record::sales::{Close, Reclassification, Sale};

    use super::*;

    fn bucket(date: &str, version: i32) -> Bucket {
        Bucket { business_date: date.parse().unwrap(), window: 0, version }
    }

    fn sale(store: &str, bucket: Bucket, content: u64) -> SalesEvent {
        let sale = Sale { bucket, content: ContentHash::from_bits(content), ..Sale::default() };
        SalesEvent { store: store.into(), sale: Some(sale), ..SalesEvent::default() }
    }

    #[test]
    fn what_was_closed_is_gone_and_what_came_later_is_open() {
        let date = "2026-03-14";
        let close = Close { bucket: bucket(date, 1), count: 2, ..Close::default() };
        let moved = Reclassification { bucket: bucket(date, 3), ..Reclassification::default() };
        let event = |store: &str| SalesEvent { store: store.into(), ..SalesEvent::default() };
        let mut buckets = Buckets::of("367", date.parse().unwrap());
        for event in [
            sale("367", bucket(date, 1), 1),
            sale("367", bucket(date, 1), u64::MAX),
            sale("31", bucket(date, 1), 7),
            SalesEvent { close: Some(close), ..event("367") },
            sale("367", bucket(date, 2), u64::MAX),
            sale("367", bucket(date, 2), 5),
            sale("367", bucket("2026-03-15", 1), 9),
            SalesEvent { reclassification: Some(moved), ..event("367") },
        ] {
            buckets.apply(&event);
        }
        let open: Vec<_> =
            buckets.list().iter().map(|open| (open.version, open.count, open.content.bits())).collect();
        assert_eq!(open, [(2, 2, 4), (3, 0, 0)]);
    }
}
