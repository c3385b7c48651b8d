//! The way to a schema registry with Confluent's API, and what stands in for one in tests.
//!
//! Calls block; callers are plain threads, never an asynchronous runtime's. What is asked before a start
//! may take [`PATIENCE`], since a registry may be starting too. The fetch of a schema, for which records
//! wait, takes [`Settings::timeout_ms`] at most, and a registry that did not answer is not asked again
//! for [`REST`], so that a worker that offers the same record on every turn keeps to its other duties.

mod client;
mod embedded;
mod settings;

use std::time::Duration;

pub use client::{Registered, Registry};
pub use embedded::Embedded;
pub use settings::Settings;

/// How long a registry that did not answer, and an id it did not know, are left alone.
pub const REST: Duration = Duration::from_secs(5);

/// How long a call before a start may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where schemas come from.
pub trait Source: Send + Sync {
    /// The text of the schema with that id.
    ///
    /// # Errors
    /// [`Error::UnknownId`] when the source is sure that there is none, [`Error::NotAvro`] when it is
    /// not one to read records by, any other when it cannot say.
    fn schema(&self, id: u32) -> Result<String, Error>;

    /// The id under which this very text is registered for the subject.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] when it is not, any other when the source cannot say.
    fn id_of(&self, subject: &str, text: &str) -> Result<u32, Error>;
}

/// Why a registry did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The settings cannot be used.
    #[error("registry settings: {0}")]
    Settings(String),
    /// No answer, or one that says nothing.
    #[error(
        "the schema registry at {url} gives no usable answer: {why}; start it or correct `registry.url`, nothing \
         is lost meanwhile"
    )]
    Unavailable {
        /// Address as set.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// The registry does not let us in.
    #[error(
        "the schema registry at {url} refuses access: {why}; check `registry.username` and `registry.password_file`"
    )]
    Denied {
        /// Address as set.
        url: String,
        /// The registry's own words.
        why: String,
    },
    /// There is no schema of that id.
    #[error("the registry has no schema with id {0}")]
    UnknownId(u32),
    /// The schema of that id is of another kind, or is spread over several.
    #[error("schema {id} is not one Avro schema by itself: {why}")]
    NotAvro {
        /// Schema id.
        id: u32,
        /// What it is.
        why: String,
    },
    /// Our schema is not registered for the subject.
    #[error("the schema of {0} is not registered in this version; run `tillstream topics apply`")]
    NotRegistered(String),
    /// A schema does not go with the versions before it.
    #[error("version {number} of {subject} is not compatible with what is registered: {why}")]
    Incompatible {
        /// The subject.
        subject: String,
        /// Number of our file.
        number: u32,
        /// The registry's reason.
        why: String,
    },
    /// Any other refusal.
    #[error("the schema registry refuses {what}: {why}")]
    Refused {
        /// What was asked.
        what: String,
        /// The registry's own words.
        why: String,
    },
}
