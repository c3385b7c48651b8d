//! Parts of amounts: what of a tax is in which price, and what of a price belongs to which component.

use domain::number::Amount;
use domain::record::pos::{Discount, Line, Transaction};

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

/// The ticket with its own discounts on the lines that bear them, by what is left of their prices: those it names, else
/// all goods.
pub(super) fn shared_out(ticket: &Transaction) -> Transaction {
    let mut shared = Transaction { discounts: Vec::new(), ..ticket.clone() };
    for discount in &ticket.discounts {
        let sign = units(discount.amount).signum();
        let named = |line: &Line| match discount.lines.is_empty() {
            true => ["sale", "reserve", "return"].contains(&line.kind.as_str()),
            false => discount.lines.contains(&line.line),
        };
        let mut lines: Vec<&mut Line> =
            shared.lines.iter_mut().filter(|line| !line.voided && named(line)).collect();
        lines.sort_by_key(|line| line.line);
        let prices: Vec<i128> = lines.iter().map(|line| (sign * price(line)).max(0)).collect();
        let parts = shares(units(discount.amount), &prices, coin(&ticket.currency));
        for (line, part) in lines.into_iter().zip(parts) {
            let part = i64::try_from(part).ok().and_then(|part| Amount::from_units(part).ok());
            let amount = part.unwrap_or_default();
            line.discounts.push(Discount { amount, lines: Vec::new(), ..discount.clone() });
        }
    }
    shared
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
