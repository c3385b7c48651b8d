//! The two synthetic chains beside the real data set: a few dates of each, reconciled the same way, and one store-day
//! as a page.
//!
//! One Mexican store is not in the store master when the demo begins: one record opens it while everything runs.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Date;
use domain::document::{BooksName, BucketName, Series};
use domain::record::journal::JournalEntry;
use domain::record::pos::Transaction;
use domain::record::reference::Store;
use domain::record::tax::TaxSummary;
use domain::text::Text;
use runtime::follow::From as Start;
use rust_decimal::Decimal;
use serde::Serialize;

use super::READING;
use super::events::Events;
use super::run::Error;
use crate::cluster::Cluster;
use crate::generate::shops::{Retailer, Shops};
use crate::statement::chain::{AMOUNT_SCALE, ChainStatement};
use crate::statement::compare::NAMED_MAX;
use crate::statement::held::{self, Held};
use crate::statement::page::{Accounts, Page};
use crate::statement::taxes;
use crate::statement::tills::{TAX_SUMS, TaxKey, Taxes, Tills};

/// 2025-06-12, the first business date of both chains.
const FIRST_DATE_DAYS: i32 = 20_251;

/// Business dates of both chains.
const DATES: i32 = 3;

/// The store of the page, and how many dates after the first one its date is. No gift card is given back or voided
/// there: that is a debit as what is paid with one, and no report tells the two apart.
const PAGE: (u32, i32) = (2, 2);

/// A synthetic chain of the demo.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// What it is called.
    pub title: &'static str,
    /// Its stores, items and tickets.
    pub shops: Shops,
    /// Tickets of each store and date.
    tickets: i64,
    /// The store that is opened while the demo runs.
    opened_later: Option<u32>,
}

/// What was seen on the topics of a chain.
struct Seen {
    /// Sales that book.
    booked: u64,
    /// Sales by what they are flagged for.
    flags: BTreeMap<Text, u64>,
    /// What the tax summaries say.
    taxes: Taxes,
    /// What they say that does not follow from that.
    wrong_taxes: Vec<String>,
}

/// What the demo found of one chain.
#[derive(Debug, Clone, Serialize)]
pub struct Reconciled {
    /// What it is called.
    pub title: &'static str,
    /// Records its tills sent.
    pub records: u64,
    /// Of these, how many book something.
    pub booked: u64,
    /// Journal entries NetSuite holds of it.
    pub journals: u64,
    /// Inventory adjustments NetSuite holds of it.
    pub adjustments: u64,
    /// Lines of both.
    pub lines: u64,
    /// Tills beside NetSuite.
    pub statement: ChainStatement,
}

/// Both chains; the page is of the first.
#[must_use]
pub fn all() -> [Chain; 2] {
    let first = Date::from_days(FIRST_DATE_DAYS).unwrap_or_default();
    let shops = |retailer| Shops { retailer, seed: 20_250_612, first };
    [
        Chain {
            title: "a Mexican chain, prices with tax inside",
            shops: shops(Retailer::Mexican),
            tickets: 160,
            opened_later: Some(8),
        },
        Chain {
            title: "a chain of several subsidiaries",
            shops: shops(Retailer::Several),
            tickets: 210,
            opened_later: None,
        },
    ]
}

impl Chain {
    /// The stores that are there when the demo begins.
    pub fn stores_at_first(&self) -> impl Iterator<Item = Store> + '_ {
        self.shops
            .store_master()
            .zip(0..)
            .filter(|(_, at)| Some(*at) != self.opened_later)
            .map(|(store, _)| store)
    }

    /// The store that is opened later.
    #[must_use]
    pub fn store_opened_later(&self) -> Option<Store> {
        self.shops
            .store_master()
            .zip(0..)
            .find(|(_, at)| Some(*at) == self.opened_later)
            .map(|(store, _)| store)
    }

    /// What the tills of the first stores send, date by date.
    pub fn records_at_first(&self) -> impl Iterator<Item = Transaction> + '_ {
        self.records().filter(|(store, _)| Some(*store) != self.opened_later).map(|(_, record)| record)
    }

    /// What the tills of the store that is opened later send.
    pub fn records_opened_later(&self) -> impl Iterator<Item = Transaction> + '_ {
        self.records().filter(|(store, _)| Some(*store) == self.opened_later).map(|(_, record)| record)
    }

    fn records(&self) -> impl Iterator<Item = (u32, Transaction)> + '_ {
        let dates = (0..DATES).map(|day| self.shops.first.plus_days(day));
        let days = dates.flat_map(|date| (0..self.shops.stores()).map(move |store| (store, date)));
        days.flat_map(|(store, date)| {
            self.shops.day(store, date, self.tickets).into_iter().map(move |record| (store, record))
        })
    }

    /// Reads back what NetSuite holds, and lays it and what was seen on topics beside what the tills said.
    ///
    /// # Errors
    /// [`held::Error`] when NetSuite cannot be read back.
    pub fn reconcile(
        &self,
        netsuite: &str,
        events: &Events,
        summaries: &[TaxSummary],
    ) -> Result<(Reconciled, Held<Text>), held::Error> {
        let stores: Vec<Text> = self.shops.store_master().map(|store| store.store.into()).collect();
        let held = held::read(netsuite, &stores, |_| {})?;
        let seen = Seen {
            booked: stores.iter().map(|store| events.booked(store)).sum(),
            flags: events.flagged(&stores),
            taxes: taxes::sums(summaries, self.shops.store_master()),
            wrong_taxes: summaries
                .iter()
                .filter(|summary| stores.iter().any(|store| *store == *summary.store))
                .flat_map(taxes::wrong)
                .collect(),
        };
        Ok((self.compare(&held, &seen), held))
    }

    fn compare(&self, held: &Held<Text>, seen: &Seen) -> Reconciled {
        let title = self.title;
        let mut tills = Tills::new(self.shops.store_master(), self.shops.item_master());
        let mut records = 0;
        for (_, record) in self.records() {
            tills.add(&record);
            records += 1;
        }
        let mut statement = ChainStatement::of(&tills, held, &READING);
        let (made, booked) = (tills.booked, seen.booked);
        if booked != made {
            let words =
                format!("{title}: the tills made {made} transactions that book, {booked} were booked");
            statement.differences.push(words);
        }
        let flags = flags_of(&tills);
        if seen.flags != flags {
            let found = &seen.flags;
            statement.differences.push(format!("{title}: flagged must be {flags:?}, flagged are {found:?}"));
        }
        statement.differences.extend(differing_taxes(&tills.taxes, &seen.taxes));
        statement.differences.extend(seen.wrong_taxes.iter().take(NAMED_MAX).cloned());
        let Held { journals, adjustments, lines, .. } = *held;
        Reconciled { title, records, booked, journals, adjustments, lines, statement }
    }

    /// The page of one store-day, of which NetSuite holds what `held` says.
    ///
    /// # Errors
    /// [`Error`] when the journals cannot be read.
    pub fn page(&self, cluster: &Cluster, held: &Held<Text>) -> Result<Page, Error> {
        let (store, date) = self.page_of();
        let name = self.shops.store_name(store);
        let seat = self.shops.store_master().find(|each| each.store == name).unwrap_or_default();
        let bucket = BucketName { store: &name, business_date: date, window: 0, version: 1 };
        let books = BooksName { subsidiary: &seat.subsidiary, currency: &seat.currency, elsewhere: None };
        let family = Series::journal(&bucket, &books)?.family();
        Ok(self.lay_out_page(&journals(cluster, &family)?, held))
    }

    fn page_of(&self) -> (u32, Date) {
        let (store, later) = PAGE;
        (store, self.shops.first.plus_days(later))
    }

    fn lay_out_page(&self, journals: &[JournalEntry], held: &Held<Text>) -> Page {
        let (store, date) = self.page_of();
        let records = self.shops.day(store, date, self.tickets);
        let (name, date) = (self.shops.store_name(store), date.to_string());
        let mut days = held.days.iter();
        let day = days.find(|((store, on), _)| *store == name && on.to_string() == date);
        let day = day.map(|(_, day)| day.clone()).unwrap_or_default();
        Page::of(&records, journals, &day, ACCOUNTS, &account_of)
    }
}

fn flags_of(tills: &Tills) -> BTreeMap<Text, u64> {
    tills.flags.iter().map(|(flag, tickets)| (Text::from(*flag), *tickets)).collect()
}

/// Where sums of taxes are not what the tills stated, the first ones.
fn differing_taxes(tills: &Taxes, summaries: &Taxes) -> Vec<String> {
    let keys: BTreeSet<_> = tills.keys().chain(summaries.keys()).collect();
    let both = keys.into_iter().filter_map(|key| {
        let of = |sums: &Taxes| sums.get(key).copied().unwrap_or_default();
        let (said, found) = (of(tills), of(summaries));
        (said != found).then_some((key, said, found))
    });
    let words = |(((store, date), location, code, ..), said, found): (&TaxKey, _, _)| {
        let [said, found] = [said, found].map(|sums: [i128; TAX_SUMS.len()]| {
            let number = |units| Decimal::from_i128_with_scale(units, AMOUNT_SCALE).normalize();
            let named = TAX_SUMS.iter().zip(sums).map(|(name, units)| format!("{name} {}", number(units)));
            named.collect::<Vec<_>>().join(", ")
        });
        format!(
            "store {store}, {date}, tax {code} at {location}: the tills said {said}; the summaries {found}"
        )
    };
    both.map(words).take(NAMED_MAX).collect()
}

/// The entries of a document family.
fn journals(cluster: &Cluster, family: &str) -> Result<Vec<JournalEntry>, Error> {
    let partition = domain::partition::of(family.as_bytes(), cluster.partitions("journal.entries")?);
    let mut journals = Vec::new();
    let scan = cluster.scan::<JournalEntry>(&[partition], Start::Start)?;
    scan.to_end(|received| journals.extend(received.record.filter(|journal| journal.family == family)))?;
    Ok(journals)
}

/// Accounts of the demo's account map, written down a second time on purpose.
const ACCOUNTS: Accounts = Accounts {
    sales: (400, 440),
    discounts: (490, 491),
    returns: 480,
    taxes: (240, 244),
    cash: 101,
    safe: 110,
    paid_in: 496,
    paid_out: 600,
    over_short: 610,
};

/// The account of a means of payment of the Mexican chain.
fn account_of(kind: &str, brand: Option<&str>) -> u64 {
    match (kind, brand) {
        ("card", Some("visa")) => 104,
        ("card", Some("mastercard")) => 105,
        ("card", Some("amex")) => 106,
        ("card", _) => 102,
        ("voucher", _) => 107,
        ("foreign_cash", _) => 108,
        ("account", _) => 109,
        ("manufacturer_coupon", _) => 120,
        ("gift_card", _) => 230,
        ("store_credit", _) => 232,
        ("loyalty", _) => 233,
        _ => 103,
    }
}

#[cfg(test)]
mod tests;
