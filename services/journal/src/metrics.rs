//! What the service counts: closed buckets, what was made of them, and how full the open ones are.
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
    without_summary: IntCounter,
    mixed_summaries: IntCounter,
    open: IntGauge,
    totals: IntGauge,
    wide: IntGauge,
    balances: IntGauge,
}

/// What one transaction counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    closed: u64,
    empty: u64,
    documents: u64,
    lines: u64,
    without_summary: u64,
    mixed_summaries: u64,
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
            closed: counter("tillstream_journal_buckets_closed_total", "Buckets closed.")?,
            empty: counter(
                "tillstream_journal_buckets_empty_total",
                "Buckets closed that made no document.",
            )?,
            documents: counter("tillstream_journal_documents_total", "Documents made.")?,
            lines: counter("tillstream_journal_lines_total", "Lines of the documents made.")?,
            without_summary: counter(
                "tillstream_journal_tax_summaries_missing_total",
                "Buckets closed without a tax summary, since not all of their taxes are known.",
            )?,
            mixed_summaries: counter(
                "tillstream_journal_tax_summaries_mixed_total",
                "Tax summaries in which some taxes are one line, since their bucket has more than are told apart.",
            )?,
            open: gauge(
                "tillstream_journal_open_buckets",
                "Buckets that hold something and are not closed.",
            )?,
            totals: gauge("tillstream_journal_bucket_totals", "Totals of the open buckets.")?,
            wide: gauge(
                "tillstream_journal_wide_buckets",
                "Open buckets with more than half of the totals or taxes that they may hold.",
            )?,
            balances: gauge(
                "tillstream_journal_balances",
                "Balances that liability ledgers go on from: some for each store and the books it books in.",
            )?,
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
    pub fn share(&self) -> Share<4> {
        Share::new([self.open.clone(), self.totals.clone(), self.wide.clone(), self.balances.clone()])
    }

    /// Adds what a committed transaction counted.
    pub fn add(&self, tally: Tally) {
        self.closed.inc_by(tally.closed);
        self.empty.inc_by(tally.empty);
        self.documents.inc_by(tally.documents);
        self.lines.inc_by(tally.lines);
        self.without_summary.inc_by(tally.without_summary);
        self.mixed_summaries.inc_by(tally.mixed_summaries);
    }
}

impl Tally {
    /// Counts one closed bucket by the number of lines of each document it made.
    pub fn closed(&mut self, lines: impl ExactSizeIterator<Item = usize>) {
        self.closed += 1;
        self.empty += u64::from(lines.len() == 0);
        self.documents += lines.len() as u64;
        self.lines += lines.sum::<usize>() as u64;
    }

    /// Counts one closed bucket whose taxes are not all known.
    pub fn without_summary(&mut self) {
        self.without_summary += 1;
    }

    /// Counts one tax summary in which some taxes are one line.
    pub fn mixed_summary(&mut self) {
        self.mixed_summaries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_without_documents_is_counted_as_empty() {
        let mut tally = Tally::default();
        tally.closed([3, 2].into_iter());
        tally.closed([].into_iter());
        let expected = Tally { closed: 2, empty: 1, documents: 2, lines: 5, ..Tally::default() };
        assert_eq!(tally, expected);
    }
}
