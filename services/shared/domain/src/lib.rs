//! The pure core: what a ticket is, what it books and what it moves.
//!
//! No I/O, no clock, no randomness and no map order in a decision: the manifest has none of them.
#![warn(missing_docs, clippy::float_arithmetic, clippy::arithmetic_side_effects)]

pub mod account_map;
pub mod adjustment;
pub mod allocation;
pub mod barcode;
pub mod bucket;
pub mod calendar;
pub mod card;
pub mod claim;
pub mod currency;
pub mod dedupe;
pub mod document;
pub mod enrichment;
pub mod identity;
pub mod journal;
pub mod liabilities;
pub mod masters;
pub mod moves;
pub mod number;
pub mod partition;
pub mod record;
pub mod sold;
pub mod suspense;
pub mod taxes;
pub mod text;
pub mod ticket;
pub mod totals;
mod varint;
mod vocabulary;
