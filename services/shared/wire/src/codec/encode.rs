//! How a record becomes framed bytes: by the newest schema of its subject, straight from serde.

use std::marker::PhantomData;
use std::sync::Arc;

use super::fit::fit;
use super::plan::Plan;
use super::write::Writer;
use super::{BATCH_OVERHEAD, HEADER, OpenError};
use crate::catalog::catalog;
use crate::registry::Source;
use crate::{Subject, catalog};

/// Writes records of one subject. Clones share the compiled schema.
pub struct Encoder<T> {
    plan: Arc<Plan>,
    header: [u8; HEADER],
    limit: usize,
    record: PhantomData<fn(&T)>,
}

/// Why a record was not written. Nothing was appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The record is not one of its schema: our own mistake.
    #[error("a record of {subject} cannot be written: {why}")]
    Unwritable {
        /// The subject.
        subject: &'static str,
        /// What does not fit.
        why: String,
    },
    /// The record is larger than its topic takes.
    #[error("a record of {subject} has {bytes} bytes, more than the {limit} its topic takes")]
    TooLarge {
        /// The subject.
        subject: &'static str,
        /// Bytes of the framed record.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

impl<T: Subject> Encoder<T> {
    pub(super) fn open(source: &dyn Source) -> Result<Self, OpenError> {
        let catalog = catalog()?;
        let newest = catalog
            .subject(T::SUBJECT)?
            .newest()
            .ok_or_else(|| catalog::Error::NoSubject(T::SUBJECT.to_owned()))?;
        let plan = fit(&newest.schema, &newest.schema)
            .map_err(|error| OpenError::Schema { subject: T::SUBJECT, why: error.to_string() })?;
        let mut header = [0; HEADER];
        header[1..].copy_from_slice(&source.id_of(T::SUBJECT, newest.text)?.to_be_bytes());
        let limit = catalog.topic_of(T::SUBJECT)?.max_message_bytes.saturating_sub(BATCH_OVERHEAD);
        Ok(Self { plan: Arc::new(plan), header, limit, record: PhantomData })
    }

    /// Appends the framed record to `into`; a caller reuses one buffer.
    ///
    /// # Errors
    /// [`EncodeError`], and `into` is as it was.
    pub fn encode(&self, record: &T, into: &mut Vec<u8>) -> Result<(), EncodeError> {
        let from = into.len();
        into.extend_from_slice(&self.header);
        let written = record.serialize(Writer::new(&self.plan, into));
        let bytes = into.len() - from;
        let outcome = match written {
            Err(error) => Err(EncodeError::Unwritable { subject: T::SUBJECT, why: error.to_string() }),
            Ok(()) if bytes > self.limit => {
                Err(EncodeError::TooLarge { subject: T::SUBJECT, bytes, limit: self.limit })
            }
            Ok(()) => Ok(()),
        };
        if outcome.is_err() {
            into.truncate(from);
        }
        outcome
    }

    /// The framed record as a buffer of its own.
    ///
    /// # Errors
    /// [`EncodeError`] as of [`Encoder::encode`].
    pub fn to_vec(&self, record: &T) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        self.encode(record, &mut out)?;
        Ok(out)
    }

    /// The schema id that is written.
    #[must_use]
    pub fn schema_id(&self) -> u32 {
        let [_, id @ ..] = self.header;
        u32::from_be_bytes(id)
    }
}

impl<T> Clone for Encoder<T> {
    fn clone(&self) -> Self {
        Self { plan: Arc::clone(&self.plan), header: self.header, limit: self.limit, record: PhantomData }
    }
}

impl<T: Subject> std::fmt::Debug for Encoder<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Encoder of {} as schema {}", T::SUBJECT, self.schema_id())
    }
}
