//! Masters of a small shop.

use domain::record::reference::{Component, Item, ItemVersion, Store};

use crate::{amount, date, quantity};

/// A store in New York that starts its numbers anew each business date.
#[must_use]
pub fn store(number: &str) -> Store {
    Store {
        store: number.to_owned(),
        name: Some(format!("Store {number}")),
        subsidiary: "US".to_owned(),
        subsidiary_netsuite_id: "1".to_owned(),
        location: number.to_owned(),
        location_netsuite_id: format!("9{number}"),
        currency: "USD".to_owned(),
        currency_netsuite_id: None,
        zone: "America/New_York".to_owned(),
        sequence_epochs: "daily".to_owned(),
        window_minutes: 0,
        go_live: None,
        active: true,
        barcode_layouts: Vec::new(),
        ..Store::default()
    }
}

/// The record that marks a complete snapshot of the store master.
#[must_use]
pub fn stores_complete() -> Store {
    Store { store: "*".to_owned(), ..Store::default() }
}

/// A piece that is counted in stock, of one department, for ever.
#[must_use]
pub fn item(number: &str, department: &str) -> Item {
    Item {
        item: number.to_owned(),
        barcodes: Vec::new(),
        versions: vec![ItemVersion {
            effective_from: date("2000-01-01"),
            revision: 1,
            netsuite_id: Some(format!("7{number}")),
            kind: "inventory".to_owned(),
            department: department.to_owned(),
            description: None,
            stock_unit: "EA".to_owned(),
            units_per_sale: quantity("1"),
            sale_units: None,
            tax_code: None,
            active: true,
            components: Vec::new(),
            costs: Vec::new(),
        }],
    }
}

/// A kit of one department, for ever: of each component its item, quantity and value.
#[must_use]
pub fn kit(number: &str, components: &[(&str, &str, &str)]) -> Item {
    let mut kit = item(number, "kits");
    kit.versions[0].kind = "kit".to_owned();
    let component = |(item, taken, value): &(&str, &str, &str)| Component {
        item: (*item).to_owned(),
        quantity: quantity(taken),
        value: amount(value),
    };
    kit.versions[0].components = components.iter().map(component).collect();
    kit
}

/// The record that marks a complete snapshot of the item master.
#[must_use]
pub fn items_complete() -> Item {
    Item { item: "*".to_owned(), ..Item::default() }
}
