//! Makes the clients of one service over librdkafka.

use std::sync::Arc;

use super::lookup::KafkaLookup;
use super::member::KafkaMember;
use super::reader::KafkaReader;
use super::{Broker, Connection, Lookup, Member, Reader};
use crate::error::Error;

/// Kafka, as one service in one process sees it.
pub struct KafkaBroker {
    connection: Connection,
    lookup: Arc<KafkaLookup>,
}

impl KafkaBroker {
    /// Makes the clients that answer questions; does not wait for a broker.
    ///
    /// # Errors
    /// [`Error`] when the configuration is refused.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        Ok(Self { connection: connection.clone(), lookup: Arc::new(KafkaLookup::new(connection)?) })
    }
}

impl Broker for KafkaBroker {
    fn member(&self, worker: usize, lead: &str) -> Result<Box<dyn Member>, Error> {
        Ok(Box::new(KafkaMember::new(&self.connection, worker, lead)?))
    }

    fn reader(&self, topic: &str) -> Result<Box<dyn Reader>, Error> {
        Ok(Box::new(KafkaReader::new(&self.connection, topic)?))
    }

    fn lookup(&self) -> Arc<dyn Lookup> {
        Arc::clone(&self.lookup) as Arc<dyn Lookup>
    }
}
