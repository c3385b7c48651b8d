//! What a topic must be, read from its file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::config;

/// One topic, as a file in `schemas/topics` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name without namespace.
    pub name: String,
    /// What the record key is.
    #[serde(default)]
    pub key: String,
    /// Number of partitions.
    pub partitions: i32,
    /// What happens to old records.
    pub cleanup: Cleanup,
    /// How long records are kept, in milliseconds; -1 is for ever. Not for compacted topics.
    #[serde(default)]
    pub retention_ms: Option<i64>,
    /// The largest record, in bytes.
    #[serde(default)]
    pub max_message_bytes: Option<u64>,
    /// How many replicas must hold a record before it counts, on a cluster that has that many.
    #[serde(default)]
    pub min_insync_replicas: Option<u32>,
    /// How many replicas there should be, on a cluster that has that many brokers.
    #[serde(default)]
    pub replication_factor: Option<i32>,
    /// Further settings, by Kafka's names.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// What the topic is for.
    #[serde(default)]
    pub doc: String,
    /// Who writes it.
    #[serde(default)]
    pub producer: String,
    /// Who reads it.
    #[serde(default)]
    pub consumers: Vec<String>,
    /// The subject of its schema; empty for a private changelog.
    #[serde(default)]
    pub subject: String,
    /// The compatibility its subject promises.
    #[serde(default)]
    pub compatibility: String,
    /// `stable` or `unstable`.
    #[serde(default)]
    pub stability: String,
    /// `public` or `private`.
    #[serde(default)]
    pub visibility: String,
}

/// What happens to old records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cleanup {
    /// They are deleted after the retention time.
    Delete,
    /// The last record of each key is kept.
    Compact,
}

impl Cleanup {
    /// The value as Kafka spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Compact => "compact",
        }
    }
}

impl Spec {
    /// Reads one description.
    ///
    /// # Errors
    /// [`config::Error::NotToml`] when the text is not one; `path` is for the message.
    pub fn parse(text: &str, path: &Path) -> Result<Self, config::Error> {
        toml::from_str(text).map_err(|error| config::Error::NotToml {
            service: "topics".to_owned(),
            path: path.to_owned(),
            reason: error.to_string().trim_end().to_owned(),
        })
    }

    /// Reads descriptions, each by the name of its file without `.toml`, in their order.
    ///
    /// # Errors
    /// [`config::Error::NotToml`] naming the first that is not one.
    pub fn all(files: &[(&str, &str)]) -> Result<Vec<Self>, config::Error> {
        files.iter().map(|(name, text)| Self::parse(text, Path::new(&format!("{name}.toml")))).collect()
    }

    /// The settings by Kafka's names.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut all = self.config.clone();
        let mut set = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                all.insert(key.to_owned(), value);
            }
        };
        set("cleanup.policy", Some(self.cleanup.as_str().to_owned()));
        set("retention.ms", self.retention_ms.map(|millis| millis.to_string()));
        set("max.message.bytes", self.max_message_bytes.map(|bytes| bytes.to_string()));
        set("min.insync.replicas", self.min_insync_replicas.map(|replicas| replicas.to_string()));
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_description_gives_settings_by_kafkas_names() {
        let text = r#"
            name = "pos.transactions"
            key = "store"
            partitions = 12
            cleanup = "delete"
            retention_ms = 1000
            max_message_bytes = 1048576
            min_insync_replicas = 2
            doc = "x"
            producer = "tills"
            consumers = ["enrich"]
            subject = "pos.transactions-value"
            compatibility = "FULL_TRANSITIVE"
            [config]
            "segment.ms" = "60000"
        "#;
        let spec = Spec::parse(text, Path::new("x.toml")).unwrap();
        let settings: Vec<String> =
            spec.settings().iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            settings,
            [
                "cleanup.policy=delete",
                "max.message.bytes=1048576",
                "min.insync.replicas=2",
                "retention.ms=1000",
                "segment.ms=60000"
            ]
        );
    }

    #[test]
    fn descriptions_keep_their_order_and_a_wrong_one_is_named() {
        let (b, a) = (
            "name = 'b'\npartitions = 1\ncleanup = 'compact'",
            "name = 'a'\npartitions = 1\ncleanup = 'delete'",
        );
        let names: Vec<String> =
            Spec::all(&[("b", b), ("a", a)]).unwrap().into_iter().map(|spec| spec.name).collect();
        assert_eq!(names, ["b", "a"]);
        let refused = Spec::all(&[("b", b), ("c", "name = 'c'\npartition = 1")]).unwrap_err().to_string();
        assert!(refused.contains("c.toml") && refused.contains("partition"), "{refused}");
    }
}
