//! What is expected less what is booked: a key that comes to nothing is forgotten, so at the end nothing may be left.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{Debug, Write};

use domain::calendar::Date;
use domain::number::Amount;
use domain::record::inventory::{Adjustment, AdjustmentLine};
use domain::record::liability::LiabilityLine;
use domain::text::Text;
use tillstream::statement::tills::{Account, Cost, Day, TAX_SUMS, TaxKey, Tills};

/// What stands for the tax summaries among the roles: the same amounts as `tax_payable`, with the opposite sign.
const TAX_SUMMARIES: &str = "(tax summaries)";

/// Roles of balances that customers hold.
const BALANCES: [&str; 4] =
    ["gift_card_liability", "store_credit_liability", "layaway_deposit", "customer_deposit"];

/// Places that a location holds, as services keep them.
const HELD: [&str; 3] = ["on_hand", "reserved", "damaged"];

/// Why goods go from one of these to another: it changes nothing of what the location holds, and is no adjustment.
const WITHIN: [&str; 2] = ["reserve", "release"];

/// Differences named in a report, of each kind.
const NAMED_MAX: usize = 10;

/// Both sides of the run: amounts in ten-thousandths, units in millionths.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Debits less credits.
    books: BTreeMap<Account, i128>,
    /// What the summaries add up.
    taxes: BTreeMap<(TaxKey, &'static str), i128>,
    /// What locations hold in the end, by item and place.
    stock: BTreeMap<(Text, Text, &'static str), i128>,
    /// What adjustments changed of it, by location, item, reason and unit cost.
    changed: BTreeMap<(Day, Text, Text, Text, Option<Cost>), i128>,
    /// What liability ledgers say was issued, redeemed, refunded and kept.
    balances: BTreeMap<Account, i128>,
    /// What is owed at the end.
    owed: BTreeMap<Account, i128>,
    /// What each series of ledgers closed with, by its account without date and key.
    closed: BTreeMap<Account, i128>,
    /// Lines of ledgers that do not go on from the one before, or not by what their journal books.
    broken: BTreeMap<Account, i128>,
    /// Claims of more than was sold, by the store that sold it: how many, and how much too much was given back.
    exceeded: BTreeMap<(Text, &'static str), i128>,
    /// Units of revenue less units of cost, by store and month.
    units: BTreeMap<(Text, String), i128>,
    /// Sums by role over everything: expected debits less credits, those booked, and the sum of their sizes.
    roles: BTreeMap<&'static str, [i128; 3]>,
}

impl Ledger {
    /// Takes over what tickets came to, so that their sums stay small.
    pub(crate) fn expect(&mut self, tills: &mut Tills) {
        for (account, amount) in std::mem::take(&mut tills.books) {
            self.roles.entry(account.role).or_default()[0] += amount;
            if BALANCES.contains(&account.role) {
                add(&mut self.owed, series(&account), -amount);
            }
            add(&mut self.books, account, amount);
        }
        for (account, amount) in std::mem::take(&mut tills.balances) {
            add(&mut self.balances, account, amount);
        }
        for (key, sums) in std::mem::take(&mut tills.taxes) {
            self.roles.entry(TAX_SUMMARIES).or_default()[0] += sums[1];
            for (name, sum) in TAX_SUMS.into_iter().zip(sums) {
                add(&mut self.taxes, (key.clone(), name), sum);
            }
        }
        for (place, units) in std::mem::take(&mut tills.places) {
            if HELD.contains(&place.2) {
                add(&mut self.stock, place, units);
            }
        }
        for (store, (claims, too_much)) in std::mem::take(&mut tills.exceeded) {
            add(&mut self.exceeded, (store.clone(), "claims"), claims.into());
            add(&mut self.exceeded, (store, "amount"), too_much);
        }
        for ((day, location, item, reason, cost), units) in std::mem::take(&mut tills.changed) {
            if !WITHIN.contains(&reason) {
                add(&mut self.changed, (day, location, item, reason.into(), cost), units);
            }
        }
    }

    /// A claim of more than was sold.
    pub(crate) fn exceeded(&mut self, store: &Text, too_much: i128) {
        add(&mut self.exceeded, (store.clone(), "claims"), -1);
        add(&mut self.exceeded, (store.clone(), "amount"), -too_much);
    }

    pub(crate) fn booked(&mut self, account: Account, units: i128) {
        let sums = self.roles.entry(account.role).or_default();
        (sums[1], sums[2]) = (sums[1] + units, sums[2] + units.abs());
        add(&mut self.books, account, -units);
    }

    pub(crate) fn summed_up(&mut self, key: &TaxKey, said: [i128; TAX_SUMS.len()]) {
        let sums = self.roles.entry(TAX_SUMMARIES).or_default();
        (sums[1], sums[2]) = (sums[1] + said[1], sums[2] + said[1].abs());
        for (name, sum) in TAX_SUMS.into_iter().zip(said) {
            add(&mut self.taxes, (key.clone(), name), -sum);
        }
    }

    /// A line of a liability ledger beside what its journal credits the role less what it debits.
    pub(crate) fn rolled_forward(&mut self, account: &Account, line: &LiabilityLine, journal: i128) {
        let moved = [
            ("issued", line.issued),
            ("redeemed", line.redeemed),
            ("refunded", line.refunded),
            ("breakage", line.breakage),
        ];
        for (key, amount) in moved {
            add(&mut self.balances, Account { key: key.to_owned(), ..account.clone() }, -units(amount));
        }
        let (opening, closing) = (units(line.opening), units(line.closing));
        let before = self.closed.insert(series(account), closing).unwrap_or(0);
        add(&mut self.owed, series(account), before - closing);
        let parts = [opening - before, closing - opening - journal, units(line.unexplained)];
        add(&mut self.broken, account.clone(), parts.iter().map(|part| part.abs()).sum());
    }

    pub(crate) fn adjusted(&mut self, day: Day, document: &Adjustment, line: &AdjustmentLine) {
        let cost = line.unit_cost.map(|cost| cost.units());
        let cost = cost.zip(line.cost_currency.as_deref().map(Text::from));
        let (location, item) = (document.location.as_str().into(), line.item.as_str().into());
        let key = (day, location, item, document.reason.as_str().into(), cost);
        add(&mut self.changed, key, -i128::from(line.quantity.units()));
    }

    /// Units of revenue above zero; units of cost that an adjustment brings are below zero.
    pub(crate) fn units_of(&mut self, day: &Day, units: i128) {
        let month = day.1.to_string().chars().take(7).collect();
        add(&mut self.units, (day.0.clone(), month), units);
    }

    /// Takes off what is on hand, reserved or damaged in the end.
    pub(crate) fn held(&mut self, location: &str, item: &str, place: &'static str, units: i128) {
        add(&mut self.stock, (location.into(), item.into(), place), -units);
    }

    /// Every difference, in words; of many the first of each kind.
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut differences = named("books", &self.books);
        differences.extend(named("tax summaries", &self.taxes));
        differences.extend(named("stock", &self.stock));
        differences.extend(named("adjusted", &self.changed));
        differences.extend(named("ledgers", &self.balances));
        differences.extend(named("owed in the end", &self.owed));
        differences.extend(named("ledgers that do not follow on", &self.broken));
        differences.extend(named("claimed too much", &self.exceeded));
        differences.extend(named("units of revenue less units of cost", &self.units));
        differences
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

/// The account without date and key.
fn series(account: &Account) -> Account {
    Account { date: Date::default(), key: String::new(), ..account.clone() }
}

fn units(amount: Amount) -> i128 {
    i128::from(amount.units())
}

fn named<K: Debug>(what: &str, sums: &BTreeMap<K, i128>) -> Vec<String> {
    sums.iter().map(|(key, units)| format!("{what} {key:?}: {units}")).take(NAMED_MAX).collect()
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
