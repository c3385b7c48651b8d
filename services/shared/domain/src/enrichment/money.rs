//! The money of a ticket: its means of payment, and the other side of what moves without a sale.

use crate::account_map::Role;
use crate::masters::{Store, Stores};
use crate::number::Amount;
use crate::record::pos::{Tender, Transaction};
use crate::record::sales::{SaleLine, SaleTender};
use crate::ticket::Difference;
use crate::vocabulary::{self, CASH, CashMovement};

use super::elsewhere;

/// Kind of the tender that is kept apart by its currency, as cards are by their brand.
const FOREIGN_CASH: &str = "foreign_cash";

/// Kind of what a tender contains for the staff.
const TIP: &str = "tip";

/// What the money of a cash movement was or is for: the safe by what lies in it, else the reason. One line each
/// means of payment.
pub(super) fn other_side(transaction: &Transaction) -> Vec<SaleLine> {
    let Some(CashMovement { role, .. }) = vocabulary::cash_movement(&transaction.kind) else {
        return Vec::new();
    };
    let line = |(line, tender): (i32, &Tender)| SaleLine {
        line,
        role: role.word().into(),
        department: if role == Role::Safe { Some(tender.kind.clone()) } else { transaction.reason.clone() },
        amount: tender.amount,
        ..SaleLine::default()
    };
    (1..).zip(&transaction.tenders).map(line).collect()
}

/// What is over or short, and the means of payment it is there or missing of.
pub(super) fn over_short((line, difference): (i32, Difference)) -> (SaleLine, SaleTender) {
    let Difference { role, kind, brand, amount } = difference;
    let over = SaleLine {
        line,
        role: Role::OverShort.word().into(),
        department: Some(kind.clone()),
        amount,
        ..SaleLine::default()
    };
    (over, SaleTender { role: role.word().into(), kind, brand, amount, booked_in: None })
}

/// What was taken, on the role of each means of payment. Change and cashback leave the drawer in cash,
/// whatever was paid with; a tip is owed to the staff. A balance that a store of another subsidiary issued is redeemed
/// in the books of that one.
pub(super) fn sale_tenders(tenders: &[Tender], store: &Store, stores: &Stores) -> Vec<SaleTender> {
    let mut booked = Vec::with_capacity(tenders.len());
    for tender in tenders {
        let account = tender.stored_value.as_ref();
        let issuer = elsewhere::issuer(account, store, stores);
        let is_ours = issuer.is_some() || elsewhere::is_own(account, store, stores);
        let role =
            if is_ours { vocabulary::own_tender_role(tender) } else { vocabulary::tender_role(tender) };
        let role = role.unwrap_or(Role::TenderClearing);
        let handed_out = tender.change.checked_add(tender.cashback).unwrap_or(tender.change);
        let is_cash = tender.kind == CASH;
        // All are limited on a valid ticket, so their differences have their digits.
        let amount = if is_cash { tender.amount.checked_sub(handed_out) } else { Ok(tender.amount) };
        booked.push(SaleTender {
            role: role.word().into(),
            kind: tender.kind.clone(),
            brand: match &tender.foreign {
                Some(foreign) if tender.kind == FOREIGN_CASH => Some(foreign.currency.clone()),
                Some(_) | None => tender.brand.clone(),
            },
            amount: amount.unwrap_or(tender.amount),
            booked_in: issuer.map(elsewhere::books_of).map(Box::new),
        });
        let beside = |role: Role, kind: &'static str, amount: Amount| SaleTender {
            role: role.word().into(),
            kind: kind.into(),
            brand: None,
            amount: amount.negated(),
            booked_in: None,
        };
        if !is_cash && !handed_out.is_zero() {
            booked.push(beside(Role::TenderClearing, CASH, handed_out));
        }
        if !tender.tip.is_zero() {
            booked.push(beside(Role::TipsPayable, TIP, tender.tip));
        }
    }
    booked
}
