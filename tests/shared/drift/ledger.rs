//! What is expected less what is booked: a key that comes to nothing is forgotten, so at the end nothing may be left.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;

use domain::calendar::Date;

/// Store, business date and role.
type Books = BTreeMap<(String, Date, &'static str), i128>;
/// Location, item and place.
type Stock = BTreeMap<(String, String, String), i128>;

/// What stands for the tax summaries among the roles: the same amounts as `tax_payable`, with the opposite sign.
pub(crate) const TAX_SUMMARIES: &str = "(tax summaries)";

/// Differences named in a report.
const NAMED_MAX: usize = 10;

/// Both sides of the run.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Debits less credits expected and not booked, in ten-thousandths.
    books: Books,
    /// Stock expected at the places of locations, in millionths.
    stock: Stock,
    /// Units that adjustments must have brought and have not.
    adjusted: BTreeMap<(String, String), i128>,
    /// Sums by role over everything: expected debits less credits, those booked, and the sum of their sizes.
    roles: BTreeMap<&'static str, [i128; 3]>,
}

impl Ledger {
    pub(crate) fn expect(&mut self, store: &str, date: Date, role: &'static str, units: i128) {
        self.roles.entry(role).or_default()[0] += units;
        add(&mut self.books, (store.to_owned(), date, role), units);
    }

    pub(crate) fn booked(&mut self, store: &str, date: Date, role: &'static str, units: i128) {
        let sums = self.roles.entry(role).or_default();
        (sums[1], sums[2]) = (sums[1] + units, sums[2] + units.abs());
        add(&mut self.books, (store.to_owned(), date, role), -units);
    }

    pub(crate) fn expect_stock(&mut self, location: &str, item: &str, place: &str, units: i128) {
        add(&mut self.stock, (location.to_owned(), item.to_owned(), place.to_owned()), units);
        add(&mut self.adjusted, (location.to_owned(), item.to_owned()), units);
    }

    pub(crate) fn adjusted(&mut self, location: &str, item: &str, units: i128) {
        add(&mut self.adjusted, (location.to_owned(), item.to_owned()), -units);
    }

    /// Takes off what is on hand, reserved or damaged in the end.
    pub(crate) fn held(&mut self, location: &str, item: &str, place: &str, units: i128) {
        add(&mut self.stock, (location.to_owned(), item.to_owned(), place.to_owned()), -units);
    }

    /// Every difference, in words; of many the first of each kind.
    pub(crate) fn differences(&self) -> Vec<String> {
        let books = self.books.iter().map(|(key, units)| format!("books {key:?}: {units}")).take(NAMED_MAX);
        let stock = self.stock.iter().map(|(key, units)| format!("stock {key:?}: {units}")).take(NAMED_MAX);
        let adjusted = self.adjusted.iter().map(|(key, units)| format!("adjusted {key:?}: {units}"));
        books.chain(stock).chain(adjusted.take(NAMED_MAX)).collect()
    }

    /// The sums by role, in money.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:<24}{:>22}{:>22}{:>22}\n", "role", "expected", "booked", "without signs");
        for (role, sums) in &self.roles {
            let [expected, booked, size] = sums.map(money);
            writeln!(table, "{role:<24}{expected:>22}{booked:>22}{size:>22}").unwrap();
        }
        table
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i128>, key: K, units: i128) {
    match sums.entry(key) {
        Entry::Vacant(_) if units == 0 => {}
        Entry::Vacant(nothing) => drop(nothing.insert(units)),
        Entry::Occupied(mut sum) => {
            *sum.get_mut() += units;
            if *sum.get() == 0 {
                sum.remove();
            }
        }
    }
}

fn money(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    format!("{sign}{}.{:04}", units / 10_000, units % 10_000)
}
