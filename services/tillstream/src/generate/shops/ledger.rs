//! Cents and thousandths, and how they become numbers of a record. Where the smallest coin of a currency is no cent, it
//! is counted as if it were, until the ticket is made.

use domain::number::{Amount, Quantity};

/// Cents as an amount; a ticket of a few lines is far from 18 digits.
pub(super) fn amount(cents: i64) -> Amount {
    Amount::from_units(cents * 100).unwrap_or_default()
}

/// The cents of an amount of a chain.
pub(super) fn cents(amount: Amount) -> i64 {
    amount.units() / 100
}

/// Thousandths of a piece or a kilogram as a quantity.
pub(super) fn quantity(thousandths: i64) -> Quantity {
    Quantity::from_units(thousandths * 1_000).unwrap_or_default()
}

/// A quotient of numbers not below zero, rounded half up.
pub(super) fn half_up(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator) / (2 * denominator)
}

/// Rounds to a multiple, half away from zero.
pub(super) fn to_multiple(cents: i64, multiple: i64) -> i64 {
    half_up(cents.abs(), multiple) * multiple * cents.signum()
}

/// Shares cents out by weight: what is left over goes, a cent each, to the largest remainders, the first ones first.
pub(super) fn share(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i64 = weights.iter().sum::<i64>().max(1);
    let mut shares: Vec<i64> = weights.iter().map(|weight| total * weight / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order
        .sort_by_key(|index| std::cmp::Reverse(weights.get(*index).map_or(0, |weight| total * weight % sum)));
    let left = total - shares.iter().sum::<i64>();
    for index in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    shares
}
