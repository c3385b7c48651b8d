//! Journals of closed buckets, balanced by construction.
//!
//! ```text
//! sales.enriched ─▶ books: totals of open buckets ─(close)┬▶ account map ─▶ journal.entries
//!                        └▶ journal.changelog              └▶ tax.summaries
//! ```
//!
//! A shard keeps totals per account role and dimension, never the receipts. Accounts are applied when a
//! bucket closes, so the hash of the account map is part of the state: another map is taken where its
//! adoption stands among the closes.

pub mod books;
pub mod config;
mod event;
pub mod metrics;
pub mod service;
pub mod shard;
pub mod state;
