//! Finds out at which past moment a shard had read everything its input held.
//!
//! A sample says where the partition ended at a moment, open transactions included. It is reached when the
//! shard's position is there, or when the client, asked anew after everything up to there was stable,
//! reports the end of the partition: the tail of a transactional topic is markers, which no position of a
//! record ever passes.

use std::collections::VecDeque;

use crate::stage::EpochMillis;

/// Samples kept while a shard is behind; when there are more, every second one goes.
const SAMPLES_MAX: usize = 64;

/// Where the lead partition of one shard ended, and what of that was reached.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pending: VecDeque<Sample>,
    /// Everything readable below this offset was handed over, markers counted.
    confirmed: i64,
    /// The last stable offset that is known.
    stable: i64,
    reached: Option<EpochMillis>,
    probe: Probe,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    now: EpochMillis,
    end: i64,
}

/// Whether the client was asked to report the end of the partition again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Probe {
    #[default]
    Idle,
    /// Whatever end is reported from here on lies at or behind this offset.
    Asked(i64),
}

impl Ends {
    /// Takes a sample made at or after `now`.
    pub(super) fn sample(&mut self, now: EpochMillis, end: i64, stable: i64) {
        self.stable = self.stable.max(stable);
        match self.pending.back_mut() {
            // The same end at a later moment: the later one is the better answer.
            Some(last) if last.end >= end => last.now = now,
            _ => self.pending.push_back(Sample { now, end }),
        }
        if self.pending.len() > SAMPLES_MAX {
            // Counted so that the newest stays.
            let mut behind = self.pending.len();
            self.pending.retain(|_| {
                behind -= 1;
                behind.is_multiple_of(2)
            });
        }
    }

    /// True when only a report of the client can tell whether the oldest sample is reached.
    pub(super) fn wants_probe(&self, position: i64) -> bool {
        self.probe == Probe::Idle
            && self
                .pending
                .front()
                .is_some_and(|first| first.end > position.max(self.confirmed) && self.stable >= first.end)
    }

    /// Notes that the client was asked.
    pub(super) fn asked(&mut self) {
        self.probe = Probe::Asked(self.stable);
    }

    /// Takes the client's report that the partition ended, with every record before it decided on.
    pub(super) fn ended(&mut self) {
        if let Probe::Asked(stable) = self.probe {
            self.confirmed = self.confirmed.max(stable);
            self.probe = Probe::Idle;
        }
    }

    /// Takes the client's report that the partition ended while records before it wait.
    pub(super) fn ended_too_early(&mut self) {
        self.probe = Probe::Idle;
    }

    /// The latest moment whose end was reached.
    pub(super) fn reached(&mut self, position: i64) -> Option<EpochMillis> {
        let through = position.max(self.confirmed);
        while let Some(first) = self.pending.front().copied() {
            if first.end > through {
                break;
            }
            self.reached = Some(first.now);
            self.pending.pop_front();
        }
        self.reached
    }

    /// Forgets everything: the shard was taken back to an earlier position.
    pub(super) fn rewound(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_reached_when_the_position_is_at_its_end() {
        let mut ends = Ends::default();
        ends.sample(1000, 50, 50);
        assert_eq!(ends.reached(49), None);
        assert_eq!(ends.reached(50), Some(1000));
        ends.sample(2000, 80, 80);
        ends.sample(3000, 90, 90);
        assert_eq!(ends.reached(85), Some(2000));
        assert_eq!(ends.reached(200), Some(3000));
    }

    #[test]
    fn an_empty_partition_is_read_through_at_once() {
        let mut ends = Ends::default();
        ends.sample(1000, 0, 0);
        assert_eq!(ends.reached(0), Some(1000));
    }

    #[test]
    fn a_tail_of_markers_is_reached_by_a_report_that_was_asked_for() {
        let mut ends = Ends::default();
        // A report nobody asked for may be older than the sample.
        ends.sample(1000, 51, 51);
        ends.ended();
        assert_eq!(ends.reached(50), None);
        assert!(ends.wants_probe(50));
        ends.asked();
        assert!(!ends.wants_probe(50));
        ends.ended();
        assert_eq!(ends.reached(50), Some(1000));
        // The idle topic needs no further report.
        ends.sample(11_000, 51, 51);
        assert!(!ends.wants_probe(50));
        assert_eq!(ends.reached(50), Some(11_000));
    }

    #[test]
    fn an_open_transaction_holds_the_moment_back() {
        let mut ends = Ends::default();
        ends.sample(1000, 60, 40);
        assert!(!ends.wants_probe(40), "what lies behind the open transaction cannot be read yet");
        ends.ended();
        assert_eq!(ends.reached(40), None);
        ends.sample(11_000, 60, 60);
        assert!(ends.wants_probe(40));
        ends.asked();
        ends.ended_too_early();
        assert_eq!(ends.reached(40), None);
        ends.asked();
        ends.ended();
        assert_eq!(ends.reached(40), Some(11_000));
    }

    #[test]
    fn a_rewind_takes_the_moment_back() {
        let mut ends = Ends::default();
        ends.sample(1000, 50, 50);
        assert_eq!(ends.reached(50), Some(1000));
        ends.rewound();
        assert_eq!(ends.reached(20), None);
    }

    #[test]
    fn a_long_backlog_keeps_a_bounded_number_of_samples() {
        let mut ends = Ends::default();
        for tick in 0..10_000 {
            ends.sample(tick * 10_000, 1000 + tick, 1000 + tick);
        }
        assert!(ends.pending.len() <= SAMPLES_MAX);
        assert_eq!(ends.reached(0), None);
        assert_eq!(ends.reached(20_000), Some(9_999 * 10_000));
    }
}
