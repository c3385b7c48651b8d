//! What a deployment consists of on the side of Kafka and the registry: topics, schemas, consumer groups.
//!
//! Topics and schemas are those of `schemas/`, embedded. The groups stand here, since nobody else knows them
//! all; a test holds them to the changelogs that `schemas/` describes.

use runtime::topics::{self, Group, Spec};
use wire::catalog::{catalog, topic_files};
use wire::registry::{self, Registry, Source};

use crate::cluster::Cluster;

/// Each service's consumer group: its lead topic first, then its side topics.
const GROUPS: [(&str, &[&str]); 5] = [
    ("enrich", &["pos.transactions", "pos.commands"]),
    ("inventory", &["inventory.deltas"]),
    ("journal", &["sales.enriched"]),
    ("netsuite-journals", &["journal.entries", "netsuite.commands"]),
    ("netsuite-adjustments", &["inventory.adjustments", "netsuite.commands"]),
];

/// Every topic of a deployment.
///
/// # Errors
/// [`runtime::Error::Config`] when a file of `schemas/` does not parse: our own mistake.
pub fn topics() -> Result<Vec<Spec>, runtime::Error> {
    Ok(Spec::all(topic_files())?)
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

/// What [`make`] made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Schemas that are registered.
    pub schemas: usize,
    /// Topics that were missing.
    pub topics: usize,
}

/// A deployment cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry refused a schema, or did not answer.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// Kafka refused something, or did not answer.
    #[error(transparent)]
    Kafka(#[from] runtime::Error),
}

/// Makes a whole deployment on a development broker: schemas, topics with one replica, first offsets. What
/// is there already is left as it is.
///
/// # Errors
/// [`Error`] when one of them cannot be made, or is there and not as it must be.
pub fn make(cluster: &Cluster) -> Result<Made, Error> {
    let schemas = cluster.registry().register_all()?.len();
    let applied = topics::apply(cluster.connection(), &self::topics()?, 1)?;
    if !applied.findings.is_empty() {
        return Err(runtime::Error::Topics(applied.findings).into());
    }
    topics::first_start(cluster.connection(), &groups())?;
    Ok(Made { schemas, topics: applied.created.len() })
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
