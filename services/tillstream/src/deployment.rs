//! What a deployment consists of on the side of Kafka and the registry: topics, schemas, consumer groups.
//!
//! Topics and schemas are those of `schemas/`, embedded. The groups stand here, since nobody else knows them
//! all; a test holds them to the changelogs that `schemas/` describes.

use std::time::{Duration, Instant};

use runtime::topics::{Cleanup, Group, Spec};
use wire::catalog::{self, Topic, catalog};
use wire::registry::{self, Registry, Source};

use crate::cluster::{self, Cluster};

/// Each service's consumer group: its lead topic first, then its side topics.
const GROUPS: [(&str, &[&str]); 5] = [
    ("enrich", &["pos.transactions", "pos.commands"]),
    ("inventory", &["inventory.deltas"]),
    ("journal", &["sales.enriched"]),
    ("netsuite-journals", &["journal.entries"]),
    ("netsuite-adjustments", &["inventory.adjustments"]),
];

/// How often brokers are asked for a topic that was just made.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Every topic of a deployment.
///
/// # Errors
/// [`catalog::Error`] when a file of `schemas/` does not parse: our own mistake.
pub fn topics() -> Result<Vec<Spec>, catalog::Error> {
    Ok(catalog()?.topics().iter().map(spec).collect())
}

/// Every consumer group of a deployment.
#[must_use]
pub fn groups() -> Vec<Group> {
    let group = |(service, inputs): (&str, &[&str])| Group {
        service: service.to_owned(),
        inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
        changelog: format!("{service}.changelog"),
    };
    GROUPS.into_iter().map(group).collect()
}

/// Waits until the brokers tell of every topic: one that was made a moment ago is not known to all of them.
///
/// # Errors
/// [`cluster::Error::Missing`] for the first that nobody tells of in time.
pub fn await_topics(cluster: &Cluster, specs: &[Spec], patience: Duration) -> Result<(), cluster::Error> {
    let deadline = Instant::now() + patience;
    for spec in specs {
        loop {
            match cluster.partitions(&spec.name) {
                Err(cluster::Error::Missing(_)) if Instant::now() < deadline => {}
                answer => break answer.map(drop)?,
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "the brokers can only be asked again, until a deadline"
            )]
            std::thread::sleep(ASK_EVERY);
        }
    }
    Ok(())
}

/// Asks the registry for the newest schema of every subject; says how many there are.
///
/// # Errors
/// [`registry::Error::NotRegistered`] naming the first that it does not hold.
pub fn check_schemas(registry: &Registry) -> Result<usize, registry::Error> {
    let catalog = catalog().map_err(|error| registry::Error::Settings(error.to_string()))?;
    for subject in catalog.subjects() {
        if let Some(newest) = subject.newest() {
            registry.id_of(&subject.subject, newest.text)?;
        }
    }
    Ok(catalog.subjects().len())
}

fn spec(topic: &Topic) -> Spec {
    let cleanup = match topic.cleanup {
        catalog::Cleanup::Delete => Cleanup::Delete,
        catalog::Cleanup::Compact => Cleanup::Compact,
    };
    let stability = match topic.stability {
        catalog::Stability::Stable => "stable",
        catalog::Stability::Unstable => "unstable",
    };
    let visibility = match topic.visibility {
        catalog::Visibility::Public => "public",
        catalog::Visibility::Private => "private",
    };
    Spec {
        stability: stability.to_owned(),
        visibility: visibility.to_owned(),
        name: topic.name.clone(),
        key: topic.key.clone(),
        partitions: topic.partitions,
        cleanup,
        retention_ms: Some(topic.retention_ms),
        max_message_bytes: u64::try_from(topic.max_message_bytes).ok(),
        min_insync_replicas: u32::try_from(topic.min_insync_replicas).ok(),
        replication_factor: Some(i32::from(topic.replication_factor)),
        config: topic.config.clone(),
        doc: topic.doc.clone(),
        producer: topic.producer.clone(),
        consumers: topic.consumers.clone(),
        subject: topic.subject.clone().unwrap_or_default(),
        compatibility: topic.compatibility.map(|word| word.word().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_changelog_has_its_group_and_every_input_as_many_partitions() {
        let catalog = catalog().unwrap();
        let described: BTreeSet<&str> = catalog.topics().iter().map(|topic| topic.name.as_str()).collect();
        let changelogs: BTreeSet<&str> =
            described.iter().filter(|name| name.ends_with(".changelog")).copied().collect();
        let groups = groups();
        assert_eq!(changelogs, groups.iter().map(|group| group.changelog.as_str()).collect());
        for group in &groups {
            let partitions = catalog.topic(&group.changelog).unwrap().partitions;
            for input in &group.inputs {
                assert_eq!(catalog.topic(input).unwrap().partitions, partitions, "{input}");
            }
        }
    }

    #[test]
    fn a_topic_is_made_with_the_settings_of_its_file() {
        for (spec, topic) in topics().unwrap().iter().zip(catalog().unwrap().topics()) {
            assert_eq!(spec.settings(), topic.kafka_settings(), "{}", spec.name);
        }
    }
}
