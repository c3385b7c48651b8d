//! Inventory and journal, which stand side by side behind enrich: what they are told, and their own state.

use std::time::Duration;

use domain::account_map::{AccountMap, Accounts, Node};
use inventory::service::Inventory;
use journal::service::Journal;
use runtime::stage::{Record, Service, Topics};
use testkit::metrics::{counter, gauge};

use crate::consumer::{Driven, State, restore};
use crate::schemas::codecs;

pub(crate) fn stock_topics() -> Topics {
    stock().topics()
}

pub(crate) fn books_topics() -> Topics {
    books().topics()
}

/// A movement of the stock that the examples of the changelog hold.
pub(crate) fn movement(record: &Record<'_>) -> String {
    without_remedy(Driven::new(stock(), record.partition, State::Restored).process(record))
}

/// An event of a store whose open buckets are those among the examples of the changelog.
pub(crate) fn event(record: &Record<'_>) -> String {
    without_remedy(Driven::new(books(), record.partition, State::Restored).process(record))
}

/// Says that an account map is not there, and not what to do: that names the map in use, whose hash is no example's.
fn without_remedy(words: String) -> String {
    words.split_once("; start with its file").map_or(words.clone(), |(why, _)| why.to_owned())
}

/// A record of the state of inventory.
pub(crate) fn stock_state(record: &Record<'_>) -> String {
    restore(stock(), record).map_or_else(|stops| stops, |_| "restored".to_owned())
}

/// A record of the state of journal.
pub(crate) fn books_state(record: &Record<'_>) -> String {
    restore(books(), record).map_or_else(|stops| stops, |_| "restored".to_owned())
}

fn stock() -> Inventory {
    let counters = inventory::metrics::Counters::with(counter, gauge).unwrap();
    Inventory::new(accounts(), Duration::ZERO, counters, &codecs()).unwrap()
}

fn books() -> Journal {
    let counters = journal::metrics::Counters::with(counter, gauge).unwrap();
    Journal::new(accounts(), counters, &codecs()).unwrap()
}

/// The map that comes with the project, adopted: the examples were made under another.
pub(crate) fn accounts() -> Accounts {
    let text = include_str!("../../services/journal/accounts.example.toml");
    let node: Node = toml::from_str(text).unwrap();
    let map = AccountMap::read(&node).unwrap();
    let adopted = map.hash().to_owned();
    Accounts::new(map, None, Some(&adopted)).unwrap()
}
