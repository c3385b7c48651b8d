//! What touches two stores: goods that come back to another than the one that sold them, and goods that another
//! location hands over or ships.
//!
//! The store that takes it back bears it: its drawer pays, its revenue is reduced, and the goods are on its shelves;
//! the tax is given back as its till states it. Within one subsidiary nothing is owed between the two. Across
//! subsidiaries it would be, and that is not built yet.
//!
//! What another location hands over is sold here, and its stock moves there. The location is that of a store of the
//! master; a warehouse stands there as a store of its own.

use std::fmt::Arguments;

use crate::bucket::Touched;
use crate::masters::{Store, Stores};
use crate::record::pos::{Line, Link, Transaction};
use crate::text::Text;
use crate::ticket::{self, Code, Kind, Quoted, Reasons};
use crate::vocabulary::RETURNED;

/// Adds what of other stores cannot come back here, and what others cannot hand over.
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
        if let Some(location) = stock_of(line, store) {
            handed_over(format_args!("lines[{index}].fulfilment_location"), location, store, stores, reasons);
        }
    }
}

/// The location whose stock a line moves, where it is not the store's own.
pub(super) fn stock_of<'a>(line: &'a Line, store: &Store) -> Option<&'a Text> {
    line.fulfilment_location.as_ref().filter(|location| **location != store.location)
}

/// The locations other than the store's own whose stock a ticket moves.
pub(super) fn places<'a>(
    lines: &'a [Line],
    store: &'a Store,
    stores: &'a Stores,
) -> impl Iterator<Item = Touched> + 'a {
    let booked = lines.iter().filter(|line| !line.voided);
    booked
        .filter_map(|line| stock_of(line, store))
        .filter_map(|location| stores.at(location))
        .map(Touched::of)
}

fn handed_over(at: Arguments<'_>, location: &str, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    let name = Quoted(location);
    match stores.at(location) {
        None => reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "{name} is the location of no store in the store master, or of several that differ in its \
                 subsidiary or ids; correct or publish it"
            ),
        ),
        Some(other) if other.subsidiary != store.subsidiary => {
            ticket::not_yet(reasons, at, format_args!("goods of another subsidiary, handed over by {name},"));
        }
        Some(_) => {}
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
