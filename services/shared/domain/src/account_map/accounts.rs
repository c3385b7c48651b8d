//! The account maps that a service was started with, and which of them a shard works under.
//!
//! A map is adopted by a command, which the sequencer writes in order between the closes: what closes before it is
//! booked by the map before, what closes after it by the one it names. The hash stands in the state, so a shard goes on
//! under the map it was under, and a replay meets the adoption at the same place.
//!
//! A shard that stopped for lack of an account never reaches an adoption behind that place, nor passes one to a map
//! that lacks it, or that nobody has any more. For these a person may name the hash of the mended map at the start.

use super::AccountMap;

/// The account map in use, and the next one where an adoption is ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    map: AccountMap,
    next: Option<AccountMap>,
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

/// State was made under an account map that is none of the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state was made under account map {held} and the file is {map}; put the old file back, with the new one as \
     next_account_map until `tillstream accounts adopt` was carried out, or, where the service stopped for lack of an \
     account, go on at once with --adopt-account-map {map}"
)]
pub struct Changed {
    /// Hash in the state.
    pub held: String,
    /// Hash of the current map.
    pub map: String,
}

/// An adoption names an account map that is none of the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "account map {named} is adopted from here on, and no file is it; start with its file as next_account_map, and keep \
     that of {held}, which holds until here, as account_map; where it is lost, or lacks an account, start with another \
     one as account_map, that of {held} as next_account_map, and --adopt-account-map with the hash of the other"
)]
pub struct Unknown {
    /// Hash the adoption names.
    pub named: String,
    /// Hash of the map until there.
    pub held: String,
}

impl Accounts {
    /// Takes maps into use: the current one, and the next where an adoption is ahead. `adopted` is the hash a person
    /// named to go on under the current map with state of another, if any did.
    ///
    /// # Errors
    /// [`OtherMap`] when that is not the current map.
    pub fn new(map: AccountMap, next: Option<AccountMap>, adopted: Option<&str>) -> Result<Self, OtherMap> {
        match adopted {
            Some(named) if named != map.hash() => {
                Err(OtherMap { named: named.to_owned(), found: map.hash().to_owned() })
            }
            Some(_) => Ok(Self { map, next, adopted: true }),
            None => Ok(Self { map, next, adopted: false }),
        }
    }

    /// The current map.
    #[must_use]
    pub const fn map(&self) -> &AccountMap {
        &self.map
    }

    /// The map that a shard works under whose state names the hash `held`: the one of that hash. Where there is no
    /// state yet it is the current one; also where the state is under another map that a person replaced by it.
    ///
    /// # Errors
    /// [`Changed`], naming both.
    pub fn under(&self, held: Option<&str>) -> Result<&AccountMap, Changed> {
        let Some(held) = held else { return Ok(&self.map) };
        match self.of(held) {
            Some(map) => Ok(map),
            None if self.adopted => Ok(&self.map),
            None => Err(Changed { held: held.to_owned(), map: self.map.hash().to_owned() }),
        }
    }

    /// The map that an adoption names; `held` is the hash of the one until there. Where no file is it, the current one
    /// if a person goes on with that: the one named lacks an account, or is lost.
    ///
    /// # Errors
    /// [`Unknown`], naming both.
    pub fn adopt(&self, named: &str, held: Option<&str>) -> Result<&AccountMap, Unknown> {
        let instead = self.adopted.then_some(&self.map);
        self.of(named).or(instead).ok_or_else(|| Unknown {
            named: named.to_owned(),
            held: held.unwrap_or(self.map.hash()).to_owned(),
        })
    }

    fn of(&self, hash: &str) -> Option<&AccountMap> {
        std::iter::once(&self.map).chain(&self.next).find(|map| map.hash() == hash)
    }
}
