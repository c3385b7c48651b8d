//! Rules of the topic files among themselves and with the schemas.

use std::collections::BTreeSet;

use wire::Subject;
use wire::catalog::{Catalog, Cleanup, Compatibility, Stability, Topic, Visibility, catalog};
use wire::codec::LARGEST_FIELD;

use crate::records::RECORDS;

const DAY_MS: i64 = 86_400_000;

fn topics() -> &'static [Topic] {
    catalog().unwrap().topics()
}

fn topic(name: &str) -> &'static Topic {
    catalog().unwrap().topic(name).unwrap_or_else(|| panic!("no topic {name}"))
}

#[test]
fn every_subject_has_its_topic_and_every_topic_its_schema() {
    let catalog: &Catalog = catalog().unwrap();
    for subject in catalog.subjects() {
        assert!(catalog.topic_of(&subject.subject).is_ok(), "{} has no topic file", subject.subject);
    }
    for topic in topics() {
        assert_eq!(topic.subject.as_deref(), Some(format!("{}-value", topic.name).as_str()));
        assert!(catalog.subject(topic.subject.as_deref().unwrap()).is_ok(), "{} has no schema", topic.name);
    }
}

#[test]
fn every_subject_has_its_record_and_examples_here() {
    let subjects: BTreeSet<&str> =
        catalog().unwrap().subjects().iter().map(|subject| subject.subject.as_str()).collect();
    let records: BTreeSet<&str> = RECORDS.iter().map(|record| record.subject).collect();
    assert_eq!(records, subjects, "name the record of each subject in records.rs");
}

#[test]
fn versions_are_numbered_without_a_gap() {
    for subject in catalog().unwrap().subjects() {
        for (at, version) in subject.versions.iter().enumerate() {
            assert_eq!(version.number as usize, at + 1, "{}", subject.subject);
        }
    }
}

#[test]
fn public_topics_let_old_and_new_readers_read_old_and_new_records() {
    for topic in topics() {
        let expected = match topic.visibility {
            Visibility::Public => Compatibility::FullTransitive,
            Visibility::Private => Compatibility::BackwardTransitive,
        };
        assert_eq!(topic.compatibility, Some(expected), "{}", topic.name);
    }
}

#[test]
fn every_schema_can_be_relied_on() {
    for topic in topics() {
        assert_eq!(topic.stability, Stability::Stable, "{}", topic.name);
    }
}

#[test]
fn partitions_are_twelve_and_tables_have_one() {
    for topic in topics() {
        let table = topic.name.starts_with("ref.");
        assert_eq!(topic.partitions, if table { 1 } else { 12 }, "{}", topic.name);
        assert!(!table || topic.cleanup == Cleanup::Compact, "{}", topic.name);
    }
}

#[test]
fn a_write_survives_the_loss_of_a_broker() {
    for topic in topics() {
        assert!(topic.min_insync_replicas >= 2, "{}", topic.name);
        assert!(topic.replication_factor > topic.min_insync_replicas, "{}", topic.name);
    }
}

#[test]
fn changelogs_are_compacted_private_and_kept() {
    for topic in topics().iter().filter(|topic| topic.name.ends_with(".changelog")) {
        assert_eq!(topic.cleanup, Cleanup::Compact, "{}", topic.name);
        assert_eq!(topic.visibility, Visibility::Private, "{}", topic.name);
        assert_eq!(topic.retention_ms, -1, "{}", topic.name);
        for key in ["segment.bytes", "segment.ms", "min.cleanable.dirty.ratio", "delete.retention.ms"] {
            assert!(topic.config.contains_key(key), "{}: {key}", topic.name);
        }
    }
}

#[test]
fn what_is_kept_agrees_with_what_is_remembered() {
    // Enrich knows hashes and command ids for 14 days, business dates for 120.
    for (name, days) in [
        ("pos.transactions", 14),
        ("pos.commands", 14),
        ("sales.enriched", 120),
        ("inventory.deltas", 120),
        ("pos.quarantine", 120),
    ] {
        assert_eq!(topic(name).retention_ms, days * DAY_MS, "{name}");
    }
    // An order must not be gone before a lane that stood still has read it: it would refuse to start.
    for documents in ["journal.entries", "inventory.adjustments"] {
        assert!(topic("netsuite.commands").retention_ms >= topic(documents).retention_ms, "{documents}");
    }
}

#[test]
fn what_enrich_writes_of_the_largest_ticket_fits() {
    let ticket = topic("pos.transactions").max_message_bytes;
    assert!(ticket <= LARGEST_FIELD);
    assert!(topic("sales.enriched").max_message_bytes >= 4 * ticket);
    assert!(topic("inventory.deltas").max_message_bytes >= 4 * ticket);
    // The envelope cuts the body at 512 KiB.
    assert!(topic("pos.quarantine").max_message_bytes >= 2 * 512 * 1024);
}

#[test]
fn a_type_knows_its_topic() {
    let topic = catalog().unwrap().topic_of(domain::record::pos::Transaction::SUBJECT).unwrap();
    assert_eq!(topic.name, "pos.transactions");
    assert_eq!(topic.kafka_settings()["cleanup.policy"], "delete");
    assert_eq!(topic.kafka_settings()["retention.ms"], "1209600000");
}

#[test]
fn the_table_of_the_readme_is_that_of_the_files() {
    let readme = std::fs::read_to_string(crate::records::schemas().join("README.md")).unwrap();
    let written: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    let expected: Vec<String> = topics().iter().map(row).collect();
    assert_eq!(written, expected, "the table should be:\n{}\n", expected.join("\n"));
}

fn row(topic: &Topic) -> String {
    let kept = match (topic.cleanup, topic.retention_ms) {
        (Cleanup::Compact, _) => "last of each key".to_owned(),
        (Cleanup::Delete, milliseconds) => format!("{} days", milliseconds / DAY_MS),
    };
    format!(
        "| [`{name}`](topics/{name}.toml) | {} | {} | {kept} | {} MiB | {} | {} |",
        topic.key,
        topic.partitions,
        topic.max_message_bytes / (1024 * 1024),
        topic.producer,
        topic.consumers.join(", "),
        name = topic.name,
    )
}
