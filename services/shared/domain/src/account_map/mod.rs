//! The account map: which NetSuite account and segments each role books to.
//!
//! Per subsidiary and role there are entries by key (a department, a tax code, a tender, a reason), of
//! which `default` answers for keys that have none of their own. A key of two parts, as `card/visa`, is
//! looked up whole, then as `card`, then as `default`. The map is read whole or refused with every
//! problem at once; what is read can be booked by.
//!
//! The hash is over what can reach a document (the entries and the line limit), so a comment or the name
//! of an account changes without being adopted.

mod read;
mod role;

use std::collections::BTreeMap;

pub use read::{Node, Problems};
pub use role::Role;

/// Lines a document has at most when the map does not say.
pub const LINES_MAX_DEFAULT: usize = 200;

/// Lines beyond which NetSuite refuses a journal.
pub const LINES_MAX_HARD: usize = 1000;

/// The key that answers for every key without an entry of its own.
const DEFAULT: &str = "default";

/// A validated account map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMap {
    subsidiaries: BTreeMap<String, BTreeMap<Role, BTreeMap<String, Target>>>,
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
    "no account for role `{role}`{} in subsidiary `{subsidiary}`; add {} to [subsidiaries.\"{subsidiary}\".{role}] of \
     the account map, then start with --adopt-account-map and the hash of the new map",
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
}

/// An account map in use, and whether a person adopted it over the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    map: AccountMap,
    adopted: bool,
}

/// The map a person adopted is not the map of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "--adopt-account-map names {named}, but the file has the hash {found}; adopt the map that you mean to use"
)]
pub struct OtherMap {
    /// Hash a person named.
    pub named: String,
    /// Hash of the file.
    pub found: String,
}

/// State was made under another account map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state was made under account map {held} and the file is {map}; put the old file back, or adopt the new one \
     with --adopt-account-map {map}"
)]
pub struct Changed {
    /// Hash in the state.
    pub held: String,
    /// Hash of the file.
    pub map: String,
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

    /// Every entry: by subsidiary, role and key.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.subsidiaries.iter().flat_map(|(subsidiary, roles)| {
            roles.iter().flat_map(move |(role, entries)| {
                entries.iter().map(move |(key, target)| Entry { subsidiary, role: *role, key, target })
            })
        })
    }

    /// The account and segments of what a document names by a role and a key, as [`Dimension::text`] has it. Where the
    /// key has a slash the longest part of it that has an entry answers, for a tax code may have one of its own.
    ///
    /// # Errors
    /// [`Missing`] when neither the key, nor a part of it, nor `default` has an entry.
    pub fn target_of(&self, subsidiary: &str, role: Role, key: Option<&str>) -> Result<&Target, Missing> {
        let (key, detail) = role.told_apart_by(key, key);
        let find = |key: &str| self.find(subsidiary, role, key);
        let part = |key: &str| {
            let mut slashes = key.rmatch_indices('/').filter(|_| detail.is_some());
            slashes.find_map(|(at, _)| find(key.get(..at)?))
        };
        key.and_then(|key| find(key).or_else(|| part(key))).or_else(|| find(DEFAULT)).ok_or_else(|| Missing {
            subsidiary: subsidiary.to_owned(),
            role,
            dimension: key.map_or(Dimension::NONE, Dimension::of),
        })
    }

    /// The account and segments of a role and dimension in a subsidiary.
    ///
    /// # Errors
    /// [`Missing`] when neither the key nor `default` has an entry.
    pub fn target(&self, subsidiary: &str, role: Role, dimension: &Dimension) -> Result<&Target, Missing> {
        let find = |key: &str| self.find(subsidiary, role, key);
        let whole = dimension.detail.as_ref().and_then(|_| dimension.text());
        whole
            .and_then(|key| find(&key))
            .or_else(|| dimension.key.as_deref().and_then(find))
            .or_else(|| find(DEFAULT))
            .ok_or_else(|| Missing { subsidiary: subsidiary.to_owned(), role, dimension: dimension.clone() })
    }

    /// The entry of exactly that key.
    fn find(&self, subsidiary: &str, role: Role, key: &str) -> Option<&Target> {
        self.subsidiaries.get(subsidiary)?.get(&role)?.get(key)
    }
}

impl Accounts {
    /// Takes a map into use. `adopted` is the hash a person named to adopt it, if any did.
    ///
    /// # Errors
    /// [`OtherMap`] when that is not this map.
    pub fn new(map: AccountMap, adopted: Option<&str>) -> Result<Self, OtherMap> {
        match adopted {
            Some(named) if named != map.hash => Err(OtherMap { named: named.to_owned(), found: map.hash }),
            Some(_) => Ok(Self { map, adopted: true }),
            None => Ok(Self { map, adopted: false }),
        }
    }

    /// The map.
    #[must_use]
    pub const fn map(&self) -> &AccountMap {
        &self.map
    }

    /// Says whether state made under the map of hash `held` may be worked on under this one: when it is the
    /// same, when there is no state yet, or when a person adopted this map.
    ///
    /// # Errors
    /// [`Changed`], naming both.
    pub fn may_follow(&self, held: Option<&str>) -> Result<(), Changed> {
        match held {
            Some(held) if held != self.map.hash && !self.adopted => {
                Err(Changed { held: held.to_owned(), map: self.map.hash.clone() })
            }
            Some(_) | None => Ok(()),
        }
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

fn hash(
    subsidiaries: &BTreeMap<String, BTreeMap<Role, BTreeMap<String, Target>>>,
    lines_max: usize,
) -> String {
    let mut hash = blake3::Hasher::new();
    // Each text is led by its length, so that no two maps write the same bytes.
    let mut text = |text: &str| {
        hash.update(&text.len().to_le_bytes()).update(text.as_bytes());
    };
    text(&lines_max.to_string());
    for (subsidiary, roles) in subsidiaries {
        for (role, entries) in roles {
            for (key, target) in entries {
                let location = match &target.location {
                    None => "",
                    Some(LocationSegment::Store) => read::STORE,
                    Some(LocationSegment::Fixed(id)) => id,
                };
                let department = target.department.as_deref().unwrap_or_default();
                let class = target.class.as_deref().unwrap_or_default();
                let fields =
                    [subsidiary, role.word(), key, target.account.as_str(), department, class, location];
                fields.into_iter().for_each(&mut text);
            }
        }
    }
    hash.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests;
