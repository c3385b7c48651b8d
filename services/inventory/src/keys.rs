//! The keys of state records: parts joined by slashes, escaped where a part holds one.
//!
//! A key begins with its group, the location of a position or the bucket of a sum, which ends with a slash.

use domain::adjustment::Change;
use domain::number::Quantity;
use domain::record::inventory::{Leg, MovementBucket};
use domain::record::sales::UnitCost;
use domain::text::{Text, text};

/// Parts of the name of a location's positions, and of a bucket's sums.
pub(crate) const STOCK_PARTS: usize = 1;
pub(crate) const SUM_PARTS: usize = 5;

/// The group of the positions of a location: `location/`.
#[must_use]
pub fn location(location: &str) -> Text {
    let mut group = Text::with_capacity(location.len() + 1);
    push(&mut group, location);
    group.push('/');
    group
}

/// The key of a position in its group: `item`.
#[must_use]
pub fn item(item: &str) -> Text {
    let mut key = Text::with_capacity(item.len());
    push(&mut key, item);
    key
}

/// The group of a bucket's sums at a location: `store/business date/window/version/location/`.
#[must_use]
pub fn bucket(bucket: &MovementBucket, location: &str) -> Text {
    let mut group = Text::with_capacity(64);
    push(&mut group, &bucket.store);
    group.push_str(&text!("/{}/{}/{}/", bucket.business_date, bucket.window, bucket.version));
    push(&mut group, location);
    group.push('/');
    group
}

/// A key and the group of so many parts that it begins with; `None` for a key that is too short.
#[must_use]
pub fn split(key: &str, parts: usize) -> Option<(&str, &str)> {
    let (end, _) = key.match_indices('/').nth(parts.checked_sub(1)?)?;
    key.split_at_checked(end + 1)
}

/// The key in its group of the sum a leg belongs to: `reason/unit/internal id/item`, and `/unit cost/currency` where
/// the leg states what a unit costs. Quantities of different units or costs never meet.
#[must_use]
pub fn sum(leg: &Leg) -> Text {
    let mut key = Text::with_capacity(24);
    for part in [&leg.reason, &leg.unit, &leg.netsuite_item] {
        push(&mut key, part);
        key.push('/');
    }
    push(&mut key, &leg.item);
    if let (Some(unit_cost), Some(currency)) = (leg.unit_cost, &leg.cost_currency) {
        key.push_str(&text!("/{unit_cost}/"));
        push(&mut key, currency);
    }
    key
}

/// What a sum says with its key in its group; `None` for a key that [`sum`] did not make.
#[must_use]
pub fn change(key: &str, quantity: Quantity) -> Option<Change> {
    let mut parts = key.split('/').map(part);
    let mut next = || parts.next();
    let (reason, unit, netsuite_item, item) = (next()?, next()?, next()?, next()?);
    let cost = match next() {
        None => None,
        Some(unit_cost) => Some(UnitCost { unit_cost: unit_cost.parse().ok()?, currency: next()?.into() }),
    };
    next().is_none().then_some(Change { item, reason, netsuite_item, unit, quantity, cost })
}

fn push(key: &mut Text, part: &str) {
    if !part.bytes().any(|byte| byte == b'/' || byte == b'%') {
        return key.push_str(part);
    }
    for letter in part.chars() {
        match letter {
            '/' => key.push_str("%2F"),
            '%' => key.push_str("%25"),
            letter => key.push(letter),
        }
    }
}

fn part(escaped: &str) -> String {
    escaped.replace("%2F", "/").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn leg(reason: &str, unit: &str, netsuite_item: &str, item: &str) -> Leg {
        Leg {
            item: item.into(),
            netsuite_item: netsuite_item.into(),
            unit: unit.into(),
            reason: reason.into(),
            ..Leg::default()
        }
    }

    #[test]
    fn a_key_is_read_back_as_it_was_made() {
        let place = MovementBucket { store: "367".into(), version: 2, ..MovementBucket::default() };
        let bucket = bucket(&place, "L1");
        assert_eq!(bucket, "367/1970-01-01/0/2/L1/");
        let costing = |unit_cost: &str, currency: &str, leg: Leg| Leg {
            unit_cost: Some(unit_cost.parse().unwrap()),
            cost_currency: Some(currency.into()),
            ..leg
        };
        for leg in [
            leg("sale", "EA", "77", "1082185"),
            costing("3.985", "USD", leg("return_intercompany", "EA", "77", "1082185")),
            costing("0", "a/b", leg("return_intercompany", "EA", "77", "1/2")),
            leg("a/b", "c", "d", "e"),
            leg("a", "b/c", "d", "e"),
            leg("%2F", "%", "/", "%25/%2F"),
            leg("", "", "", ""),
        ] {
            let key = sum(&leg);
            let whole = format!("{bucket}{key}");
            assert_eq!(split(&whole, SUM_PARTS), Some((bucket.as_str(), key.as_str())), "{key}");
            let read = change(&key, Quantity::ZERO).unwrap();
            assert_eq!(
                [&*read.reason, &*read.unit, &*read.netsuite_item, &*read.item],
                [&*leg.reason, &*leg.unit, &*leg.netsuite_item, &*leg.item],
                "{key}"
            );
            let cost = read.cost.map(|cost| (cost.unit_cost, cost.currency));
            assert_eq!(cost, leg.unit_cost.zip(leg.cost_currency), "{key}");
        }
        assert_eq!(sum(&leg("sale", "EA", "7", "1/2")), "sale/EA/7/1%2F2");
        assert_eq!(sum(&costing("3.98500", "USD", leg("sale", "EA", "7", "1"))), "sale/EA/7/1/3.985/USD");
        for other in ["sale/EA/7", "a/b/c/d/e", "a/b/c/d/1.00", "a/b/c/d/1.00/USD/f", "x", ""] {
            assert_eq!(change(other, Quantity::ZERO), None, "{other}");
        }
        assert_eq!(split("367/1970-01-01/0/2/L1", SUM_PARTS), None, "a bucket's location ends with a slash");
        assert_eq!(split("L1/", STOCK_PARTS), Some(("L1/", "")));
        let position = |place: &str, number: &str| format!("{}{}", location(place), item(number));
        assert_ne!(position("1", "2/3"), position("1/2", "3"));
    }
}
