//! A register's own report at the end of its date, the Z: what it took, and what was counted in its drawer.
//!
//! The till adds up its tickets as it rang them up. Sales, returns and discounts are stated without any tax; what a
//! discount gives away of a price with tax inside is its part of the price without it, rounded half up. A movement of
//! cash that was voided is in none of its sums.

use std::collections::BTreeMap;

use domain::record::pos::{Line, Tax, TenderTotal, TillTotals, Transaction};
use domain::text::Text;

use super::ledger::{amount, cents, half_up};
use super::line::{owed_lines, price_of, shared_out};
use super::tax::inside_of;
use super::{Draw, Shops};

/// Purposes of random numbers.
const COUNTED: u64 = 40;

/// What a drawer is opened with, in cents.
const OPENING: i64 = 200_000;

/// What a slip that is lost is worth, in cents.
const SLIP: i64 = 500;

/// Means of payment that are counted beside cash.
const COUNTED_KINDS: [&str; 4] = ["check", "foreign_cash", "manufacturer_coupon", "voucher"];

/// Tickets that sell, take back or promise something.
const TICKETS: [&str; 6] = ["sale", "return", "exchange", "layaway", "customer_order", "post_void"];

/// What a register took, in cents.
#[derive(Default)]
struct Taken {
    tickets: i64,
    net_sales: i64,
    returns: i64,
    discounts: i64,
    tax: i64,
    cash: i64,
    /// Of other means of payment, how often and how much.
    tenders: BTreeMap<(Text, Option<Text>), (i32, i64)>,
    cash_tenders: i32,
    loans: i64,
    pickups: i64,
    paid_in: i64,
    paid_out: i64,
    line_voids: i64,
    cancelled: i64,
    post_voids: i64,
    no_sales: i64,
}

impl Shops {
    /// The report of the register that `frame` names, over its records of the date.
    pub(super) fn report(&self, records: &[Transaction], frame: Transaction) -> Transaction {
        let mut taken = Taken::default();
        for record in records.iter().filter(|record| record.register == frame.register && !record.training) {
            taken.add(record);
        }
        // One in six drawers is over by a small coin, one in six is short by it; of other means of payment one in eight
        // lacks a slip, and one in 24 has one too many.
        let place = super::Place { store: 0, date: frame.business_date, number: name_as_number(&frame) };
        let mut draw = self.draw(place, COUNTED);
        let over = match draw.below(6) {
            0 => 5,
            1 => -5,
            _ => 0,
        };
        Transaction { till_totals: Some(taken.totals(over, &mut draw)), ..frame }
    }
}

/// A number of the register and its store.
fn name_as_number(frame: &Transaction) -> i64 {
    frame.store.bytes().chain(frame.register.bytes()).fold(0, |sum, byte| sum * 31 + i64::from(byte))
}

impl Taken {
    fn add(&mut self, record: &Transaction) {
        let drawer: i64 = record.tenders.iter().map(|tender| cents(tender.amount)).sum();
        let voided = record.links.iter().find_map(|link| link.kind.strip_prefix("void_of_"));
        self.post_voids += i64::from(record.kind == "post_void");
        match voided.unwrap_or(&record.kind) {
            "cancelled" => self.cancelled += 1,
            "no_sale" => self.no_sales += 1,
            "loan" => self.loans += drawer,
            "pickup" | "safe_drop" => self.pickups -= drawer,
            "paid_in" => self.paid_in += drawer,
            "paid_out" => self.paid_out -= drawer,
            kind if TICKETS.contains(&kind) => self.add_ticket(record),
            _ => {}
        }
    }

    fn add_ticket(&mut self, ticket: &Transaction) {
        self.tickets += 1;
        self.line_voids += ticket.lines.iter().map(|line| i64::from(line.voided)).sum::<i64>();
        let way = if ticket.kind == "post_void" { -1 } else { 1 };
        owed_lines(&shared_out(ticket)).for_each(|line| self.add_line(line, way));
        self.tax += collected(&ticket.taxes);
        let inside = inside_of(&ticket.taxes) / 100;
        if inside.signum() == -way {
            self.returns += inside;
        } else {
            self.net_sales -= inside;
        }
        for tender in &ticket.tenders {
            let handed_out = cents(tender.change) + cents(tender.cashback);
            self.cash -= handed_out;
            if tender.kind == "cash" {
                self.cash += cents(tender.amount);
                self.cash_tenders += 1;
                continue;
            }
            let currency = tender.foreign.as_ref().map(|foreign| foreign.currency.clone());
            let brand = currency.or_else(|| tender.brand.clone());
            let (count, sum) = self.tenders.entry((tender.kind.clone(), brand)).or_default();
            *count += 1;
            *sum += cents(tender.amount);
        }
    }

    /// Adds a line; `way` is -1 on a ticket that voids another, else 1.
    fn add_line(&mut self, line: &Line, way: i64) {
        self.tax += collected(&line.taxes);
        let sold = ["sale", "service", "fee", "shipping"].contains(&line.kind.as_str());
        if !sold && line.kind != "return" {
            return;
        }
        let price = price_of(line);
        let net = price - inside_of(&line.taxes).abs() / 100;
        let without_tax =
            |off: i64| if price == 0 { off } else { off.signum() * half_up(off.abs() * net, price) };
        let off: i64 = line.discounts.iter().map(|discount| without_tax(cents(discount.amount))).sum();
        self.discounts += off;
        let sign = line.amount.units().signum();
        if sold && sign == way {
            self.net_sales += sign * net;
        } else {
            // At the prices before discounts: those are taken back among the discounts.
            self.returns -= sign * net + off;
            self.net_sales -= off;
        }
    }

    fn totals(self, over: i64, draw: &mut Draw) -> TillTotals {
        let flow = self.cash + self.loans + self.paid_in - self.pickups - self.paid_out;
        let opening = OPENING.max(100 - flow);
        let mut counted = |cents: i64| match draw.below(24) {
            0..3 => cents - cents.clamp(0, SLIP),
            3 => cents + SLIP,
            _ => cents,
        };
        let other = |((kind, brand), (count, cents)): ((Text, Option<Text>), (i32, i64))| TenderTotal {
            declared: COUNTED_KINDS.contains(&kind.as_str()).then(|| amount(counted(cents))),
            kind,
            brand,
            count,
            amount: amount(cents),
        };
        let cash = TenderTotal {
            kind: "cash".into(),
            count: self.cash_tenders,
            amount: amount(self.cash),
            ..TenderTotal::default()
        };
        TillTotals {
            scope: "register".into(),
            transactions: self.tickets,
            net_sales: amount(self.net_sales),
            returns: amount(self.returns),
            discounts: amount(self.discounts),
            tax: amount(self.tax),
            opening_cash: Some(amount(opening)),
            declared_cash: Some(amount(opening + flow + over)),
            grand_total: None,
            tenders: [cash].into_iter().chain(self.tenders.into_iter().map(other)).collect(),
            loans: Some(amount(self.loans)),
            pickups: Some(amount(self.pickups)),
            paid_in: Some(amount(self.paid_in)),
            paid_out: Some(amount(self.paid_out)),
            line_voids: Some(self.line_voids),
            cancelled: Some(self.cancelled),
            post_voids: Some(self.post_voids),
            no_sales: Some(self.no_sales),
        }
    }
}

fn collected(taxes: &[Tax]) -> i64 {
    taxes.iter().map(|tax| cents(tax.amount)).sum()
}
