//! Liability ledgers of closed buckets, as published on `liability.ledgers`.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::number::Amount;

/// What one closed bucket did to balances that customers hold: a roll-forward beside its journal, of the same tickets.
/// The ledgers of a store follow each other in the order of their closes: each opens with what the one before it of
/// the same subsidiary, currency and location closed with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiabilityLedger {
    /// Id of the ledger: each bucket has one for each store that it books in.
    pub id: String,
    /// Store of the bucket. Also the record key.
    pub store: String,
    /// Business date, which its journal is dated.
    pub business_date: Date,
    /// Window of the bucket.
    pub window: i32,
    /// Version of the bucket: above 1 what came after an earlier close.
    pub version: i32,
    /// Month of the business date, as 2026-03.
    pub period: String,
    /// Subsidiary that owes the balances.
    pub subsidiary: String,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Location of the other store in whose books it is, of another subsidiary or of the same one; absent where the
    /// bucket's own store books.
    #[serde(default)]
    pub location: Option<String>,
    /// One line for each role with a balance or a movement.
    #[serde(default)]
    pub lines: Vec<LiabilityLine>,
}

/// The roll-forward of one role: `opening` + `issued` - `redeemed` - `refunded` - `breakage` + `unexplained` is
/// `closing`, and `closing` less `opening` is what the journal of the bucket credits the role less what it debits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiabilityLine {
    /// Account role: gift_card_liability, store_credit_liability, layaway_deposit, customer_deposit. Open vocabulary.
    pub role: String,
    /// What the store's tickets had left owing before this bucket, since the first that tillstream booked.
    pub opening: Amount,
    /// Sold, topped up, paid in, given as store credit.
    pub issued: Amount,
    /// Spent on a sale: a gift card that pays, a deposit that is applied.
    pub redeemed: Amount,
    /// Paid out again.
    pub refunded: Amount,
    /// Kept as a fee when what was laid away or ordered is given up.
    pub breakage: Amount,
    /// What the journal books and nobody told apart: of a bucket that an older version opened. Otherwise zero.
    pub unexplained: Amount,
    /// What is owed after this bucket.
    pub closing: Amount,
}
