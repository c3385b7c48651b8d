//! Decides what each movement does to stock: new positions at once, adjustments when a bucket closes.
//!
//! Pure: movements come in, positions and adjustments come out. Only legs at places the location holds
//! count; the far side of a movement (customer, supplier, in transit) is somebody else's stock. A position
//! may go below zero, since a sale is never refused for lack of stock; that is counted and said, for somebody to go and
//! count.
//!
//! When an item changes its stock unit, its position goes on in the new unit without being converted; the
//! sums of its buckets are kept apart by unit.

use domain::account_map::AccountMap;
use domain::adjustment::{self, Place};
use domain::number::{Overflow, Quantity};
use domain::record::inventory::{Adjustment, Leg, Movement, Position, StateQuantity};

use domain::text::{Text, text};
use runtime::overlay::Overlay;

use crate::keys;
use crate::state::{PlaceQuantity, State, Stock};

/// The kind of a record that moves stock.
pub const MOVE: &str = "move";
/// The kind of a record that closes a bucket at a location.
pub const CLOSE: &str = "bucket_close";

/// The kind of a record after which another account map holds. The shard takes it: it holds the maps.
pub const ADOPTED: &str = "account_map_adopted";

/// What one record led to, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The position of each item the record moved, once.
    pub positions: Vec<Position>,
    /// The adjustments of the bucket the record closed.
    pub adjustments: Vec<Adjustment>,
    /// The items of which on hand was not below zero before the record, and is after its last leg.
    pub shortfalls: Vec<Shortfall>,
}

/// What a location has on hand of an item fell below zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// Location.
    pub location: Text,
    /// Item number.
    pub item: Text,
    /// What is on hand since, in stock units, below zero.
    pub on_hand: Quantity,
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
    /// A state record has a key that is not ours.
    #[error("the state holds a sum under `{0}`, which is no key of inventory")]
    Key(Text),
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
        MOVE => moved(state, movement),
        CLOSE => Ok(Decisions { adjustments: close(state, movement, map)?, ..Decisions::default() }),
        kind => Err(Error::Kind { movement: movement.movement.to_string(), kind: kind.to_owned() }),
    }
}

fn moved(state: &mut State, movement: &Movement) -> Result<Decisions, Error> {
    let stock = state.stock.table_mut(keys::location(&movement.location));
    let sums = state.sums.table_mut(keys::bucket(&movement.bucket, &movement.location));
    // Each item with its first leg, and what was on hand before that.
    let mut touched: Vec<(Text, &Leg, Quantity)> = Vec::new();
    for leg in &movement.legs {
        let place = Place::from_word(&leg.state).ok_or_else(|| Error::Place {
            movement: movement.movement.to_string(),
            place: leg.state.to_string(),
        })?;
        if !place.is_held() {
            continue;
        }
        let overflow = |source| Error::Overflow {
            movement: movement.movement.to_string(),
            item: leg.item.to_string(),
            source,
        };
        let item = keys::item(&leg.item);
        let position = stock.get_or_insert_with(&item, Stock::default);
        position.occurred_at = position.occurred_at.max(movement.occurred_at);
        if !touched.iter().any(|(earlier, ..)| *earlier == item) {
            touched.push((item, leg, on_hand(position)));
        }
        keep(position, leg, place).map_err(overflow)?;
        add_up(sums, leg).map_err(overflow)?;
    }
    let mut decisions = Decisions { positions: Vec::with_capacity(touched.len()), ..Decisions::default() };
    for (item, leg, before) in touched {
        let Some(held) = stock.get(&item) else { continue };
        let after = on_hand(held);
        if after.is_negative() && !before.is_negative() {
            let (location, item) = (movement.location.clone(), leg.item.clone());
            decisions.shortfalls.push(Shortfall { location, item, on_hand: after });
        }
        decisions.positions.push(position(held, &movement.location, leg));
    }
    Ok(decisions)
}

/// What is on hand of an item; nothing where nobody said so.
fn on_hand(stock: &Stock) -> Quantity {
    let held = stock.places.iter().find(|held| held.place == Place::OnHand);
    held.map_or(Quantity::ZERO, |held| held.quantity)
}

/// Changes the position of a leg's item.
fn keep(stock: &mut Stock, leg: &Leg, place: Place) -> Result<(), Overflow> {
    match stock.places.binary_search_by_key(&place.word(), |held| held.place.word()) {
        Ok(at) => {
            if let Some(held) = stock.places.get_mut(at) {
                held.quantity = held.quantity.checked_add(leg.quantity)?;
            }
        }
        Err(at) => stock.places.insert(at, PlaceQuantity { place, quantity: leg.quantity }),
    }
    Ok(())
}

/// Adds a leg to what its bucket changed; what comes to zero is forgotten.
fn add_up(sums: &mut Overlay<Text, Quantity>, leg: &Leg) -> Result<(), Overflow> {
    let key = keys::sum(leg);
    let sum = sums.get_or_insert_with(&key, || Quantity::ZERO);
    *sum = sum.checked_add(leg.quantity)?;
    if sum.is_zero() {
        sums.remove(&key);
    }
    Ok(())
}

/// The position of a leg's item, in the leg's words for it.
fn position(stock: &Stock, location: &str, leg: &Leg) -> Position {
    let quantity =
        |held: &PlaceQuantity| StateQuantity { state: held.place.word().into(), quantity: held.quantity };
    Position {
        location: location.into(),
        item: leg.item.clone(),
        netsuite_item: leg.netsuite_item.clone(),
        unit: leg.unit.clone(),
        states: stock.places.iter().map(quantity).collect(),
        occurred_at: stock.occurred_at,
    }
}

/// Makes the adjustments of a bucket at a location and forgets its sums.
fn close(state: &mut State, close: &Movement, map: &AccountMap) -> Result<Vec<Adjustment>, Error> {
    let bucket = keys::bucket(&close.bucket, &close.location);
    let sums = state.sums.table_mut(bucket.clone());
    let (mut held, mut changes) = (Vec::new(), Vec::new());
    for (key, quantity) in sums.iter() {
        changes.push(keys::change(key, *quantity).ok_or_else(|| Error::Key(text!("{bucket}{key}")))?);
        held.push(key.clone());
    }
    let documents = adjustment::documents(close, changes, map)
        .map_err(|source| Error::Documents { bucket: bucket.trim_end_matches('/').to_owned(), source })?;
    held.iter().for_each(|key| sums.remove(key));
    Ok(documents)
}
