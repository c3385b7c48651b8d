//! The sequencer: decides the order, identity and bucket of every ticket.
//!
//! `sequencer` decides on tickets, `void` on what undoes one, `claim` on what comes back, `buckets` which version takes
//! them, `command` and `verdict` on orders of people, `clock` on deadlines and horizons; all are pure over `state`, and
//! bounded by `limits`. `shard` stands between them and the runtime: it decodes, encodes and counts.

mod buckets;
mod claim;
pub mod clock;
pub mod command;
pub mod config;
pub mod counted;
mod event;
pub mod limits;
pub mod masters;
pub mod metrics;
pub mod quarantine;
pub mod sequencer;
pub mod service;
pub mod settings;
pub mod shard;
pub mod state;
mod verdict;
mod void;
pub mod words;
