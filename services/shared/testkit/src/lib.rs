//! Builders of valid tickets and masters, the table of malformed ones, metrics of no process, and an ear for what
//! services say: a development dependency only.
//!
//! What is built here is valid; a test changes the one thing it is about. Wrong literals are mistakes of
//! the test itself, so this crate panics on them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod log;
pub mod malformed;
pub mod master;
pub mod metrics;
pub mod ticket;

use domain::calendar::Date;
use domain::number::{Amount, Quantity};

/// An amount from its text.
#[must_use]
pub fn amount(text: &str) -> Amount {
    text.parse().expect("an amount such as 12.34")
}

/// A quantity from its text.
#[must_use]
pub fn quantity(text: &str) -> Quantity {
    text.parse().expect("a quantity such as 1.5")
}

/// A date from its text.
#[must_use]
pub fn date(text: &str) -> Date {
    text.parse().expect("a date such as 2026-03-14")
}
