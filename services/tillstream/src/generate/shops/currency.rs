//! How what is counted in cents becomes money of a store whose currency has none.
//!
//! A ticket is made in cents, the smallest coins of most currencies, and here gets as many of the smallest coins of its
//! own: 1,290 is 12.90 dollars, 1290 Chilean pesos, or 1.290 dinars of Bahrain. So each amount is whole, whatever was
//! rounded on the way to it.

use domain::number::{Amount, UnitPrice};
use domain::record::pos::{Discount, Tax, TillTotals, Transaction};

/// The ticket, with amounts of its currency in place of cents.
pub(super) fn in_its_coins(mut ticket: Transaction) -> Transaction {
    let (times, part) = match ticket.currency.as_str() {
        "CLP" => (100, 1),
        "BHD" => (1, 10),
        _ => return ticket,
    };
    for amount in amounts(&mut ticket) {
        *amount = Amount::from_units(amount.units() * times / part).unwrap_or_default();
    }
    // What was handed over is in dollars; only what one of them is worth is in coins of the store.
    for foreign in ticket.tenders.iter_mut().filter_map(|tender| tender.foreign.as_mut()) {
        let rate = foreign.exchange_rate.units() * times / part;
        foreign.exchange_rate = UnitPrice::from_units(rate).unwrap_or_default();
    }
    ticket
}

/// All amounts in the currency of the ticket.
fn amounts(ticket: &mut Transaction) -> Vec<&mut Amount> {
    let Transaction { total, rounding, lines, tenders, taxes, discounts, till_totals, .. } = ticket;
    let mut all: Vec<&mut Amount> = total.iter_mut().chain([rounding]).collect();
    let mut taxes: Vec<&mut Tax> = taxes.iter_mut().collect();
    let mut discounts: Vec<&mut Discount> = discounts.iter_mut().collect();
    for line in lines {
        all.push(&mut line.amount);
        taxes.extend(&mut line.taxes);
        discounts.extend(&mut line.discounts);
    }
    all.extend(taxes.into_iter().flat_map(|tax| tax.base.iter_mut().chain([&mut tax.amount])));
    all.extend(discounts.into_iter().map(|discount| &mut discount.amount));
    for tender in tenders {
        all.extend([&mut tender.amount, &mut tender.change, &mut tender.cashback, &mut tender.tip]);
    }
    all.extend(till_totals.iter_mut().flat_map(reported));
    all
}

fn reported(totals: &mut TillTotals) -> Vec<&mut Amount> {
    let TillTotals { net_sales, returns, discounts, tax, tenders, .. } = totals;
    let TillTotals { opening_cash, declared_cash, loans, pickups, paid_in, paid_out, .. } = totals;
    let stated = [opening_cash, declared_cash, loans, pickups, paid_in, paid_out];
    let mut all = vec![net_sales, returns, discounts, tax];
    all.extend(stated.into_iter().flatten());
    all.extend(tenders.iter_mut().flat_map(|tender| tender.declared.iter_mut().chain([&mut tender.amount])));
    all
}
