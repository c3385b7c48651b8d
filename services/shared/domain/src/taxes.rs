//! What an open bucket has taxed so far, and the tax summary it closes into.
//!
//! Taxes are taken as the tills stated them, from the same tickets as the journal of the bucket, so that both come to
//! the same for each tax code and jurisdiction. What is computed here is a figure beside them, for whoever audits, and
//! never books.
//!
//! What goes beyond the taxes that a bucket tells apart is one line of its own, so that all lines still come to what
//! the journal books.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::account_map::Role;
use crate::currency::Currency;
use crate::document::{self, BucketName, Closing};
use crate::number::{Amount, Overflow, Rate};
use crate::record::sales::{OtherStore, Sale, SaleLine, SaleTax};
use crate::record::tax::{TaxLine, TaxSummary};
use crate::vocabulary::TAXABLE;

/// Taxes one bucket tells apart at most: far above what one store levies. A till that states another rate on each line
/// goes beyond; what comes then is one sum.
pub const TAX_TOTALS_MAX: usize = 256;

/// What tells taxes apart: code, jurisdiction, treatment and rate.
type Name<'a> = (&'a str, Option<&'a str>, &'a str, Option<Rate>);

/// The name of the one line of all taxes beyond [`TAX_TOTALS_MAX`]. Which they are depends on the order of tickets.
const BEYOND: Name<'static> = ("*", None, "mixed", None);

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
    /// Taxes that were stated without a base.
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
}

impl TaxTotals {
    /// Adds the taxes of an accepted ticket that book in a store of another subsidiary, or in its own. A ticket that
    /// does not book has none. Of what it gives back, that is apart which its lines state; a tax of the whole ticket is
    /// one sum, of its own store, and apart where nothing but returns are booked there.
    ///
    /// # Errors
    /// [`Error`] when they cannot be kept; some of the ticket may have been added then.
    pub fn add(&mut self, sale: &Sale, place: Option<&OtherStore>) -> Result<(), Error> {
        if !sale.books {
            return Ok(());
        }
        let booked = || sale.lines.iter().filter(|line| line.booked_in.as_deref() == place);
        for line in booked().filter(|line| !line.taxes.is_empty()) {
            let returned = is_returned(line);
            line.taxes.iter().try_for_each(|tax| self.add_tax(tax, returned))?;
        }
        if place.is_some() || sale.taxes.is_empty() {
            return Ok(());
        }
        let returned = booked().next().is_some() && booked().all(is_returned);
        sale.taxes.iter().try_for_each(|tax| self.add_tax(tax, returned))
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

    fn add_tax(&mut self, tax: &SaleTax, returned: bool) -> Result<(), Error> {
        let base = tax.base.unwrap_or_default();
        if base.is_zero() && tax.amount.is_zero() {
            return Ok(());
        }
        let own = (tax.code.as_str(), tax.jurisdiction.as_deref(), tax.treatment.as_str(), tax.rate);
        // While some are told as one, a void must find its tax among them, though there is room again.
        let is_full = self.0.len() >= TAX_TOTALS_MAX || self.find(BEYOND).is_ok();
        let name = if is_full && self.find(own).is_err() { BEYOND } else { own };
        let at = self.find(name).unwrap_or_else(|at| {
            self.0.insert(at, TaxTotal::nothing(name));
            at
        });
        let Some(total) = self.0.get_mut(at) else { return Ok(()) };
        total.base = total.base.checked_add(base)?;
        total.tax = total.tax.checked_add(tax.amount)?;
        if returned {
            total.returned_base = total.returned_base.checked_add(base)?;
            total.returned_tax = total.returned_tax.checked_add(tax.amount)?;
        }
        if tax.base.is_none() {
            total.tax_without_base = total.tax_without_base.checked_add(tax.amount)?;
        }
        if total.is_nothing() {
            self.0.remove(at);
        }
        Ok(())
    }

    /// Where the total of that name is, or where it belongs.
    fn find(&self, name: Name<'_>) -> Result<usize, usize> {
        self.0.binary_search_by(|total| total.name().cmp(&name))
    }

    /// How many totals it has: at most [`TAX_TOTALS_MAX`], and one of all beyond.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// True for a line that gives money back for what was sold, and for what undoes that; deposits are no such thing.
fn is_returned(line: &SaleLine) -> bool {
    match Role::from_word(&line.role) {
        Some(Role::Returns) => true,
        // Of an item that is not known yet only the sign tells.
        Some(Role::Suspense) => line.amount.is_negative() != line.reversal,
        _ => false,
    }
}

impl TaxTotal {
    fn nothing((code, jurisdiction, treatment, rate): Name<'_>) -> Self {
        Self {
            code: code.to_owned(),
            jurisdiction: jurisdiction.map(str::to_owned),
            treatment: treatment.to_owned(),
            rate,
            ..Self::default()
        }
    }

    fn name(&self) -> Name<'_> {
        (&self.code, self.jurisdiction.as_deref(), &self.treatment, self.rate)
    }

    fn is_nothing(&self) -> bool {
        let sums = [self.base, self.tax, self.returned_base, self.returned_tax, self.tax_without_base];
        sums.iter().all(|sum| sum.is_zero())
    }

    fn line(&self, minor_units: u32) -> TaxLine {
        let rate = self.rate.filter(|_| self.treatment == TAXABLE);
        let computed = rate.and_then(|rate| rate_of(rate, self.base, minor_units));
        let with_base = self.tax.checked_sub(self.tax_without_base).ok();
        let difference = with_base.zip(computed).and_then(|(tax, computed)| tax.checked_sub(computed).ok());
        let total = self.clone();
        TaxLine {
            code: total.code,
            jurisdiction: total.jurisdiction,
            treatment: total.treatment,
            rate: total.rate,
            base: total.base,
            tax: total.tax,
            returned_base: total.returned_base,
            returned_tax: total.returned_tax,
            tax_without_base: total.tax_without_base,
            computed,
            difference,
        }
    }
}

fn rate_of(rate: Rate, base: Amount, minor_units: u32) -> Option<Amount> {
    let exact: Decimal = rate.decimal().checked_mul(base.decimal())?;
    Amount::try_from(exact.round_dp_with_strategy(minor_units, RoundingStrategy::MidpointAwayFromZero)).ok()
}

/// Makes the summary of a closed bucket; none where nothing was taxed, nor stated to be free of tax.
///
/// # Errors
/// [`document::Error`] for a name that cannot stand in its id.
pub fn summary(
    store: &str,
    closing: &Closing<'_>,
    totals: &TaxTotals,
) -> Result<Option<TaxSummary>, document::Error> {
    if totals.is_empty() {
        return Ok(None);
    }
    let close = closing.close();
    let bucket = BucketName::of(store, &close.bucket);
    // The currency is that of valid tickets.
    let minor_units = Currency::parse(&close.currency).map_or(2, Currency::minor_units);
    Ok(Some(TaxSummary {
        id: document::tax_summary(&bucket, &closing.books())?,
        store: store.to_owned(),
        business_date: bucket.business_date,
        window: bucket.window,
        version: bucket.version,
        period: bucket.period(),
        subsidiary: close.subsidiary.to_string(),
        subsidiary_netsuite_id: close.subsidiary_netsuite_id.to_string(),
        currency: close.currency.to_string(),
        location: closing.books().elsewhere.map(str::to_owned),
        lines: totals.iter().map(|total| total.line(minor_units)).collect(),
    }))
}

/// True where some of the taxes of a summary are one line, since there are more than [`TAX_TOTALS_MAX`].
#[must_use]
pub fn is_mixed(summary: &TaxSummary) -> bool {
    summary.lines.iter().any(|line| {
        (line.code.as_str(), line.jurisdiction.as_deref(), line.treatment.as_str(), line.rate) == BEYOND
    })
}

#[cfg(test)]
mod tests;
