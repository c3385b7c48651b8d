//! Dates and instants as they travel, and the one use of time zones: where a business date ends.
//!
//! Nothing here reads a clock; every instant comes in as data.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A business date: days since 1970-01-01. Text form `2026-03-14`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// The words of the days of the week.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A text that names no date or zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a date of the form 2026-03-14 between the years 0001 and 9999.
    #[error("`{0}` is not a date; write it as 2026-03-14")]
    Date(String),
    /// Not a zone of the IANA time zone database.
    #[error("`{0}` is not an IANA time zone; write it as America/Mexico_City")]
    Zone(String),
}

impl Date {
    /// Makes a date from days since 1970-01-01; `None` outside the years 0001 to 9999.
    #[must_use]
    pub fn from_days(days: i32) -> Option<Self> {
        let date = Self(days);
        date.civil().map(|_| date)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The date so many days later; stays at the last date of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_days(self.0.saturating_add(days)).unwrap_or(self)
    }

    /// The instant at which the date begins in a zone, where a day may begin at 01:00.
    #[must_use]
    pub fn starts_at(self, zone: &Zone) -> Option<Timestamp> {
        let start = self.civil()?.to_zoned(zone.0.clone()).ok()?;
        Some(Timestamp(start.timestamp().as_millisecond()))
    }

    /// The day of the week, one of [`WEEKDAYS`]; `None` outside the calendar.
    #[must_use]
    pub fn weekday(self) -> Option<&'static str> {
        let monday_is_zero = self.civil()?.weekday().to_monday_zero_offset();
        WEEKDAYS.get(usize::try_from(monday_is_zero).ok()?).copied()
    }

    fn civil(self) -> Option<civil::Date> {
        let epoch = civil::date(1970, 1, 1);
        let date = epoch.checked_add(jiff::Span::new().try_days(i64::from(self.0)).ok()?).ok()?;
        (date.year() >= 1).then_some(date)
    }
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Date(text.to_owned());
        if text.len() != 10 {
            return Err(wrong());
        }
        let date: civil::Date = text.parse().map_err(|_| wrong())?;
        let days = date.since(civil::date(1970, 1, 1)).map_err(|_| wrong())?.get_days();
        Self::from_days(days).ok_or_else(wrong)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(date) => {
                // Digit by digit, and not by `write!`, for every ticket has its date in several keys.
                let of = |number: i8| usize::from(number.unsigned_abs());
                let (year, month, day) =
                    (date.year().unsigned_abs().into(), of(date.month()), of(date.day()));
                let [tens, hundreds, thousands]: [usize; 3] = [year / 10, year / 100, year / 1000];
                let digits =
                    [(0, thousands), (1, hundreds), (2, tens), (3, year), (5, month / 10), (6, month)];
                let mut text = *b"0000-00-00";
                for (place, number) in digits.into_iter().chain([(8, day / 10), (9, day)]) {
                    text[place] = b"0123456789"[number % 10];
                }
                out.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
            None => write!(out, "day {}", self.0),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            // Any day count is read, so that a ticket with an absurd date is quarantined by name.
            i32::deserialize(deserializer).map(Self)
        }
    }
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone without an offset.
    pub(crate) const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The calendar date of an instant in this zone.
    #[must_use]
    pub fn date_of(&self, instant: Timestamp) -> Option<Date> {
        let instant = jiff::Timestamp::from_millisecond(instant.0).ok()?;
        let date = self.0.to_datetime(instant).date();
        let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
        Date::from_days(days)
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        TimeZone::get(name).map(Self).map_err(|_| Error::Zone(name.to_owned()))
    }
}

impl Timestamp {
    /// The instant so many milliseconds later; stays at the end of what an `i64` holds.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_business_date_begins_at_local_midnight() {
        for (date, zone, starts) in [
            ("2026-03-14", "UTC", 1_773_446_400_000),
            ("2026-03-14", "America/New_York", 1_773_460_800_000),
            ("2026-03-14", "America/Mexico_City", 1_773_468_000_000),
        ] {
            let zone: Zone = zone.parse().unwrap();
            let date: Date = date.parse().unwrap();
            assert_eq!(date.starts_at(&zone), Some(Timestamp(starts)));
            assert_eq!(zone.date_of(Timestamp(starts)), Some(date));
            assert_eq!(zone.date_of(Timestamp(starts - 1)), Some(date.plus_days(-1)));
        }
    }

    #[test]
    fn a_date_is_read_strictly() {
        assert_eq!("1970-01-02".parse::<Date>().unwrap().days(), 1);
        for date in ["2017-12-31", "0001-01-01", "0987-06-05", "9999-12-31"] {
            assert_eq!(date.parse::<Date>().unwrap().to_string(), date);
        }
        for wrong in ["2017-13-01", "20170101", "2017-1-1", "2017-02-29", ""] {
            assert_eq!(wrong.parse::<Date>(), Err(Error::Date(wrong.to_owned())));
        }
        assert!("America/Nowhere".parse::<Zone>().is_err());
    }

    #[test]
    fn a_date_has_a_day_of_the_week() {
        for (date, weekday) in [
            ("0001-01-01", "monday"),
            ("1969-12-31", "wednesday"),
            ("1970-01-01", "thursday"),
            ("2024-02-29", "thursday"),
            ("2026-03-14", "saturday"),
            ("2026-03-15", "sunday"),
        ] {
            assert_eq!(date.parse::<Date>().unwrap().weekday(), Some(weekday), "{date}");
        }
        assert_eq!(Date(i32::MAX).weekday(), None);
    }
}
