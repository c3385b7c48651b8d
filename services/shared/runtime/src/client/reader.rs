//! Reads partitions of one topic by number, committed records only.

use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Batch, Connection, Notes, Reader, Role, Started, client_config};
use crate::error::Error;
use crate::stage::Record;

/// How long a seek may take inside the client.
const SEEK_WAIT: Duration = Duration::from_secs(10);

pub(crate) struct KafkaReader {
    consumer: BaseConsumer<Notes>,
    topic: String,
}

impl KafkaReader {
    pub(crate) fn new(connection: &Connection, topic: &str) -> Result<Self, Error> {
        let topic = connection.topic(topic);
        let consumer = client_config(connection, Role::Reader)?
            .create_with_context(Notes::default())
            .map_err(|error| Error::kafka(format!("cannot make a reader of {topic}"), error))?;
        Ok(Self { consumer, topic })
    }

    fn one(&self, partition: i32) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, partition);
        list
    }

    fn told(&self, doing: &str, partition: i32, outcome: Result<(), KafkaError>) -> Result<(), Error> {
        outcome.map_err(|error| Error::kafka(format!("cannot {doing} {} [{partition}]", self.topic), error))
    }
}

impl Reader for KafkaReader {
    fn add(&mut self, partition: i32, offset: i64) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(&self.topic, partition, Offset::Offset(offset));
        self.told("start", partition, added)?;
        self.told("start", partition, self.consumer.incremental_assign(&list))
    }

    fn remove(&mut self, partition: i32) -> Result<(), Error> {
        self.told("stop", partition, self.consumer.incremental_unassign(&self.one(partition)))
    }

    fn poll(&mut self, wait: Duration, batch: &mut Batch) -> Result<(), Error> {
        poll_into(&self.consumer, &self.topic, wait, batch)
    }

    fn seek(&mut self, partition: i32, offset: i64) -> Result<Started, Error> {
        match self.consumer.seek(&self.topic, partition, Offset::Offset(offset), SEEK_WAIT) {
            Err(error) if is_not_begun(&error) => Ok(Started::NotYet),
            sought => self.told("seek in", partition, sought).map(|()| Started::Flowing),
        }
    }

    fn pause(&mut self, partition: i32) -> Result<(), Error> {
        self.told("pause", partition, self.consumer.pause(&self.one(partition)))
    }

    fn resume(&mut self, partition: i32) -> Result<(), Error> {
        self.told("resume", partition, self.consumer.resume(&self.one(partition)))
    }
}

/// True for a seek in a partition that the client has on its list but has not begun with, or is still
/// ending from before. The binding keeps nothing of the error but its text.
pub(super) fn is_not_begun(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Seek(reason) if reason.contains("Erroneous state") || reason.contains("in progress"))
}

/// Moves what has arrived from a consumer into a batch.
///
/// # Errors
/// [`Error::Kafka`] when the input cannot be read any more. What heals by itself is not an error.
pub(super) fn poll_into(
    consumer: &BaseConsumer<Notes>,
    topic: &str,
    wait: Duration,
    batch: &mut Batch,
) -> Result<(), Error> {
    let mut wait = wait;
    while !batch.is_full() {
        match consumer.poll(wait) {
            Some(Ok(message)) => batch.push(&Record {
                topic: "",
                partition: message.partition(),
                offset: message.offset(),
                timestamp: message.timestamp().to_millis(),
                key: message.key(),
                value: message.payload(),
            }),
            Some(Err(KafkaError::PartitionEOF(partition))) => batch.push_end(partition),
            Some(Err(error)) => judge(topic, &error)?,
            // Nothing has come in time, or an event such as a rebalance was served.
            None => return Ok(()),
        }
        wait = Duration::ZERO;
    }
    Ok(())
}

/// Errors that end a reader; the client heals the others by itself and has logged them.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the lists are the client's own, and it says that they may grow"
)]
fn judge(topic: &str, error: &KafkaError) -> Result<(), Error> {
    let (code, fatal) = match error {
        KafkaError::MessageConsumption(code) => (*code, false),
        KafkaError::MessageConsumptionFatal(code) => (*code, true),
        other => return Err(Error::kafka(format!("cannot read {topic}"), other)),
    };
    let hint = match code {
        RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
            "; records that were not read yet are gone: the retention of the topic is too short, or it was made anew"
        }
        RDKafkaErrorCode::FencedInstanceId => {
            "; another process runs under the same instance name (give each its own process.instance), or the \
             broker was silent for longer than the session timeout (start again)"
        }
        RDKafkaErrorCode::UnknownTopic
        | RDKafkaErrorCode::UnknownTopicOrPartition
        | RDKafkaErrorCode::UnknownPartition => "; create the topics with `tillstream topics apply`",
        RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed => {
            "; grant this user read access"
        }
        _ if fatal => "",
        _ => return Ok(()),
    };
    Err(Error::kafka(format!("cannot read {topic}"), format!("{error}{hint}")))
}
