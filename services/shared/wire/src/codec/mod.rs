//! Records to framed bytes and back: a zero byte, the schema id in four bytes, the Avro datum.
//!
//! Both ways go straight between bytes and serde, along a plan compiled from the schema, without a tree
//! of values. A record is read by the schema it was written with, fetched once per id and compared with
//! ours on first sight; fields it lacks take their serde defaults, fields we do not know are skipped.
//!
//! Bounds: a record is at most its topic's `max_message_bytes`, a text or byte field
//! [`LARGEST_FIELD`], all lists of a record together [`MOST_ITEMS`]; a process remembers at most
//! [`MOST_WRITER_SCHEMAS`] schemas of others per subject, and as many that it refused.

mod decode;
mod encode;
mod fit;
mod input;
mod plan;
mod read;
mod skip;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use decode::Readers;
pub use decode::{Decoder, schema_id};
pub use encode::{EncodeError, Encoder};

use crate::registry::Source;
use crate::{Subject, catalog, registry};

/// Bytes of a single text or byte field.
pub const LARGEST_FIELD: usize = 1024 * 1024;

/// Items of all lists of one record together.
pub const MOST_ITEMS: usize = 65_536;

/// Schemas of other writers that a process remembers, per subject.
pub const MOST_WRITER_SCHEMAS: usize = 256;

/// Bytes of a Kafka batch that are not the value: header, key, framing.
const BATCH_OVERHEAD: usize = 1024;

/// Length of the framing: the zero byte and the schema id.
const HEADER: usize = 5;

/// Why bytes were not read as a record.
///
/// All but [`Error::RegistryUnavailable`] are the record's own fault and stay so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes do not begin with a zero byte and a schema id.
    #[error("not in the Confluent wire format: it must begin with a zero byte and a schema id of four bytes")]
    NotFramed,
    /// The registry has no schema of that id.
    #[error("the registry has no schema with id {0}; register the schema before sending")]
    UnknownSchemaId(u32),
    /// The registry did not answer; the same bytes may be read later.
    #[error("the schema of id {id} cannot be fetched: {why}")]
    RegistryUnavailable {
        /// Schema id of the record.
        id: u32,
        /// What the registry client says, and what to do.
        why: String,
    },
    /// The writer's schema is not one of this subject.
    #[error("the writer's schema does not fit: {0}")]
    WrongSchema(String),
    /// A number means something else in the writer's schema.
    #[error("the writer's schema has {found} at {path}, and must have {expected}")]
    DecimalMismatch {
        /// Path of the field, such as `lines[].amount`.
        path: String,
        /// What our schema has.
        expected: String,
        /// What the writer's schema has.
        found: String,
    },
    /// The bytes are not a record of the writer's schema.
    #[error("the bytes are not a record of their schema: {0}")]
    Malformed(String),
    /// The record, one of its fields or its lists together are larger than allowed.
    #[error("{bytes} bytes or items are more than the {limit} allowed")]
    TooLarge {
        /// Bytes or items found or announced.
        bytes: usize,
        /// Bytes or items allowed.
        limit: usize,
    },
}

impl Error {
    /// The reason as a machine-readable word, for quarantine and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFramed => "not_framed",
            Self::UnknownSchemaId(_) => "unknown_schema_id",
            Self::RegistryUnavailable { .. } => "registry_unavailable",
            Self::WrongSchema(_) => "wrong_schema",
            Self::DecimalMismatch { .. } => "decimal_mismatch",
            Self::Malformed(_) => "malformed",
            Self::TooLarge { .. } => "too_large",
        }
    }

    /// True when the same bytes may be read later, false when the record is bad for good.
    #[must_use]
    pub const fn is_later(&self) -> bool {
        matches!(self, Self::RegistryUnavailable { .. })
    }
}

/// Why an encoder or decoder could not be made: a reason not to start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The catalog does not have the subject.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The registry cannot say the id to write with.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// Our own schema cannot be used.
    #[error("the schema of {subject} cannot be used: {why}")]
    Schema {
        /// The subject.
        subject: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Makes encoders and decoders over one source of schemas. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Codecs {
    source: Arc<dyn Source>,
    readers: Arc<Mutex<HashMap<&'static str, Arc<Readers>>>>,
}

impl std::fmt::Debug for Codecs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Codecs")
    }
}

impl Codecs {
    /// Makes codecs that ask the given source.
    #[must_use]
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source, readers: Arc::default() }
    }

    /// Makes codecs that know the embedded schemas only, under ids of their own: for tests and benches.
    #[must_use]
    pub fn embedded() -> Self {
        Self::new(Arc::new(registry::Embedded))
    }

    /// Makes an encoder; asks the source for the id to write with.
    ///
    /// # Errors
    /// [`OpenError`] when the subject is not in the catalog or not registered.
    pub fn encoder<T: Subject>(&self) -> Result<Encoder<T>, OpenError> {
        Encoder::open(self.source.as_ref())
    }

    /// Makes a decoder. All decoders of one subject share what was fetched.
    ///
    /// # Errors
    /// [`OpenError`] when the subject is not in the catalog.
    pub fn decoder<T: Subject>(&self) -> Result<Decoder<T>, OpenError> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = readers.get(T::SUBJECT) {
            return Ok(Decoder::over(Arc::clone(open)));
        }
        let open = Arc::new(Readers::open(T::SUBJECT, Arc::clone(&self.source))?);
        readers.insert(T::SUBJECT, Arc::clone(&open));
        Ok(Decoder::over(open))
    }
}

#[cfg(test)]
mod tests;
