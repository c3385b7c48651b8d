//! Item and store masters, as published on `ref.items` and `ref.stores`.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::number::{Amount, Quantity, UnitPrice};

/// An item of the item master, with all its effective-dated versions. Key: the item number. The key *
/// marks a complete snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Item number; * in the record that marks a complete snapshot.
    pub item: String,
    /// Barcodes that resolve to it.
    #[serde(default)]
    pub barcodes: Vec<String>,
    /// Versions by effective date, oldest first.
    #[serde(default)]
    pub versions: Vec<ItemVersion>,
}

/// What an item is from one business date on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemVersion {
    /// First business date it holds for.
    pub effective_from: Date,
    /// Revision of the item master; higher is newer.
    pub revision: i64,
    /// Internal id of the item in NetSuite; absent when it has none there.
    #[serde(default)]
    pub netsuite_id: Option<String>,
    /// inventory, non_inventory, service, gift_card, third_party_gift_card, kit, fee. Open vocabulary.
    pub kind: String,
    /// Department, key of the account map.
    pub department: String,
    /// Name of the item.
    #[serde(default)]
    pub description: Option<String>,
    /// Unit stock is counted in: EA, KGM, GLL.
    pub stock_unit: String,
    /// Stock units in `sale_units` units of sale, above zero; 0.001 for fuel keyed in thousandths of a gallon.
    pub units_per_sale: Quantity,
    /// Units of sale in which there are `units_per_sale` stock units, above zero; absent for 1. With it a factor is
    /// exact that has no end in decimals: 1 in 12 for pieces of what is counted by the dozen, 45359.237 in 100000 for
    /// pounds of what is counted in kilograms. A line whose quantity does not come to 6 decimals waits in suspense.
    #[serde(default)]
    pub sale_units: Option<i32>,
    /// Tax code for audits.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// False once the item must no longer be sold.
    #[serde(default = "yes")]
    pub active: bool,
    /// What a kit is made of, 1 to 100 items, each once; empty for any other kind.
    #[serde(default)]
    pub components: Vec<Component>,
    /// What a stock unit costs in the subsidiaries whose goods cross to others, or whose sales come back there; of a
    /// kit its components say their own. A subsidiary that is not named has no known cost.
    #[serde(default)]
    pub costs: Vec<ItemCost>,
}

/// What a stock unit of an item costs in one subsidiary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCost {
    /// Subsidiary, as stores of `ref.stores` name theirs; each once.
    pub subsidiary: String,
    /// ISO 4217 code of the cost.
    pub currency: String,
    /// Money for one stock unit; not negative.
    pub unit_cost: UnitPrice,
}

/// One of the items that a kit is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its item number: of an item that is no kit itself, and no gift card.
    pub item: String,
    /// How much of it one kit takes, in its own stock unit; above zero.
    pub quantity: Quantity,
    /// What this much of it sells for by itself: the kit's price is shared out by it. Not negative, and not 0 for
    /// all.
    pub value: Amount,
}

/// A store, as every service knows it. Key: the store number. The key * marks a complete snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Store number; * in the record that marks a complete snapshot.
    pub store: String,
    /// Name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// Subsidiary, key of the account map.
    pub subsidiary: String,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: String,
    /// Location that owns the store's stock: 1 to 20 of A-Z a-z 0-9 and hyphen.
    pub location: String,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: String,
    /// ISO 4217 code of the store's tills.
    pub currency: String,
    /// Internal id of the currency in NetSuite; absent posts in the subsidiary's own.
    #[serde(default)]
    pub currency_netsuite_id: Option<String>,
    /// IANA time zone the business date is kept in.
    pub zone: String,
    /// How registers number: daily (starts anew each business date), stated (tickets say), single
    /// (never starts anew).
    pub sequence_epochs: String,
    /// Posting policy: 0 posts the whole store-day, else the length of a posting window in minutes.
    #[serde(default)]
    pub window_minutes: i32,
    /// First business date that is accepted.
    #[serde(default)]
    pub go_live: Option<Date>,
    /// False once the store is closed for good.
    #[serde(default = "yes")]
    pub active: bool,
    /// Where item and value stand in the labels of the store's scales: texts of 12 or 13 places.
    #[serde(default)]
    pub barcode_layouts: Vec<String>,
    /// Other subsidiaries whose sales may come back here, whose balances may be sold or spent here, and whose goods may
    /// be sold here: each must have accounts in the account map.
    #[serde(default)]
    pub other_subsidiaries: Vec<String>,
    /// When the tax of a deposit is due, a policy of the subsidiary: as_stated, when_collected, when_completed; absent
    /// is as_stated. Open vocabulary.
    #[serde(default)]
    pub deposit_tax: Option<String>,
    /// Which location of the subsidiary bears what is given back here and another of its stores sold: taker, seller;
    /// absent is taker. Open vocabulary.
    #[serde(default)]
    pub reversal: Option<String>,
    /// The store's registers; empty where any may sell.
    #[serde(default)]
    pub registers: Vec<String>,
    /// Days of the week on which the store does not trade: monday to sunday.
    #[serde(default)]
    pub closed_weekdays: Vec<String>,
    /// Business dates on which it does not trade beside those.
    #[serde(default)]
    pub closed_dates: Vec<Date>,
    /// Business dates on which it trades whatever day of the week they are.
    #[serde(default)]
    pub open_dates: Vec<Date>,
}

fn yes() -> bool {
    true
}
