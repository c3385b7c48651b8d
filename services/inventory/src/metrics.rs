//! What the service counts: closed buckets, what was made of them, and how much the shards hold.
//!
//! NetSuite licenses lines by the month, so lines are counted beside documents. A shard counts in a
//! [`Tally`] and adds it up when its transaction is known to be committed, so nothing counts twice. A gauge is
//! the sum over the shards of the process: each has its own [`Share`].

use prometheus::{IntCounter, IntGauge};
use runtime::metrics::{Error, Share, counter, gauge};

/// The counters and gauges of a process.
#[derive(Debug, Clone)]
pub struct Counters {
    closed: IntCounter,
    empty: IntCounter,
    documents: IntCounter,
    lines: IntCounter,
    below_zero: IntCounter,
    open: IntGauge,
    sums: IntGauge,
    positions: IntGauge,
}

/// What one transaction counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    closed: u64,
    empty: u64,
    documents: u64,
    lines: u64,
    below_zero: u64,
}

impl Counters {
    /// Makes all of them with functions that register each by name and help.
    ///
    /// # Errors
    /// Whatever the functions return.
    pub fn with<E>(
        mut counter: impl FnMut(&str, &str) -> Result<IntCounter, E>,
        mut gauge: impl FnMut(&str, &str) -> Result<IntGauge, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            closed: counter("tillstream_inventory_buckets_closed_total", "Buckets closed.")?,
            empty: counter(
                "tillstream_inventory_buckets_empty_total",
                "Buckets closed that made no document.",
            )?,
            documents: counter("tillstream_inventory_documents_total", "Documents made.")?,
            lines: counter("tillstream_inventory_lines_total", "Lines of the documents made.")?,
            below_zero: counter(
                "tillstream_inventory_fell_below_zero_total",
                "Times that what a location has on hand of an item fell below zero.",
            )?,
            open: gauge(
                "tillstream_inventory_open_buckets",
                "Buckets of a location that hold something to adjust and are not closed.",
            )?,
            sums: gauge("tillstream_inventory_bucket_sums", "Sums by item and reason of the open buckets.")?,
            positions: gauge("tillstream_inventory_held_positions", "Positions of an item at a location.")?,
        })
    }

    /// Makes and registers the counters and gauges of this process.
    ///
    /// # Errors
    /// [`enum@Error`] when they are registered already.
    pub fn register() -> Result<Self, Error> {
        Self::with(counter, gauge)
    }

    /// What one shard has in the gauges, in the order of [`State::fill`](crate::state::State::fill).
    #[must_use]
    pub fn share(&self) -> Share<3> {
        Share::new([self.open.clone(), self.sums.clone(), self.positions.clone()])
    }

    /// Adds what a committed transaction counted.
    pub fn add(&self, tally: Tally) {
        self.closed.inc_by(tally.closed);
        self.empty.inc_by(tally.empty);
        self.documents.inc_by(tally.documents);
        self.lines.inc_by(tally.lines);
        self.below_zero.inc_by(tally.below_zero);
    }
}

impl Tally {
    /// Counts items that fell below zero.
    pub fn fell_below_zero(&mut self, items: usize) {
        self.below_zero += items as u64;
    }

    /// Counts one closed bucket by the number of lines of each document it made.
    pub fn closed(&mut self, lines: impl ExactSizeIterator<Item = usize>) {
        self.closed += 1;
        self.empty += u64::from(lines.len() == 0);
        self.documents += lines.len() as u64;
        self.lines += lines.sum::<usize>() as u64;
    }
}
