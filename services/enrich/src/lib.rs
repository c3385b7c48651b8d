//! The sequencer: decides the order, identity and bucket of every ticket.
//!
//! `sequencer` decides on tickets, `command` on orders of people, `clock` on deadlines and horizons; all
//! three are pure over `state`. `shard` stands between them and the runtime: it decodes and encodes.

pub mod clock;
pub mod command;
pub mod config;
pub mod masters;
pub mod quarantine;
pub mod sequencer;
pub mod service;
pub mod settings;
pub mod shard;
pub mod state;
