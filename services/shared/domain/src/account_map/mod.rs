//! The account map: which NetSuite account and segments each role books to.
//!
//! Per subsidiary and role there are entries by key (a department, a tax code, a tender, a reason), of
//! which `default` answers for keys that have none of their own. A key of two parts, as `card/visa`, is
//! looked up whole, then as `card`, then as `default`. A key may have several entries, each from a business date
//! on: the date of the bucket chooses among them. The map is read whole or refused with every problem at once;
//! what is read can be booked by on every date.
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

/// What the roles of one subsidiary book to, by key.
type Entries = BTreeMap<Role, BTreeMap<String, Dated>>;

/// A validated account map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMap {
    subsidiaries: BTreeMap<String, Entries>,
    lines_max: usize,
    hash: String,
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
    /// Subsidiary that books.
    pub subsidiary: &'a str,
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
    "no account for role `{role}`{} in subsidiary `{subsidiary}` on {date}; add {} to \
     [subsidiaries.\"{subsidiary}\".{role}] of the account map, then start with --adopt-account-map and the hash of \
     the new map",
    dimension.text().map(|text| format!(", key `{text}`,")).unwrap_or_default(),
    dimension.text().map_or_else(|| "`default`".to_owned(), |text| format!("\"{text}\" or `default`")),
)]
pub struct Missing {
    /// Subsidiary that books.
    pub subsidiary: String,
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

    /// Every entry: by subsidiary, role, key and date.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let roles = self.subsidiaries.iter().flat_map(|(subsidiary, roles)| {
            roles.iter().map(move |(role, entries)| (subsidiary.as_str(), *role, entries))
        });
        roles.flat_map(|(subsidiary, role, entries)| {
            entries.iter().flat_map(move |(key, dated)| {
                dated.iter().map(move |(from, target)| Entry { subsidiary, role, key, from, target })
            })
        })
    }

    /// The account and segments of what a document of a business date names by a role and a key, as
    /// [`Dimension::text`] has it. Where the key has a slash the longest part of it that has an entry answers, for a
    /// tax code may have one of its own.
    ///
    /// # Errors
    /// [`Missing`] when neither the key, nor a part of it, nor `default` has an entry on that date.
    pub fn target_of(
        &self,
        subsidiary: &str,
        role: Role,
        key: Option<&str>,
        date: Date,
    ) -> Result<&Target, Missing> {
        let (key, detail) = role.told_apart_by(key, key);
        let find = |key: &str| self.find(subsidiary, role, key, date);
        let part = |key: &str| {
            let mut slashes = key.rmatch_indices('/').filter(|_| detail.is_some());
            slashes.find_map(|(at, _)| find(key.get(..at)?))
        };
        key.and_then(|key| find(key).or_else(|| part(key))).or_else(|| find(DEFAULT)).ok_or_else(|| Missing {
            subsidiary: subsidiary.to_owned(),
            role,
            dimension: key.map_or(Dimension::NONE, Dimension::of),
            date,
        })
    }

    /// The account and segments of a role and dimension in a subsidiary on a business date.
    ///
    /// # Errors
    /// [`Missing`] when neither the key nor `default` has an entry on that date.
    pub fn target(
        &self,
        subsidiary: &str,
        role: Role,
        dimension: &Dimension,
        date: Date,
    ) -> Result<&Target, Missing> {
        let find = |key: &str| self.find(subsidiary, role, key, date);
        let whole = dimension.detail.as_ref().and_then(|_| dimension.text());
        whole
            .and_then(|key| find(&key))
            .or_else(|| dimension.key.as_deref().and_then(find))
            .or_else(|| find(DEFAULT))
            .ok_or_else(|| Missing {
                subsidiary: subsidiary.to_owned(),
                role,
                dimension: dimension.clone(),
                date,
            })
    }

    /// The entry of exactly that key on a date.
    fn find(&self, subsidiary: &str, role: Role, key: &str, date: Date) -> Option<&Target> {
        self.subsidiaries.get(subsidiary)?.get(&role)?.get(key)?.on(date)
    }
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

fn hash(subsidiaries: &BTreeMap<String, Entries>, lines_max: usize) -> String {
    let mut hash = blake3::Hasher::new();
    // Each text is led by its length, so that no two maps write the same bytes.
    let mut text = |text: &str| {
        hash.update(&text.len().to_le_bytes()).update(text.as_bytes());
    };
    text(&lines_max.to_string());
    for (subsidiary, roles) in subsidiaries {
        for (role, entries) in roles {
            for (key, (from, target)) in
                entries.iter().flat_map(|(key, dated)| dated.iter().map(move |at| (key, at)))
            {
                let location = match &target.location {
                    None => "",
                    Some(LocationSegment::Store) => read::STORE,
                    Some(LocationSegment::Fixed(id)) => id,
                };
                let department = target.department.as_deref().unwrap_or_default();
                let class = target.class.as_deref().unwrap_or_default();
                // An account is digits, so a date beside it is like no account; without dates the hash is what it was
                // before there were any.
                let dated = from.map(|from| format!("{} from {from}", target.account));
                let account = dated.as_deref().unwrap_or(&target.account);
                let fields = [subsidiary, role.word(), key, account, department, class, location];
                fields.into_iter().for_each(&mut text);
            }
        }
    }
    hash.finalize().to_hex().to_string()
}

#[cfg(test)]
mod owed;
#[cfg(test)]
mod tests;
