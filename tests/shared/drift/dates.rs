//! What the tills of both synthetic chains send on a date, in the order in which it comes: the stores in turn, a part of
//! their tickets after their end of day. Each date sells an item that is published after it.

use domain::calendar::Date;
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::text::Text;
use testkit::date;
use tillstream::generate::REGISTERS;
use tillstream::generate::shops::{Retailer, Shops};

/// Tickets of a store on one date, beside what its registers say of themselves.
const A_DAY: usize = 112;
/// Tickets of a store and date that come after its end of day.
const LATE: usize = 6;
/// The store of each chain that posts by windows of so many minutes instead of the whole store-day.
const WINDOWED: (usize, i32) = (4, 120);
/// Which item of each chain is a new one on each date.
const NEW: &str = "-15";
/// The first internal id of new items in NetSuite.
const NETSUITE_IDS: i32 = 100_000;

/// Both chains, from their first business date on.
pub(crate) struct Dates([Shops; 2]);

impl Dates {
    pub(crate) fn new() -> Self {
        let first = date("2010-01-01");
        Self([Retailer::Mexican, Retailer::Several].map(|retailer| Shops { retailer, seed: 2010, first }))
    }

    /// Records of all stores on one date, without their ends of day.
    pub(crate) fn records_of_a_date(&self) -> u64 {
        let stores: u32 = self.0.iter().map(Shops::stores).sum();
        u64::from(stores) * (A_DAY as u64 + 2 * REGISTERS.unsigned_abs() + 1)
    }

    /// A business date, counted from the first.
    pub(crate) fn date(&self, day: i32) -> Date {
        self.0[0].first.plus_days(day)
    }

    /// The store masters.
    pub(crate) fn stores(&self) -> impl Iterator<Item = Store> {
        let (windowed, minutes) = WINDOWED;
        let windows = move |(at, store): (usize, Store)| Store {
            window_minutes: if at == windowed { minutes } else { 0 },
            ..store
        };
        self.0.iter().flat_map(move |shops| shops.store_master().enumerate().map(windows))
    }

    /// The item masters, but for the new items.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item> {
        self.0.iter().flat_map(Shops::item_master)
    }

    /// The items that are sold on a date and published after it, one of each chain.
    pub(crate) fn new_items(&self, day: i32) -> Vec<Item> {
        let like = self.items().filter(|item| item.item.ends_with(NEW));
        let ids = NETSUITE_IDS + 2 * day..;
        let new = |(mut item, id): (Item, i32)| {
            item.versions[0].netsuite_id = Some(id.to_string());
            Item { item: new_name(&item.item, day), barcodes: Vec::new(), ..item }
        };
        like.zip(ids).map(new).collect()
    }

    /// What comes on a date.
    pub(crate) fn of(&self, day: i32) -> Vec<Transaction> {
        let stores = self.0.iter().flat_map(|shops| (0..shops.stores()).map(move |store| (shops, store)));
        let days = stores.map(|(shops, store)| self.of_store(shops, store, day).into_iter());
        let mut days: Vec<_> = days.collect();
        let mut records = Vec::new();
        while let Some(first) = days[0].next() {
            records.push(first);
            records.extend(days[1..].iter_mut().filter_map(Iterator::next));
        }
        records
    }

    fn of_store(&self, shops: &Shops, store: u32, day: i32) -> Vec<Transaction> {
        let mut records = shops.day(store, self.date(day), i64::try_from(A_DAY).unwrap());
        let opened = usize::try_from(REGISTERS).unwrap() + 1;
        let late: Vec<_> = records.drain(opened + A_DAY - LATE..opened + A_DAY).collect();
        records.extend(late);
        for line in records.iter_mut().flat_map(|record| &mut record.lines) {
            if let Some(item) = line.item.as_deref().filter(|item| item.ends_with(NEW)) {
                // What comes back or is handed over is what was sold or kept then.
                let first = self.date(0).days();
                let of = line.original.as_ref().map_or(day, |link| link.business_date.days() - first);
                line.item = Some(new_name(item, of).into());
                line.department = Some(Text::const_new("NEW"));
            }
        }
        records
    }
}

fn new_name(item: &str, day: i32) -> String {
    format!("{item}-{day}")
}
