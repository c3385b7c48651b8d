//! A registry over HTTP: what it is asked, and what its answers mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use schema_registry_converter::blocking::schema_registry::{
    SrSettings, get_schema_by_id, perform_sr_call, post_schema,
};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{RawError, SchemaType, SrCall, SuppliedSchema};

use super::{Error, PATIENCE, REST, Settings, Source};
use crate::catalog::{self, Compatibility, SubjectSchemas, catalog};

/// Unknown ids that are remembered; a flood of them must not fill memory.
const MOST_UNKNOWN: usize = 1024;

/// A schema registry, reached over HTTP. Calls block.
pub struct Registry {
    url: String,
    login: Option<(String, Option<String>)>,
    /// For the calls that the converter crate does not have; patient.
    client: Client,
    /// For what is asked before a start.
    patient: SrSettings,
    /// For what is asked while records wait.
    brief: SrSettings,
    resting: Mutex<Resting>,
}

/// What was asked in vain, and when.
#[derive(Default)]
struct Resting {
    down: Option<(Instant, Error)>,
    unknown: HashMap<u32, Instant>,
}

/// One version of one subject as the registry holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The subject.
    pub subject: String,
    /// Number of our file.
    pub number: u32,
    /// Id the registry gave.
    pub id: u32,
}

impl Registry {
    /// Makes a client; asks nothing yet.
    ///
    /// # Errors
    /// [`Error::Settings`] naming the key that cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let login = settings.login()?;
        let brief = Duration::from_millis(settings.timeout_ms);
        let patient = brief.max(PATIENCE);
        let converter = |limit: Duration| {
            let mut builder = SrSettings::new_builder(settings.base().to_owned());
            if let Some((name, password)) = &login {
                builder.set_basic_authorization(name, password.as_deref());
            }
            builder.set_timeout(limit);
            builder
                .build_with(settings.builder(limit)?)
                .map_err(|error| Error::Settings(format!("no client can be made of them: {error}")))
        };
        let client = settings
            .builder(patient)?
            .build()
            .map_err(|error| Error::Settings(format!("no client can be made of them: {error}")))?;
        Ok(Self {
            url: settings.base().to_owned(),
            client,
            patient: converter(patient)?,
            brief: converter(brief)?,
            resting: Mutex::default(),
            login,
        })
    }

    /// Registers every version of every subject of the catalog that a topic names, under the
    /// compatibility its topic file states. What is registered already stays as it is.
    ///
    /// # Errors
    /// [`Error::Incompatible`] naming subject and reason, [`Error::Unavailable`] saying what to do.
    pub fn register_all(&self) -> Result<Vec<Registered>, Error> {
        let catalog = catalog().map_err(|error| Error::Settings(error.to_string()))?;
        let mut done = Vec::new();
        for topic in catalog.topics() {
            let (Some(subject), Some(compatibility)) = (&topic.subject, topic.compatibility) else {
                continue;
            };
            match catalog.subject(subject) {
                Ok(schemas) => done.extend(self.register(schemas, compatibility)?),
                // A changelog may be described before its service has a schema for it.
                Err(catalog::Error::NoSubject(_)) => {}
                Err(error) => return Err(Error::Settings(error.to_string())),
            }
        }
        Ok(done)
    }

    fn register(
        &self,
        schemas: &SubjectSchemas,
        compatibility: Compatibility,
    ) -> Result<Vec<Registered>, Error> {
        self.demand(&schemas.subject, compatibility)?;
        schemas
            .versions
            .iter()
            .map(|version| {
                let supplied = SuppliedSchema::new(None, SchemaType::Avro, version.text.to_owned());
                let registered = post_schema(&self.patient, schemas.subject.clone(), supplied)
                    .map_err(|error| self.refusal(&error, &schemas.subject, version.number))?;
                Ok(Registered { subject: schemas.subject.clone(), number: version.number, id: registered.id })
            })
            .collect()
    }

    /// Sets the compatibility a subject demands of its versions.
    fn demand(&self, subject: &str, compatibility: Compatibility) -> Result<(), Error> {
        let body = serde_json::json!({ "compatibility": compatibility.word() }).to_string();
        let mut request = self
            .client
            .put(format!("{}/config/{subject}", self.url))
            .header("content-type", "application/vnd.schemaregistry.v1+json")
            .body(body);
        if let Some((name, password)) = &self.login {
            request = request.basic_auth(name, password.as_deref());
        }
        let response = request.send().map_err(|error| self.unavailable(&describe(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let why = match response.json::<RawError>() {
            Ok(error) => error.message,
            Err(_) => format!("it answers {status}"),
        };
        match status.as_u16() {
            401 | 403 => Err(Error::Denied { url: self.url.clone(), why }),
            404 | 500.. => Err(self.unavailable(&why)),
            _ => Err(Error::Refused { what: format!("compatibility of {subject}"), why }),
        }
    }

    fn refusal(&self, error: &SRCError, subject: &str, number: u32) -> Error {
        let what = format!("version {number} of {subject}");
        match self.understand(error) {
            Answer::Code(409, why) => Error::Incompatible { subject: subject.to_owned(), number, why },
            Answer::Code(404, _) => self.unavailable("the address is not that of a registry"),
            answer @ (Answer::Code(..) | Answer::Silent(_)) => self.other(answer, what),
        }
    }

    fn other(&self, answer: Answer, what: String) -> Error {
        match answer {
            Answer::Silent(why) => self.unavailable(&why),
            Answer::Code(401 | 403, why) => Error::Denied { url: self.url.clone(), why },
            Answer::Code(500.., why) => self.unavailable(&why),
            Answer::Code(_, why) => Error::Refused { what, why },
        }
    }

    fn unavailable(&self, why: &str) -> Error {
        Error::Unavailable { url: self.url.clone(), why: why.to_owned() }
    }

    /// Takes an answer apart: the registry's own status and words, or that there were none.
    fn understand(&self, error: &SRCError) -> Answer {
        let words = error.source().and_then(|source| source.downcast_ref::<RawError>());
        match words {
            // The converter puts the status into its text only.
            Some(words) if words.error_code != 0 => {
                let status = status_in(&error.error).unwrap_or(words.error_code);
                Answer::Code(status, words.message.clone())
            }
            Some(_) => match status_in(&error.error) {
                // A proxy's page for a missing path is not the registry's word that an id is unknown.
                Some(status @ (401 | 403)) => Answer::Code(status, error.error.clone()),
                _ => Answer::Silent(error.error.clone()),
            },
            None => match error.source().and_then(|source| source.downcast_ref::<reqwest::Error>()) {
                Some(source) => Answer::Silent(describe(source)),
                None => Answer::Silent(error.error.clone()),
            },
        }
    }

    fn fetch(&self, id: u32) -> Result<String, Error> {
        let found = get_schema_by_id(id, &self.brief).map_err(|error| match self.understand(&error) {
            Answer::Code(404, _) => Error::UnknownId(id),
            answer @ (Answer::Code(..) | Answer::Silent(_)) => self.other(answer, format!("schema {id}")),
        })?;
        if found.schema_type != SchemaType::Avro {
            return Err(Error::NotAvro { id, why: format!("it is {:?}", found.schema_type) });
        }
        if !found.references.is_empty() {
            return Err(Error::NotAvro { id, why: "it references other schemas".to_owned() });
        }
        Ok(found.schema)
    }

    /// What is remembered of a call made in vain a moment ago.
    fn resting(&self, id: u32) -> Option<Error> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, error)) = &resting.down
            && since.elapsed() < REST
        {
            return Some(error.clone());
        }
        resting.down = None;
        let known = resting.unknown.get(&id).is_some_and(|since| since.elapsed() < REST);
        known.then_some(Error::UnknownId(id))
    }

    fn remember(&self, error: &Error) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Error::Unavailable { .. } | Error::Denied { .. } | Error::Refused { .. } => {
                resting.down = Some((Instant::now(), error.clone()));
            }
            Error::UnknownId(id) => {
                if resting.unknown.len() >= MOST_UNKNOWN {
                    resting.unknown.clear();
                }
                resting.unknown.insert(*id, Instant::now());
            }
            Error::Settings(_)
            | Error::NotAvro { .. }
            | Error::NotRegistered(_)
            | Error::Incompatible { .. } => {}
        }
    }
}

impl Source for Registry {
    fn schema(&self, id: u32) -> Result<String, Error> {
        if let Some(error) = self.resting(id) {
            return Err(error);
        }
        self.fetch(id).inspect_err(|error| self.remember(error))
    }

    fn id_of(&self, subject: &str, text: &str) -> Result<u32, Error> {
        let body = serde_json::json!({ "schema": text, "schemaType": "AVRO" }).to_string();
        let found = perform_sr_call(&self.patient, SrCall::PostForVersion(subject, &body));
        match found {
            Ok(found) => found.id.ok_or_else(|| self.unavailable("its answer has no id")),
            Err(error) => Err(match self.understand(&error) {
                Answer::Code(404, _) => Error::NotRegistered(subject.to_owned()),
                answer @ (Answer::Code(..) | Answer::Silent(_)) => {
                    self.other(answer, format!("a look-up of {subject}"))
                }
            }),
        }
    }
}

/// What an answer amounts to.
enum Answer {
    /// The registry's status and words.
    Code(u32, String),
    /// No answer of a registry.
    Silent(String),
}

/// The status in a text such as `... failed with status 404 Not Found`.
fn status_in(text: &str) -> Option<u32> {
    text.split_once("status ")?.1.split(' ').next()?.parse().ok()
}

/// An HTTP error with its innermost cause, which says more than the outer ones.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { format!("no answer in time ({cause})") } else { cause.to_string() }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Registry at {}", self.url)
    }
}

#[cfg(test)]
mod tests;
