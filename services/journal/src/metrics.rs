//! What the service counts: closed buckets, and what was made of them.
//!
//! NetSuite licenses lines by the month, so lines are counted beside documents. A shard counts in a
//! [`Tally`] and adds it up when its transaction is known to be committed, so nothing counts twice.

use prometheus::IntCounter;
use runtime::metrics::{Error, counter};

/// The counters of a process.
#[derive(Debug, Clone)]
pub struct Counters {
    closed: IntCounter,
    empty: IntCounter,
    documents: IntCounter,
    lines: IntCounter,
}

/// What one transaction counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    closed: u64,
    empty: u64,
    documents: u64,
    lines: u64,
}

impl Counters {
    /// Makes the counters with a function that registers each by name and help.
    ///
    /// # Errors
    /// Whatever `make` returns.
    pub fn with<E>(mut make: impl FnMut(&str, &str) -> Result<IntCounter, E>) -> Result<Self, E> {
        Ok(Self {
            closed: make("tillstream_journal_buckets_closed_total", "Buckets closed.")?,
            empty: make("tillstream_journal_buckets_empty_total", "Buckets closed that made no document.")?,
            documents: make("tillstream_journal_documents_total", "Documents made.")?,
            lines: make("tillstream_journal_lines_total", "Lines of the documents made.")?,
        })
    }

    /// Makes and registers the counters of this process.
    ///
    /// # Errors
    /// [`enum@Error`] when they are registered already.
    pub fn register() -> Result<Self, Error> {
        Self::with(counter)
    }

    /// Adds what a committed transaction counted.
    pub fn add(&self, tally: Tally) {
        self.closed.inc_by(tally.closed);
        self.empty.inc_by(tally.empty);
        self.documents.inc_by(tally.documents);
        self.lines.inc_by(tally.lines);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_without_documents_is_counted_as_empty() {
        let mut tally = Tally::default();
        tally.closed([3, 2].into_iter());
        tally.closed([].into_iter());
        assert_eq!(tally, Tally { closed: 2, empty: 1, documents: 2, lines: 5 });
    }
}
