//! Journal entry documents, as published on `journal.entries`.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::number::Amount;

/// One balanced journal entry for NetSuite: a closed bucket's totals of one subsidiary and currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Document id and NetSuite external id.
    pub id: String,
    /// Id without version and part: what is posted in order.
    pub family: String,
    /// Store of the bucket.
    pub store: String,
    /// Business date, the NetSuite transaction date.
    pub business_date: Date,
    /// Window of the bucket.
    pub window: i32,
    /// Version of the bucket.
    pub version: i32,
    /// Why the bucket closed.
    pub close_reason: String,
    /// Subsidiary that books it.
    pub subsidiary: String,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Internal id of the currency in NetSuite.
    #[serde(default)]
    pub currency_netsuite_id: Option<String>,
    /// Number of this part, from 1; each part balances by itself.
    pub part: i32,
    /// Number of parts.
    pub parts: i32,
    /// Tickets in the bucket.
    pub tickets: i64,
    /// Hash of the account map that was applied.
    pub account_map: String,
    /// Location whose books it is in; the account map may have accounts of its own for it.
    #[serde(default)]
    pub location: Option<String>,
    /// Text for people.
    pub memo: String,
    /// Shared by the journals of one closed bucket that are in more than one set of books, and what the ids of all of
    /// them begin with: what one of their subsidiaries is owed in it another owes. Absent where the bucket books in one
    /// alone.
    #[serde(default)]
    pub group: Option<String>,
    /// Lines by role and dimension.
    #[serde(default)]
    pub lines: Vec<JournalLine>,
}

/// One line of a journal entry: a debit or a credit, never both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Account role it came from.
    pub role: String,
    /// Department, tax code or tender that chose the account.
    #[serde(default)]
    pub dimension: Option<String>,
    /// Internal id of the account in NetSuite.
    pub account_netsuite_id: String,
    /// Debit, positive.
    #[serde(default)]
    pub debit: Option<Amount>,
    /// Credit, positive.
    #[serde(default)]
    pub credit: Option<Amount>,
    /// Department segment in NetSuite.
    #[serde(default)]
    pub department_netsuite_id: Option<String>,
    /// Class segment in NetSuite.
    #[serde(default)]
    pub class_netsuite_id: Option<String>,
    /// Location segment in NetSuite.
    #[serde(default)]
    pub location_netsuite_id: Option<String>,
    /// Text for people.
    #[serde(default)]
    pub memo: Option<String>,
}
