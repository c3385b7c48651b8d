//! How framed bytes become a record: by the schema they were written with, straight into serde.
//!
//! The first schema seen is found without a lock, since a topic rarely has a second one.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use apache_avro::Schema;
use apache_avro::error::Details;
use apache_avro::reader::datum::GenericDatumReader;

use super::fit::fit;
use super::{Error, HEADER, MOST_WRITER_SCHEMAS, OpenError};
use crate::catalog::catalog;
use crate::registry::{self, Source};
use crate::{Subject, catalog};

/// Reads records of one subject. Clones share what was fetched; any thread may use one.
pub struct Decoder<T> {
    readers: Arc<Readers>,
    record: PhantomData<fn() -> T>,
}

type Reader = Arc<GenericDatumReader<'static>>;

/// What is known of writers' schemas of one subject.
pub(super) struct Readers {
    source: Arc<dyn Source>,
    ours: &'static Schema,
    limit: usize,
    first: OnceLock<(u32, Reader)>,
    known: RwLock<HashMap<u32, Result<Reader, Error>>>,
    /// Held while a schema is fetched, so that two workers do not ask for the same one.
    fetching: Mutex<()>,
}

impl<T: Subject> Decoder<T> {
    pub(super) fn over(readers: Arc<Readers>) -> Self {
        Self { readers, record: PhantomData }
    }

    /// Reads one framed record.
    ///
    /// The first record of a schema id asks the registry and blocks for as long as its settings allow;
    /// a registry that did not answer is not asked again for a while.
    ///
    /// # Errors
    /// [`Error::RegistryUnavailable`] when the same bytes may be read later, else why they never can.
    pub fn decode(&self, bytes: &[u8]) -> Result<T, Error> {
        let id = schema_id(bytes).ok_or(Error::NotFramed)?;
        if bytes.len() > self.readers.limit {
            return Err(Error::TooLarge { bytes: bytes.len(), limit: self.readers.limit });
        }
        match self.readers.first.get() {
            Some((first, reader)) if *first == id => read(reader, bytes),
            _ => read(self.readers.of(id)?.as_ref(), bytes),
        }
    }
}

/// The schema id of framed bytes; `None` where they are not framed.
#[must_use]
pub fn schema_id(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0, a, b, c, d, ..] => Some(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

impl Readers {
    pub(super) fn open(subject: &str, source: Arc<dyn Source>) -> Result<Self, OpenError> {
        let catalog = catalog()?;
        let newest = catalog
            .subject(subject)?
            .newest()
            .ok_or_else(|| catalog::Error::NoSubject(subject.to_owned()))?;
        Ok(Self {
            source,
            ours: &newest.schema,
            limit: catalog.topic_of(subject)?.max_message_bytes,
            first: OnceLock::new(),
            known: RwLock::new(HashMap::new()),
            fetching: Mutex::new(()),
        })
    }

    /// The reader of a schema id that is not the first one, or not yet.
    fn of(&self, id: u32) -> Result<Reader, Error> {
        if let Some(known) = self.remembered(id) {
            return known;
        }
        let _one_at_a_time = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        // Another worker may have fetched it while this one waited.
        if let Some(known) = self.remembered(id) {
            return known;
        }
        let text = self.source.schema(id).map_err(|error| match error {
            registry::Error::UnknownId(id) => Error::UnknownSchemaId(id),
            registry::Error::NotAvro { .. } => Error::WrongSchema(error.to_string()),
            registry::Error::Settings(_)
            | registry::Error::Unavailable { .. }
            | registry::Error::Denied { .. }
            | registry::Error::NotRegistered(_)
            | registry::Error::Incompatible { .. }
            | registry::Error::Refused { .. } => Error::RegistryUnavailable { id, why: error.to_string() },
        })?;
        let compiled = self.compile(&text);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(id, compiled.clone());
        drop(known);
        let reader = compiled?;
        // Where another id was first, this one is found in the map.
        self.first.get_or_init(|| (id, Arc::clone(&reader)));
        Ok(reader)
    }

    fn remembered(&self, id: u32) -> Option<Result<Reader, Error>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(&id) {
            Some(found) => Some(found.clone()),
            None if known.len() >= MOST_WRITER_SCHEMAS => Some(Err(Error::WrongSchema(format!(
                "it would be more than {MOST_WRITER_SCHEMAS} schemas of one subject; register one schema per \
                 version, not one per process"
            )))),
            None => None,
        }
    }

    /// Checks a writer's schema and makes a reader that lives as long as the process.
    fn compile(&self, text: &str) -> Result<Reader, Error> {
        let theirs = Schema::parse_str(text).map_err(|error| Error::WrongSchema(error.to_string()))?;
        let readable = fit(self.ours, &theirs)?;
        // The library's reader borrows its schema, and unsafe code that could tie the two together is
        // forbidden here. What is leaked is bounded by the number of schemas that are remembered.
        let readable: &'static Schema = Box::leak(Box::new(readable));
        GenericDatumReader::builder(readable)
            .human_readable(false)
            .build()
            .map(Arc::new)
            .map_err(|error| Error::WrongSchema(error.to_string()))
    }
}

fn read<T: Subject>(reader: &GenericDatumReader<'static>, bytes: &[u8]) -> Result<T, Error> {
    let mut rest = &bytes[HEADER..];
    let record = reader.read_deser(&mut rest).map_err(|error| malformed(error.into_details()))?;
    if rest.is_empty() {
        Ok(record)
    } else {
        Err(Error::Malformed(format!("{} bytes are left over after the record", rest.len())))
    }
}

/// Says what is wrong without printing the whole schema, as the library would.
#[allow(clippy::wildcard_enum_match_arm, reason = "the library's enum has a hundred errors")]
fn malformed(details: Details) -> Error {
    let text = match details {
        Details::MemoryAllocation { desired, maximum } => {
            return Error::TooLarge { bytes: desired.unwrap_or(usize::MAX), limit: maximum };
        }
        Details::DeserializeSchemaAware { value_type, value, .. } => format!("{value_type}: {value}"),
        Details::ReadBytes(_)
        | Details::ReadString(_)
        | Details::ReadVariableIntegerBytes(_)
        | Details::ReadDouble(_)
        | Details::ReadFloat(_) => "it ends before the record does".to_owned(),
        details => details.to_string(),
    };
    Error::Malformed(text)
}

impl<T> Clone for Decoder<T> {
    fn clone(&self) -> Self {
        Self { readers: Arc::clone(&self.readers), record: PhantomData }
    }
}

impl<T: Subject> std::fmt::Debug for Decoder<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Decoder of {}", T::SUBJECT)
    }
}
