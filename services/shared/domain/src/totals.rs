//! What an open bucket has booked so far: sums by role, dimension and side, never the receipts.
//!
//! A ticket is turned into entries by [`of_sale`], an item out of suspense by [`of_reclassification`];
//! each must balance by itself, so a mistake is found at the ticket that holds it and totals balance at
//! all times. Sums are exact and do not depend on the order tickets came in: what comes to zero leaves no
//! trace. A bucket holds at most [`TOTALS_MAX`] totals, far above what a map of accounts can tell apart.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::account_map::{Dimension, Role};
use crate::number::{Amount, Overflow};
use crate::record::sales::{OtherStore, Reclassification, Sale, SaleLine, SaleTax};

/// Totals one bucket holds at most.
pub const TOTALS_MAX: usize = 4096;

/// Left or right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Left: received, given away, taken back.
    Debit,
    /// Right: earned, owed.
    Credit,
}

/// One amount of a ticket on one side of one role. A negative amount stands on its side all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Side.
    pub side: Side,
    /// Role.
    pub role: Role,
    /// Department, tax code or tender kind.
    pub key: Option<&'a str>,
    /// Jurisdiction or card brand.
    pub detail: Option<&'a str>,
    /// Amount in the ticket's currency.
    pub amount: Amount,
}

/// The sums of one role and dimension. A part of the bucket's state record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Role.
    pub role: Role,
    /// Department, tax code or tender kind.
    #[serde(default)]
    pub key: Option<String>,
    /// Jurisdiction or card brand.
    #[serde(default)]
    pub detail: Option<String>,
    /// Sum of the debits; negative when more was taken back.
    pub debit: Amount,
    /// Sum of the credits; negative when more was taken back.
    pub credit: Amount,
}

/// The totals of one bucket, of one subsidiary and currency. They balance at all times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Totals(Vec<Total>);

/// Why a ticket cannot be added: a mistake of whoever enriched it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A role that no journal knows.
    #[error("`{0}` is no role of a journal; run a version at least as new as what wrote the record")]
    Role(String),
    /// Debits and credits differ.
    #[error("debits of {debits} and credits of {credits} differ")]
    Unbalanced {
        /// Sum of the debits.
        debits: Amount,
        /// Sum of the credits.
        credits: Amount,
    },
    /// A sum left its digits.
    #[error("a sum cannot be kept: {0}")]
    Overflow(#[from] Overflow),
    /// One bucket would tell apart more than it may.
    #[error(
        "the bucket would hold more than {TOTALS_MAX} totals; check the departments, tax codes and card brands"
    )]
    TooMany,
}

/// The entries of an accepted ticket in the books of its own store. A ticket that does not book has none.
///
/// # Errors
/// [`Error::Role`] for a line or tender role that no journal knows.
pub fn of_sale(sale: &Sale) -> Result<Vec<Entry<'_>>, Error> {
    if !sale.books {
        return Ok(Vec::new());
    }
    let mut entries = booked_in(sale, None)?;
    entries.push(entry(Side::Credit, Role::Rounding, None, None, sale.rounding));
    entries.extend(sale.taxes.iter().map(of_tax));
    for place in elsewhere(sale) {
        let due = due(&booked_in(sale, Some(place))?, sale.voids.is_some())?;
        entries.push(due.ours(&place.subsidiary));
    }
    Ok(entries)
}

/// The entries of an accepted ticket in the books of other stores. What the ticket's own store paid out for them they
/// owe it, and what it took for them it owes, by subsidiary, also where that is the same one; of a ticket and its void
/// on the same role.
///
/// # Errors
/// [`Error::Role`] for a line or tender role that no journal knows.
pub fn of_sale_elsewhere(sale: &Sale) -> Result<Vec<(&OtherStore, Vec<Entry<'_>>)>, Error> {
    if !sale.books {
        return Ok(Vec::new());
    }
    let place = |place| {
        let mut entries = booked_in(sale, Some(place))?;
        let due = due(&entries, sale.voids.is_some())?;
        entries.push(due.theirs(&sale.subsidiary));
        Ok((place, entries))
    };
    elsewhere(sale).into_iter().map(place).collect()
}

/// The other stores that a ticket books in.
#[must_use]
pub fn elsewhere(sale: &Sale) -> BTreeSet<&OtherStore> {
    let lines = sale.lines.iter().filter_map(|line| line.booked_in.as_deref());
    lines.chain(sale.tenders.iter().filter_map(|tender| tender.booked_in.as_deref())).collect()
}

/// What two stores owe each other for one ticket.
struct Due {
    /// True where the other one owes the ticket's own.
    to_us: bool,
    /// How much; negative where a ticket is undone.
    amount: Amount,
}

/// What is missing on one side of entries in the books of another store.
fn due(entries: &[Entry<'_>], voids: bool) -> Result<Due, Error> {
    let of = |side| sum(entries.iter().filter(|entry| entry.side == side).map(|entry| entry.amount));
    let credits = of(Side::Credit)?.checked_sub(of(Side::Debit)?)?;
    let to_us = credits.is_negative() != voids;
    Ok(Due { to_us, amount: if to_us { credits.negated() } else { credits } })
}

impl Due {
    fn ours<'a>(&self, other: &'a str) -> Entry<'a> {
        match self.to_us {
            true => entry(Side::Debit, Role::DueFrom, Some(other), None, self.amount),
            false => entry(Side::Credit, Role::DueTo, Some(other), None, self.amount),
        }
    }

    fn theirs<'a>(&self, own: &'a str) -> Entry<'a> {
        match self.to_us {
            true => entry(Side::Credit, Role::DueTo, Some(own), None, self.amount),
            false => entry(Side::Debit, Role::DueFrom, Some(own), None, self.amount),
        }
    }
}

/// The entries of lines and tenders that book in another store, or in the ticket's own.
fn booked_in<'a>(sale: &'a Sale, place: Option<&OtherStore>) -> Result<Vec<Entry<'a>>, Error> {
    let mut entries =
        Vec::with_capacity(sale.tenders.len().saturating_add(sale.lines.len().saturating_mul(2)));
    for tender in sale.tenders.iter().filter(|tender| tender.booked_in.as_deref() == place) {
        let role = role(&tender.role)?;
        entries.push(entry(Side::Debit, role, Some(&tender.kind), tender.brand.as_deref(), tender.amount));
    }
    for line in sale.lines.iter().filter(|line| line.booked_in.as_deref() == place) {
        entries.push(of_line(line)?);
        let discounts = line.discounts.iter();
        entries.extend(
            discounts.map(|discount| {
                entry(Side::Debit, Role::Discount, Some(&discount.kind), None, discount.amount)
            }),
        );
        entries.extend(line.taxes.iter().map(of_tax));
    }
    Ok(entries)
}

/// The entries that move one line from suspense to the role of its item.
///
/// # Errors
/// [`Error::Role`] for a line role that no journal knows.
pub fn of_reclassification(moved: &Reclassification) -> Result<[Entry<'_>; 2], Error> {
    let from = moved.from_department.as_deref();
    Ok([entry(Side::Debit, Role::Suspense, from, None, moved.resolved.amount), of_line(&moved.resolved)?])
}

/// The line without its discounts and taxes, which book by themselves.
fn of_line(line: &SaleLine) -> Result<Entry<'_>, Error> {
    // Goods that move without a sale have no amount, and a role that no journal books to.
    let role = if line.moved.is_some() { Role::Suspense } else { role(&line.role)? };
    Ok(entry(Side::Credit, role, line.department.as_deref(), None, line.amount))
}

/// Tax is credited whether it was added or included: a line's amount never contains it.
fn of_tax(tax: &SaleTax) -> Entry<'_> {
    entry(Side::Credit, Role::TaxPayable, Some(&tax.code), tax.jurisdiction.as_deref(), tax.amount)
}

fn entry<'a>(
    side: Side,
    role: Role,
    key: Option<&'a str>,
    detail: Option<&'a str>,
    amount: Amount,
) -> Entry<'a> {
    let (key, detail) = role.told_apart_by(key, detail);
    Entry { side, role, key, detail, amount }
}

fn role(word: &str) -> Result<Role, Error> {
    Role::from_word(word)
        .filter(|role| *role != Role::InventoryAdjustment)
        .ok_or_else(|| Error::Role(word.to_owned()))
}

impl Totals {
    /// Adds entries that balance.
    ///
    /// # Errors
    /// [`Error`] when they do not balance or cannot be kept; the totals are then as they were.
    pub fn add(&mut self, entries: &[Entry<'_>]) -> Result<(), Error> {
        let sum = |side| {
            let amounts = entries.iter().filter(|entry| entry.side == side).map(|entry| entry.amount);
            sum(amounts)
        };
        let (debits, credits) = (sum(Side::Debit)?, sum(Side::Credit)?);
        if debits != credits {
            return Err(Error::Unbalanced { debits, credits });
        }
        for (added, entry) in entries.iter().enumerate() {
            if let Err(error) = self.post(entry) {
                for entry in entries.iter().take(added).rev() {
                    // Taking back what was just added returns to a sum that was kept before.
                    self.post(&Entry { amount: entry.amount.negated(), ..*entry })?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// The totals in document order: by role, then key, then detail.
    pub fn iter(&self) -> impl Iterator<Item = &Total> {
        self.0.iter()
    }

    /// How many there are: at most [`TOTALS_MAX`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when everything came to zero, or nothing was booked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn post(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        if entry.amount.is_zero() {
            return Ok(());
        }
        let wanted = (entry.role, entry.key, entry.detail);
        let found = self.0.binary_search_by(|total| {
            (total.role, total.key.as_deref(), total.detail.as_deref()).cmp(&wanted)
        });
        let at = match found {
            Ok(at) => at,
            Err(_) if self.0.len() >= TOTALS_MAX => return Err(Error::TooMany),
            Err(at) => {
                self.0.insert(at, Total::nothing(entry));
                at
            }
        };
        let Some(total) = self.0.get_mut(at) else { return Ok(()) };
        let sum = match entry.side {
            Side::Debit => &mut total.debit,
            Side::Credit => &mut total.credit,
        };
        *sum = sum.checked_add(entry.amount)?;
        if total.debit.is_zero() && total.credit.is_zero() {
            self.0.remove(at);
        }
        Ok(())
    }
}

impl Total {
    /// The dimension that chooses the account.
    #[must_use]
    pub fn dimension(&self) -> Dimension {
        Dimension { key: self.key.clone(), detail: self.detail.clone() }
    }

    fn nothing(entry: &Entry<'_>) -> Self {
        Self {
            role: entry.role,
            key: entry.key.map(str::to_owned),
            detail: entry.detail.map(str::to_owned),
            debit: Amount::ZERO,
            credit: Amount::ZERO,
        }
    }
}

/// Adds amounts exactly.
///
/// # Errors
/// [`Overflow`] beyond 18 digits.
pub fn sum(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, Overflow> {
    amounts.into_iter().try_fold(Amount::ZERO, Amount::checked_add)
}

#[cfg(test)]
mod tests;
