//! Stores and items as the records say, and what a line names of them.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::record::pos::Line;
use domain::record::reference::{Item, ItemVersion, Store};
use domain::text::Text;

/// Where a store belongs.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) subsidiary: Text,
    pub(super) location: Text,
}

/// The masters.
#[derive(Debug, Default)]
pub(super) struct Masters {
    stores: BTreeMap<Text, Home>,
    items: BTreeMap<String, Item>,
    barcodes: BTreeMap<String, String>,
}

/// A part of a kit, or a whole item: so much of it for one of the line, in millionths.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) number: &'a str,
    pub(super) item: &'a ItemVersion,
    pub(super) quantity: i128,
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

impl Masters {
    pub(super) fn new(
        stores: impl IntoIterator<Item = Store>,
        items: impl IntoIterator<Item = Item>,
    ) -> Self {
        let home = |store: Store| {
            let home = Home { subsidiary: store.subsidiary.into(), location: store.location.into() };
            (Text::from(store.store), home)
        };
        let mut masters = Self { stores: stores.into_iter().map(home).collect(), ..Self::default() };
        for item in items {
            for barcode in &item.barcodes {
                masters.barcodes.insert(barcode.clone(), item.item.clone());
            }
            masters.items.insert(item.item.clone(), item);
        }
        masters
    }

    pub(super) fn home(&self, store: &str) -> Option<&Home> {
        self.stores.get(store)
    }

    pub(super) fn netsuite_id(&self, item: &str, on: Date) -> Option<u64> {
        self.version(item, on)?.1.netsuite_id.as_ref()?.parse().ok()
    }

    pub(super) fn find(&self, line: &Line, on: Date) -> Known<'_> {
        let Some((_, version)) = self.named(line, on) else { return Known::Nothing };
        if version.kind != "kit" {
            return Known::Item(version);
        }
        let part = |component: &domain::record::reference::Component| {
            let (number, item) = self.version(&component.item, on)?;
            let (quantity, value) = (component.quantity.units().into(), component.value.units().into());
            Some(Part { number, item, quantity, value })
        };
        let recipe = self.named(line, on).map(|(_, version)| &version.components);
        recipe.into_iter().flatten().map(part).collect::<Option<_>>().map_or(Known::Nothing, Known::Kit)
    }

    /// What one of a line takes out of stock, in stock units; nothing of work.
    pub(super) fn stocked(&self, line: &Line, on: Date) -> Vec<Part<'_>> {
        let parts = match (self.find(line, on), self.named(line, on)) {
            (Known::Kit(parts), _) => parts,
            (Known::Item(item), Some((number, _))) => {
                let whole = if line.unit.is_some() { 1_000_000 } else { item.units_per_sale.units().into() };
                vec![Part { number, item, quantity: whole, value: 0 }]
            }
            (Known::Nothing | Known::Item(_), _) => Vec::new(),
        };
        parts.into_iter().filter(|part| part.item.kind == "inventory").collect()
    }

    fn named(&self, line: &Line, on: Date) -> Option<(&str, &ItemVersion)> {
        let scanned =
            line.barcode.as_deref().and_then(|barcode| self.barcodes.get(barcode).map(String::as_str));
        self.version(line.item.as_deref().or(scanned)?, on)
    }

    /// The version of an item that holds on a date: the latest one that began.
    fn version(&self, item: &str, on: Date) -> Option<(&str, &ItemVersion)> {
        let item = self.items.get(item)?;
        let begun = item.versions.iter().filter(|version| version.effective_from <= on);
        Some((&item.item, begun.max_by_key(|version| (version.effective_from, version.revision))?))
    }
}
