//! A store, its items and a plain sale, for the tests of this crate.
#![allow(clippy::unwrap_used)]

use crate::calendar::{Date, Timestamp};
use crate::masters::{Items, Store, Stores};
use crate::number::{Amount, Quantity};
use crate::record::pos::{Discount, Line, Tax, Tender, Transaction};
use crate::record::reference;

/// Reads an amount.
pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Reads a quantity.
pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// Reads a date.
pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The master record of store 101 in Mexico City.
pub(crate) fn store_record() -> reference::Store {
    reference::Store {
        store: "101".into(),
        subsidiary: "MX".into(),
        subsidiary_netsuite_id: "3".into(),
        location: "L101".into(),
        location_netsuite_id: "17".into(),
        currency: "MXN".into(),
        zone: "America/Mexico_City".into(),
        sequence_epochs: "daily".into(),
        active: true,
        other_subsidiaries: vec!["US".into()],
        ..reference::Store::default()
    }
}

/// Store 101.
pub(crate) fn store() -> Store {
    Store::check(store_record()).unwrap()
}

/// Store 101, 102 of the same subsidiary, and 201 of another; each has a location of its own.
pub(crate) fn stores() -> Stores {
    let mut stores = Stores::default();
    for (offset, (name, subsidiary)) in (0..).zip([("101", "MX"), ("102", "MX"), ("201", "US")]) {
        let record = reference::Store {
            store: name.into(),
            subsidiary: subsidiary.into(),
            location: format!("L{name}"),
            other_subsidiaries: Vec::new(),
            ..store_record()
        };
        assert_eq!(stores.apply(name, Some(record), offset), None);
    }
    stores
}

/// The master record of an item with one version.
pub(crate) fn item_record(number: &str, kind: &str, department: &str) -> reference::Item {
    reference::Item {
        item: number.into(),
        barcodes: vec![format!("750{number}")],
        versions: vec![reference::ItemVersion {
            effective_from: date("2020-01-01"),
            revision: 7,
            netsuite_id: Some(format!("9{number}")),
            kind: kind.into(),
            department: department.into(),
            stock_unit: "EA".into(),
            units_per_sale: quantity("1"),
            active: true,
            ..reference::ItemVersion::default()
        }],
    }
}

/// The master record of a kit: of each component its item, quantity and value.
pub(crate) fn kit_record(number: &str, components: &[(&str, &str, &str)]) -> reference::Item {
    let mut kit = item_record(number, "kit", "kits");
    let component = |(item, taken, value): &(&str, &str, &str)| reference::Component {
        item: (*item).into(),
        quantity: quantity(taken),
        value: amount(value),
    };
    kit.versions[0].components = components.iter().map(component).collect();
    kit
}

/// Goods 1 and 2, fuel 3 in thousandths of a gallon, a gift card 4, work 5, another's card 7, fruit 8 by weight with
/// labels; a kit 6 of two of 1 and one of 2 for 12.00 each and work 5 for 9.00.
pub(crate) fn items() -> Items {
    let mut items = Items::default();
    let mut fuel = item_record("3", "inventory", "fuel");
    fuel.versions[0].stock_unit = "GLL".into();
    fuel.versions[0].units_per_sale = quantity("0.001");
    let mut fruit = item_record("8", "inventory", "fruit");
    fruit.versions[0].stock_unit = "KGM".into();
    fruit.barcodes = vec!["2000008000000".into(), "2200008000004".into()];
    let records = [
        item_record("1", "inventory", "grocery"),
        item_record("2", "inventory", "toys"),
        fuel,
        item_record("4", "gift_card", "cards"),
        item_record("5", "service", "repair"),
        kit_record("6", &[("1", "2", "12.00"), ("2", "1", "12.00"), ("5", "1", "9.00")]),
        item_record("7", "third_party_gift_card", "cards"),
        fruit,
    ];
    for (offset, record) in (0..).zip(records) {
        assert_eq!(items.apply(&record.item.clone(), Some(record), offset), None);
    }
    items
}

/// One line of a sale.
pub(crate) fn line(number: i32, item: &str, quantity_sold: &str, gross: &str) -> Line {
    Line {
        line: number,
        kind: "sale".into(),
        item: Some(item.into()),
        department: Some("till".into()),
        quantity: quantity(quantity_sold),
        amount: amount(gross),
        ..Line::default()
    }
}

/// A tender.
pub(crate) fn tender(kind: &str, taken: &str, change: &str) -> Tender {
    Tender { kind: kind.into(), amount: amount(taken), change: amount(change), ..Tender::default() }
}

/// A discount.
pub(crate) fn discount(kind: &str, off: &str) -> Discount {
    Discount { kind: kind.into(), amount: amount(off), ..Discount::default() }
}

/// An added tax.
pub(crate) fn tax(code: &str, collected: &str) -> Tax {
    Tax {
        code: code.into(),
        kind: "vat".into(),
        treatment: "taxable".into(),
        amount: amount(collected),
        ..Tax::default()
    }
}

/// A sale of 2 x item 1 at 39.98 less 4.00 plus 3.42 tax and a line of item 2 at 5.00, paid 20.00 by
/// card and 30.00 cash with 5.60 change.
pub(crate) fn sale() -> Transaction {
    let mut first = line(1, "1", "2", "39.98");
    first.discounts = vec![discount("promotion", "4.00")];
    first.taxes = vec![tax("IVA16", "3.42")];
    Transaction {
        store: "101".into(),
        register: "R1".into(),
        business_date: date("2026-03-14"),
        sequence: 7,
        kind: "sale".into(),
        ended_at: Timestamp(1_773_500_000_000),
        currency: "MXN".into(),
        total: Some(amount("44.40")),
        lines: vec![first, line(2, "2", "1", "5.00")],
        tenders: vec![tender("card", "20.00", "0"), tender("cash", "30.00", "5.60")],
        ..Transaction::default()
    }
}

/// A record that is only counted.
pub(crate) fn control(kind: &str) -> Transaction {
    Transaction { kind: kind.into(), total: None, lines: Vec::new(), tenders: Vec::new(), ..sale() }
}
