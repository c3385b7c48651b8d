//! Sends the whole real data set through the pure core and finds the expected side of the statement.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use domain::enrichment::Explained;
use domain::masters::{Items, Store, Stores};
use domain::record::pos::Transaction;
use domain::record::sales::{Bucket, Sale};
use domain::ticket::Kind;
use tillstream::cache::Cache;
use tillstream::completejourney::{Dataset, fetch};
use tillstream::replay::masters;
use tillstream::replay::ticket::Tickets;
use tillstream::statement::expected::{Books, Expected};

/// Smallest units of an amount in a cent, and of a quantity in a piece and in a thousandth.
const CENT: i64 = 100;
const PIECE: i64 = 1_000_000;
const THOUSANDTH: i64 = 1_000;

#[test]
fn every_basket_is_a_ticket_that_books_as_expected() {
    let dataset = dataset();
    let (items, stores) = masters(dataset);
    let tickets = Tickets::new(dataset).unwrap();
    assert_eq!(tickets.count(), 155_848 + 38_410);

    let before = Instant::now();
    let mut booked: BTreeMap<(u32, String), Books> = BTreeMap::new();
    let (mut sales, mut ends_of_day) = (0_u64, 0_u64);
    let mut previous = Transaction::default();
    let mut last: BTreeMap<String, (i64, bool)> = BTreeMap::new();
    for transaction in tickets.iter() {
        let transaction = transaction.unwrap();
        assert!(previous.ended_at <= transaction.ended_at, "in the order of time");
        follows(&mut last, &transaction);
        previous = transaction.clone();
        let store = stores.find(&transaction.store).unwrap();
        let explained = Explained::check(transaction, store, &items).unwrap();
        match explained.ticket().kind() {
            Kind::Control => {
                ends_of_day += 1;
                continue;
            }
            Kind::Sale => sales += 1,
            Kind::Stock | Kind::CashMovement | Kind::Report | Kind::Unfinished => {
                panic!("the data set has sales only")
            }
        }
        book(&mut booked, explained, store);
    }
    tell(&format!(
        "{sales} tickets and {ends_of_day} ends of day checked and enriched after {:?}",
        before.elapsed()
    ));
    assert_eq!((sales, ends_of_day), (155_848, 38_410));
    assert!(last.values().all(|(_, ended)| *ended), "each store's last record of a date is its end of day");

    let expected = Expected::compute(dataset.baskets(), dataset.products()).unwrap();
    let days = expected.store_days.iter();
    let days: BTreeMap<_, _> =
        days.map(|((store, date), books)| ((*store, date.to_string()), *books)).collect();
    assert!(booked == days, "every store-day books what is expected of it, per role and in units");
}

#[test]
fn the_missing_items_are_the_ones_the_statement_counts() {
    let dataset = dataset();
    let expected = Expected::compute(dataset.baskets(), dataset.products()).unwrap();
    let missing = masters::missing_items(dataset);
    let numbers: Vec<String> = missing.iter().map(|item| item.item.clone()).collect();
    let unknown: Vec<String> = expected.unknown_product_ids.iter().map(u32::to_string).collect();
    assert_eq!(numbers, unknown);
    assert!(missing.iter().all(|item| item.versions[0].department == masters::UNLISTED));
    assert_eq!(masters::stores(dataset).len(), 457);
}

#[test]
fn some_stores_send_what_they_send_among_all() {
    let dataset = dataset();
    let some = Tickets::new(dataset).unwrap().of_stores(&[367, 2].into()).unwrap();
    let sent: Vec<Transaction> = some.iter().map(Result::unwrap).collect();
    assert_eq!(sent.len() as u64, some.count());
    let all = Tickets::new(dataset).unwrap();
    let among = all.iter().map(Result::unwrap).filter(|sent| ["367", "2"].contains(&sent.store.as_str()));
    assert!(sent.iter().cloned().eq(among));
    assert_eq!(all.of_stores(&[367, 1].into()).unwrap_err(), 1);
}

/// The data set, read once for all tests.
fn dataset() -> &'static Dataset {
    static DATASET: OnceLock<Dataset> = OnceLock::new();
    DATASET.get_or_init(|| Dataset::read(&fetch::fetch(&Cache::from_environment(), &tell).unwrap()).unwrap())
}

/// Both masters as a service holds them, missing items included.
fn masters(dataset: &Dataset) -> (Items, Stores) {
    let (mut items, mut stores) = (Items::default(), Stores::default());
    let all =
        masters::listed_items(dataset).chain(masters::missing_items(dataset)).chain([masters::all_items()]);
    for (item, offset) in all.zip(0..) {
        assert_eq!(items.apply(&item.item.clone(), Some(item), offset), None);
    }
    for (store, offset) in masters::stores(dataset).into_iter().chain([masters::all_stores()]).zip(0..) {
        assert_eq!(stores.apply(&store.store.clone(), Some(store), offset), None);
    }
    assert_eq!((items.len(), stores.len()), (92_331 + 17, 457));
    assert!(items.is_complete() && stores.is_complete());
    (items, stores)
}

/// Each store numbers from 1 on each date without gaps, and its end of day is the last of it.
fn follows(last: &mut BTreeMap<String, (i64, bool)>, transaction: &Transaction) {
    let key = format!("{} {}", transaction.store, transaction.business_date);
    let (sequence, ended) = last.entry(key.clone()).or_default();
    assert!(!*ended && transaction.sequence == *sequence + 1, "{key} at {}", transaction.sequence);
    (*sequence, *ended) = (transaction.sequence, transaction.kind == "business_eod");
}

fn book(booked: &mut BTreeMap<(u32, String), Books>, explained: Explained, store: &Store) {
    let transaction = explained.ticket().transaction();
    let bucket = Bucket { business_date: transaction.business_date, window: 0, version: 1 };
    let key = (transaction.store.parse().unwrap(), transaction.business_date.to_string());
    let (sale, waiting) = explained.enrich(store, &Stores::default(), bucket);
    assert!(waiting.is_empty(), "every item is known");
    *booked.entry(key).or_default() += books_of(&sale);
}

fn books_of(sale: &Sale) -> Books {
    let mut books = Books::default();
    for tender in &sale.tenders {
        let role = match tender.role.as_str() {
            "tender_clearing" => &mut books.tender_cents,
            "coupon_receivable" => &mut books.coupon_receivable_cents,
            other => panic!("a tender of role {other}"),
        };
        *role += tender.amount.units() / CENT;
    }
    for line in &sale.lines {
        books.discount_cents +=
            line.discounts.iter().map(|discount| discount.amount.units() / CENT).sum::<i64>();
        let role = match line.role.as_str() {
            "sales" => &mut books.sales_cents,
            "gift_card_liability" => &mut books.gift_card_liability_cents,
            other => panic!("a line of role {other}"),
        };
        *role += line.amount.units() / CENT;
        match line.stock_unit.as_deref() {
            Some("GLL") => books.fuel_gallon_thousandths += line.quantity.units() / THOUSANDTH,
            _ => books.pieces += line.quantity.units() / PIECE,
        }
    }
    books
}

#[allow(clippy::print_stdout, reason = "the times are of interest when the test is run by hand")]
fn tell(line: &str) {
    println!("{line}");
}
