//! Tax summaries of closed buckets, as published on `tax.summaries`.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::number::{Amount, Rate};

/// What one closed bucket taxed: what its journal books to tax, by rate and treatment, with the bases. Summed over all
/// versions and windows of a period, it is what the journals of the period book to tax, but for buckets whose taxes are
/// not all known: they have no summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSummary {
    /// Id of the summary: each bucket has one for each store it books in.
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
    /// Subsidiary that books it.
    pub subsidiary: String,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Location of the other store in whose books it is, of another subsidiary or of the same one; absent where the
    /// bucket's own store books.
    #[serde(default)]
    pub location: Option<String>,
    /// One line for each code, jurisdiction, treatment and rate, and one for all beyond 256 of them.
    #[serde(default)]
    pub lines: Vec<TaxLine>,
}

/// What one tax came to in a bucket, at one rate. All of it as the tills stated it, but for the last two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// Tax code of the retailer, key of the account map.
    pub code: String,
    /// Authority that levies it.
    #[serde(default)]
    pub jurisdiction: Option<String>,
    /// taxable, zero_rated, exempt, out_of_scope; mixed, of code * and without rate, for all taxes beyond the 256 that
    /// a bucket tells apart. Open vocabulary.
    pub treatment: String,
    /// Rate as a fraction; absent where the tills state none.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Amounts it was levied on, or exempt from it, as far as the tills state them, less what was given back.
    pub base: Amount,
    /// Tax collected less tax given back: what the journal books.
    pub tax: Amount,
    /// Part of `base` that lines of returns state, negative; positive where a return is undone.
    pub returned_base: Amount,
    /// Part of `tax` that lines of returns have, and whole tickets of nothing but returns, signed alike. What a ticket
    /// with other lines, too, states once is told apart where it is shared out to its lines: not on top of prices where
    /// all of it is of its own store.
    pub returned_tax: Amount,
    /// Part of `tax` that the tills stated without a base.
    pub tax_without_base: Amount,
    /// `rate` of `base`, rounded half away from zero to the currency's smallest unit; absent without a rate, and of
    /// what is not taxable.
    #[serde(default)]
    pub computed: Option<Amount>,
    /// `tax` less `tax_without_base` less `computed`: what rounding on each receipt came to, or a till that is wrong.
    #[serde(default)]
    pub difference: Option<Amount>,
}
