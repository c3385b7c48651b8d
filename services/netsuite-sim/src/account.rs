//! What the simulated account has set up: subsidiaries, accounts, locations, items, periods.
//!
//! A table either refuses an id it does not list or accepts it as a row without properties. The second lets a
//! load test run without describing ninety thousand products first.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::date::Date;

/// An internal id. Those of system records may be negative.
pub type Id = i64;

/// What becomes of a reference to an id that a table does not list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// The reference is refused, as in a real account.
    #[default]
    Refused,
    /// The reference is taken, and no rule about the row applies.
    Accepted,
}

/// One table of master data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "Row: serde::Deserialize<'de>"))]
pub struct Table<Row> {
    /// What becomes of ids that are not listed; absent in an addition means: as before.
    #[serde(default)]
    pub unlisted: Option<Unlisted>,
    /// The rows.
    #[serde(default = "Vec::new")]
    pub rows: Vec<Row>,
}

impl<Row> Table<Row> {
    /// A table that lists nothing and accepts everything.
    #[must_use]
    pub fn open() -> Self {
        Self { unlisted: Some(Unlisted::Accepted), rows: Vec::new() }
    }

    /// A table of these rows that refuses every other id.
    #[must_use]
    pub fn of(rows: Vec<Row>) -> Self {
        Self { unlisted: Some(Unlisted::Refused), rows }
    }
}

impl<Row> Default for Table<Row> {
    fn default() -> Self {
        Self { unlisted: None, rows: Vec::new() }
    }
}

/// The set-up of the simulated account, as a file gives it. A table that is not named accepts everything,
/// except that there is one subsidiary, 1, and one currency, 1 (USD).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// Legal entities.
    pub subsidiaries: Table<Subsidiary>,
    /// Currencies and how many decimals each has.
    pub currencies: Table<Currency>,
    /// The chart of accounts.
    pub accounts: Table<LedgerAccount>,
    /// Stores and warehouses.
    pub locations: Table<Location>,
    /// Departments.
    pub departments: Table<Segment>,
    /// Classes.
    pub classes: Table<Segment>,
    /// Items.
    pub items: Table<Item>,
    /// Accounting periods. Without rows every date is open.
    pub periods: Table<Period>,
    /// Customers, vendors and employees that a line may name.
    pub entities: Table<Segment>,
    /// Whether the account keeps a secondary accounting book, 2, beside its primary one, 1. Each line is then
    /// in both.
    pub secondary_book: bool,
}

/// A legal entity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsidiary {
    /// Internal id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Internal id of its base currency.
    pub currency: Id,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// A currency.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Currency {
    /// Internal id.
    pub id: Id,
    /// ISO 4217 code.
    pub symbol: String,
    /// Digits after the decimal point that amounts may have.
    pub decimals: u32,
    /// What one unit is worth, in whatever the rates of all currencies are told in; 1 if none is given. A
    /// document in another currency than its subsidiary's own is booked there by the quotient of both rates.
    #[serde(default, with = "crate::exact")]
    pub rate: Option<Decimal>,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// An account of the general ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerAccount {
    /// Internal id.
    pub id: Id,
    /// Account number.
    #[serde(default)]
    pub number: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// NetSuite account type: `Bank`, `OthCurrAsset`, `Income`, `AcctRec`, `AcctPay`, ...
    #[serde(default)]
    pub kind: String,
    /// Subsidiaries that may use it; empty means all.
    #[serde(default)]
    pub subsidiaries: Vec<Id>,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether it may still be used.
    #[serde(default)]
    pub state: State,
}

/// Whether master data may still be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It may be used.
    #[default]
    Active,
    /// A reference to it is refused like one to nothing.
    Inactive,
}

/// A store or warehouse.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Internal id.
    pub id: Id,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Subsidiary it belongs to.
    pub subsidiary: Id,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether it may still be used.
    #[serde(default)]
    pub state: State,
}

/// A department, class or entity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Internal id.
    pub id: Id,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether it may still be used.
    #[serde(default)]
    pub state: State,
}

/// Whether units of an item carry numbers of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tracking {
    /// Plain quantities.
    #[default]
    None,
    /// Lots: each adjustment names them.
    Lot,
    /// Serial numbers: whole units, each named.
    Serial,
}

/// An item.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Internal id.
    pub id: Id,
    /// Item number (`itemid`).
    #[serde(default)]
    pub name: String,
    /// Text for people.
    #[serde(default)]
    pub display_name: String,
    /// NetSuite item type: `InvtPart`, `Service`, ...
    #[serde(default = "inventory_part")]
    pub kind: String,
    /// Universal product code.
    #[serde(default)]
    pub upc: Option<String>,
    /// Account that holds its stock value.
    #[serde(default)]
    pub asset_account: Option<Id>,
    /// Cost of one unit, used to value adjustments.
    #[serde(default, with = "crate::exact")]
    pub cost: Option<Decimal>,
    /// Whether its units are numbered.
    #[serde(default)]
    pub tracking: Tracking,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether it may still be used.
    #[serde(default)]
    pub state: State,
}

fn inventory_part() -> String {
    "InvtPart".to_owned()
}

/// Whether a period takes entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// It takes entries.
    #[default]
    Open,
    /// It is locked for all transactions, though not closed for good.
    Locked,
    /// It is closed.
    Closed,
}

/// An accounting period.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Internal id.
    pub id: Id,
    /// Name, as `Jan 2026`.
    pub name: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// Whether it takes entries.
    #[serde(default)]
    pub state: PeriodState,
    /// External id.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What every row of master data has.
pub(crate) trait Master {
    fn id(&self) -> Id;
    fn external_id(&self) -> Option<&str>;
    fn state(&self) -> State;
}

macro_rules! master {
    ($($row:ty => $state:expr),* $(,)?) => {$(
        impl Master for $row {
            fn id(&self) -> Id {
                self.id
            }
            fn external_id(&self) -> Option<&str> {
                self.external_id.as_deref()
            }
            fn state(&self) -> State {
                let state: fn(&Self) -> State = $state;
                state(self)
            }
        }
    )*};
}

master! {
    Subsidiary => |_| State::Active,
    Currency => |_| State::Active,
    LedgerAccount => |row| row.state,
    Location => |row| row.state,
    Segment => |row| row.state,
    Item => |row| row.state,
    Period => |_| State::Active,
}

/// A table ready for look-ups.
#[derive(Debug)]
pub(crate) struct Index<Row> {
    unlisted: Unlisted,
    rows: BTreeMap<Id, Row>,
    external: BTreeMap<String, Id>,
}

/// What a reference leads to: an id and, if the table lists it, its row.
pub(crate) struct Found<'a, Row> {
    pub(crate) id: Id,
    pub(crate) row: Option<&'a Row>,
}

impl<Row: Master> Index<Row> {
    fn new(unlisted: Unlisted) -> Self {
        Self { unlisted, rows: BTreeMap::new(), external: BTreeMap::new() }
    }

    fn add(&mut self, table: Table<Row>) {
        match table.unlisted {
            Some(unlisted) => self.unlisted = unlisted,
            // Listing rows without a word about the others means that there are no others.
            None if !table.rows.is_empty() && self.rows.is_empty() => self.unlisted = Unlisted::Refused,
            None => {}
        }
        for row in table.rows {
            if let Some(external) = row.external_id() {
                self.external.insert(external.to_owned(), row.id());
            }
            self.rows.insert(row.id(), row);
        }
    }

    /// The row that may be used under this id, if any.
    pub(crate) fn find(&self, id: Id) -> Option<Found<'_, Row>> {
        match self.rows.get(&id) {
            Some(row) => (row.state() == State::Active).then_some(Found { id, row: Some(row) }),
            None => (self.unlisted == Unlisted::Accepted).then_some(Found { id, row: None }),
        }
    }

    /// The row that may be used under this external id, if any.
    pub(crate) fn find_external(&self, external: &str) -> Option<Found<'_, Row>> {
        self.external.get(external).and_then(|id| self.find(*id))
    }

    /// A row by its id, whatever its state.
    pub(crate) fn get(&self, id: Id) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// All listed rows by ascending id.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }
}

/// The account's tables, ready for look-ups.
#[derive(Debug)]
pub(crate) struct Masters {
    pub(crate) subsidiaries: Index<Subsidiary>,
    pub(crate) currencies: Index<Currency>,
    pub(crate) accounts: Index<LedgerAccount>,
    pub(crate) locations: Index<Location>,
    pub(crate) departments: Index<Segment>,
    pub(crate) classes: Index<Segment>,
    pub(crate) items: Index<Item>,
    pub(crate) periods: Index<Period>,
    pub(crate) entities: Index<Segment>,
    pub(crate) secondary_book: bool,
}

impl Masters {
    /// Indexes an account's set-up, with the one subsidiary and currency it has if it names none.
    pub(crate) fn new(account: Account) -> Self {
        let mut masters = Self {
            subsidiaries: Index::new(Unlisted::Refused),
            currencies: Index::new(Unlisted::Refused),
            accounts: Index::new(Unlisted::Accepted),
            locations: Index::new(Unlisted::Accepted),
            departments: Index::new(Unlisted::Accepted),
            classes: Index::new(Unlisted::Accepted),
            items: Index::new(Unlisted::Accepted),
            periods: Index::new(Unlisted::Accepted),
            entities: Index::new(Unlisted::Accepted),
            secondary_book: false,
        };
        masters.add(account);
        if masters.currencies.rows.is_empty() {
            let dollar =
                Currency { id: 1, symbol: "USD".to_owned(), decimals: 2, rate: None, external_id: None };
            masters.currencies.add(Table { unlisted: None, rows: vec![dollar] });
        }
        if masters.subsidiaries.rows.is_empty() {
            let parent =
                Subsidiary { id: 1, name: "Parent Company".to_owned(), currency: 1, external_id: None };
            masters.subsidiaries.add(Table { unlisted: None, rows: vec![parent] });
        }
        masters
    }

    /// Adds or replaces rows, as an administrator would while the account is in use.
    pub(crate) fn add(&mut self, account: Account) {
        self.subsidiaries.add(account.subsidiaries);
        self.currencies.add(account.currencies);
        self.accounts.add(account.accounts);
        self.locations.add(account.locations);
        self.departments.add(account.departments);
        self.classes.add(account.classes);
        self.items.add(account.items);
        self.periods.add(account.periods);
        self.entities.add(account.entities);
        self.secondary_book |= account.secondary_book;
    }

    /// Digits after the decimal point that amounts of a currency may have.
    pub(crate) fn decimals(&self, currency: Id) -> u32 {
        self.currencies.get(currency).map_or(2, |row| row.decimals)
    }

    /// What one unit of a currency is worth, in whatever all rates are told in.
    pub(crate) fn rate(&self, currency: Id) -> Decimal {
        self.currencies.get(currency).and_then(|row| row.rate).unwrap_or(Decimal::ONE)
    }

    /// The period a day falls into, if periods are listed and one of them holds it.
    pub(crate) fn period_of(&self, date: Date) -> Option<&Period> {
        self.periods.rows().find(|period| period.start <= date && date <= period.end)
    }

    /// Whether the account describes its periods at all.
    pub(crate) fn has_periods(&self) -> bool {
        !self.periods.rows.is_empty()
    }
}
