//! Avro on the wire: the only crate that knows Avro and the registry.
//!
//! [`catalog`] holds what `schemas/` says of topics and subjects, [`registry`] is the way to a schema
//! registry, [`codec`] turns records into framed bytes and back.

pub mod catalog;
pub mod codec;
pub mod registry;
mod subject;

pub use subject::Subject;
