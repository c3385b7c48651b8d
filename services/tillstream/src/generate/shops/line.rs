//! Lines of a ticket, and what they come to.

use domain::number::{Amount, Quantity};
use domain::record::pos::{Discount, Line, Tax, Transaction};

use super::Shops;
use super::ledger::{amount, cents, half_up, quantity, share};
use super::master::Goods;
use super::tax::{Class, Law, added_by};

/// Kinds of tickets whose goods are only promised.
pub(super) const PROMISING: [&str; 2] = ["layaway", "customer_order"];

/// A line of goods, so many thousandths of them, with discounts by kind in cents.
pub(super) fn goods(law: Law, goods: &Goods, thousandths: i64, discounts: &[(&str, i64)]) -> Line {
    let gross = half_up(goods.price * thousandths, 1_000);
    let off: i64 = discounts.iter().map(|(_, cents)| cents).sum();
    let discount = |(kind, cents): &(&str, i64)| Discount {
        kind: (*kind).into(),
        amount: amount(*cents),
        code: (*kind == "store_coupon").then(|| "SC-25".into()),
        ..Discount::default()
    };
    Line {
        kind: "sale".into(),
        item: Some(goods.item.as_str().into()),
        quantity: quantity(thousandths),
        unit: goods.weighed.then(|| "KGM".into()),
        amount: amount(gross),
        discounts: discounts.iter().map(discount).collect(),
        taxes: law.taxes(goods.class, gross - off),
        ..Line::default()
    }
}

/// A line of a kind that needs no item, and bears no tax.
pub(super) fn other(kind: &str, cents: i64) -> Line {
    Line { kind: kind.into(), quantity: quantity(1_000), amount: amount(cents), ..Line::default() }
}

/// Goods of another owner, sold for a commission.
pub(super) fn commission(cents: i64) -> Line {
    Line { owner: Some("owner-9".into()), ..other("commission_sale", cents) }
}

/// A gift card that is sold or topped up. Its tax is due when it is spent.
pub(super) fn gift_card(law: Law, kind: &str, cents: i64) -> Line {
    Line { taxes: law.out_of_scope(cents), ..other(kind, cents) }
}

/// Freight, taxed as goods are.
pub(super) fn freight(law: Law, cents: i64) -> Line {
    Line { taxes: law.taxes(Class::Taxed, cents), ..other("shipping", cents) }
}

/// Money for goods to come, or a fee; where prices contain their tax, so does it.
pub(super) fn deposit(law: Law, kind: &str, cents: i64) -> Line {
    let taxes = if law.is_inside() { law.taxes(Class::Taxed, cents) } else { Vec::new() };
    Line { taxes, ..other(kind, cents) }
}

/// The line with every quantity and amount turned around.
pub(super) fn turned(line: &Line) -> Line {
    many(line, -1)
}

/// The line with every quantity and amount so many times.
pub(super) fn many(line: &Line, times: i64) -> Line {
    let discount = |each: &Discount| Discount { amount: amount(cents(each.amount) * times), ..each.clone() };
    Line {
        quantity: Quantity::from_units(line.quantity.units() * times).unwrap_or_default(),
        amount: amount(cents(line.amount) * times),
        discounts: line.discounts.iter().map(discount).collect(),
        taxes: line.taxes.iter().map(|tax| super::tax::many(tax, times)).collect(),
        ..line.clone()
    }
}

/// One piece of a line of several, at its part of the price, and the others at what is left of it.
pub(super) fn apart(whole: &Line) -> [Line; 2] {
    let pieces = whole.quantity.units() / 1_000_000;
    let of_one = |cents: i64| half_up(cents, pieces);
    let off: Vec<i64> = whole.discounts.iter().map(|discount| of_one(cents(discount.amount))).collect();
    let price = of_one(price_of(whole)) + off.iter().sum::<i64>();
    let part = |pieces: i64, price: i64, off: Vec<i64>| Line {
        quantity: quantity(1_000 * pieces),
        amount: amount(price),
        discounts: whole
            .discounts
            .iter()
            .zip(off)
            .map(|(discount, off)| Discount { amount: amount(off), ..discount.clone() })
            .collect(),
        ..whole.clone()
    };
    let left = whole.discounts.iter().zip(&off).map(|(discount, off)| cents(discount.amount) - off).collect();
    [part(1, price, off), part(pieces - 1, cents(whole.amount) - price, left)]
}

/// One piece of a line of several, at the price of all of them.
pub(super) fn one_for_all(whole: &Line) -> Line {
    Line { quantity: quantity(1_000), ..whole.clone() }
}

impl Shops {
    /// The taxes of a line at its price, wherever its ticket states them.
    pub(super) fn taxes_of(&self, law: Law, line: &Line) -> Vec<Tax> {
        let price = price_of(line);
        match line.item.as_deref().or(line.barcode.as_deref()) {
            Some(name) => self.find(name).map(|goods| law.taxes(goods.class, price)).unwrap_or_default(),
            None if line.kind == "fee" => deposit(law, "fee", price).taxes,
            None => Vec::new(),
        }
    }
}

/// Numbers the lines from 1.
pub(super) fn number(ticket: &mut Transaction) {
    for (number, line) in (1..).zip(&mut ticket.lines) {
        line.line = number;
    }
}

/// What a line costs, with its tax, in cents.
fn owed_of(line: &Line) -> i64 {
    let off: i64 = line.discounts.iter().map(|discount| discount.amount.units()).sum();
    (line.amount.units() - off + added_by(&line.taxes)) / 100
}

/// The lines of a ticket that are owed with it: not what was taken back before it was paid, nor goods that are only
/// promised.
pub(super) fn owed_lines(ticket: &Transaction) -> impl Iterator<Item = &Line> {
    let promises = PROMISING.contains(&ticket.kind.as_str());
    let is_promised = move |line: &Line| line.kind == "reserve" || promises && line.kind == "sale";
    ticket.lines.iter().filter(move |line| !(line.voided || is_promised(line)))
}

/// What the customer owes with a ticket before cash is rounded, in cents.
pub(super) fn owed(ticket: &Transaction) -> i64 {
    owed_lines(ticket).map(owed_of).sum::<i64>() + added_by(&ticket.taxes) / 100
}

/// What was paid so far, in cents.
pub(super) fn paid(ticket: &Transaction) -> i64 {
    ticket.tenders.iter().map(|tender| cents(tender.amount)).sum()
}

/// True for goods that are sold on a ticket that promises none.
pub(super) fn is_goods(line: &Line) -> bool {
    line.kind == "sale" && !line.voided
}

/// The ticket with its own discounts on the lines that they name, else on all goods, each part of them by its price.
pub(super) fn shared_out(ticket: &Transaction) -> Transaction {
    let mut shared = Transaction { discounts: Vec::new(), ..ticket.clone() };
    for discount in &ticket.discounts {
        let named = |line: &Line| match discount.lines.is_empty() {
            true => is_goods(line),
            false => discount.lines.contains(&line.line),
        };
        let mut lines: Vec<&mut Line> = shared.lines.iter_mut().filter(|line| named(line)).collect();
        let prices: Vec<i64> = lines.iter().map(|line| price_of(line)).collect();
        let off = cents(discount.amount);
        for (line, part) in lines.iter_mut().zip(share(off.abs(), &prices)) {
            let part =
                Discount { amount: amount(off.signum() * part), lines: Vec::new(), ..discount.clone() };
            line.discounts.push(part);
        }
    }
    shared
}

/// The price of a line after its discounts, in cents and without its sign.
pub(super) fn price_of(line: &Line) -> i64 {
    let off: i64 = line.discounts.iter().map(|discount| discount.amount.units()).sum();
    (line.amount.units() - off).abs() / 100
}

/// The amount with the opposite sign.
pub(super) fn negate(amount: &mut Amount) {
    *amount = amount.negated();
}
