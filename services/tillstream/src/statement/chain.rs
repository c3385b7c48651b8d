//! Lays what the tills of a synthetic chain said beside what NetSuite holds, by subsidiary, currency, account role and
//! account, and where lines name a location by that, too, stock by item, location and the account that bears its cost,
//! and finds every difference of a store-day.

use std::collections::{BTreeMap, BTreeSet};

use domain::text::Text;
use rust_decimal::Decimal;
use serde::Serialize;

use super::compare::{NAMED_MAX, Row};
use super::held::Held;
use super::tills::Tills;

/// Decimals of the sums of amounts and of units.
pub(crate) const AMOUNT_SCALE: u32 = 4;
const UNITS_SCALE: u32 = 6;

/// Roles whose own side is the debit.
const DEBITS: [&str; 7] =
    ["tender_clearing", "coupon_receivable", "due_from", "discount", "returns", "paid_out", "safe"];

/// The statement of one chain.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChainStatement {
    /// Account roles of each subsidiary and currency, and the units that stock changed by.
    pub totals: Vec<Row>,
    /// The same by store and business date.
    pub by_store_day: BTreeMap<String, Vec<Row>>,
    /// Every difference in words, the first ones by name.
    pub differences: Vec<String>,
}

/// Books by what is compared, positive on their own side.
type Sums = BTreeMap<String, Decimal>;

/// Store, and business date as text: both sides have a calendar of their own.
type Key = (Text, String);

/// Both sides of the same thing.
type Sides = BTreeMap<String, (Decimal, Decimal)>;

/// How what NetSuite holds is to be read.
pub struct Reading<'a> {
    /// What an account is for; `None` for one that must not be used.
    pub role: &'a dyn Fn(u64) -> Option<&'static str>,
    /// The names of a subsidiary and a currency, by their internal ids, as `US USD`.
    pub seat: &'a dyn Fn(u64, u64) -> String,
    /// Roles whose lines name the location in whose books they are.
    pub located: &'a [&'static str],
    /// The account for a subsidiary, a location of it, a role and key.
    pub account: &'a dyn Fn(&str, &str, &str, &str) -> Option<u64>,
}

impl ChainStatement {
    /// Compares both sides, as `reading` reads what NetSuite holds.
    #[must_use]
    pub fn of(tills: &Tills, held: &Held<Text>, reading: &Reading<'_>) -> Self {
        let (said, seats) = of_tills(tills, reading);
        let (found, strange) = of_netsuite(held, reading);
        let mut totals = Sides::new();
        let mut statement = Self::default();
        let mut all = Vec::new();
        let days: BTreeSet<&Key> = said.keys().chain(found.keys()).collect();
        for key in days {
            let sides = sides(said.get(key), found.get(key));
            let (store, date) = key;
            let seat = seats.get(store).map_or("of no known subsidiary", String::as_str);
            for row in rows(&sides).iter().filter(|row| !row.difference.is_zero()) {
                let Row { what, tills, netsuite, .. } = row;
                all.push(format!(
                    "store {store}, {date}, {what}: the tills said {tills}, NetSuite holds {netsuite}"
                ));
            }
            for (what, (tills, netsuite)) in &sides {
                let what = match what.split_once(APART) {
                    _ if what.starts_with(ITEM) => format!("{seat}, {STOCK}"),
                    Some((what, _)) => what.to_owned(),
                    None => what.clone(),
                };
                let total = totals.entry(what).or_default();
                *total = (total.0 + tills, total.1 + netsuite);
            }
            let amounts = sides.into_iter().filter(|(what, _)| !what.starts_with(ITEM)).collect();
            statement.by_store_day.insert(format!("{store} {date}"), rows(&amounts));
        }
        all.extend(strange.iter().map(|account| format!("account {account} is used and has no role")));
        all.extend(held.unbalanced.iter().map(|id| format!("{id} does not balance")));
        let more = all.len().saturating_sub(NAMED_MAX);
        all.truncate(NAMED_MAX);
        all.extend((more > 0).then(|| format!("and {more} more")));
        Self { totals: rows(&totals), differences: all, ..statement }
    }
}

/// How the units of one item are named, and those of all.
const ITEM: &str = "units of item ";
const STOCK: &str = "stock, units put in less taken out";

/// What stands between what a sum is of and what tells its parts apart.
const APART: &str = ": ";

/// The role of a subsidiary and currency on an account, and of a location where its lines name one.
fn named(seat: &str, role: &str, account: Option<u64>, location: Option<u64>) -> String {
    let location = location.map(|id| format!(", location {id}")).unwrap_or_default();
    format!("{seat}, {role}{APART}{}{location}", on_account(account))
}

/// An item at a location against an account.
fn stocked(item: u64, location: Option<u64>, account: Option<u64>) -> String {
    let location = location.map(|id| id.to_string()).unwrap_or_default();
    format!("{ITEM}{item}{APART}location {location}, {}", on_account(account))
}

fn on_account(account: Option<u64>) -> String {
    account.map_or_else(|| "no account".to_owned(), |id| format!("account {id}"))
}

/// What the tills said by store-day, and where each store belongs.
fn of_tills(tills: &Tills, reading: &Reading<'_>) -> (BTreeMap<Key, Sums>, BTreeMap<Text, String>) {
    let mut days: BTreeMap<Key, Sums> = BTreeMap::new();
    let mut seats = BTreeMap::new();
    for (account, amount) in &tills.books {
        let seat = || format!("{} {}", account.subsidiary, account.currency);
        if tills.subsidiary_of(&account.store) == Some(&account.subsidiary) {
            seats.entry(account.store.clone()).or_insert_with(seat);
        }
        let day = days.entry((account.store.clone(), account.date.to_string())).or_default();
        let amount = Decimal::from_i128_with_scale(*amount, AMOUNT_SCALE);
        let is_located = reading.located.contains(&account.role);
        let location = tills.netsuite_id_of(&account.location).filter(|_| is_located);
        let number = (reading.account)(&account.subsidiary, &account.location, account.role, &account.key);
        let what = named(&seat(), account.role, number, location);
        *day.entry(what).or_default() += on_own_side(account.role, amount);
    }
    for ((store, date), goods) in tills.by_netsuite_goods(reading.account) {
        let day = days.entry((store, date.to_string())).or_default();
        for ((item, location, account), units) in goods {
            let units = Decimal::from_i128_with_scale(units, UNITS_SCALE);
            day.insert(stocked(item, location, account), units);
        }
    }
    (days, seats)
}

/// What NetSuite holds by store-day, and accounts that are used for nothing known.
fn of_netsuite(held: &Held<Text>, reading: &Reading<'_>) -> (BTreeMap<Key, Sums>, BTreeSet<u64>) {
    let mut strange = BTreeSet::new();
    let mut days: BTreeMap<Key, Sums> = BTreeMap::new();
    for ((store, date), held) in &held.days {
        let day = days.entry((store.clone(), date.to_string())).or_default();
        for (&(subsidiary, currency), accounts) in &held.books {
            let seat = (reading.seat)(subsidiary, currency);
            for (&(account, location), amount) in accounts {
                match (reading.role)(account) {
                    Some(role) => {
                        let what = named(&seat, role, Some(account), location);
                        *day.entry(what).or_default() += on_own_side(role, *amount);
                    }
                    None => {
                        strange.insert(account);
                    }
                }
            }
        }
        for (goods, units) in &held.units {
            day.insert(stocked(goods.item, Some(goods.location), Some(goods.account)), *units);
        }
    }
    (days, strange)
}

fn on_own_side(role: &str, debit: Decimal) -> Decimal {
    if DEBITS.contains(&role) { debit } else { -debit }
}

fn sides(said: Option<&Sums>, found: Option<&Sums>) -> Sides {
    let mut sides = Sides::new();
    for (what, amount) in said.into_iter().flatten() {
        sides.entry(what.clone()).or_default().0 = *amount;
    }
    for (what, amount) in found.into_iter().flatten() {
        sides.entry(what.clone()).or_default().1 = *amount;
    }
    sides.retain(|_, (tills, netsuite)| !(tills.is_zero() && netsuite.is_zero()));
    sides
}

fn rows(sides: &Sides) -> Vec<Row> {
    let row = |(what, (tills, netsuite)): (&String, &(Decimal, Decimal))| Row {
        what: what.clone(),
        tills: tills.normalize(),
        netsuite: netsuite.normalize(),
        difference: (netsuite - tills).normalize(),
    };
    sides.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::demo::{READING, account_of, seat_of};
    use crate::generate::shops::{Retailer, Shops};
    use crate::statement::held::{Day, Goods};

    /// NetSuite as it must be after a store-day.
    fn right(tills: &Tills) -> Held<Text> {
        let mut held = Held::default();
        for (account, amount) in &tills.books {
            let day: &mut Day = held
                .days
                .entry((account.store.clone(), account.date.to_string().parse().unwrap()))
                .or_default();
            let number = account_of(&account.subsidiary, &account.location, account.role, &account.key);
            let amount = Decimal::from_i128_with_scale(*amount, AMOUNT_SCALE);
            let seats = (1..=6).flat_map(|subsidiary| (1..=5).map(move |currency| (subsidiary, currency)));
            let named = format!("{} {}", account.subsidiary, account.currency);
            let seat = seats.into_iter().find(|(one, other)| seat_of(*one, *other) == named).unwrap();
            let is_located = READING.located.contains(&account.role);
            let location = tills.netsuite_id_of(&account.location).filter(|_| is_located);
            *day.books.entry(seat).or_default().entry((number.unwrap(), location)).or_default() += amount;
        }
        for ((store, date), goods) in tills.by_netsuite_goods(account_of) {
            let day = held.days.entry((store, date.to_string().parse().unwrap())).or_default();
            for ((item, location, account), units) in goods {
                let goods = Goods { item, location: location.unwrap(), account: account.unwrap() };
                day.units.insert(goods, Decimal::from_i128_with_scale(units, UNITS_SCALE));
            }
        }
        held
    }

    #[test]
    fn books_that_agree_have_no_difference_and_a_cent_or_a_piece_is_named() {
        let first = "2026-03-12".parse().unwrap();
        let shops = Shops { retailer: Retailer::Several, seed: 3, first };
        let mut tills = Tills::new(shops.store_master(), shops.item_master());
        shops.day(3, first, 90).iter().for_each(|record| tills.add(record));
        let held = right(&tills);
        let agreed = ChainStatement::of(&tills, &held, &READING);
        assert_eq!(agreed.differences, Vec::<String>::new());
        assert!(agreed.totals.iter().any(|row| row.what == "CA CAD, sales" && !row.tills.is_zero()));
        let mut wrong = held.clone();
        let day = wrong.days.values_mut().next().unwrap();
        let books = day.books.get_mut(&(3, 3)).unwrap();
        *books.entry((610, None)).or_default() += Decimal::new(-1, 2);
        books.insert((999, None), Decimal::ONE);
        let sold = books.remove(&(400, Some(2_103))).unwrap();
        books.insert((400, Some(2_104)), sold);
        let fruit = books.remove(&(410, Some(2_103))).unwrap();
        *books.get_mut(&(420, Some(2_103))).unwrap() += fruit;
        let (&goods, _) =
            day.units.iter().find(|(goods, units)| goods.account == 500 && !units.is_zero()).unwrap();
        let Goods { item, location, .. } = goods;
        let units = day.units.remove(&goods).unwrap();
        day.units.insert(Goods { account: 510, ..goods }, units);
        wrong.unbalanced.push("JE_1".to_owned());
        let found = ChainStatement::of(&tills, &wrong, &READING).differences;
        let expected = [
            "store N4, 2026-03-12, CA CAD, over_short: account 610: the tills said ",
            "store N4, 2026-03-12, CA CAD, sales: account 400, location 2103: the tills said ",
            "store N4, 2026-03-12, CA CAD, sales: account 400, location 2104: the tills said 0, NetSuite holds ",
            "store N4, 2026-03-12, CA CAD, sales: account 410, location 2103: the tills said ",
            "store N4, 2026-03-12, CA CAD, sales: account 420, location 2103: the tills said ",
            &format!(
                "store N4, 2026-03-12, units of item {item}: location {location}, account 500: the tills said "
            ),
            &format!(
                "store N4, 2026-03-12, units of item {item}: location {location}, account 510: the tills said 0, "
            ),
            "account 999 is used and has no role",
            "JE_1 does not balance",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
