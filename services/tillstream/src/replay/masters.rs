//! The item and store masters of the data set.
//!
//! Internal ids of NetSuite are the data set's numbers raised by an offset of their own for items and for
//! locations, so that an id that strays into the wrong place names nothing.

use std::collections::BTreeSet;

use domain::calendar::Date;
use domain::number::Quantity;
use domain::record::reference::{Item, ItemVersion, Store};

use super::kind::Kind;
use crate::completejourney::{Dataset, Product};

/// The subsidiary of every store, key of the account map.
pub const SUBSIDIARY: &str = "US";

/// The subsidiary's internal id: that of the one subsidiary a NetSuite account begins with.
pub const SUBSIDIARY_NETSUITE_ID: &str = "1";

/// Department of the items that the item file lacks.
pub const UNLISTED: &str = "UNLISTED";

/// The currency of the data set.
pub(super) const CURRENCY: &str = "USD";

/// The zone the timestamps came from.
pub(super) const ZONE: &str = "America/New_York";

/// 2017-01-01, the first date of the data set.
const FIRST_DATE_DAYS: i32 = 17_167;

pub(crate) const ITEM_NETSUITE_IDS: u64 = 100_000_000;
const LOCATION_NETSUITE_IDS: u64 = 100_000;

/// One piece, and one thousandth, in the smallest units of a quantity.
const ONE: i64 = 1_000_000;
const THOUSANDTH: i64 = 1_000;

/// The items of the item file, by product.
pub fn listed_items(dataset: &Dataset) -> impl Iterator<Item = Item> {
    dataset.products().iter().map(item)
}

/// The items that baskets name and the item file lacks, by product: goods of the department
/// [`UNLISTED`], which someone finds out about later.
#[must_use]
pub fn missing_items(dataset: &Dataset) -> Vec<Item> {
    let listed: BTreeSet<u32> = dataset.products().iter().map(|product| product.product_id).collect();
    let named: BTreeSet<u32> = dataset.lines().iter().map(|line| line.product_id).collect();
    let version = |product_id| version(product_id, Kind::Goods, UNLISTED.to_owned());
    named.difference(&listed).map(|product_id| of_version(*product_id, version(*product_id))).collect()
}

/// The stores that baskets name, by number.
#[must_use]
pub fn stores(dataset: &Dataset) -> Vec<Store> {
    let named: BTreeSet<u32> = dataset.lines().iter().map(|line| line.store_id).collect();
    named.into_iter().map(store).collect()
}

/// The record that marks a complete snapshot of items.
#[must_use]
pub fn all_items() -> Item {
    Item { item: domain::masters::SNAPSHOT_COMPLETE.to_owned(), ..Item::default() }
}

/// The record that marks a complete snapshot of stores.
#[must_use]
pub fn all_stores() -> Store {
    Store { store: domain::masters::SNAPSHOT_COMPLETE.to_owned(), ..Store::default() }
}

fn item(product: &Product) -> Item {
    let words = [product.product_type.as_deref(), product.package_size.as_deref()];
    let description = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let version = ItemVersion {
        description: (!description.is_empty()).then_some(description),
        ..version(product.product_id, Kind::of(product), product.department.clone())
    };
    of_version(product.product_id, version)
}

fn of_version(product_id: u32, version: ItemVersion) -> Item {
    Item { item: product_id.to_string(), barcodes: Vec::new(), versions: vec![version] }
}

fn version(product_id: u32, kind: Kind, department: String) -> ItemVersion {
    let (kind, stock_unit, units_per_sale) = match kind {
        Kind::Goods => ("inventory", "EA", ONE),
        Kind::Gasoline => ("inventory", "GLL", THOUSANDTH),
        Kind::GiftCard => ("gift_card", "EA", ONE),
        Kind::Coupon => ("non_inventory", "EA", ONE),
    };
    ItemVersion {
        effective_from: first_date(),
        revision: 1,
        netsuite_id: Some((ITEM_NETSUITE_IDS + u64::from(product_id)).to_string()),
        kind: kind.to_owned(),
        department,
        description: None,
        stock_unit: stock_unit.to_owned(),
        units_per_sale: Quantity::from_units(units_per_sale).unwrap_or_default(),
        sale_units: None,
        tax_code: None,
        active: true,
        components: Vec::new(),
        costs: Vec::new(),
    }
}

fn store(store_id: u32) -> Store {
    Store {
        store: store_id.to_string(),
        name: Some(format!("Store {store_id}")),
        subsidiary: SUBSIDIARY.to_owned(),
        subsidiary_netsuite_id: SUBSIDIARY_NETSUITE_ID.to_owned(),
        location: store_id.to_string(),
        location_netsuite_id: (LOCATION_NETSUITE_IDS + u64::from(store_id)).to_string(),
        currency: CURRENCY.to_owned(),
        currency_netsuite_id: None,
        zone: ZONE.to_owned(),
        sequence_epochs: "daily".to_owned(),
        window_minutes: 0,
        go_live: None,
        active: true,
        barcode_layouts: Vec::new(),
        ..Store::default()
    }
}

fn first_date() -> Date {
    Date::from_days(FIRST_DATE_DAYS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masters_hold_from_the_first_date_of_the_data() {
        assert_eq!(first_date().to_string(), "2017-01-01");
    }

    #[test]
    fn each_kind_of_product_is_what_the_books_need() {
        let product = |department: &str, product_type: &str| Product {
            product_id: 819_063,
            manufacturer_id: 1,
            department: department.to_owned(),
            brand: "National".to_owned(),
            category: None,
            product_type: Some(product_type.to_owned()),
            package_size: Some("16 OZ".to_owned()),
        };
        for (department, product_type, kind, unit, units_per_sale) in [
            ("GROCERY", "CEREAL", "inventory", "EA", "1.00"),
            ("FUEL", "GASOLINE-REG UNLEADED", "inventory", "GLL", "0.001"),
            ("MISCELLANEOUS", "MASTERCARD GIFT CARD", "gift_card", "EA", "1.00"),
            ("COUPON", "COUPONS/STORE & MFG", "non_inventory", "EA", "1.00"),
        ] {
            let item = item(&product(department, product_type));
            let version = &item.versions[0];
            assert_eq!(
                (version.kind.as_str(), version.stock_unit.as_str(), version.units_per_sale.to_string()),
                (kind, unit, units_per_sale.to_owned()),
                "{product_type}"
            );
            assert_eq!(version.department, department);
            assert_eq!(version.netsuite_id.as_deref(), Some("100819063"));
            assert_eq!(version.description, Some(format!("{product_type}, 16 OZ")));
        }
    }
}
