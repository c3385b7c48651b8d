//! A synthetic chain: stores, items and taxed tickets of any number, the same for the same seed.
//!
//! Made for load and for tests, not for realism in every detail: a ticket has one to nineteen lines, ten
//! on average, of which a fifth are on promotion; two departments in three are taxed at 8.25 %, added to
//! the price and rounded half up per line; a third of the tickets is paid in cash with change, the rest
//! by card, a few by both. One in forty takes up to three lines back, and pays for them as it would have been
//! paid; one in a hundred voids the ticket before it on its register. Each store has three registers that number
//! anew each business date, and ends its date with a `business_eod` record.

pub mod shops;

use domain::calendar::{Date, Timestamp};
use domain::number::{Amount, Quantity};
use domain::record::pos::{Discount, Line, Link, Tax, Tender, Transaction};
use domain::record::reference::{Item, ItemVersion, Store};

/// Registers of each store.
pub const REGISTERS: i64 = 3;

/// Departments of the chain.
const DEPARTMENTS: u64 = 24;

/// 8.25 % in hundredths of a percent.
const TAX_RATE: i64 = 825;

/// Of so many tickets one is a return.
const RETURN_EVERY: u64 = 40;

/// Of so many tickets one voids another.
const VOID_EVERY: u64 = 100;

/// Milliseconds between two tickets of a store.
const PACE: i64 = 20_000;

/// A synthetic chain.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// Another seed gives other tickets.
    pub seed: u64,
    /// Number of stores, named S1 and up.
    pub stores: u32,
    /// Number of items, named 1 and up.
    pub items: u32,
}

impl Chain {
    /// Name of a store by its index from 0.
    #[must_use]
    pub fn store_name(index: u32) -> String {
        format!("S{}", u64::from(index) + 1)
    }

    /// The store master.
    pub fn store_master(&self) -> impl Iterator<Item = Store> {
        (0..self.stores).map(|index| Store {
            store: Self::store_name(index),
            name: Some(format!("Synthetic store {}", u64::from(index) + 1)),
            subsidiary: "US".to_owned(),
            subsidiary_netsuite_id: "1".to_owned(),
            location: Self::store_name(index),
            location_netsuite_id: (1_000 + u64::from(index)).to_string(),
            currency: "USD".to_owned(),
            currency_netsuite_id: None,
            zone: "America/New_York".to_owned(),
            sequence_epochs: "daily".to_owned(),
            window_minutes: 0,
            go_live: None,
            active: true,
            barcode_layouts: Vec::new(),
            ..Store::default()
        })
    }

    /// The item master.
    pub fn item_master(&self) -> impl Iterator<Item = Item> {
        (0..self.items).map(|index| Item {
            item: (u64::from(index) + 1).to_string(),
            barcodes: Vec::new(),
            versions: vec![ItemVersion {
                effective_from: Date::default(),
                revision: 1,
                netsuite_id: Some((10_000 + u64::from(index)).to_string()),
                kind: "inventory".to_owned(),
                department: department(index).to_string(),
                description: None,
                stock_unit: "EA".to_owned(),
                units_per_sale: quantity(1),
                sale_units: None,
                tax_code: None,
                active: true,
                components: Vec::new(),
                costs: Vec::new(),
            }],
        })
    }

    /// Ticket number `number`, from 0, of a store's business date.
    #[must_use]
    pub fn ticket(&self, store: u32, date: Date, number: i64) -> Transaction {
        let is_void = |number| {
            let mut draw = Draw::new(self.seed.rotate_left(32), store, date, number);
            number >= REGISTERS && draw.below(VOID_EVERY) == 0
        };
        let before = number - REGISTERS;
        if is_void(number) && !is_void(before) {
            return voided(self.sold(store, date, before), frame(store, date, number));
        }
        self.sold(store, date, number)
    }

    fn sold(&self, store: u32, date: Date, number: i64) -> Transaction {
        let mut draw = Draw::new(self.seed, store, date, number);
        let is_return = Draw::new(!self.seed, store, date, number).below(RETURN_EVERY) == 0;
        let mut lines = Vec::with_capacity(19);
        let mut owed = 0;
        for at in 1..=1 + draw.below(if is_return { 3 } else { 19 }) {
            let (line, cents) = self.line(i32::try_from(at).unwrap_or(i32::MAX), &mut draw);
            owed += cents;
            lines.push(line);
        }
        let tenders = tenders(owed, &mut draw);
        let ticket = Transaction {
            kind: "sale".into(),
            total: Some(amount(owed)),
            lines,
            tenders,
            ..frame(store, date, number)
        };
        if is_return { taken_back(ticket) } else { ticket }
    }

    /// The end-of-day record of a store that made `tickets` tickets on the date.
    #[must_use]
    pub fn end_of_day(&self, store: u32, date: Date, tickets: i64) -> Transaction {
        Transaction { kind: "business_eod".into(), ..frame(store, date, tickets) }
    }

    /// A line and what it adds to what is owed, in cents.
    fn line(&self, at: i32, draw: &mut Draw) -> (Line, i64) {
        let item = u32::try_from(draw.below(u64::from(self.items.max(1)))).unwrap_or(0);
        let pieces = 1 + i64::from(draw.below(6) == 0) + i64::from(draw.below(20) == 0);
        let price = 49 + i64::from(item % 37) * 50;
        let cents = price * pieces;
        let reduction = if draw.below(5) == 0 { cents / 5 } else { 0 };
        let taxed = !department(item).is_multiple_of(3);
        let tax = if taxed { half_up((cents - reduction) * TAX_RATE, 10_000) } else { 0 };
        let discounts = (reduction > 0).then(|| Discount {
            kind: "promotion".into(),
            amount: amount(reduction),
            ..Discount::default()
        });
        let taxes = taxed.then(|| Tax {
            code: "NY".into(),
            kind: "sales".into(),
            treatment: "taxable".into(),
            base: Some(amount(cents - reduction)),
            amount: amount(tax),
            ..Tax::default()
        });
        let line = Line {
            line: at,
            kind: "sale".into(),
            item: Some((u64::from(item) + 1).to_string().into()),
            quantity: quantity(pieces),
            amount: amount(cents),
            discounts: discounts.into_iter().collect(),
            taxes: taxes.into_iter().collect(),
            ..Line::default()
        };
        (line, cents - reduction + tax)
    }
}

fn frame(store: u32, date: Date, number: i64) -> Transaction {
    // 14:00 UTC is morning in New York, whatever its season.
    let opened = i64::from(date.days()) * 86_400_000 + 14 * 3_600_000;
    Transaction {
        store: Chain::store_name(store).into(),
        register: ((1 + number % REGISTERS).to_string()).into(),
        business_date: date,
        sequence: number / REGISTERS,
        ended_at: Timestamp(opened + (number * PACE) % 36_000_000),
        currency: "USD".into(),
        ..Transaction::default()
    }
}

/// The goods of a ticket brought back, and its money given back.
fn taken_back(mut ticket: Transaction) -> Transaction {
    ticket.kind = "return".into();
    turn_around(&mut ticket);
    ticket.lines.iter_mut().for_each(|line| line.kind = "return".into());
    for tender in &mut ticket.tenders {
        let paid = tender.amount.checked_sub(tender.change).unwrap_or(tender.amount);
        (tender.amount, tender.change) = (paid, Amount::ZERO);
    }
    ticket
}

/// A ticket voided by the one that `frame` begins.
fn voided(ticket: Transaction, frame: Transaction) -> Transaction {
    let link = Link {
        kind: "void_of".into(),
        store: ticket.store.clone(),
        register: ticket.register.clone(),
        business_date: ticket.business_date,
        sequence: ticket.sequence,
        ..Link::default()
    };
    let Transaction { total, lines, tenders, .. } = ticket;
    let mut void =
        Transaction { kind: "post_void".into(), total, lines, tenders, links: vec![link], ..frame };
    turn_around(&mut void);
    void
}

/// Gives every quantity and amount the opposite sign.
fn turn_around(ticket: &mut Transaction) {
    ticket.total = ticket.total.map(Amount::negated);
    for line in &mut ticket.lines {
        (line.quantity, line.amount) = (line.quantity.negated(), line.amount.negated());
        line.discounts.iter_mut().for_each(|discount| discount.amount = discount.amount.negated());
        for tax in &mut line.taxes {
            (tax.base, tax.amount) = (tax.base.map(Amount::negated), tax.amount.negated());
        }
    }
    for tender in &mut ticket.tenders {
        (tender.amount, tender.change) = (tender.amount.negated(), tender.change.negated());
    }
}

fn tenders(owed: i64, draw: &mut Draw) -> Vec<Tender> {
    let card = |cents| Tender {
        kind: "card".into(),
        amount: amount(cents),
        brand: Some(["visa", "mastercard", "amex"][usize::try_from(owed % 3).unwrap_or(0)].into()),
        ..Tender::default()
    };
    let cash = |cents: i64| {
        let given = (cents + 499) / 500 * 500;
        Tender {
            kind: "cash".into(),
            amount: amount(given),
            change: amount(given - cents),
            ..Tender::default()
        }
    };
    match draw.below(10) {
        0..=2 => vec![cash(owed)],
        3 if owed > 100 => vec![card(owed / 2), cash(owed - owed / 2)],
        _ => vec![card(owed)],
    }
}

fn department(item: u32) -> u64 {
    1 + u64::from(item) % DEPARTMENTS
}

fn half_up(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator) / (2 * denominator)
}

/// Cents as an amount; a ticket of a few lines is far from 18 digits.
fn amount(cents: i64) -> Amount {
    Amount::from_units(cents * 100).unwrap_or_default()
}

fn quantity(pieces: i64) -> Quantity {
    Quantity::from_units(pieces * 1_000_000).unwrap_or_default()
}

/// Numbers that look random and are the same for the same ticket (SplitMix64, Steele et al. 2014).
struct Draw(u64);

impl Draw {
    fn new(seed: u64, store: u32, date: Date, number: i64) -> Self {
        let mut draw = Self(seed);
        for part in [u64::from(store), u64::from(date.days().unsigned_abs()), number.unsigned_abs()] {
            draw.0 = draw.next() ^ part;
        }
        draw
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use domain::enrichment::Explained;
    use domain::masters::{self, Items, Stores};
    use domain::record::sales::Bucket;

    use super::*;

    const CHAIN: Chain = Chain { seed: 7, stores: 3, items: 200 };

    #[test]
    fn every_ticket_is_one_that_enrich_books() {
        let date: Date = "2026-03-14".parse().unwrap();
        let mut items = Items::default();
        for (item, offset) in CHAIN.item_master().zip(0..) {
            assert_eq!(items.apply(&item.item.clone(), Some(item), offset), None);
        }
        for (index, store) in CHAIN.store_master().enumerate() {
            let store = masters::Store::check(store).unwrap();
            let index = u32::try_from(index).unwrap();
            let tickets = (0..300).map(|number| CHAIN.ticket(index, date, number));
            for transaction in tickets.chain([CHAIN.end_of_day(index, date, 300)]) {
                let explained = Explained::check(transaction, &store, &items).unwrap();
                let (_, waiting) = explained.enrich(&store, &Stores::default(), Bucket::default());
                assert!(waiting.is_empty(), "every item is known");
            }
        }
    }

    #[test]
    fn tickets_balance_and_number_without_gaps() {
        let date: Date = "2026-03-14".parse().unwrap();
        let mut numbers = BTreeSet::new();
        let mut lines = 0;
        for number in 0..3_000 {
            let ticket = CHAIN.ticket(1, date, number);
            let net: i64 = ticket
                .lines
                .iter()
                .map(|line| {
                    let discounts: i64 = line.discounts.iter().map(|discount| discount.amount.units()).sum();
                    let taxes: i64 = line.taxes.iter().map(|tax| tax.amount.units()).sum();
                    line.amount.units() - discounts + taxes
                })
                .sum();
            let paid: i64 =
                ticket.tenders.iter().map(|tender| tender.amount.units() - tender.change.units()).sum();
            assert_eq!((net, ticket.total.unwrap().units()), (paid, paid), "{number}");
            assert!(numbers.insert((ticket.register.clone(), ticket.sequence)));
            lines += ticket.lines.len();
        }
        assert!((28_000..32_000).contains(&lines), "{lines}");
        assert_eq!(CHAIN.ticket(1, date, 5), CHAIN.ticket(1, date, 5));
        assert_ne!(CHAIN.ticket(1, date, 5), CHAIN.ticket(2, date, 5));
    }
}
