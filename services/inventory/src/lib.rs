//! Stock positions, at the speed of sales, and the adjustments of closed buckets.
//!
//! ```text
//! inventory.deltas ─▶ ledger ─▶ inventory.positions     each movement, at once
//!                       │   └▶ inventory.adjustments    each closed bucket, by location
//!                       └▶ inventory.changelog
//! ```
//!
//! A shard keeps the position of each item at its locations, and what each open bucket changed. Cost
//! accounts are applied when a bucket closes, so the hash of the account map is part of the state:
//! another map is taken where its adoption stands among the closes.

pub mod config;
mod event;
pub mod groups;
pub mod keys;
pub mod ledger;
pub mod metrics;
pub mod service;
pub mod shard;
pub mod state;
