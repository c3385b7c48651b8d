//! What the topics of a service take, as the broker says when the process starts.

use super::Finding;
use super::cluster::Cluster;
use crate::client::Connection;
use crate::error::Error;
use crate::stage::Topics;
use crate::worker::Writable;

/// Reads partition counts and record limits of everything a service writes, and refuses topics that are
/// missing or whose partitions do not fit together.
///
/// # Errors
/// [`Error::Kafka`] when the broker does not answer, [`Error::Topics`] when a topic is not as it must be.
pub(crate) fn writable(connection: &Connection, topics: &Topics) -> Result<Vec<Writable>, Error> {
    let cluster = Cluster::new(connection)?;
    let mut findings = Vec::new();
    let lead = cluster.partitions(topics.lead)?;
    let with_lead = topics.sides.iter().chain(std::iter::once(&topics.changelog));
    for &topic in std::iter::once(&topics.lead).chain(with_lead) {
        findings.extend(fits(
            &cluster,
            topic,
            lead,
            "the shards of a service are the partitions of its lead topic",
        )?);
    }
    for &topic in &topics.tables {
        findings.extend(fits(&cluster, topic, Some(1), "a table is read whole by every process")?);
    }
    let mut written = Vec::new();
    for &topic in topics.outputs.iter().chain(std::iter::once(&topics.changelog)) {
        match cluster.partitions(topic)? {
            Some(partitions) => written.push((topic, partitions)),
            None => findings.push(missing(&cluster, topic)),
        }
    }
    if !findings.is_empty() {
        findings.dedup();
        return Err(Error::Topics(findings));
    }
    let names: Vec<&str> = written.iter().map(|(topic, _)| *topic).collect();
    let settings = cluster.settings(&names)?;
    let limits = written.into_iter().zip(settings).map(|((topic, partitions), settings)| Writable {
        topic,
        partitions,
        bytes_max: settings.get("max.message.bytes").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX),
    });
    Ok(limits.collect())
}

fn fits(cluster: &Cluster, topic: &str, wanted: Option<i32>, why: &str) -> Result<Option<Finding>, Error> {
    let found = cluster.partitions(topic)?;
    Ok(match (found, wanted) {
        (None, _) => Some(missing(cluster, topic)),
        (Some(found), Some(wanted)) if found != wanted => Some(Finding {
            topic: cluster.topic(topic),
            what: "partitions",
            expected: wanted.to_string(),
            actual: found.to_string(),
            remedy: format!("make it anew with that many; {why}"),
        }),
        (Some(_), _) => None,
    })
}

fn missing(cluster: &Cluster, topic: &str) -> Finding {
    Finding {
        topic: cluster.topic(topic),
        what: "existence",
        expected: "there".to_owned(),
        actual: "missing".to_owned(),
        remedy: "run `tillstream topics apply`, or correct kafka.namespace".to_owned(),
    }
}
