//! The demo: a year of real baskets through real Kafka into a simulated NetSuite, reconciled to the cent.
//!
//! Here stands what it is set up with, the account map of its one subsidiary, and how the accounts are to be
//! read when the books are read back; `run` is what it does, `lag` how it knows that everything arrived.

pub mod lag;
pub mod run;

use domain::account_map::{AccountMap, Node, Problems};

use crate::statement::compare::Use;
use crate::statement::expected::Role;

/// The account map of the demo as a file, for services that read one.
pub const ACCOUNT_MAP: &str = include_str!("accounts.toml");

/// What an account of the demo's account map is for. Written down a second time on purpose: it reads what the
/// map made the services write.
#[must_use]
pub fn use_of(account: u64) -> Option<Use> {
    match account {
        101..=103 => Some(Use::Role(Role::Tender)),
        120 => Some(Use::Role(Role::CouponReceivable)),
        230 => Some(Use::Role(Role::GiftCardLiability)),
        290 => Some(Use::Suspense),
        400 | 410 | 420 | 430 | 440 => Some(Use::Role(Role::Sales)),
        490 | 491 => Some(Use::Role(Role::Discount)),
        _ => None,
    }
}

/// The account map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not TOML.
    #[error("the account map is not valid TOML")]
    Toml(#[from] toml::de::Error),
    /// It is refused.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// Reads an account map from the text of its file.
///
/// # Errors
/// [`Error`] with every reason for refusal.
pub fn account_map(text: &str) -> Result<AccountMap, Error> {
    Ok(AccountMap::read(&toml::from_str::<Node>(text)?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::account_map::{Dimension, Role};
    use domain::calendar::Date;

    use super::*;

    #[test]
    fn every_role_has_an_account() {
        let map = account_map(ACCOUNT_MAP).unwrap();
        // Nothing is owed between subsidiaries where there is one.
        for role in Role::ALL.into_iter().filter(|role| !matches!(role, Role::DueFrom | Role::DueTo)) {
            map.target("US", role, &Dimension::NONE, Date::default()).unwrap();
        }
        let unlisted = map.target("US", Role::Sales, &Dimension::of("UNLISTED"), Date::default()).unwrap();
        assert_eq!(unlisted.account, "440");
    }
}
