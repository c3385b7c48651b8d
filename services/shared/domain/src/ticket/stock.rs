//! Goods that move without a sale: to and from another location, and by a count. No money stands on such a ticket.

use std::fmt::Arguments;

use crate::masters::Store;
use crate::record::pos::{Line, Transaction};
use crate::vocabulary::LineKind;

use super::booking::without_money;
use super::{Code, Quoted, Reasons, lines};

/// Adds everything for which a ticket of stock cannot be booked.
pub(super) fn check(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    without_money(transaction, reasons);
    let mut refuse = |field: Arguments<'_>, what: &str| {
        let kind = Quoted(&transaction.kind);
        reasons.add(Code::StockMovement, field, format_args!("a {kind} {what}"));
    };
    if !transaction.links.is_empty() {
        refuse(format_args!("links"), "refers to no earlier ticket; leave its links out");
    }
    for (index, line) in transaction.lines.iter().enumerate().filter(|(_, line)| !line.voided) {
        let at = format_args!("lines[{index}].");
        match LineKind::of(&line.kind) {
            Some(LineKind::Stock(moved)) if moved.ticket() == transaction.kind => {}
            _ => refuse(
                format_args!("{at}kind"),
                "moves stock only; send other lines on a ticket of their own",
            ),
        }
        for (field, _) in carried(line, store).into_iter().filter(|(_, there)| *there) {
            refuse(format_args!("{at}{field}"), "has lines of an item and a quantity; leave this out");
        }
    }
    for (index, line) in transaction.lines.iter().enumerate().filter(|(_, line)| !line.voided) {
        lines::names_item(format_args!("lines[{index}]."), line, reasons);
    }
}

/// What a line has that moves no stock, or that of somebody else.
fn carried(line: &Line, store: &Store) -> [(&'static str, bool); 9] {
    [
        ("amount", !line.amount.is_zero()),
        ("discounts", !line.discounts.is_empty()),
        ("taxes", !line.taxes.is_empty()),
        ("stored_value", line.stored_value.is_some()),
        ("original", line.original.is_some()),
        ("disposition", line.disposition.is_some()),
        ("fulfilment", line.fulfilment.is_some()),
        (
            "fulfilment_location",
            line.fulfilment_location.as_ref().is_some_and(|place| *place != store.location),
        ),
        ("owner", line.owner.is_some()),
    ]
}
