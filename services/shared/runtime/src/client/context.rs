//! What the clients report while they are polled: written down here, acted on by the loop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{NoCustomPartitioner, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use crate::event;

/// What the group said, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Assign(Vec<i32>),
    Revoke(Vec<i32>),
}

/// The context of every consumer.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    said: Mutex<VecDeque<Said>>,
    closing: AtomicBool,
}

impl Notes {
    pub(crate) fn next(&self) -> Option<Said> {
        locked(&self.said).pop_front()
    }

    /// From here on whatever the group takes back is let go at once.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for Notes {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        event::client_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            event::client_error(&error, reason);
        }
    }
}

impl ConsumerContext for Notes {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let assigned = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            // Nobody is left to act on it. A refusal shows itself in the close that does not end.
            let outcome = if assigned {
                consumer.incremental_assign(list)
            } else {
                consumer.incremental_unassign(list)
            };
            if let Err(error) = outcome {
                event::client_error(&error, "while closing");
            }
            return;
        }
        let said = if assigned { Said::Assign(partitions) } else { Said::Revoke(partitions) };
        locked(&self.said).push_back(said);
    }
}

/// A record the broker did not take.
#[derive(Debug, Clone)]
pub(crate) struct Undelivered {
    pub(crate) code: Option<RDKafkaErrorCode>,
    pub(crate) what: String,
}

/// The context of every producer.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    first: Mutex<Option<Undelivered>>,
    failures: AtomicU64,
    errors: AtomicU64,
}

impl Watch {
    /// The first record that was not delivered since the last call.
    pub(crate) fn take_undelivered(&self) -> Option<Undelivered> {
        locked(&self.first).take()
    }

    /// How many records were not delivered.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    /// How many errors of the connection were reported.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Acquire)
    }
}

impl ClientContext for Watch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        event::client_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.errors.fetch_add(1, Ordering::AcqRel);
        event::client_error(&error, reason);
    }
}

impl ProducerContext<NoCustomPartitioner> for Watch {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result {
            self.failures.fetch_add(1, Ordering::AcqRel);
            let size = message.key_len() + message.payload_len();
            let what = format!("{} [{}], {size} bytes: {error}", message.topic(), message.partition());
            locked(&self.first).get_or_insert(Undelivered { code: error.rdkafka_error_code(), what });
        }
    }
}

/// Locks even when another thread panicked while it held the lock: the data are plain notes.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
