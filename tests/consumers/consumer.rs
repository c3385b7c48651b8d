//! Who reads which topic, and how a service is handed a record: through the doors the runtime uses.

use runtime::stage::{Changes, EpochMillis, Outputs, Record, Refusal, Service, Shard};

use crate::example::Example;
use crate::{command_line, connector, sequencer, stock_and_books, words};

/// Partitions of a topic that is no table.
pub(crate) const PARTITIONS: i32 = 12;

/// Where the record that a consumer is offered stands.
pub(crate) const OFFSET: i64 = 100_000;

/// A consumer of one topic. It is made anew for each record, so no row depends on another.
pub(crate) struct Consumer {
    /// As in the tables of outcomes.
    pub(crate) name: &'static str,
    /// Makes the consumer and offers it one record; says what became of it.
    take: fn(&Record<'_>) -> String,
}

impl Consumer {
    pub(crate) fn offer(&self, example: &Example, value: &[u8]) -> String {
        let key = example.key();
        let (topic, partition) = (example.topic.as_str(), partition(&example.topic, &key));
        let offset = OFFSET;
        let (key, value) = (Some(key.as_bytes()), Some(value));
        (self.take)(&Record { topic, partition, offset, timestamp: None, key, value })
    }
}

/// Those whom a description means by a name: more than one where a service has several lanes, none where the
/// reader stands outside of this project.
pub(crate) fn consumers(name: &str, topic: &str) -> Vec<Consumer> {
    let one = |name, take| vec![Consumer { name, take }];
    match (name, topic) {
        ("enrich", "pos.transactions") => one("enrich", sequencer::ticket),
        ("enrich", "pos.commands") => one("enrich", sequencer::command),
        ("enrich", "ref.items" | "ref.stores") => one("enrich", sequencer::master),
        ("enrich", "enrich.changelog") => one("enrich", sequencer::state),
        ("inventory", "inventory.deltas") => one("inventory", stock_and_books::movement),
        ("inventory", "inventory.changelog") => one("inventory", stock_and_books::stock_state),
        ("journal", "sales.enriched") => one("journal", stock_and_books::event),
        ("journal", "journal.changelog") => one("journal", stock_and_books::books_state),
        ("netsuite", "journal.entries") => one("netsuite", connector::journal),
        ("netsuite", "inventory.adjustments") => one("netsuite", connector::adjustment),
        ("netsuite", "netsuite-journals.changelog") => one("netsuite", connector::journal_state),
        ("netsuite", "netsuite-adjustments.changelog") => one("netsuite", connector::adjustment_state),
        ("netsuite", "netsuite.commands") => vec![
            Consumer { name: "netsuite, journals", take: connector::order_to_journals },
            Consumer { name: "netsuite, adjustments", take: connector::order_to_adjustments },
        ],
        ("tillstream command line", "journal.entries") => one("tillstream", command_line::journal),
        ("tillstream command line", "inventory.adjustments") => one("tillstream", command_line::adjustment),
        ("tillstream command line", "netsuite.postings") => one("tillstream", command_line::posting),
        ("tillstream command line", "pos.quarantine") => one("tillstream", command_line::quarantined),
        ("tillstream command line", "pos.commands") => one("tillstream", command_line::command),
        ("tillstream command line", "sales.enriched") => one("tillstream", command_line::event),
        ("tillstream command line", "ref.items") => one("tillstream", command_line::item),
        ("tillstream command line", "ref.stores") => one("tillstream", command_line::store),
        // Whatever the retailer analyses its business with: public topics only, and not ours to drive.
        ("business intelligence", "inventory.adjustments" | "inventory.deltas" | "inventory.positions")
        | (
            "business intelligence",
            "journal.entries" | "liability.ledgers" | "netsuite.postings" | "sales.enriched"
            | "tax.summaries",
        ) => Vec::new(),
        (name, topic) => {
            panic!("schemas/topics/{topic}.toml names `{name}` as a consumer; say here how it is driven")
        }
    }
}

/// The partition of a key; a record that concerns every store, or none, is offered to that of store 367.
pub(crate) fn partition(topic: &str, key: &str) -> i32 {
    let key = if ["*", "?"].contains(&key) { "367" } else { key };
    if topic.starts_with("ref.") { 0 } else { domain::partition::of(key.as_bytes(), PARTITIONS) }
}

/// A service with one shard, ready for its first record.
pub(crate) struct Driven<S: Service> {
    pub(crate) service: S,
    pub(crate) shard: S::Shard,
    pub(crate) out: Outputs,
}

/// What a shard is before its first record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has never seen a record.
    Empty,
    /// It was restored from every good example of its changelog.
    Restored,
}

impl<S: Service> Driven<S> {
    pub(crate) fn new(service: S, partition: i32, state: State) -> Self {
        let topics = service.topics();
        let mut shard = service.shard(partition);
        if state == State::Restored {
            for example in Example::all(topics.changelog, "good") {
                shard.restore(example.key().as_bytes(), Some(&example.encoded())).unwrap();
            }
        }
        shard.restored().unwrap();
        shard.starts_at(OFFSET);
        // The first transaction keeps the account map; what the record leads to is in the second.
        shard.begin();
        shard.commit();
        shard.begin();
        let out = Outputs::new(topics.outputs.into_iter().map(|topic| (topic, PARTITIONS)).collect());
        Self { service, shard, out }
    }

    /// Offers a record of the lead topic or of a side topic; says what it led to: records for others, or else
    /// what the shard keeps of it.
    pub(crate) fn process(&mut self, record: &Record<'_>) -> String {
        match self.shard.process(record, &mut self.out) {
            Ok(()) if self.out.is_empty() => self.kept(),
            Ok(()) => words::said(&self.out),
            Err(Refusal::Later(why)) => format!("waits: {why}"),
            Err(Refusal::Stop(stop)) => format!("stops: {stop}"),
        }
    }

    fn kept(&mut self) -> String {
        let mut changes = Changes::default();
        self.shard.changes(&mut changes).unwrap();
        let keys = changes.iter().map(|(key, _)| format!("keeps {}", String::from_utf8_lossy(key)));
        let keys: Vec<String> = keys.collect();
        if keys.is_empty() { words::NOTHING.to_owned() } else { keys.join(", ") }
    }
}

/// Restores an empty shard from one record; says whether it can go on from there.
pub(crate) fn restore<S: Service>(service: S, record: &Record<'_>) -> Result<Driven<S>, String> {
    let mut driven = Driven::new(service, record.partition, State::Empty);
    let mut shard = driven.service.shard(record.partition);
    let restored = shard.restore(record.key.unwrap(), record.value).and_then(|()| shard.restored());
    restored.map_err(|stop| format!("stops: {stop}"))?;
    shard.starts_at(OFFSET);
    shard.begin();
    driven.shard = shard;
    Ok(driven)
}

#[test]
#[should_panic(expected = "names `audit` as a consumer; say here how it is driven")]
fn a_consumer_that_nobody_drives_is_found() {
    consumers("audit", "sales.enriched");
}

/// An instant of the business date of the examples: 2026-03-14, noon in New York.
pub(crate) const NOON: EpochMillis = 1_773_504_010_000;
