//! A till report: what was counted in the drawer against what should lie in it.
//!
//! Both are the till's own figures, so a ticket that is lost on its way changes nothing here. Cash is counted with
//! what the drawer was opened with; any other means of payment by itself. What is over or short is booked with
//! the report, and the clearing account holds what was counted.

use std::fmt::Arguments;

use crate::account_map::Role;
use crate::number::Amount;
use crate::record::pos::{Tender, TenderTotal, TillTotals, Transaction};
use crate::text::Text;
use crate::vocabulary::{self, CASH};

use super::booking::{sum_max, units, unknown};
use super::{AMOUNT_MAX, Code, Quoted, Reasons};

/// What was counted of a means of payment less what should have been there; never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Role of the means of payment.
    pub(crate) role: Role,
    /// Its kind.
    pub(crate) kind: Text,
    /// Its brand.
    pub(crate) brand: Option<Text>,
    /// Over; short below zero.
    pub(crate) amount: Amount,
}

/// Adds why the differences of a report cannot be told; nothing of one that declares nothing, or of a store's.
pub(super) fn check(transaction: &Transaction, reasons: &mut Reasons) {
    let Some(totals) = transaction.till_totals.as_ref().filter(|totals| declares(totals)) else { return };
    if !is_of_drawers(&totals.scope) {
        if totals.scope != "store" {
            let scope = Quoted(&totals.scope);
            let at = format_args!("till_totals.scope");
            unknown(reasons, at, format_args!("what was counted for a report of scope {scope}"));
        }
        return;
    }
    if totals.declared_cash.is_some() {
        drawer(totals, reasons);
    }
    for (index, tender) in totals.tenders.iter().enumerate() {
        let at = format_args!("till_totals.tenders[{index}].declared");
        if tender.declared.is_some() && role_of(tender).is_none() {
            unknown(reasons, at, format_args!("what was counted of {}", Quoted(&tender.kind)));
        }
    }
    let size = |difference: &Difference| units(difference.amount).abs();
    if differences(totals).iter().map(size).fold(0, i128::saturating_add) > sum_max() {
        reasons.add(
            Code::AmountOutOfRange,
            format_args!("till_totals"),
            format_args!("what is over and short comes to more than {AMOUNT_MAX} without signs"),
        );
    }
}

/// Adds why the cash in a drawer cannot be compared.
fn drawer(totals: &TillTotals, reasons: &mut Reasons) {
    let all = [
        ("opening_cash", totals.opening_cash),
        ("declared_cash", totals.declared_cash),
        ("loans", totals.loans),
        ("pickups", totals.pickups),
        ("paid_in", totals.paid_in),
        ("paid_out", totals.paid_out),
    ];
    for (field, amount) in all {
        if let Some(amount) = amount.filter(|amount| amount.is_negative()) {
            reasons.add(
                Code::WrongSign,
                format_args!("till_totals.{field}"),
                format_args!(
                    "{amount} is below zero; send it without a sign, the field says which way it went"
                ),
            );
        }
    }
    if totals.opening_cash.is_none() {
        misplaced(
            reasons,
            format_args!("till_totals.opening_cash"),
            "cash that was counted is compared with what the drawer was opened with; send that, or 0",
        );
    }
    let cash = |tender: &&TenderTotal| tender.kind == CASH;
    if !totals.tenders.iter().any(|tender| cash(&tender)) {
        misplaced(
            reasons,
            format_args!("till_totals.tenders"),
            "cash that was counted is compared with what tickets took of it; send the total of cash, or 0",
        );
    }
    let by_tender = totals.tenders.iter().filter(cash).filter_map(over);
    let by_tender = by_tender.reduce(|sum, each| sum.checked_add(each).unwrap_or(sum));
    if by_tender.is_some() && by_tender != in_drawer(totals) {
        misplaced(
            reasons,
            format_args!("till_totals.declared_cash"),
            "the drawer and the cash of the tenders are over or short by different amounts; send one of them, or \
             both alike",
        );
    }
}

fn declares(totals: &TillTotals) -> bool {
    totals.declared_cash.is_some() || totals.tenders.iter().any(|tender| tender.declared.is_some())
}

fn misplaced(reasons: &mut Reasons, at: Arguments<'_>, what: &str) {
    reasons.add(Code::TillTotalsMisplaced, at, format_args!("{what}"));
}

/// True for a report of what lies in drawers; that of a store sums such reports up.
fn is_of_drawers(scope: &str) -> bool {
    ["till", "register", "shift"].contains(&scope)
}

/// What was over or short, one each means of payment.
pub(crate) fn differences(totals: &TillTotals) -> Vec<Difference> {
    if !is_of_drawers(&totals.scope) {
        return Vec::new();
    }
    let drawer = in_drawer(totals);
    let cash = drawer.map(|amount| Difference {
        role: Role::TenderClearing,
        kind: Text::const_new(CASH),
        brand: None,
        amount,
    });
    // What the drawer says of cash, its tender says once more.
    let others = totals.tenders.iter().filter(|tender| drawer.is_none() || tender.kind != CASH);
    let others = others.filter_map(|tender| {
        let (kind, brand) = (tender.kind.clone(), tender.brand.clone());
        Some(Difference { role: role_of(tender)?, kind, brand, amount: over(tender)? })
    });
    cash.into_iter().chain(others).filter(|difference| !difference.amount.is_zero()).collect()
}

/// What was counted of a means of payment less what its tickets say; `None` where it was not counted.
fn over(tender: &TenderTotal) -> Option<Amount> {
    tender.declared?.checked_sub(tender.amount).ok()
}

/// Cash counted less what the drawer was opened with and what went in and out since; `None` where it was not
/// counted. The amounts of a valid ticket are limited, so their sums have their digits.
fn in_drawer(totals: &TillTotals) -> Option<Amount> {
    let taken = totals.tenders.iter().filter(|tender| tender.kind == CASH).map(|tender| tender.amount);
    let mut into = [totals.opening_cash, totals.loans, totals.paid_in].into_iter().flatten().chain(taken);
    let mut out = [totals.pickups, totals.paid_out].into_iter().flatten();
    let over = into.try_fold(totals.declared_cash?, Amount::checked_sub).ok()?;
    out.try_fold(over, Amount::checked_add).ok()
}

/// The role of what can lie in a drawer and be counted; balances are no such thing.
fn role_of(tender: &TenderTotal) -> Option<Role> {
    let tender = Tender { kind: tender.kind.clone(), ..Tender::default() };
    let role = vocabulary::tender_role(&tender);
    role.filter(|role| *role == Role::CouponReceivable || vocabulary::is_in_drawer(&tender))
}
