//! Orders of people: what they are about, how they are sent, and what became of them.
//!
//! An order names what the person saw, so it first reads what holds: [`bucket`] which posting buckets are
//! open, [`suspense`] which lines wait for an item, [`quarantine`] which records nobody has decided on,
//! [`retry`] which documents NetSuite refused. All are read from public topics, the way a person's eye would,
//! never from the state of a service.
//!
//! Orders go to enrich on `pos.commands`, except those of [`retry`], which go to netsuite.

pub mod bucket;
pub mod quarantine;
pub mod retry;
pub mod suspense;

mod answer;

use domain::calendar::Timestamp;
use domain::record::command::Command;

use crate::cluster::{Cluster, Error};

pub use answer::{Answer, Outcome, answer_of, send};

/// The store of a command to all stores.
pub const EVERY_STORE: &str = "*";

/// Who issues commands, when and why; gives each command an id of its own.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words.
    pub reason: Option<String>,
    issued: u32,
}

/// A command and the partitions of `pos.commands` it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The command.
    pub command: Command,
    /// Where it goes.
    pub partitions: Vec<i32>,
}

impl Issuer {
    /// Makes an issuer. Two of one process must not share the same `at`.
    #[must_use]
    pub fn new(by: &str, at: Timestamp, reason: Option<&str>) -> Self {
        Self { by: by.to_owned(), at, reason: reason.map(str::to_owned), issued: 0 }
    }

    /// An id for a command of a kind about something.
    fn next_id(&mut self, kind: &str, about: &str) -> String {
        self.issued += 1;
        format!("{about}-{kind}-{}-{}-{}", self.at.0, std::process::id(), self.issued)
    }

    /// A command of a kind to a store, without details.
    fn command(&mut self, kind: &str, store: &str) -> Command {
        Command {
            id: self.next_id(kind, store),
            kind: kind.to_owned(),
            store: store.to_owned(),
            issued_at: self.at,
            issued_by: self.by.clone(),
            reason: self.reason.clone(),
            ..Command::default()
        }
    }
}

/// The command by which an account map, named by its hash, is adopted in every partition.
///
/// # Errors
/// [`Error`] when the cluster does not answer.
pub fn adopt_account_map(cluster: &Cluster, issuer: &mut Issuer, hash: &str) -> Result<Order, Error> {
    let mut command = issuer.command("adopt_account_map", EVERY_STORE);
    command.account_map = Some(hash.to_owned());
    Ok(Order { command, partitions: every_partition(cluster)? })
}

/// The partition in which everything about a store stands.
fn partition_of(cluster: &Cluster, store: &str) -> Result<i32, Error> {
    Ok(domain::partition::of(store.as_bytes(), cluster.partitions("pos.commands")?))
}

/// Every partition of `pos.commands`: where a command to all stores goes.
fn every_partition(cluster: &Cluster) -> Result<Vec<i32>, Error> {
    Ok((0..cluster.partitions("pos.commands")?).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_an_id_of_its_own() {
        let mut issuer = Issuer::new("ana", Timestamp(1_773_514_800_000), Some("month end"));
        let one = issuer.command("release", "367");
        let other = issuer.command("release", "367");
        assert!(one.id.starts_with("367-release-1773514800000-") && one.id != other.id, "{}", one.id);
        assert_eq!((one.issued_by.as_str(), one.reason.as_deref()), ("ana", Some("month end")));
    }
}
