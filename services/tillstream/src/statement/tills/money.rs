//! Parts of amounts: what of a tax is in which price, and what of a price belongs to which component.

use domain::number::Amount;
use domain::record::pos::{Discount, Line, Tax, Transaction};

use super::units;

/// Ten-thousandths in the smallest coin of a currency.
pub(in crate::statement) fn coin(currency: &str) -> i128 {
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

/// A ticket that gives something back, with the taxes of the whole on the lines that bear them: of goods of one receipt
/// by their prices, else by the rate. `None` for any other ticket. One that voids another is told as that one was.
pub(super) fn taxes_on_lines(ticket: &Transaction) -> Option<Transaction> {
    let sign = if ticket.kind == "post_void" { -1 } else { 1 };
    let price = |at: &usize| sign * price(&ticket.lines[*at]);
    let mut order: Vec<usize> = (0..ticket.lines.len()).filter(|at| price(at) != 0).collect();
    order.sort_by_key(|at| ticket.lines[*at].line);
    let gives_back = |at: &usize| is_taxed(&ticket.lines[*at]) && price(at) < 0;
    let is_inside = ticket.taxes.iter().any(|tax| tax.included);
    let store = |at: &usize| ticket.lines[*at].original.as_ref().map(|link| &link.store);
    let is_of_another = |at: &usize| store(at).is_some_and(|store| *store != ticket.store);
    if ticket.taxes.is_empty() || !order.iter().any(|at| gives_back(at) && (is_inside || is_of_another(at))) {
        return None;
    }
    let mut stated = Transaction { taxes: Vec::new(), ..ticket.clone() };
    let inside: i128 = ticket.taxes.iter().filter(|tax| tax.included).map(|tax| units(tax.amount)).sum();
    let mut left: Option<Vec<i128>> = None;
    for tax in &ticket.taxes {
        let bears = |at: &usize| {
            let line = &ticket.lines[*at];
            let is_same = |own: &Tax| {
                own.code == tax.code
                    && own.jurisdiction.as_ref().is_none_or(|own| Some(own) == tax.jurisdiction.as_ref())
            };
            if tax.included {
                takes_part(line)
            } else {
                bears_on_top(line) && !line.taxes.iter().any(is_same)
            }
        };
        let is_silent = |at: &usize| bears_on_top(&ticket.lines[*at]) && ticket.lines[*at].taxes.is_empty();
        let coin = coin(&ticket.currency);
        let mut part = |lines: Vec<usize>| {
            let collected = sign * units(tax.amount);
            let prices: Vec<i128> = lines.iter().map(price).collect();
            let sizes: Vec<i128> = prices.iter().map(|price| price.abs()).collect();
            let from =
                |at: &usize| ticket.lines[*at].original.as_ref().map(|link| (&link.store, link.sequence));
            let first = lines.first()?;
            let is_one =
                lines.iter().all(|at| from(at) == from(first)) && prices.iter().all(|price| *price < 0);
            if !is_one {
                let amounts = of_rate(tax, collected, &prices, coin)?;
                let net =
                    |(price, amount): (&i128, &i128)| if tax.included { price - amount } else { *price };
                let bases = prices.iter().zip(&amounts).map(net).collect();
                return Some((lines, amounts, bases));
            }
            let whole = || shares(inside.abs(), &sizes, coin);
            let weights = if tax.included { left.get_or_insert_with(whole) } else { &sizes };
            let amounts = shares(collected, weights, coin);
            Some((lines, amounts, shares(sign * tax.base.map_or(0, units), &sizes, coin)))
        };
        let bearing = order.iter().copied().filter(bears).collect();
        // Else those that state no tax at all bear it.
        let silent = || order.iter().copied().filter(is_silent).collect();
        let found = part(bearing);
        let (lines, amounts, bases): (_, _, Vec<i128>) = match found {
            None if !tax.included => part(silent())?,
            found => found?,
        };
        if let Some(left) = left.as_mut().filter(|_| tax.included) {
            left.iter_mut().zip(&amounts).for_each(|(left, amount)| *left -= amount.abs());
        }
        for ((at, amount), base) in lines.into_iter().zip(amounts).zip(bases) {
            let number = |units: i128| Amount::from_units(i64::try_from(sign * units).ok()?).ok();
            let base = tax.base.and_then(|_| number(base));
            stated.lines[at].taxes.push(Tax { amount: number(amount)?, base, ..tax.clone() });
        }
    }
    Some(stated)
}

/// True for a line that may bear a tax on top of its price.
fn bears_on_top(line: &Line) -> bool {
    is_taxed(line) || line.kind == "commission_sale" && !line.voided
}

/// What the rate of a tax makes of each price, in whole coins that come to the tax: each rounded down, then a coin more
/// to those that lost most.
fn of_rate(tax: &Tax, collected: i128, prices: &[i128], coin: i128) -> Option<Vec<i128>> {
    let rate = i128::from(tax.rate?.units());
    let divisor = coin * (1_000_000 + if tax.included { rate } else { 0 });
    let mut parts: Vec<i128> = prices.iter().map(|price| (price * rate).div_euclid(divisor)).collect();
    let mut lost: Vec<usize> =
        (0..prices.len()).filter(|at| (prices[*at] * rate).rem_euclid(divisor) != 0).collect();
    lost.sort_by_key(|at| -(prices[*at] * rate).rem_euclid(divisor));
    let more = collected / coin - parts.iter().sum::<i128>();
    lost.truncate(usize::try_from(more).ok()?);
    lost.into_iter().for_each(|at| parts[at] += 1);
    let amounts: Vec<i128> = parts.into_iter().map(|part| part * coin).collect();
    (amounts.iter().sum::<i128>() == collected).then_some(amounts)
}

/// True for a line whose price can contain a tax.
fn is_taxed(line: &Line) -> bool {
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
    !line.voided && taxed.contains(&line.kind.as_str())
}

/// True for a line that bears a part of taxes inside the prices of the whole ticket.
fn takes_part(line: &Line) -> bool {
    let states = line.taxes.iter().any(|tax| tax.included || tax.treatment != "taxable");
    !states && is_taxed(line)
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
