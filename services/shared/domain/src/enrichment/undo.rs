//! What undoes an earlier ticket: the booking of that ticket, backwards.

use crate::calendar::Date;
use crate::masters::Store;
use crate::number::Amount;
use crate::record::pos::Transaction;
use crate::record::sales::{Sale, SaleTax};
use crate::suspense::WaitingLine;
use crate::ticket;

/// Turns what a ticket booked into what undoes it.
pub(super) fn undo(sale: &mut Sale, waiting: &mut [WaitingLine]) {
    let amount = |amount: &mut Amount| *amount = amount.negated();
    amount(&mut sale.rounding);
    sale.taxes.iter_mut().for_each(undo_tax);
    sale.tenders.iter_mut().for_each(|tender| amount(&mut tender.amount));
    for line in &mut sale.lines {
        line.reversal = true;
        line.quantity = line.quantity.negated();
        amount(&mut line.amount);
        line.discounts.iter_mut().for_each(|discount| amount(&mut discount.amount));
        line.taxes.iter_mut().for_each(undo_tax);
    }
    let original = sale.voids.as_ref().map(|original| original.business_date);
    for line in waiting {
        line.reversal = true;
        line.items_on = original;
        line.quantity = line.quantity.negated();
        amount(&mut line.amount);
    }
}

fn undo_tax(tax: &mut SaleTax) {
    (tax.base, tax.amount) = (tax.base.map(Amount::negated), tax.amount.negated());
}

/// The date whose versions of the items explain a ticket: its own, or that of the ticket it undoes.
pub(super) fn explained_on(transaction: &Transaction, store: &Store) -> Date {
    ticket::undone(transaction, store).map_or(transaction.business_date, |original| original.business_date)
}
