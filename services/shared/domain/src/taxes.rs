//! What an open bucket has taxed so far, and the tax summary it closes into.
//!
//! Taxes are taken as the tills stated them, from the same tickets as the journal of the bucket, so that both come to
//! the same for each tax code and jurisdiction. What is computed here is a figure beside them, for whoever audits, and
//! never books.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::document::{self, BucketName};
use crate::number::{Amount, Overflow, Rate};
use crate::record::sales::{Close, Sale, SaleTax};
use crate::record::tax::{TaxLine, TaxSummary};

/// Taxes one bucket tells apart at most: far above what one store levies, and few enough for a state record.
pub const TAXES_MAX: usize = 1_024;

/// The sums of one tax at one rate. A part of the bucket's state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// Tax code.
    pub code: String,
    /// Authority that levies it.
    #[serde(default)]
    pub jurisdiction: Option<String>,
    /// As stated.
    pub treatment: String,
    /// Rate as a fraction.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Sum of the bases.
    pub base: Amount,
    /// Sum of the taxes.
    pub tax: Amount,
    /// Bases of what was given back.
    pub returned_base: Amount,
    /// Taxes of what was given back.
    pub returned_tax: Amount,
    /// How many were stated without a base.
    pub without_base: i64,
    /// Sum of these.
    pub tax_without_base: Amount,
}

/// What one bucket taxed, ordered by code, jurisdiction, treatment and rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaxTotals(Vec<TaxTotal>);

/// Why taxes cannot be summed up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A sum left its digits.
    #[error("a sum of taxes cannot be kept: {0}")]
    Overflow(#[from] Overflow),
    /// One bucket would tell apart more than it may.
    #[error(
        "the bucket would tell apart more than {TAXES_MAX} taxes; check the tax codes and rates of its tills"
    )]
    TooMany,
    /// A name cannot stand in the id of the summary.
    #[error(transparent)]
    Name(#[from] document::Error),
}

impl TaxTotals {
    /// Adds the taxes of an accepted ticket. A ticket that does not book has none.
    ///
    /// # Errors
    /// [`Error`] when they cannot be kept; some of the ticket may have been added then.
    pub fn add(&mut self, sale: &Sale) -> Result<(), Error> {
        if !sale.books {
            return Ok(());
        }
        for line in &sale.lines {
            line.taxes.iter().try_for_each(|tax| self.add_tax(tax, line.reversal))?;
        }
        sale.taxes.iter().try_for_each(|tax| self.add_tax(tax, sale.voids.is_some()))
    }

    /// The totals in order.
    pub fn iter(&self) -> impl Iterator<Item = &TaxTotal> {
        self.0.iter()
    }

    /// True when nothing was taxed, nor stated to be free of tax.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one tax; `reversal` where it undoes one of an earlier ticket, so that what undoes a return is one.
    fn add_tax(&mut self, tax: &SaleTax, reversal: bool) -> Result<(), Error> {
        let wanted = (tax.code.as_str(), tax.jurisdiction.as_deref(), tax.treatment.as_str(), tax.rate);
        let found = self.0.binary_search_by(|total| {
            (total.code.as_str(), total.jurisdiction.as_deref(), total.treatment.as_str(), total.rate)
                .cmp(&wanted)
        });
        let at = match found {
            Ok(at) => at,
            Err(_) if self.0.len() >= TAXES_MAX => return Err(Error::TooMany),
            Err(at) => {
                self.0.insert(at, TaxTotal::nothing(tax));
                at
            }
        };
        let Some(total) = self.0.get_mut(at) else { return Ok(()) };
        let base = tax.base.unwrap_or_default();
        total.base = total.base.checked_add(base)?;
        total.tax = total.tax.checked_add(tax.amount)?;
        let is_negative = base.is_negative() || tax.amount.is_negative();
        let is_nothing = base.is_zero() && tax.amount.is_zero();
        if is_negative != reversal && !is_nothing {
            total.returned_base = total.returned_base.checked_add(base)?;
            total.returned_tax = total.returned_tax.checked_add(tax.amount)?;
        }
        if tax.base.is_none() {
            total.without_base = total.without_base.saturating_add(1);
            total.tax_without_base = total.tax_without_base.checked_add(tax.amount)?;
        }
        Ok(())
    }
}

impl TaxTotal {
    fn nothing(tax: &SaleTax) -> Self {
        Self {
            code: tax.code.to_string(),
            jurisdiction: tax.jurisdiction.as_deref().map(str::to_owned),
            treatment: tax.treatment.to_string(),
            rate: tax.rate,
            ..Self::default()
        }
    }

    fn line(&self, minor_units: u32) -> Result<TaxLine, Error> {
        let computed = self.rate.and_then(|rate| rate_of(rate, self.base, minor_units));
        let difference = match computed {
            Some(computed) => Some(self.tax.checked_sub(self.tax_without_base)?.checked_sub(computed)?),
            None => None,
        };
        let total = self.clone();
        Ok(TaxLine {
            code: total.code,
            jurisdiction: total.jurisdiction,
            treatment: total.treatment,
            rate: total.rate,
            base: total.base,
            tax: total.tax,
            returned_base: total.returned_base,
            returned_tax: total.returned_tax,
            without_base: total.without_base,
            tax_without_base: total.tax_without_base,
            computed,
            difference,
        })
    }
}

fn rate_of(rate: Rate, base: Amount, minor_units: u32) -> Option<Amount> {
    let exact: Decimal = rate.decimal().checked_mul(base.decimal())?;
    Amount::try_from(exact.round_dp_with_strategy(minor_units, RoundingStrategy::MidpointAwayFromZero)).ok()
}

/// Makes the summary of a closed bucket; none where nothing was taxed, nor stated to be free of tax.
///
/// # Errors
/// [`Error`] is a mistake of ours.
pub fn summary(store: &str, close: &Close, totals: &TaxTotals) -> Result<Option<TaxSummary>, Error> {
    if totals.is_empty() {
        return Ok(None);
    }
    let bucket = BucketName {
        store,
        business_date: close.bucket.business_date,
        window: close.bucket.window,
        version: close.bucket.version,
    };
    // The currency is that of valid tickets.
    let minor_units = Currency::parse(&close.currency).map_or(2, Currency::minor_units);
    let lines: Result<Vec<TaxLine>, Error> = totals.iter().map(|total| total.line(minor_units)).collect();
    Ok(Some(TaxSummary {
        id: document::tax_summary(&bucket, &close.subsidiary, &close.currency)?,
        store: store.to_owned(),
        business_date: bucket.business_date,
        window: bucket.window,
        version: bucket.version,
        period: bucket.business_date.to_string().chars().take(7).collect(),
        subsidiary: close.subsidiary.to_string(),
        subsidiary_netsuite_id: close.subsidiary_netsuite_id.to_string(),
        currency: close.currency.to_string(),
        lines: lines?,
    }))
}

#[cfg(test)]
mod tests;
