//! The store master: each record checked when it is read, so that a ticket meets only usable stores.
//!
//! A record that cannot be used takes the store out of the table, also when an earlier one was good: after
//! a restart only the later one is there, and the answer must be the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::barcode::Layout;
use crate::bucket::Touched;
use crate::calendar::{Date, Zone};
use crate::currency::Currency;
use crate::identity::is_name;
use crate::record::pos::Transaction;
use crate::record::reference;
use crate::text::Text;
use crate::vocabulary;

use super::{Finding, Findings, SNAPSHOT_COMPLETE, Trading};

/// Bytes of an internal id of NetSuite.
const NETSUITE_ID_MAX: usize = 255;

/// Other subsidiaries of a store.
const OTHER_SUBSIDIARIES_MAX: usize = 100;

/// Longest posting window: a day.
const WINDOW_MINUTES_MAX: i32 = 1_440;

/// Layouts of labels that a store has.
const LAYOUTS_MAX: usize = 100;

/// How the registers of a store number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epochs {
    /// They start anew each business date.
    Daily,
    /// Tickets say which epoch they belong to.
    Stated,
    /// They never start anew.
    Single,
}

/// When the tax of a deposit is due: a policy of the subsidiary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DepositTax {
    /// As the till states it, or does not.
    #[default]
    AsStated,
    /// With the deposit, so each deposit states its tax.
    WhenCollected,
    /// With the goods, so no deposit states any.
    WhenCompleted,
}

/// Which location of a subsidiary bears what one of its stores gives back and another one sold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reversal {
    /// That of the store that takes it back.
    #[default]
    Taker,
    /// That of the store that sold it.
    Seller,
}

/// A store with which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Store number.
    pub store: Text,
    /// Name for people.
    pub name: Option<Text>,
    /// Subsidiary, key of the account map.
    pub subsidiary: Text,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
    /// Location that owns the store's stock.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// Currency of its tills.
    pub currency: Currency,
    /// Internal id of the currency in NetSuite; absent posts in the subsidiary's own.
    pub currency_netsuite_id: Option<Text>,
    /// Zone its business date is kept in.
    pub zone: Zone,
    /// How its registers number.
    pub epochs: Epochs,
    /// 0 posts the whole store-day, else the length of a posting window in minutes.
    pub window_minutes: i32,
    /// First business date that is accepted.
    pub go_live: Option<Date>,
    /// False once the store is closed for good; its late tickets are booked all the same.
    pub active: bool,
    /// How the labels of its scales are laid out; no label is of two of them.
    pub barcode_layouts: Vec<Layout>,
    /// Other subsidiaries in whose books it may book.
    pub other_subsidiaries: Vec<Text>,
    /// When the tax of its deposits is due.
    pub deposit_tax: DepositTax,
    /// Which location bears what it gives back and another store of its subsidiary sold.
    pub reversal: Reversal,
    /// On which registers and days it trades.
    pub trading: Trading,
}

impl Store {
    /// A store that is not in the master, as a ticket of it would have it: only what no master could allow is wrong
    /// with the ticket then.
    #[must_use]
    pub fn stand_in(transaction: &Transaction) -> Self {
        // The till may name its own location where no other would do.
        let own = transaction.lines.iter().filter(|line| !line.voided && !vocabulary::hands_over(line));
        let location = own.filter_map(|line| line.fulfilment_location.clone()).next();
        Self {
            store: transaction.store.clone(),
            name: None,
            subsidiary: Text::default(),
            subsidiary_netsuite_id: Text::default(),
            location: location.unwrap_or_default(),
            location_netsuite_id: Text::default(),
            currency: Currency::parse(&transaction.currency).unwrap_or(Currency::USD),
            currency_netsuite_id: None,
            zone: Zone::utc(),
            epochs: Epochs::Single,
            window_minutes: 0,
            go_live: None,
            active: true,
            barcode_layouts: Vec::new(),
            other_subsidiaries: Vec::new(),
            deposit_tax: DepositTax::default(),
            reversal: Reversal::default(),
            trading: Trading::default(),
        }
    }

    /// The currency in which its subsidiary keeps its books; `None` where its tills may take another one.
    #[must_use]
    pub fn books_currency(&self) -> Option<Currency> {
        self.currency_netsuite_id.is_none().then_some(self.currency)
    }

    /// Checks a record of the store master.
    ///
    /// # Errors
    /// Everything that is wrong with it, one sentence each.
    pub fn check(record: reference::Store) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        for (field, text) in
            [("store", &record.store), ("location", &record.location), ("subsidiary", &record.subsidiary)]
        {
            if !is_name(text) {
                wrong.push(format!("{field} `{text}` is not 1 to 20 of A-Z a-z 0-9 and hyphen"));
            }
        }
        for (field, text) in [
            ("subsidiary_netsuite_id", &record.subsidiary_netsuite_id),
            ("location_netsuite_id", &record.location_netsuite_id),
        ] {
            if text.is_empty() || text.len() > NETSUITE_ID_MAX {
                wrong.push(format!(
                    "{field} has not 1 to {NETSUITE_ID_MAX} bytes; give the internal id of NetSuite"
                ));
            }
        }
        if record.currency_netsuite_id.as_ref().is_some_and(|id| id.len() > NETSUITE_ID_MAX) {
            wrong.push(format!("currency_netsuite_id has more than {NETSUITE_ID_MAX} bytes"));
        }
        if !(0..=WINDOW_MINUTES_MAX).contains(&record.window_minutes) {
            wrong.push(format!(
                "window_minutes {} is not 0 for the whole store-day, nor 1 to {WINDOW_MINUTES_MAX}",
                record.window_minutes
            ));
        }
        let epochs = match record.sequence_epochs.as_str() {
            "daily" => Some(Epochs::Daily),
            "stated" => Some(Epochs::Stated),
            "single" => Some(Epochs::Single),
            _ => None,
        };
        if epochs.is_none() {
            wrong
                .push(format!("sequence_epochs `{}` is not daily, stated or single", record.sequence_epochs));
        }
        let barcode_layouts = barcode_layouts(&record.barcode_layouts, &mut wrong);
        let others = &record.other_subsidiaries;
        for other in others.iter().filter(|other| !is_name(other) || **other == record.subsidiary) {
            wrong.push(format!("other_subsidiaries: `{other}` is no name of another subsidiary"));
        }
        if others.len() > OTHER_SUBSIDIARIES_MAX {
            wrong.push(format!("{} other_subsidiaries are more than {OTHER_SUBSIDIARIES_MAX}", others.len()));
        }
        let due = [
            ("as_stated", DepositTax::AsStated),
            ("when_collected", DepositTax::WhenCollected),
            ("when_completed", DepositTax::WhenCompleted),
        ];
        let deposit_tax = policy("deposit_tax", record.deposit_tax.as_deref(), &due, &mut wrong);
        let bearers = [("taker", Reversal::Taker), ("seller", Reversal::Seller)];
        let reversal = policy("reversal", record.reversal.as_deref(), &bearers, &mut wrong);
        let trading = Trading::check(&record, &mut wrong);
        let currency = Currency::parse(&record.currency).map_err(|error| wrong.push(error.to_string()));
        let zone = record.zone.parse().map_err(|error: crate::calendar::Error| wrong.push(error.to_string()));
        let (Some(epochs), Ok(currency), Ok(zone)) = (epochs, currency, zone) else { return Err(wrong) };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            store: record.store.into(),
            name: record.name.map(Into::into),
            subsidiary: record.subsidiary.into(),
            subsidiary_netsuite_id: record.subsidiary_netsuite_id.into(),
            location: record.location.into(),
            location_netsuite_id: record.location_netsuite_id.into(),
            currency,
            currency_netsuite_id: record.currency_netsuite_id.map(Into::into),
            zone,
            epochs,
            window_minutes: record.window_minutes,
            go_live: record.go_live,
            active: record.active,
            barcode_layouts,
            other_subsidiaries: record.other_subsidiaries.into_iter().map(Into::into).collect(),
            deposit_tax,
            reversal,
            trading,
        })
    }
}

/// What the word of a policy says, or that there is none; adds a word that nobody knows.
fn policy<T: Copy + Default>(
    field: &str,
    word: Option<&str>,
    known: &[(&str, T)],
    wrong: &mut Vec<String>,
) -> T {
    let Some(word) = word else { return T::default() };
    let found = known.iter().find(|(each, _)| *each == word);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(each, _)| *each).collect();
        wrong.push(format!("{field} `{word}` is none of {}", words.join(", ")));
    }
    found.map(|(_, policy)| *policy).unwrap_or_default()
}

/// Reads layouts of labels, and adds what is wrong with them.
fn barcode_layouts(texts: &[String], wrong: &mut Vec<String>) -> Vec<Layout> {
    if texts.len() > LAYOUTS_MAX {
        wrong.push(format!("{} barcode_layouts are more than {LAYOUTS_MAX}", texts.len()));
        return Vec::new();
    }
    let mut layouts: Vec<Layout> = Vec::with_capacity(texts.len());
    for text in texts {
        match Layout::parse(text) {
            Ok(layout) if layouts.iter().any(|other| other.meets(&layout)) => wrong.push(format!(
                "a label may be of `{text}` and of another of the barcode_layouts; tell them apart by a digit"
            )),
            Ok(layout) => layouts.push(layout),
            Err(error) => wrong.push(format!("barcode_layouts: {error}")),
        }
    }
    layouts
}

/// Two stores of one subsidiary that differ in when the tax of a deposit is due, a policy of the subsidiary. Refuses
/// nothing: each store is held to its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uneven {
    /// Subsidiary.
    pub subsidiary: Text,
    /// Its first store.
    pub store: Text,
    /// The first one that differs from that.
    pub other: Text,
}

/// The store master as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Stores {
    stores: BTreeMap<String, Store>,
    /// The stores that each location belongs to.
    at: BTreeMap<Text, BTreeSet<String>>,
    findings: Findings,
    /// Subsidiaries that were found uneven, and still are.
    uneven: BTreeSet<Text>,
    complete: bool,
    next_offset: i64,
}

impl Stores {
    /// Applies one record of `ref.stores`, in the order of the topic; `None` takes the store out. Returns
    /// what is wrong with the record.
    pub fn apply(&mut self, key: &str, record: Option<reference::Store>, offset: i64) -> Option<Finding> {
        self.next_offset = self.next_offset.max(offset.saturating_add(1));
        if key == SNAPSHOT_COMPLETE {
            self.complete |= record.is_some();
            return None;
        }
        self.findings.forget(key);
        self.forget(key);
        let record = record?;
        if record.store != key {
            let wrong = format!("the record is of store `{}`, not of its key", record.store);
            return Some(self.findings.add(key, offset, &[wrong]));
        }
        // Layouts are for lines that may wait, registers and days for flags: what is wrong with them alone does not
        // stop a shop.
        let without = || reference::Store {
            barcode_layouts: Vec::new(),
            registers: Vec::new(),
            closed_weekdays: Vec::new(),
            closed_dates: Vec::new(),
            open_dates: Vec::new(),
            ..record.clone()
        };
        let (store, wrong) = match Store::check(record.clone()) {
            Ok(store) => (Some(store), Vec::new()),
            Err(wrong) => (Store::check(without()).ok(), wrong),
        };
        let finding = (!wrong.is_empty()).then(|| self.findings.add(key, offset, &wrong));
        if let Some(store) = store {
            self.at.entry(store.location.clone()).or_default().insert(key.to_owned());
            self.stores.insert(key.to_owned(), store);
        }
        finding
    }

    /// True for a store that the master names, and whose record cannot be used.
    #[must_use]
    pub fn is_refused(&self, store: &str) -> bool {
        !self.stores.contains_key(store) && self.findings.has(store)
    }

    /// Applies a record of `ref.stores` whose bytes cannot be read: its store is as if unknown, as after a
    /// restart, when only this record is left of it.
    pub fn refuse(&mut self, key: &str, offset: i64, why: &str) -> Finding {
        self.next_offset = self.next_offset.max(offset.saturating_add(1));
        self.findings.forget(key);
        self.forget(key);
        self.findings.add(key, offset, &[why.to_owned()])
    }

    fn forget(&mut self, key: &str) {
        let Some(store) = self.stores.remove(key) else { return };
        if let Some(stores) = self.at.get_mut(&store.location) {
            stores.remove(key);
            if stores.is_empty() {
                self.at.remove(&store.location);
            }
        }
    }

    /// The store of that number, where the master has a usable one.
    #[must_use]
    pub fn find(&self, store: &str) -> Option<&Store> {
        self.stores.get(store)
    }

    /// A usable store whose stock a location owns; `None` also where several say different things of it.
    #[must_use]
    pub fn at(&self, location: &str) -> Option<&Store> {
        let mut at = self.at.get(location)?.iter().filter_map(|store| self.stores.get(store));
        let first = at.next()?;
        at.all(|other| Touched::of(other) == Touched::of(first)).then_some(first)
    }

    /// The currency in which the subsidiary of a location keeps its books, where a store there tells it.
    #[must_use]
    pub fn books_currency_at(&self, Touched { location, subsidiary, .. }: &Touched) -> Option<Currency> {
        self.at(location).filter(|store| store.subsidiary == *subsidiary)?;
        let stores = self.at.get(location)?.iter().filter_map(|store| self.stores.get(store));
        stores.filter_map(Store::books_currency).next()
    }

    /// The subsidiaries that became uneven since this was asked last. None before the snapshot is complete, whose
    /// records stand in any order.
    pub fn newly_uneven(&mut self) -> Vec<Uneven> {
        if !self.complete {
            return Vec::new();
        }
        let mut first: BTreeMap<&Text, &Store> = BTreeMap::new();
        let mut uneven: BTreeMap<&Text, Uneven> = BTreeMap::new();
        for store in self.stores.values() {
            let subsidiary = &store.subsidiary;
            let one = *first.entry(subsidiary).or_insert(store);
            if one.deposit_tax != store.deposit_tax {
                uneven.entry(subsidiary).or_insert_with(|| Uneven {
                    subsidiary: subsidiary.clone(),
                    store: one.store.clone(),
                    other: store.store.clone(),
                });
            }
        }
        let found: Vec<Uneven> = uneven.into_values().collect();
        let before = std::mem::take(&mut self.uneven);
        self.uneven = found.iter().map(|uneven| uneven.subsidiary.clone()).collect();
        found.into_iter().filter(|uneven| !before.contains(&uneven.subsidiary)).collect()
    }

    /// Every usable store, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Store> {
        self.stores.values()
    }

    /// How many stores are usable.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stores.len()
    }

    /// True without a usable store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty()
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
}
