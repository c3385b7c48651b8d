//! A whole lane, driven as the runtime drives it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::record::journal::JournalEntry;
use domain::record::posting::{Posting, PostingCommand};
use netsuite::document::Postable;
use netsuite::gate::Gate;
use netsuite::lane::{DuplicateGuard, Limits};
use netsuite::metrics::Counters;
use netsuite::outcome::Patterns;
use netsuite::sender::{self, Rhythm};
use netsuite::service::Connector;
use netsuite::shard::{COMMANDS, LaneShard, POSTINGS};
use netsuite_sim::Simulator;
use prometheus::{IntCounter, IntGauge};
use runtime::stage::{Changes, Clock, Outputs, Record, Service, Shard};
use wire::Subject;
use wire::codec::Codecs;

use crate::support::client;

/// How long anything may take that must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The gauges of a process by name.
pub(crate) type Gauges = BTreeMap<String, IntGauge>;

/// The journal lane of one partition. Nobody has tried what its account does with doubles.
pub(crate) struct Room {
    service: Connector<JournalEntry>,
    shard: LaneShard<JournalEntry>,
    out: Outputs,
    codecs: Codecs,
    offset: i64,
    /// What the shard has committed of its state.
    changelog: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(crate) gauges: Gauges,
}

impl Room {
    pub(crate) fn open(simulator: &Simulator) -> Self {
        Self::sweeping(simulator, Rhythm::default())
    }

    /// A lane whose process sweeps for doubles in this rhythm.
    pub(crate) fn sweeping(simulator: &Simulator, rhythm: Rhythm) -> Self {
        let codecs = Codecs::embedded();
        let (counters, gauges) = counters();
        // One request at a time: whatever was begun first arrives first.
        let gate = Gate::new(1, 0, 1);
        let outbox =
            sender::start(client(simulator), Patterns::default(), gate, rhythm, counters.clone()).unwrap();
        let (guard, limits) = (DuplicateGuard::Unknown, Limits::default());
        let service = Connector::<JournalEntry>::new(guard, limits, outbox, &codecs, counters).unwrap();
        assert_eq!(service.topics().sides, [COMMANDS]);
        let out = Outputs::new(vec![(POSTINGS, 1)]);
        let shard = service.shard(0);
        Self { service, shard, out, codecs, offset: 0, changelog: BTreeMap::new(), gauges }
    }

    pub(crate) fn bytes<T: Subject>(&self, record: &T) -> Vec<u8> {
        self.codecs.encoder::<T>().unwrap().to_vec(record).unwrap()
    }

    /// Hands a record over, which the lane must take.
    pub(crate) fn offer(&mut self, topic: &'static str, value: Option<&[u8]>) {
        let offset = self.offset;
        self.offset += 1;
        let record = Record { topic, partition: 0, offset, timestamp: None, key: None, value };
        self.shard.process(&record, &mut self.out).unwrap();
    }

    pub(crate) fn document(&mut self, document: &JournalEntry) {
        let bytes = self.bytes(document);
        self.offer(JournalEntry::TOPIC, Some(&bytes));
    }

    pub(crate) fn order(&mut self, command: &PostingCommand) {
        let bytes = self.bytes(command);
        self.offer(COMMANDS, Some(&bytes));
    }

    /// Turns and commits until something is said of a document.
    pub(crate) fn next_word(&mut self) -> Posting {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.out.clear();
            self.shard.turn(Some(now()), &mut self.out).unwrap();
            self.commit();
            if let Some((topic, _, _, Some(value))) = self.out.iter().next() {
                assert_eq!(topic, POSTINGS);
                return self.codecs.decoder().unwrap().decode(value).unwrap();
            }
            assert!(Instant::now() < deadline, "no word in time");
            std::thread::yield_now();
        }
    }

    fn commit(&mut self) {
        let mut changes = Changes::default();
        self.shard.changes(&mut changes).unwrap();
        let changes = changes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec)));
        self.changelog.extend(changes);
        self.shard.commit();
    }

    /// Takes the shard away and has another one read what it committed. Says what a gauge shows in between.
    pub(crate) fn restart(&mut self, gauge: &str) -> i64 {
        self.shard = self.service.shard(0);
        let between = self.shows(gauge);
        for (key, value) in &self.changelog {
            self.shard.restore(key, value.as_deref()).unwrap();
        }
        self.shard.restored().unwrap();
        between
    }

    /// What a gauge of the process shows.
    pub(crate) fn shows(&self, gauge: &str) -> i64 {
        self.gauges[gauge].get()
    }
}

/// Counters of no process, and the gauges among them.
fn counters() -> (Counters, Gauges) {
    let mut gauges = Gauges::new();
    let gauge = |name: &str, help: &str| {
        let made = IntGauge::new(name, help)?;
        gauges.insert(name.to_owned(), made.clone());
        Ok(made)
    };
    let counters = Counters::with(|name: &str, help: &str| IntCounter::new(name, help), gauge).unwrap();
    (counters, gauges)
}

/// Looks until it is so, which must come.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

#[expect(clippy::disallowed_methods, reason = "the sender compares deadlines with the clock of the machine")]
fn now() -> Clock {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Clock { now: i64::try_from(since.as_millis()).unwrap(), read_through: None }
}
