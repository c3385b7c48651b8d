//! Adjustments in tables, and what holds for any of them.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::inventory::MovementBucket;

fn map(lines_max: usize) -> AccountMap {
    let role = json!({ "default": "500" });
    let file = json!({
        "lines_max": lines_max,
        "accounts": { "500": { "type": "COGS" }, "510": { "type": "Expense" } },
        "subsidiaries": { "US": {
            "tender_clearing": role, "coupon_receivable": role, "discount": role, "returns": role, "sales": role,
            "gift_card_liability": role, "third_party_payable": role, "rounding": role, "store_credit_liability": role,
            "loyalty_liability": role, "layaway_deposit": role, "customer_deposit": role, "bottle_deposit": role,
            "tips_payable": role, "charity_payable": role, "paid_in": role, "paid_out": role,
            "safe": role, "over_short": role, "tax_payable": role, "suspense": role,
            "inventory_adjustment": {
                "sale": "500", "return": "500", "return_damaged": "500", "return_vendor": "500", "scrap": "500",
                "transfer": "500", "transfer_difference": "500", "count": "500",
                "damage": { "account": "510", "class": "4" }
            },
            "locations": { "L400": { "inventory_adjustment": { "sale": "510" } } }
        } }
    });
    AccountMap::read(&serde_json::from_value(file).unwrap()).unwrap()
}

fn close() -> Movement {
    Movement {
        kind: "bucket_close".into(),
        location: "L367".into(),
        location_netsuite_id: "77".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        bucket: MovementBucket {
            store: "367".into(),
            business_date: "2017-03-01".parse().unwrap(),
            window: 0,
            version: 1,
        },
        ..Movement::default()
    }
}

fn change(reason: &str, item: &str, quantity: &str) -> Change {
    Change {
        item: item.to_owned(),
        reason: reason.to_owned(),
        netsuite_item: format!("9{item}"),
        unit: "EA".to_owned(),
        quantity: quantity.parse().unwrap(),
        cost: None,
    }
}

fn table(documents: &[Adjustment]) -> Vec<String> {
    let row = |document: &Adjustment, line: &AdjustmentLine| {
        let (reason, account) = (&document.reason, &document.account_netsuite_id);
        format!("{reason} {account} {}/{} {} {}", document.part, document.parts, line.item, line.quantity)
    };
    documents.iter().flat_map(|document| document.lines.iter().map(move |line| row(document, line))).collect()
}

#[test]
fn one_document_per_reason_and_cost_account() {
    let changes = [
        change("sale", "3", "-2"),
        change("sale", "1", "-0.473000"),
        change("damage", "1", "-1"),
        change("sale", "2", "-1"),
        change("sale", "2", "1"),
        change("sale", "4", "-5"),
    ];
    let documents = documents(&close(), changes, &map(2)).unwrap();
    assert_eq!(
        table(&documents),
        ["damage 510 1/1 1 -1.00", "sale 500 1/2 1 -0.473", "sale 500 1/2 3 -2.00", "sale 500 2/2 4 -5.00",]
    );
    assert_eq!(documents[0].segment.as_deref(), Some("class:4"));
    assert_eq!(documents[1].segment, None);
    assert_eq!(documents[2].id, format!("{}_2", documents[1].id.strip_suffix("_1").unwrap()));
    assert_eq!(documents[1].family, documents[2].family);
    assert_eq!(documents[1].family, documents[1].id.replace("_0_1_L367", "_0_L367").replace("_1", ""));
}

/// The cost accounts are those of the location of the goods.
#[test]
fn an_adjustment_books_to_the_accounts_of_its_location() {
    for (location, account) in [("L367", "500"), ("L400", "510")] {
        let close = Movement { location: location.into(), ..close() };
        let documents = documents(&close, [change("sale", "1", "-2")], &map(200)).unwrap();
        assert_eq!(table(&documents), [format!("sale {account} 1/1 1 -2.00")], "{location}");
    }
}

#[test]
fn what_comes_to_zero_makes_no_document() {
    let changes = [change("sale", "1", "-1"), change("sale", "1", "1")];
    assert_eq!(documents(&close(), changes, &map(200)), Ok(Vec::new()));
}

#[test]
fn a_reason_without_a_cost_account_is_named() {
    let error = documents(&close(), [change("theft", "1", "-1")], &map(200)).unwrap_err();
    let expected = "no account for role `inventory_adjustment`, key `theft`, in subsidiary `US`";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn a_place_is_held_or_the_far_side() {
    for (word, held) in [
        ("on_hand", Some(true)),
        ("reserved", Some(true)),
        ("damaged", Some(true)),
        ("customer", Some(false)),
        ("supplier", Some(false)),
        ("in_transit", Some(false)),
        ("count_difference", Some(false)),
        ("shelf", None),
    ] {
        assert_eq!(Place::from_word(word).map(Place::is_held), held, "{word}");
    }
}

proptest! {
    #[test]
    fn any_order_makes_the_same_documents_and_no_unit_is_lost(
        rows in prop::collection::vec((0..2_usize, 0..20_u32, -5_000_000_i64..1_000_000), 0..40),
        lines_max in 2..6_usize,
        turn in any::<prop::sample::Index>(),
    ) {
        let reasons = ["sale", "damage"];
        let changes: Vec<_> = rows
            .iter()
            .map(|(reason, item, units)| Change {
                quantity: Quantity::from_units(*units).unwrap(),
                ..change(reasons[*reason], &item.to_string(), "0")
            })
            .collect();
        let made = documents(&close(), changes.clone(), &map(lines_max)).unwrap();
        let mut other = changes;
        other.reverse();
        if !other.is_empty() {
            let middle = turn.index(other.len());
            other.rotate_left(middle);
        }
        prop_assert_eq!(&documents(&close(), other, &map(lines_max)).unwrap(), &made);
        let lines = || made.iter().flat_map(|document| &document.lines);
        prop_assert_eq!(
            lines().map(|line| line.quantity.units()).sum::<i64>(),
            rows.iter().map(|(_, _, units)| units).sum::<i64>()
        );
        prop_assert!(lines().all(|line| !line.quantity.is_zero()));
        prop_assert!(made.iter().all(|document| (1..=lines_max).contains(&document.lines.len())));
    }
}
