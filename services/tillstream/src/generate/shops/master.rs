//! The stores and items of the two chains.
//!
//! Internal ids of NetSuite lie below those of the real data set, so that they stand for nothing of it.

use domain::calendar::Date;
use domain::number::UnitPrice;
use domain::record::reference::{Component, Item, ItemCost, ItemVersion, Store};

use super::ledger::{amount, quantity};
use super::tax::{BAHRAIN, BRITISH_COLUMBIA, CHILE, Class, Law, NEW_YORK, TEXAS};
use super::{REGISTERS, Retailer, Shops};

/// Items of each chain without its kit.
const ITEMS: u64 = 80;

/// What the number of a kit ends with.
pub(super) const KIT: &str = "-KIT";

/// What the kit takes of which items, and from the second business date on; the last is work.
const KIT_OF: [[(u64, i64); 3]; 2] = [[(2, 2), (6, 1), (7, 1)], [(18, 2), (6, 1), (7, 1)]];

/// The item that is sold by packs of so many pieces, and from the second business date on of so many.
const PACK: (u64, [i64; 2]) = (10, [6, 4]);

/// The item that stands in the first department from the second business date on.
const MOVED: u64 = 3;

/// The item that is sold by the piece and counted by cartons of so many.
const CARTON: (u64, i32) = (12, 8);

/// The first internal ids of locations and items.
const LOCATION_NETSUITE_IDS: u32 = 2_000;
const ITEM_NETSUITE_IDS: u64 = 10_000;

/// A department of goods.
struct Department {
    /// What it is called in each chain.
    mexican: &'static str,
    several: &'static str,
    class: Class,
    kind: &'static str,
    /// Its cheapest price in cents.
    from: i64,
    /// Whether it is sold by weight.
    weighed: bool,
}

const fn department(
    (mexican, several): (&'static str, &'static str),
    class: Class,
    kind: &'static str,
    from: i64,
    weighed: bool,
) -> Department {
    Department { mexican, several, class, kind, from, weighed }
}

/// Item number n is of department n modulo 8.
const DEPARTMENTS: [Department; 8] = [
    department(("ABARROTES", "PANTRY"), Class::ZeroRated, "inventory", 1_290, false),
    department(("FRUTAS", "FRUIT"), Class::ZeroRated, "inventory", 2_490, true),
    department(("BEBIDAS", "DRINKS"), Class::Taxed, "inventory", 1_450, false),
    department(("BOTANAS", "SNACKS"), Class::Snack, "inventory", 1_253, false),
    department(("LIBROS", "BOOKS"), Class::Exempt, "inventory", 9_900, false),
    department(("ROPA", "APPAREL"), Class::Taxed, "inventory", 19_900, false),
    department(("HOGAR", "HOME"), Class::Taxed, "inventory", 8_990, false),
    department(("SERVICIOS", "WORK"), Class::Taxed, "service", 11_600, false),
];

/// An item as a till knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goods {
    /// Its index among the items.
    pub(super) index: u64,
    /// Its number.
    pub(super) item: String,
    /// The barcode that tills scan; every third item has one. What is weighed has that of its labels.
    pub(super) barcode: Option<String>,
    /// What the law makes of it.
    pub(super) class: Class,
    /// What one costs, in cents; of what is weighed, a kilogram.
    pub(super) price: i64,
    /// Whether it is sold by weight.
    pub(super) weighed: bool,
    /// Whether it is work.
    pub(super) is_work: bool,
}

impl Shops {
    /// Number of stores; the ninth of the Mexican chain is a new one.
    #[must_use]
    pub const fn stores(&self) -> u32 {
        match self.retailer {
            Retailer::Mexican => 11,
            Retailer::Several => 8,
        }
    }

    /// Number of a store by its index from 0.
    #[must_use]
    pub fn store_name(&self, store: u32) -> String {
        format!("{}{}", self.letter(), store + 1)
    }

    /// The store master.
    pub fn store_master(&self) -> impl Iterator<Item = Store> + '_ {
        (0..self.stores()).map(|index| {
            let (subsidiary, netsuite_id, currency, zone) = self.seat(index);
            Store {
                store: self.store_name(index),
                name: Some(format!("Synthetic store {}", self.store_name(index))),
                subsidiary: subsidiary.to_owned(),
                subsidiary_netsuite_id: netsuite_id.to_owned(),
                location: self.location(index),
                location_netsuite_id: (LOCATION_NETSUITE_IDS + self.offset() * 100 + index).to_string(),
                currency: currency.to_owned(),
                currency_netsuite_id: None,
                zone: zone.to_owned(),
                sequence_epochs: "daily".to_owned(),
                window_minutes: 0,
                go_live: Some(self.first),
                active: true,
                barcode_layouts: vec![self.layout().to_owned()],
                other_subsidiaries: self
                    .across(index)
                    .map(|other| self.seat(other).0.to_owned())
                    .into_iter()
                    .collect(),
                deposit_tax: self.deposit_tax(subsidiary).map(str::to_owned),
                reversal: (subsidiary == "US").then(|| "seller".to_owned()),
                ..self.trading(index)
            }
        })
    }

    /// When the tax of a deposit is due. In Canada it is no payment before it is applied (Excise Tax Act, 168 (9)).
    fn deposit_tax(&self, subsidiary: &str) -> Option<&'static str> {
        match self.retailer {
            Retailer::Mexican => Some("when_collected"),
            Retailer::Several => (subsidiary == "CA").then_some("when_completed"),
        }
    }

    /// On which registers and days a store trades by its record. What its tills sell beside that is flagged.
    fn trading(&self, store: u32) -> Store {
        // Of the last store nobody wrote down the newest register.
        let listed = if store + 1 == self.stores() { REGISTERS - 1 } else { REGISTERS };
        let registers = (1..=listed).map(|register| register.to_string()).collect();
        let sundays = || vec!["sunday".to_owned()];
        let first_week = || (0..7).map(|later| self.first.plus_days(later)).collect();
        let store = match store {
            4 => Store { closed_weekdays: sundays(), ..Store::default() },
            5 => Store { closed_weekdays: sundays(), open_dates: first_week(), ..Store::default() },
            6 => Store { closed_dates: vec![self.first.plus_days(1)], ..Store::default() },
            _ => Store::default(),
        };
        Store { registers, ..store }
    }

    /// The item master, the kit last.
    pub fn item_master(&self) -> impl Iterator<Item = Item> + '_ {
        let several = self.retailer == Retailer::Several;
        (0..ITEMS).map(|index| self.item(index)).chain(several.then(|| self.kit_item()))
    }

    /// An item.
    pub(super) fn goods(&self, index: u64) -> Goods {
        let of = of_index(index);
        let barcode = || format!("75{}000{:04}", self.offset(), index + 1);
        Goods {
            index,
            item: self.item_number(index),
            barcode: match of.weighed {
                true => Some(self.label(index, 0)),
                false => index.is_multiple_of(3).then(barcode),
            },
            class: of.class,
            price: of.from + i64::try_from(index / 8).unwrap_or(0) * (of.from / 10),
            weighed: of.weighed,
            is_work: of.kind == "service",
        }
    }

    /// The kit, which costs a little less than what it is made of.
    pub(super) fn kit(&self) -> Goods {
        let [at_first, _] = KIT_OF;
        let whole: i64 = at_first.iter().map(|(index, pieces)| self.goods(*index).price * pieces).sum();
        Goods {
            index: ITEMS,
            item: format!("{}{KIT}", self.letter()),
            barcode: None,
            class: Class::Taxed,
            price: whole - 101,
            weighed: false,
            is_work: false,
        }
    }

    /// Goods of an item number, barcode or label of the chain.
    pub(super) fn find(&self, name: &str) -> Option<Goods> {
        let mut all = (0..ITEMS).map(|index| self.goods(index)).chain([self.kit()]);
        let scanned = self.without_measure(name);
        all.find(|goods| goods.item == name || goods.barcode.as_deref() == Some(scanned.as_str()))
    }

    /// Which index drawn of so many is of the department.
    pub(super) fn of_department(department: u64, drawn: u64) -> u64 {
        drawn % (ITEMS / 8) * 8 + department
    }

    /// How many items there are to choose from.
    pub(super) const fn choice() -> u64 {
        ITEMS
    }

    /// The location of a store.
    pub(super) fn location(&self, store: u32) -> String {
        format!("L-{}", self.store_name(store))
    }

    /// Another store of the same subsidiary.
    pub(super) fn neighbour(&self, store: u32) -> u32 {
        let (from, count) = match (self.retailer, store) {
            // The new store has none, nor have those abroad.
            (Retailer::Mexican, 8..) => (store, 1),
            (Retailer::Mexican, _) => (0, 8),
            (Retailer::Several, 0..=2) => (0, 3),
            (Retailer::Several, 3..=5) => (3, 3),
            (Retailer::Several, _) => (6, 2),
        };
        from + (store - from + 1) % count
    }

    /// A store of another subsidiary whose customers come here, too; `None` where there is none of the same currency.
    pub(super) fn across(&self, store: u32) -> Option<u32> {
        match (self.retailer, store) {
            (Retailer::Several, 0..=2) => Some(6 + store % 2),
            (Retailer::Several, 6..) => Some(store - 6),
            (Retailer::Several | Retailer::Mexican, _) => None,
        }
    }

    pub(super) fn currency(&self, store: u32) -> &'static str {
        self.seat(store).2
    }

    pub(super) fn law(&self, store: u32) -> Law {
        match (self.retailer, store) {
            (Retailer::Mexican, 7) => Law::Iva(8),
            (Retailer::Mexican, 9) => CHILE,
            (Retailer::Mexican, 10..) => BAHRAIN,
            (Retailer::Mexican, _) => Law::Iva(16),
            (Retailer::Several, 0..=2) => NEW_YORK,
            (Retailer::Several, 3..=5) => BRITISH_COLUMBIA,
            (Retailer::Several, _) => TEXAS,
        }
    }

    /// Subsidiary, its internal id, currency and zone.
    const fn seat(&self, store: u32) -> (&'static str, &'static str, &'static str, &'static str) {
        match (self.retailer, store) {
            (Retailer::Mexican, 7) => ("MX", "2", "MXN", "America/Tijuana"),
            (Retailer::Mexican, 9) => ("CL", "5", "CLP", "America/Santiago"),
            (Retailer::Mexican, 10..) => ("BH", "6", "BHD", "Asia/Bahrain"),
            (Retailer::Mexican, _) => ("MX", "2", "MXN", "America/Mexico_City"),
            (Retailer::Several, 0..=2) => ("US", "1", "USD", "America/New_York"),
            (Retailer::Several, 3..=5) => ("CA", "3", "CAD", "America/Vancouver"),
            (Retailer::Several, _) => ("US2", "4", "USD", "America/Chicago"),
        }
    }

    const fn letter(&self) -> char {
        match self.retailer {
            Retailer::Mexican => 'M',
            Retailer::Several => 'N',
        }
    }

    const fn offset(&self) -> u32 {
        match self.retailer {
            Retailer::Mexican => 0,
            Retailer::Several => 1,
        }
    }

    fn item_number(&self, index: u64) -> String {
        format!("{}-{}", self.letter(), index + 1)
    }

    fn item(&self, index: u64) -> Item {
        let of = of_index(index);
        let version = ItemVersion {
            kind: of.kind.to_owned(),
            stock_unit: if of.weighed { "KGM" } else { "EA" }.to_owned(),
            costs: self.costs(index),
            ..self.version(index, of)
        };
        let later = ItemVersion { effective_from: self.first.plus_days(1), revision: 2, ..version.clone() };
        let (pack, [_, pieces]) = PACK;
        let later = match index {
            MOVED => Some(ItemVersion { department: self.department(of_index(0)), ..later }),
            _ if index == pack => Some(ItemVersion { units_per_sale: quantity(1_000 * pieces), ..later }),
            _ => None,
        };
        let barcodes = self.goods(index).barcode.into_iter().collect();
        let versions = [version].into_iter().chain(later).collect();
        Item { item: self.item_number(index), barcodes, versions }
    }

    /// What an item costs the two subsidiaries whose goods cross; of some nobody knows.
    fn costs(&self, index: u64) -> Vec<ItemCost> {
        let known = self.retailer == Retailer::Several && !index.is_multiple_of(5);
        let cents = self.goods(index).price / 2;
        let cost = |(subsidiary, more): (&str, i64)| ItemCost {
            subsidiary: subsidiary.to_owned(),
            currency: "USD".to_owned(),
            unit_cost: UnitPrice::from_units((cents + more) * 10_000).unwrap_or_default(),
        };
        [("US", 0), ("US2", 7)].into_iter().filter(|_| known).map(cost).collect()
    }

    fn kit_item(&self) -> Item {
        let component = |(index, pieces): (u64, i64)| Component {
            item: self.item_number(index),
            quantity: quantity(pieces * 1_000),
            value: amount(self.goods(index).price * pieces),
        };
        let [version, later] = KIT_OF.map(|recipe| ItemVersion {
            kind: "kit".to_owned(),
            components: recipe.into_iter().map(component).collect(),
            ..self.version(ITEMS, of_index(6))
        });
        let later = ItemVersion { effective_from: self.first.plus_days(1), revision: 2, ..later };
        Item { item: self.kit().item, barcodes: Vec::new(), versions: vec![version, later] }
    }

    fn department(&self, of: &Department) -> String {
        match self.retailer {
            Retailer::Mexican => of.mexican,
            Retailer::Several => of.several,
        }
        .to_owned()
    }

    fn version(&self, index: u64, of: &Department) -> ItemVersion {
        let (pack, [pieces, _]) = PACK;
        ItemVersion {
            effective_from: Date::default(),
            revision: 1,
            netsuite_id: Some((ITEM_NETSUITE_IDS + u64::from(self.offset()) * 1_000 + index).to_string()),
            department: self.department(of),
            stock_unit: "EA".to_owned(),
            units_per_sale: quantity(1_000 * if index == pack { pieces } else { 1 }),
            sale_units: (index == CARTON.0).then_some(CARTON.1),
            active: true,
            ..ItemVersion::default()
        }
    }
}

fn of_index(index: u64) -> &'static Department {
    let [first, ..] = &DEPARTMENTS;
    usize::try_from(index % 8).ok().and_then(|at| DEPARTMENTS.get(at)).unwrap_or(first)
}
