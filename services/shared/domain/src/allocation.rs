//! How an amount is shared out: by largest remainder, so that the shares add up to it exactly.

use crate::number::Amount;

/// Shares `total` out in proportion to `weights`, in steps of the currency's smallest unit. What is left
/// over after rounding down goes, a step each, to the largest remainders, the earlier one first. Weights
/// below zero count as none; where there is no weight at all, there are no shares.
///
/// `total` must be whole in steps of the currency; what is not stays with the first weight.
#[must_use]
pub fn by_largest_remainder(total: Amount, weights: &[Amount], minor_units: u32) -> Option<Vec<Amount>> {
    let step = i128::from(10_i64.pow(Amount::SCALE.saturating_sub(minor_units)));
    let weights: Vec<i128> = weights.iter().map(|weight| i128::from(weight.units()).max(0)).collect();
    let sum = weights.iter().fold(0_i128, |sum, weight| sum.saturating_add(*weight));
    let steps = i128::from(total.units().unsigned_abs()).checked_div(step)?;
    let mut shares = Vec::with_capacity(weights.len());
    let mut rests = Vec::with_capacity(weights.len());
    let mut left = steps;
    for (index, weight) in weights.iter().enumerate() {
        // Both are below 10^18, so their product is far below 2^127.
        let product = steps.checked_mul(*weight)?;
        let share = product.checked_div(sum)?;
        shares.push(share);
        rests.push((product.checked_rem(sum)?, index));
        left = left.checked_sub(share)?;
    }
    hand_out(left, rests, &mut shares)?;
    let odd = i128::from(total.units()).checked_rem(step)?;
    let sign = if total.is_negative() { -1 } else { 1 };
    let first = weights.iter().position(|weight| *weight > 0)?;
    let amount = |(index, share): (usize, i128)| {
        let units = share.checked_mul(step)?.checked_mul(sign)?;
        let units = if index == first { units.checked_add(odd)? } else { units };
        Amount::from_units(i64::try_from(units).ok()?).ok()
    };
    shares.into_iter().enumerate().map(amount).collect()
}

/// Shares `total` out as `part` / `whole` of each price, whatever its sign, in steps of the currency's smallest unit.
/// Each is rounded down, and what is left over goes, a step each, to the largest remainders, the earlier one first.
/// `None` where that does not come to `total`.
#[must_use]
pub fn by_rate(
    total: Amount,
    prices: &[Amount],
    (part, whole): (i64, i64),
    minor_units: u32,
) -> Option<Vec<Amount>> {
    let step = i128::from(10_i64.pow(Amount::SCALE.saturating_sub(minor_units)));
    let divisor = i128::from(whole).checked_mul(step)?;
    let total = i128::from(total.units());
    let mut left = total.checked_div(step).filter(|_| total.checked_rem(step) == Some(0))?;
    let mut shares = Vec::with_capacity(prices.len());
    let mut rests = Vec::with_capacity(prices.len());
    for (index, price) in prices.iter().enumerate() {
        let product = i128::from(price.units()).checked_mul(part.into())?;
        let share = product.checked_div_euclid(divisor)?;
        let rest = product.checked_rem_euclid(divisor)?;
        shares.push(share);
        rests.extend((rest != 0).then_some((rest, index)));
        left = left.checked_sub(share)?;
    }
    hand_out(left, rests, &mut shares)?;
    let amount = |share: i128| Amount::from_units(i64::try_from(share.checked_mul(step)?).ok()?).ok();
    shares.into_iter().map(amount).collect()
}

/// Adds what is left over to the shares, a step each to the largest rests, the earlier one first. `None` where that is
/// less than nothing, or more than there are rests.
fn hand_out(left: i128, mut rests: Vec<(i128, usize)>, shares: &mut [i128]) -> Option<()> {
    let left = usize::try_from(left).ok().filter(|left| *left <= rests.len())?;
    rests.sort_by_key(|&(rest, index)| (std::cmp::Reverse(rest), index));
    for (_, index) in rests.into_iter().take(left) {
        let share = shares.get_mut(index)?;
        *share = share.checked_add(1)?;
    }
    Some(())
}

/// `amount` × `part` / `whole`, rounded half away from zero to the currency's smallest unit; `amount` itself
/// where there is no whole.
#[must_use]
pub fn in_proportion(amount: Amount, part: Amount, whole: Amount, minor_units: u32) -> Amount {
    by_ratio(amount, (part.units(), whole.units()), minor_units)
}

/// As [`in_proportion`], of counts of the same smallest units.
pub(crate) fn by_ratio(amount: Amount, (part, whole): (i64, i64), minor_units: u32) -> Amount {
    let step = i128::from(10_i64.pow(Amount::SCALE.saturating_sub(minor_units)));
    let product = i128::from(amount.units()).saturating_mul(part.into());
    let divisor = i128::from(whole).saturating_mul(step);
    let Some(steps) = divide_half_away(product, divisor) else { return amount };
    let units = i64::try_from(steps.saturating_mul(step)).ok();
    units.and_then(|units| Amount::from_units(units).ok()).unwrap_or(amount)
}

fn divide_half_away(dividend: i128, divisor: i128) -> Option<i128> {
    let (size, by) = (dividend.unsigned_abs(), divisor.unsigned_abs());
    let rounded = size.checked_add(by.checked_div(2)?)?.checked_div(by)?;
    let rounded = i128::try_from(rounded).ok()?;
    Some(if (dividend < 0) == (divisor < 0) { rounded } else { rounded.saturating_neg() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    /// An amount shared out, its weights, the decimals of the currency, and the shares.
    type Case = (&'static str, &'static [&'static str], u32, &'static [&'static str]);

    #[test]
    fn shares_in_a_table() {
        #[rustfmt::skip]
        let cases: [Case; 7] = [
            ("10.00",  &["33.33", "33.33", "33.34"], 2, &["3.33", "3.33", "3.34"]),
            ("0.05",   &["1", "1", "1"],             2, &["0.02", "0.02", "0.01"]),
            ("25.00",  &["12", "12", "9"],           2, &["9.09", "9.09", "6.82"]),
            ("-25.00", &["12", "12", "9"],           2, &["-9.09", "-9.09", "-6.82"]),
            ("100",    &["1", "2"],                  0, &["33", "67"]),
            ("1.00",   &["0", "5", "-3"],            2, &["0.00", "1.00", "0.00"]),
            ("0.00",   &["1", "2"],                  2, &["0.00", "0.00"]),
        ];
        for (total, weights, minor_units, shares) in cases {
            let weights: Vec<Amount> = weights.iter().map(|weight| amount(weight)).collect();
            let expected: Vec<Amount> = shares.iter().map(|share| amount(share)).collect();
            let found = by_largest_remainder(amount(total), &weights, minor_units);
            assert_eq!(found, Some(expected), "{total} by {weights:?}");
        }
        assert_eq!(by_largest_remainder(amount("1.00"), &[amount("0"), amount("-1")], 2), None);
        assert_eq!(by_largest_remainder(amount("1.00"), &[], 2), None);
    }

    /// A tax, its prices, what of each it is, the decimals of the currency, and the shares.
    type Rated = (&'static str, &'static [&'static str], (i64, i64), u32, Option<&'static [&'static str]>);

    #[test]
    fn shares_by_rate_in_a_table() {
        #[rustfmt::skip]
        let cases: [Rated; 9] = [
            ("16.00", &["116.00", "-116.00", "116.00"], (16, 116), 2, Some(&["16.00", "-16.00", "16.00"])),
            ("0.00",  &["116.00", "-116.00"],           (16, 116), 2, Some(&["16.00", "-16.00"])),
            ("0.14",  &["100.00", "-99.00"],            (16, 116), 2, Some(&["13.79", "-13.65"])),
            ("0.15",  &["100.00", "-99.00"],            (16, 116), 2, Some(&["13.80", "-13.65"])),
            ("0.16",  &["100.00", "-99.00"],            (16, 116), 2, None),
            ("0.12",  &["100.00", "-99.00"],            (16, 116), 2, None),
            ("1.00",  &["0", "12.50", "-0.00"],         (8, 100),  2, Some(&["0.00", "1.00", "0.00"])),
            ("1.01",  &["0", "12.50", "-0.00"],         (8, 100),  2, None),
            ("160",   &["1190", "-190"],                (19, 119), 0, Some(&["190", "-30"])),
        ];
        for (total, prices, ratio, minor_units, shares) in cases {
            let amounts = |texts: &[&str]| texts.iter().map(|text| amount(text)).collect::<Vec<_>>();
            let found = by_rate(amount(total), &amounts(prices), ratio, minor_units);
            assert_eq!(found, shares.map(amounts), "{total} of {prices:?}");
        }
    }

    #[test]
    fn proportions_in_a_table() {
        // amount, part, whole, decimals of the currency, result
        #[rustfmt::skip]
        let cases = [
            ("11.60", "90.00", "104.40", 2, "10.00"),
            ("0.05",  "0.10",  "1.00",   2, "0.01"),
            ("-0.05", "0.10",  "1.00",   2, "-0.01"),
            ("0.04",  "0.10",  "1.00",   2, "0.00"),
            ("1000",  "1000",  "1190",   0, "840"),
            ("7.00",  "0.00",  "0.00",   2, "7.00"),
        ];
        for (whole_amount, part, whole, minor_units, expected) in cases {
            let found = in_proportion(amount(whole_amount), amount(part), amount(whole), minor_units);
            assert_eq!(found, amount(expected), "{whole_amount} × {part} / {whole}");
        }
    }

    proptest! {
        /// Shares add up, none has another sign than the total, and none is a step or more off its part.
        #[test]
        fn shares_add_up(total in -1_000_000_i64..1_000_000, weights in proptest::collection::vec(0_i64..100_000, 1..20)) {
            let weights: Vec<Amount> = weights.into_iter().map(|weight| Amount::from_units(weight).unwrap()).collect();
            let total = Amount::from_units(total * 100).unwrap();
            let sum: i64 = weights.iter().map(|weight| weight.units()).sum();
            let Some(shares) = by_largest_remainder(total, &weights, 2) else {
                prop_assert_eq!(sum, 0);
                return Ok(());
            };
            prop_assert_eq!(shares.iter().map(|share| share.units()).sum::<i64>(), total.units());
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(total.units()) * i128::from(weight.units());
                let off = i128::from(share.units()) * i128::from(sum) - exact;
                prop_assert!(off.abs() < i128::from(sum) * 100, "{share} of {weight}");
            }
        }
    }
}
