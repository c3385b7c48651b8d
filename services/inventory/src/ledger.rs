//! Decides what each movement does to stock: new positions at once, adjustments when a bucket closes.
//!
//! Pure: movements come in, positions and adjustments come out. Only legs at places the location holds
//! count; the far side of a movement (customer, supplier, in transit) is somebody else's stock. A position
//! may go below zero, since a sale is never refused for lack of stock.
//!
//! When an item changes its stock unit, its position goes on in the new unit without being converted; the
//! sums of its buckets are kept apart by unit.

use std::ops::Bound;

use domain::account_map::AccountMap;
use domain::adjustment::{self, Change, Place};
use domain::number::Overflow;
use domain::record::inventory::{Adjustment, Leg, Movement, Position, StateQuantity};

use crate::state::{PlaceQuantity, State, Stock, bucket_prefix, stock_key, sum_key};

/// The kind of a record that moves stock.
pub const MOVE: &str = "move";
/// The kind of a record that closes a bucket at a location.
pub const CLOSE: &str = "bucket_close";

/// What one record led to, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The position of each item the record moved, once.
    pub positions: Vec<Position>,
    /// The adjustments of the bucket the record closed.
    pub adjustments: Vec<Adjustment>,
}

/// Why a record cannot be applied. Each is a mistake of ours or a gap in the account map: the service
/// stops and nothing is posted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A leg stands at a place nobody knows.
    #[error(
        "movement {movement} names the place `{place}`; run an inventory at least as new as the enrich that wrote it"
    )]
    Place {
        /// The movement.
        movement: String,
        /// The place.
        place: String,
    },
    /// The kind of a record is not known.
    #[error(
        "movement {movement} is of kind `{kind}`; run an inventory at least as new as the enrich that wrote it"
    )]
    Kind {
        /// The movement.
        movement: String,
        /// The kind.
        kind: String,
    },
    /// A sum left its digits.
    #[error("movement {movement}, item {item}: {source}")]
    Overflow {
        /// The movement.
        movement: String,
        /// The item.
        item: String,
        /// Why.
        source: Overflow,
    },
    /// The adjustments of a bucket cannot be made.
    #[error("bucket {bucket}: {source}")]
    Documents {
        /// The bucket, and its location.
        bucket: String,
        /// Why.
        source: adjustment::Error,
    },
}

/// Applies one record.
///
/// # Errors
/// [`Error`], after which the service must stop: the overlay may hold a part of the record.
pub fn apply(state: &mut State, movement: &Movement, map: &AccountMap) -> Result<Decisions, Error> {
    match movement.kind.as_str() {
        MOVE => Ok(Decisions { positions: moved(state, movement)?, adjustments: Vec::new() }),
        CLOSE => Ok(Decisions { positions: Vec::new(), adjustments: close(state, movement, map)? }),
        kind => Err(Error::Kind { movement: movement.movement.clone(), kind: kind.to_owned() }),
    }
}

fn moved(state: &mut State, movement: &Movement) -> Result<Vec<Position>, Error> {
    let prefix = bucket_prefix(&movement.bucket, &movement.location);
    let mut touched: Vec<&str> = Vec::new();
    for leg in &movement.legs {
        let place = Place::from_word(&leg.state)
            .ok_or_else(|| Error::Place { movement: movement.movement.clone(), place: leg.state.clone() })?;
        if !place.is_held() {
            continue;
        }
        let overflow =
            |source| Error::Overflow { movement: movement.movement.clone(), item: leg.item.clone(), source };
        keep(state, movement, leg, place).map_err(overflow)?;
        add_up(state, &prefix, leg).map_err(overflow)?;
        if !touched.contains(&leg.item.as_str()) {
            touched.push(&leg.item);
        }
    }
    Ok(touched.into_iter().filter_map(|item| position(state, &movement.location, item)).collect())
}

/// Changes the position of a leg's item.
fn keep(state: &mut State, movement: &Movement, leg: &Leg, place: Place) -> Result<(), Overflow> {
    let stock = state.stock.get_or_insert_with(&stock_key(&movement.location, &leg.item), Stock::default);
    if stock.netsuite_item != leg.netsuite_item {
        stock.netsuite_item.clone_from(&leg.netsuite_item);
    }
    if stock.unit != leg.unit {
        stock.unit.clone_from(&leg.unit);
    }
    stock.occurred_at = stock.occurred_at.max(movement.occurred_at);
    let at = match stock.places.binary_search_by_key(&place.word(), |held| held.place.word()) {
        Ok(at) => at,
        Err(at) => {
            stock.places.insert(at, PlaceQuantity { place, quantity: Default::default() });
            at
        }
    };
    if let Some(held) = stock.places.get_mut(at) {
        held.quantity = held.quantity.checked_add(leg.quantity)?;
    }
    Ok(())
}

/// Adds a leg to what its bucket changed; what comes to zero is forgotten.
fn add_up(state: &mut State, bucket_prefix: &str, leg: &Leg) -> Result<(), Overflow> {
    let key = sum_key(bucket_prefix, &leg.reason, &leg.unit, &leg.netsuite_item, &leg.item);
    let sum = state.sums.get_or_insert_with(&key, || Change {
        item: leg.item.clone(),
        reason: leg.reason.clone(),
        netsuite_item: leg.netsuite_item.clone(),
        unit: leg.unit.clone(),
        quantity: Default::default(),
    });
    sum.quantity = sum.quantity.checked_add(leg.quantity)?;
    if sum.quantity.is_zero() {
        state.sums.remove(&key);
    }
    Ok(())
}

fn position(state: &State, location: &str, item: &str) -> Option<Position> {
    let stock = state.stock.get(stock_key(location, item).as_str())?;
    let quantity =
        |held: &PlaceQuantity| StateQuantity { state: held.place.word().to_owned(), quantity: held.quantity };
    Some(Position {
        location: location.to_owned(),
        item: item.to_owned(),
        netsuite_item: stock.netsuite_item.clone(),
        unit: stock.unit.clone(),
        states: stock.places.iter().map(quantity).collect(),
        occurred_at: stock.occurred_at,
    })
}

/// Makes the adjustments of a bucket at a location and forgets its sums.
fn close(state: &mut State, close: &Movement, map: &AccountMap) -> Result<Vec<Adjustment>, Error> {
    let prefix = bucket_prefix(&close.bucket, &close.location);
    let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
    let held = state.sums.range::<str>(from).take_while(|(key, _)| key.starts_with(&prefix));
    let (keys, changes): (Vec<String>, Vec<Change>) =
        held.map(|(key, change)| (key.clone(), change.clone())).unzip();
    let documents = adjustment::documents(close, changes, map)
        .map_err(|source| Error::Documents { bucket: prefix.trim_end_matches('/').to_owned(), source })?;
    keys.iter().for_each(|key| state.sums.remove(key));
    Ok(documents)
}
