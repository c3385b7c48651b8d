//! The readers of the command line: each takes in records as they lie on a topic, and says what holds.

use std::collections::BTreeMap;
use std::error::Error as _;

use domain::record::command::Command;
use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use domain::record::posting::Posting;
use domain::record::quarantine::Quarantined;
use domain::record::reference::{Item, Store};
use domain::record::sales::{Notice, SalesEvent};
use runtime::follow::Kept;
use runtime::stage::Record;
use tillstream::accounts::diff::History;
use tillstream::cluster::{self, Received};
use tillstream::order::bucket::{self, Buckets};
use tillstream::order::quarantine::{RecordId, Records};
use tillstream::order::suspense::{self, Lines};
use tillstream::order::{Outcome, answer_of};
use tillstream::posting;
use wire::Subject;

use crate::example::Example;
use crate::schemas::codecs;
use crate::stock_and_books::accounts;
use crate::words::NOTHING;

/// The item that somebody asks for.
const ASKED_FOR: &str = "5569230";

/// The store that somebody asks for.
const STORE_ASKED_FOR: &str = "367";

/// What became of a document.
pub(crate) fn posting(record: &Record<'_>) -> String {
    said(read(record).map(|received| {
        let mut last = BTreeMap::new();
        posting::hear(&mut last, received);
        let words = last.into_values().map(|posting: Posting| format!("last word {}", posting.status));
        words.collect()
    }))
}

/// A journal, of which somebody asks what another account map would have made.
pub(crate) fn journal(record: &Record<'_>) -> String {
    said(read(record).map(|received: Received<JournalEntry>| {
        let accounts = accounts();
        let mut history = History::of(accounts.map(), accounts.map(), None, None);
        history.journal(&received.record.unwrap()).unwrap();
        vec![format!("takes {} document, {} lines strange", history.documents, history.strange)]
    }))
}

/// An adjustment, likewise.
pub(crate) fn adjustment(record: &Record<'_>) -> String {
    said(read(record).map(|received: Received<Adjustment>| {
        let accounts = accounts();
        let mut history = History::of(accounts.map(), accounts.map(), None, None);
        history.adjustment(&received.record.unwrap());
        vec![format!("takes {} document", history.documents)]
    }))
}

/// A record that somebody is to decide on.
pub(crate) fn quarantined(record: &Record<'_>) -> String {
    said(read(record).map(|received: Received<Quarantined>| {
        let mut records = Records::default();
        records.quarantined(received.record.unwrap());
        records.open().keys().map(|id| format!("open {id}")).collect()
    }))
}

/// A command, that was carried out, about the records among the examples.
pub(crate) fn command(record: &Record<'_>) -> String {
    said(read_or_none(record).map(|received: Received<Command>| {
        let Some(command) = received.record else { return Vec::new() };
        let id = command.id.as_str().into();
        let mut records = in_quarantine();
        let before: Vec<RecordId> = records.open().keys().cloned().collect();
        records.command(command);
        let notice = Some(Notice { command: Some(id), ..Notice::default() });
        records.event(&SalesEvent { kind: "command".into(), notice, ..SalesEvent::default() });
        let decided = before.iter().filter(|id| !records.open().contains_key(id));
        decided.map(|id| format!("decides {id}")).collect()
    }))
}

/// An event, to each of those who look at events.
pub(crate) fn event(record: &Record<'_>) -> String {
    said(read(record).map(|received: Received<SalesEvent>| {
        let event = received.record.unwrap();
        in_quarantine().event(&event);
        let mut words = Vec::new();
        let mut buckets = Buckets::of("367", "2026-03-14".parse().unwrap());
        buckets.apply(&event);
        for open in buckets.list() {
            words.push(format!("opens {}/{} with {}", open.window, open.version, open.count));
        }
        let mut lines = Lines::default();
        lines.apply(&event);
        for (item, waiting) in lines.by_item() {
            words.push(format!("{} of {} waits", waiting.amount, item.unwrap_or_default()));
        }
        match answer_of(&event) {
            Some((command, Outcome::Refused(_))) => words.push(format!("{command} is refused")),
            Some((command, outcome)) => words.push(format!("{command} is {outcome:?}")),
            None => {}
        }
        words
    }))
}

/// A record of the item master.
pub(crate) fn item(record: &Record<'_>) -> String {
    said(read_or_none(record).map(|received: Received<Item>| {
        let mut known = BTreeMap::new();
        suspense::learn(&mut known, &[ASKED_FOR.to_owned()].into(), received);
        known.into_iter().map(|(item, offset)| format!("knows {item} at {offset}")).collect()
    }))
}

/// A record of the store master.
pub(crate) fn store(record: &Record<'_>) -> String {
    said(read_or_none(record).map(|received: Received<Store>| {
        let mut known = false;
        bucket::learn(&mut known, STORE_ASKED_FOR, &received);
        if known { vec![format!("knows {STORE_ASKED_FOR}")] } else { Vec::new() }
    }))
}

/// The records among the examples, before anybody has decided.
fn in_quarantine() -> Records {
    let decoder = codecs().decoder::<Quarantined>().unwrap();
    let mut records = Records::default();
    for example in Example::all("pos.quarantine", "good") {
        records.quarantined(decoder.decode(&example.encoded()).unwrap());
    }
    records
}

fn read<T: Subject>(record: &Record<'_>) -> Result<Received<T>, String> {
    Received::read(&codecs().decoder().unwrap(), &kept(record)).map_err(stops)
}

fn read_or_none<T: Subject>(record: &Record<'_>) -> Result<Received<T>, String> {
    Received::read_or_none(&codecs().decoder().unwrap(), &kept(record)).map_err(stops)
}

fn stops(error: cluster::Error) -> String {
    format!("stops: {error}: {}", error.source().expect("the reader's own words"))
}

fn kept(record: &Record<'_>) -> Kept {
    Kept {
        partition: record.partition,
        offset: record.offset,
        timestamp: record.timestamp,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
    }
}

fn said(words: Result<Vec<String>, String>) -> String {
    match words {
        Ok(words) if words.is_empty() => NOTHING.to_owned(),
        Ok(words) => words.join(", "),
        Err(stops) => stops,
    }
}
