//! The demo: a year of real baskets, and a few days of two synthetic chains, through real Kafka into a simulated
//! NetSuite, reconciled to the cent.
//!
//! Here stands what it is set up with, the account map of its subsidiaries, and how the accounts are to be
//! read when the books are read back; `run` is what it does, `chains` what the synthetic chains add to it, `events`
//! what it sees on the way, `lag` how it knows that everything arrived.

pub mod chains;
pub mod events;
pub mod lag;
pub mod run;

use std::sync::LazyLock;

use domain::account_map::{AccountMap, Node, Problems};

use crate::statement::chain::Reading;
use crate::statement::compare::Use;
use crate::statement::expected::Role;

/// The account map of the demo as a file, for services that read one.
pub const ACCOUNT_MAP: &str = include_str!("accounts.toml");

/// Subsidiaries and currencies of the demo's NetSuite account, as the simulator reads them.
pub const NETSUITE_ACCOUNT: &str = include_str!("netsuite.json");

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

/// What an account of the demo's account map is for, of all that the synthetic chains book.
#[must_use]
pub fn role_of(account: u64) -> Option<&'static str> {
    Some(match account {
        100..=109 => "tender_clearing",
        110 => "safe",
        120 => "coupon_receivable",
        160 => "due_from",
        230 => "gift_card_liability",
        231 => "third_party_payable",
        232 => "store_credit_liability",
        233 => "loyalty_liability",
        234 => "bottle_deposit",
        235 => "tips_payable",
        236 => "charity_payable",
        237 => "layaway_deposit",
        238 => "customer_deposit",
        240..=244 => "tax_payable",
        260 => "due_to",
        290 => "suspense",
        400 | 410 | 420 | 430 | 440 | 450 | 451 => "sales",
        480 | 481 => "returns",
        490 | 491 => "discount",
        495 => "rounding",
        496 => "paid_in",
        600 => "paid_out",
        610 => "over_short",
        _ => return None,
    })
}

/// Roles whose accounts carry the location in that account map. Written down a second time, too.
const LOCATED: [&str; 3] = ["sales", "returns", "discount"];

/// The account that the text of the account map has for a role and what its sums are told apart by: the whole of that,
/// else its first part, else the default, where the location has one of them, else in its subsidiary. Read by another
/// way than the services do.
#[must_use]
pub fn account_of(subsidiary: &str, location: &str, role: &str, key: &str) -> Option<u64> {
    static MAP: LazyLock<toml::Table> = LazyLock::new(|| toml::from_str(ACCOUNT_MAP).unwrap_or_default());
    let of_subsidiary = MAP.get("subsidiaries")?.get(subsidiary)?;
    let of_location = of_subsidiary.get("locations").and_then(|locations| locations.get(location));
    let keys = [Some(key), key.split('/').next(), Some("default")];
    let entry = |table: &'static toml::Value| {
        let entries = table.get(role)?;
        keys.into_iter().flatten().find_map(|key| entries.get(key))
    };
    let entry = of_location.and_then(entry).or_else(|| entry(of_subsidiary))?;
    entry.get("account").unwrap_or(entry).as_str()?.parse().ok()
}

/// The names of a subsidiary and a currency of the demo's NetSuite account. Written down a second time, too.
#[must_use]
pub fn seat_of(subsidiary: u64, currency: u64) -> String {
    let subsidiary = match subsidiary {
        1 => "US",
        2 => "MX",
        3 => "CA",
        4 => "US2",
        5 => "CL",
        6 => "BH",
        _ => "an unknown subsidiary",
    };
    let currency = match currency {
        1 => "USD",
        2 => "MXN",
        3 => "CAD",
        4 => "CLP",
        5 => "BHD",
        _ => "in an unknown currency",
    };
    format!("{subsidiary} {currency}")
}

/// How the books of the synthetic chains are read back.
pub const READING: Reading<'_> =
    Reading { role: &role_of, seat: &seat_of, located: &LOCATED, account: &account_of };

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

    use domain::account_map::{Dimension, Place, Role};
    use domain::calendar::Date;

    use super::*;

    #[test]
    fn every_role_has_an_account() {
        let map = account_map(ACCOUNT_MAP).unwrap();
        for (subsidiary, role) in ["US", "MX", "CA", "US2", "CL", "BH"]
            .into_iter()
            .flat_map(|one| Role::ALL.map(|role| (one, role)))
        {
            let account = map
                .target(Place { subsidiary, location: None }, role, &Dimension::NONE, Date::default())
                .unwrap()
                .account
                .parse()
                .unwrap();
            let expected = (role != Role::InventoryAdjustment).then(|| role.word());
            assert_eq!(role_of(account), expected, "{subsidiary} {role}");
        }
        let us = Place { subsidiary: "US", location: None };
        let unlisted = map.target(us, Role::Sales, &Dimension::of("UNLISTED"), Date::default()).unwrap();
        assert_eq!(unlisted.account, "440");
    }
}
