//! What a price is without the tax that it contains.

use crate::allocation;
use crate::number::Amount;
use crate::record::pos::{Line, Tax, Transaction};
use crate::record::sales::SaleDiscount;
use crate::vocabulary;

use super::sale_discount;

/// What the prices of a ticket contain of tax.
pub(super) struct Prices {
    pub(super) minor_units: u32,
    /// Tax in the price of each line; none where no price contains any.
    contained: Vec<Amount>,
}

/// A line's amount and discounts without the tax that its price contains.
pub(super) struct WithoutTax {
    pub(super) amount: Amount,
    pub(super) discounts: Vec<SaleDiscount>,
}

impl Prices {
    pub(super) fn of(transaction: &Transaction, minor_units: u32) -> Self {
        let lines = &transaction.lines;
        let mut taxes = transaction.taxes.iter().chain(lines.iter().flat_map(|line| &line.taxes));
        if !taxes.any(|tax| tax.included) {
            return Self { minor_units, contained: Vec::new() };
        }
        let mut contained: Vec<Amount> = lines.iter().map(|line| included(&line.taxes)).collect();
        let weight = |line: &Line| {
            if vocabulary::shares_taxes_of_ticket(line) { less_discounts(line) } else { Amount::ZERO }
        };
        // In the order of their numbers, which a ticket and its void have in common.
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|at| lines[*at].line);
        let weights: Vec<Amount> = order.iter().map(|at| weight(&lines[*at])).collect();
        let whole = included(&transaction.taxes);
        let shares = allocation::by_largest_remainder(whole, &weights, minor_units);
        for (at, share) in order.into_iter().zip(shares.unwrap_or_default()) {
            contained[at] = contained[at].checked_add(share).unwrap_or(contained[at]);
        }
        Self { minor_units, contained }
    }

    pub(super) fn without_tax(&self, index: usize, line: &Line) -> WithoutTax {
        let tax = self.contained.get(index).copied().unwrap_or_default();
        let mut discounts: Vec<SaleDiscount> = line.discounts.iter().map(sale_discount).collect();
        if tax.is_zero() {
            return WithoutTax { amount: line.amount, discounts };
        }
        let price = less_discounts(line);
        let net = price.checked_sub(tax).unwrap_or(price);
        let mut amount = net;
        for discount in &mut discounts {
            discount.amount = allocation::in_proportion(discount.amount, net, price, self.minor_units);
            amount = amount.checked_add(discount.amount).unwrap_or(amount);
        }
        WithoutTax { amount, discounts }
    }
}

/// The price of a line less its discounts. Amounts of a valid ticket are limited, so their sums have their digits.
pub(crate) fn less_discounts(line: &Line) -> Amount {
    line.discounts.iter().fold(line.amount, |net, discount| net.checked_sub(discount.amount).unwrap_or(net))
}

pub(super) fn included(taxes: &[Tax]) -> Amount {
    let included = taxes.iter().filter(|tax| tax.included);
    included.fold(Amount::ZERO, |sum, tax| sum.checked_add(tax.amount).unwrap_or(sum))
}
