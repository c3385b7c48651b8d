//! Whether a transaction of good form can be booked: its kind, what it carries, and whether it balances.
//!
//! What has no place where it stands is refused by name, never booked in part. A ticket balances when
//! Σ(line − its discounts) + Σ added taxes + rounding + tips = Σ(tender − change − cashback). Discounts of the whole
//! ticket are on its lines by then; one that could not be shared out counts all the same, and is a reason by itself.

use std::fmt::{self, Arguments};

use rust_decimal::Decimal;

use crate::masters::Store;
use crate::number::Amount;
use crate::record::pos::{Discount, Line, Tax, Tender, Transaction};
use crate::vocabulary::{self, CashMovement, LineKind, Way};

use super::{AMOUNT_MAX, Code, Kind, Quoted, Reasons, deposit, lines, promise, report, stock};

/// Cash is rounded by less than this: half of 10 pesos in Chile, half a krone in Norway. In smallest units of
/// an [`Amount`].
const ROUNDING_BELOW: i128 = 10 * 10_000;

/// Checks what the kind asks for and adds every reason; `None` for a kind that nobody knows.
pub(super) fn check(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<Kind> {
    let kind = Kind::of(transaction);
    till_totals(transaction, reasons);
    match kind {
        Some(Kind::Sale) => sale(transaction, store, reasons),
        Some(Kind::Stock) => stock::check(transaction, store, reasons),
        Some(Kind::CashMovement) => moves_cash(transaction, reasons),
        Some(Kind::Unfinished) => unfinished(transaction, reasons),
        Some(Kind::Report) => {
            control(transaction, reasons);
            report::check(transaction, reasons);
        }
        Some(Kind::Control) => control(transaction, reasons),
        None => unknown(
            reasons,
            format_args!("kind"),
            format_args!("a transaction of kind {}", Quoted(&transaction.kind)),
        ),
    }
    kind
}

/// Adds a word that nobody here knows.
pub(super) fn unknown(reasons: &mut Reasons, field: Arguments<'_>, what: Arguments<'_>) {
    reasons.add(
        Code::UnknownWord,
        field,
        format_args!("{what} is not known; send a word that is, or book it by hand and write this off"),
    );
}

/// Adds what has no place where it stands.
pub(crate) fn misplaced(reasons: &mut Reasons, field: Arguments<'_>, what: Arguments<'_>) {
    reasons.add(
        Code::Misplaced,
        field,
        format_args!(
            "{what} has no place here; send it where it belongs, or book it by hand and write this off"
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
    if !transaction.lines.is_empty() {
        without(transaction, "lines", reasons);
    }
    without_money(transaction, reasons);
}

/// Adds what a ticket that books no money carries of it.
pub(super) fn without_money(transaction: &Transaction, reasons: &mut Reasons) {
    let stated_total = transaction.total.is_some_and(|total| !total.is_zero());
    let carried = [
        ("tenders", !transaction.tenders.is_empty()),
        ("taxes", !transaction.taxes.is_empty()),
        ("discounts", !transaction.discounts.is_empty()),
        ("rounding", !transaction.rounding.is_zero()),
        ("total", stated_total),
    ];
    for (field, _) in carried.into_iter().filter(|(_, there)| *there) {
        without(transaction, field, reasons);
    }
}

fn without(transaction: &Transaction, field: &str, reasons: &mut Reasons) {
    let kind = Quoted(&transaction.kind);
    reasons.add(
        Code::MoneyOnControl,
        format_args!("{field}"),
        format_args!("a {kind} books no {field}, so they would be lost; send them on a ticket of their own"),
    );
}

/// What was never finished took no money: each means of payment must have been given back. In training mode
/// nothing is money.
fn unfinished(transaction: &Transaction, reasons: &mut Reasons) {
    let kept = |tender: &Tender| {
        units(tender.amount) != units(tender.change).saturating_add(units(tender.cashback))
            || !tender.tip.is_zero()
    };
    for (index, _) in transaction.tenders.iter().enumerate().filter(|(_, tender)| kept(tender)) {
        if transaction.training {
            break;
        }
        reasons.add(
            Code::MoneyOnControl,
            format_args!("tenders[{index}]"),
            format_args!(
                "a {} ticket is only counted, so its money would be lost; send what was paid and given back on \
                 tickets of their own",
                Quoted(&transaction.kind)
            ),
        );
    }
}

/// Money that goes into the drawer or out of it, as its kind says, and nothing beside.
fn moves_cash(transaction: &Transaction, reasons: &mut Reasons) {
    let Some(CashMovement { way, .. }) = vocabulary::cash_movement(&transaction.kind) else { return };
    let kind = Quoted(&transaction.kind);
    let mut refuse = |field: Arguments<'_>, what: &str| {
        reasons.add(Code::CashMovement, field, format_args!("a {kind} {what}"));
    };
    let sold = [
        ("lines", !transaction.lines.is_empty()),
        ("taxes", !transaction.taxes.is_empty()),
        ("discounts", !transaction.discounts.is_empty()),
        ("rounding", !transaction.rounding.is_zero()),
        ("links", !transaction.links.is_empty()),
    ];
    for (field, _) in sold.into_iter().filter(|(_, there)| *there) {
        refuse(
            format_args!("{field}"),
            "sells nothing and refers to nothing; send that on a ticket of its own",
        );
    }
    if transaction.tenders.is_empty() {
        refuse(
            format_args!("tenders"),
            "says what money it moves; send each means of payment with its amount",
        );
    }
    for (index, tender) in transaction.tenders.iter().enumerate() {
        if !vocabulary::is_in_drawer(tender) {
            refuse(format_args!("tenders[{index}].kind"), "moves what lies in a drawer; this does not");
        }
        if tender.stored_value.is_some() {
            refuse(format_args!("tenders[{index}].stored_value"), "moves no balance; leave it out");
        }
        let beside = [tender.change, tender.cashback, tender.tip];
        if beside.iter().any(|amount| !amount.is_zero()) {
            refuse(
                format_args!("tenders[{index}]"),
                "has no change, cashback or tip; send the amount that moved",
            );
        }
        match way {
            Way::In if tender.amount.is_negative() => refuse(
                format_args!("tenders[{index}].amount"),
                "puts money into the drawer; send an amount above zero, or the kind that takes it out",
            ),
            Way::Out if units(tender.amount) > 0 => refuse(
                format_args!("tenders[{index}].amount"),
                "takes money out of the drawer; send an amount below zero, or the kind that puts it in",
            ),
            Way::In | Way::Out => {}
        }
    }
    sizes(transaction, reasons);
    let moved = sum(transaction.tenders.iter().map(|tender| units(tender.amount)));
    if let Some(stated) = transaction.total.filter(|stated| !stated.is_zero() && units(*stated) != moved) {
        reasons.add(
            Code::TotalDiffers,
            format_args!("total"),
            format_args!("the ticket states {stated}, its tenders come to {}", Money(moved)),
        );
    }
}

fn sale(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    if units(transaction.rounding).abs() >= ROUNDING_BELOW {
        reasons.add(
            Code::AmountOutOfRange,
            format_args!("rounding"),
            format_args!(
                "{} is more than cash is rounded by; send what was not paid as what it is",
                transaction.rounding
            ),
        );
    }
    for (index, link) in transaction.links.iter().enumerate() {
        let of_return = lines::is_of_return(link);
        // A sale may complete what was laid away or ordered.
        let of_promise = lines::is_promise(link);
        let fits = match transaction.kind.as_str() {
            vocabulary::POST_VOID => of_promise || of_return || link.kind == vocabulary::VOID_OF,
            "return" | "exchange" => of_promise || of_return,
            _ => of_promise,
        };
        let fits = fits || link.kind == vocabulary::RESUME_OF;
        lines::refers(format_args!("links[{index}]"), link, fits, store, reasons);
    }
    let is_return = ["return", "exchange"].contains(&transaction.kind.as_str());
    if is_return {
        lines::brings_back(transaction, reasons);
    }
    // What is undone may have been any of them.
    let takes_back = is_return || transaction.kind == vocabulary::POST_VOID;
    for (index, each) in transaction.lines.iter().enumerate().filter(|(_, line)| !line.voided) {
        lines::check(format_args!("lines[{index}]."), each, takes_back, store, reasons);
        promise::check(format_args!("lines[{index}].kind"), each, &transaction.kind, reasons);
    }
    for (index, each) in transaction.tenders.iter().enumerate() {
        tender(format_args!("tenders[{index}]."), each, reasons);
    }
    deposit::check(transaction, store, reasons);
    contained(transaction, reasons);
    sizes(transaction, reasons);
    Sums::of(transaction).check(transaction.total, reasons);
}

/// A tax that a price contains is a part of that price: else revenue would turn around.
fn contained(transaction: &Transaction, reasons: &mut Reasons) {
    let booked = || transaction.lines.iter().enumerate().filter(|(_, line)| !line.voided);
    for (index, line) in booked() {
        let net = less_discounts(line);
        let tax = included(&line.taxes);
        if tax != 0 && !is_taxed(line) {
            let kind = Quoted(&line.kind);
            misplaced(
                reasons,
                format_args!("lines[{index}].taxes"),
                format_args!("tax inside the price of a line of kind {kind}"),
            );
        } else if !is_part(tax, net) {
            reasons.add(
                Code::TaxNotContained,
                format_args!("lines[{index}].taxes"),
                format_args!("a price of {} cannot contain a tax of {}", Money(net), Money(tax)),
            );
        }
    }
    let taxed = booked().filter(|(_, line)| vocabulary::shares_taxes_of_ticket(line));
    let price = sum(taxed.map(|(_, line)| less_discounts(line).max(0)));
    let tax = included(&transaction.taxes);
    if is_inside_of_unlike(transaction) {
        misplaced(
            reasons,
            format_args!("taxes"),
            format_args!(
                "tax inside the prices of a whole ticket that gives money back, or takes a deposit beside goods, and \
                 cannot be told apart (state it on its lines, or with one rate that makes it of their prices),"
            ),
        );
    } else if !is_part(tax, price) {
        reasons.add(
            Code::TaxNotContained,
            format_args!("taxes"),
            format_args!(
                "lines of {} that state no such tax themselves cannot contain a tax of {}",
                Money(price),
                Money(tax)
            ),
        );
    }
}

/// True where a tax inside the prices of the whole ticket would have to be shared out to lines that are not alike:
/// of what is sold and of what is given back such taxes may even come to nothing together.
fn is_inside_of_unlike(transaction: &Transaction) -> bool {
    let is_inside =
        |tax: &Tax| tax.included && (tax.treatment == vocabulary::TAXABLE || !tax.amount.is_zero());
    if !transaction.taxes.iter().any(is_inside) {
        return false;
    }
    let sharing = || transaction.lines.iter().filter(|line| vocabulary::shares_taxes_of_ticket(line));
    let is_deposit = |line: &&Line| matches!(LineKind::of(&line.kind), Some(LineKind::Deposit(_)));
    let deposits = sharing().filter(is_deposit).count();
    let unlike = deposits > 0 && deposits < sharing().count();
    unlike || sharing().any(|line| less_discounts(line) < 0)
}

/// Whatever their signs, the amounts of a ticket add up to no more than one of them may be: else they would pass,
/// and a sum of the books would leave its digits.
fn sizes(transaction: &Transaction, reasons: &mut Reasons) {
    let booked = || transaction.lines.iter().filter(|line| !line.voided);
    let discounts = booked().flat_map(|line| &line.discounts).chain(&transaction.discounts);
    let discounts = discounts.map(|discount| discount.amount);
    let taxes = booked().flat_map(|line| &line.taxes).chain(&transaction.taxes).map(|tax| tax.amount);
    let bases = booked().flat_map(|line| &line.taxes).chain(&transaction.taxes).filter_map(|tax| tax.base);
    let sold = booked().map(|line| line.amount).chain(discounts).chain(taxes);
    let parts = |tender: &Tender| [tender.amount, tender.change, tender.cashback, tender.tip];
    let paid = transaction.tenders.iter().flat_map(parts);
    let limit = sum_max();
    // One that is too large by itself is named already.
    let size = |amount: Amount| Some(units(amount).abs()).filter(|size| *size <= limit).unwrap_or_default();
    let sizes =
        [("lines", sum(sold.map(size))), ("taxes", sum(bases.map(size))), ("tenders", sum(paid.map(size)))];
    for (field, size) in sizes {
        if size > limit {
            reasons.add(
                Code::AmountOutOfRange,
                format_args!("{field}"),
                format_args!(
                    "they come to {} without their signs, more than {AMOUNT_MAX} in all",
                    Money(size)
                ),
            );
        }
    }
}

/// Most that amounts come to without their signs, in smallest units of an [`Amount`].
pub(super) fn sum_max() -> i128 {
    i128::from(AMOUNT_MAX).saturating_mul(10_i128.pow(Amount::SCALE))
}

/// True where an amount is nothing, or no more than `whole` and of its sign.
fn is_part(amount: i128, whole: i128) -> bool {
    let same_side = (amount < 0) == (whole < 0);
    amount == 0 || (same_side && amount.unsigned_abs() <= whole.unsigned_abs())
}

fn is_taxed(line: &Line) -> bool {
    LineKind::of(&line.kind).is_some_and(LineKind::is_taxed)
}

fn tender(at: Arguments<'_>, tender: &Tender, reasons: &mut Reasons) {
    if vocabulary::tender_role(tender).is_none() {
        let kind = Quoted(&tender.kind);
        unknown(reasons, format_args!("{at}kind"), format_args!("a tender of kind {kind}"));
    }
    let is_foreign = tender.kind == "foreign_cash";
    if is_foreign != tender.foreign.is_some() {
        let what =
            if is_foreign { "foreign cash of no currency" } else { "another currency on such a tender" };
        misplaced(reasons, format_args!("{at}foreign"), format_args!("{what}"));
    }
    if tender.stored_value.is_some() && !vocabulary::redeems_a_balance(tender) {
        misplaced(reasons, format_args!("{at}stored_value"), format_args!("stored value on such a tender"));
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
        let unshared = reductions(&transaction.discounts).saturating_neg();
        let total = lines.map(line_total).chain([added(&transaction.taxes), unshared]);
        let tenders = &transaction.tenders;
        Self {
            total: sum(total),
            beside: sum(tenders.iter().map(|tender| units(tender.tip)).chain([units(transaction.rounding)])),
            paid: paid(transaction),
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

/// Tenders less change and cashback, in smallest units of an [`Amount`].
pub(super) fn paid(transaction: &Transaction) -> i128 {
    let handed_out = |tender: &Tender| units(tender.change).saturating_add(units(tender.cashback));
    sum(transaction.tenders.iter().map(|tender| units(tender.amount).saturating_sub(handed_out(tender))))
}

fn line_total(line: &Line) -> i128 {
    less_discounts(line).saturating_add(added(&line.taxes))
}

pub(super) fn less_discounts(line: &Line) -> i128 {
    units(line.amount).saturating_sub(reductions(&line.discounts))
}

fn reductions(discounts: &[Discount]) -> i128 {
    sum(discounts.iter().map(|discount| units(discount.amount)))
}

fn added(taxes: &[Tax]) -> i128 {
    sum(taxes.iter().filter(|tax| !tax.included).map(|tax| units(tax.amount)))
}

fn included(taxes: &[Tax]) -> i128 {
    sum(taxes.iter().filter(|tax| tax.included).map(|tax| units(tax.amount)))
}

pub(super) fn units(amount: Amount) -> i128 {
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
