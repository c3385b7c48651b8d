//! A ticket that undoes an earlier one after it was finished: the post-void.
//!
//! It repeats the lines, taxes and tenders of what it undoes, all with the opposite sign. Turned around once more
//! they are that ticket, and are checked as it was; what it booked is booked backwards, on the same roles and for the
//! same reasons, so that nothing of it is left.

use crate::masters::Store;
use crate::number::{Amount, Quantity};
use crate::record::pos::{Tax, Transaction};
use crate::record::sales::TicketId;
use crate::vocabulary::{POST_VOID, VOID_OF};

use super::booking;
use super::{Code, Reasons, checks, discounts, linked, promise, taxes};

/// True for a transaction that undoes an earlier one. In training mode it undoes nothing.
pub(super) fn undoes(transaction: &Transaction) -> bool {
    transaction.kind == POST_VOID && !transaction.training
}

/// Who is undone; adds why that cannot be told, or why nothing is.
pub(super) fn original(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<TicketId> {
    if !transaction.lines.iter().any(|line| !line.voided) {
        reasons.add(
            Code::VoidNotRepeated,
            format_args!("lines"),
            format_args!(
                "a {POST_VOID} repeats the lines, taxes and tenders of what it voids, each with the opposite sign, and \
                 this has no lines; look the ticket up and send them, or undo by hand what has no lines"
            ),
        );
    }
    let mut links = transaction.links.iter().enumerate().filter(|(_, link)| link.kind == VOID_OF);
    let (Some((index, link)), None) = (links.next(), links.next()) else {
        reasons.add(
            Code::VoidOfNothing,
            format_args!("links"),
            format_args!("a {POST_VOID} names the one ticket it voids; send one link of kind {VOID_OF}"),
        );
        return None;
    };
    // That of another store is refused as a link.
    let original = (link.store == store.store).then(|| linked(link, store))?;
    if original.is_none() {
        reasons.add(
            Code::EpochMissing,
            format_args!("links[{index}].sequence_epoch"),
            format_args!("the store numbers by stated epochs; send that of the ticket it voids"),
        );
    }
    original
}

/// True for one that would be right if it repeated its ticket with that ticket's own sign.
pub(super) fn is_upright(transaction: &Transaction, store: &Store) -> bool {
    let mut reasons = Reasons::default();
    checks::form(transaction, store, &mut reasons);
    let shared = discounts::shared(transaction, store, &mut reasons);
    let read = shared.unwrap_or_else(|| transaction.clone());
    let read = taxes::shared(&read, store).unwrap_or(read);
    booking::check(&promise::unpriced(read), store, &mut reasons);
    reasons.is_empty()
}

/// Adds that a post-void has the sign of what it voids.
pub(super) fn upright(reasons: &mut Reasons) {
    reasons.add(
        Code::WrongSign,
        format_args!("lines"),
        format_args!(
            "a {POST_VOID} has the opposite sign of what it voids, on every quantity and amount, and this has the \
             same; turn them around"
        ),
    );
}

/// The transaction with the opposite sign.
pub(crate) fn mirrored(transaction: &Transaction) -> Transaction {
    let mut mirrored = transaction.clone();
    let amount = |amount: &mut Amount| *amount = amount.negated();
    let some = |amount: &mut Option<Amount>| *amount = amount.map(Amount::negated);
    let quantity = |quantity: &mut Quantity| *quantity = quantity.negated();
    let taxes = |taxes: &mut Vec<Tax>| {
        for tax in taxes {
            some(&mut tax.base);
            amount(&mut tax.amount);
        }
    };
    some(&mut mirrored.total);
    amount(&mut mirrored.rounding);
    mirrored.discounts.iter_mut().for_each(|discount| amount(&mut discount.amount));
    taxes(&mut mirrored.taxes);
    for line in &mut mirrored.lines {
        quantity(&mut line.quantity);
        amount(&mut line.amount);
        line.discounts.iter_mut().for_each(|discount| amount(&mut discount.amount));
        taxes(&mut line.taxes);
    }
    for tender in &mut mirrored.tenders {
        for each in [&mut tender.amount, &mut tender.change, &mut tender.cashback, &mut tender.tip] {
            amount(each);
        }
        if let Some(foreign) = &mut tender.foreign {
            amount(&mut foreign.amount);
        }
    }
    mirrored
}
