//! What NetSuite holds, read back from the simulator store by store and added up by role, store and date.
//!
//! Amounts are added as they stand on the records, by the account they stand on; which account serves which
//! role is the account map's say. Nothing is taken from the pipeline.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

/// How long the simulator may take over one store.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

/// Reading back failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The simulator did not answer.
    #[error("the simulated NetSuite did not answer {address}")]
    Http {
        /// What was asked.
        address: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// A record is not one of ours.
    #[error("record {external_id} in NetSuite has {what}")]
    Foreign {
        /// Its external id.
        external_id: String,
        /// What is wrong with it.
        what: String,
    },
}

/// What one store and date holds: debits less credits by account, and units of goods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// Debits less credits by account.
    pub accounts: BTreeMap<u64, Decimal>,
    /// Debits by account.
    pub debits: BTreeMap<u64, Decimal>,
    /// Debits less credits once more, of each subsidiary and currency, by account and by the location that the line
    /// names, all by their internal ids.
    pub books: BTreeMap<(u64, u64), BTreeMap<(u64, Option<u64>), Decimal>>,
    /// Units added by what they are, where and against which account.
    pub units: BTreeMap<Goods, Decimal>,
}

/// Goods of an adjustment, all by internal ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Goods {
    /// Item.
    pub item: u64,
    /// Location that has them.
    pub location: u64,
    /// Account that bears their cost.
    pub account: u64,
}

/// Everything NetSuite holds of some stores, as `S` names them.
#[derive(Debug, Clone)]
pub struct Held<S> {
    /// By store and business date.
    pub days: BTreeMap<(S, Date), Day>,
    /// Journal entries.
    pub journals: u64,
    /// Inventory adjustments.
    pub adjustments: u64,
    /// Lines of both.
    pub lines: u64,
    /// Journals whose debits are not their credits.
    pub unbalanced: Vec<String>,
}

/// What the simulator counted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Counters {
    /// Requests by endpoint.
    pub requests: BTreeMap<String, u64>,
    /// Records created.
    pub created: u64,
    /// Creates turned away since the account holds their external id.
    pub refused_as_duplicate: u64,
    /// Requests turned away for concurrency.
    pub refused_for_concurrency: u64,
}

#[derive(Deserialize)]
struct Record {
    kind: String,
    external_id: Option<String>,
    date: String,
    subsidiary: u64,
    currency: u64,
    /// Account of an adjustment.
    account: Option<u64>,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    number: u32,
    account: Option<u64>,
    #[serde(default)]
    debit: Option<String>,
    #[serde(default)]
    credit: Option<String>,
    item: Option<u64>,
    location: Option<u64>,
    #[serde(default)]
    quantity: Option<String>,
}

/// Reads everything of these stores back.
///
/// # Errors
/// [`Error`] when the simulator does not answer, or holds what is not ours.
pub fn read<S: Ord + Clone + Display>(
    origin: &str,
    stores: &[S],
    mut each: impl FnMut(usize),
) -> Result<Held<S>, Error> {
    let http = |source, address: &str| Error::Http { address: address.to_owned(), source };
    let client = reqwest::blocking::Client::builder()
        .timeout(ANSWER_WAIT)
        .no_proxy()
        .build()
        .map_err(|error| http(error, origin))?;
    let mut held = Held::default();
    for (number, store) in stores.iter().enumerate() {
        for kind in ["JE", "IA"] {
            let address = format!("{origin}/sim/dump?prefix={kind}_{store}_");
            let answer = client.get(&address).send().and_then(reqwest::blocking::Response::error_for_status);
            let records: Vec<Record> =
                answer.and_then(reqwest::blocking::Response::json).map_err(|error| http(error, &address))?;
            for record in &records {
                held.add(store, record)?;
            }
        }
        each(number);
    }
    Ok(held)
}

/// Reads what the simulator counted.
///
/// # Errors
/// [`Error::Http`] when it does not answer.
pub fn counters(origin: &str) -> Result<Counters, Error> {
    let address = format!("{origin}/sim/counters");
    reqwest::blocking::get(&address)
        .and_then(reqwest::blocking::Response::json)
        .map_err(|source| Error::Http { address, source })
}

impl<S> Default for Held<S> {
    fn default() -> Self {
        Self { days: BTreeMap::new(), journals: 0, adjustments: 0, lines: 0, unbalanced: Vec::new() }
    }
}

impl<S: Ord + Clone> Held<S> {
    /// Debits less credits of everything, by account.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<u64, Decimal> {
        let mut accounts = BTreeMap::new();
        for day in self.days.values() {
            for (account, amount) in &day.accounts {
                *accounts.entry(*account).or_insert(Decimal::ZERO) += *amount;
            }
        }
        accounts
    }

    fn add(&mut self, store: &S, record: &Record) -> Result<(), Error> {
        let external_id = record.external_id.clone().unwrap_or_default();
        let foreign = |what: &str| Error::Foreign { external_id: external_id.clone(), what: what.to_owned() };
        let date: Date = record.date.parse().map_err(|_| foreign("no date"))?;
        let day = self.days.entry((store.clone(), date)).or_default();
        let number = |value: &Option<String>| match value {
            Some(value) => Decimal::from_str_exact(value).map_err(|_| foreign("an odd number")),
            None => Ok(Decimal::ZERO),
        };
        let mut balance = Decimal::ZERO;
        for line in record.lines.iter().filter(|line| line.number > 0) {
            self.lines += 1;
            if record.kind == "journalEntry" {
                let debit = number(&line.debit)?;
                let amount = debit - number(&line.credit)?;
                let account = line.account.ok_or_else(|| foreign("a line without account"))?;
                *day.accounts.entry(account).or_insert(Decimal::ZERO) += amount;
                *day.debits.entry(account).or_insert(Decimal::ZERO) += debit;
                let books = day.books.entry((record.subsidiary, record.currency)).or_default();
                *books.entry((account, line.location)).or_insert(Decimal::ZERO) += amount;
                balance += amount;
            } else {
                let goods = line.item.zip(line.location).zip(record.account);
                let ((item, location), account) =
                    goods.ok_or_else(|| foreign("a line without item, location or account"))?;
                let goods = Goods { item, location, account };
                *day.units.entry(goods).or_insert(Decimal::ZERO) += number(&line.quantity)?;
            }
        }
        match record.kind.as_str() {
            "journalEntry" => self.journals += 1,
            _ => self.adjustments += 1,
        }
        if !balance.is_zero() {
            self.unbalanced.push(external_id);
        }
        Ok(())
    }
}
