//! On which registers and days a store trades, as its master says.
//!
//! Nothing is refused for it: the money has moved. What is sold elsewhere, or on another day, is booked and flagged.

use std::fmt;

use crate::calendar::{Date, WEEKDAYS};
use crate::identity::is_name;
use crate::record::reference;
use crate::text::Text;

/// Registers of a store.
const REGISTERS_MAX: usize = 1_000;

/// Dates in each list of a trading calendar.
const DATES_MAX: usize = 1_000;

/// What is unusual about a ticket that is booked all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Its register is none of the store's.
    UnlistedRegister,
    /// The store does not trade on its business date.
    ClosedDay,
}

impl Flag {
    /// All of them, in the order of a ticket's.
    pub const ALL: [Self; 2] = [Self::UnlistedRegister, Self::ClosedDay];

    /// Its word on `sales.enriched`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnlistedRegister => "unlisted_register",
            Self::ClosedDay => "closed_day",
        }
    }
}

/// The registers and the trading calendar of a store. Empty lists say nothing: any register, every day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trading {
    registers: Vec<Text>,
    closed_weekdays: Vec<&'static str>,
    closed_dates: Vec<Date>,
    open_dates: Vec<Date>,
}

impl Trading {
    /// Reads the lists of a record, and adds what is wrong with them.
    pub(super) fn check(record: &reference::Store, wrong: &mut Vec<String>) -> Self {
        let closed_dates = dates("closed_dates", &record.closed_dates, wrong);
        let open_dates = dates("open_dates", &record.open_dates, wrong);
        for both in closed_dates.iter().filter(|date| open_dates.binary_search(date).is_ok()) {
            wrong.push(format!("{both} is among closed_dates and open_dates; leave it in one of them"));
        }
        Self {
            registers: registers(&record.registers, wrong),
            closed_weekdays: weekdays(&record.closed_weekdays, wrong),
            closed_dates,
            open_dates,
        }
    }

    /// What is unusual about a sale at a register on a business date.
    pub fn flags(&self, register: &str, date: Date) -> impl Iterator<Item = Flag> {
        let unlisted = !self.registers.is_empty()
            && self.registers.binary_search_by(|listed| listed.as_str().cmp(register)).is_err();
        let flags = [(unlisted, Flag::UnlistedRegister), (self.is_closed(date), Flag::ClosedDay)];
        flags.into_iter().filter_map(|(is_so, flag)| is_so.then_some(flag))
    }

    fn is_closed(&self, date: Date) -> bool {
        let closed = self.closed_dates.binary_search(&date).is_ok();
        closed || (self.is_closed_weekday(date) && self.open_dates.binary_search(&date).is_err())
    }

    fn is_closed_weekday(&self, date: Date) -> bool {
        !self.closed_weekdays.is_empty()
            && date.weekday().is_some_and(|weekday| self.closed_weekdays.contains(&weekday))
    }
}

fn registers(names: &[String], wrong: &mut Vec<String>) -> Vec<Text> {
    for name in names.iter().filter(|name| !is_name(name)).take(REGISTERS_MAX) {
        wrong.push(format!("registers: `{name}` is not 1 to 20 of A-Z a-z 0-9 and hyphen"));
    }
    in_order("registers", names.iter().map(Into::into).collect(), REGISTERS_MAX, wrong)
}

fn weekdays(words: &[String], wrong: &mut Vec<String>) -> Vec<&'static str> {
    let weekday = |word: &String| {
        let known = WEEKDAYS.into_iter().find(|weekday| weekday == word);
        if known.is_none() {
            wrong.push(format!("closed_weekdays: `{word}` is none of {}", WEEKDAYS.join(", ")));
        }
        known
    };
    let known = words.iter().take(DATES_MAX).filter_map(weekday).collect();
    in_order("closed_weekdays", known, WEEKDAYS.len(), wrong)
}

fn dates(field: &str, dates: &[Date], wrong: &mut Vec<String>) -> Vec<Date> {
    for date in dates.iter().filter(|date| date.weekday().is_none()).take(DATES_MAX) {
        wrong.push(format!("{field}: {date} is no date of the calendar"));
    }
    in_order(field, dates.to_vec(), DATES_MAX, wrong)
}

/// A list in its order; adds that it is too long, or what stands in it twice: somebody meant another.
fn in_order<T: Ord + fmt::Display>(
    field: &str,
    mut list: Vec<T>,
    max: usize,
    wrong: &mut Vec<String>,
) -> Vec<T> {
    list.sort_unstable();
    if list.len() > max {
        wrong.push(format!("{} {field} are more than {max}", list.len()));
        return Vec::new();
    }
    for pair in list.windows(2).filter(|pair| pair[0] == pair[1]) {
        wrong.push(format!("{field}: `{}` stands there twice", pair[0]));
    }
    list
}
