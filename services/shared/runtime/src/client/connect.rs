//! What each kind of client is told: the settings the promises of the runtime rest on.

use std::time::Duration;

use rdkafka::ClientConfig;

use crate::config::{self, Kafka};

/// How long a transaction may stay open on the broker. Shorter than [`SESSION_TIMEOUT`], so that a hung
/// transaction ends before its member is put out of the group.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a silent member keeps its place in the group.
pub(crate) const SESSION_TIMEOUT: Duration = Duration::from_secs(20);
/// After how long a request of the producer counts as lost.
pub(crate) const SOCKET_TIMEOUT: Duration = Duration::from_secs(6);
/// The largest record the producer takes at all; each topic has its own, smaller limit.
pub(crate) const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

const _: () = assert!(TRANSACTION_TIMEOUT.as_secs() < SESSION_TIMEOUT.as_secs());
const _: () = assert!(SOCKET_TIMEOUT.as_secs() < TRANSACTION_TIMEOUT.as_secs());

/// Who a client is: what its names are made of.
#[derive(Debug, Clone)]
pub struct Connection {
    /// How Kafka is reached.
    pub kafka: Kafka,
    /// The service, for instance `enrich`.
    pub service: String,
    /// The instance of the service.
    pub instance: String,
}

/// What a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Membership in the service's group.
    Member(usize),
    /// The transactional producer of a worker.
    Producer(usize),
    /// Reads partitions by number, outside the group.
    Reader,
    /// Asks about offsets as a reader of committed records sees them, and about the group.
    Committed,
    /// Asks about offsets with open transactions included.
    Everything,
    /// Writes outside transactions.
    Plain,
    /// Manages topics.
    Admin,
}

impl Connection {
    /// The consumer group.
    #[must_use]
    pub fn group(&self) -> String {
        self.kafka.named(&self.service)
    }

    /// The full name of a topic.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        self.kafka.named(name)
    }

    /// The group instance id of a worker: static membership, without which the broker would take offsets
    /// from a member it does not know.
    #[must_use]
    pub fn group_instance(&self, worker: usize) -> String {
        format!("{}-{worker}", self.instance)
    }

    /// The transactional id of a worker.
    #[must_use]
    pub fn transactional(&self, worker: usize) -> String {
        format!("{}-{}-{worker}", self.group(), self.instance)
    }

    fn client_id(&self, role: Role) -> String {
        let base = format!("{}-{}", self.group(), self.instance);
        match role {
            Role::Member(worker) => format!("{base}-{worker}-member"),
            Role::Producer(worker) => format!("{base}-{worker}-producer"),
            Role::Reader => format!("{base}-reader"),
            Role::Committed | Role::Everything => format!("{base}-lookup"),
            Role::Plain => format!("{base}-plain"),
            Role::Admin => format!("{base}-admin"),
        }
    }
}

/// The settings of one client.
///
/// # Errors
/// [`config::Error`] when a property is not allowed or a secret cannot be read.
pub(crate) fn client_config(connection: &Connection, role: Role) -> Result<ClientConfig, config::Error> {
    let mut settings = ClientConfig::new();
    for (key, value) in connection.kafka.connection()? {
        settings.set(key, value);
    }
    settings.set("client.id", connection.client_id(role));
    match role {
        Role::Member(worker) => member(&mut settings, connection, worker),
        Role::Producer(worker) => {
            producer(&mut settings);
            settings
                // A worker hands over many records at once.
                .set("linger.ms", "1")
                .set("transactional.id", connection.transactional(worker))
                .set("transaction.timeout.ms", millis(TRANSACTION_TIMEOUT))
                .set("message.timeout.ms", millis(TRANSACTION_TIMEOUT))
                .set("socket.timeout.ms", millis(SOCKET_TIMEOUT));
        }
        Role::Plain => {
            producer(&mut settings);
            settings.set("enable.idempotence", "true").set("linger.ms", "20");
        }
        Role::Reader => reader(&mut settings, connection),
        Role::Committed => {
            settings
                .set("group.id", connection.group())
                .set("isolation.level", "read_committed")
                .set("enable.auto.commit", "false");
        }
        Role::Everything => {
            settings.set("isolation.level", "read_uncommitted");
        }
        Role::Admin => {}
    }
    Ok(settings)
}

fn member(settings: &mut ClientConfig, connection: &Connection, worker: usize) {
    settings
        .set("group.id", connection.group())
        .set("group.instance.id", connection.group_instance(worker))
        .set("group.protocol", "classic")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", millis(SESSION_TIMEOUT))
        .set("heartbeat.interval.ms", "3000")
        .set("max.poll.interval.ms", "300000")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error");
    fetching(settings);
    // A few records more in each answer: else every ticket that arrives is a request of every worker.
    settings.set("fetch.min.bytes", "65536").set("fetch.wait.max.ms", "25");
}

fn reader(settings: &mut ClientConfig, connection: &Connection) {
    // Partitions are assigned by number and nothing is committed; the group is named because librdkafka
    // assigns only inside one, and an access list for this group covers it.
    settings
        .set("group.id", connection.group())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error");
    fetching(settings);
}

fn fetching(settings: &mut ClientConfig) {
    settings
        // Also makes the client ask for stable offsets, without which a new owner could read old ones.
        .set("isolation.level", "read_committed")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.message.max.bytes", "1048576")
        .set("fetch.max.bytes", "8388608")
        .set("fetch.wait.max.ms", "100")
        .set("check.crcs", "true");
}

fn producer(settings: &mut ClientConfig) {
    settings
        .set("acks", "all")
        .set("queue.buffering.max.kbytes", "32768")
        .set("queue.buffering.max.messages", "100000")
        .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
        .set("compression.type", "none")
        .set("partitioner", "murmur2_random");
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_carry_namespace_service_instance_and_worker() {
        let kafka = Kafka { namespace: "test.".to_owned(), ..Kafka::default() };
        let connection = Connection { kafka, service: "enrich".to_owned(), instance: "enrich-0".to_owned() };
        assert_eq!(connection.group(), "test.enrich");
        assert_eq!(connection.topic("pos.transactions"), "test.pos.transactions");
        assert_eq!(connection.group_instance(1), "enrich-0-1");
        assert_eq!(connection.transactional(1), "test.enrich-enrich-0-1");
    }

    #[test]
    fn every_role_gives_settings_that_librdkafka_accepts() {
        let connection =
            Connection { kafka: Kafka::default(), service: "s".to_owned(), instance: "i".to_owned() };
        for role in [
            Role::Member(0),
            Role::Producer(0),
            Role::Reader,
            Role::Committed,
            Role::Everything,
            Role::Plain,
            Role::Admin,
        ] {
            let settings = client_config(&connection, role).unwrap();
            settings.create_native_config().unwrap();
        }
    }
}
