//! Reads the table topics whole, once per process, and follows them.
//!
//! Shards decide nothing before every table was read to the end seen at start and the service says that
//! its snapshots are complete.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Batch, Broker, Entry, Reader, View, pause};
use crate::error::Error;
use crate::event::Events;
use crate::stage::{Record, Service};

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// How long one table is waited for before the next is asked.
const POLL_WAIT: Duration = Duration::from_millis(20);
/// How often a mark that is not stable yet is asked for again.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Whether the tables are read; shared with the workers and the readiness probe.
#[derive(Debug, Clone, Default)]
pub(crate) struct TablesReady(Arc<AtomicBool>);

impl TablesReady {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// One table topic.
struct Table {
    topic: &'static str,
    reader: Box<dyn Reader>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A transaction holds back what was its end at start.
    Unstable {
        low: i64,
        mark: i64,
    },
    Reading,
    Read,
}

/// Reads the tables until `stopped`, and says so in `ready`.
///
/// # Errors
/// [`Error`] when a table cannot be read or understood: the process leaves.
pub(crate) fn follow<S: Service>(
    service: &S,
    broker: &dyn Broker,
    events: &Events,
    ready: &TablesReady,
    stopped: &dyn Fn() -> bool,
) -> Result<(), Error> {
    let began = Instant::now();
    let mut tables = Vec::new();
    for topic in service.topics().tables {
        let lookup = broker.lookup();
        let count = lookup.partitions(topic, ANSWER_WAIT)?;
        if count != 1 {
            return Err(Error::stop(format!(
                "{topic}: a table topic has one partition, this one has {count}"
            )));
        }
        let (low, mark) = lookup.watermarks(topic, 0, View::Everything, ANSWER_WAIT)?;
        tables.push(Table { topic, reader: broker.reader(topic)?, state: State::Unstable { low, mark } });
    }
    let mut batch = Batch::new();
    let mut asked: Option<Instant> = None;
    let (mut asks, mut told) = (true, false);
    while !stopped() {
        if asked.is_none_or(|at| at.elapsed() >= ASK_EVERY) {
            asked = Some(Instant::now());
            start_stable(broker, &mut tables)?;
        }
        for table in &mut tables {
            let read = read_some(service, table, &mut batch)?;
            events.table_records(table.topic, read);
            asks |= read > 0;
        }
        if !ready.get() && asks && tables.iter().all(|table| table.state == State::Read) {
            asks = false;
            if service.tables_read()? {
                ready.set();
                events.tables_ready(began.elapsed());
            } else if !told {
                told = true;
                events.tables_incomplete(&service.topics().tables);
            }
        }
        if tables.is_empty() {
            pause(POLL_WAIT);
        }
    }
    Ok(())
}

fn start_stable(broker: &dyn Broker, tables: &mut [Table]) -> Result<(), Error> {
    for table in tables {
        if let State::Unstable { low, mark } = table.state {
            let (_, stable) = broker.lookup().watermarks(table.topic, 0, View::Committed, ANSWER_WAIT)?;
            if stable >= mark {
                table.reader.add(0, low)?;
                table.state = State::Reading;
            }
        }
    }
    Ok(())
}

fn read_some<S: Service>(service: &S, table: &mut Table, batch: &mut Batch) -> Result<u64, Error> {
    batch.clear();
    table.reader.poll(POLL_WAIT, batch)?;
    let mut records = 0;
    for entry in batch.iter() {
        match entry {
            Entry::Record(record) => {
                service.table(&Record { topic: table.topic, ..record })?;
                records += 1;
            }
            Entry::End(_) => {
                if table.state == State::Reading {
                    table.state = State::Read;
                }
            }
        }
    }
    Ok(records)
}
