//! Whether a transaction of good form can be booked: its kind, what it carries, and whether it balances.
//!
//! What is understood but not built yet is refused by name, never booked in part. A ticket balances when
//! Σ(line − its discounts) + Σ added taxes + rounding + tips = Σ(tender − change − cashback).

use std::fmt::{self, Arguments};

use rust_decimal::Decimal;

use crate::masters::Store;
use crate::number::Amount;
use crate::record::pos::{Line, Tax, Tender, Transaction};

use super::{Code, Kind, Quoted, Reasons};

/// Means of payment that are booked.
const TENDERS: [&str; 5] = ["cash", "card", "check", "mobile", "manufacturer_coupon"];

/// Kinds of lines that are booked.
const LINES: [&str; 2] = ["sale", "gift_card_sale"];

/// Checks what the kind asks for and adds every reason; `None` for a kind that is not booked yet.
pub(super) fn check(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<Kind> {
    let kind = Kind::of(&transaction.kind);
    till_totals(transaction, reasons);
    if transaction.training {
        not_yet(reasons, format_args!("training"), format_args!("a ticket of training mode"));
    }
    match kind {
        Some(Kind::Sale) => sale(transaction, store, reasons),
        Some(Kind::Control) => control(transaction, reasons),
        None => not_yet(
            reasons,
            format_args!("kind"),
            format_args!("a transaction of kind {}", Quoted(&transaction.kind)),
        ),
    }
    kind
}

fn not_yet(reasons: &mut Reasons, field: Arguments<'_>, what: Arguments<'_>) {
    reasons.add(
        Code::NotYetBooked,
        field,
        format_args!(
            "{what} is not booked yet; keep it here until it is, or book it by hand and write it off"
        ),
    );
}

fn till_totals(transaction: &Transaction, reasons: &mut Reasons) {
    let detail = match (transaction.kind == "till_totals", transaction.till_totals.is_some()) {
        (true, true) | (false, false) => return,
        (true, false) => "a till report carries the till's totals; send them",
        (false, true) => "only a transaction of kind till_totals carries a till's totals",
    };
    reasons.add(Code::TillTotalsMisplaced, format_args!("till_totals"), format_args!("{detail}"));
}

fn control(transaction: &Transaction, reasons: &mut Reasons) {
    let stated_total = transaction.total.is_some_and(|total| !total.is_zero());
    let carried = [
        ("lines", !transaction.lines.is_empty()),
        ("tenders", !transaction.tenders.is_empty()),
        ("taxes", !transaction.taxes.is_empty()),
        ("rounding", !transaction.rounding.is_zero()),
        ("total", stated_total),
    ];
    for (field, _) in carried.into_iter().filter(|(_, there)| *there) {
        reasons.add(
            Code::MoneyOnControl,
            format_args!("{field}"),
            format_args!(
                "a {} record is only counted, so its {field} would be lost; send them on a ticket of their own",
                Quoted(&transaction.kind)
            ),
        );
    }
}

fn sale(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    if !transaction.rounding.is_zero() {
        not_yet(reasons, format_args!("rounding"), format_args!("cash rounding"));
    }
    for (index, link) in transaction.links.iter().enumerate() {
        let kind = Quoted(&link.kind);
        not_yet(reasons, format_args!("links[{index}]"), format_args!("a sale with a link of kind {kind}"));
    }
    for (index, each) in transaction.lines.iter().enumerate() {
        line(format_args!("lines[{index}]."), each, store, reasons);
    }
    for (index, each) in transaction.tenders.iter().enumerate() {
        tender(format_args!("tenders[{index}]."), each, reasons);
    }
    taxes(format_args!(""), &transaction.taxes, reasons);
    Sums::of(transaction).check(transaction.total, reasons);
}

fn line(at: Arguments<'_>, line: &Line, store: &Store, reasons: &mut Reasons) {
    if !LINES.contains(&line.kind.as_str()) {
        let kind = Quoted(&line.kind);
        not_yet(reasons, format_args!("{at}kind"), format_args!("a line of kind {kind}"));
    } else if line.kind == "sale" && line.item.is_none() && line.barcode.is_none() {
        not_yet(reasons, format_args!("{at}item"), format_args!("a sale line without item and barcode"));
    }
    if line.kind != "gift_card_sale" && line.stored_value.is_some() {
        not_yet(reasons, format_args!("{at}stored_value"), format_args!("stored value on such a line"));
    }
    if line.quantity.is_negative() || line.amount.is_negative() {
        not_yet(reasons, format_args!("{at}quantity"), format_args!("a line that takes goods or money back"));
    }
    if line.voided {
        not_yet(reasons, format_args!("{at}voided"), format_args!("a voided line"));
    }
    if line.original.is_some() {
        not_yet(
            reasons,
            format_args!("{at}original"),
            format_args!("a line that refers to an earlier ticket"),
        );
    }
    if let Some(other) = line.fulfilment.as_deref().filter(|fulfilment| *fulfilment != "carry_out") {
        let other = Quoted(other);
        not_yet(reasons, format_args!("{at}fulfilment"), format_args!("fulfilment by {other}"));
    }
    if line.fulfilment_location.as_deref().is_some_and(|location| location != store.location) {
        not_yet(
            reasons,
            format_args!("{at}fulfilment_location"),
            format_args!("a line handed over by another location"),
        );
    }
    if line.owner.is_some() {
        not_yet(reasons, format_args!("{at}owner"), format_args!("a line sold on commission"));
    }
    taxes(at, &line.taxes, reasons);
}

fn taxes(at: Arguments<'_>, taxes: &[Tax], reasons: &mut Reasons) {
    for (index, _) in taxes.iter().enumerate().filter(|(_, tax)| tax.included) {
        not_yet(
            reasons,
            format_args!("{at}taxes[{index}].included"),
            format_args!("a tax that the price contains"),
        );
    }
}

fn tender(at: Arguments<'_>, tender: &Tender, reasons: &mut Reasons) {
    if !TENDERS.contains(&tender.kind.as_str()) {
        let kind = Quoted(&tender.kind);
        not_yet(reasons, format_args!("{at}kind"), format_args!("a tender of kind {kind}"));
    }
    let carried = [
        ("cashback", !tender.cashback.is_zero()),
        ("tip", !tender.tip.is_zero()),
        ("stored_value", tender.stored_value.is_some()),
        ("foreign", tender.foreign.is_some()),
    ];
    for (name, _) in carried.into_iter().filter(|(_, there)| *there) {
        not_yet(reasons, format_args!("{at}{name}"), format_args!("a tender with {name}"));
    }
}

/// The sums of a ticket, in smallest units of an [`Amount`]; wide enough for any number of lines.
struct Sums {
    /// Lines less discounts, and taxes added.
    total: i128,
    /// Rounding and tips.
    beside: i128,
    /// Tenders less change and cashback.
    paid: i128,
}

impl Sums {
    fn of(transaction: &Transaction) -> Self {
        let lines = transaction.lines.iter().filter(|line| !line.voided);
        let total = lines.map(line_total).chain([added(&transaction.taxes)]);
        let tenders = &transaction.tenders;
        Self {
            total: sum(total),
            beside: sum(tenders.iter().map(|tender| units(tender.tip)).chain([units(transaction.rounding)])),
            paid: sum(tenders.iter().map(|tender| {
                units(tender.amount)
                    .saturating_sub(units(tender.change))
                    .saturating_sub(units(tender.cashback))
            })),
        }
    }

    fn check(&self, stated: Option<Amount>, reasons: &mut Reasons) {
        let owed = self.total.saturating_add(self.beside);
        if owed != self.paid {
            reasons.add(
                Code::OutOfBalance,
                format_args!("tenders"),
                format_args!(
                    "what was sold comes to {}, what was paid to {}, a difference of {}; lines less discounts \
                     plus added taxes must equal tenders less change",
                    Money(owed),
                    Money(self.paid),
                    Money(owed.saturating_sub(self.paid))
                ),
            );
        }
        if let Some(stated) = stated.filter(|stated| units(*stated) != self.total) {
            reasons.add(
                Code::TotalDiffers,
                format_args!("total"),
                format_args!(
                    "the ticket states {stated}, its lines less discounts plus added taxes come to {}",
                    Money(self.total)
                ),
            );
        }
    }
}

fn line_total(line: &Line) -> i128 {
    let discounts = sum(line.discounts.iter().map(|discount| units(discount.amount)));
    units(line.amount).saturating_sub(discounts).saturating_add(added(&line.taxes))
}

fn added(taxes: &[Tax]) -> i128 {
    sum(taxes.iter().filter(|tax| !tax.included).map(|tax| units(tax.amount)))
}

fn units(amount: Amount) -> i128 {
    i128::from(amount.units())
}

/// Saturates beyond any sum of 64-bit numbers that fit into memory, so it never does.
fn sum(units: impl Iterator<Item = i128>) -> i128 {
    units.fold(0, i128::saturating_add)
}

/// A sum for people.
struct Money(i128);

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Decimal::try_from_i128_with_scale(self.0, Amount::SCALE) {
            Ok(decimal) => {
                let decimal = decimal.normalize();
                let scale = decimal.scale().max(2) as usize;
                write!(out, "{decimal:.scale$}")
            }
            Err(_) => write!(out, "{} smallest units", self.0),
        }
    }
}
