//! Whether NetSuite holds each document once, as it was written, and nothing else; and whether what it holds
//! is what the tickets add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::number::{Amount, Quantity};
use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use domain::record::posting::Posting;
use runtime::follow::From;

use crate::account::{Record, RecordLine};
use crate::feed::{CHAIN, Offered};
use crate::oracle::{Expected, Roles, Stock, Window};
use crate::verdict::{add, same, some, without_nothing};
use crate::wait::tell;
use crate::world::World;

/// How long creates may still run that their clients have given up.
const LATE_WITHIN: Duration = Duration::from_secs(20);

/// A document as NetSuite must hold it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Paper {
    id: String,
    kind: String,
    date: String,
    subsidiary: i64,
    /// Account of an adjustment.
    account: Option<i64>,
    lines: Vec<Line>,
}

/// A line of it, in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    /// Account of a journal's line, item of an adjustment's.
    of: i64,
    /// Debit or units added, credit below zero, in the smallest unit of a document.
    units: i64,
    location: Option<i64>,
    department: Option<i64>,
    class: Option<i64>,
}

/// The documents of the topics by id, and their place: family, version, part.
#[derive(Debug, Default)]
struct Papers {
    papers: BTreeMap<String, Paper>,
    places: BTreeMap<String, (String, i32, i32)>,
}

impl World {
    /// Waits until the last word on every document is that NetSuite holds it.
    pub(crate) fn wait_until_posted(&mut self, within: Duration) {
        let mut open = Vec::new();
        let posted = self.wait_until(within, |world| {
            let postings = world.postings();
            let is_open = |id: &String| postings.get(id).is_none_or(|posting| posting.status != "posted");
            open = world.documents().papers.into_keys().filter(is_open).collect();
            open.is_empty()
        });
        assert!(posted, "{} documents are not posted, such as {:?}", open.len(), &open[..open.len().min(5)]);
    }

    /// Judges NetSuite's side of what was offered. Everything must be posted and the services drained.
    pub(crate) fn judge_netsuite(&mut self, offered: &Offered) {
        let quiet = self.wait_until(LATE_WITHIN, |world| world.account().counters().in_flight == 0);
        assert!(quiet, "every create that was given up has come to its end");
        let documents = self.documents();
        let (records, arrivals) = (self.account().records(), self.account().arrivals());

        let mut held = BTreeMap::new();
        for record in &records {
            let before = held.insert(record.external_id.clone(), record.id.to_string());
            assert_eq!(before, None, "{} is held twice, also as {}", record.external_id, record.id);
        }
        same("documents in NetSuite", records.iter().map(paper_of_record), documents.papers.into_values());

        let first_seen = arrivals.iter().map(|arrival| arrival.external_id.as_str());
        in_order("creates", &documents.places, first_seen);
        in_order("records", &documents.places, records.iter().map(|record| record.external_id.as_str()));

        let postings = self.postings().into_values();
        let posted = postings.map(|posting| (posting.document, posting.status, posting.netsuite_id));
        let expected = held.into_iter().map(|(id, number)| (id, "posted".to_owned(), Some(number)));
        same("last words on netsuite.postings", posted, expected);

        let expected = Expected::of(offered);
        same("books in NetSuite", without_nothing(&books(&records)), without_nothing(&expected.books));
        same("stock adjusted in NetSuite", some(&stock(&records)), some(&expected.stock));
        tell(&format!(
            "NetSuite holds {} documents after {} creates, {} of which it refused as doubles",
            records.len(),
            arrivals.len(),
            self.account().counters().refused_as_duplicate
        ));
    }

    fn documents(&self) -> Papers {
        let mut documents = Papers::default();
        let scan = self.cluster.scan::<JournalEntry>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let entry = received.record.expect("no tombstones");
            documents.places.insert(entry.id.clone(), (entry.family.clone(), entry.version, entry.part));
            documents.papers.insert(entry.id.clone(), paper_of_journal(&entry));
        });
        read.unwrap();
        let scan = self.cluster.scan::<Adjustment>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let adjustment = received.record.expect("no tombstones");
            let place = (adjustment.family.clone(), adjustment.version, adjustment.part);
            documents.places.insert(adjustment.id.clone(), place);
            documents.papers.insert(adjustment.id.clone(), paper_of_adjustment(&adjustment));
        });
        read.unwrap();
        documents
    }

    /// The last word on each document.
    fn postings(&self) -> BTreeMap<String, Posting> {
        let mut last = BTreeMap::new();
        let scan = self.cluster.scan::<Posting>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let posting = received.record.expect("no tombstones");
            last.insert(posting.document.clone(), posting);
        });
        read.unwrap();
        last
    }
}

/// Holds ids, each where it comes first, to the order of versions and parts within each family.
fn in_order<'a>(
    what: &str,
    places: &BTreeMap<String, (String, i32, i32)>,
    ids: impl Iterator<Item = &'a str>,
) {
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
    for id in ids.filter(|id| seen.insert(*id)) {
        let (family, version, part) = &places[id];
        let before = last.insert(family, (version, part));
        assert!(before < Some((version, part)), "{what}: {id} comes after {before:?} of its family");
    }
}

fn paper_of_journal(entry: &JournalEntry) -> Paper {
    let lines = entry.lines.iter().map(|line| Line {
        of: number(&line.account_netsuite_id),
        units: line.debit.map_or(0, |debit| debit.units()) - line.credit.map_or(0, |credit| credit.units()),
        location: line.location_netsuite_id.as_deref().map(number),
        department: line.department_netsuite_id.as_deref().map(number),
        class: line.class_netsuite_id.as_deref().map(number),
    });
    Paper {
        id: entry.id.clone(),
        kind: "journalEntry".to_owned(),
        date: entry.business_date.to_string(),
        subsidiary: number(&entry.subsidiary_netsuite_id),
        account: None,
        lines: lines.collect(),
    }
}

fn paper_of_adjustment(adjustment: &Adjustment) -> Paper {
    let lines = adjustment.lines.iter().map(|line| Line {
        of: number(&line.netsuite_item),
        units: line.quantity.units(),
        location: Some(number(&adjustment.location_netsuite_id)),
        department: None,
        class: None,
    });
    Paper {
        id: adjustment.id.clone(),
        kind: "inventoryAdjustment".to_owned(),
        date: adjustment.business_date.to_string(),
        subsidiary: number(&adjustment.subsidiary_netsuite_id),
        account: Some(number(&adjustment.account_netsuite_id)),
        lines: lines.collect(),
    }
}

fn paper_of_record(record: &Record) -> Paper {
    let lines = sent(record).map(|line| Line {
        of: if is_journal(record) { line.account } else { line.item }.expect("a line is of something"),
        units: if is_journal(record) { debit_units(line) } else { quantity_units(line) },
        location: line.location,
        department: line.department,
        class: line.class,
    });
    Paper {
        id: record.external_id.clone(),
        kind: record.kind.clone(),
        date: record.date.clone(),
        subsidiary: record.subsidiary,
        account: record.account,
        lines: lines.collect(),
    }
}

/// What NetSuite's journals add up to. Store and window are taken from the external id, nothing from the
/// documents.
fn books(records: &[Record]) -> BTreeMap<Window, Roles> {
    let mut books = BTreeMap::<Window, Roles>::new();
    for record in records.iter().filter(|record| is_journal(record)) {
        let parts: Vec<&str> = record.external_id.split('_').collect();
        let window = (parts[1].into(), record.date.parse().unwrap(), parts[3].parse().unwrap());
        let roles = books.entry(window).or_default();
        for line in sent(record) {
            *roles.entry(role_of(line.account).to_owned()).or_default() += debit_units(line);
        }
    }
    books
}

/// What NetSuite's adjustments add up to, under the names the tills have for locations and items.
fn stock(records: &[Record]) -> Stock {
    let stores = CHAIN.store_master();
    let locations: BTreeMap<i64, String> =
        stores.map(|store| (number(&store.location_netsuite_id), store.location)).collect();
    let known = |item: domain::record::reference::Item| {
        (number(item.versions[0].netsuite_id.as_deref().expect("an item has one")), item.item)
    };
    let items: BTreeMap<i64, String> = CHAIN.item_master().map(known).collect();
    let mut stock = Stock::new();
    for line in records.iter().filter(|record| !is_journal(record)).flat_map(sent) {
        let (location, item) =
            (line.location.expect("stock is somewhere"), line.item.expect("and of an item"));
        add(&mut stock, &locations[&location], &items[&item], quantity_units(line));
    }
    stock
}

/// The role that an account serves in `services/journal/accounts.example.toml`, as far as the feed needs it.
fn role_of(account: Option<i64>) -> &'static str {
    match account {
        Some(120 | 121) => "tender_clearing",
        Some(210) => "tax_payable",
        Some(220) => "gift_card_liability",
        Some(400) => "sales",
        Some(480) => "returns",
        Some(490) => "discount",
        other => panic!("nothing of the feed is booked to {other:?}"),
    }
}

fn is_journal(record: &Record) -> bool {
    record.kind == "journalEntry"
}

/// The lines that were sent: number 0 is what NetSuite adds itself.
fn sent(record: &Record) -> impl Iterator<Item = &RecordLine> {
    record.lines.iter().filter(|line| line.number > 0)
}

fn debit_units(line: &RecordLine) -> i64 {
    let units =
        |text: &Option<String>| text.as_ref().map_or(0, |text| text.parse::<Amount>().unwrap().units());
    units(&line.debit) - units(&line.credit)
}

fn quantity_units(line: &RecordLine) -> i64 {
    line.quantity.as_ref().expect("an adjustment moves something").parse::<Quantity>().unwrap().units()
}

/// An internal id.
fn number(id: &str) -> i64 {
    id.parse().unwrap()
}
