//! Posting buckets: which one a ticket belongs to, and when it closes.
//!
//! A bucket is a store, a business date, a window and a version. One version of a window is open at a
//! time; what comes after its close opens the next version, so a closed day is never changed and a late
//! sale is never dropped. The last version given is kept for the business-date horizon, and beyond it while
//! a line of the date waits in suspense, or an id would be given twice.
//!
//! One version books in one subsidiary, currency and location: it remembers them from what opened it, and
//! its close says them again, whatever the store master says by then.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp, Zone};
use crate::identity::ContentHash;
use crate::masters::Store;
use crate::record::inventory::Movement;
use crate::text::Text;

/// The window of the policy "whole store-day".
pub const WHOLE_DAY: i32 = 0;

/// When buckets close that nobody closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Milliseconds after the end of the business date at which a whole store-day is due.
    pub after_date_millis: i64,
    /// Milliseconds without a sale before a due bucket closes.
    pub quiet_millis: i64,
}

impl Default for Deadline {
    /// 30 hours after the end of the business date, and an hour without a sale.
    fn default() -> Self {
        Self { after_date_millis: 30 * 3_600_000, quiet_millis: 3_600_000 }
    }
}

/// Why a bucket closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The store's end-of-day record.
    EndOfDay,
    /// Nobody closed it in time.
    Deadline,
    /// A person released it.
    Release,
    /// What came next books in another subsidiary, currency or location, or knows a location by other ids.
    MasterChanged,
}

impl CloseReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::EndOfDay, Self::Deadline, Self::Release, Self::MasterChanged];

    /// The word on `sales.enriched`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EndOfDay => "end_of_day",
            Self::Deadline => "deadline",
            Self::Release => "release",
            Self::MasterChanged => "master_changed",
        }
    }
}

/// What the documents of a bucket are made out to. A part of a state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Books {
    /// Subsidiary.
    pub subsidiary: Text,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
    /// Currency.
    pub currency: Text,
    /// Internal id of the currency in NetSuite; absent posts in the subsidiary's own.
    #[serde(default)]
    pub currency_netsuite_id: Option<Text>,
    /// Location of the store.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
}

impl Books {
    /// What a store books in, as the master says at this moment.
    #[must_use]
    pub fn of_store(store: &Store) -> Self {
        Self {
            subsidiary: store.subsidiary.clone(),
            subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
            currency: store.currency.as_str().into(),
            currency_netsuite_id: store.currency_netsuite_id.clone(),
            location: store.location.clone(),
            location_netsuite_id: store.location_netsuite_id.clone(),
        }
    }
}

/// A location whose stock is moved, as the store master names it at that moment; of a bucket as its first movement
/// there named it. A part of a state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Touched {
    /// Location.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// Subsidiary of the location.
    pub subsidiary: Text,
    /// Internal id of that subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
}

impl Touched {
    /// The location of a store, as the master names it.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self {
            location: store.location.clone(),
            location_netsuite_id: store.location_netsuite_id.clone(),
            subsidiary: store.subsidiary.clone(),
            subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
        }
    }
}

/// The window of one business date: its last version and, while that is open, what it holds. A state
/// record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The last version given, from 1.
    pub version: i32,
    /// True while that version takes tickets.
    pub open: bool,
    /// Tickets in it.
    pub count: i64,
    /// Sum of their content hashes modulo 2^64.
    pub content: ContentHash,
    /// Tick of its last ticket.
    pub last_tick: Timestamp,
    /// Locations whose stock it moved, in the order they were touched.
    #[serde(default)]
    pub locations: Vec<Touched>,
    /// What it books in; empty while no version is open.
    pub books: Books,
}

impl Posting {
    /// A fresh window; its first version is 2 when the date's first versions were closed before it began.
    #[must_use]
    pub fn begin(date_ended: DateEnded, tick: Timestamp, books: Books) -> Self {
        let version = match date_ended {
            DateEnded::No => 1,
            DateEnded::Yes => 2,
        };
        Self { version, open: true, last_tick: tick, books, ..Self::default() }
    }

    /// The next version of a window whose last one is closed.
    #[must_use]
    pub fn next(&self, tick: Timestamp, books: Books) -> Self {
        let version = self.version.saturating_add(1);
        Self { version, open: true, last_tick: tick, books, ..Self::default() }
    }

    /// True when the version is open and books in something else, or knows one of the places by other ids: its close
    /// says them once for each location.
    #[must_use]
    pub fn books_otherwise(&self, books: &Books, places: &[Touched]) -> bool {
        let differs = |place: &Touched| {
            self.locations.iter().any(|known| known.location == place.location && known != place)
        };
        self.open && (self.books != *books || places.iter().any(differs))
    }

    /// Counts one ticket.
    pub fn add(&mut self, content: ContentHash, tick: Timestamp) {
        self.count = self.count.saturating_add(1);
        self.content = self.content.plus(content);
        self.last_tick = self.last_tick.max(tick);
    }

    /// Remembers that the bucket moved stock of a location, and how the movement named it.
    pub fn touch(&mut self, movement: &Movement) {
        if !self.locations.iter().any(|known| known.location == movement.location) {
            self.locations.push(Touched {
                location: movement.location.clone(),
                location_netsuite_id: movement.location_netsuite_id.clone(),
                subsidiary: movement.subsidiary.clone(),
                subsidiary_netsuite_id: movement.subsidiary_netsuite_id.clone(),
            });
        }
    }

    /// Closes the open version: only the version given remains.
    pub fn close(&mut self) {
        *self = Self { version: self.version, ..Self::default() };
    }

    /// True when the bucket must close by the deadline: `read_through` is the latest tick up to whose
    /// input everything was read.
    #[must_use]
    pub fn is_due(&self, due: Timestamp, read_through: Timestamp, deadline: Deadline) -> bool {
        self.open && read_through >= due && read_through >= self.last_tick.plus_millis(deadline.quiet_millis)
    }
}

/// Whether an end-of-day record of the date was sequenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateEnded {
    /// First versions may still begin.
    No,
    /// Every window's first version is closed, also of windows that held nothing.
    Yes,
}

/// The window a ticket belongs to: 0 for whole store-days, else 1 + ⌊(ticket end − 00:00 of the business
/// date in the store's zone) / length⌋, at least 1. `None` when the date has no beginning in the zone.
#[must_use]
pub fn window(date: Date, ended_at: Timestamp, zone: &Zone, length_minutes: i32) -> Option<i32> {
    let length = i64::from(length_minutes).checked_mul(60_000)?;
    if length <= 0 {
        return Some(WHOLE_DAY);
    }
    let since = ended_at.0.checked_sub(date.starts_at(zone)?.0)?;
    let index = since.div_euclid(length).max(0).checked_add(1)?;
    Some(i32::try_from(index).unwrap_or(i32::MAX))
}

/// The tick at which a bucket is due: the end of its window, or of its business date and the grace.
#[must_use]
pub fn due_at(
    date: Date,
    window: i32,
    zone: &Zone,
    length_minutes: i32,
    deadline: Deadline,
) -> Option<Timestamp> {
    if window == WHOLE_DAY || length_minutes <= 0 {
        return Some(date.plus_days(1).starts_at(zone)?.plus_millis(deadline.after_date_millis));
    }
    let length = i64::from(length_minutes).checked_mul(60_000)?;
    Some(date.starts_at(zone)?.plus_millis(length.checked_mul(i64::from(window))?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn new_york() -> Zone {
        "America/New_York".parse().unwrap()
    }

    fn date() -> Date {
        "2017-01-02".parse().unwrap()
    }

    #[test]
    fn a_ticket_falls_into_the_window_of_its_end() {
        let midnight = date().starts_at(&new_york()).unwrap();
        for (minutes_after_midnight, length, expected) in [
            (600, 0, 0),
            (0, 60, 1),
            (59, 60, 1),
            (60, 60, 2),
            (23 * 60 + 59, 60, 24),
            (25 * 60, 60, 26),
            (-30, 60, 1),
            (119, 240, 1),
        ] {
            let ended_at = midnight.plus_millis(minutes_after_midnight * 60_000);
            assert_eq!(
                window(date(), ended_at, &new_york(), length),
                Some(expected),
                "{minutes_after_midnight}"
            );
        }
    }

    #[test]
    fn a_bucket_closes_after_its_deadline_and_a_quiet_hour() {
        let deadline = Deadline::default();
        let due = due_at(date(), WHOLE_DAY, &new_york(), 0, deadline).unwrap();
        assert_eq!(due, date().plus_days(1).starts_at(&new_york()).unwrap().plus_millis(30 * HOUR));
        let posting = Posting::begin(DateEnded::No, due.plus_millis(-HOUR / 2), Books::default());
        for (read_through, closes) in [(-1, false), (0, false), (HOUR / 2 - 1, false), (HOUR / 2, true)] {
            assert_eq!(
                posting.is_due(due, due.plus_millis(read_through), deadline),
                closes,
                "{read_through}"
            );
        }
        let window_end = due_at(date(), 3, &new_york(), 60, deadline).unwrap();
        assert_eq!(window_end, date().starts_at(&new_york()).unwrap().plus_millis(3 * HOUR));
    }

    fn books(subsidiary: &str) -> Books {
        Books { subsidiary: subsidiary.into(), ..Books::default() }
    }

    #[test]
    fn late_sale_goes_to_the_next_version() {
        let mut posting = Posting::begin(DateEnded::No, Timestamp(1), books("US"));
        posting.add(ContentHash::from_bits(7), Timestamp(2));
        let moved = Movement { location: "101".into(), ..Movement::default() };
        posting.touch(&moved);
        posting.touch(&moved);
        assert_eq!((posting.version, posting.count, posting.locations.len()), (1, 1, 1));
        posting.close();
        assert_eq!(posting, Posting { version: 1, ..Posting::default() });
        let next = posting.next(Timestamp(3), books("US"));
        assert_eq!((next.version, next.open, next.last_tick), (2, true, Timestamp(3)));
        assert_eq!(Posting::begin(DateEnded::Yes, Timestamp(3), books("US")).version, 2);
    }

    #[test]
    fn one_version_books_in_one_of_each() {
        let mut posting = Posting::begin(DateEnded::No, Timestamp(1), books("US"));
        assert!(!posting.books_otherwise(&books("US"), &[]));
        assert!(posting.books_otherwise(&books("CA"), &[]));
        let place = |id: &str| {
            [Touched { location: "L2".into(), location_netsuite_id: id.into(), ..Touched::default() }]
        };
        posting.touch(&Movement {
            location: "L2".into(),
            location_netsuite_id: "7".into(),
            ..Movement::default()
        });
        assert!(!posting.books_otherwise(&books("US"), &place("7")));
        assert!(posting.books_otherwise(&books("US"), &place("8")), "its close names a location by one id");
        posting.close();
        assert!(!posting.books_otherwise(&books("CA"), &place("8")), "what is closed books nothing more");
    }

    #[test]
    fn every_reason_to_close_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> =
            CloseReason::ALL.iter().map(|reason| reason.word()).collect();
        assert_eq!(words.len(), CloseReason::ALL.len());
    }
}
