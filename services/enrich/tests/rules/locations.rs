//! What a ticket leads to that sells the goods of another location.

use std::sync::Arc;

use domain::record::command::{Command, Resolve};
use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use enrich::masters::Masters;
use testkit::{master, ticket};

use crate::shop::{Shop, command, kinds};

/// One of our own, and a kit that store 102 ships.
fn shipped(sequence: i64) -> Transaction {
    let mut sold = ticket::sale("101", sequence, "3.50");
    let mut kit = ticket::line(2, "basket", "9.00");
    kit.fulfilment_location = Some("102".into());
    sold.lines.push(kit);
    sold.tenders.push(ticket::cash("9.00"));
    sold
}

fn shop() -> Shop {
    let mut shop = Shop::open();
    shop.learn("cheese", "20");
    let mut kit = master::kit("basket", &[("milk", "2", "1.00"), ("cheese", "1", "2.00")]);
    kit.barcodes = vec!["7501".to_owned()];
    shop.learn_of(kit);
    shop
}

/// What each movement is, where, and of which items how much leaves the shelf.
fn moved(movements: &[Movement]) -> Vec<String> {
    let legs = |movement: &Movement| -> String {
        let of = |leg: &domain::record::inventory::Leg| format!(" {} {}", leg.item, leg.quantity);
        movement.legs.iter().filter(|leg| leg.state == "on_hand").map(of).collect()
    };
    let each = |movement: &Movement| {
        let Movement { kind, location, location_netsuite_id, bucket, .. } = movement;
        format!("{kind} {location} {location_netsuite_id} v{}{}", bucket.version, legs(movement))
    };
    movements.iter().map(each).collect()
}

#[test]
fn goods_of_two_locations_move_in_each_and_close_in_each() {
    let mut shop = shop();
    let (events, movements) = shop.offer_with_movements(shipped(1));
    let sale = events[0].sale.as_ref().unwrap();
    let lines: Vec<_> = sale.lines.iter().map(|line| (line.line, line.kit.as_deref())).collect();
    assert_eq!(lines, [(1, None), (2, Some("basket")), (2, Some("basket"))]);
    assert_eq!(
        moved(&movements),
        ["move 101 9101 v1 milk -1.00", "move 102 9102 v1 cheese -1.00 milk -2.00"]
    );
    let (events, movements) = shop.offer_with_movements(ticket::end_of_day("101", 2));
    assert_eq!(kinds(&events), ["sale", "close"]);
    assert_eq!(moved(&movements), ["bucket_close 101 9101 v1", "bucket_close 102 9102 v1"]);
}

/// The currency that a subsidiary keeps its books in, where a store says it: NetSuite takes unit costs in no other.
#[test]
fn a_close_names_the_currency_of_the_books() {
    type Change = fn(&mut domain::record::reference::Store);
    let cases: [(&str, Change, Option<&str>); 4] = [
        ("as the master is", |_| {}, Some("USD")),
        ("tills of another currency", |store| store.currency_netsuite_id = Some("7".to_owned()), None),
        ("another subsidiary since", |store| store.subsidiary = "CA".to_owned(), None),
        ("moved away since", |store| store.location = "L9".to_owned(), None),
    ];
    for (name, change, expected) in cases {
        let mut shop = shop();
        shop.offer(shipped(1));
        shop.publish_other("102", change);
        let (_, movements) = shop.offer_with_movements(ticket::end_of_day("101", 2));
        let shown: Vec<_> =
            movements.iter().map(|movement| (&*movement.location, movement.currency.as_deref())).collect();
        assert_eq!(shown, [("101", Some("USD")), ("102", expected)], "{name}");
    }
}

/// A close names a location once, so what was moved under another id is closed before.
#[test]
fn a_location_that_changes_its_id_parts_the_stock() {
    let mut shop = shop();
    shop.offer(shipped(1));
    shop.publish_other("102", |store| store.location_netsuite_id = "7777".to_owned());
    let (events, movements) = shop.offer_with_movements(shipped(2));
    assert_eq!(kinds(&events), ["close", "sale"]);
    assert_eq!(events[0].close.as_ref().unwrap().reason, "master_changed");
    assert_eq!(
        moved(&movements),
        [
            "bucket_close 101 9101 v1",
            "bucket_close 102 9102 v1",
            "move 101 9101 v2 milk -1.00",
            "move 102 7777 v2 cheese -1.00 milk -2.00"
        ]
    );
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 3, "3.50"))), ["sale"], "which moves nothing there");
}

#[test]
fn a_location_of_which_two_stores_say_different_things_is_nobodys() {
    let mut shop = shop();
    shop.publish_other("103", |store| store.location = "102".to_owned());
    assert_eq!(kinds(&shop.offer(shipped(1))), ["quarantined"]);
    shop.publish_other("103", |store| {
        (store.location, store.location_netsuite_id) = ("102".to_owned(), "9102".to_owned());
    });
    assert_eq!(kinds(&shop.offer(shipped(2))), ["sale"]);
}

/// By the number of the component that was missing, or by the kit's, whatever the till named it by.
#[test]
fn a_kit_leaves_suspense_as_its_components_where_they_are() {
    for (named, by_barcode) in [("cheese", false), ("basket", false), ("cheese", true), ("7501", true)] {
        let mut shop = shop();
        let mut masters = Masters::clone(&shop.sequencer.masters);
        assert_eq!(masters.items.apply("cheese", None, 1), None);
        shop.sequencer.masters = Arc::new(masters);
        let mut sold = shipped(1);
        if by_barcode {
            (sold.lines[1].item, sold.lines[1].barcode) = (None, Some("7501".into()));
        }
        let (_, movements) = shop.offer_with_movements(sold);
        assert_eq!(moved(&movements), ["move 101 9101 v1 milk -1.00"], "the kit waits");
        let resolve = |id: &str| Command {
            resolve: Some(Resolve { item: named.to_owned(), items_offset: 1 }),
            ..command(id, "resolve", "*")
        };
        let events = shop.command(&resolve("a"), None);
        assert_eq!(kinds(&events), ["command_refused"], "{named}");
        shop.learn("cheese", "20");
        // Its id is another now: what was booked in is what it is taken out of.
        shop.publish_other("102", |store| store.location_netsuite_id = "7777".to_owned());
        let source = shop.source("pos.commands");
        let offered = enrich::quarantine::Offered { source, key: None, value: None };
        shop.sequencer.command(&offered, &resolve("b"), None, 1, &mut shop.decisions).unwrap();
        assert_eq!(moved(&shop.decisions.movements), ["move 102 9102 v1 cheese -1.00 milk -2.00"]);
        let events = shop.events();
        assert_eq!(kinds(&events), ["command", "reclassified", "reclassified"], "{named}");
        let resolved = events.iter().filter_map(|event| event.reclassification.as_ref());
        let resolved: Vec<String> = resolved.map(|moved| moved.resolved.amount.to_string()).collect();
        assert_eq!(resolved, ["3.00", "6.00"]);
        let (_, movements) = shop.offer_with_movements(ticket::end_of_day("101", 2));
        assert_eq!(moved(&movements), ["bucket_close 101 9101 v1", "bucket_close 102 9102 v1"]);
    }
}

/// What a change of the master closed in the middle of a day does not leave the rest of it to the deadline.
#[test]
fn the_end_of_a_day_closes_all_of_it_once() {
    let mut shop = shop();
    shop.offer(shipped(1));
    shop.publish_other("102", |store| store.location_netsuite_id = "7777".to_owned());
    assert_eq!(kinds(&shop.offer(shipped(2))), ["close", "sale"]);
    let events = shop.offer(ticket::end_of_day("101", 3));
    assert_eq!(kinds(&events), ["sale", "close"]);
    let close = events[1].close.as_ref().unwrap();
    assert_eq!((close.bucket.version, close.reason.as_str(), close.count), (2, "end_of_day", 2));
    assert_eq!(kinds(&shop.offer(shipped(4))), ["sale"], "late, in a version of its own");
    assert_eq!(kinds(&shop.offer(ticket::end_of_day("101", 5))), ["sale"], "a date ends once");
}
