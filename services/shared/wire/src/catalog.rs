//! What `schemas/` says, embedded: every version of every subject, and every topic with its settings.
//!
//! The build script lists the files, so adding a version or a topic is adding a file. Everything is
//! parsed once per process; a file that does not parse is our own mistake and found by any test.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use apache_avro::Schema;
use serde::Deserialize;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// Everything embedded, parsed.
#[derive(Debug)]
pub struct Catalog {
    topics: Vec<Topic>,
    schemas: Vec<SubjectSchemas>,
}

/// All versions of one subject, oldest first.
#[derive(Debug)]
pub struct SubjectSchemas {
    /// Subject: topic name and `-value`.
    pub subject: String,
    /// Versions, oldest first; never empty.
    pub versions: Vec<SchemaVersion>,
}

/// One version of a subject's schema.
#[derive(Debug)]
pub struct SchemaVersion {
    /// Number of the file, from 1. The registry counts for itself.
    pub number: u32,
    /// The schema as the file has it.
    pub text: &'static str,
    pub(crate) schema: Schema,
}

/// A topic as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Name without namespace.
    pub name: String,
    /// What stands on it.
    pub doc: String,
    /// What the record key is.
    pub key: String,
    /// Number of partitions.
    pub partitions: i32,
    /// What becomes of old records.
    pub cleanup: Cleanup,
    /// How long records are kept, in milliseconds; -1 keeps them for good.
    pub retention_ms: i64,
    /// The largest record batch the broker takes, in bytes.
    pub max_message_bytes: usize,
    /// In-sync replicas a write needs, in production.
    pub min_insync_replicas: i16,
    /// Replicas, in production.
    pub replication_factor: i16,
    /// Subject of its values; absent where values are not Avro.
    #[serde(default)]
    pub subject: Option<String>,
    /// Which versions of the subject must read each other; absent where there is no subject.
    #[serde(default)]
    pub compatibility: Option<Compatibility>,
    /// Whether readers may rely on the schema.
    pub stability: Stability,
    /// Whether it may be read outside the project.
    pub visibility: Visibility,
    /// Who writes it.
    pub producer: String,
    /// Who reads it.
    pub consumers: Vec<String>,
    /// Further settings, by Kafka's own names.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

/// What becomes of old records of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cleanup {
    /// They go when their time is over.
    Delete,
    /// The last record of each key stays.
    Compact,
}

/// Which versions of a subject must read each other's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Compatibility {
    /// Each version reads all others, older and newer.
    FullTransitive,
    /// Each version reads all older ones.
    BackwardTransitive,
}

/// Whether readers may rely on a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// It changes only as its compatibility allows.
    Stable,
    /// It may still change in any way.
    Unstable,
}

/// Who a topic is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anyone may read it.
    Public,
    /// It belongs to one service.
    Private,
}

/// A file of `schemas/` that cannot be used: our own mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A topic file does not read.
    #[error("schemas/topics/{topic}.toml cannot be used: {why}")]
    Topic {
        /// File name without `.toml`.
        topic: String,
        /// What is wrong.
        why: String,
    },
    /// A schema file does not read.
    #[error("schemas/{folder}/v{number}.avsc cannot be used: {why}")]
    Schema {
        /// Folder name.
        folder: String,
        /// Version number.
        number: u32,
        /// What is wrong.
        why: String,
    },
    /// Nobody wrote a schema for the subject.
    #[error("subject {0} has no schema; add schemas/<topic>/v1.avsc")]
    NoSubject(String),
    /// Nobody wrote a topic file for the subject.
    #[error("subject {0} is named by no topic; add schemas/topics/<topic>.toml")]
    NoTopic(String),
}

/// The files of `schemas/topics` as they are, each with its name without `.toml`.
#[must_use]
pub fn topic_files() -> &'static [(&'static str, &'static str)] {
    embedded::TOPICS
}

/// Reads the catalog, once per process.
///
/// # Errors
/// [`Error`] when a file of `schemas/` does not parse: our own mistake.
pub fn catalog() -> Result<&'static Catalog, Error> {
    static CATALOG: OnceLock<Result<Catalog, Error>> = OnceLock::new();
    CATALOG.get_or_init(Catalog::parse).as_ref().map_err(Clone::clone)
}

impl Catalog {
    /// All topics, in alphabetical order.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic of that name without namespace.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }

    /// All subjects, in alphabetical order.
    #[must_use]
    pub fn subjects(&self) -> &[SubjectSchemas] {
        &self.schemas
    }

    /// The schemas of one subject.
    ///
    /// # Errors
    /// [`Error::NoSubject`] when the catalog has none.
    pub fn subject(&self, subject: &str) -> Result<&SubjectSchemas, Error> {
        self.schemas
            .iter()
            .find(|schemas| schemas.subject == subject)
            .ok_or_else(|| Error::NoSubject(subject.to_owned()))
    }

    /// The topic whose values have that subject.
    ///
    /// # Errors
    /// [`Error::NoTopic`] when no topic file names it.
    pub fn topic_of(&self, subject: &str) -> Result<&Topic, Error> {
        self.topics
            .iter()
            .find(|topic| topic.subject.as_deref() == Some(subject))
            .ok_or_else(|| Error::NoTopic(subject.to_owned()))
    }

    fn parse() -> Result<Self, Error> {
        let topics: Result<Vec<_>, Error> =
            embedded::TOPICS.iter().map(|(name, text)| Topic::parse(name, text)).collect();
        let mut schemas: Vec<SubjectSchemas> = Vec::new();
        for (folder, number, text) in embedded::SCHEMAS {
            let schema = Schema::parse_str(text).map_err(|error| Error::Schema {
                folder: (*folder).to_owned(),
                number: *number,
                why: error.to_string(),
            })?;
            let subject = format!("{folder}-value");
            let version = SchemaVersion { number: *number, text, schema };
            match schemas.last_mut().filter(|last| last.subject == subject) {
                Some(last) => last.versions.push(version),
                None => schemas.push(SubjectSchemas { subject, versions: vec![version] }),
            }
        }
        Ok(Self { topics: topics?, schemas })
    }
}

impl SubjectSchemas {
    /// The newest version: the one that is written.
    #[must_use]
    pub fn newest(&self) -> Option<&SchemaVersion> {
        self.versions.last()
    }
}

impl Topic {
    /// The settings by Kafka's own names, as they stand in production.
    #[must_use]
    pub fn kafka_settings(&self) -> BTreeMap<String, String> {
        let mut settings = self.config.clone();
        let cleanup = match self.cleanup {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        };
        settings.insert("cleanup.policy".to_owned(), cleanup.to_owned());
        settings.insert("retention.ms".to_owned(), self.retention_ms.to_string());
        settings.insert("max.message.bytes".to_owned(), self.max_message_bytes.to_string());
        settings.insert("min.insync.replicas".to_owned(), self.min_insync_replicas.to_string());
        settings
    }

    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::Topic { topic: name.to_owned(), why };
        let topic: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if topic.name != name {
            return Err(wrong(format!("it describes {}; name and file name must agree", topic.name)));
        }
        if topic.subject.is_some() != topic.compatibility.is_some() {
            return Err(wrong("subject and compatibility go together".to_owned()));
        }
        Ok(topic)
    }
}

impl Compatibility {
    /// The registry's own word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FullTransitive => "FULL_TRANSITIVE",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
        }
    }
}
