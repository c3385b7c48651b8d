//! What an open bucket did so far to balances that customers hold, and the liability ledger it closes into.
//!
//! A balance is issued, redeemed, refunded, or kept. What a ticket does is told from its booked lines and tenders
//! alone, so that a void of it takes the same back from the same sum. Breakage that is estimated over many cards is not
//! a ticket's: finance books it, and it is not in here.

use serde::{Deserialize, Serialize};

use crate::account_map::Role;
use crate::document::{self, BucketName, Closing};
use crate::number::{Amount, Overflow};
use crate::record::liability::{LiabilityLedger, LiabilityLine};
use crate::record::sales::{OtherStore, Reclassification, Sale, SaleLine};
use crate::totals::{self, Totals};

/// The roles of balances that customers hold.
const BALANCES: [Role; 4] =
    [Role::GiftCardLiability, Role::StoreCreditLiability, Role::LayawayDeposit, Role::CustomerDeposit];

/// The department of what is kept when something is given up: that of a fee without an item.
const FEE: &str = "fee";

/// The movements of one role. A part of the bucket's state record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liability {
    /// Role.
    pub role: Role,
    /// Sum of what was issued.
    pub issued: Amount,
    /// Sum of what was redeemed.
    pub redeemed: Amount,
    /// Sum of what was refunded.
    pub refunded: Amount,
    /// Sum of what was kept.
    pub breakage: Amount,
}

/// The movements of one bucket, in the order of roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Liabilities(Vec<Liability>);

/// What one role is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Role.
    pub role: Role,
    /// What is owed; negative where more was redeemed here than issued, since cards travel.
    pub amount: Amount,
}

/// What a store's tickets left owing, in one subsidiary and currency. A state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balances(Vec<Balance>);

/// Why a ledger cannot be made: a mistake of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name cannot stand in its id.
    #[error(transparent)]
    Name(#[from] document::Error),
    /// A sum left its digits.
    #[error("a balance cannot be kept: {0}")]
    Overflow(#[from] Overflow),
}

/// What became of an amount of a balance.
#[derive(Clone, Copy)]
enum Fate {
    Issued,
    Redeemed,
    Refunded,
    Breakage,
}

impl Liabilities {
    /// Adds what an accepted ticket did to balances that a store of another subsidiary issued, or its own. A ticket
    /// that does not book does nothing.
    ///
    /// A deposit that is taken out of is redeemed where the ticket sells something; where it does not, what a fee
    /// keeps of it is breakage, and the rest is refunded.
    ///
    /// # Errors
    /// [`Overflow`] beyond 18 digits; some of the ticket may have been added then.
    pub fn add(&mut self, sale: &Sale, place: Option<&OtherStore>) -> Result<(), Overflow> {
        if !sale.books {
            return Ok(());
        }
        let voids = sale.voids.is_some();
        for tender in sale.tenders.iter().filter(|tender| tender.booked_in.as_deref() == place) {
            let Some(role) = balance(&tender.role) else { continue };
            match turned(tender.amount, voids).is_negative() {
                false => self.post(role, Fate::Redeemed, tender.amount)?,
                true => self.post(role, Fate::Issued, tender.amount.negated())?,
            }
        }
        let here = || sale.lines.iter().filter(|line| line.booked_in.as_deref() == place);
        if !here().any(|line| balance(&line.role).is_some()) {
            return Ok(());
        }
        let sells = sale.lines.iter().any(sells);
        let fees = sale.lines.iter().filter(|line| is_fee(line)).map(kept);
        let mut kept = totals::sum(fees.collect::<Result<Vec<_>, _>>()?)?;
        for line in here() {
            let Some(role) = balance(&line.role) else { continue };
            let taken = turned(line.amount, line.reversal).negated();
            if taken.is_negative() {
                self.post(role, Fate::Issued, line.amount)?;
            } else if sells && is_deposit(role) {
                self.post(role, Fate::Redeemed, line.amount.negated())?;
            } else {
                let fee = if is_deposit(role) { kept.min(taken) } else { Amount::ZERO };
                kept = kept.checked_sub(fee)?;
                self.post(role, Fate::Breakage, turned(fee, line.reversal))?;
                self.post(role, Fate::Refunded, turned(taken.checked_sub(fee)?, line.reversal))?;
            }
        }
        Ok(())
    }

    /// Adds a line whose item turned out to be a balance.
    ///
    /// # Errors
    /// [`Overflow`] beyond 18 digits.
    pub fn add_resolved(&mut self, moved: &Reclassification) -> Result<(), Overflow> {
        let line = &moved.resolved;
        let Some(role) = balance(&line.role) else { return Ok(()) };
        match turned(line.amount, line.reversal).is_negative() {
            false => self.post(role, Fate::Issued, line.amount),
            true => self.post(role, Fate::Refunded, line.amount.negated()),
        }
    }

    fn of(&self, role: Role) -> Liability {
        let found = self.0.iter().find(|movements| movements.role == role);
        found.cloned().unwrap_or_else(|| Liability::nothing(role))
    }

    fn post(&mut self, role: Role, fate: Fate, amount: Amount) -> Result<(), Overflow> {
        if amount.is_zero() {
            return Ok(());
        }
        let at = match self.0.binary_search_by_key(&role, |movements| movements.role) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, Liability::nothing(role));
                at
            }
        };
        let Some(movements) = self.0.get_mut(at) else { return Ok(()) };
        let sum = match fate {
            Fate::Issued => &mut movements.issued,
            Fate::Redeemed => &mut movements.redeemed,
            Fate::Refunded => &mut movements.refunded,
            Fate::Breakage => &mut movements.breakage,
        };
        *sum = sum.checked_add(amount)?;
        if *movements == Liability::nothing(role) {
            self.0.remove(at);
        }
        Ok(())
    }
}

impl Liability {
    const fn nothing(role: Role) -> Self {
        let none = Amount::ZERO;
        Self { role, issued: none, redeemed: none, refunded: none, breakage: none }
    }
}

impl Balances {
    /// What a role is owed.
    #[must_use]
    pub fn of(&self, role: Role) -> Amount {
        self.0.iter().find(|balance| balance.role == role).map_or(Amount::ZERO, |balance| balance.amount)
    }

    /// The balances after a bucket whose journal books `totals`.
    fn after(&self, totals: &Totals) -> Result<Self, Overflow> {
        let mut after = Vec::new();
        for role in BALANCES {
            let mut amount = self.of(role);
            for total in totals.iter().filter(|total| total.role == role) {
                amount = amount.checked_add(total.credit)?.checked_sub(total.debit)?;
            }
            if !amount.is_zero() {
                after.push(Balance { role, amount });
            }
        }
        Ok(Self(after))
    }
}

/// Makes the ledger of a closed bucket, and says what is owed after it. None where nothing is owed and nothing moved.
///
/// # Errors
/// [`Error`]: a mistake of ours.
pub fn ledger(
    store: &str,
    closing: &Closing<'_>,
    totals: &Totals,
    moved: &Liabilities,
    before: &Balances,
) -> Result<(Option<LiabilityLedger>, Balances), Error> {
    let after = before.after(totals)?;
    let mut lines = Vec::new();
    for role in BALANCES {
        let Liability { issued, redeemed, refunded, breakage, .. } = moved.of(role);
        let (opening, closing) = (before.of(role), after.of(role));
        let explained = issued.checked_sub(redeemed)?.checked_sub(refunded)?.checked_sub(breakage)?;
        let unexplained = closing.checked_sub(opening)?.checked_sub(explained)?;
        let amounts = [opening, issued, redeemed, refunded, breakage, unexplained, closing];
        if amounts.iter().any(|amount| !amount.is_zero()) {
            let role = role.word().to_owned();
            lines.push(LiabilityLine {
                role,
                opening,
                issued,
                redeemed,
                refunded,
                breakage,
                unexplained,
                closing,
            });
        }
    }
    if lines.is_empty() {
        return Ok((None, after));
    }
    let close = closing.close();
    let bucket = BucketName::of(store, &close.bucket);
    let ledger = LiabilityLedger {
        id: document::liability_ledger(&bucket, &closing.books())?,
        store: store.to_owned(),
        business_date: bucket.business_date,
        window: bucket.window,
        version: bucket.version,
        period: bucket.period(),
        subsidiary: close.subsidiary.to_string(),
        subsidiary_netsuite_id: close.subsidiary_netsuite_id.to_string(),
        currency: close.currency.to_string(),
        location: closing.books().elsewhere.map(str::to_owned),
        lines,
    };
    Ok((Some(ledger), after))
}

/// The role of a balance; `None` for a word of anything else.
fn balance(word: &str) -> Option<Role> {
    BALANCES.into_iter().find(|role| role.word() == word)
}

fn is_deposit(role: Role) -> bool {
    role == Role::LayawayDeposit || role == Role::CustomerDeposit
}

/// What a ticket did, of an amount that may undo it.
fn turned(amount: Amount, undoes: bool) -> Amount {
    if undoes { amount.negated() } else { amount }
}

/// True for a line that a deposit can be spent on.
fn sells(line: &SaleLine) -> bool {
    let is_other = balance(&line.role).is_none_or(|role| !is_deposit(role));
    let amount = turned(line.amount, line.reversal);
    is_other && !is_fee(line) && !amount.is_negative() && !amount.is_zero()
}

fn is_fee(line: &SaleLine) -> bool {
    line.item.is_none()
        && line.department.as_deref() == Some(FEE)
        && Role::from_word(&line.role) == Some(Role::Sales)
}

/// What a fee comes to with its tax.
fn kept(line: &SaleLine) -> Result<Amount, Overflow> {
    let discounts = totals::sum(line.discounts.iter().map(|discount| discount.amount))?;
    let taxes = totals::sum(line.taxes.iter().map(|tax| tax.amount))?;
    Ok(turned(line.amount.checked_sub(discounts)?.checked_add(taxes)?, line.reversal))
}

#[cfg(test)]
mod tests;
