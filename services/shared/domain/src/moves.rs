//! Which stock a sale moves: one movement per location, whose legs sum to zero per item.
//!
//! A line moves the stock of the store's own location, or of the one that hands its goods over.
//!
//! Goods leave the state `on_hand` of the location for the virtual place `customer`. What is taken back comes
//! from there, into the state its disposition says: goods that cannot be sold again are `damaged`, and go on to
//! the virtual place `scrapped` where they are thrown away. Each state has a reason of its own, by which the cost
//! side is booked; what crosses subsidiaries states what a unit costs, where that is known. Promised goods are
//! `reserved` until they are collected or given up. What undoes an earlier ticket takes its steps back, for the reasons
//! it took them. A sale that books nothing, and lines without stock units, move nothing.

use std::collections::BTreeSet;

use compact_str::format_compact;

use crate::adjustment::Place;
use crate::bucket::Touched;
use crate::masters::{Store, Stores};
use crate::number::Quantity;
use crate::record::inventory::{Leg, Movement, MovementBucket};
use crate::record::sales::{Sale, SaleLine, UnitCost};
use crate::text::Text;
use crate::vocabulary::{self, Step, StockMove};

/// The movements of a sale: one for each location, none when no stock moves. Locations that are not the store's own
/// are looked up among the stores: what a valid ticket names is there.
#[must_use]
pub fn moves(sale: &Sale, store: &Store, stores: &Stores) -> Vec<Movement> {
    if !sale.books {
        return Vec::new();
    }
    let own = movement(sale, store, Touched::of(store), legs(&sale.lines, None, &sale.subsidiary, false));
    let elsewhere: BTreeSet<&Text> = sale.lines.iter().filter_map(|line| line.location.as_ref()).collect();
    let elsewhere = elsewhere.into_iter().filter_map(|location| {
        let place = stores.at(location).map(Touched::of)?;
        let foreign = place.subsidiary != sale.subsidiary;
        let legs = legs(&sale.lines, Some(location), &sale.subsidiary, foreign);
        movement(sale, store, place, legs)
    });
    own.into_iter().chain(elsewhere).collect()
}

fn movement(sale: &Sale, store: &Store, place: Touched, legs: Vec<Leg>) -> Option<Movement> {
    let id = &sale.ticket;
    let Touched { location, location_netsuite_id, subsidiary, subsidiary_netsuite_id } = place;
    (!legs.is_empty()).then(|| Movement {
        kind: Text::const_new("move"),
        movement: format_compact!("{}_{}_{}_{}", store.store, id.register, id.epoch, id.sequence),
        location,
        location_netsuite_id,
        subsidiary,
        subsidiary_netsuite_id,
        currency: None,
        bucket: MovementBucket {
            store: store.store.clone(),
            business_date: sale.bucket.business_date,
            window: sale.bucket.window,
            version: sale.bucket.version,
        },
        occurred_at: sale.ended_at,
        legs,
        account_map: None,
    })
}

/// The legs of what a line took out of stock, or brought back: two for each step. `crosses` where the goods are those
/// of another subsidiary than that which sold them.
fn steps(line: &SaleLine, quantity: Quantity, crosses: bool) -> impl Iterator<Item = Leg> + '_ {
    let size = if quantity.is_negative() { quantity.negated() } else { quantity };
    // Taken back, a step leads from where it led to.
    let size = if line.reversal { size.negated() } else { size };
    let leg = |place: Place, reason: &'static str, cost: Option<&UnitCost>, quantity| Leg {
        item: line.item.clone().unwrap_or_default(),
        netsuite_item: line.netsuite_item.clone().unwrap_or_default(),
        state: Text::const_new(place.word()),
        quantity,
        unit: line.stock_unit.clone().unwrap_or_default(),
        reason: Text::const_new(reason),
        unit_cost: cost.map(|cost| cost.unit_cost),
        cost_currency: cost.map(|cost| cost.currency.clone()),
    };
    way(line).iter().flat_map(move |step| {
        let reason = if crosses { vocabulary::between_subsidiaries(step.reason) } else { step.reason };
        // A step that crosses nothing, as the way of what came back to the scrap, is NetSuite's to value.
        let cost = line.cost.as_deref().filter(|_| reason != step.reason);
        [leg(step.from, reason, cost, size.negated()), leg(step.to, reason, cost, size)]
    })
}

/// Where the goods of a line go.
fn way(line: &SaleLine) -> &'static [Step] {
    if let Some(moved) = line.moved.as_deref() {
        // Another word comes from a newer enrich, whose moves these are not.
        return StockMove::of(moved).map_or(&[], |moved| moved.steps(came_back(line)));
    }
    match (line.promise.as_deref(), came_back(line)) {
        (Some(vocabulary::RESERVE), false) => vocabulary::RESERVED,
        (Some(vocabulary::RESERVE), true) => vocabulary::RELEASED,
        (Some(vocabulary::COLLECT), false) => vocabulary::COLLECTED,
        (_, false) => vocabulary::SOLD,
        // Another state does not pass the check of the ticket.
        (_, true) => vocabulary::returned(line.disposition.as_deref()).unwrap_or_default(),
    }
}

/// True for what was taken back, and for what undoes that.
fn came_back(line: &SaleLine) -> bool {
    line.quantity.is_negative() != line.reversal
}

/// What tells apart the lines of one item.
type Way<'a> = (bool, &'a str, Option<&'a str>, Option<&'a str>, bool, Option<&'a UnitCost>);

/// Whether it comes back, in what state, whether it is promised, or moves without a sale, whether another subsidiary
/// sold it, and what it costs where it crosses to another.
fn way_of<'a>(line: &'a SaleLine, home: &str) -> Way<'a> {
    let state = line.disposition.as_deref().unwrap_or(vocabulary::RESALEABLE);
    let (promise, moved) = (line.promise.as_deref(), line.moved.as_deref());
    (came_back(line), state, promise, moved, is_of_another(line, home), line.cost.as_deref())
}

/// True where another subsidiary than that of the ticket sold what comes back.
fn is_of_another(line: &SaleLine, home: &str) -> bool {
    line.booked_in.as_deref().is_some_and(|seller| seller.subsidiary != home)
}

/// The legs of all lines of a location, summed by item, way and state, in the order of item numbers; what goes before
/// what comes back. `home` is the subsidiary of the store, `foreign` where that of the location is another.
pub(crate) fn legs(lines: &[SaleLine], location: Option<&Text>, home: &str, foreign: bool) -> Vec<Leg> {
    let here = lines.iter().filter(|line| line.location.as_ref() == location);
    let moving = here.filter(|line| !line.quantity.is_zero());
    let mut moving: Vec<(&str, &SaleLine)> =
        moving.filter_map(|line| line.item.as_deref().map(|item| (item, line))).collect();
    // Lines of one item stay in the order of the receipt. Few items stand on a ticket twice.
    moving.sort_by(|(item, line), (other, next)| {
        item.cmp(other).then_with(|| way_of(line, home).cmp(&way_of(next, home)))
    });
    let mut sums: Vec<(&str, &SaleLine, Quantity)> = Vec::with_capacity(moving.len());
    for (item, line) in moving {
        let is_same = |last: &SaleLine| way_of(last, home) == way_of(line, home);
        let last = sums.last_mut().filter(|(last, first, _)| *last == item && is_same(first));
        match last.and_then(|(_, _, sum)| sum.checked_add(line.quantity).ok().map(|new| (sum, new))) {
            Some((sum, new)) => *sum = new,
            // The first of its item; or more than a number holds, which then takes legs of its own.
            None => sums.push((item, line, line.quantity)),
        }
    }
    let mut legs = Vec::with_capacity(sums.len().saturating_mul(2));
    for (_, line, sum) in sums.into_iter().filter(|(_, _, sum)| !sum.is_zero()) {
        legs.extend(steps(line, sum, foreign || is_of_another(line, home)));
    }
    legs
}

#[cfg(test)]
mod tests;
