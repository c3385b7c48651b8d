//! Every example of every topic through every consumer that the topic's description names: the real services,
//! driven as the runtime drives them, and the readers of the command line. No broker, no registry.
//!
//! What becomes of each record is a row of a table (`expected`): a good one is processed, whatever it is, and
//! what it led to is said; one that is none is quarantined, refused or skipped, or stops a service whose input
//! only our own services write. The consumers come from the descriptions, so one that is named there and is not
//! driven here fails.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod command_line;
mod connector;
mod consumer;
mod example;
mod expected;
mod schemas;
mod sequencer;
mod stock_and_books;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use runtime::stage::Topics;
use wire::catalog::{Topic, catalog};

use consumer::{Consumer, consumers};
use example::Example;

fn topics() -> &'static [Topic] {
    catalog().unwrap().topics()
}

#[test]
fn every_good_example_has_its_outcome_in_every_consumer() {
    let mut became = BTreeSet::new();
    for (topic, consumer) in topics().iter().flat_map(named) {
        for example in Example::all(&topic.name, "good") {
            let outcome = consumer.offer(&example, &example.encoded());
            became.insert([topic.name.clone(), example.name, consumer.name.to_owned(), outcome]);
        }
    }
    expected::assert_rows(&became, expected::GOOD);
}

#[test]
fn what_is_no_record_is_refused_by_every_consumer_for_its_reason() {
    let mut became = BTreeSet::new();
    for (topic, consumer) in topics().iter().flat_map(named) {
        for example in Example::all(&topic.name, "bad") {
            for (bytes, error) in example.damaged() {
                let outcome = consumer.offer(&example, &bytes);
                let (what, why) = outcome.split_once(": ").unwrap_or((&outcome, ""));
                // What is skipped is said in a log, if at all: there is nobody else to be told.
                assert!(
                    what == words::NOTHING || words::names(why, &error),
                    "{} {} in {}: {outcome}, and not for {error}",
                    topic.name,
                    example.name,
                    consumer.name
                );
                became.insert([topic.name.clone(), consumer.name.to_owned(), what.to_owned()]);
            }
        }
    }
    expected::assert_rows(&became, expected::BAD);
}

/// The consumers of one topic, each with the topic.
fn named(topic: &Topic) -> Vec<(&Topic, Consumer)> {
    let names = topic.consumers.iter();
    names.flat_map(|name| consumers(name, &topic.name)).map(|consumer| (topic, consumer)).collect()
}

#[test]
fn descriptions_name_whoever_reads_and_whoever_writes() {
    let services: [(&str, Topics); 5] = [
        ("enrich", sequencer::topics()),
        ("inventory", stock_and_books::stock_topics()),
        ("journal", stock_and_books::books_topics()),
        ("netsuite", connector::journal_topics()),
        ("netsuite", connector::adjustment_topics()),
    ];
    let (mut readers, mut writers) = (BTreeMap::new(), BTreeMap::new());
    for (service, topics) in services {
        let lead_and_changelog = [topics.lead, topics.changelog].into_iter();
        for read in lead_and_changelog.chain(topics.sides).chain(topics.tables) {
            readers.entry(read).or_insert_with(BTreeSet::new).insert(service);
        }
        for written in topics.outputs.into_iter().chain([topics.changelog]) {
            writers.entry(written).or_insert_with(BTreeSet::new).insert(service);
        }
    }
    for topic in topics() {
        let ours = |name: &&str| ["enrich", "inventory", "journal", "netsuite"].contains(name);
        let described: BTreeSet<&str> = topic.consumers.iter().map(String::as_str).filter(ours).collect();
        let reads = readers.remove(topic.name.as_str()).unwrap_or_default();
        assert_eq!(reads, described, "consumers in schemas/topics/{}.toml", topic.name);
        let described: BTreeSet<&str> = topic.producer.split(", ").filter(ours).collect();
        let writes = writers.remove(topic.name.as_str()).unwrap_or_default();
        assert_eq!(writes, described, "producer in schemas/topics/{}.toml", topic.name);
    }
    assert!(readers.is_empty() && writers.is_empty(), "topics without description: {readers:?} {writers:?}");
}
