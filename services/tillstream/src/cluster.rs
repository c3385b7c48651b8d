//! Kafka and the registry as the command line uses them: typed records in and out of topics by name.
//!
//! What a record type is decides its subject, and its subject its topic; a key decides its partition, as it
//! does for every producer and service.

use std::sync::Arc;
use std::time::Duration;

use runtime::client::{Broker, Connection, KafkaBroker, Lookup, View};
use runtime::config::Kafka;
use runtime::follow::{Follow, From, Kept};
use runtime::producer::Producer;
use wire::Subject;
use wire::codec::{Codecs, Decoder, EncodeError, Encoder, OpenError};
use wire::registry::{self, Registry};

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// What the clients of the command line call themselves.
const SERVICE: &str = "tillstream";

/// Where Kafka and the registry are.
#[derive(Debug, Clone)]
pub struct Address {
    /// How Kafka is reached.
    pub kafka: Kafka,
    /// How the schema registry is reached.
    pub registry: registry::Settings,
}

/// A cluster and its registry; asks neither before it has to.
pub struct Cluster {
    connection: Connection,
    lookup: Arc<dyn Lookup>,
    registry: Arc<Registry>,
    codecs: Codecs,
}

/// Writes records of one type.
pub struct Writer<T> {
    topic: &'static str,
    partitions: i32,
    encoder: Encoder<T>,
    producer: Producer,
    bytes: Vec<u8>,
}

/// Reads records of one type.
pub struct Scan<T> {
    follow: Follow,
    decoder: Decoder<T>,
    read: fn(&Decoder<T>, &Kept) -> Result<Received<T>, Error>,
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received<T> {
    /// Partition it was read from.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// Its key, empty where it has none that is text.
    pub key: String,
    /// The record; `None` for a tombstone.
    pub record: Option<T>,
}

/// Kafka or the registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kafka refused something, or did not answer in time.
    #[error(transparent)]
    Kafka(#[from] runtime::Error),
    /// The registry refused something, or did not answer in time.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A subject cannot be written or read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A record does not fit its schema or topic.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A topic is not there.
    #[error("the topic {0} is missing: run `tillstream topics apply`, or correct the namespace")]
    Missing(String),
    /// A record cannot be read.
    #[error("{topic} [{partition}] at offset {offset} cannot be read")]
    Unreadable {
        /// Topic name without namespace.
        topic: &'static str,
        /// Partition.
        partition: i32,
        /// Offset.
        offset: i64,
        /// What is wrong with it.
        source: wire::codec::Error,
    },
}

impl Cluster {
    /// Makes the clients; waits for nobody.
    ///
    /// # Errors
    /// [`Error::Registry`] or [`Error::Kafka`] naming the setting that cannot be used.
    pub fn new(address: &Address) -> Result<Self, Error> {
        let registry = Arc::new(Registry::new(&address.registry)?);
        let connection = Connection {
            kafka: address.kafka.clone(),
            service: SERVICE.to_owned(),
            instance: std::process::id().to_string(),
        };
        let lookup = KafkaBroker::new(&connection)?.lookup();
        Ok(Self { connection, lookup, codecs: Codecs::new(Arc::clone(&registry) as _), registry })
    }

    /// How Kafka is reached, and under which name.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The schema registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What turns bytes of the cluster's records into records and back.
    #[must_use]
    pub fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// The number of partitions of a topic, named without namespace.
    ///
    /// # Errors
    /// [`Error::Missing`] when the topic is not there, [`Error::Kafka`] without an answer.
    pub fn partitions(&self, topic: &str) -> Result<i32, Error> {
        let count = self.lookup.partitions(topic, ANSWER_WAIT)?;
        if count > 0 { Ok(count) } else { Err(Error::Missing(self.connection.topic(topic))) }
    }

    /// Where each partition of the topic of a record type ends, open transactions included: what is written from
    /// here on stands at or behind it.
    ///
    /// # Errors
    /// [`Error::Missing`] when the topic is not there, [`Error::Kafka`] without an answer.
    pub fn ends<T: Subject>(&self) -> Result<Vec<i64>, Error> {
        let topic = topic::<T>();
        let end = |partition| self.lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT);
        (0..self.partitions(topic)?).map(|partition| Ok(end(partition)?.1)).collect()
    }

    /// Opens the topic of a record type for writing.
    ///
    /// # Errors
    /// [`Error`] when the topic is missing or its schema is not registered.
    pub fn writer<T: Subject>(&self) -> Result<Writer<T>, Error> {
        let topic = topic::<T>();
        Ok(Writer {
            topic,
            partitions: self.partitions(topic)?,
            encoder: self.codecs.encoder()?,
            producer: Producer::new(&self.connection)?,
            bytes: Vec::new(),
        })
    }

    /// Opens the topic of a record type for reading; all partitions when `partitions` is empty.
    ///
    /// # Errors
    /// [`Error`] when the topic is missing or the cluster does not answer.
    pub fn scan<T: Subject>(&self, partitions: &[i32], from: From) -> Result<Scan<T>, Error> {
        let topic = topic::<T>();
        self.partitions(topic)?;
        Ok(Scan {
            follow: Follow::new(&self.connection, topic, partitions, from)?,
            decoder: self.codecs.decoder()?,
            read: Received::read,
        })
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "cluster at {}", self.connection.kafka.bootstrap_servers)
    }
}

impl<T: Subject> Writer<T> {
    /// The number of partitions of the topic.
    #[must_use]
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// Sends a record to the partition of its key; waits while too many are under way.
    ///
    /// # Errors
    /// [`Error`] when the record does not fit, or one sent earlier was not taken.
    pub fn send(&mut self, key: &str, record: &T) -> Result<(), Error> {
        self.send_to(domain::partition::of(key.as_bytes(), self.partitions), key, record)
    }

    /// Sends a record to a partition.
    ///
    /// # Errors
    /// As [`Writer::send`].
    pub fn send_to(&mut self, partition: i32, key: &str, record: &T) -> Result<(), Error> {
        self.bytes.clear();
        self.encoder.encode(record, &mut self.bytes)?;
        Ok(self.producer.send(self.topic, partition, key.as_bytes(), Some(&self.bytes))?)
    }

    /// Waits until every record is taken.
    ///
    /// # Errors
    /// [`Error::Kafka`] when one was not.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.producer.flush()?)
    }
}

impl<T: Subject> Scan<T> {
    /// Takes what is no record for none, as [`Received::read_or_none`] does.
    #[must_use]
    pub fn or_none(self) -> Self {
        Self { read: Received::read_or_none, ..self }
    }

    /// Hands over every record up to the ends seen when the scan began; the scan can be read on.
    ///
    /// # Errors
    /// [`Error`] when a record cannot be read.
    pub fn to_end(mut self, mut each: impl FnMut(Received<T>)) -> Result<Self, Error> {
        let Self { follow, decoder, read } = &mut self;
        follow.to_end(|kept| read(decoder, &kept).map(&mut each))?;
        Ok(self)
    }

    /// The next record, waiting at most `wait`.
    ///
    /// # Errors
    /// [`Error`] when the topic or the record cannot be read.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Received<T>>, Error> {
        let kept = self.follow.next(wait)?;
        kept.map(|kept| (self.read)(&self.decoder, &kept)).transpose()
    }
}

impl<T: Subject> Received<T> {
    /// Reads a record as it lies on its topic.
    ///
    /// # Errors
    /// [`Error::Unreadable`], naming the place.
    pub fn read(decoder: &Decoder<T>, kept: &Kept) -> Result<Self, Error> {
        let Kept { partition, offset, .. } = *kept;
        let record = kept.value.as_deref().map(|value| decoder.decode(value)).transpose();
        let unreadable = |source| Error::Unreadable { topic: topic::<T>(), partition, offset, source };
        let key = kept.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        Ok(Self { partition, offset, key, record: record.map_err(unreadable)? })
    }

    /// Reads a record as it lies on a topic that others than our services write: what is no record counts as
    /// none. Whom it was meant for has refused it, and it must not stand in the way of those who look.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the same bytes may be read later.
    pub fn read_or_none(decoder: &Decoder<T>, kept: &Kept) -> Result<Self, Error> {
        match Self::read(decoder, kept) {
            Err(Error::Unreadable { source, .. }) if !source.is_later() => {
                Self::read(decoder, &Kept { value: None, ..kept.clone() })
            }
            read => read,
        }
    }
}

/// The topic whose values are records of the type.
fn topic<T: Subject>() -> &'static str {
    T::SUBJECT.strip_suffix("-value").unwrap_or(T::SUBJECT)
}
