//! Whether a deposit states its tax, as the store master says that the subsidiary owes it.
//!
//! Where the tax is due when a deposit is collected, as in Mexico, one without it would be owed whole and its tax be
//! missed. Where it is due with the goods, one with a tax would have it booked too early. What is given back or applied
//! follows the same rule, so that the tax of a completed sale is recognised once. That none is due is a statement too:
//! an entry that is exempt or zero-rated.

use std::fmt::Arguments;

use crate::account_map::Role;
use crate::masters::{DepositTax, Store};
use crate::record::pos::{Line, Transaction};
use crate::vocabulary::{self, LineKind};

use super::booking::misplaced;
use super::{Code, Reasons};

/// Adds what the store's policy on the tax of deposits does not allow.
pub(super) fn check(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    if store.deposit_tax == DepositTax::AsStated {
        return;
    }
    let of_ticket = states_of_deposits_alone(transaction);
    for (index, line) in transaction.lines.iter().enumerate().filter(|(_, line)| is_deposit(line)) {
        let states = !line.taxes.is_empty() || (of_ticket && vocabulary::shares_taxes_of_ticket(line));
        match store.deposit_tax {
            DepositTax::WhenCollected if !states && !line.amount.is_zero() => {
                untaxed(format_args!("lines[{index}].taxes"), reasons);
            }
            DepositTax::WhenCompleted if states => {
                let field = if line.taxes.is_empty() { "taxes" } else { &format!("lines[{index}].taxes") };
                misplaced(
                    reasons,
                    format_args!("{field}"),
                    format_args!(
                        "a tax of a deposit, which the store master says is due with the goods (deposit_tax \
                         when_completed),"
                    ),
                );
            }
            DepositTax::AsStated | DepositTax::WhenCollected | DepositTax::WhenCompleted => {}
        }
    }
    if store.deposit_tax == DepositTax::WhenCollected {
        tenders(transaction, reasons);
    }
}

/// A tender has no taxes: what it takes out of a deposit would leave the tax that was booked with it. A balance that
/// says who issued it follows the policy of that one, which is not looked at.
fn tenders(transaction: &Transaction, reasons: &mut Reasons) {
    for (index, tender) in transaction.tenders.iter().enumerate() {
        let is_own = tender.stored_value.as_ref().is_none_or(|value| value.issuer.is_none());
        let role = vocabulary::own_tender_role(tender).filter(|_| is_own);
        if matches!(role, Some(Role::LayawayDeposit | Role::CustomerDeposit)) {
            misplaced(
                reasons,
                format_args!("tenders[{index}].stored_value"),
                format_args!(
                    "a deposit that pays as a tender and so states no tax, which the store master says is due when \
                     collected (send it as a negative line of the deposit, with its tax),"
                ),
            );
        }
    }
}

fn untaxed(at: Arguments<'_>, reasons: &mut Reasons) {
    reasons.add(
        Code::DepositTaxMissing,
        at,
        format_args!(
            "a deposit states no tax, which the store master says is due when collected; send the tax with it, or \
             an exempt or zero-rated entry of 0 where none is due"
        ),
    );
}

/// True where taxes of the whole ticket can be of its deposits only, since nothing else on it bears any.
fn states_of_deposits_alone(transaction: &Transaction) -> bool {
    let is_promised = |line: &Line| LineKind::of(&line.kind) == Some(LineKind::Promised) && !line.voided;
    let bears = |line: &&Line| vocabulary::may_be_taxed(line) || is_promised(line);
    let mut bearing = transaction.lines.iter().filter(bears);
    !transaction.taxes.is_empty() && bearing.all(is_deposit)
}

fn is_deposit(line: &Line) -> bool {
    !line.voided && matches!(LineKind::of(&line.kind), Some(LineKind::Deposit(_)))
}
