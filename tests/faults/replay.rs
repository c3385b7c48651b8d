//! Drives fresh shards through what was written, and holds their documents to the ones in Kafka, byte by
//! byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account_map::{AccountMap, Accounts, Node};
use inventory::shard::InventoryShard;
use journal::shard::JournalShard;
use runtime::follow::{Follow, From};
use runtime::stage::{Outputs, Record, Shard};
use testkit::metrics::{counter, gauge};

use crate::world::{PARTITIONS, World};

/// Records as partition, key and value; a topic whose records have no order among each other.
type Written = Vec<(i32, Vec<u8>, Vec<u8>)>;

impl World {
    /// Journals and adjustments do not depend on when, how often and where they were decided; positions
    /// do not in their last word.
    pub(crate) fn replay_gives_the_same_bytes(&self) {
        let accounts = accounts();
        let outputs = ["journal.entries", "tax.summaries", "liability.ledgers"];
        let journal = replay(self, "sales.enriched", &outputs, |partition| {
            let counters = journal::metrics::Counters::with(counter, gauge).unwrap();
            let coders = journal::shard::Coders::open(self.cluster.codecs()).unwrap();
            JournalShard::new(partition, Arc::clone(&accounts), coders, counters)
        });
        for topic in outputs {
            assert!(journal[topic] == self.written(topic), "{topic} replays byte by byte");
        }
        let outputs = ["inventory.positions", "inventory.adjustments"];
        let stock = replay(self, "inventory.deltas", &outputs, |partition| {
            let counters = inventory::metrics::Counters::with(counter, gauge).unwrap();
            let coders = inventory::shard::Coders::open(self.cluster.codecs()).unwrap();
            InventoryShard::new(partition, Arc::clone(&accounts), coders, counters)
        });
        let adjustments = self.written("inventory.adjustments");
        assert!(stock["inventory.adjustments"] == adjustments, "adjustments replay byte by byte");
        let positions = self.written("inventory.positions");
        assert!(
            last_words(&stock["inventory.positions"]) == last_words(&positions),
            "positions replay byte by byte"
        );
    }

    /// What a topic holds, sorted by partition and key, and otherwise as it was written.
    fn written(&self, topic: &str) -> Written {
        let mut written = Written::new();
        let mut follow = Follow::new(self.cluster.connection(), topic, &[], From::Start).unwrap();
        let read = follow.to_end(|record| {
            written.push((record.partition, record.key.unwrap(), record.value.unwrap()));
            Ok::<_, runtime::Error>(())
        });
        read.unwrap();
        in_order(written)
    }
}

/// What fresh shards write when they read a topic from its beginning, in one transaction each.
fn replay<S: Shard>(
    world: &World,
    lead: &'static str,
    outputs: &[&'static str],
    make: impl Fn(i32) -> S,
) -> BTreeMap<&'static str, Written> {
    let mut written: BTreeMap<&str, Written> = outputs.iter().map(|topic| (*topic, Written::new())).collect();
    for partition in 0..PARTITIONS {
        let mut shard = make(partition);
        let mut out = Outputs::new(outputs.iter().map(|topic| (*topic, PARTITIONS)).collect());
        shard.begin();
        let mut follow = Follow::new(world.cluster.connection(), lead, &[partition], From::Start).unwrap();
        let read = follow.to_end(|kept| {
            let record = Record {
                topic: lead,
                partition,
                offset: kept.offset,
                timestamp: kept.timestamp,
                key: kept.key.as_deref(),
                value: kept.value.as_deref(),
            };
            shard.process(&record, &mut out).expect("what was decided once is decided again");
            for (topic, to, key, value) in out.iter() {
                let to_topic = written.get_mut(topic).expect("an output of the service");
                to_topic.push((to, key.to_vec(), value.unwrap().to_vec()));
            }
            out.clear();
            Ok::<_, runtime::Error>(())
        });
        read.unwrap();
        shard.commit();
    }
    written.into_iter().map(|(topic, records)| (topic, in_order(records))).collect()
}

/// Keeps the order within a key, which is all that a topic promises of several writers.
fn in_order(mut records: Written) -> Written {
    records.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    records
}

fn last_words(records: &Written) -> BTreeMap<(i32, &[u8]), &[u8]> {
    records.iter().map(|(partition, key, value)| ((*partition, key.as_slice()), value.as_slice())).collect()
}

/// The account map the services run under.
fn accounts() -> Arc<Accounts> {
    let text = include_str!("../../services/journal/accounts.example.toml");
    let node: Node = toml::from_str(text).unwrap();
    Arc::new(Accounts::new(AccountMap::read(&node).unwrap(), None, None).unwrap())
}
