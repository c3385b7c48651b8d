//! What comes back to another store than the one that sold it.
//!
//! The store that takes it back bears it: its drawer pays, its revenue is reduced, and the goods are on its shelves;
//! the tax is given back as its till states it. Within one subsidiary nothing is owed between the two. Across
//! subsidiaries it would be, and that is not built yet.

use std::fmt::Arguments;

use crate::masters::{Store, Stores};
use crate::record::pos::{Link, Transaction};
use crate::ticket::{self, Code, Kind, Quoted, Reasons};
use crate::vocabulary::RETURNED;

/// Adds what of other stores cannot come back here.
pub(super) fn check(booked: &Transaction, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    if Kind::of(booked) != Some(Kind::Sale) {
        return;
    }
    for (index, link) in booked.links.iter().enumerate() {
        of_another(format_args!("links[{index}].store"), link, store, stores, reasons);
    }
    for (index, line) in booked.lines.iter().enumerate().filter(|(_, line)| !line.voided) {
        if let Some(original) = &line.original {
            of_another(format_args!("lines[{index}].original.store"), original, store, stores, reasons);
        }
    }
}

fn of_another(at: Arguments<'_>, link: &Link, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    if link.store == store.store || !RETURNED.contains(&link.kind.as_str()) {
        return;
    }
    let name = Quoted(&link.store);
    match stores.find(&link.store) {
        None => reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "{name}, which is said to have sold it, is not in the store master; correct or publish it"
            ),
        ),
        Some(other) if other.subsidiary != store.subsidiary => {
            ticket::not_yet(
                reasons,
                at,
                format_args!("a return of what another subsidiary sold, by {name},"),
            );
        }
        Some(_) => {}
    }
}
