//! Legs sum to zero per item, and hold exactly what the lines sold.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::record::sales::{Bucket, TicketId};
use crate::ticket::fixture::{date, quantity, store};

fn line(item: &str, sold: &str) -> SaleLine {
    SaleLine {
        role: "sales".into(),
        item: Some(item.into()),
        netsuite_item: Some(format_compact!("9{item}")),
        quantity: quantity(sold),
        stock_unit: Some("EA".into()),
        ..SaleLine::default()
    }
}

fn sale(lines: Vec<SaleLine>) -> Sale {
    Sale {
        ticket: TicketId {
            register: "R1".into(),
            epoch: 20_526,
            sequence: 7,
            business_date: date("2026-03-14"),
        },
        bucket: Bucket { business_date: date("2026-03-14"), window: 3, version: 2 },
        ended_at: crate::calendar::Timestamp(5),
        books: true,
        lines,
        ..Sale::default()
    }
}

#[test]
fn goods_leave_the_location_for_the_customer() {
    let moved =
        moves(&sale(vec![line("2", "1"), line("1", "2.5"), line("2", "3")]), &store(), &Stores::default());
    let [movement] = &moved[..] else { panic!("one location") };
    assert_eq!((movement.kind.as_str(), movement.movement.as_str()), ("move", "101_R1_20526_7"));
    assert_eq!((movement.location.as_str(), movement.location_netsuite_id.as_str()), ("L101", "17"));
    assert_eq!((movement.subsidiary.as_str(), movement.subsidiary_netsuite_id.as_str()), ("MX", "3"));
    assert_eq!(
        (movement.bucket.store.as_str(), movement.bucket.window, movement.bucket.version),
        ("101", 3, 2)
    );
    assert_eq!(movement.occurred_at, crate::calendar::Timestamp(5));
    let legs: Vec<_> = movement
        .legs
        .iter()
        .map(|leg| (leg.item.as_str(), leg.state.as_str(), leg.quantity, leg.reason.as_str()))
        .collect();
    assert_eq!(
        legs,
        [
            ("1", "on_hand", quantity("-2.5"), "sale"),
            ("1", "customer", quantity("2.5"), "sale"),
            ("2", "on_hand", quantity("-4"), "sale"),
            ("2", "customer", quantity("4"), "sale"),
        ]
    );
    assert_eq!((movement.legs[0].netsuite_item.as_str(), movement.legs[0].unit.as_str()), ("91", "EA"));
}

#[test]
fn what_has_no_stock_moves_nothing() {
    let counted = Sale { books: false, ..sale(vec![line("1", "1")]) };
    let nameless = SaleLine { item: None, ..line("1", "1") };
    for (name, sale) in [
        ("counted only", counted),
        ("no lines", sale(vec![])),
        ("no stock units", sale(vec![line("1", "0")])),
        ("in suspense", sale(vec![SaleLine { role: "suspense".into(), ..line("9", "0") }])),
        ("no item", sale(vec![nameless])),
    ] {
        assert_eq!(moves(&sale, &store(), &Stores::default()), [], "{name}");
    }
}

#[test]
fn what_comes_back_goes_where_its_state_says() {
    let back = |disposition: Option<&str>| SaleLine {
        role: "returns".into(),
        disposition: disposition.map(Into::into),
        ..line("1", "-1")
    };
    let lines = vec![
        back(Some("damaged")),
        line("1", "2"),
        back(None),
        back(Some("vendor")),
        back(Some("scrap")),
        back(Some("resaleable")),
    ];
    let moved = moves(&sale(lines), &store(), &Stores::default());
    let legs: Vec<_> = moved[0]
        .legs
        .iter()
        .map(|leg| (leg.state.as_str(), leg.quantity.to_string(), leg.reason.as_str()))
        .map(|(state, quantity, reason)| format!("{state} {quantity} {reason}"))
        .collect();
    let expected = [
        "on_hand -2.00 sale",
        "customer 2.00 sale",
        "customer -1.00 return_damaged",
        "damaged 1.00 return_damaged",
        "customer -2.00 return",
        "on_hand 2.00 return",
        "customer -1.00 return_damaged",
        "damaged 1.00 return_damaged",
        "damaged -1.00 scrap",
        "scrapped 1.00 scrap",
        "customer -1.00 return_vendor",
        "damaged 1.00 return_vendor",
    ];
    assert_eq!(legs, expected);
}

proptest! {
    #[test]
    fn legs_sum_to_zero_per_item(
        lines in proptest::collection::vec(
            (0_u8..4, prop_oneof![-5_000_000_i64..5_000_000, -999_999_999_999_999_999_i64..=999_999_999_999_999_999]),
            0..12,
        ),
    ) {
        let lines: Vec<SaleLine> = lines
            .into_iter()
            .map(|(item, units)| SaleLine { quantity: Quantity::from_units(units).unwrap(), ..line(&item.to_string(), "0") })
            .collect();
        let mut sold: BTreeMap<Text, i128> = BTreeMap::new();
        for line in &lines {
            *sold.entry(line.item.clone().unwrap()).or_default() += i128::from(line.quantity.units());
        }
        let moved = moves(&sale(lines), &store(), &Stores::default());
        prop_assert!(moved.len() <= 1);
        let sum = |item: &str, state: &str| -> i128 {
            let legs = moved.iter().flat_map(|movement| &movement.legs);
            legs.filter(|leg| leg.item == item && leg.state == state).map(|leg| i128::from(leg.quantity.units())).sum()
        };
        for (item, sold) in sold {
            prop_assert_eq!(sum(&item, "customer"), sold);
            prop_assert_eq!(sum(&item, "on_hand"), -sold);
        }
    }
}
