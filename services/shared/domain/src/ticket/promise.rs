//! Goods that are laid away or ordered: kept for a customer, neither sold nor paid before they are handed over.
//!
//! On a layaway and an order every line of goods is such a promise. Its price, discounts and taxes are the till's
//! word for later: nothing of them is owed, booked or due with this ticket, only what else is on it, as a deposit.

use std::fmt::Arguments;

use crate::account_map::Role;
use crate::number::Amount;
use crate::record::pos::{Line, Transaction};
use crate::vocabulary::{LineKind, POST_VOID, PROMISING, RESALEABLE, RESERVE};

use super::booking::misplaced;
use super::{Code, Quoted, Reasons, is_promise};

/// Adds what is wrong with promised goods as the till sent them, with their price; in training nothing is.
pub(super) fn form(transaction: &Transaction, reasons: &mut Reasons) {
    if transaction.training {
        return;
    }
    let words = words(transaction);
    let promised =
        transaction.lines.iter().enumerate().filter(|(_, line)| words.contains(&line.kind.as_str()));
    let of_ticket = transaction.links.iter();
    let refers =
        of_ticket.chain(transaction.lines.iter().filter_map(|line| line.original.as_deref())).any(is_promise);
    let mut any = false;
    for (index, line) in promised.filter(|(_, line)| !line.voided) {
        any = true;
        let signs = [line.quantity.units().signum(), line.amount.units().signum()];
        if signs == [1, -1] || signs == [-1, 1] {
            reasons.add(
                Code::WrongSign,
                format_args!("lines[{index}].amount"),
                format_args!(
                    "promised goods and their price have one sign: above zero when kept, below when given up"
                ),
            );
        }
        if line.disposition.as_deref().is_some_and(|state| state != RESALEABLE) {
            let at = format_args!("lines[{index}].disposition");
            misplaced(reasons, at, format_args!("a state of goods that are kept or given up"));
        }
        if line.quantity.units() > 0 && refers && transaction.kind != POST_VOID {
            let at = format_args!("lines[{index}].quantity");
            misplaced(
                reasons,
                at,
                format_args!("keeping goods on a ticket that refers to one that kept them,"),
            );
        }
    }
    if any && transaction.taxes.iter().any(|tax| !tax.amount.is_zero()) {
        let at = format_args!("taxes");
        misplaced(
            reasons,
            at,
            format_args!("a tax of a whole ticket that keeps goods, and is not stated on its lines,"),
        );
    }
}

/// Refuses promised goods on a ticket that promises none, and on one that does what cannot be promised.
pub(super) fn check(at: Arguments<'_>, line: &Line, ticket: &str, reasons: &mut Reasons) {
    let promising = PROMISING.contains(&ticket);
    let what = match LineKind::of(&line.kind) {
        Some(LineKind::Promised) if !promising && ticket != POST_VOID => "promised goods",
        Some(LineKind::Return) if promising => "goods that come back",
        Some(LineKind::Owed(Role::ThirdPartyPayable)) if promising => "goods of others",
        Some(LineKind::Stock(_)) => "stock that moves without a sale",
        _ => return,
    };
    misplaced(reasons, at, format_args!("a line of {what} on a {}", Quoted(ticket)));
}

/// The kinds of lines that are promised goods on a ticket: a void cannot tell what was sold but by its word.
fn words(transaction: &Transaction) -> &'static [&'static str] {
    match transaction.kind.as_str() {
        kind if PROMISING.contains(&kind) => &["sale", RESERVE],
        POST_VOID => &[RESERVE],
        _ => &[],
    }
}

/// True where a ticket promises goods.
pub(super) fn promises(transaction: &Transaction) -> bool {
    let words = words(transaction);
    transaction.lines.iter().any(|line| words.contains(&line.kind.as_str()))
}

/// The ticket with its promised goods as what they are now: kept, and of no amount.
pub(super) fn unpriced(mut transaction: Transaction) -> Transaction {
    let words = words(&transaction);
    for line in transaction.lines.iter_mut().filter(|line| words.contains(&line.kind.as_str())) {
        line.kind = RESERVE.into();
        line.amount = Amount::ZERO;
        line.discounts = Vec::new();
        line.taxes = Vec::new();
    }
    transaction
}
