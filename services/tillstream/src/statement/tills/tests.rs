//! The properties that hold between what tills send and what becomes of it, over random dates of the two synthetic
//! chains: the pipeline from check to document on one side, the sums of this module on the other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(crate) mod pipeline;
mod returned;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::demo::account_of;
use crate::generate::shops::{Retailer, Shops};
use crate::statement::taxes;
use pipeline::run;

/// A few store-days of a chain.
#[derive(Clone)]
struct Dates {
    shops: Shops,
    records: Vec<Transaction>,
}

/// Enough to make them again; the records would fill pages.
impl std::fmt::Debug for Dates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days: BTreeSet<_> =
            self.records.iter().map(|record| (&record.store, record.business_date)).collect();
        write!(out, "{:?}, {} records of {days:?}", self.shops, self.records.len())
    }
}

fn shops() -> impl Strategy<Value = Shops> {
    let retailers = prop_oneof![Just(Retailer::Mexican), Just(Retailer::Several)];
    let first: Date = "2026-03-12".parse().unwrap();
    (retailers, any::<u64>()).prop_map(move |(retailer, seed)| Shops { retailer, seed, first })
}

/// Two dates, one after the other, of some stores.
fn of_stores(shops: Shops, stores: &BTreeSet<u32>, first: Date, tickets: i64) -> Dates {
    let days = [first, first.plus_days(1)].into_iter();
    let records = days.flat_map(|date| stores.iter().map(move |store| (*store, date)));
    let records = records.flat_map(|(store, date)| shops.day(store, date, tickets)).collect();
    Dates { shops, records }
}

/// The first store of each currency: a few dates of a few stores drawn at random may lack one.
fn of_each_currency() -> impl Iterator<Item = Dates> {
    let first: Date = "2026-03-12".parse().unwrap();
    let chains = [Retailer::Mexican, Retailer::Several].map(|retailer| Shops { retailer, seed: 7, first });
    chains.into_iter().map(move |shops| {
        let mut stores = BTreeMap::new();
        for (store, index) in shops.store_master().zip(0..) {
            stores.entry(store.currency).or_insert(index);
        }
        of_stores(shops, &stores.into_values().collect(), first, 50)
    })
}

prop_compose! {
    /// Two dates one after the other of some stores, the same number of tickets each.
    fn dates()(shops in shops(), from in 0_u32..11, stores in 1_u32..3, day in 0..2, tickets in 20_i64..50) -> Dates {
        let stores: BTreeSet<u32> = (from..from + stores).map(|store| store % shops.stores()).collect();
        of_stores(shops, &stores, shops.first.plus_days(day), tickets)
    }
}

fn expected(dates: &Dates) -> Tills {
    let mut tills = Tills::new(dates.shops.store_master(), dates.shops.item_master());
    dates.records.iter().for_each(|record| tills.add(record));
    tills
}

/// The location of a document that names another store's, or is in the books of its own.
fn books_of(shops: &Shops, store: &str, elsewhere: Option<&str>) -> Text {
    let own = || shops.store_master().find(|each| each.store == store).unwrap().location.into();
    elsewhere.map_or_else(own, Text::from)
}

/// What is not nothing.
fn there<K: Ord + Clone>(sums: &BTreeMap<K, i128>) -> BTreeMap<K, i128> {
    sums.iter().filter(|(_, sum)| **sum != 0).map(|(key, sum)| (key.clone(), *sum)).collect()
}

/// Kinds of lines whose price is revenue, or revenue given back.
const REVENUE: [&str; 5] = ["sale", "return", "service", "fee", "shipping"];

fn net(books: &BTreeMap<Account, i128>, roles: &[&str]) -> i128 {
    books.iter().filter(|(account, _)| roles.contains(&account.role)).map(|(_, amount)| amount).sum()
}

/// The price of a line after discounts.
fn price(line: &Line) -> i128 {
    units(line.amount) - line.discounts.iter().map(|discount| units(discount.amount)).sum::<i128>()
}

fn inside(taxes: &[Tax]) -> i128 {
    taxes.iter().filter(|tax| tax.included).map(|tax| units(tax.amount)).sum()
}

/// Each journal balances, in one currency of one location; and the journals are the tickets, by location, account
/// role and all that tells its sums apart, each on its account.
fn hold_journals(dates: &Dates) -> Result<(), TestCaseError> {
    let (tills, booked) = (expected(dates), run(&dates.shops, &dates.records));
    let mut journals = BTreeMap::new();
    for document in &booked.journals {
        let (mut debits, mut credits) = (0, 0);
        for line in &document.lines {
            let (debit, credit) = (line.debit.map_or(0, units), line.credit.map_or(0, units));
            (debits, credits) = (debits + debit, credits + credit);
            let account = Account {
                store: document.store.as_str().into(),
                date: document.business_date,
                location: document.location.as_deref().unwrap().into(),
                subsidiary: document.subsidiary.as_str().into(),
                currency: document.currency.as_str().into(),
                role: domain::account_map::Role::from_word(&line.role).unwrap().word(),
                key: line.dimension.clone().unwrap_or_default(),
            };
            let number = line.account_netsuite_id.parse().unwrap();
            let expected = account_of(&account.subsidiary, &account.location, account.role, &account.key);
            prop_assert_eq!(Some(number), expected, "{:?}", account);
            *journals.entry(account).or_insert(0) += debit - credit;
        }
        prop_assert_eq!(debits, credits, "{}", document.id);
    }
    prop_assert_eq!(there(&journals), there(&tills.books));
    prop_assert_eq!(booked.books, tills.booked);
    let nothing: i128 = tills.books.values().sum();
    prop_assert_eq!(nothing, 0, "the tills' own sums balance");
    Ok(())
}

/// The summaries of taxes are the tickets, with what they gave back, and what they say besides follows from that.
fn hold_taxes(dates: &Dates) -> Result<(), TestCaseError> {
    let (tills, booked) = (expected(dates), run(&dates.shops, &dates.records));
    let summaries = taxes::sums(&booked.summaries, dates.shops.store_master());
    let there = |mut taxes: Taxes| {
        taxes.retain(|_, sums| sums.iter().any(|sum| *sum != 0));
        taxes
    };
    prop_assert_eq!(there(summaries), there(tills.taxes));
    let wrong: Vec<String> = booked.summaries.iter().flat_map(taxes::wrong).collect();
    prop_assert_eq!(wrong, Vec::<String>::new());
    Ok(())
}

/// What customers are owed: each ledger says what the tickets say was issued, redeemed, refunded and kept, opens with
/// what the date before closed with, and closes with what the journals have booked so far.
fn hold_ledgers(dates: &Dates) -> Result<(), TestCaseError> {
    let (tills, booked) = (expected(dates), run(&dates.shops, &dates.records));
    let (mut moved, mut closed) = (BTreeMap::new(), BTreeMap::new());
    for ledger in &booked.ledgers {
        for line in &ledger.lines {
            let account = |key: &str| Account {
                store: ledger.store.as_str().into(),
                date: ledger.business_date,
                location: books_of(&dates.shops, &ledger.store, ledger.location.as_deref()),
                subsidiary: ledger.subsidiary.as_str().into(),
                currency: ledger.currency.as_str().into(),
                role: domain::account_map::Role::from_word(&line.role).unwrap().word(),
                key: key.to_owned(),
            };
            for (key, amount) in [
                ("issued", line.issued),
                ("redeemed", line.redeemed),
                ("refunded", line.refunded),
                ("breakage", line.breakage),
            ] {
                *moved.entry(account(key)).or_insert(0) += units(amount);
            }
            prop_assert_eq!(line.unexplained, Amount::ZERO);
            let series = Account { date: Date::default(), ..account("") };
            let opening = closed.insert(series, units(line.closing)).unwrap_or(0);
            prop_assert_eq!(units(line.opening), opening, "{:?}", ledger);
            let so_far = tills.books.iter().filter(|(other, _)| {
                Account { date: other.date, ..account("") } == **other && other.date <= ledger.business_date
            });
            prop_assert_eq!(
                units(line.closing),
                -so_far.map(|(_, amount)| amount).sum::<i128>(),
                "{:?}",
                ledger
            );
        }
    }
    prop_assert_eq!(there(&moved), there(&tills.balances));
    Ok(())
}

/// Goods go from place to place and none are lost: each movement comes to nothing, and all of them to what the
/// tickets say, by place, and by what a location holds and why it changed.
fn hold_stock(dates: &Dates) -> Result<(), TestCaseError> {
    let (tills, booked) = (expected(dates), run(&dates.shops, &dates.records));
    for movement in &booked.movements {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for leg in &movement.legs {
            *sums.entry(&leg.item).or_default() += leg.quantity.units();
        }
        prop_assert!(sums.values().all(|sum| *sum == 0), "{movement:?}");
    }
    prop_assert_eq!(there(&booked.places()), there(&tills.places));
    for document in &booked.adjustments {
        let account =
            account_of(&document.subsidiary, &document.location, "inventory_adjustment", &document.reason);
        prop_assert_eq!(document.account_netsuite_id.parse().ok(), account, "{}", document.id);
    }
    let internal = |reason: &str| reason == "reserve" || reason == "release";
    let changed: BTreeMap<_, _> =
        there(&tills.changed).into_iter().filter(|(key, _)| !internal(key.3)).collect();
    prop_assert_eq!(there(&booked.changed()), changed);
    Ok(())
}

#[test]
fn they_hold_in_each_currency_of_the_chains() {
    for dates in of_each_currency() {
        for hold in [hold_journals, hold_taxes, hold_ledgers, hold_stock] {
            hold(&dates).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn journals_balance_and_are_the_tickets(dates in dates()) {
        hold_journals(&dates)?;
    }

    #[test]
    fn tax_summaries_are_the_tickets(dates in dates()) {
        hold_taxes(&dates)?;
    }

    #[test]
    fn liability_ledgers_are_the_tickets(dates in dates()) {
        hold_ledgers(&dates)?;
    }

    #[test]
    fn stock_is_conserved_and_is_the_tickets(dates in dates()) {
        hold_stock(&dates)?;
    }

    /// The units in revenue are the units in cost, of each store-day and item.
    #[test]
    fn units_sold_are_units_of_cost(dates in dates()) {
        let booked = run(&dates.shops, &dates.records);
        let mut sold = BTreeMap::new();
        for (day, sale) in &booked.sales {
            let revenue = sale.lines.iter().filter(|line| line.role == "sales" || line.role == "returns");
            for line in revenue.filter(|line| line.promise.as_deref() != Some("reserve")) {
                if let Some(item) = line.item.clone().filter(|_| line.stock_unit.is_some()) {
                    *sold.entry((day.clone(), item)).or_insert(0) += i128::from(line.quantity.units());
                }
            }
        }
        let mut cost = BTreeMap::new();
        for ((day, _, item, reason, _), units) in booked.changed() {
            if ["sale", "sale_intercompany", "return", "return_damaged", "return_vendor", "return_intercompany"].contains(&reason) {
                *cost.entry((day, item)).or_insert(0) -= units;
            }
        }
        prop_assert_eq!(there(&sold), there(&cost));
    }

    /// A tax inside a price is taken out of it exactly: of each line, each ticket and each journal.
    #[test]
    fn tax_inside_the_price_is_taken_out_exactly(dates in dates()) {
        let booked = run(&dates.shops, &dates.records);
        let mut days: BTreeMap<Day, i128> = BTreeMap::new();
        for ((day, sale), ticket) in booked.sales.iter().zip(&dates.records).filter(|(_, ticket)| ticket.till_totals.is_none()) {
            let ticket = &super::money::shared_out(ticket);
            let of_whole = inside(&ticket.taxes);
            let (mut prices, mut without_tax) = (0, 0);
            for line in ticket.lines.iter().filter(|line| !line.voided && !is_promised(ticket, line)) {
                let of_line = sale.lines.iter().filter(|booked| sale.books && booked.line == line.line);
                let net: i128 = of_line.map(pipeline::net).sum();
                if of_whole == 0 && sale.books {
                    prop_assert_eq!(net + inside(&line.taxes), price(line), "{:?}", line);
                }
                prices += price(line) - inside(&line.taxes);
                without_tax += net;
                if sale.books && REVENUE.contains(&line.kind.as_str()) {
                    *days.entry(day.clone()).or_default() += price(line) - inside(&line.taxes);
                }
            }
            if sale.books && !ticket.lines.is_empty() {
                prop_assert_eq!(without_tax + of_whole, prices, "{:?}", ticket);
                *days.entry(day.clone()).or_default() -= of_whole;
            }
        }
        for (day, revenue) in days {
            prop_assert_eq!(-booked.net(&day, &["sales", "returns", "discount"]), revenue, "{:?}", day);
        }
    }

    /// The order in which tickets of several stores arrive changes no document.
    #[test]
    fn documents_do_not_depend_on_the_order_across_stores(dates in dates(), keys in proptest::collection::vec(any::<u32>(), 512)) {
        let in_turn = run(&dates.shops, &dates.records);
        let mut shuffled: Vec<(u32, &Transaction)> = keys.iter().copied().cycle().zip(&dates.records).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Transaction> = shuffled.into_iter().map(|(_, ticket)| ticket.clone()).collect();
        let otherwise = run(&dates.shops, &shuffled);
        prop_assert_eq!(in_turn.journals, otherwise.journals);
        prop_assert_eq!(in_turn.adjustments, otherwise.adjustments);
        prop_assert_eq!(in_turn.summaries, otherwise.summaries);
        prop_assert_eq!(in_turn.ledgers, otherwise.ledgers);
    }

    /// What the registers of a store report is what their tickets come to.
    #[test]
    fn reports_are_the_tickets(dates in dates()) {
        let mut reported: BTreeMap<Day, [i128; 5]> = BTreeMap::new();
        for record in &dates.records {
            let Some(totals) = &record.till_totals else { continue };
            let sums = reported.entry((record.store.clone(), record.business_date)).or_default();
            let cash = totals.tenders.iter().filter(|tender| tender.kind == "cash").map(|tender| units(tender.amount));
            let stated = [units(totals.net_sales), units(totals.returns), units(totals.discounts), units(totals.tax),
                          cash.sum()];
            sums.iter_mut().zip(stated).for_each(|(sum, stated)| *sum += stated);
        }
        let tills = expected(&dates);
        for (day, stated) in reported {
            let of_day = |account: &Account| account.store == day.0 && account.date == day.1;
            let books: BTreeMap<_, _> =
                tills.books.iter().filter(|(account, _)| of_day(account)).map(|(key, sum)| (key.clone(), *sum)).collect();
            let drawer: i128 = books.iter().filter(|(account, _)| account.key == "cash" && account.role == "tender_clearing")
                .map(|(_, sum)| sum).sum();
            // What went into drawers or out of them beside tickets stands on the other side of it.
            let over: i128 = books.iter().filter(|(account, _)| account.key == "cash" && account.role == "over_short")
                .map(|(_, sum)| sum).sum();
            let beside = net(&books, &["safe", "paid_in", "paid_out"]) + over;
            let found = [-net(&books, &["sales", "discount"]), net(&books, &["returns"]), net(&books, &["discount"]),
                         -net(&books, &["tax_payable"]), drawer + beside];
            prop_assert_eq!(found, stated, "{:?}", day);
        }
    }
}

#[test]
fn tickets_at_unlisted_registers_and_on_closed_days_are_flagged() {
    let first: Date = "2026-03-12".parse().unwrap();
    for retailer in [Retailer::Mexican, Retailer::Several] {
        let shops = Shops { retailer, seed: 7, first };
        // A Sunday that is closed, one that is open, a later one that is not; a closed date; a register that is not listed.
        let days = [(4, 3), (5, 3), (5, 10), (6, 1), (shops.stores() - 1, 0)];
        let of_day = |(store, later)| shops.day(store, first.plus_days(later), 120);
        let dates = Dates { shops, records: days.into_iter().flat_map(of_day).collect() };
        let booked = run(&shops, &dates.records);
        let mut flags: BTreeMap<&str, u64> = BTreeMap::new();
        for flag in booked.sales.iter().flat_map(|(_, sale)| &sale.flags) {
            *flags.entry(flag).or_default() += 1;
        }
        assert_eq!(flags, expected(&dates).flags);
        assert_eq!(flags.len(), 2, "{flags:?}");
    }
}
