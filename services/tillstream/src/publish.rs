//! Masters and transactions onto their topics, checked before the first one is sent.
//!
//! Masters end with the record that marks a complete snapshot: services wait for it before they book.

use std::ops::ControlFlow;

use domain::masters::{Items, Stores};
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use wire::Subject;

use crate::cluster::{Cluster, Error as ClusterError};
use crate::replay::masters::{all_items, all_stores};

/// Problems of masters that are shown; of more, only the number is.
const PROBLEMS_SHOWN: usize = 20;

/// Is told how many records were sent so far, and says whether to go on. It may wait, to hold a rate.
pub type Pace<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// Masters as they are published together.
#[derive(Debug, Clone, Default)]
pub struct Masters {
    /// Stores; the marker is added.
    pub stores: Vec<Store>,
    /// Items; the marker is added.
    pub items: Vec<Item>,
}

/// How a sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Records that Kafka has taken.
    pub records: u64,
    /// Whether there were no more to send.
    pub end: End,
}

/// Why a sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything was sent.
    Complete,
    /// The pace said stop.
    Stopped,
}

/// Records were not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Masters that no service could use; nothing was sent.
    #[error("{} record(s) of the masters cannot be used, nothing was sent:\n{}", .0.len(), listed(.0))]
    Refused(Vec<String>),
    /// Kafka or the registry.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Masters {
    /// The number of records, without markers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stores.len() + self.items.len()
    }

    /// True without a record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads them as a service does.
    ///
    /// # Errors
    /// [`Error::Refused`] with what a service would refuse.
    pub fn check(&self) -> Result<(), Error> {
        let (mut stores, mut items) = (Stores::default(), Items::default());
        let mut problems = Vec::new();
        for (store, at) in self.stores.iter().zip(0..) {
            let finding = stores.apply(&store.store, Some(store.clone()), at);
            problems.extend(finding.map(|finding| format!("store {}: {}", finding.key, finding.detail)));
        }
        for (item, at) in self.items.iter().zip(0..) {
            let finding = items.apply(&item.item, Some(item.clone()), at);
            problems.extend(finding.map(|finding| format!("item {}: {}", finding.key, finding.detail)));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Refused(problems)) }
    }
}

/// Publishes masters: stores, then items, each followed by its marker when there is any.
///
/// # Errors
/// [`Error::Refused`] before anything is sent, [`Error::Cluster`] later.
pub fn masters(cluster: &Cluster, masters: &Masters, pace: Pace<'_>) -> Result<Sent, Error> {
    masters.check()?;
    let mut sent = Sent { records: 0, end: End::Complete };
    send_all(cluster, &masters.stores, |store| &store.store, &all_stores(), &mut sent, pace)?;
    send_all(cluster, &masters.items, |item| &item.item, &all_items(), &mut sent, pace)?;
    Ok(sent)
}

/// Sends masters of one type and their marker; nothing where there are none, or once the pace said stop.
fn send_all<T: Subject>(
    cluster: &Cluster,
    masters: &[T],
    key: impl Fn(&T) -> &str,
    marker: &T,
    sent: &mut Sent,
    pace: Pace<'_>,
) -> Result<(), ClusterError> {
    if masters.is_empty() || sent.end == End::Stopped {
        return Ok(());
    }
    let mut writer = cluster.writer::<T>()?;
    for master in masters {
        writer.send(key(master), master)?;
        sent.records += 1;
        if pace(sent.records).is_break() {
            sent.end = End::Stopped;
            return writer.flush();
        }
    }
    writer.send(key(marker), marker)?;
    writer.flush()
}

/// Publishes transactions in the order given, each under its store.
///
/// # Errors
/// What the iterator answers, once everything before it was sent, and [`Error::Cluster`] as the sender's own.
pub fn transactions<E: From<ClusterError>>(
    cluster: &Cluster,
    transactions: impl Iterator<Item = Result<Transaction, E>>,
    pace: Pace<'_>,
) -> Result<Sent, E> {
    let mut writer = cluster.writer::<Transaction>()?;
    let (mut records, mut end) = (0, End::Complete);
    for transaction in transactions {
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                writer.flush()?;
                return Err(error);
            }
        };
        writer.send(&transaction.store, &transaction)?;
        records += 1;
        if pace(records).is_break() {
            end = End::Stopped;
            break;
        }
    }
    writer.flush()?;
    Ok(Sent { records, end })
}

fn listed(problems: &[String]) -> String {
    let mut lines: Vec<String> =
        problems.iter().take(PROBLEMS_SHOWN).map(|problem| format!("- {problem}")).collect();
    if let Some(more @ 1..) = problems.len().checked_sub(PROBLEMS_SHOWN) {
        lines.push(format!("- and {more} more"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::generate::Chain;

    #[test]
    fn masters_that_a_service_would_refuse_are_refused_by_name() {
        let chain = Chain { seed: 1, stores: 30, items: 5 };
        let good = Masters { stores: chain.store_master().collect(), items: chain.item_master().collect() };
        good.check().unwrap();
        let mut bad = good;
        for store in &mut bad.stores {
            store.currency = "XXX".to_owned();
        }
        bad.items[4].versions.clear();
        let message = bad.check().unwrap_err().to_string();
        assert!(
            message
                .starts_with("31 record(s) of the masters cannot be used, nothing was sent:\n- store S1: ")
        );
        assert!(message.ends_with("\n- and 11 more"), "{message}");
    }
}
