//! A ticket and its full return leave nothing.
//!
//! A tax that a ticket states once, inside its prices, comes back once, or on lines: each states what of it was in its
//! price. Where it was shared out by price, and comes back so, no department is left with anything. A till that gives
//! each line back by its own rate leaves departments with what the two ways differ by, and all of them together with
//! nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use domain::number::Amount;
use domain::record::pos::{Discount, Line, Link, Tax, Tender, Transaction};
use domain::record::sales::Sale;
use domain::totals::{Side, of_sale};
use proptest::prelude::*;

use super::super::money::{coin, shares, taxes_of_ticket};
use super::super::{Tills, is_promised, units};
use super::pipeline::book;
use super::{inside, shops};
use crate::generate::shops::tests::{masters, void_of, with_taxes_on_lines};
use crate::generate::shops::{Retailer, Shops};

/// Everything on a sale given back for what was paid: all of it can be sold again.
fn in_full(sold: &Transaction) -> Transaction {
    let tax =
        |tax: &Tax| Tax { base: tax.base.map(Amount::negated), amount: tax.amount.negated(), ..tax.clone() };
    let discount = |discount: &Discount| Discount { amount: discount.amount.negated(), ..discount.clone() };
    let line = |line: &Line| {
        let goods = line.kind == "sale";
        let mut back = Line {
            quantity: line.quantity.negated(),
            amount: line.amount.negated(),
            taxes: line.taxes.iter().map(tax).collect(),
            ..line.clone()
        };
        back.discounts = line.discounts.iter().map(discount).collect();
        if goods {
            back.kind = "return".into();
            (back.fulfilment, back.fulfilment_location) = (None, None);
        }
        back
    };
    // Change and what was handed out beside the purchase are not given back, nor is a tip.
    let tender = |tender: &Tender| {
        let handed_out = tender.change.units() + tender.cashback.units() + tender.tip.units();
        let amount = Amount::from_units(handed_out - tender.amount.units()).unwrap();
        let kind = if tender.kind == "foreign_cash" { "cash".into() } else { tender.kind.clone() };
        let nothing = Amount::ZERO;
        Tender {
            kind,
            amount,
            change: nothing,
            cashback: nothing,
            tip: nothing,
            foreign: None,
            ..tender.clone()
        }
    };
    let links = vec![Link {
        kind: "return_of".into(),
        store: sold.store.clone(),
        register: sold.register.clone(),
        business_date: sold.business_date,
        sequence: sold.sequence,
        ..Link::default()
    }];
    Transaction {
        kind: "return".into(),
        sequence: sold.sequence + 1_000,
        total: sold.total.map(Amount::negated),
        rounding: sold.rounding.negated(),
        lines: sold.lines.iter().map(line).collect(),
        taxes: sold.taxes.iter().map(tax).collect(),
        discounts: sold.discounts.iter().map(discount).collect(),
        tenders: sold.tenders.iter().map(tender).collect(),
        links,
        fiscal: None,
        ..sold.clone()
    }
}

/// The same ticket, whose taxes of the whole stand on its lines where they are inside its prices: each line's part of
/// all of them, and of each but the last by itself, in whole coins.
fn on_lines(sold: &Transaction) -> Transaction {
    let coin = coin(&sold.currency);
    let mut parts = taxes_of_ticket(sold, coin);
    let (inside, beside): (Vec<Tax>, _) = sold.taxes.iter().cloned().partition(|tax| tax.included);
    let mut stated = Transaction { taxes: beside, ..sold.clone() };
    let weights = parts.clone();
    for (at, tax) in inside.iter().enumerate() {
        let is_last = at + 1 == inside.len();
        let amounts = if is_last { parts.clone() } else { shares(units(tax.amount), &weights, coin) };
        let bases = shares(tax.base.map_or(0, units), &weights, coin);
        for (((line, part), amount), base) in stated.lines.iter_mut().zip(&mut parts).zip(amounts).zip(bases)
        {
            *part -= amount;
            let number = |units: i128| Amount::from_units(units.try_into().unwrap()).unwrap();
            let of_line = Tax { amount: number(amount), base: Some(number(base)), ..tax.clone() };
            line.taxes.extend((amount != 0).then_some(of_line));
        }
    }
    stated
}

/// Credits less debits of revenue, by department.
fn departments(sales: &[&Sale]) -> BTreeMap<String, i128> {
    let mut departments = BTreeMap::new();
    for line in sales.iter().flat_map(|sale| &sale.lines) {
        if ["sales", "returns"].contains(&line.role.as_str()) {
            let department = line.department.as_deref().unwrap_or_default().to_owned();
            *departments.entry(department).or_insert(0) += super::pipeline::net(line);
        }
    }
    departments.retain(|_, net| *net != 0);
    departments
}

/// Debits less credits by role.
fn roles(sales: &[&Sale]) -> BTreeMap<&'static str, i128> {
    let mut roles = BTreeMap::new();
    for entry in sales.iter().flat_map(|sale| of_sale(sale).unwrap()) {
        let amount = units(entry.amount);
        let amount = if entry.side == Side::Debit { amount } else { -amount };
        *roles.entry(entry.role.word()).or_insert(0) += amount;
    }
    roles
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A ticket and its full return come to nothing in net sales, in tax, in what was paid, and on the shelf; what cash
    /// was rounded by stands in a role of its own, on both, and is no revenue.
    #[test]
    fn a_ticket_and_its_full_return_leave_nothing(shops in shops(), store in 0_u32..11, from in 0_i64..1_000) {
        let (stores, items) = masters(&shops);
        let plain = |ticket: &Transaction| {
            ticket.kind == "sale" && !ticket.training && ticket.lines.iter().all(|line| line.original.is_none())
        };
        let mut tickets = (from..).map(|number| shops.ticket(store % shops.stores(), shops.first, number));
        let sold = tickets.find(plain).unwrap();
        let at = stores.find(&sold.store).unwrap();
        let (sale, back) = (book(&sold, at, &items, &stores), book(&in_full(&sold), at, &items, &stores));
        let both = roles(&[&sale, &back]);
        let net = |words: &[&str]| words.iter().filter_map(|word| both.get(word)).sum::<i128>();
        prop_assert_eq!(net(&["sales", "discount", "returns"]), 0);
        prop_assert_eq!(departments(&[&sale, &back]), BTreeMap::new());
        prop_assert_eq!(net(&["tax_payable"]), 0);
        let paid = ["tender_clearing", "coupon_receivable", "store_credit_liability", "loyalty_liability", "gift_card_liability"];
        // A tip was paid with the ticket and is not given back; one that stands on a line is.
        prop_assert_eq!(net(&paid) + net(&["tips_payable"]), 0);
        prop_assert_eq!(net(&["rounding"]), 0);
        prop_assert_eq!(roles(&[&sale]).get("rounding").copied().unwrap_or(0), -units(sold.rounding), "disclosed");
        let mut shelves: BTreeMap<_, i64> = BTreeMap::new();
        for movement in [&sale, &back].into_iter().flat_map(|sale| domain::moves::moves(sale, at, &stores)) {
            for leg in movement.legs {
                *shelves.entry((leg.state, leg.item)).or_default() += leg.quantity.units();
            }
        }
        prop_assert!(shelves.values().all(|units| *units == 0), "{:?}", shelves);
        prop_assert!(sold.lines.iter().all(|line| !is_promised(&sold, line)));
    }

    /// A tax that a ticket states once inside its prices comes back on lines. By price, no department is left with
    /// anything; by the rate of each line, with what that line's tax and its part of the whole differ by.
    #[test]
    fn a_tax_of_the_whole_ticket_comes_back_on_its_lines(shops in shops(), store in 0_u32..11, from in 0_i64..1_000) {
        let shops = Shops { retailer: Retailer::Mexican, ..shops };
        let (stores, items) = masters(&shops);
        let ticket = |number| shops.ticket(store, shops.first, number);
        let is_whole = |ticket: &Transaction| ticket.kind == "sale" && !ticket.training && inside(&ticket.taxes) != 0;
        let number = (from..).find(|number| is_whole(&ticket(*number))).unwrap();
        let sold = ticket(number);
        let at = stores.find(&sold.store).unwrap();
        let sale = book(&sold, at, &items, &stores);
        let by_price = on_lines(&sold);
        let by_rate = with_taxes_on_lines(&shops, store, shops.first, number);
        // A voided line states its tax, and none of it is owed.
        let owed = |line: &Line| if line.voided { 0 } else { inside(&line.taxes) };
        for stated in [&by_price, &by_rate] {
            prop_assert_eq!(stated.lines.iter().map(owed).sum::<i128>(), inside(&sold.taxes));
            let back = book(&in_full(stated), at, &items, &stores);
            let mut left: BTreeMap<String, i128> = BTreeMap::new();
            for (line, part) in stated.lines.iter().zip(taxes_of_ticket(&sold, coin(&sold.currency))) {
                let booked = sale.lines.iter().find(|booked| booked.line == line.line);
                let department = booked.and_then(|booked| booked.department.as_deref()).unwrap_or_default();
                *left.entry(department.to_owned()).or_default() += owed(line) - part;
            }
            left.retain(|_, net| *net != 0);
            prop_assert_eq!(left.values().sum::<i128>(), 0);
            prop_assert_eq!(departments(&[&sale, &back]), left);
            let both = roles(&[&sale, &back]);
            let net = |words: &[&str]| words.iter().filter_map(|word| both.get(word)).sum::<i128>();
            prop_assert_eq!(net(&["sales", "discount", "returns"]), 0);
            prop_assert_eq!(net(&["tax_payable"]), 0);
        }
        prop_assert_eq!(departments(&[&sale, &book(&in_full(&by_price), at, &items, &stores)]), BTreeMap::new());
    }
}

/// So rare in the chains that few of ten million tickets are one: its taxes stand once for the whole ticket, in the
/// books of the store that sold it.
#[test]
fn the_void_of_taxes_that_another_store_bears_leaves_nothing_there() {
    let shops = Shops { retailer: Retailer::Several, seed: 7, first: "2026-03-12".parse().unwrap() };
    let date = shops.first.plus_days(1);
    let (mut found, mut left) = (0, BTreeMap::new());
    for (store, number) in (0..3).flat_map(|store| (0..10_000).map(move |number| (store, number))) {
        let back = shops.ticket(store, date, number);
        let sold_by_other = |line: &Line| line.original.as_ref().is_some_and(|link| link.store != back.store);
        let comes_back = back.kind == "return" || back.kind == "exchange";
        if comes_back && !back.taxes.is_empty() && back.lines.iter().any(sold_by_other) {
            let mut tills = Tills::new(shops.store_master(), shops.item_master());
            tills.add(&back);
            tills.add(&void_of(&shops, store, date, number));
            left.extend(tills.books.into_iter().filter(|(_, amount)| *amount != 0));
            found += 1;
        }
    }
    assert!(found > 5, "{found}");
    assert_eq!(left, BTreeMap::new());
}
