//! What came back of each line that names its receipt, beside what that line sold.
//!
//! A line sold is remembered for [`REMEMBERED_DAYS`]. A kit is compared whole. Where less than a line comes back it is
//! worth that part of its price, to the nearest coin.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::record::pos::{Line, Link, Transaction};
use domain::text::Text;

use super::money;

/// Days after its business date for which a line is remembered, more than the tills of a chain take to refer to it.
const REMEMBERED_DAYS: i32 = 7;

/// A line of a ticket: its date first, so that the old ones lie together.
type Name = (Date, Text, Text, i64, i32);

/// Quantity in millionths of the unit of the line, and price in ten-thousandths.
type Goods = (i128, i128);

/// Lines that sold something, and what came back of them.
#[derive(Debug, Default)]
pub(super) struct Receipts(BTreeMap<Name, (Goods, Goods)>);

impl Receipts {
    /// Adds a ticket, and returns each of its lines that brings back what a receipt sold, the store that sold it, and
    /// where more has come back than was sold, what was given back too much.
    pub(super) fn add<'a>(&mut self, ticket: &'a Transaction) -> Vec<(&'a Line, Text, Option<i128>)> {
        let kept = ticket.business_date.plus_days(-REMEMBERED_DAYS);
        if self.0.first_key_value().is_some_and(|((date, ..), _)| *date < kept) {
            self.0.retain(|(date, ..), _| *date >= kept);
        }
        let lines = ticket.lines.iter().filter(|line| !line.voided);
        lines.filter_map(|line| self.add_line(ticket, line)).collect()
    }

    fn add_line<'a>(
        &mut self,
        ticket: &Transaction,
        line: &'a Line,
    ) -> Option<(&'a Line, Text, Option<i128>)> {
        let (quantity, price) = (i128::from(line.quantity.units()), money::price(line));
        let Some(link) = line.original.as_deref().filter(|link| link.kind == "return_of") else {
            let Transaction { store, register, business_date, sequence, .. } = ticket;
            if ticket.kind == "sale" || ticket.kind == "exchange" {
                let name = (*business_date, store.clone(), register.clone(), *sequence, line.line);
                self.0.entry(name).or_default().0 = (quantity, price);
            }
            return None;
        };
        let Link { store, register, business_date, sequence, .. } = link;
        let name = (*business_date, store.clone(), register.clone(), *sequence, link.line?);
        let (sold, back) = self.0.entry(name).or_default();
        *back = (back.0 - quantity, back.1 - price);
        let coins = sold.1 / money::coin(&ticket.currency);
        let worth = match back.0 < sold.0 {
            true => (2 * coins * back.0 + sold.0) / (2 * sold.0) * money::coin(&ticket.currency),
            false => sold.1,
        };
        let too_much = (back.0 > sold.0 || back.1 > worth).then(|| back.1 - worth);
        Some((line, store.clone(), too_much))
    }
}
