//! The floor: records copied byte by byte, without transactions and without a look inside, and records
//! only read. Both run as processes of their own and print one line of figures.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::client::{Batch, Broker, Connection, Entry, KafkaBroker, Lookup, Reader, View};
use runtime::config::Kafka;
use runtime::producer::Producer;
use serde::{Deserialize, Serialize};

use crate::usage::Usage;

/// Where copies go.
pub(crate) const COPY: &str = "bench.copy";

/// How long the broker may take over one answer, and how long nothing may arrive.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// What a process of this kind says at its end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
}

/// Copies a topic, partition by partition, to [`COPY`].
///
/// # Errors
/// When Kafka fails.
pub(crate) fn copy(bootstrap: &str, topic: &str) -> anyhow::Result<()> {
    let connection = connection(bootstrap);
    let mut producer = Producer::new(&connection)?;
    let mut clock = Clock::start()?;
    read_to_end(&connection, topic, &mut |partition, key, value| {
        clock.count(key, value);
        Ok(producer.send(COPY, partition, key.unwrap_or_default(), value)?)
    })?;
    producer.flush()?;
    clock.tell()
}

/// Reads a topic, committed records only.
///
/// # Errors
/// When Kafka fails.
pub(crate) fn consume(bootstrap: &str, topic: &str) -> anyhow::Result<()> {
    let mut clock = Clock::start()?;
    read_to_end(&connection(bootstrap), topic, &mut |_, key, value| {
        clock.count(key, value);
        Ok(())
    })?;
    clock.tell()
}

fn connection(bootstrap: &str) -> Connection {
    let kafka = Kafka { bootstrap_servers: bootstrap.to_owned(), ..Kafka::default() };
    Connection { kafka, service: "bench-raw".to_owned(), instance: "bench-raw".to_owned() }
}

/// Hands over partition, key and value of every record up to the ends.
fn read_to_end(
    connection: &Connection,
    topic: &str,
    each: &mut dyn FnMut(i32, Option<&[u8]>, Option<&[u8]>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let broker = KafkaBroker::new(connection)?;
    let lookup: Arc<dyn Lookup> = broker.lookup();
    let mut reader: Box<dyn Reader> = broker.reader(topic)?;
    let mut open = BTreeSet::new();
    for partition in 0..lookup.partitions(topic, ANSWER_WAIT)? {
        let (low, _) = lookup.watermarks(topic, partition, View::Committed, ANSWER_WAIT)?;
        reader.add(partition, low)?;
        open.insert(partition);
    }
    let mut batch = Batch::new();
    let mut last = Instant::now();
    while !open.is_empty() {
        batch.clear();
        reader.poll(Duration::from_millis(50), &mut batch)?;
        if !batch.is_empty() {
            last = Instant::now();
        }
        anyhow::ensure!(last.elapsed() < ANSWER_WAIT, "nothing more of {topic} arrives");
        for entry in batch.iter() {
            match entry {
                Entry::Record(record) => each(record.partition, record.key, record.value)?,
                Entry::End(partition) => drop(open.remove(&partition)),
            }
        }
    }
    Ok(())
}

/// Counts records and what they took.
struct Clock {
    began: Instant,
    usage: Usage,
    records: u64,
    bytes: u64,
}

impl Clock {
    fn start() -> anyhow::Result<Self> {
        Ok(Self { began: Instant::now(), usage: Usage::of("self")?, records: 0, bytes: 0 })
    }

    fn count(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        self.records += 1;
        self.bytes += (key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len)) as u64;
    }

    fn tell(self) -> anyhow::Result<()> {
        let figures = Figures {
            records: self.records,
            bytes: self.bytes,
            seconds: self.began.elapsed().as_secs_f64(),
            cpu_seconds: Usage::of("self")?.cpu_seconds - self.usage.cpu_seconds,
        };
        println!("{}", serde_json::to_string(&figures)?);
        Ok(())
    }
}
