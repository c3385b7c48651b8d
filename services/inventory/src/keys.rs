//! The keys of state records: parts joined by slashes, escaped where a part holds one.
//!
//! A key is in the order it is looked for, so what a bucket changed at a location stands together.

use domain::adjustment::Change;
use domain::number::Quantity;
use domain::record::inventory::{Leg, MovementBucket};
use domain::record::sales::UnitCost;
use domain::text::{Text, text};

/// The key of a position: `location/item`.
#[must_use]
pub fn stock(location: &str, item: &str) -> Text {
    let mut key = Text::with_capacity(location.len() + item.len() + 1);
    push(&mut key, location);
    key.push('/');
    push(&mut key, item);
    key
}

/// What the keys of a bucket's sums at a location begin with:
/// `store/business date/window/version/location/`.
#[must_use]
pub fn bucket(bucket: &MovementBucket, location: &str) -> Text {
    let mut key = Text::with_capacity(64);
    push(&mut key, &bucket.store);
    key.push_str(&text!("/{}/{}/{}/", bucket.business_date, bucket.window, bucket.version));
    push(&mut key, location);
    key.push('/');
    key
}

/// What the keys of the bucket begin with that a sum belongs to, as [`bucket`] makes it; `None` for a key
/// that [`sum`] did not make.
#[must_use]
pub fn bucket_of(key: &str) -> Option<&str> {
    let (end, _) = key.match_indices('/').nth(4)?;
    key.get(..=end)
}

/// The key of the sum a leg belongs to: what the bucket's keys begin with, then
/// `reason/unit/internal id/item`, and `/unit cost/currency` where the leg states what a unit costs. Quantities of
/// different units or costs never meet.
#[must_use]
pub fn sum(bucket: &str, leg: &Leg) -> Text {
    let mut key = Text::with_capacity(bucket.len() + 48);
    key.push_str(bucket);
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

/// What a sum says with its key; `None` for a key that [`sum`] did not make under this bucket.
#[must_use]
pub fn change(bucket: &str, key: &str, quantity: Quantity) -> Option<Change> {
    let mut parts = key.strip_prefix(bucket)?.split('/').map(part);
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
            let key = sum(&bucket, &leg);
            assert_eq!(bucket_of(&key), Some(bucket.as_str()), "{key}");
            let read = change(&bucket, &key, Quantity::ZERO).unwrap();
            assert_eq!(
                [&*read.reason, &*read.unit, &*read.netsuite_item, &*read.item],
                [&*leg.reason, &*leg.unit, &*leg.netsuite_item, &*leg.item],
                "{key}"
            );
            let cost = read.cost.map(|cost| (cost.unit_cost, cost.currency));
            assert_eq!(cost, leg.unit_cost.zip(leg.cost_currency), "{key}");
        }
        assert_eq!(sum(&bucket, &leg("sale", "EA", "7", "1/2")), "367/1970-01-01/0/2/L1/sale/EA/7/1%2F2");
        let costing = sum(&bucket, &costing("3.98500", "USD", leg("sale", "EA", "7", "1")));
        assert_eq!(costing, "367/1970-01-01/0/2/L1/sale/EA/7/1/3.985/USD");
        for other in [
            "367/1970-01-01/0/2/L1/sale/EA/7",
            "367/1970-01-01/0/2/L1/a/b/c/d/e",
            "367/1970-01-01/0/2/L1/a/b/c/d/1.00",
            "367/1970-01-01/0/2/L1/a/b/c/d/1.00/USD/f",
            "368/x",
        ] {
            assert_eq!(change(&bucket, other, Quantity::ZERO), None, "{other}");
        }
        assert_eq!(bucket_of("367/1970-01-01/0/2/L1"), None, "a bucket's location ends with a slash");
        assert_ne!(stock("1", "2/3"), stock("1/2", "3"));
    }
}
