//! On which registers and days a store trades, told from its record.

use domain::calendar::Date;
use domain::record::pos::Transaction;
use domain::record::reference::Store;

/// The lists of a store's record.
#[derive(Debug)]
pub(super) struct Trading {
    registers: Vec<String>,
    closed_weekdays: Vec<String>,
    closed_dates: Vec<Date>,
    open_dates: Vec<Date>,
}

/// 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];

/// Kinds of tickets that are flagged, but for voids of what sold nothing.
const FLAGGED: [&str; 6] = ["sale", "return", "exchange", "layaway", "customer_order", "post_void"];

impl Trading {
    pub(super) fn of(store: &Store) -> Self {
        let Store { registers, closed_weekdays, closed_dates, open_dates, .. } = store.clone();
        Self { registers, closed_weekdays, closed_dates, open_dates }
    }

    /// What is unusual about a ticket of the store.
    pub(super) fn flags(&self, ticket: &Transaction) -> Vec<&'static str> {
        let (register, date) = (ticket.register.as_str(), ticket.business_date);
        let is_listed = self.registers.is_empty() || self.registers.iter().any(|listed| listed == register);
        let weekday = usize::try_from(date.days().rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day));
        let is_free = self.closed_weekdays.iter().any(|closed| Some(&closed.as_str()) == weekday);
        let is_closed = self.closed_dates.contains(&date) || (is_free && !self.open_dates.contains(&date));
        let flags = [("unlisted_register", !is_listed), ("closed_day", is_closed)];
        let of_goods = ["transfer", "transfer_difference", "count"];
        let moves = ticket.links.iter().any(|link| link.kind.starts_with("void_of_"))
            || ticket.lines.iter().any(|line| of_goods.contains(&line.kind.as_str()));
        let sells = FLAGGED.contains(&ticket.kind.as_str()) && !moves;
        flags.into_iter().filter(|(_, is_so)| sells && *is_so).map(|(flag, _)| flag).collect()
    }
}
