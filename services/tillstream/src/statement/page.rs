//! One store-day as a page: what its registers reported, what tillstream booked, what NetSuite holds, line by line.
//!
//! The registers' reports are added up as they state them. Sales, returns and discounts stand there without tax. The
//! books have of a means of payment what was counted, where it was counted, so that stands here, too. Money that went
//! into drawers or out of them beside tickets stands on the other side of it in the books, so what was counted in cash
//! is the cash account and all of that together.

use std::collections::BTreeMap;

use domain::number::Amount;
use domain::record::journal::JournalEntry;
use domain::record::pos::{TillTotals, Transaction};
use domain::text::Text;
use rust_decimal::Decimal;
use serde::Serialize;

use super::held::Day;

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is compared.
    pub what: String,
    /// What the registers reported.
    pub z: Decimal,
    /// What stands on `journal.entries`.
    pub tillstream: Decimal,
    /// What NetSuite holds.
    pub netsuite: Decimal,
    /// What NetSuite holds less what was reported; where both agree, what tillstream booked less that.
    pub difference: Decimal,
}

/// The page of one store-day.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Page {
    /// Store.
    pub store: String,
    /// Business date.
    pub business_date: String,
    /// Currency of all amounts.
    pub currency: String,
    /// Registers that reported.
    pub registers: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Which account of NetSuite a means of payment, by kind and brand, is booked to.
pub type AccountOf<'a> = &'a dyn Fn(&str, Option<&str>) -> u64;

/// Accounts of NetSuite that serve one role each.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// First and last account of sales.
    pub sales: (u64, u64),
    /// First and last account of discounts.
    pub discounts: (u64, u64),
    /// Returns.
    pub returns: u64,
    /// First and last account of taxes.
    pub taxes: (u64, u64),
    /// Cash on its way from drawers.
    pub cash: u64,
    /// The safe.
    pub safe: u64,
    /// Money paid in.
    pub paid_in: u64,
    /// Money paid out.
    pub paid_out: u64,
    /// What drawers were over or short.
    pub over_short: u64,
}

/// What one line of the page adds up, on each side.
struct Rule {
    what: String,
    z: Decimal,
    /// Roles on the journal, one dimension of a role where it is named.
    roles: Vec<(&'static str, Option<String>)>,
    /// First and last account of each range.
    accounts: Vec<(u64, u64)>,
    side: Side,
}

/// Which side of an account counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Debit,
    Credit,
    /// Debits alone: credits of the same account are something else.
    DebitsOnly,
}

impl Side {
    fn of(self, debit: Decimal, credit: Decimal) -> Decimal {
        match self {
            Self::Debit => debit - credit,
            Self::Credit => credit - debit,
            Self::DebitsOnly => debit,
        }
    }
}

impl Page {
    /// Lays the three beside each other: the records of one store-day, its journals, and what NetSuite holds of it.
    #[must_use]
    pub fn of(
        records: &[Transaction],
        journals: &[JournalEntry],
        held: &Day,
        accounts: Accounts,
        account_of: AccountOf<'_>,
    ) -> Self {
        let reports: Vec<&TillTotals> =
            records.iter().filter_map(|record| record.till_totals.as_ref()).collect();
        let line = |rule: Rule| {
            let (tillstream, netsuite) = (on_journals(&rule, journals), in_netsuite(&rule, held));
            let difference = if netsuite == rule.z { tillstream - rule.z } else { netsuite - rule.z };
            let [z, tillstream, netsuite, difference] =
                [rule.z, tillstream, netsuite, difference].map(|amount| amount.normalize());
            Line { what: rule.what, z, tillstream, netsuite, difference }
        };
        let first = records.first();
        Self {
            store: first.map(|record| record.store.to_string()).unwrap_or_default(),
            business_date: first.map(|record| record.business_date.to_string()).unwrap_or_default(),
            currency: first.map(|record| record.currency.to_string()).unwrap_or_default(),
            registers: reports.len(),
            lines: rules(&reports, accounts, account_of).into_iter().map(line).collect(),
        }
    }

    /// Every line that differs, in words.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let differing = self.lines.iter().filter(|line| !line.difference.is_zero());
        let words = |line: &Line| {
            format!(
                "the page of store {}, {}, {}: the registers reported {}, tillstream booked {}, NetSuite holds {}",
                self.store, self.business_date, line.what, line.z, line.tillstream, line.netsuite
            )
        };
        differing.map(words).collect()
    }
}

fn on_journals(rule: &Rule, journals: &[JournalEntry]) -> Decimal {
    let matches = |role: &str, dimension: Option<&str>| {
        rule.roles
            .iter()
            .any(|(wanted, key)| *wanted == role && key.as_deref().is_none_or(|key| dimension == Some(key)))
    };
    let lines = journals.iter().flat_map(|journal| &journal.lines);
    let amount = |amount: Option<Amount>| amount.map_or(Decimal::ZERO, Amount::decimal);
    lines
        .filter(|line| matches(&line.role, line.dimension.as_deref()))
        .map(|line| rule.side.of(amount(line.debit), amount(line.credit)))
        .sum()
}

fn in_netsuite(rule: &Rule, held: &Day) -> Decimal {
    let sum = |accounts: &BTreeMap<u64, Decimal>| -> Decimal {
        let within =
            |account: &u64| rule.accounts.iter().any(|(first, last)| (first..=last).contains(&account));
        accounts.iter().filter(|(account, _)| within(account)).map(|(_, amount)| *amount).sum()
    };
    let debits = sum(&held.debits);
    rule.side.of(debits, debits - sum(&held.accounts))
}

fn rules(reports: &[&TillTotals], accounts: Accounts, account_of: AccountOf<'_>) -> Vec<Rule> {
    let sum = |of: fn(&TillTotals) -> Amount| -> Decimal {
        reports.iter().map(|report| of(report).decimal()).sum()
    };
    let role = |what: &str, z, roles: &[&'static str], accounts: &[(u64, u64)], side| Rule {
        what: what.to_owned(),
        z,
        roles: roles.iter().map(|role| (*role, None)).collect(),
        accounts: accounts.to_vec(),
        side,
    };
    let one = |account: u64| (account, account);
    let Accounts { sales, discounts, returns, taxes, cash, safe, paid_in, paid_out, over_short } = accounts;
    let paid_in_z = sum(|report| report.paid_in.unwrap_or_default());
    let paid_out_z = sum(|report| report.paid_out.unwrap_or_default());
    let lent =
        sum(|report| report.loans.unwrap_or_default()) - sum(|report| report.pickups.unwrap_or_default());
    let mut rules = vec![
        role(
            "net sales",
            sum(|report| report.net_sales),
            &["sales", "discount"],
            &[sales, discounts],
            Side::Credit,
        ),
        role("returns", sum(|report| report.returns), &["returns"], &[one(returns)], Side::Debit),
        role("discounts", sum(|report| report.discounts), &["discount"], &[discounts], Side::Debit),
        role("tax", sum(|report| report.tax), &["tax_payable"], &[taxes], Side::Credit),
    ];
    let mut tenders: BTreeMap<(&Text, Option<&Text>), Decimal> = BTreeMap::new();
    for tender in reports.iter().flat_map(|report| &report.tenders) {
        let counted = tender.declared.unwrap_or(tender.amount);
        *tenders.entry((&tender.kind, tender.brand.as_ref())).or_default() += counted.decimal();
    }
    for ((kind, brand), z) in tenders {
        let brand = brand.map(Text::as_str);
        if kind == "cash" {
            let z = z + reports.iter().map(|report| over_in_cash(report)).sum::<Decimal>();
            let accounts = [cash, safe, paid_in, paid_out].map(one);
            let mut rule = role("cash", z, &["safe", "paid_in", "paid_out"], &accounts, Side::Debit);
            rule.roles.push(("tender_clearing", Some("cash".to_owned())));
            rules.push(rule);
        } else {
            rules.push(tender(kind, brand, z, one(account_of(kind, brand))));
        }
    }
    rules.extend([
        role("loans less pickups", lent, &["safe"], &[one(safe)], Side::Credit),
        role("paid in", paid_in_z, &["paid_in"], &[one(paid_in)], Side::Credit),
        role("paid out", paid_out_z, &["paid_out"], &[one(paid_out)], Side::Debit),
        role(
            "over or short",
            reports.iter().map(|report| over_in_cash(report) + over_in_slips(report)).sum(),
            &["over_short"],
            &[one(over_short)],
            Side::Credit,
        ),
    ]);
    rules
}

/// A means of payment other than cash.
fn tender(kind: &str, brand: Option<&str>, z: Decimal, account: (u64, u64)) -> Rule {
    let name = brand.map_or_else(|| kind.to_owned(), |brand| format!("{kind}/{brand}"));
    let (role, dimension, side) = match kind {
        // What is sold of gift cards is a credit of the same account.
        "gift_card" => ("gift_card_liability", None, Side::DebitsOnly),
        "store_credit" => ("store_credit_liability", None, Side::Debit),
        "loyalty" => ("loyalty_liability", None, Side::Debit),
        "manufacturer_coupon" => ("coupon_receivable", None, Side::Debit),
        _ => ("tender_clearing", Some(name.clone()), Side::Debit),
    };
    Rule { what: name, z, roles: vec![(role, dimension)], accounts: vec![account], side }
}

/// Cash counted in a drawer less what the report says should be there.
fn over_in_cash(report: &TillTotals) -> Decimal {
    let Some(declared) = report.declared_cash else { return Decimal::ZERO };
    let amount = |amount: Option<Amount>| amount.unwrap_or_default().decimal();
    let cash: Decimal = report
        .tenders
        .iter()
        .filter(|tender| tender.kind == "cash")
        .map(|tender| tender.amount.decimal())
        .sum();
    let into = amount(report.opening_cash) + amount(report.loans) + amount(report.paid_in) + cash;
    declared.decimal() - (into - amount(report.pickups) - amount(report.paid_out))
}

/// What was counted of other means of payment less what their tickets brought.
fn over_in_slips(report: &TillTotals) -> Decimal {
    let others = report.tenders.iter().filter(|tender| tender.kind != "cash");
    others.filter_map(|tender| Some(tender.declared?.decimal() - tender.amount.decimal())).sum()
}
