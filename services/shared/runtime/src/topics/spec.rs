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

    /// Reads every `*.toml` of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`config::Error`] when the folder or a file cannot be read, or a file is not a description.
    pub fn load(folder: &Path) -> Result<Vec<Self>, config::Error> {
        let unreadable = |path: &Path, source| config::Error::Unreadable {
            service: "topics".to_owned(),
            path: path.to_owned(),
            source,
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
            let path = entry.map_err(|source| unreadable(folder, source))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        let mut specs = Vec::new();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
            specs.push(Self::parse(&text, &path)?);
        }
        Ok(specs)
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
    fn a_folder_is_read_in_order_and_a_wrong_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("b.toml"), "name = 'b'\npartitions = 1\ncleanup = 'compact'").unwrap();
        std::fs::write(dir.path().join("a.toml"), "name = 'a'\npartitions = 1\ncleanup = 'delete'").unwrap();
        std::fs::write(dir.path().join("README.md"), "not one").unwrap();
        let names: Vec<String> = Spec::load(dir.path()).unwrap().into_iter().map(|spec| spec.name).collect();
        assert_eq!(names, ["a", "b"]);
        std::fs::write(dir.path().join("c.toml"), "name = 'c'\npartition = 1").unwrap();
        let refused = Spec::load(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("c.toml") && refused.contains("partition"), "{refused}");
    }
}
