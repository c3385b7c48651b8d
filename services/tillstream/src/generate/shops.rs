//! Two synthetic chains whose tills do all that is booked, weighted as in real shops, the same for the same seed.
//!
//! One is **Mexican**, with a store in Chile and one in Bahrain, whose coins are whole pesos and thousandths of a dinar
//! and whose prices contain one tax. In Mexico prices have IVA inside (16 %, 8 % in its store at the border, zero-rated
//! food, exempt books) and IEPS inside the base of IVA; cash is rounded to 0.50, donations are made by rounding up,
//! goods laid away or ordered on deposits that state their tax when they are collected. The other has **several
//! subsidiaries**: two in the United States and one in Canada, with taxes on top of the price, orders to be picked up
//! and layaways, on deposits without tax, goods that another store ships, kits, offers of three for two and of a drink
//! with a snack; gift cards and goods of the other subsidiary of the same currency, some with a known cost; in US
//! returns that the store bears which sold the goods; and in Canada deposits whose tax is due with the goods. What is
//! weighed carries labels, by weight and by price. In both a basket of enough goods has an offer, too; half of the
//! tickets state theirs once for the ticket. One store does not list its newest register, and some trade on days that
//! their calendars have closed.
//!
//! A ticket is a function of its store, business date and number alone; what refers to an earlier one is a function
//! of that one, so it names a ticket that is there, and each is voided, returned or handed over once; but some lines
//! come back in two parts, and rarely more of one than was sold. Some goods come back without a receipt, which name no
//! ticket. Cash that moves right after other cash or goods did, on one register, is the void of that. All money is
//! counted in the smallest coins of its currency. From the second business date on a pack has fewer pieces, an item
//! stands in another department, and a kit is made of another drink. What a shop would refuse is not made, nor are
//! reports of anything but a register.

mod currency;
mod kind;
mod label;
mod ledger;
mod line;
mod master;
mod promise;
mod report;
mod returned;
mod sale;
mod tax;
mod tender;
#[cfg(test)]
pub(crate) mod tests;

use domain::calendar::{Date, Timestamp};
use domain::record::pos::{Link, Transaction};

use super::{Draw, REGISTERS};
use kind::What;

/// Milliseconds between two tickets of a store.
const PACE: i64 = 120_000;

/// Which chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retailer {
    /// Stores M1 to M9 of the subsidiary MX, M8 at the border; M10 of CL, M11 of BH.
    Mexican,
    /// Stores N1 to N3 of US, N4 to N6 of CA, N7 and N8 of US2.
    Several,
}

/// A synthetic chain.
#[derive(Debug, Clone, Copy)]
pub struct Shops {
    /// Which one.
    pub retailer: Retailer,
    /// Another seed gives other tickets.
    pub seed: u64,
    /// Its first business date: nothing refers to an earlier one.
    pub first: Date,
}

/// Where a ticket stands: its store, business date and number among the tickets of both, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    store: u32,
    date: Date,
    number: i64,
}

impl Place {
    /// So many tickets later on the same register; earlier below zero.
    fn later(self, tickets: i64) -> Self {
        Self { number: self.number + tickets * REGISTERS, ..self }
    }

    fn days_before(self, days: i32) -> Self {
        Self { date: self.date.plus_days(-days), ..self }
    }
}

impl Shops {
    /// Ticket number `number`, from 0, of a store's business date.
    #[must_use]
    pub fn ticket(&self, store: u32, date: Date, number: i64) -> Transaction {
        currency::in_its_coins(self.in_cents(Place { store, date, number }))
    }

    fn in_cents(&self, place: Place) -> Transaction {
        match self.what(place) {
            What::Sale => sale::of_the_ticket(place, self.sale(place)),
            What::Void(original) => self.void(place, original),
            What::Return(original) => self.take_back(place, original),
            What::Rest(original) => self.take_more_back(place, original),
            What::WithoutReceipt => self.without_receipt(place),
            What::Exchange(original) => self.exchange(place, original),
            What::Promise => self.promise(place),
            What::Paid(promise) => self.pay_further(place, promise),
            What::Kept { promise, paid_further } => self.hand_over(place, promise, paid_further),
            What::GivenUp { promise, forfeited } => self.give_up(place, promise, forfeited),
            What::Unfinished(kind) => self.unfinished(place, kind),
            What::Training => Transaction { training: true, ..self.sale(place) },
            What::Control(kind) => Transaction { kind: kind.into(), ..self.frame(place) },
            What::Cash(kind) => self.cash_movement(place, kind),
            What::Transfer => self.transfer(place),
            What::Count => self.count(place),
        }
    }

    /// All records of a store's business date: it begins, its registers open, make `tickets` tickets, report what they
    /// took, and it ends.
    #[must_use]
    pub fn day(&self, store: u32, date: Date, tickets: i64) -> Vec<Transaction> {
        let record = |number, kind: &str| Transaction {
            kind: kind.into(),
            ..self.frame(Place { store, date, number })
        };
        let mut records = vec![record(-2 * REGISTERS, "business_sod")];
        records.extend((-REGISTERS..0).map(|number| record(number, "till_open")));
        records.extend((0..tickets).map(|number| self.in_cents(Place { store, date, number })));
        let reports = tickets..tickets + REGISTERS;
        let reports: Vec<Transaction> =
            reports.map(|number| self.report(&records, record(number, "till_totals"))).collect();
        records.extend(reports);
        records.push(record(tickets + REGISTERS, "business_eod"));
        records.into_iter().map(currency::in_its_coins).collect()
    }

    /// Random numbers of a ticket, others for each purpose.
    fn draw(&self, place: Place, purpose: u64) -> Draw {
        let retailer = match self.retailer {
            Retailer::Mexican => 0,
            Retailer::Several => 1,
        };
        let seed = self.seed.rotate_left(16) ^ (purpose << 8) ^ retailer;
        Draw::new(seed, place.store, place.date, place.number)
    }

    /// Who and when, without what.
    fn frame(&self, place: Place) -> Transaction {
        // What stands before the tickets of a date has numbers below 0.
        let number = place.number + 2 * REGISTERS;
        // 15:00 UTC is morning from Tijuana to New York, whatever the season, and evening in Bahrain.
        let opened = i64::from(place.date.days()) * 86_400_000 + 15 * 3_600_000;
        Transaction {
            store: self.store_name(place.store).into(),
            register: (1 + number % REGISTERS).to_string().into(),
            business_date: place.date,
            sequence: number / REGISTERS,
            ended_at: Timestamp(opened + number * PACE % 43_200_000),
            currency: self.currency(place.store).into(),
            operator: Some(format!("op-{}", 100 + place.number % 7).into()),
            ..Transaction::default()
        }
    }

    /// The link from a later ticket to one.
    fn link(&self, kind: &str, original: Place) -> Link {
        let Transaction { store, register, business_date, sequence, .. } = self.frame(original);
        Link { kind: kind.into(), store, register, business_date, sequence, ..Link::default() }
    }
}
