//! The rules of the sequencer, a module for each kind of promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adoption;
mod claims;
mod horizon;
mod labels;
mod limits;
mod locations;
mod malformed;
mod sequencer;
mod shard;
mod shop;
mod standing;
mod undone;
