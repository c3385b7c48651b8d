//! Whether a line can be booked: what it is, what it gives back, and what it refers to.

use std::fmt::Arguments;

use crate::account_map::Role;
use crate::masters::Store;
use crate::record::pos::{Line, Link, Transaction};
use crate::vocabulary::{self, FULFILMENTS, LineKind, PROMISES, RETURNED};

use super::booking::{misplaced, units, unknown};
use super::{Code, Quoted, Reasons};

/// The kind of a ticket is no more than a word: what it says must be on its lines, or a return would be booked as
/// the sale it undoes.
pub(super) fn brings_back(transaction: &Transaction, reasons: &mut Reasons) {
    let kind = Quoted(&transaction.kind);
    let booked = || transaction.lines.iter().enumerate().filter(|(_, line)| !line.voided);
    if !booked().any(|(_, line)| vocabulary::takes_back(line.quantity, line.amount)) {
        reasons.add(
            Code::NothingReturned,
            format_args!("lines"),
            format_args!("a {kind} takes something back; send it on lines of kind return, with a minus"),
        );
    }
    let sold = booked().filter(|(_, line)| LineKind::of(&line.kind) == Some(LineKind::Goods));
    for (index, _) in sold.filter(|_| transaction.kind == "return") {
        reasons.add(
            Code::NothingReturned,
            format_args!("lines[{index}].kind"),
            format_args!("a {kind} sells no goods; send an exchange, or a line of kind return"),
        );
    }
}

/// Checks a line; `takes_back` where the ticket says that it gives money back, for work, fees and balances as well.
pub(super) fn check(at: Arguments<'_>, line: &Line, takes_back: bool, store: &Store, reasons: &mut Reasons) {
    let kind = LineKind::of(&line.kind);
    if kind.is_none() {
        let kind = Quoted(&line.kind);
        unknown(reasons, format_args!("{at}kind"), format_args!("a line of kind {kind}"));
    } else if kind.is_some_and(LineKind::moves_stock) {
        names_item(at, line, reasons);
    }
    if let (Some(LineKind::Deposit(role)), Some(account)) = (kind, &line.stored_value) {
        if vocabulary::deposit_of_program(&account.program) != Some(role) {
            let program = Quoted(&account.program);
            unknown(
                reasons,
                format_args!("{at}stored_value.program"),
                format_args!("the program {program} on such a line"),
            );
        }
        if account.issuer.is_some() {
            misplaced(
                reasons,
                format_args!("{at}stored_value.issuer"),
                format_args!("a deposit that others owe"),
            );
        }
    }
    if line.stored_value.is_some() && !kind.is_some_and(LineKind::loads_a_balance) {
        misplaced(reasons, format_args!("{at}stored_value"), format_args!("stored value on such a line"));
    }
    let may_give_back = match kind {
        Some(LineKind::GiftCard | LineKind::Unstocked | LineKind::Owed(_)) => takes_back,
        // What moves without a sale is refused on any ticket that books money.
        Some(LineKind::Deposit(_) | LineKind::Promised | LineKind::Stock(_)) => true,
        Some(LineKind::Goods | LineKind::Return) | None => false,
    };
    if line.quantity.is_negative() && units(line.amount) > 0 && kind != Some(LineKind::Return) {
        above_zero(format_args!("{at}amount"), "amount", reasons);
    }
    if kind == Some(LineKind::Return) {
        returned(format_args!("{at}"), line, reasons);
    } else if vocabulary::takes_back(line.quantity, line.amount)
        && line.kind != "bottle_refund"
        && !may_give_back
    {
        misplaced(
            reasons,
            format_args!("{at}quantity"),
            format_args!("a line that takes goods or money back"),
        );
    }
    for (index, _) in line.discounts.iter().enumerate().filter(|(_, each)| !each.lines.is_empty()) {
        misplaced(
            reasons,
            format_args!("{at}discounts[{index}].lines"),
            format_args!("a list of lines on a discount of one line"),
        );
    }
    if let Some(original) = &line.original {
        let fits = match kind {
            Some(LineKind::Return) => original.kind == "return_of",
            Some(LineKind::Goods | LineKind::Deposit(_) | LineKind::Promised) => is_promise(original),
            Some(LineKind::Unstocked | LineKind::Owed(Role::ThirdPartyPayable)) => {
                original.kind == "return_of" && vocabulary::takes_back(line.quantity, line.amount)
            }
            Some(LineKind::GiftCard | LineKind::Owed(_) | LineKind::Stock(_)) | None => false,
        };
        refers(format_args!("{at}original"), original, fits, store, reasons);
    }
    if let Some(other) = line.fulfilment.as_deref().filter(|fulfilment| !FULFILMENTS.contains(fulfilment)) {
        let other = Quoted(other);
        unknown(reasons, format_args!("{at}fulfilment"), format_args!("fulfilment by {other}"));
    }
    let elsewhere = line.fulfilment_location.as_ref().is_some_and(|location| *location != store.location);
    if elsewhere && !vocabulary::hands_over(line) {
        misplaced(
            reasons,
            format_args!("{at}fulfilment_location"),
            format_args!("another location on a line that hands over no goods"),
        );
    }
    if line.owner.is_some() && line.kind != "commission_sale" {
        misplaced(reasons, format_args!("{at}owner"), format_args!("an owner on such a line"));
    }
}

/// Adds that a line of goods names none.
pub(super) fn names_item(at: Arguments<'_>, line: &Line, reasons: &mut Reasons) {
    if line.item.is_none() && line.barcode.is_none() {
        let kind = Quoted(&line.kind);
        reasons.add(
            Code::ItemMissing,
            format_args!("{at}item"),
            format_args!("a {kind} line names neither item nor barcode; send one of them"),
        );
    }
}

/// True for a link to a ticket that promised goods.
pub(crate) fn is_promise(link: &Link) -> bool {
    PROMISES.contains(&link.kind.as_str())
}

/// True for a link to the ticket that sold what comes back.
pub(crate) fn is_of_return(link: &Link) -> bool {
    RETURNED.contains(&link.kind.as_str())
}

/// The sale that a line says it gives back.
pub(crate) fn sold_by(line: &Line) -> Option<&Link> {
    line.original.as_deref().filter(|original| is_of_return(original))
}

/// The sale that a line gives back, as the line says, else the ticket.
pub(crate) fn sold_by_any<'a>(ticket: &'a Transaction, line: &'a Line) -> Option<&'a Link> {
    match line.original {
        Some(_) => sold_by(line),
        None => ticket.links.iter().find(|link| is_of_return(link)),
    }
}

/// What takes goods back takes money back with them, and says in what state they are.
fn returned(at: Arguments<'_>, line: &Line, reasons: &mut Reasons) {
    for (field, above) in [("quantity", line.quantity.units() > 0), ("amount", units(line.amount) > 0)] {
        if above {
            above_zero(format_args!("{at}{field}"), field, reasons);
        }
    }
    if vocabulary::returned(line.disposition.as_deref()).is_none() {
        let state = Quoted(line.disposition.as_deref().unwrap_or_default());
        unknown(reasons, format_args!("{at}disposition"), format_args!("a return in the state {state}"));
    }
}

fn above_zero(at: Arguments<'_>, field: &str, reasons: &mut Reasons) {
    reasons.add(
        Code::ReturnAboveZero,
        at,
        format_args!("a line that takes something back has no {field} above zero; send it with a minus"),
    );
}

/// What refers to an earlier ticket does so for a reason that is booked, and to one of this store but for what comes
/// back.
pub(super) fn refers(at: Arguments<'_>, link: &Link, fits: bool, store: &Store, reasons: &mut Reasons) {
    if !fits {
        let kind = Quoted(&link.kind);
        misplaced(reasons, at, format_args!("a link of kind {kind} here"));
    } else if link.store != store.store && !is_of_return(link) {
        misplaced(
            reasons,
            format_args!("{at}.store"),
            format_args!("a ticket that refers to another store's"),
        );
    }
}
