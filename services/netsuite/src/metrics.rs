//! What the connector counts: what became of documents, how full what has a limit is, and what the sweep for
//! doubles found.
//!
//! A shard counts in a [`Tally`] and adds it up when its transaction is known to be committed, so nothing
//! counts twice. How full the lanes are is the sum over the shards of the process: each has its own [`Share`].
//!
//! Doubles are a gauge, since one stays until a person takes it out of NetSuite, and every sweep finds it again.
//! Only a sweep that came to its end changes it; that none does is seen by its time standing still.

use domain::calendar::Timestamp;
use prometheus::{IntCounter, IntGauge};
use runtime::metrics::{Error, Share, counter, gauge};

use crate::gate::Gate;

/// The counters and gauges of a process, both lanes together.
#[derive(Debug, Clone)]
pub struct Counters {
    posted: IntCounter,
    refused: IntCounter,
    queued: IntGauge,
    held: IntGauge,
    requests: IntGauge,
    requests_limit: IntGauge,
    doubled: IntGauge,
    swept: IntGauge,
}

/// What one transaction counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents that NetSuite holds since.
    pub posted: u64,
    /// Documents that NetSuite refused, each time it did.
    pub refused: u64,
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
            posted: counter("tillstream_netsuite_posted_total", "Documents NetSuite holds since.")?,
            refused: counter("tillstream_netsuite_refused_total", "Documents refused, at each try.")?,
            queued: gauge("tillstream_netsuite_queued_documents", "Documents read and not settled.")?,
            held: gauge(
                "tillstream_netsuite_held_documents",
                "Documents held because their family is parked.",
            )?,
            requests: gauge("tillstream_netsuite_requests", "Requests on their way to NetSuite.")?,
            requests_limit: gauge(
                "tillstream_netsuite_requests_limit",
                "Requests that may be on their way at once: this process's share of the account.",
            )?,
            doubled: gauge(
                "tillstream_netsuite_doubled_documents",
                "External ids held more than once at the last sweep. Each process sweeps the whole account.",
            )?,
            swept: gauge(
                "tillstream_netsuite_swept_timestamp_seconds",
                "When the last sweep for doubles came to its end, in seconds since 1970; 0 before the first.",
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

    /// What one shard has in the gauges: documents read and not settled, and documents held in the state because
    /// their family is parked.
    #[must_use]
    pub fn share(&self) -> Share<2> {
        Share::new([self.queued.clone(), self.held.clone()])
    }

    /// Adds what a committed transaction counted.
    pub fn add(&self, tally: Tally) {
        self.posted.inc_by(tally.posted);
        self.refused.inc_by(tally.refused);
    }

    /// Shows how many requests are on their way, and how many may be.
    pub fn show_requests(&self, gate: &Gate) {
        let (on_their_way, limit) = gate.load();
        self.requests.set(whole(on_their_way));
        self.requests_limit.set(whole(limit));
    }

    /// Shows that a sweep came to its end, and how many external ids it found held more than once.
    pub fn show_sweep(&self, doubled: usize, at: Timestamp) {
        self.doubled.set(whole(doubled));
        self.swept.set(at.0 / 1_000);
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn counts_and_requests_are_shown() {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let counters = Counters::with(counter, |name: &str, help: &str| IntGauge::new(name, help)).unwrap();
        let gate = Gate::new(15, 3, 2);
        let _half = gate.own();
        counters.show_requests(&gate);
        assert_eq!((counters.requests.get(), counters.requests_limit.get()), (0, 6));
        counters.add(Tally { posted: 2, refused: 1 });
        assert_eq!((counters.posted.get(), counters.refused.get()), (2, 1));
    }

    #[test]
    fn what_the_last_sweep_found_stands_among_the_metrics() {
        let counters = Counters::register().unwrap();
        let is_shown =
            |line: &str| String::from_utf8(runtime::metrics::render()).unwrap().lines().any(|it| it == line);
        assert!(is_shown("tillstream_netsuite_swept_timestamp_seconds 0"), "no sweep has ended");
        counters.show_sweep(3, Timestamp(1_700_000_000_999));
        assert!(is_shown("tillstream_netsuite_doubled_documents 3"), "the doubles it found");
        assert!(is_shown("tillstream_netsuite_swept_timestamp_seconds 1700000000"), "and when it ended");
        counters.show_sweep(0, Timestamp(1_700_086_400_000));
        assert!(is_shown("tillstream_netsuite_doubled_documents 0"), "the doubles were taken out");
    }
}
