//! What the books and the stock must be, recomputed from what was offered by adding up tickets: it knows
//! the records of the tills and nothing of the services.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Date;
use domain::text::Text;
use tillstream::generate::Chain;

use crate::feed::{CHAIN, Name, Offered};

/// A store on a business date.
pub(crate) type StoreDay = (Text, Date);
/// Debits less credits by account role, in ten-thousandths.
pub(crate) type Roles = BTreeMap<String, i64>;
/// On-hand stock by location and item, in millionths.
pub(crate) type Stock = BTreeMap<(Text, Text), i64>;

/// The expected side.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Every ticket and end of day that must have been accepted once: store, register, date, sequence.
    pub(crate) accepted: BTreeSet<(Text, Text, Date, i64)>,
    /// How many records must have been recognised as repeats.
    pub(crate) repeats: usize,
    pub(crate) books: BTreeMap<StoreDay, Roles>,
    pub(crate) stock: Stock,
}

impl Expected {
    pub(crate) fn of(offered: &Offered) -> Self {
        let mut expected = Self { repeats: offered.repeats.len(), ..Self::default() };
        for &(store, date, tickets) in &offered.ends {
            let end = CHAIN.end_of_day(store, date, tickets);
            expected.accepted.insert((end.store, end.register, date, end.sequence));
        }
        for name in &offered.tickets {
            expected.add(name);
        }
        expected
    }

    fn add(&mut self, &(store, date, number): &Name) {
        let ticket = CHAIN.ticket(store, date, number);
        let identity = (ticket.store.clone(), ticket.register.clone(), date, ticket.sequence);
        assert!(self.accepted.insert(identity), "the feed names each ticket once");
        let roles = self.books.entry((Chain::store_name(store).into(), date)).or_default();
        let mut debit = |role: &str, units: i64| *roles.entry(role.to_owned()).or_default() += units;
        for tender in &ticket.tenders {
            debit("tender_clearing", tender.amount.units() - tender.change.units());
        }
        for line in &ticket.lines {
            debit("sales", -line.amount.units());
            line.discounts.iter().for_each(|discount| debit("discount", discount.amount.units()));
            line.taxes.iter().for_each(|tax| debit("tax_payable", -tax.amount.units()));
            let item = line.item.clone().unwrap_or_default();
            *self.stock.entry((ticket.store.clone(), item)).or_default() -= line.quantity.units();
        }
    }
}
