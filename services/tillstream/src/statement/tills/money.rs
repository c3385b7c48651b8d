//! Parts of amounts: what of a tax is in which price, and what of a price belongs to which component.

use domain::record::pos::{Line, Transaction};

use super::units;

/// Ten-thousandths in the smallest coin of a currency.
pub(super) fn coin(currency: &str) -> i128 {
    match currency {
        "CLP" | "JPY" | "KRW" | "PYG" => 10_000,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 10,
        _ => 100,
    }
}

/// Shares an amount out by weight in whole coins: each rounded down, then a coin more to those that lost most, the
/// first ones first.
pub(super) fn shares(whole: i128, weights: &[i128], coin: i128) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let coins = whole.abs() / coin;
    let mut parts: Vec<(usize, i128, i128)> = weights
        .iter()
        .enumerate()
        .map(|(at, weight)| (at, coins * weight / sum, coins * weight % sum))
        .collect();
    let given: i128 = parts.iter().map(|(_, part, _)| part).sum();
    parts.sort_by(|left, right| right.2.cmp(&left.2).then(left.0.cmp(&right.0)));
    for (part, _) in parts.iter_mut().zip(given..coins) {
        part.1 += 1;
    }
    parts.sort_by_key(|(at, _, _)| *at);
    parts.into_iter().map(|(_, part, _)| part * coin * whole.signum()).collect()
}

/// What each line's price contains of the taxes that stand on the ticket once: by its price, unless it states such
/// taxes itself, bears none, or is nothing that is taxed.
pub(super) fn taxes_of_ticket(ticket: &Transaction, coin: i128) -> Vec<i128> {
    let inside: i128 = ticket.taxes.iter().filter(|tax| tax.included).map(|tax| units(tax.amount)).sum();
    let weight = |line: &Line| if takes_part(line) { price(line).abs() } else { 0 };
    shares(inside, &ticket.lines.iter().map(weight).collect::<Vec<_>>(), coin)
}

fn takes_part(line: &Line) -> bool {
    let taxed = [
        "sale",
        "return",
        "service",
        "fee",
        "shipping",
        "layaway_payment",
        "order_deposit",
        "deposit_payment",
    ];
    let states = line.taxes.iter().any(|tax| tax.included || tax.treatment != "taxable");
    !line.voided && !states && taxed.contains(&line.kind.as_str())
}

/// The price of a line after its discounts.
pub(super) fn price(line: &Line) -> i128 {
    units(line.amount) - line.discounts.iter().map(|discount| units(discount.amount)).sum::<i128>()
}

/// What a discount gives away of the price without its tax, to the nearest coin.
pub(super) fn part_without_tax(discount: i128, price: i128, inside: i128, coin: i128) -> i128 {
    if price == 0 || inside == 0 {
        return discount;
    }
    let (dividend, divisor) = ((discount * (price - inside)).abs(), price.abs() * coin);
    let coins = (2 * dividend + divisor) / (2 * divisor);
    coins * coin * discount.signum()
}
