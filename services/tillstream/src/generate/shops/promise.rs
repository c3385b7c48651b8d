//! Goods that are kept for a customer: mostly laid away in the Mexican chain and ordered in the other, now and then the
//! other way round.
//!
//! A deposit of a fifth of their price is taken at once, in some cases a further one the next day, and the rest when
//! they are handed over; given up, they go back and so does the money, in the Mexican chain less a fee, or the shop
//! keeps it all. There a deposit contains its tax, and is applied by a line; elsewhere a tender applies it, or now and
//! then a line.

use domain::record::pos::{Line, StoredValue, Tender, Transaction};

use super::ledger::to_multiple;
use super::line::turned;
use super::tender::tender;
use super::{Place, Retailer, Shops, line};

/// Purposes of random numbers.
const PROMISE: u64 = 30;
const PAYMENT: u64 = 31;
const FORM: u64 = 32;

/// What is kept of a deposit on goods that are given up, in cents.
const FEE: i64 = 1_000;

/// The words of a kind of promise.
struct Words {
    ticket: &'static str,
    deposit: &'static str,
    /// Of a further deposit.
    further: &'static str,
    link: &'static str,
    /// The program of a tender that applies the deposits; none where a line does.
    program: Option<&'static str>,
}

const LAYAWAY: Words = Words {
    ticket: "layaway",
    deposit: "layaway_payment",
    further: "layaway_payment",
    link: "layaway",
    program: Some("layaway"),
};

const ORDER: Words = Words {
    ticket: "customer_order",
    deposit: "order_deposit",
    further: "deposit_payment",
    link: "order",
    program: Some("deposit"),
};

impl Shops {
    /// Goods kept, and the first deposit.
    pub(super) fn promise(&self, place: Place) -> Transaction {
        let words = self.words(place);
        let mut draw = self.draw(place, PAYMENT);
        let (mut lines, first) = self.promised(place);
        lines.push(line::deposit(self.law(place.store), words.deposit, first));
        let mut ticket = Transaction { kind: words.ticket.into(), lines, ..self.frame(place) };
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// A further deposit of the same size.
    pub(super) fn pay_further(&self, place: Place, promise: Place) -> Transaction {
        let words = self.words(promise);
        let mut draw = self.draw(place, PAYMENT);
        let (_, first) = self.promised(promise);
        let mut ticket = Transaction {
            kind: words.ticket.into(),
            lines: vec![line::deposit(self.law(place.store), words.further, first)],
            links: vec![self.link(words.link, promise)],
            ..self.frame(place)
        };
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// What was kept is sold: its deposits are applied and the rest is paid.
    pub(super) fn hand_over(&self, place: Place, promise: Place, paid_further: bool) -> Transaction {
        let words = self.words(promise);
        let mut draw = self.draw(place, PAYMENT);
        let (lines, first) = self.promised(promise);
        let deposits = if paid_further { 2 * first } else { first };
        let kept = |line: Line| Line { original: Some(self.link(words.link, promise).into()), ..line };
        let sold = |line: Line| Line { kind: "sale".into(), ..kept(line) };
        let mut ticket = Transaction {
            kind: "sale".into(),
            lines: lines.into_iter().map(sold).collect(),
            ..self.frame(place)
        };
        match words.program {
            None => {
                let applied = line::deposit(self.law(place.store), words.deposit, deposits);
                ticket.lines.push(kept(turned(&applied)));
            }
            Some(program) => {
                let program = StoredValue { program: program.into(), ..StoredValue::default() };
                let applied = tender("account", deposits);
                ticket.tenders.push(Tender { stored_value: Some(program), ..applied });
            }
        }
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// What was kept goes back to the shelf, and the deposit to the customer, or a fee takes it, whole or in part.
    pub(super) fn give_up(&self, place: Place, promise: Place, forfeited: bool) -> Transaction {
        let words = self.words(promise);
        let mut draw = self.draw(place, PAYMENT);
        let law = self.law(place.store);
        let (lines, first) = self.promised(promise);
        let mut lines: Vec<Line> = lines.iter().map(turned).collect();
        lines.push(turned(&line::deposit(law, words.deposit, first)));
        let fee = match self.retailer {
            _ if forfeited => first,
            Retailer::Mexican => FEE,
            Retailer::Several => 0,
        };
        lines.extend((fee > 0).then(|| line::deposit(law, "fee", fee)));
        let mut ticket = Transaction {
            kind: words.ticket.into(),
            lines,
            links: vec![self.link(words.link, promise)],
            ..self.frame(place)
        };
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// The goods of a promise, and the size of a deposit on them, in cents.
    fn promised(&self, place: Place) -> (Vec<Line>, i64) {
        let mut draw = self.draw(place, PROMISE);
        let law = self.law(place.store);
        // Who has the goods: mostly this store, now and then another one, rarely one of another subsidiary.
        let elsewhere = match draw.below(12) {
            0 => self.across(place.store),
            1..=4 => Some(self.neighbour(place.store)),
            _ => None,
        };
        let has_a_word = draw.below(4) == 0;
        let mut lines = Vec::new();
        for _ in 0..=draw.below(2) {
            let department = 5 + draw.below(2);
            let goods = self.goods(Self::of_department(department, draw.below(10)));
            let mut kept = line::goods(law, &goods, 1_000, &[]);
            if has_a_word {
                kept.kind = "reserve".into();
            }
            if self.retailer == Retailer::Several && self.words(place).ticket == ORDER.ticket {
                kept.fulfilment = Some("pickup".into());
                kept.fulfilment_location = elsewhere.map(|store| self.location(store).into());
            }
            lines.push(kept);
        }
        let price: i64 = lines.iter().map(line::price_of).sum();
        let deposit = to_multiple(price / 5, 100).max(1_000);
        // A fee is kept of it when the goods are given up.
        (lines, if self.retailer == Retailer::Mexican { deposit + FEE } else { deposit })
    }

    /// One in four promises is of the kind that is not its chain's own. Where a deposit states its tax, only a line can
    /// apply it; elsewhere a line applies one in three.
    fn words(&self, promise: Place) -> Words {
        let drawn = self.draw(promise, FORM).below(12);
        let is_layaway = (self.retailer == Retailer::Mexican) != drawn.is_multiple_of(4);
        let words = if is_layaway { LAYAWAY } else { ORDER };
        let by_tender = self.retailer == Retailer::Several && drawn >= 4;
        Words { program: words.program.filter(|_| by_tender), ..words }
    }
}
