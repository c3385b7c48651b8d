//! Tickets through the three deciding services without a cent of drift: what was booked and moved is held to sums of
//! the raw tickets in 128 bits.
//!
//! The short run is a test (`tests/drift`), the long one a bench (`benches/drift`).

mod ledger;
mod oracle;
mod pipeline;
mod tickets;

use std::collections::BTreeMap;

use domain::calendar::Timestamp;
use testkit::master;

use ledger::Ledger;
use pipeline::Pipeline;
use tickets::{A_DAY, LATE, Name, STORES};

/// Tickets of all stores on one date.
const OF_A_DATE: u64 = STORES as u64 * (A_DAY + LATE) as u64;
/// One of so many tickets is sent twice.
const REPEAT_EVERY: i64 = 20;
/// Hours between two ticks.
const TICK_HOURS: i64 = 2;
/// Dates after the last one with tickets: by then all is due.
const AFTER: i32 = 4;

/// What came of a run.
pub(crate) struct Report {
    /// Tickets that were accepted, ends of day apart.
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
    let mut ledger = Ledger::default();
    let mut pipeline = Pipeline::new(tickets::stores(), tickets::items());
    let days = i32::try_from(tickets.div_ceil(OF_A_DATE)).unwrap();
    let (mut accepted, mut repeats) = (0, 0);
    for day in 0..days + AFTER {
        let mut hour = 14;
        tick(day, hour, &mut pipeline, &mut ledger);
        if day < days {
            for number in 0..=A_DAY + LATE {
                for store in 0..STORES {
                    if number == A_DAY {
                        pipeline.offer(tickets::end_of_day(day, store), &mut ledger);
                        continue;
                    }
                    let ticket = tickets::ticket(Name { day, store, number });
                    oracle::expect(&ticket, &mut ledger);
                    accepted += 1;
                    if (number + i64::from(store)) % REPEAT_EVERY == 0 {
                        pipeline.offer(ticket.clone(), &mut ledger);
                        repeats += 1;
                    }
                    pipeline.offer(ticket, &mut ledger);
                }
            }
            pipeline.learn(master::item(&tickets::new_item(day), "3"), &mut ledger);
            progress(accepted);
        }
        while hour + TICK_HOURS < 14 + 24 {
            hour += TICK_HOURS;
            tick(day, hour, &mut pipeline, &mut ledger);
        }
    }
    let mut differences = pipeline.end(&mut ledger);
    differences.extend(ledger.differences());
    let sales = accepted + u64::from(days.unsigned_abs()) * u64::from(STORES);
    for (kind, expected) in [("sale", sales), ("repeat", repeats)] {
        let counted = pipeline.counts.get(kind).copied().unwrap_or_default();
        if counted != expected {
            differences.push(format!("{counted} events of kind {kind}, not {expected}"));
        }
    }
    Report { tickets: accepted, counts: pipeline.counts, table: ledger.table(), differences }
}

fn tick(day: i32, hour: i64, pipeline: &mut Pipeline, ledger: &mut Ledger) {
    let midnight = i64::from(tickets::business_date(day).days()) * 86_400_000;
    pipeline.tick(Timestamp(midnight + hour * 3_600_000), ledger);
}
