//! The smallest service that shows everything the runtime promises: it counts records per key.
//!
//! Every record of `tally.in` leaves one record in `tally.out`, saying the how-manieth of its key it is;
//! the counts are the state. Whatever is killed meanwhile, `verify` must find every record exactly once
//! and every count without a gap. `tally.side` is a side topic, `tally.table` a table.
//!
//! ```text
//! tally BOOTSTRAP setup PARTITIONS | load FROM TO KEYS | side FROM TO | serve INSTANCE WORKERS ADMIN | verify
//! ```
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use runtime::client::Connection;
use runtime::config::{Kafka, Process};
use runtime::follow::{Follow, From};
use runtime::overlay::Overlay;
use runtime::process::{self, Settings};
use runtime::producer::Producer;
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Service, Shard, Stop, Topics};
use runtime::topics::{self, Group, Spec};
use runtime::{Error, event};

const LEAD: &str = "tally.in";
const SIDE: &str = "tally.side";
const TABLE: &str = "tally.table";
const OUT: &str = "tally.out";
const CHANGELOG: &str = "tally.changelog";

struct Tally {
    complete: AtomicBool,
    names: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Service for Tally {
    type Shard = Counts;

    fn topics(&self) -> Topics {
        Topics {
            lead: LEAD,
            sides: vec![SIDE],
            tables: vec![TABLE],
            outputs: vec![OUT],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn shard(&self, partition: i32) -> Counts {
        Counts { partition, counts: Overlay::new(), offered: 0 }
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        if record.key == Some(b"complete") {
            self.complete.store(true, Ordering::Release);
        }
        let (Some(key), Ok(mut names)) = (record.key, self.names.lock()) else { return Ok(()) };
        names.insert(key.to_vec(), record.value.unwrap_or_default().to_vec());
        Ok(())
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(self.complete.load(Ordering::Acquire))
    }
}

struct Counts {
    partition: i32,
    counts: Overlay<Vec<u8>, u64>,
    offered: u64,
}

impl Shard for Counts {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Stop> {
        let count = value.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        self.counts.restore(key.to_vec(), count);
        Ok(())
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        self.offered += 1;
        // Now and then a record must wait once, on both kinds of input.
        if self.offered.is_multiple_of(10_007) || (record.topic == SIDE && self.offered.is_multiple_of(3)) {
            return Err(Refusal::Later("for the sake of the example"));
        }
        let key = record.key.unwrap_or_default().to_vec();
        let count = self.counts.get_or_insert_with(&key, || 0);
        *count += 1;
        let text = format!("{} {count}", String::from_utf8_lossy(record.value.unwrap_or_default()));
        out.send(OUT, self.partition, &key, Some(text.as_bytes()));
        Ok(())
    }

    fn turn(&mut self, clock: Option<Clock>, _out: &mut Outputs) -> Result<(), Stop> {
        if let Some(Clock { now, read_through }) = clock {
            let behind = read_through.map(|through| now - through);
            tracing::info!(partition = self.partition, ?behind, keys = self.counts.len(), "tick");
        }
        Ok(())
    }

    fn changes(&mut self, out: &mut Changes) -> Result<(), Stop> {
        for (key, count) in self.counts.changed() {
            let bytes = count.map(|count| count.to_le_bytes());
            out.put(key, bytes.as_ref().map(<[u8; 8]>::as_slice));
        }
        Ok(())
    }

    fn commit(&mut self) {
        self.counts.commit();
    }

    fn abort(&mut self) {
        self.counts.abort();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    process::exit(command(&words));
}

fn command(words: &[&str]) -> Result<(), Error> {
    let Some((bootstrap, rest)) = words.split_first() else { return Err(usage()) };
    let kafka = Kafka { bootstrap_servers: (*bootstrap).to_owned(), ..Kafka::default() };
    let connection =
        Connection { kafka: kafka.clone(), service: "tally".to_owned(), instance: "command".to_owned() };
    match *rest {
        ["setup", partitions] => setup(&connection, number(partitions)?),
        ["load", from, to, keys] => load(&connection, LEAD, number(from)?..number(to)?, number(keys)?),
        ["side", from, to] => load(&connection, SIDE, number(from)?..number(to)?, 7),
        ["serve", instance, workers, admin] => {
            let process = Process {
                instance: instance.to_owned(),
                workers: usize::try_from(number(workers)?).unwrap_or(1),
                admin_address: admin.to_owned(),
                log_filter: "info".to_owned(),
                ..Process::default()
            };
            event::start_logging(&process);
            let tally = Tally { complete: AtomicBool::new(false), names: Mutex::default() };
            process::run("tally", tally, &Settings { kafka, process, topics: specs(1)? })
        }
        ["verify"] => verify(&connection),
        _ => Err(usage()),
    }
}

fn usage() -> Error {
    Stop(
        "setup PARTITIONS | load FROM TO KEYS | side FROM TO | serve INSTANCE WORKERS ADMIN | verify"
            .to_owned(),
    )
    .into()
}

fn number(word: &str) -> Result<u64, Error> {
    word.parse().map_err(|_| Stop(format!("{word} is not a number")).into())
}

/// What the topics must be; once they are there, only their lead says with how many partitions.
fn specs(partitions: u64) -> Result<Vec<Spec>, Error> {
    let mut specs = Vec::new();
    for (name, partitions, cleanup) in [
        (LEAD, partitions, "delete"),
        (SIDE, partitions, "delete"),
        (TABLE, 1, "compact"),
        (OUT, partitions, "delete"),
        (CHANGELOG, partitions, "compact"),
    ] {
        let text = format!("name = '{name}'\npartitions = {partitions}\ncleanup = '{cleanup}'");
        specs.push(Spec::parse(&text, Path::new(name))?);
    }
    Ok(specs)
}

fn setup(connection: &Connection, partitions: u64) -> Result<(), Error> {
    let specs = specs(partitions)?;
    println!("{:?}", topics::apply(connection, &specs, 1)?);
    let group = Group {
        service: "tally".to_owned(),
        inputs: vec![LEAD.to_owned(), SIDE.to_owned()],
        changelog: CHANGELOG.to_owned(),
    };
    println!("{:?}", topics::first_start(connection, &[group])?);
    println!("{:?}", topics::check(connection, &specs)?);
    let mut producer = Producer::new(connection)?;
    producer.send(TABLE, 0, b"complete", Some(b"yes"))?;
    producer.flush()
}

fn load(connection: &Connection, topic: &str, ids: std::ops::Range<u64>, keys: u64) -> Result<(), Error> {
    let partitions = Follow::new(connection, topic, &[], From::End)?.partitions();
    let mut producer = Producer::new(connection)?;
    for id in ids {
        let key = id % keys;
        let partition = i32::try_from(key % u64::try_from(partitions).unwrap_or(1)).unwrap_or(0);
        let value = format!("{topic} {id} {}", "x".repeat(200));
        producer.send(topic, partition, format!("{key}").as_bytes(), Some(value.as_bytes()))?;
    }
    producer.flush()
}

/// Reads inputs and output, committed records only, and compares them.
fn verify(connection: &Connection) -> Result<(), Error> {
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for topic in [LEAD, SIDE] {
        Follow::new(connection, topic, &[], From::Start)?.to_end(|record| {
            *expected.entry(identity(record.value.as_deref())).or_default() += 1;
            Ok::<_, Error>(())
        })?;
    }
    let (mut lost, mut doubled, mut gaps) = (0, 0, 0);
    let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let began = Instant::now();
    Follow::new(connection, OUT, &[], From::Start)?.to_end(|record| {
        *found.entry(identity(record.value.as_deref())).or_default() += 1;
        let text = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
        let count: u64 = text.rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let last = counts.entry(record.key.unwrap_or_default()).or_default();
        gaps += u64::from(count != *last + 1);
        *last = count;
        Ok::<_, Error>(())
    })?;
    for (id, wanted) in &expected {
        let there = found.get(id).copied().unwrap_or(0);
        lost += wanted.saturating_sub(there);
        doubled += there.saturating_sub(*wanted);
    }
    let invented = found.keys().filter(|id| !expected.contains_key(*id)).count();
    let (inputs, outputs) = (expected.values().sum::<u64>(), found.values().sum::<u64>());
    println!(
        "in {inputs} out {outputs} lost {lost} doubled {doubled} invented {invented} gaps {gaps} ({:?})",
        began.elapsed()
    );
    if lost + doubled + gaps > 0 || invented > 0 {
        return Err(Stop("the output is not exact".to_owned()).into());
    }
    Ok(())
}

fn identity(value: Option<&[u8]>) -> String {
    let text = String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
