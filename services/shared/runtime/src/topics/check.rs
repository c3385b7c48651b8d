//! Compares topics with their descriptions.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Sight, Size};
use super::spec::Cleanup;
use super::{Finding, Spec};
use crate::client::Connection;
use crate::error::Error;

/// What one topic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actual {
    pub(super) size: Size,
    pub(super) settings: BTreeMap<String, String>,
}

/// What is held to more than one topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) brokers: usize,
    /// How the brokers are reached, for a command to type.
    pub(super) servers: &'a str,
}

/// Compares the topics of the cluster with their descriptions; an empty answer is a good one.
///
/// # Errors
/// [`Error::Kafka`] when the cluster does not answer.
pub fn check(connection: &Connection, specs: &[Spec]) -> Result<Vec<Finding>, Error> {
    let cluster = Cluster::new(connection)?;
    let seen = seen(&cluster)?;
    let mut findings = Vec::new();
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    for (spec, actual) in specs.iter().zip(&actual(&cluster, &names)?) {
        findings.extend(compare(&cluster.topic(&spec.name), spec, actual, seen));
    }
    Ok(findings)
}

pub(super) fn seen(cluster: &Cluster) -> Result<Seen<'_>, Error> {
    Ok(Seen { brokers: cluster.brokers()?, servers: cluster.servers() })
}

/// What can be seen of each topic.
pub(super) fn actual(cluster: &Cluster, names: &[&str]) -> Result<Vec<Sight<Actual>>, Error> {
    let mut sizes = Vec::new();
    for name in names {
        sizes.push(cluster.size(name)?);
    }
    let there = names.iter().zip(&sizes).filter(|(_, size)| matches!(size, Sight::There(_)));
    let there: Vec<&str> = there.map(|(name, _)| *name).collect();
    let mut settings = if there.is_empty() { Vec::new() } else { cluster.settings(&there)? }.into_iter();
    let with_settings = |size| match size {
        Sight::There(size) => match settings.next() {
            Some(Sight::There(settings)) => Sight::There(Actual { size, settings }),
            Some(Sight::Closed(finding)) => Sight::Closed(finding),
            Some(Sight::Missing) | None => Sight::Missing,
        },
        Sight::Missing => Sight::Missing,
        Sight::Closed(finding) => Sight::Closed(finding),
    };
    Ok(sizes.into_iter().map(with_settings).collect())
}

/// The finding that a topic does not exist.
fn missing(topic: &str) -> Finding {
    Finding {
        topic: topic.to_owned(),
        what: "existence",
        expected: "there".to_owned(),
        actual: "missing".to_owned(),
        remedy: "run `tillstream topics apply`, or correct kafka.namespace".to_owned(),
    }
}

/// Everything about one topic that is not as its description says.
pub(super) fn compare(topic: &str, spec: &Spec, actual: &Sight<Actual>, seen: Seen<'_>) -> Vec<Finding> {
    let finding = |what, expected: String, actual: String, remedy: String| Finding {
        topic: topic.to_owned(),
        what,
        expected,
        actual,
        remedy,
    };
    let actual = match actual {
        Sight::There(actual) => actual,
        Sight::Missing => return vec![missing(topic)],
        Sight::Closed(finding) => return vec![finding.clone()],
    };
    let mut findings = Vec::new();
    if actual.size.partitions != spec.partitions {
        findings.push(finding(
            "partitions",
            spec.partitions.to_string(),
            actual.size.partitions.to_string(),
            "never add partitions to a topic in use, keys would move: drain it, delete it, run `tillstream topics \
             apply` and load it again"
                .to_owned(),
        ));
    }
    for (key, expected) in spec.settings() {
        if key == "retention.ms" && spec.cleanup == Cleanup::Compact {
            // Kafka does not look at it there, and its default is a week.
            continue;
        }
        let found = actual.settings.get(&key).map_or("", String::as_str);
        let Some(expected) = wanted(&key, expected, found, actual.size.replicas, seen.brokers) else {
            continue;
        };
        let remedy = format!(
            "kafka-configs.sh --bootstrap-server {} --alter --topic {topic} --add-config {key}={expected}",
            seen.servers
        );
        findings.push(finding(named(&key), expected, found.to_owned(), remedy));
    }
    findings
}

/// What a setting must be where what it is will not do: limits may be wider than described, policies may
/// not differ.
fn wanted(key: &str, expected: String, found: &str, replicas: usize, brokers: usize) -> Option<String> {
    let numbers = (expected.parse::<i64>().ok(), found.parse::<i64>().ok());
    if let ("min.insync.replicas", (Some(expected), Some(found))) = (key, numbers) {
        // A development cluster of one broker cannot keep more than one replica, and a write that waits for
        // more than there are never ends.
        let (replicas, brokers) = (as_number(replicas), as_number(brokers));
        let least = expected.min(brokers).min(replicas);
        let will_do = found >= least && found <= replicas;
        return (!will_do).then(|| least.to_string());
    }
    let will_do = match (key, numbers) {
        ("retention.ms", (Some(expected), Some(found))) => {
            found == -1 || (expected != -1 && found >= expected)
        }
        ("max.message.bytes", (Some(expected), Some(found))) => found >= expected,
        ("cleanup.policy", _) => found == expected,
        // Anything else tunes; an operator may know better.
        _ => true,
    };
    (!will_do).then_some(expected)
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
        Actual { size: Size { partitions: 12, replicas: 3 }, settings: all }
    }

    fn seen(brokers: usize) -> Seen<'static> {
        Seen { brokers, servers: "broker:9092" }
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
            ("min_insync_replicas = 2", &[("min.insync.replicas", "3")], 3, &[]),
            ("min_insync_replicas = 2", &[("min.insync.replicas", "4")], 5, &["min.insync.replicas"]),
            ("[config]\n'segment.ms' = '5'", &[("segment.ms", "6")], 3, &[]),
        ] {
            let found = compare("t", &spec(more), &Sight::There(actual(settings)), seen(brokers));
            let names: Vec<&str> = found.iter().map(|finding| finding.what).collect();
            assert_eq!(names, expected, "{more} {settings:?}");
        }
    }

    #[test]
    fn a_finding_says_what_to_type() {
        let size = Size { partitions: 6, replicas: 1 };
        let settings = [("cleanup.policy", "compact"), ("min.insync.replicas", "2")];
        let wrong = Actual { size, ..actual(&settings) };
        let found = compare("x.t", &spec("min_insync_replicas = 2"), &Sight::There(wrong), seen(1));
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        let alter = "kafka-configs.sh --bootstrap-server broker:9092 --alter --topic x.t --add-config";
        assert!(text[0].starts_with("x.t: partitions must be 12, is 6: never add partitions"), "{text:?}");
        assert_eq!(
            text[1..],
            [
                format!("x.t: cleanup.policy must be delete, is compact: {alter} cleanup.policy=delete"),
                format!("x.t: min.insync.replicas must be 1, is 2: {alter} min.insync.replicas=1"),
            ]
        );
        // What was made with one replica on a cluster of three is as good as it was asked for.
        let alone =
            Actual { size: Size { partitions: 12, replicas: 1 }, ..actual(&[("min.insync.replicas", "1")]) };
        assert_eq!(compare("t", &spec("min_insync_replicas = 2"), &Sight::There(alone), seen(3)), []);
        let table = Spec { cleanup: Cleanup::Compact, ..spec("retention_ms = -1") };
        let kept = actual(&[("cleanup.policy", "compact"), ("retention.ms", "604800000")]);
        assert_eq!(compare("t", &table, &Sight::There(kept), seen(3)), []);
        let missing = compare("t", &spec(""), &Sight::Missing, seen(3)).remove(0);
        assert_eq!((missing.what, missing.actual.as_str()), ("existence", "missing"));
    }
}
