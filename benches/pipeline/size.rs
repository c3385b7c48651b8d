//! How much is measured, and of what.

use std::time::Duration;

use clap::ValueEnum;
use domain::calendar::Date;
use domain::record::pos::Transaction;
use tillstream::generate::Chain;

/// Another seed gives other tickets; the figures are of this one.
const SEED: u64 = 20_260_301;

/// Days from 1970-01-01 to the first business date, 2025-03-03.
const FIRST_DAY: i32 = 20_150;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// 20,000 tickets: shows that it runs; its figures say nothing.
    Small,
    /// 500,000 tickets: for a look at a change.
    Medium,
    /// 5,000,000 tickets: what the targets are for.
    Full,
}

/// A size in numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) chain: Chain,
    /// Tickets of each store on each date.
    per_store_day: i64,
    /// Business dates.
    dates: i32,
    /// How long the latency of each hop is watched.
    pub(crate) watch: Duration,
}

impl Size {
    /// The name, as it is given.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Full => "full",
        }
    }

    /// What it stands for.
    pub(crate) const fn plan(self) -> Plan {
        let (stores, per_store_day, dates, seconds) = match self {
            Self::Small => (100, 100, 2, 4),
            Self::Medium => (500, 250, 4, 20),
            Self::Full => (1_000, 500, 10, 60),
        };
        let chain = Chain { seed: SEED, stores, items: 1_000 };
        Plan { chain, per_store_day, dates, watch: Duration::from_secs(seconds) }
    }
}

impl Plan {
    /// Tickets that are sold, ends of day left out.
    pub(crate) fn tickets(&self) -> u64 {
        u64::from(self.chain.stores)
            * self.per_store_day.unsigned_abs()
            * u64::from(self.dates.unsigned_abs())
    }

    /// The first business date.
    pub(crate) fn first_date() -> Date {
        Date::default().plus_days(FIRST_DAY)
    }

    /// Date by date, a ticket of each store in turn, and at last each store's end of day.
    pub(crate) fn transactions(&self) -> impl Iterator<Item = Transaction> {
        let Self { chain, per_store_day, dates, .. } = *self;
        (0..dates).map(|day| Self::first_date().plus_days(day)).flat_map(move |date| {
            let stores = move || 0..chain.stores;
            let of_all = move |number| stores().map(move |store| chain.ticket(store, date, number));
            let ends = stores().map(move |store| chain.end_of_day(store, date, per_store_day));
            (0..per_store_day).flat_map(of_all).chain(ends)
        })
    }

    /// Tickets without end of a business date after all others; each `hop` has one of its own.
    pub(crate) fn further(&self, hop: i32) -> impl Iterator<Item = Transaction> + use<> {
        let Self { chain, dates, .. } = *self;
        let date = Self::first_date().plus_days(dates + hop);
        (0..).flat_map(move |number| (0..chain.stores).map(move |store| chain.ticket(store, date, number)))
    }
}
