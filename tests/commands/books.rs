//! The books of a store as the tills have them and as NetSuite holds them, in the same terms.

use std::time::Duration;

use domain::number::{Amount, Quantity};
use domain::record::pos::Transaction;
use serde_json::Value;

use crate::control::Control;
use crate::wait::wait_until;

/// How long a document may take from the close of its bucket to NetSuite.
const POSTED_WITHIN: Duration = Duration::from_secs(60);
/// Accounts of the account map that `tillstream up` gives to its services.
const CASH: i64 = 101;
const CARD: i64 = 102;
const TAX: i64 = 240;
const SUSPENSE: i64 = 290;

/// What a store has taken and moved: amounts in ten-thousandths, quantities in millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) cash: i64,
    pub(crate) card: i64,
    /// Owed to the state.
    pub(crate) tax: i64,
    /// Sold without anybody knowing what.
    pub(crate) suspense: i64,
    /// Taken out of stock.
    pub(crate) stock: i64,
}

impl Books {
    /// Adds a ticket, as if every item of it were known.
    pub(crate) fn add(&mut self, ticket: &Transaction) {
        for tender in &ticket.tenders {
            let paid = tender.amount.units() - tender.change.units();
            *if tender.kind == "cash" { &mut self.cash } else { &mut self.card } += paid;
        }
        for line in &ticket.lines {
            self.tax += line.taxes.iter().map(|tax| tax.amount.units()).sum::<i64>();
            self.stock += line.quantity.units();
        }
    }

    /// The money in it, which does not wait for the item master.
    pub(crate) fn money(&self) -> [i64; 3] {
        [self.cash, self.card, self.tax]
    }
}

/// The simulated NetSuite, asked from its other side.
pub(crate) struct NetSuite(pub(crate) Control);

impl NetSuite {
    pub(crate) fn at(origin: &str) -> Self {
        Self(Control::at(origin))
    }

    /// The external ids of the documents it holds that begin so.
    pub(crate) fn documents(&self, prefix: &str) -> Vec<String> {
        let all: Vec<Value> = self.0.get("dump");
        let ids = all.iter().map(|record| record["external_id"].as_str().unwrap().to_owned());
        ids.filter(|id| id.starts_with(prefix)).collect()
    }

    /// Waits until it holds a document that begins so.
    pub(crate) fn gets(&self, prefix: &str) {
        let got = wait_until(POSTED_WITHIN, || !self.documents(prefix).is_empty());
        assert!(got, "NetSuite holds {prefix}, not only {:?}", self.documents(""));
    }

    /// Waits until its books of a store are as wanted.
    pub(crate) fn holds(&self, store: &str, wanted: impl Fn(&Books) -> bool) -> Books {
        let held = wait_until(POSTED_WITHIN, || wanted(&self.books(store)));
        let books = self.books(store);
        assert!(held, "NetSuite's books of {store} are {books:?}: {:?}", self.documents(""));
        books
    }

    /// What its documents of a store add up to.
    pub(crate) fn books(&self, store: &str) -> Books {
        let all: Vec<Value> = self.0.get("dump");
        let mut books = Books::default();
        for record in all {
            if record["external_id"].as_str().unwrap().split('_').nth(1) == Some(store) {
                // Number 0 is what NetSuite itself adds to an adjustment.
                let lines = record["lines"].as_array().unwrap();
                lines.iter().filter(|line| line["number"] != 0).for_each(|line| books.add_line(line));
            }
        }
        books
    }
}

impl Books {
    fn add_line(&mut self, line: &Value) {
        let units =
            |name: &str| line[name].as_str().map_or(0, |text| text.parse::<Amount>().unwrap().units());
        let debit = units("debit") - units("credit");
        match line["account"].as_i64() {
            Some(CASH) => self.cash += debit,
            Some(CARD) => self.card += debit,
            Some(TAX) => self.tax -= debit,
            Some(SUSPENSE) => self.suspense -= debit,
            _ => {}
        }
        let quantity = line["quantity"].as_str().map(|text| text.parse::<Quantity>().unwrap().units());
        self.stock -= quantity.unwrap_or_default();
    }
}
