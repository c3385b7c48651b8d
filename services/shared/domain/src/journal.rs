//! The journal entries of a closed bucket: balanced because they cannot be built otherwise.
//!
//! Each total becomes at most one debit and one credit line, on the account the map names for it; a sum
//! that came out negative stands on the other side. Lines stand debits first, each side in the order of
//! roles and dimensions, so the same totals give the same bytes. A journal with more lines than allowed is
//! split into parts that balance each by itself, cutting the amount of a line where a part ends.

use std::collections::VecDeque;

use crate::account_map::{AccountMap, Dimension, LocationSegment, Missing, Place, Role, Target};
use crate::calendar::Date;
use crate::document::{self, BucketName, Closing, Series};
use crate::number::{Amount, Overflow};
use crate::record::journal::{JournalEntry, JournalLine};
use crate::record::sales::Close;
use crate::totals::{Side, Total, Totals, sum};

/// Lines that balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal(Vec<Line>);

/// One line: a positive amount on one side of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Side.
    pub side: Side,
    /// Role the amount came from.
    pub role: Role,
    /// Dimension that chose the account.
    pub dimension: Dimension,
    /// Account and segments.
    pub target: Target,
    /// Amount, above zero.
    pub amount: Amount,
}

/// Why a bucket's journal cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The account map lacks an account.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A name cannot stand in the document id.
    #[error(transparent)]
    Name(#[from] document::Error),
    /// Debits and credits differ: a mistake of ours.
    #[error("debits of {debits} and credits of {credits} differ")]
    Unbalanced {
        /// Sum of the debits.
        debits: Amount,
        /// Sum of the credits.
        credits: Amount,
    },
    /// A line has no amount above zero: a mistake of ours.
    #[error("a line of role `{0}` has no amount above zero")]
    NotPositive(Role),
    /// A sum left its digits.
    #[error("a sum cannot be kept: {0}")]
    Overflow(#[from] Overflow),
    /// The limit leaves no room for a debit and a credit.
    #[error("a journal of at most {0} lines cannot balance; allow at least 2")]
    LinesMax(usize),
    /// More parts than can be counted.
    #[error("the journal falls into more parts than can be numbered; raise lines_max")]
    Parts,
}

/// Makes the journal entries of a closed bucket, in its own books or in those of a store of another subsidiary. Totals
/// that are all zero make none.
///
/// # Errors
/// [`Error::Missing`] when the account map must be completed first; the others are mistakes of ours.
pub fn documents(
    store: &str,
    closing: &Closing<'_>,
    totals: &Totals,
    map: &AccountMap,
) -> Result<Vec<JournalEntry>, Error> {
    let close = closing.close();
    let bucket = BucketName::of(store, &close.bucket);
    let series = Series::journal(&bucket, &closing.books())?;
    let place = Place { subsidiary: &close.subsidiary, location: Some(&close.location) };
    let journal = Journal::from_totals(totals, place, bucket.business_date, map)?;
    let parts = journal.split(map.lines_max())?;
    let count = i32::try_from(parts.len()).map_err(|_| Error::Parts)?;
    let document = |(part, journal): (i32, &Journal)| JournalEntry {
        id: series.id(part),
        family: series.family(),
        store: store.to_owned(),
        business_date: bucket.business_date,
        window: bucket.window,
        version: bucket.version,
        close_reason: close.reason.to_string(),
        subsidiary: close.subsidiary.to_string(),
        subsidiary_netsuite_id: close.subsidiary_netsuite_id.to_string(),
        currency: close.currency.to_string(),
        currency_netsuite_id: close.currency_netsuite_id.as_deref().map(str::to_owned),
        part,
        parts: count,
        tickets: close.count,
        account_map: map.hash().to_owned(),
        location: Some(close.location.to_string()),
        memo: memo(&bucket, part, count),
        group: None,
        lines: journal.lines().iter().map(|line| line.record(&close.location_netsuite_id)).collect(),
    };
    Ok((1..=count).zip(&parts).map(document).collect())
}

/// Names the journals of one closed bucket as a group, where they are in more than one set of books: what one of their
/// subsidiaries is owed in it another owes. Those of one set of books alone, in however many parts, are none.
///
/// # Errors
/// [`document::Error`] for a name that cannot stand in an id: a mistake of ours, since it stands in theirs.
pub fn group(store: &str, close: &Close, entries: &mut [JournalEntry]) -> Result<(), document::Error> {
    let mut families = entries.iter().map(|entry| &entry.family);
    let first = families.next();
    if families.all(|family| Some(family) == first) {
        return Ok(());
    }
    let group = document::journal_group(&BucketName::of(store, &close.bucket))?;
    entries.iter_mut().for_each(|entry| entry.group = Some(group.clone()));
    Ok(())
}

fn memo(bucket: &BucketName<'_>, part: i32, parts: i32) -> String {
    let mut memo = format!("store {}, business date {}", bucket.store, bucket.business_date);
    if bucket.window > 0 {
        memo.push_str(&format!(", window {}", bucket.window));
    }
    if bucket.version > 1 {
        memo.push_str(&format!(", version {}", bucket.version));
    }
    if parts > 1 {
        memo.push_str(&format!(", part {part} of {parts}"));
    }
    memo
}

impl Journal {
    /// The journal of a bucket's totals, on the accounts that one location of a subsidiary has on its business date.
    ///
    /// # Errors
    /// [`Error`] when an account is missing or the totals do not balance.
    pub fn from_totals(
        totals: &Totals,
        place: Place<'_>,
        date: Date,
        map: &AccountMap,
    ) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for total in totals.iter() {
            let sides = sides(total)?;
            for (side, amount) in sides.into_iter().filter(|(_, amount)| !amount.is_zero()) {
                let dimension = total.dimension();
                let target = map.target(place, total.role, &dimension, date)?.clone();
                lines.push(Line { side, role: total.role, dimension, target, amount });
            }
        }
        lines.sort_by_key(|line| line.side);
        Self::balanced(lines)
    }

    /// Its lines, debits first.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// Cuts the journal into parts of at most so many lines that balance each by itself. A journal without
    /// lines has no parts.
    ///
    /// # Errors
    /// [`Error::LinesMax`] below 2 lines.
    pub fn split(self, lines_max: usize) -> Result<Vec<Self>, Error> {
        if lines_max < 2 {
            return Err(Error::LinesMax(lines_max));
        }
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        if self.0.len() <= lines_max {
            return Ok(vec![self]);
        }
        let (debits, credits): (VecDeque<Line>, _) =
            self.0.into_iter().partition(|line| line.side == Side::Debit);
        let mut rest = Rest { debits, credits };
        let mut parts = Vec::new();
        while !rest.is_empty() {
            parts.push(Self::balanced(rest.take_part(lines_max)?)?);
        }
        Ok(parts)
    }

    /// The only way a journal comes to be.
    fn balanced(lines: Vec<Line>) -> Result<Self, Error> {
        if let Some(line) = lines.iter().find(|line| line.amount <= Amount::ZERO) {
            return Err(Error::NotPositive(line.role));
        }
        let of = |side| sum(lines.iter().filter(|line| line.side == side).map(|line| line.amount));
        let (debits, credits) = (of(Side::Debit)?, of(Side::Credit)?);
        if debits != credits {
            return Err(Error::Unbalanced { debits, credits });
        }
        Ok(Self(lines))
    }
}

/// What a total puts on each side, nothing below zero: a negative sum stands on the other side.
fn sides(total: &Total) -> Result<[(Side, Amount); 2], Overflow> {
    let above_zero = |amount: Amount| amount.max(Amount::ZERO);
    let debit = above_zero(total.debit).checked_add(above_zero(total.credit.negated()))?;
    let credit = above_zero(total.credit).checked_add(above_zero(total.debit.negated()))?;
    Ok([(Side::Debit, debit), (Side::Credit, credit)])
}

/// The lines no part has taken yet. Debits and credits are equal in sum.
struct Rest {
    debits: VecDeque<Line>,
    credits: VecDeque<Line>,
}

impl Rest {
    fn is_empty(&self) -> bool {
        self.debits.is_empty() && self.credits.is_empty()
    }

    /// Takes lines from the side that is behind until the part is full or nothing is left, then cuts what
    /// one side is ahead from the last line taken of it. That line alone is long enough: before it was
    /// taken its side was not ahead.
    fn take_part(&mut self, lines_max: usize) -> Result<Vec<Line>, Error> {
        let (mut debits, mut credits) = (Vec::new(), Vec::new());
        let (mut debit, mut credit) = (Amount::ZERO, Amount::ZERO);
        while debits.len().saturating_add(credits.len()) < lines_max {
            let (from, to, total) = if debit <= credit {
                (&mut self.debits, &mut debits, &mut debit)
            } else {
                (&mut self.credits, &mut credits, &mut credit)
            };
            let Some(line) = from.pop_front() else { break };
            *total = total.checked_add(line.amount)?;
            to.push(line);
        }
        if debit > credit {
            cut(&mut debits, &mut self.debits, debit.checked_sub(credit)?)?;
        } else if credit > debit {
            cut(&mut credits, &mut self.credits, credit.checked_sub(debit)?)?;
        }
        debits.append(&mut credits);
        Ok(debits)
    }
}

/// Gives `excess` of the last line taken back to the lines that remain.
fn cut(taken: &mut Vec<Line>, rest: &mut VecDeque<Line>, excess: Amount) -> Result<(), Overflow> {
    let Some(mut last) = taken.pop() else { return Ok(()) };
    let kept = last.amount.checked_sub(excess)?;
    if !kept.is_zero() {
        taken.push(Line { amount: kept, ..last.clone() });
    }
    last.amount = excess;
    rest.push_front(last);
    Ok(())
}

impl Line {
    fn record(&self, store_location: &str) -> JournalLine {
        let (debit, credit) = match self.side {
            Side::Debit => (Some(self.amount), None),
            Side::Credit => (None, Some(self.amount)),
        };
        let dimension = self.dimension.text();
        let memo = match &dimension {
            Some(dimension) => format!("{}: {dimension}", self.role),
            None => self.role.word().to_owned(),
        };
        JournalLine {
            role: self.role.word().to_owned(),
            dimension,
            account_netsuite_id: self.target.account.clone(),
            debit,
            credit,
            department_netsuite_id: self.target.department.clone(),
            class_netsuite_id: self.target.class.clone(),
            location_netsuite_id: self.target.location.as_ref().map(|location| match location {
                LocationSegment::Store => store_location.to_owned(),
                LocationSegment::Fixed(id) => id.clone(),
            }),
            memo: Some(memo),
        }
    }
}

#[cfg(test)]
mod tests;
