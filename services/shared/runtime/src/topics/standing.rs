//! Where a consumer group stands: what it has committed, and what its topics hold.

use std::time::Duration;

use super::Group;
use super::cluster::Cluster;
use crate::client::{Broker, Connection, KafkaBroker, View};
use crate::error::Error;

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// One input partition of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Topic name without namespace.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// The next offset the group will read, `None` where nothing is committed.
    pub committed: Option<i64>,
    /// The first offset there is.
    pub low: i64,
    /// The end of the partition, open transactions included. Markers of transactions count, so on a
    /// transactional topic a group that has read everything still stands a little below it.
    pub end: i64,
}

/// A consumer group and its input partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupStanding {
    /// How many members there are; `None` when the cluster does not know the group.
    pub members: Option<usize>,
    /// Every partition of every input.
    pub inputs: Vec<Standing>,
}

/// Asks where a group stands.
///
/// # Errors
/// [`Error::Kafka`] when the cluster does not answer.
pub fn standing(connection: &Connection, group: &Group) -> Result<GroupStanding, Error> {
    let connection = Connection { service: group.service.clone(), ..connection.clone() };
    let members = Cluster::new(&connection)?.members(&connection.group())?;
    let lookup = KafkaBroker::new(&connection)?.lookup();
    let mut inputs = Vec::new();
    for topic in &group.inputs {
        let partitions: Vec<i32> = (0..lookup.partitions(topic, ANSWER_WAIT)?).collect();
        let offsets = lookup.committed(topic, &partitions, ANSWER_WAIT)?;
        for (partition, committed) in partitions.into_iter().zip(offsets) {
            let (low, end) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            inputs.push(Standing { topic: topic.clone(), partition, committed, low, end });
        }
    }
    Ok(GroupStanding { members, inputs })
}
