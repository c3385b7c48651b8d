//! The real data set as a chain of stores would send it: masters and transactions.
//!
//! What a till states and the data set lacks is made up here, the same every time:
//!
//! - each store has one register, which numbers anew each business date, in order of time and basket;
//! - a basket's business date is its date in New York;
//! - manufacturers' coupons are tenders of their own; the rest of a basket is paid by one cash or card
//!   tender, chosen by the household; what coupons give beyond the sale is cash paid out;
//! - after the last basket of a store and business date stands a `business_eod` record of the same time;
//! - all stores are of one subsidiary; internal ids of NetSuite are the numbers of the data set, raised.
//!
//! No tax is made up: the data set has none.

pub mod masters;
pub mod ticket;

mod kind;

/// A number of the data set does not fit a record: another data set than the one that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The zone of the stores is not in the bundled database.
    #[error(transparent)]
    Zone(#[from] domain::calendar::Error),
    /// A timestamp lies outside the calendar.
    #[error("basket {basket_id} has a time outside the calendar; fetch the data set again")]
    Time {
        /// The basket.
        basket_id: u64,
    },
    /// An amount or a quantity has too many digits.
    #[error("basket {basket_id} has a number with too many digits; fetch the data set again")]
    Number {
        /// The basket.
        basket_id: u64,
    },
}
