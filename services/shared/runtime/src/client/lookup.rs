//! Answers from the broker about offsets and partitions, over two clients that never read a record.
//!
//! Two, because librdkafka's watermarks follow the isolation level of the client that asks: the end of a
//! changelog must be asked for with open transactions included, the offsets of the group without.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Connection, Lookup, Notes, Role, Shares, View, client_config};
use crate::error::Error;

pub(crate) struct KafkaLookup {
    connection: Connection,
    committed: BaseConsumer<Notes>,
    everything: BaseConsumer<Notes>,
}

impl KafkaLookup {
    pub(crate) fn new(connection: &Connection) -> Result<Self, Error> {
        let make = |role| {
            client_config(connection, role)?
                .create_with_context(Notes::default())
                .map_err(|error| Error::kafka("cannot make a Kafka client", error))
        };
        Ok(Self {
            connection: connection.clone(),
            committed: make(Role::Committed)?,
            everything: make(Role::Everything)?,
        })
    }
}

impl Lookup for KafkaLookup {
    fn committed(&self, topic: &str, partitions: &[i32], wait: Duration) -> Result<Vec<Option<i64>>, Error> {
        let name = self.connection.topic(topic);
        let doing =
            || format!("cannot read the committed offsets of group {} for {name}", self.connection.group());
        let mut asked = TopicPartitionList::new();
        for &partition in partitions {
            asked.add_partition(&name, partition);
        }
        let answered =
            self.committed.committed_offsets(asked, wait).map_err(|error| Error::kafka(doing(), error))?;
        let mut offsets = Vec::with_capacity(partitions.len());
        for &partition in partitions {
            let element = answered
                .find_partition(&name, partition)
                .ok_or_else(|| Error::kafka(doing(), format!("no answer for partition {partition}")))?;
            element.error().map_err(|error| Error::kafka(doing(), error))?;
            offsets.push(match element.offset() {
                Offset::Offset(offset) => Some(offset),
                Offset::Beginning
                | Offset::End
                | Offset::Stored
                | Offset::Invalid
                | Offset::OffsetTail(_) => None,
            });
        }
        Ok(offsets)
    }

    fn watermarks(
        &self,
        topic: &str,
        partition: i32,
        view: View,
        wait: Duration,
    ) -> Result<(i64, i64), Error> {
        let name = self.connection.topic(topic);
        let client = match view {
            View::Committed => &self.committed,
            View::Everything => &self.everything,
        };
        client
            .fetch_watermarks(&name, partition, wait)
            .map_err(|error| Error::kafka(format!("cannot read the end of {name} [{partition}]"), error))
    }

    fn shares(&self, topic: &str, wait: Duration) -> Result<Shares, Error> {
        let group = self.connection.group();
        let name = self.connection.topic(topic);
        let doing = || format!("cannot read who owns the partitions of {name} in group {group}");
        let groups = self.everything.fetch_group_list(Some(&group), wait);
        let groups = groups.map_err(|error| Error::kafka(doing(), error))?;
        let Some(found) = groups.groups().iter().find(|found| found.name() == group) else {
            return Err(Error::kafka(doing(), "the broker does not know the group"));
        };
        let mut shares = Shares { settled: found.state() == "Stable", owned: BTreeSet::new() };
        for member in found.members() {
            let bytes = member.assignment().unwrap_or_default();
            // A member that has joined and was given nothing yet has no bytes at all.
            if !bytes.is_empty() {
                let owned = assigned(bytes, &name);
                shares
                    .owned
                    .extend(owned.ok_or_else(|| Error::kafka(doing(), "an assignment cannot be read"))?);
            }
        }
        Ok(shares)
    }

    fn partitions(&self, topic: &str, wait: Duration) -> Result<i32, Error> {
        let name = self.connection.topic(topic);
        let servers = &self.connection.kafka.bootstrap_servers;
        let answered = self.everything.fetch_metadata(Some(&name), wait);
        let metadata = answered.map_err(|error| Error::unanswered(servers, Some(&name), error))?;
        let count = metadata
            .topics()
            .iter()
            .find(|found| found.name() == name && found.error().is_none())
            .map_or(0, |found| found.partitions().len());
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// Reads the partitions of a topic from an assignment as the group keeps it: a version in two bytes, then by topic
/// its name and its partitions (`ConsumerProtocolAssignment` of Apache Kafka). `None` when it ends too early.
fn assigned(bytes: &[u8], topic: &str) -> Option<Vec<i32>> {
    let mut rest = bytes;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at_checked(length)?;
        rest = left;
        Some(taken)
    };
    take(2)?;
    let mut owned = Vec::new();
    for _ in 0..i32::from_be_bytes(take(4)?.try_into().ok()?) {
        let length = usize::try_from(i16::from_be_bytes(take(2)?.try_into().ok()?)).ok()?;
        let ours = take(length)? == topic.as_bytes();
        for _ in 0..i32::from_be_bytes(take(4)?.try_into().ok()?) {
            let partition = i32::from_be_bytes(take(4)?.try_into().ok()?);
            if ours {
                owned.push(partition);
            }
        }
    }
    Some(owned)
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn the_partitions_of_the_topic_are_read_from_an_assignment() {
        let bytes = b"\0\x01\0\0\0\x02\0\x01a\0\0\0\x01\0\0\0\x09\0\x02bc\0\0\0\x02\0\0\0\x03\0\0\x01\0rest";
        for (bytes, topic, expected) in [
            (&bytes[..], "a", Some(vec![9])),
            (bytes, "bc", Some(vec![3, 256])),
            (bytes, "d", Some(vec![])),
            (&bytes[..20], "a", None),
            (b"\0\0\0\0\0\0", "a", Some(vec![])),
            (b"\0", "a", None),
        ] {
            assert_eq!(assigned(bytes, topic), expected, "{topic} in {bytes:?}");
        }
    }
}
