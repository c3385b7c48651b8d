//! A ticket that undoes an earlier one after it was finished: the post-void.
//!
//! It repeats the lines, taxes and tenders of what it undoes, all with the opposite sign. Turned around once more
//! they are that ticket, and are checked as it was; what it booked is booked backwards, on the same roles and for the
//! same reasons, so that nothing of it is left. What kind of ticket that was is told from what the post-void carries: a
//! transfer or a count from the words of its lines; a movement of cash, which has no lines, from the word of its link;
//! anything else sold, took back or promised something, and its lines tell that.

use crate::masters::Store;
use crate::number::{Amount, Quantity};
use crate::record::pos::{Tax, Transaction};
use crate::record::sales::TicketId;
use crate::text::Text;
use crate::vocabulary::{self, POST_VOID, StockMove, VOID_OF};

use super::booking;
use super::{Code, Reasons, checks, discounts, lines, linked, promise, taxes};

/// True for a transaction that undoes an earlier one. In training mode it undoes nothing.
pub(super) fn undoes(transaction: &Transaction) -> bool {
    transaction.kind == POST_VOID && !transaction.training
}

/// Who is undone; adds why that cannot be told, or why nothing is.
pub(super) fn original(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<TicketId> {
    let kind = kind_of_voided(transaction);
    let has_lines = kind.as_deref().is_none_or(|kind| vocabulary::cash_movement(kind).is_none());
    if has_lines && !transaction.lines.iter().any(|line| !line.voided) {
        reasons.add(
            Code::VoidNotRepeated,
            format_args!("lines"),
            format_args!(
                "a {POST_VOID} repeats the lines, taxes and tenders of what it voids, each with the opposite sign, and \
                 this has no lines; look the ticket up and send them, or send what a movement of cash is in its link, \
                 as {VOID_OF}_pickup"
            ),
        );
    }
    let links = transaction.links.iter().enumerate();
    let mut links = links.filter(|(_, link)| vocabulary::is_void_of(&link.kind));
    let (Some((index, link)), None) = (links.next(), links.next()) else {
        reasons.add(
            Code::VoidOfNothing,
            format_args!("links"),
            format_args!(
                "a {POST_VOID} names the one ticket it voids; send one link of kind {VOID_OF}, or of {VOID_OF}_ and \
                 the kind of a movement of cash"
            ),
        );
        return None;
    };
    if link.store != store.store {
        // What sold something is refused among all its links.
        if kind.is_some() {
            lines::refers(format_args!("links[{index}]"), link, true, store, reasons);
        }
        return None;
    }
    let original = linked(link, store);
    if original.is_none() {
        reasons.add(
            Code::EpochMissing,
            format_args!("links[{index}].sequence_epoch"),
            format_args!("the store numbers by stated epochs; send that of the ticket it voids"),
        );
    }
    original
}

/// The kind of what is undone where that sold nothing: a movement of cash, a transfer or a count.
fn kind_of_voided(transaction: &Transaction) -> Option<Text> {
    let of_cash = transaction.links.iter().find_map(|link| vocabulary::voided_movement(&link.kind));
    let booked = transaction.lines.iter().filter(|line| !line.voided);
    let of_stock = booked.filter_map(|line| StockMove::of(&line.kind)).map(StockMove::ticket).next();
    of_cash.or(of_stock).map(Text::from)
}

/// A post-void as the ticket that it undoes, with the sign that the post-void has.
fn repeated(transaction: &Transaction) -> Transaction {
    let mut repeated = transaction.clone();
    if let Some(kind) = kind_of_voided(transaction) {
        repeated.kind = kind;
        repeated.links.retain(|link| !vocabulary::is_void_of(&link.kind));
    }
    repeated
}

/// The ticket that a post-void undoes.
pub(super) fn voided(transaction: &Transaction) -> Transaction {
    mirrored(&repeated(transaction))
}

/// True for one that would be right if it repeated its ticket with that ticket's own sign.
pub(super) fn is_upright(transaction: &Transaction, store: &Store) -> bool {
    let mut reasons = Reasons::default();
    let repeated = repeated(transaction);
    checks::form(&repeated, store, &mut reasons);
    let shared = discounts::shared(&repeated, store, &mut reasons);
    let read = shared.unwrap_or(repeated);
    let read = taxes::shared(&read, store).unwrap_or(read);
    booking::check(&promise::unpriced(read), store, &mut reasons);
    reasons.is_empty()
}

/// Adds that a post-void has the sign of what it voids.
pub(super) fn upright(transaction: &Transaction, reasons: &mut Reasons) {
    reasons.add(
        Code::WrongSign,
        format_args!("{}", if transaction.lines.is_empty() { "tenders" } else { "lines" }),
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
