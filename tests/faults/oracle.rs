//! What the books and the stock must be, recomputed from what was offered by adding up tickets: it knows
//! the records of the tills and nothing of the services.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Date;
use domain::record::pos::{Line, Transaction};
use domain::text::Text;
use tillstream::generate::Chain;

use crate::feed::{self, CHAIN, Name, Offered};

/// Store, register, date and sequence of a ticket.
pub(crate) type Identity = (Text, Text, Date, i64);
/// A window of a store's business date; 0 is the whole of it.
pub(crate) type Window = (Text, Date, i32);
/// A line of a ticket.
pub(crate) type Sold = (Identity, i32);
/// Debits less credits by account role, in ten-thousandths.
pub(crate) type Roles = BTreeMap<String, i64>;
/// On-hand stock by location and item, in millionths.
pub(crate) type Stock = BTreeMap<(Text, Text), i64>;
/// What the windows did to it, by location, reason and item.
pub(crate) type Adjusted = BTreeMap<(Window, Text, &'static str, Text), i64>;

/// The expected side.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Every ticket and end of day that must have been accepted once, and in which window of its date.
    pub(crate) accepted: BTreeMap<Identity, i32>,
    /// How many records must have been recognised as repeats.
    pub(crate) repeats: usize,
    pub(crate) books: BTreeMap<Window, Roles>,
    pub(crate) stock: Stock,
    /// Lines that took something back, or undid one that did, and say which line sold it.
    pub(crate) claims: BTreeSet<Sold>,
    /// What was taken back of each line that sold it, in millionths.
    pub(crate) claimed: BTreeMap<Sold, i64>,
    pub(crate) adjusted: Adjusted,
}

impl Expected {
    pub(crate) fn of(offered: &Offered) -> Self {
        let mut expected = Self { repeats: offered.repeats.len(), ..Self::default() };
        for &(store, date, tickets) in &offered.ends {
            expected.accept(store, &CHAIN.end_of_day(store, date, tickets));
        }
        for name in &offered.tickets {
            expected.add(name);
        }
        expected
    }

    fn add(&mut self, name: &Name) {
        let (store, date, _) = *name;
        let ticket = feed::ticket(name);
        let number = self.accept(store, &ticket);
        let window: Window = (Chain::store_name(store).into(), date, number);
        let roles = self.books.entry(window.clone()).or_default();
        let mut debit = |role: &str, units: i64| *roles.entry(role.to_owned()).or_default() += units;
        for tender in &ticket.tenders {
            let role = if tender.kind == "gift_card" { "gift_card_liability" } else { "tender_clearing" };
            debit(role, tender.amount.units() - tender.change.units());
        }
        for line in &ticket.lines {
            debit(if line.kind == "return" { "returns" } else { "sales" }, -line.amount.units());
            line.discounts.iter().for_each(|discount| debit("discount", discount.amount.units()));
            line.taxes.iter().for_each(|tax| debit("tax_payable", -tax.amount.units()));
        }
        for line in &ticket.lines {
            self.shelve(&window, &ticket, line);
            if let Some(original) = &line.original {
                let of = |store: &Text, register: &Text, date, sequence| {
                    (store.clone(), register.clone(), date, sequence)
                };
                let own = of(&ticket.store, &ticket.register, ticket.business_date, ticket.sequence);
                assert!(self.claims.insert((own, line.line)), "a line is named once");
                let sold = of(&original.store, &original.register, original.business_date, original.sequence);
                let sold = (sold, original.line.expect("the feed names the line"));
                *self.claimed.entry(sold).or_default() -= line.quantity.units();
            }
        }
    }

    fn shelve(&mut self, window: &Window, ticket: &Transaction, line: &Line) {
        let location = line.fulfilment_location.as_ref().unwrap_or(&ticket.store);
        let units = line.quantity.units();
        // What voids a ticket moves its goods for the reason they were moved for.
        let moved: &[(&'static str, i64)] = match line.kind.as_str() {
            "sale" => &[("sale", -units)],
            "return" => &[("return", -units)],
            "transfer" => &[("transfer", units)],
            // Received, and lost.
            "transfer_difference" => &[("transfer", units), ("transfer_difference", -units)],
            "count" => &[("count", units)],
            other => panic!("the feed has no lines of kind {other}"),
        };
        let item = line.item.clone().unwrap_or_default();
        let items: &[(Text, i64)] = match item.as_str() {
            feed::KIT => &[("1".into(), 2), ("2".into(), 1)],
            _ => &[(item, 1)],
        };
        for (item, pieces) in items {
            for (reason, units) in moved {
                *self.stock.entry((location.clone(), item.clone())).or_default() += units * pieces;
                let key = (window.clone(), location.clone(), *reason, item.clone());
                *self.adjusted.entry(key).or_default() += units * pieces;
            }
        }
    }

    /// Says the number of its window.
    fn accept(&mut self, store: u32, ticket: &Transaction) -> i32 {
        let identity = (ticket.store.clone(), ticket.register.clone(), ticket.business_date, ticket.sequence);
        let window = if feed::is_windowed(store) { window(ticket) } else { 0 };
        let before = self.accepted.insert(identity, window);
        assert_eq!(before, None, "the feed names each ticket once");
        window
    }
}

/// Counts the windows since midnight in New York, which in summer is at four by UTC.
fn window(ticket: &Transaction) -> i32 {
    let date = ticket.business_date;
    assert!(date < "2025-11-02".parse().unwrap(), "the feed ends while summer time lasts, not on {date}");
    let midnight = i64::from(date.days()) * 86_400_000 + 4 * 3_600_000;
    let minutes = (ticket.ended_at.0 - midnight) / 60_000;
    i32::try_from(minutes).unwrap() / feed::WINDOW_MINUTES + 1
}
