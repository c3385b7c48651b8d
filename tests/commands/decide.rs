//! The orders of a person: releases, records in quarantine, items in suspense, documents that NetSuite refused.

use std::time::Duration;

use domain::number::Amount;
use domain::record::pos::Transaction;
use serde_json::json;
use tillstream::file;

use crate::books::NetSuite;
use crate::desk::Desk;
use crate::offer::is_sequenced;
use crate::shop::{DATE, ENDED, OPEN, Shop, TICKETS};
use crate::up::Up;
use crate::wait::wait_until;

/// How long a refused document may take to be seen as parked.
const PARKED_WITHIN: Duration = Duration::from_secs(60);
/// The register of the tickets that are offered wrong.
const REGISTER: &str = "9";
/// What a command to every store answers of its twelve partitions.
const EVERYWHERE: &str = "0, 1, 2 and 9 more";

/// A bucket is closed by hand, with what it holds shown before; NetSuite then holds what its tills took.
pub(crate) fn a_store_is_released(desk: &Desk, shop: &Shop, netsuite: &NetSuite) {
    let store = OPEN[0];
    let said = desk.on_stack(&["release", store, DATE, "--by", "ana", "--reason", "till broken"]).does(&[
        "business date",
        "content",
        "done",
    ]);
    let row = said.row(DATE).expect("the bucket is shown");
    assert_eq!(row[1..4], ["whole day", "1", &TICKETS.to_string()], "window, version, tickets");
    let expected = shop.books(store);
    netsuite.holds(store, |books| books.money() == expected.money());
    desk.on_stack(&["release", store, DATE]).fails(1, &["store S1 has no open bucket for 2026-03-14"]);
}

/// One record that does not balance is mended and booked, another is written off.
pub(crate) fn bad_records_are_mended_or_written_off(desk: &Desk, up: &Up, shop: &Shop) {
    let [good, bad, other] = wrong(shop);
    let file = desk.file("bad.jsonl");
    file::write(std::path::Path::new(&file), [&bad, &other].into_iter()).unwrap();
    desk.on_stack(&["replay", &file]).does(&["2 transactions sent in "]);
    is_sequenced(up, 66);

    let said = desk.on_stack(&["quarantine", "list"]).does(&["records that wait for a decision: 2"]);
    let rows = said.rows();
    let record = |sequence: &str| {
        let found = rows.iter().find(|row| row.get(1..5) == Some(&[OPEN[1], REGISTER, DATE, sequence][..]));
        let row = found.unwrap_or_else(|| panic!("ticket {sequence} is listed: {rows:?}"));
        (row[0], row[5])
    };
    let ((bad, reasons), (other, _)) = (record("1"), record("2"));
    assert_eq!(reasons, "out_of_balance", "each with its reasons");
    desk.on_stack(&["quarantine", "list", "--store", OPEN[0]]).does(&["records that wait for a decision: 0"]);

    let said = desk.on_stack(&["quarantine", "show", bad]).does(&["out_of_balance at tenders: "]);
    let shown = &said.out[said.out.find('{').expect("the transaction is shown")..];
    let mut mended: Transaction = serde_json::from_str(shown).expect("in the form that is read again");
    mended.tenders.clone_from(&good.tenders);
    assert_eq!(mended, good, "what was shown is what was offered");
    let mended = desk.write("mended.json", &serde_json::to_string_pretty(&mended).unwrap());

    desk.on_stack(&["quarantine", "release", bad]).fails(1, &["1 of 1 answers are refusals"]);
    desk.on_stack(&["quarantine", "release", bad, "--mended", &mended]).does(&["done"]);
    desk.on_stack(&["quarantine", "write-off", other, "--reason", "test till"]).does(&["done"]);
    desk.on_stack(&["quarantine", "list"]).does(&["records that wait for a decision: 0"]);
    desk.on_stack(&["quarantine", "show", bad])
        .fails(1, &[bad, "is not in quarantine", "somebody has decided"]);
    assert_eq!(up.counted(&["released"]), 1, "enrich has booked one");
    assert_eq!(up.counted(&["written_off"]), 1, "and never books the other");
}

/// Lines of an item that nobody knew leave suspense once the item is published.
pub(crate) fn an_unknown_item_is_resolved(desk: &Desk, shop: &Shop) {
    let item = shop.unknown.as_str();
    let (lines, amount) = shop.in_suspense();
    let (lines, amount) = (lines.to_string(), Amount::from_units(amount).unwrap().to_string());
    let said = desk.on_stack(&["items", "waiting"]).does(&["item", "lines", "amount"]);
    assert_eq!(said.row(item), Some(vec![item, &lines, &amount]), "what waits\n{}", said.out);
    desk.on_stack(&["items", "resolve", item])
        .fails(1, &["not on ref.items: ", item, "publish them with `tillstream ref load` first"]);
    desk.on_stack(&["ref", "load", &shop.masters]).does(&["43 masters (3 stores, 40 items) sent in "]);
    desk.on_stack(&["items", "resolve", item]).does(&["done", EVERYWHERE]);
    let said = desk.on_stack(&["items", "waiting"]).does(&["item"]);
    assert_eq!(said.row(item), None, "nothing waits any more\n{}", said.out);
    desk.on_stack(&["items", "resolve", "--all"]).does(&["nothing to order"]);
}

/// Everything is closed; a document that NetSuite refuses is parked, refused again, and posted once its period is
/// open. In the end NetSuite holds what the tills took, and suspense is empty.
pub(crate) fn everything_is_released_and_what_netsuite_refuses_is_tried_again(
    desk: &Desk,
    shop: &Shop,
    netsuite: &NetSuite,
) {
    let refused = format!("JE_{}_", OPEN[1]);
    netsuite.0.add_faults(&json!({"kind": "closed_period", "prefix": refused}));
    desk.on_stack(&["release", "--all", "--reason", "month end"]).does(&["done", EVERYWHERE]);
    let parked = || desk.on_stack(&["postings", "parked"]);
    let mut said = parked();
    let is = wait_until(PARKED_WITHIN, || {
        said = parked();
        said.out.contains("parked documents: 1")
    });
    assert!(is, "a refused document is parked: {}", said.out);
    let rows = said.rows();
    let row = rows.iter().find(|row| row[0].starts_with(&refused)).expect("it is listed");
    let (document, class) = (row[0], row[1]);
    assert_eq!((class, netsuite.documents(&refused).len()), ("closed_period", 0), "with why: {row:?}");

    desk.on_stack(&["postings", "retry", document, "--reason", "period opened"])
        .fails(1, &["of 1 documents 1 are parked again"]);
    netsuite.0.clear_faults();
    let said = desk.on_stack(&["postings", "retry", "--all"]).does(&["posted as "]);
    assert_eq!(said.row(document).map(|row| row[0]), Some(document), "{}", said.out);
    assert_eq!(netsuite.documents(document), [document], "NetSuite holds it once");
    desk.on_stack(&["postings", "retry", "--all"]).does(&["nothing is parked"]);
    desk.on_stack(&["postings", "retry", document]).fails(1, &[document, " is not parked but posted"]);

    let [good, ..] = wrong(shop);
    for store in [OPEN[0], OPEN[1], ENDED] {
        let mut expected = shop.books(store);
        if store == OPEN[1] {
            expected.add(&good);
        }
        netsuite.holds(store, |books| *books == expected);
    }
}

/// A ticket as the till meant it, as it came wrong, and another wrong one.
fn wrong(shop: &Shop) -> [Transaction; 3] {
    let first = shop.tickets.iter().find(|ticket| ticket.store == OPEN[1]).expect("the store has tickets");
    let good = Transaction { register: REGISTER.into(), sequence: 1, ..first.clone() };
    let mut bad = good.clone();
    bad.tenders[0].amount = Amount::from_units(bad.tenders[0].amount.units() + 10_000).unwrap();
    let other = Transaction { sequence: 2, ..bad.clone() };
    [good, bad, other]
}
