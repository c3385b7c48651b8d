//! Answers from the broker about offsets and partitions, over two clients that never read a record.
//!
//! Two, because librdkafka's watermarks follow the isolation level of the client that asks: the end of a
//! changelog must be asked for with open transactions included, the offsets of the group without.

use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Connection, Lookup, Notes, Role, View, client_config};
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

    fn partitions(&self, topic: &str, wait: Duration) -> Result<i32, Error> {
        let name = self.connection.topic(topic);
        let metadata = self.everything.fetch_metadata(Some(&name), wait).map_err(|error| {
            let servers = &self.connection.kafka.bootstrap_servers;
            Error::kafka(format!("cannot read the metadata of {name} from {servers}"), error)
        })?;
        let count = metadata
            .topics()
            .iter()
            .find(|found| found.name() == name && found.error().is_none())
            .map_or(0, |found| found.partitions().len());
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}
