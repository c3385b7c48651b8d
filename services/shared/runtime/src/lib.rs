//! The loop from input to output: the only crate that knows Kafka.
//!
//! A service implements [`stage::Service`] and [`stage::Shard`] and is run by [`process::run`]. The crate
//! owns threads, transactions, restores, health, metrics and configuration, so that a service is decisions.

pub mod admin;
pub mod client;
pub mod config;
pub mod error;
pub mod event;
pub mod follow;
pub mod header;
mod health;
pub mod metrics;
pub mod overlay;
pub mod process;
pub mod producer;
mod restore;
pub mod stage;
mod tables;
pub mod topics;
mod worker;

pub use error::Error;

/// Deciding on a ten-line ticket is mostly small allocations on one thread. The C library's allocator took two
/// fifths of that time; `benches/README.md` says how it was measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
