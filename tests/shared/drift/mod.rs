//! Tickets of both synthetic chains through the three deciding services without a cent of drift: what was booked and
//! moved is held to the sums of the raw tickets that `tillstream::statement::tills` makes.
//!
//! The short run is a test (`tests/drift`), the long one a bench (`benches/drift`).

mod dates;
mod ledger;
mod pipeline;

use std::collections::BTreeMap;

use domain::calendar::Timestamp;
use tillstream::statement::tills::Tills;

use dates::Dates;
use ledger::Ledger;
use pipeline::Pipeline;

/// One of so many records is sent twice.
const REPEAT_EVERY: u64 = 20;
/// Hours between two ticks.
const TICK_HOURS: i64 = 2;
/// Dates after the last one with tickets: by then all is due.
const AFTER: i32 = 4;

/// What came of a run.
pub(crate) struct Report {
    /// Records that were accepted, ends of day apart.
    pub(crate) tickets: u64,
    /// Events by kind, and documents.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Sums by role, in money.
    pub(crate) table: String,
    /// What is not as it should be.
    pub(crate) differences: Vec<String>,
}

/// Runs at least so many tickets, in whole dates; `progress` is told after each date how many there were.
pub(crate) fn run(tickets: u64, mut progress: impl FnMut(u64)) -> Report {
    let dates = Dates::new();
    let mut tills = Tills::new(dates.stores(), dates.items());
    let mut ledger = Ledger::default();
    let mut pipeline = Pipeline::new(dates.stores(), dates.items());
    let days = i32::try_from(tickets.div_ceil(dates.records_of_a_date())).unwrap();
    let (mut accepted, mut offered, mut repeats) = (0, 0, 0);
    for day in 0..days + AFTER {
        let midnight = i64::from(dates.date(day).days()) * 86_400_000;
        let tick = |hour: i64, pipeline: &mut Pipeline, ledger: &mut Ledger| {
            pipeline.tick(Timestamp(midnight + hour * 3_600_000), ledger);
        };
        let mut hour = 14;
        tick(hour, &mut pipeline, &mut ledger);
        if day < days {
            let new = dates.new_items(day);
            tills.learn(new.iter().cloned());
            for record in dates.of(day) {
                tills.add(&record);
                accepted += u64::from(record.kind != "business_eod");
                offered += 1;
                if offered % REPEAT_EVERY == 0 {
                    pipeline.offer(record.clone(), &mut ledger);
                    repeats += 1;
                }
                pipeline.offer(record, &mut ledger);
            }
            ledger.expect(&mut tills);
            pipeline.learn(new, &mut ledger);
            progress(accepted);
        }
        while hour + TICK_HOURS < 14 + 24 {
            hour += TICK_HOURS;
            tick(hour, &mut pipeline, &mut ledger);
        }
    }
    let mut differences = pipeline.end(&mut ledger);
    differences.extend(ledger.differences());
    let count = |kind: &str| pipeline.counts.get(kind).copied().unwrap_or_default();
    let flagged = |flag: &str| tills.flags.get(flag).copied().unwrap_or_default();
    let expected = [
        ("sale", offered),
        ("sale that is only counted", offered - tills.booked),
        ("repeat", repeats),
        ("claim counted", tills.claimed),
        // Which lines these are, and how much, is in the ledger; none is unknown or forgotten.
        ("claim", tills.claimed + count("claim exceeded")),
        ("flag unlisted_register", flagged("unlisted_register")),
        ("flag closed_day", flagged("closed_day")),
    ];
    for (kind, expected) in expected {
        let counted = count(kind);
        if counted != expected {
            differences.push(format!("{counted} events of kind {kind}, not {expected}"));
        }
    }
    Report { tickets: accepted, counts: pipeline.counts, table: ledger.table(), differences }
}
