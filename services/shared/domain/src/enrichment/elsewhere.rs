//! What touches two stores: goods that come back to another than the one that sold them, balances that another one
//! issued, and goods that another location hands over or ships.
//!
//! Within one subsidiary the store that takes something back bears it: its drawer pays, its revenue is reduced, and the
//! goods are on its shelves. Where its policy says so, the store that sold it does instead. What a store of another
//! subsidiary sold is given back in the books of that one, tax included, and so is a balance redeemed that it issued:
//! the two then owe each other what the drawer paid or took. The tax is given back as the till states it, one of the
//! whole ticket with its lines. The goods stay where they came back.
//!
//! What another location hands over is sold here, and its stock moves there. The location is that of a store of the
//! master; a warehouse stands there as a store of its own.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use crate::account_map::Role;
use crate::bucket::Touched;
use crate::calendar::Date;
use crate::masters::{Reversal, Store, Stores};
use crate::record::pos::{Line, Link, StoredValue, Transaction};
use crate::record::sales::OtherStore;
use crate::text::Text;
use crate::ticket::{self, Code, Kind, Quoted, Reasons, is_of_return};
use crate::vocabulary::{self, LineKind};

use super::price::less_discounts;

/// Adds what of other stores cannot come back here, and what others cannot hand over.
pub(super) fn check(booked: &Transaction, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    if Kind::of(booked) != Some(Kind::Sale) {
        return;
    }
    for (index, link) in booked.links.iter().enumerate() {
        of_another(format_args!("links[{index}].store"), link, store, stores, reasons);
    }
    let mut crosses = false;
    for (index, line) in booked.lines.iter().enumerate().filter(|(_, line)| !line.voided) {
        if let Some(original) = &line.original {
            of_another(format_args!("lines[{index}].original.store"), original, store, stores, reasons);
        }
        if let Some(location) = stock_of(line, store) {
            let at = format_args!("lines[{index}].fulfilment_location");
            handed_over(at, location, store, stores, reasons);
        }
        let at = format_args!("lines[{index}].stored_value.issuer");
        is_usable(at, line.stored_value.as_deref(), stores, reasons);
        if let Some(other) = seller(booked, line, store, stores) {
            crosses |= vocabulary::may_be_taxed(line) && !less_discounts(line).is_zero();
            in_its_books(format_args!("lines[{index}]"), other, store, stores, reasons);
        }
    }
    if crosses && !booked.taxes.is_empty() {
        ticket::misplaced(
            reasons,
            format_args!("taxes"),
            format_args!(
                "a tax of the whole ticket that gives back in the books of another store, and cannot be told apart \
                 (state it on its lines, or with the one rate that makes it of their prices),"
            ),
        );
    }
    let returned: BTreeSet<&Text> =
        booked.links.iter().filter(|link| is_of_return(link)).map(|link| &link.store).collect();
    let any_foreign = returned.iter().any(|number| bearer(number, store, stores).is_some());
    let is_untold = |line: &Line| !line.voided && gives_back(line) && line.original.is_none();
    if returned.len() > 1 && any_foreign && booked.lines.iter().any(is_untold) {
        ticket::misplaced(
            reasons,
            format_args!("links"),
            format_args!(
                "a return of what several stores sold, in the books of one of them too, without `original` on its \
                 lines,"
            ),
        );
    }
    for (index, tender) in booked.tenders.iter().enumerate() {
        let account = tender.stored_value.as_ref();
        let at = format_args!("tenders[{index}].stored_value.issuer");
        is_usable(at, account, stores, reasons);
        if let Some(other) = issuer(account, store, stores) {
            in_its_books(at, other, store, stores, reasons);
        }
    }
}

/// The other store in whose books a line is: the one that sold what comes back, or that issued the balance.
pub(super) fn seller<'a>(
    booked: &Transaction,
    line: &Line,
    store: &Store,
    stores: &'a Stores,
) -> Option<&'a Store> {
    if line.voided {
        return None;
    }
    if LineKind::of(&line.kind) == Some(LineKind::GiftCard) {
        return issuer(line.stored_value.as_deref(), store, stores);
    }
    if !gives_back(line) {
        return None;
    }
    bearer(&ticket::sold_by_any(booked, line)?.store, store, stores)
}

/// By whose cost, and that of which business date, the goods of a line are valued that cross subsidiaries: what comes
/// back by that of who sold it, when it was sold; what another one hands over by that of its own, when it is sold here,
/// which is `on`.
pub(super) fn valued_by<'a>(
    booked: &Transaction,
    line: &Line,
    on: Date,
    store: &Store,
    stores: &'a Stores,
) -> Option<(&'a Text, Date)> {
    match LineKind::of(&line.kind) {
        _ if line.voided => None,
        Some(LineKind::Return) => {
            let seller = seller(booked, line, store, stores)?;
            let crosses = seller.subsidiary != store.subsidiary;
            crosses.then_some((&seller.subsidiary, ticket::sold_by_any(booked, line)?.business_date))
        }
        Some(LineKind::Goods) => {
            let keeper = stores.at(stock_of(line, store)?)?;
            (keeper.subsidiary != store.subsidiary).then_some((&keeper.subsidiary, on))
        }
        _ => None,
    }
}

/// What the books of another store are made out to.
pub(super) fn books_of(store: &Store) -> OtherStore {
    OtherStore {
        location: store.location.clone(),
        location_netsuite_id: store.location_netsuite_id.clone(),
        subsidiary: store.subsidiary.clone(),
        subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
    }
}

/// The store of another subsidiary that issued a balance, where its issuer is one.
pub(super) fn issuer<'a>(
    account: Option<&StoredValue>,
    store: &Store,
    stores: &'a Stores,
) -> Option<&'a Store> {
    elsewhere(account?.issuer.as_deref()?, store, stores)
}

/// True for a balance that a store of the same subsidiary issued: it is the store's own, though it names an issuer.
pub(super) fn is_own(account: Option<&StoredValue>, store: &Store, stores: &Stores) -> bool {
    let issuer = account.and_then(|account| account.issuer.as_deref());
    issuer.and_then(|issuer| stores.find(issuer)).is_some_and(|other| other.subsidiary == store.subsidiary)
}

/// A store by number, where it is of another subsidiary.
fn elsewhere<'a>(number: &str, store: &Store, stores: &'a Stores) -> Option<&'a Store> {
    stores.find(number).filter(|other| other.subsidiary != store.subsidiary)
}

/// The store that sold what is given back, where that one bears it: it is of another subsidiary, or of the same one
/// with a location of its own, and the policy of the store that takes it back says so.
fn bearer<'a>(number: &str, store: &Store, stores: &'a Stores) -> Option<&'a Store> {
    stores.find(number).filter(|seller| match store.reversal {
        Reversal::Taker => seller.subsidiary != store.subsidiary,
        Reversal::Seller => seller.subsidiary != store.subsidiary || seller.location != store.location,
    })
}

/// True for a line that takes back goods, work, fees, or what was sold for others.
fn gives_back(line: &Line) -> bool {
    let kind = LineKind::of(&line.kind);
    matches!(kind, Some(LineKind::Return | LineKind::Unstocked | LineKind::Owed(Role::ThirdPartyPayable)))
        && vocabulary::takes_back(line.quantity, line.amount)
}

/// A store whose record cannot be used has no books: what it issued is not taken for a third party's.
fn is_usable(at: Arguments<'_>, account: Option<&StoredValue>, stores: &Stores, reasons: &mut Reasons) {
    let issuer = account.and_then(|account| account.issuer.as_deref());
    if let Some(issuer) = issuer.filter(|issuer| stores.is_refused(issuer)) {
        reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "{}, which issued it, stands in the store master with a record that cannot be used; correct it",
                Quoted(issuer)
            ),
        );
    }
}

/// What another store books needs one location in NetSuite, and what another subsidiary books more than that.
fn in_its_books(at: Arguments<'_>, other: &Store, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    if other.subsidiary != store.subsidiary {
        in_its_subsidiary(format_args!("{at}"), other, store, reasons);
    }
    if stores.at(&other.location).is_none() {
        reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "the location {} of store {} is that of several stores that differ in its subsidiary or ids; correct \
                 the store master",
                other.location, other.store
            ),
        );
    }
}

/// A store books in other subsidiaries where its master says so: only then their accounts are sure to be there. Both
/// subsidiaries book in the currency of the ticket, so NetSuite must be told which that is.
fn in_its_subsidiary(at: Arguments<'_>, other: &Store, store: &Store, reasons: &mut Reasons) {
    may_cross(format_args!("{at}"), other, store, reasons);
    let is_own_currency = other.currency == store.currency && other.currency_netsuite_id.is_none();
    if !is_own_currency && store.currency_netsuite_id.is_none() {
        reasons.add(
            Code::CurrencyNotOfStore,
            at,
            format_args!(
                "store {} is of another subsidiary, which may keep its books in another currency than {}; publish \
                 currency_netsuite_id of store {}, then release this",
                other.store,
                store.currency.as_str(),
                store.store
            ),
        );
    }
}

fn may_cross(at: Arguments<'_>, other: &Store, store: &Store, reasons: &mut Reasons) {
    if !store.other_subsidiaries.contains(&other.subsidiary) {
        let subsidiary = &other.subsidiary;
        ticket::misplaced(
            reasons,
            at,
            format_args!(
                "what is of the subsidiary {subsidiary}, which is none of the other_subsidiaries of store {} in the \
                 store master: add it there once the account map has its accounts, then release this; else it",
                store.store
            ),
        );
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
    match stores.at(location) {
        None => reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "{} is the location of no store in the store master, or of several that differ in its \
                 subsidiary or ids; correct or publish it",
                Quoted(location)
            ),
        ),
        Some(other) if other.subsidiary != store.subsidiary => may_cross(at, other, store, reasons),
        Some(_) => {}
    }
}

fn of_another(at: Arguments<'_>, link: &Link, store: &Store, stores: &Stores, reasons: &mut Reasons) {
    if link.store != store.store && is_of_return(link) && stores.find(&link.store).is_none() {
        reasons.add(
            Code::UnknownStore,
            at,
            format_args!(
                "{}, which is said to have sold it, is not in the store master; correct or publish it",
                Quoted(&link.store)
            ),
        );
    }
}
