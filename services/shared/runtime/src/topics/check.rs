//! Compares topics with their descriptions.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::{Finding, Spec};
use crate::client::Connection;
use crate::error::Error;

/// What one topic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actual {
    pub(super) partitions: i32,
    pub(super) settings: BTreeMap<String, String>,
}

/// Compares the topics of the cluster with their descriptions; an empty answer is a good one.
///
/// # Errors
/// [`Error::Kafka`] when the cluster does not answer.
pub fn check(connection: &Connection, specs: &[Spec]) -> Result<Vec<Finding>, Error> {
    let cluster = Cluster::new(connection)?;
    let brokers = cluster.brokers()?;
    let mut findings = Vec::new();
    let actual = actual(&cluster, specs)?;
    for (spec, actual) in specs.iter().zip(&actual) {
        findings.extend(compare(&cluster.topic(&spec.name), spec, actual.as_ref(), brokers));
    }
    Ok(findings)
}

/// What each topic is, `None` where it does not exist.
pub(super) fn actual(cluster: &Cluster, specs: &[Spec]) -> Result<Vec<Option<Actual>>, Error> {
    let mut found = Vec::new();
    for spec in specs {
        found.push(cluster.partitions(&spec.name)?);
    }
    let there: Vec<&str> = specs
        .iter()
        .zip(&found)
        .filter(|(_, count)| count.is_some())
        .map(|(spec, _)| spec.name.as_str())
        .collect();
    let mut settings = if there.is_empty() { Vec::new() } else { cluster.settings(&there)? }.into_iter();
    let with_settings = |count: Option<i32>| {
        let partitions = count?;
        Some(Actual { partitions, settings: settings.next()? })
    };
    Ok(found.into_iter().map(with_settings).collect())
}

/// Everything about one topic that is not as its description says.
pub(super) fn compare(topic: &str, spec: &Spec, actual: Option<&Actual>, brokers: usize) -> Vec<Finding> {
    let finding = |what, expected: String, actual: String, remedy: String| Finding {
        topic: topic.to_owned(),
        what,
        expected,
        actual,
        remedy,
    };
    let Some(actual) = actual else {
        let remedy = "run `tillstream topics apply`, or correct kafka.namespace".to_owned();
        return vec![finding("existence", "there".to_owned(), "missing".to_owned(), remedy)];
    };
    let mut findings = Vec::new();
    if actual.partitions != spec.partitions {
        findings.push(finding(
            "partitions",
            spec.partitions.to_string(),
            actual.partitions.to_string(),
            "never add partitions to a topic in use, keys would move; drain, make it anew and load it again"
                .to_owned(),
        ));
    }
    for (key, expected) in spec.settings() {
        let found = actual.settings.get(&key).map_or("", String::as_str);
        if satisfied(&key, &expected, found, brokers) {
            continue;
        }
        let remedy = format!("kafka-configs.sh --alter --topic {topic} --add-config {key}={expected}");
        findings.push(finding(named(&key), expected, found.to_owned(), remedy));
    }
    findings
}

/// Whether a setting is good enough: limits may be wider than described, policies may not differ.
fn satisfied(key: &str, expected: &str, found: &str, brokers: usize) -> bool {
    let numbers = (expected.parse::<i64>().ok(), found.parse::<i64>().ok());
    match (key, numbers) {
        ("retention.ms", (Some(expected), Some(found))) => {
            found == -1 || (expected != -1 && found >= expected)
        }
        ("max.message.bytes", (Some(expected), Some(found))) => found >= expected,
        // A development cluster of one broker cannot keep more than one replica.
        ("min.insync.replicas", (Some(expected), Some(found))) => {
            found >= expected.min(i64::try_from(brokers).unwrap_or(i64::MAX))
        }
        ("cleanup.policy", _) => found == expected,
        // Anything else tunes; an operator may know better.
        _ => true,
    }
}

/// Findings name settings by constants, so that a reader can match on them.
fn named(key: &str) -> &'static str {
    match key {
        "cleanup.policy" => "cleanup.policy",
        "retention.ms" => "retention.ms",
        "max.message.bytes" => "max.message.bytes",
        "min.insync.replicas" => "min.insync.replicas",
        _ => "setting",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn spec(more: &str) -> Spec {
        let text = format!("name = 't'\npartitions = 12\ncleanup = 'delete'\n{more}");
        Spec::parse(&text, Path::new("t.toml")).unwrap()
    }

    fn actual(settings: &[(&str, &str)]) -> Actual {
        let mut all = BTreeMap::from([("cleanup.policy".to_owned(), "delete".to_owned())]);
        all.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Actual { partitions: 12, settings: all }
    }

    #[test]
    fn each_difference_is_found_and_wider_limits_are_not_differences() {
        for (more, settings, brokers, expected) in [
            ("", &[][..], 3, &[][..]),
            ("", &[("cleanup.policy", "compact")], 3, &["cleanup.policy"]),
            ("", &[("cleanup.policy", "compact,delete")], 3, &["cleanup.policy"]),
            ("retention_ms = 1000", &[("retention.ms", "1000")], 3, &[]),
            ("retention_ms = 1000", &[("retention.ms", "999")], 3, &["retention.ms"]),
            ("retention_ms = 1000", &[("retention.ms", "-1")], 3, &[]),
            ("retention_ms = -1", &[("retention.ms", "1000")], 3, &["retention.ms"]),
            ("max_message_bytes = 10", &[("max.message.bytes", "11")], 3, &[]),
            ("max_message_bytes = 10", &[("max.message.bytes", "9")], 3, &["max.message.bytes"]),
            ("min_insync_replicas = 2", &[("min.insync.replicas", "1")], 3, &["min.insync.replicas"]),
            ("min_insync_replicas = 2", &[("min.insync.replicas", "1")], 1, &[]),
            ("[config]\n'segment.ms' = '5'", &[("segment.ms", "6")], 3, &[]),
        ] {
            let found = compare("t", &spec(more), Some(&actual(settings)), brokers);
            let names: Vec<&str> = found.iter().map(|finding| finding.what).collect();
            assert_eq!(names, expected, "{more} {settings:?}");
        }
        let partitions = Actual { partitions: 6, ..actual(&[]) };
        let found = compare("t", &spec(""), Some(&partitions), 3);
        assert_eq!(found.len(), 1);
        let text = found.first().unwrap().to_string();
        assert!(text.starts_with("t: partitions must be 12, is 6: "), "{text}");
        assert_eq!(compare("t", &spec(""), None, 3).first().unwrap().what, "existence");
    }
}
