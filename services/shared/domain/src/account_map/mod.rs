//! The account map: which NetSuite account and segments each role books to.
//!
//! Per subsidiary and role there are entries by key (a department, a tax code, a tender, a reason), of
//! which `default` answers for keys that have none of their own. A key of two parts, as `card/visa`, is
//! looked up whole, then as `card`, then as `default`. A key may have several entries, each from a business date
//! on: the date of the bucket chooses among them. The map is read whole or refused with every problem at once;
//! what is read can be booked by on every date.
//!
//! A location may have entries of its own. The location comes first, then the key: what answers for a key in the
//! location's table of a role, its `default` included, answers before the subsidiary's table is looked into. So a
//! location's table says by itself what is booked there, and a key that the subsidiary is given later moves nothing of
//! a location that has a `default`.
//!
//! The hash is over what can reach a document (the entries and the line limit), so a comment or the name
//! of an account changes without being adopted.

mod accounts;
mod dated;
mod read;
mod role;

use std::collections::BTreeMap;

use crate::calendar::Date;

use dated::Dated;

pub use accounts::{Accounts, Changed, OtherMap, Unknown};
pub use read::{Node, Problems, TomlDate};
pub use role::Role;

/// Lines a document has at most when the map does not say.
pub const LINES_MAX_DEFAULT: usize = 200;

/// Lines beyond which NetSuite refuses a journal.
pub const LINES_MAX_HARD: usize = 1000;

/// The key that answers for every key without an entry of its own.
const DEFAULT: &str = "default";

/// What roles book to, by key.
type Entries = BTreeMap<Role, BTreeMap<String, Dated>>;

/// What a subsidiary books to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Subsidiary {
    /// At every location that has no entry of its own.
    own: Entries,
    /// At single locations.
    locations: BTreeMap<String, Entries>,
}

/// A validated account map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMap {
    subsidiaries: BTreeMap<String, Subsidiary>,
    lines_max: usize,
    hash: String,
}

/// Whose books are booked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Subsidiary that books.
    pub subsidiary: &'a str,
    /// Location there, by its code in ref.stores; `None`: one without entries of its own.
    pub location: Option<&'a str>,
}

/// What an amount is booked to: a NetSuite account and segments, by internal id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Account.
    pub account: String,
    /// Department segment.
    pub department: Option<String>,
    /// Class segment.
    pub class: Option<String>,
    /// Location segment.
    pub location: Option<LocationSegment>,
}

/// What one key of a role books to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Whose books it is for; without a location for all of the subsidiary that have no entry of their own.
    pub place: Place<'a>,
    /// Role.
    pub role: Role,
    /// Key within the role, or `default`.
    pub key: &'a str,
    /// First business date it holds on; `None`: from the beginning.
    pub from: Option<Date>,
    /// What it books to.
    pub target: &'a Target,
}

/// The location segment of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationSegment {
    /// The location of the store that the document is about.
    Store,
    /// One location, by internal id.
    Fixed(String),
}

/// What chose an entry within a role: a department, a tax code, a tender, a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dimension {
    /// Department, tax code, tender kind or reason.
    pub key: Option<String>,
    /// What refines it: the jurisdiction of a tax, the brand of a card.
    pub detail: Option<String>,
}

/// The map has no account for something that must be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no account for role `{role}`{} in subsidiary `{subsidiary}`{} on {date}; add {} to \
     [subsidiaries.\"{subsidiary}\".{role}] of the account map{}, then start with --adopt-account-map and the hash of \
     the new map",
    dimension.text().map(|text| format!(", key `{text}`,")).unwrap_or_default(),
    location.as_ref().map(|location| format!(" at location `{location}`")).unwrap_or_default(),
    dimension.text().map_or_else(|| "`default`".to_owned(), |text| format!("\"{text}\" or `default`")),
    location.as_ref().map(|location| {
        format!(", or to [subsidiaries.\"{subsidiary}\".locations.\"{location}\".{role}] for that location alone")
    }).unwrap_or_default(),
)]
pub struct Missing {
    /// Subsidiary that books.
    pub subsidiary: Box<str>,
    /// Location that books, where it is known.
    pub location: Option<Box<str>>,
    /// Role without an account.
    pub role: Role,
    /// Key within the role.
    pub dimension: Dimension,
    /// Business date.
    pub date: Date,
}

impl AccountMap {
    /// Reads and checks a map.
    ///
    /// # Errors
    /// [`Problems`] with every reason for refusal.
    pub fn read(file: &Node) -> Result<Self, Problems> {
        let (subsidiaries, lines_max) = read::map(file)?;
        let hash = hash(&subsidiaries, lines_max);
        Ok(Self { subsidiaries, lines_max, hash })
    }

    /// BLAKE3 over what can reach a document, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Lines a document has at most.
    #[must_use]
    pub const fn lines_max(&self) -> usize {
        self.lines_max
    }

    /// Every entry: by subsidiary, location, role, key and date, those without a location first.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        entries(&self.subsidiaries)
    }

    /// The account and segments of what a document of a business date names by a role and a key, as
    /// [`Dimension::text`] has it. Where the key has a slash the longest part of it that has an entry answers, for a
    /// tax code may have one of its own.
    ///
    /// # Errors
    /// [`Missing`] when neither the key, nor a part of it, nor `default` has an entry on that date.
    pub fn target_of(
        &self,
        place: Place<'_>,
        role: Role,
        key: Option<&str>,
        date: Date,
    ) -> Result<&Target, Missing> {
        let (key, detail) = role.told_apart_by(key, key);
        let slashes =
            key.into_iter().flat_map(|key| key.rmatch_indices('/').map(move |(at, _)| key.get(..at)));
        let parts = slashes.flatten().filter(|_| detail.is_some());
        let keys: Vec<&str> = key.into_iter().chain(parts).chain([DEFAULT]).collect();
        self.find(place, role, &keys, date)
            .ok_or_else(|| missing(place, role, key.map_or(Dimension::NONE, Dimension::of), date))
    }

    /// The account and segments of a role and dimension on a business date: of the whole key, its first part or
    /// `default` at the location, else of the same in its subsidiary.
    ///
    /// # Errors
    /// [`Missing`] when neither the key nor `default` has an entry on that date.
    pub fn target(
        &self,
        place: Place<'_>,
        role: Role,
        dimension: &Dimension,
        date: Date,
    ) -> Result<&Target, Missing> {
        let whole = dimension.detail.as_ref().and_then(|_| dimension.text());
        let keys = [whole.as_deref(), dimension.key.as_deref(), Some(DEFAULT)];
        let keys: Vec<&str> = keys.into_iter().flatten().collect();
        self.find(place, role, &keys, date).ok_or_else(|| missing(place, role, dimension.clone(), date))
    }

    /// The entry of the first of the keys that has one on a date, at the location or else in the subsidiary.
    fn find(&self, place: Place<'_>, role: Role, keys: &[&str], date: Date) -> Option<&Target> {
        let subsidiary = self.subsidiaries.get(place.subsidiary)?;
        let location = place.location.and_then(|location| subsidiary.locations.get(location));
        let tables = location.into_iter().chain([&subsidiary.own]);
        let mut tables = tables.filter_map(|entries| entries.get(&role));
        tables.find_map(|entries| keys.iter().find_map(|key| entries.get(*key)?.on(date)))
    }
}

fn missing(place: Place<'_>, role: Role, dimension: Dimension, date: Date) -> Missing {
    let Place { subsidiary, location } = place;
    Missing { subsidiary: subsidiary.into(), location: location.map(Box::from), role, dimension, date }
}

impl Dimension {
    /// No dimension: the role alone decides.
    pub const NONE: Self = Self { key: None, detail: None };

    /// One key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self { key: Some(key.to_owned()), detail: None }
    }

    /// The key as it stands in the file and on documents: `GROCERY`, `card/visa`.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match (&self.key, &self.detail) {
            (Some(key), Some(detail)) => Some(format!("{key}/{detail}")),
            (Some(key), None) => Some(key.clone()),
            (None, detail) => detail.clone(),
        }
    }
}

fn entries(subsidiaries: &BTreeMap<String, Subsidiary>) -> impl Iterator<Item = Entry<'_>> {
    let tables = subsidiaries.iter().flat_map(|(subsidiary, tables)| {
        let locations = tables.locations.iter().map(|(location, entries)| (Some(location.as_str()), entries));
        let all = std::iter::once((None, &tables.own)).chain(locations);
        all.map(move |(location, entries)| (Place { subsidiary, location }, entries))
    });
    let roles =
        tables.flat_map(|(place, entries)| entries.iter().map(move |(role, keys)| (place, *role, keys)));
    roles.flat_map(|(place, role, keys)| {
        keys.iter().flat_map(move |(key, dated)| {
            dated.iter().map(move |(from, target)| Entry { place, role, key, from, target })
        })
    })
}

fn hash(subsidiaries: &BTreeMap<String, Subsidiary>, lines_max: usize) -> String {
    let mut hash = blake3::Hasher::new();
    // Each text is led by its length, so that no two maps write the same bytes.
    let mut text = |text: &str| {
        hash.update(&text.len().to_le_bytes()).update(text.as_bytes());
    };
    text(&lines_max.to_string());
    for Entry { place, role, key, from, target } in entries(subsidiaries) {
        let segment = match &target.location {
            None => "",
            Some(LocationSegment::Store) => read::STORE,
            Some(LocationSegment::Fixed(id)) => id,
        };
        let department = target.department.as_deref().unwrap_or_default();
        let class = target.class.as_deref().unwrap_or_default();
        // A role is one word and an account is digits, so a location or a date beside it is like none; without them
        // the hash is what it was before there were any.
        let located = place.location.map(|location| format!("{role} at {location}"));
        let role = located.as_deref().unwrap_or(role.word());
        let dated = from.map(|from| format!("{} from {from}", target.account));
        let account = dated.as_deref().unwrap_or(&target.account);
        let fields = [place.subsidiary, role, key, account, department, class, segment];
        fields.into_iter().for_each(&mut text);
    }
    hash.finalize().to_hex().to_string()
}

#[cfg(test)]
mod owed;
#[cfg(test)]
mod tests;
