//! What the demo is set up with: the account map of its one subsidiary.

use domain::account_map::{AccountMap, Node, Problems};

/// The account map of the demo as a file, for services that read one.
pub const ACCOUNT_MAP: &str = include_str!("accounts.toml");

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

    use super::*;

    #[test]
    fn every_role_in_use_has_an_account() {
        let map = account_map(ACCOUNT_MAP).unwrap();
        for role in Role::ALL.into_iter().filter(|role| role.is_in_use()) {
            map.target("US", role, &Dimension::NONE).unwrap();
        }
        let unlisted = map.target("US", Role::Sales, &Dimension::of("UNLISTED")).unwrap();
        assert_eq!(unlisted.account, "440");
    }
}
