//! How far consumer groups are behind, and waiting until they are not.

use std::sync::Arc;
use std::time::Duration;

use runtime::Error;
use runtime::client::{Broker, Connection, KafkaBroker, Lookup, View};
use runtime::topics::Group;

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// How far a group is behind, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// Over all partitions.
    pub sum: i64,
    /// In the partition that is most behind.
    pub worst: i64,
}

/// Watches the groups of a deployment.
pub struct Lags {
    groups: Vec<(Group, Arc<dyn Lookup>)>,
}

impl Lags {
    /// Makes the clients.
    ///
    /// # Errors
    /// [`Error`] when the configuration is refused.
    pub fn new(connection: &Connection, groups: Vec<Group>) -> Result<Self, Error> {
        let watched = groups.into_iter().map(|group| {
            let own = Connection { service: group.service.clone(), ..connection.clone() };
            Ok((group, KafkaBroker::new(&own)?.lookup()))
        });
        Ok(Self { groups: watched.collect::<Result<_, Error>>()? })
    }

    /// How far a group is behind: over all partitions of its inputs, and in the one that is most behind.
    ///
    /// A transaction's marker counts as a record until the next record is read, so a group that has read
    /// everything is one behind in each partition.
    ///
    /// # Errors
    /// [`Error`] when the broker does not answer.
    pub fn of(&self, service: &str) -> Result<Lag, Error> {
        let mut lag = Lag::default();
        for (group, lookup) in self.groups.iter().filter(|(group, _)| group.service == service) {
            for input in &group.inputs {
                let partitions: Vec<i32> = (0..lookup.partitions(input, ANSWER_WAIT)?).collect();
                let committed = lookup.committed(input, &partitions, ANSWER_WAIT)?;
                for (partition, committed) in partitions.iter().zip(committed) {
                    let (_, end) = lookup.watermarks(input, *partition, View::Committed, ANSWER_WAIT)?;
                    let behind = end.saturating_sub(committed.unwrap_or(0)).max(0);
                    lag = Lag { sum: lag.sum + behind, worst: lag.worst.max(behind) };
                }
            }
        }
        Ok(lag)
    }

    /// The committed offsets of a group in its lead topic, by partition.
    ///
    /// # Errors
    /// [`Error`] when the broker does not answer.
    pub fn committed(&self, service: &str) -> Result<Vec<i64>, Error> {
        let found = self.groups.iter().find(|(group, _)| group.service == service);
        let Some((input, lookup)) = found.and_then(|(group, lookup)| Some((group.inputs.first()?, lookup)))
        else {
            return Ok(Vec::new());
        };
        let partitions: Vec<i32> = (0..lookup.partitions(input, ANSWER_WAIT)?).collect();
        let committed = lookup.committed(input, &partitions, ANSWER_WAIT)?;
        Ok(committed.into_iter().map(|offset| offset.unwrap_or(0)).collect())
    }
}
