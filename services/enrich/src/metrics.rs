//! What the service counts: what became of everything offered, and how full what has a limit is.
//!
//! A shard counts in a [`Tally`] and adds it up when its transaction is known to be committed, so nothing
//! counts twice. A gauge is the sum over the shards of the process: each has its own [`Share`].

use domain::bucket::CloseReason;
use domain::claim::Outcome;
use domain::masters::Flag;
use domain::ticket::Code;
use prometheus::{IntCounter, IntGauge};
use runtime::metrics::{Error, Share, counter, gauge};

use crate::sequencer::Decisions;

/// Kinds of events that are counted: the word on `sales.enriched`, the name and what it means.
const EVENTS: [(&str, &str, &str); 10] = [
    ("sale", "accepted", "Tickets accepted as they were offered."),
    ("repeat", "repeats", "Tickets offered again and dropped."),
    ("quarantined", "quarantined", "Records quarantined."),
    ("unreadable", "unreadable", "Records quarantined in which no store could be read."),
    ("quarantine_released", "released", "Tickets accepted out of quarantine."),
    ("written_off", "written_off", "Quarantined records written off."),
    ("reclassified", "reclassified", "Lines taken out of suspense, each component of a kit for itself."),
    ("command", "commands", "Commands carried out."),
    ("command_refused", "commands_refused", "Commands refused."),
    ("command_repeat", "commands_repeated", "Commands offered again and dropped."),
];

/// The counters and gauges of a process.
#[derive(Debug, Clone)]
pub struct Counters {
    /// As [`EVENTS`].
    events: Vec<IntCounter>,
    /// As [`Code::ALL`].
    reasons: Vec<IntCounter>,
    /// As [`CloseReason::ALL`].
    closed: Vec<IntCounter>,
    /// As [`Outcome::ALL`].
    claims: Vec<IntCounter>,
    /// As [`Flag::ALL`].
    flagged: Vec<IntCounter>,
    undecided: IntCounter,
    held: IntGauge,
    waiting: IntGauge,
    old: IntGauge,
    held_old: IntGauge,
    blocks: IntGauge,
    sold: IntGauge,
    dates: IntGauge,
    commands: IntGauge,
}

/// What one transaction counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    events: [u64; EVENTS.len()],
    reasons: [u64; Code::ALL.len()],
    closed: [u64; CloseReason::ALL.len()],
    claims: [u64; Outcome::ALL.len()],
    flagged: [u64; Flag::ALL.len()],
    undecided: u64,
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
        let mut count = |name: &str, help: &str| counter(&format!("tillstream_enrich_{name}_total"), help);
        let events = EVENTS.iter().map(|(_, name, help)| count(name, help)).collect::<Result<_, E>>()?;
        let reasons = Code::ALL.iter().map(|code| {
            let help = format!("Records quarantined for the reason {code}, among others perhaps.");
            count(&format!("quarantined_{code}"), &help)
        });
        let reasons = reasons.collect::<Result<_, E>>()?;
        let closed = CloseReason::ALL.iter().map(|reason| {
            let word = reason.word();
            count(&format!("closed_{word}"), &format!("Buckets closed for the reason {word}."))
        });
        let closed = closed.collect::<Result<_, E>>()?;
        let claims = Outcome::ALL.iter().map(|outcome| {
            let word = outcome.word();
            count(&format!("claims_{word}"), &format!("Claims of what came back with the outcome {word}."))
        });
        let claims = claims.collect::<Result<_, E>>()?;
        let flagged = Flag::ALL.iter().map(|flag| {
            let word = flag.word();
            count(&format!("flagged_{word}"), &format!("Tickets booked with the flag {word}."))
        });
        let flagged = flagged.collect::<Result<_, E>>()?;
        let help = "Of the quarantined records written off, those that nobody decided on in 119 days.";
        Ok(Self {
            events,
            reasons,
            closed,
            claims,
            flagged,
            undecided: count("written_off_undecided", help)?,
            held: gauge("tillstream_enrich_held_records", "Quarantined records held for a decision.")?,
            waiting: gauge("tillstream_enrich_waiting_lines", "Lines in suspense that wait for their item.")?,
            old: gauge(
                "tillstream_enrich_waiting_old_lines",
                "Lines in suspense whose ticket ended more than 7 days ago.",
            )?,
            held_old: gauge(
                "tillstream_enrich_held_old_records",
                "Quarantined records held for more than 90 days, which are written off after 119.",
            )?,
            blocks: gauge(
                "tillstream_enrich_number_blocks",
                "Blocks of 32 sequence numbers that are remembered.",
            )?,
            sold: gauge(
                "tillstream_enrich_sold_bytes",
                "Bytes in which the lines sold that may come back are remembered, and what came back.",
            )?,
            dates: gauge(
                "tillstream_enrich_dates",
                "Windows of business dates whose last version is remembered, and business dates that ended.",
            )?,
            commands: gauge("tillstream_enrich_commands", "Commands whose ids are remembered.")?,
        })
    }

    /// Makes and registers the counters and gauges of this process.
    ///
    /// # Errors
    /// [`enum@Error`] when they are registered already.
    pub fn register() -> Result<Self, Error> {
        Self::with(counter, gauge)
    }

    /// What one shard has in the gauges: quarantined records held for a decision, lines in suspense, of these
    /// the old ones ([`crate::limits::WAITING_OLD`]), of the records the old ones ([`crate::limits::HELD_OLD_DAYS`]),
    /// blocks of numbers, bytes of lines sold, windows and ended dates, commands.
    #[must_use]
    pub fn share(&self) -> Share<8> {
        let Self { held, waiting, old, held_old, blocks, sold, dates, commands, .. } = self;
        Share::new([held, waiting, old, held_old, blocks, sold, dates, commands].map(IntGauge::clone))
    }

    /// Adds what a committed transaction counted.
    pub fn add(&self, tally: &Tally) {
        let Self { events, reasons, closed, claims, flagged, .. } = self;
        let counters = events.iter().chain(reasons).chain(closed).chain(claims).chain(flagged);
        let Tally { events, reasons, closed, claims, flagged, .. } = tally;
        let counts = events.iter().chain(reasons).chain(closed).chain(claims).chain(flagged);
        counters.zip(counts).for_each(|(counter, count)| counter.inc_by(*count));
        self.undecided.inc_by(tally.undecided);
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            events: [0; EVENTS.len()],
            reasons: [0; Code::ALL.len()],
            closed: [0; CloseReason::ALL.len()],
            claims: [0; Outcome::ALL.len()],
            flagged: [0; Flag::ALL.len()],
            undecided: 0,
        }
    }
}

impl Tally {
    /// Counts what one record or tick led to. A reason counts once for each record that has it.
    pub fn count(&mut self, decisions: &Decisions) {
        for event in &decisions.events {
            add_one(&mut self.events, EVENTS.iter().position(|(kind, _, _)| *kind == event.kind));
            // What a person writes off, a command does.
            let command = event.notice.as_ref().map(|notice| notice.command.is_some());
            self.undecided += u64::from(event.kind == "written_off" && command == Some(false));
            if let Some(close) = &event.close {
                let reasons = CloseReason::ALL;
                add_one(&mut self.closed, reasons.iter().position(|reason| reason.word() == close.reason));
            }
            for flag in event.sale.iter().flat_map(|sale| &sale.flags) {
                add_one(&mut self.flagged, Flag::ALL.iter().position(|each| each.word() == *flag));
            }
            if let Some(claim) = &event.claim {
                let outcomes = Outcome::ALL;
                let at = outcomes.iter().position(|outcome| outcome.word() == claim.outcome);
                add_one(&mut self.claims, at);
            }
        }
        for envelope in &decisions.quarantined {
            let has = |code: &Code| envelope.reasons.iter().any(|reason| reason.code == code.as_str());
            let codes = Code::ALL.iter().zip(&mut self.reasons).filter(|(code, _)| has(code));
            codes.for_each(|(_, count)| *count += 1);
        }
    }
}

fn add_one(counts: &mut [u64], at: Option<usize>) {
    if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::record::quarantine::{QuarantineReason, Quarantined};
    use domain::record::sales::{Claim, Close, Sale, SalesEvent};

    use super::*;

    fn counters() -> Counters {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        Counters::with(counter, |name: &str, help: &str| IntGauge::new(name, help)).unwrap()
    }

    fn event(kind: &str) -> SalesEvent {
        SalesEvent { kind: kind.into(), ..SalesEvent::default() }
    }

    #[test]
    fn every_outcome_is_counted_once() {
        let counters = counters();
        let close = Close { reason: "master_changed".into(), ..Close::default() };
        let claim = Claim { outcome: "exceeded".into(), ..Claim::default() };
        let flagged = Sale { flags: vec!["closed_day".into()], ..Sale::default() };
        let reason =
            |code: Code| QuarantineReason { code: code.as_str().to_owned(), ..QuarantineReason::default() };
        let envelope = Quarantined {
            reasons: vec![reason(Code::OutOfBalance), reason(Code::OutOfBalance), reason(Code::WrongKey)],
            ..Quarantined::default()
        };
        let decisions = Decisions {
            events: vec![
                SalesEvent { sale: Some(flagged), ..event("sale") },
                event("tick"),
                event("quarantined"),
                SalesEvent { close: Some(close), ..event("close") },
                SalesEvent { claim: Some(claim), ..event("claim") },
            ],
            quarantined: vec![envelope],
            ..Decisions::default()
        };
        let mut tally = Tally::default();
        tally.count(&decisions);
        counters.add(&tally);
        let counted = |counters: &[IntCounter]| counters.iter().map(IntCounter::get).sum::<u64>();
        assert_eq!(counted(&counters.events), 2);
        assert_eq!(counted(&counters.reasons), 2);
        assert_eq!(counted(&counters.closed), 1);
        assert_eq!(counters.claims.iter().map(IntCounter::get).collect::<Vec<_>>(), [0, 1, 0, 0]);
        assert_eq!(counters.flagged.iter().map(IntCounter::get).collect::<Vec<_>>(), [0, 1]);
    }
}
