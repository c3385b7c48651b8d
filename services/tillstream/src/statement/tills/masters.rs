//! Stores and items as the records say, and what a line names of them.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::record::pos::Line;
use domain::record::reference::{Item, ItemVersion, Store};
use domain::text::Text;

use super::Cost;
use super::trading::Trading;

/// One, in millionths.
const ONE: i128 = 1_000_000;

/// In whose books something stands: those of a location, in its subsidiary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Books {
    pub(super) subsidiary: Text,
    pub(super) location: Text,
}

/// Where a store belongs.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) books: Books,
    location_netsuite_id: String,
    /// Whether the store that sold what comes back here bears it, where that is of the same subsidiary.
    pub(super) seller_bears: bool,
    pub(super) trading: Trading,
    /// How the labels of its scales are laid out.
    layouts: Vec<String>,
}

/// The masters.
#[derive(Debug, Default)]
pub(super) struct Masters {
    stores: BTreeMap<Text, Home>,
    items: BTreeMap<String, Item>,
    barcodes: BTreeMap<String, String>,
}

/// A part of a kit, or a whole item: so much of it for so many of the line, in millionths.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) number: &'a str,
    pub(super) item: &'a ItemVersion,
    pub(super) quantity: i128,
    pub(super) of_line: i128,
    /// Weight of its share of the price.
    pub(super) value: i128,
}

/// What a line names.
#[derive(Debug)]
pub(super) enum Known<'a> {
    Nothing,
    Item(&'a ItemVersion),
    Kit(Vec<Part<'a>>),
}

impl Known<'_> {
    /// How many items it is taken apart into.
    pub(super) fn parts(&self) -> u64 {
        match self {
            Self::Nothing | Self::Item(_) => 1,
            Self::Kit(parts) => parts.len() as u64,
        }
    }
}

impl Masters {
    pub(super) fn new(
        stores: impl IntoIterator<Item = Store>,
        items: impl IntoIterator<Item = Item>,
    ) -> Self {
        let home = |store: Store| {
            let home = Home {
                trading: Trading::of(&store),
                books: Books { subsidiary: store.subsidiary.into(), location: store.location.into() },
                location_netsuite_id: store.location_netsuite_id,
                seller_bears: store.reversal.as_deref() == Some("seller"),
                layouts: store.barcode_layouts,
            };
            (Text::from(store.store), home)
        };
        let mut masters = Self { stores: stores.into_iter().map(home).collect(), ..Self::default() };
        masters.learn(items);
        masters
    }

    pub(super) fn learn(&mut self, items: impl IntoIterator<Item = Item>) {
        for item in items {
            for barcode in &item.barcodes {
                self.barcodes.insert(unpadded(barcode).to_owned(), item.item.clone());
            }
            self.items.insert(item.item.clone(), item);
        }
    }

    pub(super) fn home(&self, store: &str) -> Option<&Home> {
        self.stores.get(store)
    }

    /// The subsidiary that has the goods of a location.
    pub(super) fn subsidiary_at(&self, location: &str) -> Option<&Text> {
        self.at(location).map(|home| &home.books.subsidiary)
    }

    pub(super) fn location_netsuite_id(&self, location: &str) -> Option<&str> {
        self.at(location).map(|home| home.location_netsuite_id.as_str())
    }

    pub(super) fn netsuite_id(&self, item: &str, on: Date) -> Option<u64> {
        self.version(item, on)?.1.netsuite_id.as_ref()?.parse().ok()
    }

    /// What a stock unit costs a subsidiary on a date, where the master has that for such units.
    pub(super) fn cost(&self, item: &str, stock_unit: &str, subsidiary: &str, on: Date) -> Option<Cost> {
        let (_, version) = self.version(item, on)?;
        let cost = version.costs.iter().find(|cost| cost.subsidiary == subsidiary)?;
        (version.stock_unit == stock_unit).then(|| (cost.unit_cost.units(), cost.currency.as_str().into()))
    }

    fn at(&self, location: &str) -> Option<&Home> {
        self.stores.values().find(|home| home.books.location == location)
    }

    /// What a line of a ticket of a store names.
    pub(super) fn find(&self, store: &str, line: &Line, on: Date) -> Known<'_> {
        let Some((_, version)) = self.named(store, line, on) else { return Known::Nothing };
        let (quantity, of_line) = in_stock(line, version);
        if version.kind == "inventory" && i128::from(line.quantity.units()) * quantity % of_line != 0 {
            return Known::Nothing;
        }
        if version.kind != "kit" {
            return Known::Item(version);
        }
        let part = |component: &domain::record::reference::Component| {
            let (number, item) = self.version(&component.item, on)?;
            let (quantity, value) = (component.quantity.units().into(), component.value.units().into());
            Some(Part { number, item, quantity, of_line: ONE, value })
        };
        version.components.iter().map(part).collect::<Option<_>>().map_or(Known::Nothing, Known::Kit)
    }

    /// What a line takes out of stock, in stock units for so many of it; nothing of work.
    pub(super) fn stocked(&self, store: &str, line: &Line, on: Date) -> Vec<Part<'_>> {
        let parts = match (self.find(store, line, on), self.named(store, line, on)) {
            (Known::Kit(parts), _) => parts,
            (Known::Item(item), Some((number, _))) => {
                let (quantity, of_line) = in_stock(line, item);
                vec![Part { number, item, quantity, of_line, value: 0 }]
            }
            (Known::Nothing | Known::Item(_), _) => Vec::new(),
        };
        parts.into_iter().filter(|part| part.item.kind == "inventory").collect()
    }

    fn named(&self, store: &str, line: &Line, on: Date) -> Option<(&str, &ItemVersion)> {
        match (&line.item, &line.barcode) {
            (Some(item), _) => self.version(item, on),
            (None, Some(barcode)) => self.version(self.scanned(store, barcode)?, on),
            (None, None) => None,
        }
    }

    /// The item of a barcode, or of a label of the store's scales.
    fn scanned(&self, store: &str, barcode: &str) -> Option<&str> {
        let known = |barcode: &str| self.barcodes.get(unpadded(barcode)).map(String::as_str);
        let layouts = || self.home(store).into_iter().flat_map(|home| &home.layouts);
        known(barcode).or_else(|| layouts().find_map(|layout| known(&without_measure(layout, barcode)?)))
    }

    /// The version of an item that holds on a date: the latest one that began.
    fn version(&self, item: &str, on: Date) -> Option<(&str, &ItemVersion)> {
        let item = self.items.get(item)?;
        let begun = item.versions.iter().filter(|version| version.effective_from <= on);
        Some((&item.item, begun.max_by_key(|version| (version.effective_from, version.revision))?))
    }
}

/// Stock units for so many of a line, in millionths.
fn in_stock(line: &Line, item: &ItemVersion) -> (i128, i128) {
    match line.unit {
        Some(_) => (ONE, ONE),
        None => (item.units_per_sale.units().into(), i128::from(item.sale_units.unwrap_or(1)) * ONE),
    }
}

fn unpadded(barcode: &str) -> &str {
    barcode.trim_start_matches('0')
}

/// What stands in the item master for a label: its price or weight, and the check digit of that, as zeros, and the
/// check digit of the whole computed anew.
fn without_measure(layout: &str, label: &str) -> Option<String> {
    let places = || layout.chars().zip(label.chars());
    let fits = places().all(|(place, digit)| !place.is_ascii_digit() || place == digit);
    if layout.len() != label.len() || !fits {
        return None;
    }
    let zeroed = places().map(|(place, digit)| if "PQVX".contains(place) { '0' } else { digit });
    let mut number: Vec<u32> = zeroed.map(|digit| digit.to_digit(10)).collect::<Option<_>>()?;
    number.pop();
    let (odd, even): (Vec<_>, Vec<_>) = number.iter().rev().zip(0..).partition(|(_, place)| place % 2 == 0);
    let sum = |digits: Vec<(&u32, i32)>| digits.iter().map(|(digit, _)| **digit).sum::<u32>();
    number.push((10 - (3 * sum(odd) + sum(even)) % 10) % 10);
    number.into_iter().map(|digit| char::from_digit(digit, 10)).collect()
}
