//! The item master: what an item was on a business date, by item number or by barcode.
//!
//! Held for a million items: short texts in place, departments, units and subsidiaries once each, and only what booking
//! and moving need (no description, no tax code; an item that is no longer on sale books like any other,
//! since the cash is in the drawer). The table is cut into shards that copies share, so a change after a
//! copy costs one shard.
//!
//! A barcode that two items claim belongs to neither: guessing would book the wrong item. Leading zeros tell no
//! barcodes apart.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::barcode::{Layout, without_padding};
use crate::calendar::Date;
use crate::currency::Currency;
use crate::number::{Quantity, UnitPrice};
use crate::record::reference::{self, ItemCost, ItemVersion};
use crate::record::sales::UnitCost;
use crate::text::Text;

use super::cost;
use super::fault::faults;
use super::kit::{self, Component};
use super::{Finding, Findings, SNAPSHOT_COMPLETE};

/// Pieces the table is cut into: some 500 items each where there are a million.
const SHARDS: usize = 2_048;

/// Bytes of an item number or barcode, and of what a line takes over from the master.
pub(super) const KEY_MAX: usize = 255;

/// A map that is only looked up, never iterated, so its order reaches nothing. Its keys come from the item master, so
/// nobody chooses them to be slow.
type Table<V> = HashMap<Text, V, FxBuildHasher>;

/// What an item is to the books and the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// Goods whose stock is counted.
    Inventory,
    /// Goods whose stock is not counted.
    NonInventory,
    /// Work.
    Service,
    /// The retailer's own gift card.
    GiftCard,
    /// A gift card whose balance someone else owes.
    ThirdPartyGiftCard,
    /// A fee.
    Fee,
    /// Goods sold as one and taken from stock as several.
    Kit,
}

impl ItemKind {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "inventory" => Some(Self::Inventory),
            "non_inventory" => Some(Self::NonInventory),
            "service" => Some(Self::Service),
            "gift_card" => Some(Self::GiftCard),
            "third_party_gift_card" => Some(Self::ThirdPartyGiftCard),
            "fee" => Some(Self::Fee),
            kit::KIT => Some(Self::Kit),
            _ => None,
        }
    }
}

/// An item as it was on one business date.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    number: &'a Text,
    version: &'a Version,
    words: &'a Words,
}

impl<'a> Item<'a> {
    /// Item number.
    #[must_use]
    pub fn number(&self) -> &'a str {
        self.number.as_str()
    }

    /// Revision of the item master.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.version.revision
    }

    /// Internal id in NetSuite, where it has one.
    #[must_use]
    pub fn netsuite_id(&self) -> Option<&'a str> {
        self.version.netsuite_id.as_ref().map(Text::as_str)
    }

    /// What it is to the books and the stock.
    #[must_use]
    pub fn kind(&self) -> ItemKind {
        self.version.kind
    }

    /// Department, key of the account map.
    #[must_use]
    pub fn department(&self) -> &'a str {
        self.words.get(self.version.department)
    }

    /// Unit its stock is counted in.
    #[must_use]
    pub fn stock_unit(&self) -> &'a str {
        self.words.get(self.version.stock_unit)
    }

    /// Stock units in [`sale_units`](Self::sale_units) units of sale; above zero.
    #[must_use]
    pub fn units_per_sale(&self) -> Quantity {
        self.version.units_per_sale
    }

    /// Units of sale in which there are [`units_per_sale`](Self::units_per_sale) stock units; above zero.
    #[must_use]
    pub fn sale_units(&self) -> i32 {
        self.version.uncommon.as_ref().map_or(1, |uncommon| uncommon.sale_units)
    }

    /// What a stock unit costs in a subsidiary, where the master has it.
    #[must_use]
    pub fn cost(&self, subsidiary: &str) -> Option<UnitCost> {
        let number = self.words.numbers.get(subsidiary)?;
        let cost = self.version.costs.iter().find(|cost| cost.subsidiary == *number)?;
        Some(UnitCost { unit_cost: cost.unit_cost, currency: cost.currency.as_str().into() })
    }

    /// What a kit is made of; nothing for any other kind.
    #[must_use]
    pub fn components(&self) -> &'a [Component] {
        self.version.uncommon.as_ref().map_or(&[], |uncommon| &uncommon.components)
    }
}

impl fmt::Debug for Item<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "item {} revision {}", self.number(), self.revision())
    }
}

/// The item master as far as it was read.
#[derive(Clone)]
pub struct Items {
    shards: Vec<Arc<Shard>>,
    words: Arc<Words>,
    count: usize,
    findings: Findings,
    complete: bool,
    next_offset: i64,
}

#[derive(Clone, Default)]
struct Shard {
    items: Table<Entry>,
    barcodes: Table<Claim>,
}

#[derive(Clone)]
struct Entry {
    barcodes: Box<[Text]>,
    /// By effective date and revision, oldest first; never empty.
    versions: Box<[Version]>,
}

#[derive(Clone)]
struct Version {
    effective_from: Date,
    kind: ItemKind,
    department: u32,
    stock_unit: u32,
    revision: i64,
    units_per_sale: Quantity,
    netsuite_id: Option<Text>,
    uncommon: Option<Box<Uncommon>>,
    costs: Box<[Cost]>,
}

const _: () = assert!(size_of::<Version>() <= 80, "a million items are held");

/// What few items have, so that the others do not pay for it.
#[derive(Clone)]
struct Uncommon {
    sale_units: i32,
    components: Box<[Component]>,
}

impl Uncommon {
    fn of(version: &ItemVersion) -> Option<Box<Self>> {
        let sale_units = version.sale_units.unwrap_or(1);
        let components: Box<[Component]> = version.components.iter().map(Component::of).collect();
        (sale_units != 1 || !components.is_empty()).then(|| Box::new(Self { sale_units, components }))
    }
}

/// What a stock unit costs in one subsidiary.
#[derive(Clone)]
struct Cost {
    subsidiary: u32,
    currency: Currency,
    unit_cost: UnitPrice,
}

/// Whose a barcode is.
#[derive(Clone)]
enum Claim {
    /// One item's.
    Item(Text),
    /// Several items say it is theirs, so it is nobody's.
    Contested(Box<[Text]>),
}

/// Departments, units and subsidiaries, each text once. Bounded by the distinct texts ever read.
#[derive(Clone, Default)]
struct Words {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32, FxBuildHasher>,
}

impl Words {
    fn get(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|number| self.texts.get(number)).map_or("", AsRef::as_ref)
    }
}

impl Default for Items {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Arc::default()).collect(),
            words: Arc::default(),
            count: 0,
            findings: Findings::default(),
            complete: false,
            next_offset: 0,
        }
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} items before offset {}", self.count, self.next_offset)
    }
}

impl Items {
    /// Applies one record of `ref.items`, in the order of the topic; `None` takes the item out. Returns
    /// what is wrong with the record: such an item is as if unknown, or its barcode where that is contested, or its
    /// cost.
    pub fn apply(&mut self, key: &str, record: Option<reference::Item>, offset: i64) -> Option<Finding> {
        self.next_offset = self.next_offset.max(offset.saturating_add(1));
        if key == SNAPSHOT_COMPLETE {
            self.complete |= record.is_some();
            return None;
        }
        self.findings.forget(key);
        self.remove(key);
        let mut record = record?;
        let mut wrong = faults(key, &record);
        if wrong.is_empty() {
            // A cost is stated beside what is booked: what is wrong with it alone leaves it unknown.
            for version in &mut record.versions {
                let costs = cost::faults(version);
                if !costs.is_empty() {
                    version.costs.clear();
                }
                wrong.extend(costs);
            }
            wrong.extend(self.insert(key, &record));
        }
        (!wrong.is_empty()).then(|| self.findings.add(key, offset, &wrong))
    }

    /// Applies a record of `ref.items` whose bytes cannot be read: its item is as if unknown, as after a
    /// restart, when only this record is left of it.
    pub fn refuse(&mut self, key: &str, offset: i64, why: &str) -> Finding {
        self.next_offset = self.next_offset.max(offset.saturating_add(1));
        self.findings.forget(key);
        self.remove(key);
        self.findings.add(key, offset, &[why.to_owned()])
    }

    /// The item of that number as it was on a business date.
    #[must_use]
    pub fn find(&self, number: &str, on: Date) -> Option<Item<'_>> {
        self.find_name(&Text::new(number), on)
    }

    /// The item that the barcode belongs to, as it was on a business date: by itself, or where no item claims it, as
    /// a label of one of the layouts.
    #[must_use]
    pub fn find_barcode(&self, barcode: &str, layouts: &[Layout], on: Date) -> Option<Item<'_>> {
        let of_label = || {
            let label = layouts.iter().find_map(|layout| layout.read(barcode))?;
            self.claim_on(&label.item)
        };
        match self.claim_on(barcode).or_else(of_label)? {
            Claim::Item(number) => self.find_name(number, on),
            Claim::Contested(_) => None,
        }
    }

    /// How many items are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// True without an item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is wrong with records that are in force.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// True once the marker of a complete snapshot was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// One more than the highest offset applied; 0 before the first.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    fn find_name(&self, name: &Text, on: Date) -> Option<Item<'_>> {
        let (number, entry) = self.shard(name)?.items.get_key_value(name)?;
        let version = entry.versions.iter().rev().find(|version| version.effective_from <= on)?;
        Some(Item { number, version, words: &self.words })
    }

    fn claim_on(&self, barcode: &str) -> Option<&Claim> {
        let barcode = Text::new(without_padding(barcode));
        self.shard(&barcode)?.barcodes.get(&barcode)
    }

    fn remove(&mut self, key: &str) {
        let number = Text::new(key);
        if self.shard(&number).is_none_or(|shard| !shard.items.contains_key(&number)) {
            return;
        }
        let Some(entry) = self.shard_mut(&number).and_then(|shard| shard.items.remove(&number)) else {
            return;
        };
        self.count = self.count.saturating_sub(1);
        for barcode in &entry.barcodes {
            self.give_up(barcode, &number);
        }
    }

    fn insert(&mut self, key: &str, record: &reference::Item) -> Vec<String> {
        let mut wrong = Vec::new();
        let number = Text::new(key);
        let barcodes: BTreeSet<&str> =
            record.barcodes.iter().map(|barcode| without_padding(barcode)).collect();
        let barcodes: Box<[Text]> = barcodes.into_iter().map(Text::new).collect();
        for barcode in &barcodes {
            if let Some(other) = self.claim(barcode, &number) {
                wrong.push(format!(
                    "barcode `{}` is also of item `{other}`, so it stands for neither; take it from one",
                    barcode.as_str()
                ));
            }
        }
        let mut versions: Vec<Version> =
            record.versions.iter().filter_map(|version| self.version(version)).collect();
        versions.sort_by_key(|version| (version.effective_from, version.revision));
        if let Some(shard) = self.shard_mut(&number) {
            shard.items.insert(number, Entry { barcodes, versions: versions.into() });
            self.count = self.count.saturating_add(1);
        }
        wrong
    }

    fn version(&mut self, version: &ItemVersion) -> Option<Version> {
        Some(Version {
            effective_from: version.effective_from,
            kind: ItemKind::of(&version.kind)?,
            department: self.word(&version.department),
            stock_unit: self.word(&version.stock_unit),
            revision: version.revision,
            units_per_sale: version.units_per_sale,
            netsuite_id: version.netsuite_id.as_deref().filter(|id| !id.is_empty()).map(Text::new),
            uncommon: Uncommon::of(version),
            costs: version.costs.iter().filter_map(|cost| self.cost(cost)).collect(),
        })
    }

    fn cost(&mut self, cost: &ItemCost) -> Option<Cost> {
        let currency = Currency::parse(&cost.currency).ok()?;
        Some(Cost { subsidiary: self.word(&cost.subsidiary), currency, unit_cost: cost.unit_cost })
    }

    fn word(&mut self, text: &str) -> u32 {
        if let Some(number) = self.words.numbers.get(text) {
            return *number;
        }
        let words = Arc::make_mut(&mut self.words);
        // There are fewer texts than items, and fewer items than 32 bits.
        let number = u32::try_from(words.texts.len()).unwrap_or(u32::MAX);
        words.texts.push(text.into());
        words.numbers.insert(text.into(), number);
        number
    }

    /// Claims a barcode; returns another item that claims it too.
    fn claim(&mut self, barcode: &Text, number: &Text) -> Option<String> {
        let barcodes = &mut self.shard_mut(barcode)?.barcodes;
        let others: Vec<Text> = match barcodes.get(barcode) {
            None => Vec::new(),
            Some(Claim::Item(other)) => vec![other.clone()],
            Some(Claim::Contested(others)) => others.to_vec(),
        };
        let other = others.first().map(|other| other.as_str().to_owned());
        barcodes.insert(barcode.clone(), Claim::of(others.into_iter().chain([number.clone()]).collect())?);
        other
    }

    fn give_up(&mut self, barcode: &Text, number: &Text) {
        let Some(shard) = self.shard_mut(barcode) else { return };
        let left = match shard.barcodes.remove(barcode) {
            Some(Claim::Contested(others)) => {
                others.iter().filter(|other| *other != number).cloned().collect()
            }
            Some(Claim::Item(_)) | None => Vec::new(),
        };
        if let Some(claim) = Claim::of(left) {
            shard.barcodes.insert(barcode.clone(), claim);
        }
    }

    fn place(name: &Text) -> usize {
        // Other bits than the tables use for their own places.
        let hash = FxBuildHasher.hash_one(name);
        usize::try_from(hash >> 40).unwrap_or(0).checked_rem(SHARDS).unwrap_or(0)
    }

    fn shard(&self, name: &Text) -> Option<&Shard> {
        self.shards.get(Self::place(name)).map(AsRef::as_ref)
    }

    fn shard_mut(&mut self, name: &Text) -> Option<&mut Shard> {
        self.shards.get_mut(Self::place(name)).map(Arc::make_mut)
    }
}

impl Claim {
    fn of(mut numbers: Vec<Text>) -> Option<Self> {
        match numbers.len() {
            0 => None,
            1 => numbers.pop().map(Self::Item),
            _ => Some(Self::Contested(numbers.into())),
        }
    }
}
