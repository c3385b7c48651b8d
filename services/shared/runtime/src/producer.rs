//! A plain producer for commands: idempotent, outside transactions, with back-pressure.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::client::{Connection, Role, Watch, client_config};
use crate::error::Error;

/// How long the broker may leave records unanswered before a command gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes records that no transaction holds.
pub struct Producer {
    connection: Connection,
    producer: BaseProducer<Watch>,
}

impl Producer {
    /// Makes a producer; does not wait for a broker.
    ///
    /// # Errors
    /// [`Error`] when the configuration is refused.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let producer = client_config(connection, Role::Plain)?
            .create_with_context(Watch::default())
            .map_err(|error| Error::kafka("cannot make a producer", error))?;
        Ok(Self { connection: connection.clone(), producer })
    }

    /// Sends one record to a topic named without namespace; waits for room when the queue of 32 MB is full.
    ///
    /// # Errors
    /// [`Error::Kafka`] when the record is refused, an earlier one was not delivered, or the broker does
    /// not answer for a minute.
    pub fn send(
        &mut self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Error> {
        let name = self.connection.topic(topic);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut record = BaseRecord::<[u8], [u8]>::to(&name).partition(partition).key(key);
            record.payload = value;
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _))
                    if Instant::now() < deadline =>
                {
                    self.producer.poll(Duration::from_millis(1));
                    self.check()?;
                }
                Err((error, _)) => {
                    return Err(Error::kafka(format!("cannot write to {name} [{partition}]"), error));
                }
            }
        }
        self.producer.poll(Duration::ZERO);
        self.check()
    }

    /// Waits until every record is delivered.
    ///
    /// # Errors
    /// [`Error::Kafka`] when a record was not delivered, or the broker does not answer for a minute.
    pub fn flush(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(1));
            if Instant::now() >= deadline {
                let waiting = self.producer.in_flight_count();
                return Err(Error::kafka("cannot deliver records", format!("{waiting} are unanswered")));
            }
        }
        self.check()
    }

    /// How many records were not delivered.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.producer.context().failures()
    }

    fn check(&self) -> Result<(), Error> {
        match self.producer.context().take_undelivered() {
            None => Ok(()),
            Some(undelivered) => Err(Error::kafka("cannot deliver a record", undelivered.what)),
        }
    }
}
