//! How framed bytes become a record: by the schema they were written with, straight into serde.
//!
//! The first schema seen is found without a lock, since a topic rarely has a second one.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use apache_avro::Schema;

use super::fit::fit;
use super::input::{Fault, Input};
use super::plan::Plan;
use super::read::Reader;
use super::{Error, HEADER, MOST_WRITER_SCHEMAS, OpenError};
use crate::catalog::catalog;
use crate::registry::{self, Source};
use crate::{Subject, catalog};

/// Reads records of one subject. Clones share what was fetched; any thread may use one.
pub struct Decoder<T> {
    readers: Arc<Readers>,
    record: PhantomData<fn() -> T>,
}

/// What is known of writers' schemas of one subject.
pub(super) struct Readers {
    source: Arc<dyn Source>,
    ours: &'static Schema,
    limit: usize,
    first: OnceLock<(u32, Arc<Plan>)>,
    known: RwLock<Known>,
    /// Held while a schema is fetched, so that two workers do not ask for the same one.
    fetching: Mutex<()>,
}

/// What became of schema ids. Ids that fit and ids that do not are bounded apart, so that a flood of
/// strangers drives no schema out that is in use.
#[derive(Default)]
struct Known {
    plans: HashMap<u32, Arc<Plan>>,
    refused: HashMap<u32, Error>,
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
            Some((first, plan)) if *first == id => read(plan, bytes),
            _ => read(&*self.readers.of(id)?, bytes),
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
            known: RwLock::default(),
            fetching: Mutex::new(()),
        })
    }

    /// The plan of a schema id that is not the first one, or not yet.
    fn of(&self, id: u32) -> Result<Arc<Plan>, Error> {
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
        self.known.write().unwrap_or_else(PoisonError::into_inner).remember(id, &compiled);
        let plan = compiled?;
        // Where another id was first, this one is found in the map.
        self.first.get_or_init(|| (id, Arc::clone(&plan)));
        Ok(plan)
    }

    fn remembered(&self, id: u32) -> Option<Result<Arc<Plan>, Error>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.plans.get(&id) {
            Some(plan) => Some(Ok(Arc::clone(plan))),
            None => known.refused.get(&id).cloned().map(Err),
        }
    }

    /// Checks a writer's schema and makes the plan to read by.
    fn compile(&self, text: &str) -> Result<Arc<Plan>, Error> {
        let theirs = Schema::parse_str(text).map_err(|error| Error::WrongSchema(error.to_string()))?;
        fit(self.ours, &theirs).map(Arc::new)
    }
}

impl Known {
    /// Keeps what became of an id; what is full is emptied and fetched anew as it is needed.
    fn remember(&mut self, id: u32, compiled: &Result<Arc<Plan>, Error>) {
        if self.plans.len() >= MOST_WRITER_SCHEMAS {
            self.plans.clear();
        }
        if self.refused.len() >= MOST_WRITER_SCHEMAS {
            self.refused.clear();
        }
        match compiled {
            Ok(plan) => drop(self.plans.insert(id, Arc::clone(plan))),
            Err(error) => drop(self.refused.insert(id, error.clone())),
        }
    }
}

fn read<T: Subject>(plan: &Plan, bytes: &[u8]) -> Result<T, Error> {
    let mut input = Input::new(&bytes[HEADER..]);
    let record = T::deserialize(Reader::new(plan, &mut input)).map_err(|fault| match fault {
        Fault::Wrong(why) => Error::Malformed(why),
        Fault::TooLarge(bytes, limit) => Error::TooLarge { bytes, limit },
    })?;
    match input.left() {
        0 => Ok(record),
        left => Err(Error::Malformed(format!("{left} bytes are left over after the record"))),
    }
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
