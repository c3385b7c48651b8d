//! A store that changes its subsidiary, currency or location: each bucket books in one of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::record::command::{Command, Resolve};
use domain::record::inventory::Movement;
use domain::record::reference::Store;
use domain::record::sales::{Close, SalesEvent};
use enrich::masters::Masters;
use testkit::{date, ticket};

use crate::shop::{Shop, command, kinds};

fn close(event: &SalesEvent) -> &Close {
    event.close.as_ref().unwrap()
}

/// Subsidiary and currency that each bucket books in; fails where one books in two, as the journal does.
fn check_buckets(events: &[SalesEvent]) {
    let mut held = BTreeMap::new();
    for event in events {
        let booked = match (&event.sale, &event.reclassification, &event.close) {
            (Some(sale), _, _) => (&sale.bucket, &sale.subsidiary, &sale.currency),
            (_, Some(moved), _) => (&moved.bucket, &moved.subsidiary, &moved.currency),
            (_, _, Some(close)) => (&close.bucket, &close.subsidiary, &close.currency),
            (None, None, None) => continue,
        };
        let (bucket, subsidiary, currency) = booked;
        let key = (event.store.clone(), bucket.business_date, bucket.window, bucket.version);
        let books = (subsidiary.clone(), currency.clone());
        assert_eq!(held.entry(key).or_insert_with(|| books.clone()), &books, "{bucket:?} mixes");
    }
}

#[test]
fn a_bucket_closes_when_its_store_changes_what_it_books_in() {
    let changes: [(&str, fn(&mut Store)); 4] = [
        ("subsidiary", |store| store.subsidiary = "CA".to_owned()),
        ("subsidiary id", |store| store.subsidiary_netsuite_id = "2".to_owned()),
        ("location", |store| store.location = "201".to_owned()),
        ("currency id", |store| store.currency_netsuite_id = Some("5".to_owned())),
    ];
    for (changed, change) in changes {
        let mut shop = Shop::open();
        let mut events = shop.offer(ticket::sale("101", 1, "3.50"));
        shop.publish(change);
        let after = shop.offer(ticket::sale("101", 2, "3.50"));
        assert_eq!(kinds(&after), ["close", "sale"], "{changed}");
        let closed = close(&after[0]);
        assert_eq!((closed.bucket.version, closed.count, closed.reason.as_str()), (1, 1, "master_changed"));
        assert_eq!((closed.subsidiary.as_str(), closed.subsidiary_netsuite_id.as_str()), ("US", "1"));
        assert_eq!((closed.location.as_str(), closed.location_netsuite_id.as_str()), ("101", "9101"));
        assert_eq!((closed.currency.as_str(), closed.currency_netsuite_id.as_deref()), ("USD", None));
        assert_eq!(after[1].sale.as_ref().unwrap().bucket.version, 2, "{changed}");
        events.extend(after);
        events.extend(shop.offer(ticket::sale("101", 3, "3.50")));
        events.extend(shop.tick(200));
        check_buckets(&events);
        let last = close(events.last().unwrap());
        assert_eq!((last.bucket.version, last.count), (2, 2), "{changed}");
    }
}

#[test]
fn a_currency_that_changes_parts_the_books() {
    let mut shop = Shop::open();
    let mut events = shop.offer(ticket::sale("101", 1, "3.50"));
    shop.publish(|store| store.currency = "MXN".to_owned());
    let mut pesos = ticket::sale("101", 2, "70.00");
    pesos.currency = "MXN".into();
    events.extend(shop.offer(pesos));
    events.extend(shop.tick(200));
    assert_eq!(kinds(&events), ["sale", "close", "sale", "tick", "close"]);
    check_buckets(&events);
}

/// Nothing else may close: the deadline and the end of day say what the bucket booked in, not the master.
#[test]
fn a_close_says_what_its_bucket_booked_in() {
    for by_deadline in [true, false] {
        let mut shop = Shop::open();
        let mut events = shop.offer(ticket::sale("101", 1, "3.50"));
        shop.publish(|store| store.subsidiary = "CA".to_owned());
        let closing = match by_deadline {
            true => shop.tick(200),
            false => shop.command(&command("a", "release", "101"), None),
        };
        assert_eq!(close(closing.last().unwrap()).subsidiary, "US");
        events.extend(closing);
        check_buckets(&events);
    }
}

#[test]
fn a_bucket_of_a_store_that_left_the_master_can_be_released() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let mut masters = Masters::clone(&shop.sequencer.masters);
    assert_eq!(masters.stores.apply("101", None, 2), None);
    shop.sequencer.masters = Arc::new(masters);
    assert_eq!(kinds(&shop.command(&command("a", "release", "*"), None)), ["command", "close"]);
}

#[test]
fn a_waiting_line_is_resolved_where_it_was_booked() {
    let mut shop = Shop::open();
    let unknown = |sequence, item: &str| {
        let mut ticket = ticket::sale("101", sequence, "3.50");
        ticket.lines[0].item = Some(item.into());
        ticket
    };
    let mut events = Vec::new();
    // Lines of both subsidiaries alternate in the order of their numbers.
    for (sequence, subsidiary) in [(1, "US"), (3, "US"), (2, "CA"), (4, "CA")] {
        shop.publish(|store| store.subsidiary = subsidiary.to_owned());
        events.extend(shop.offer(unknown(sequence, "mystery")));
    }
    assert_eq!(kinds(&events), ["sale", "sale", "close", "sale", "sale"]);
    shop.learn("mystery", "20");
    let resolve = Command {
        resolve: Some(Resolve { item: "mystery".to_owned(), items_offset: 1 }),
        ..command("a", "resolve", "*")
    };
    let resolved = shop.command(&resolve, None);
    // The open version is of CA: its lines come first, and one further version takes those of US.
    assert_eq!(
        kinds(&resolved),
        ["command", "reclassified", "reclassified", "close", "reclassified", "reclassified"]
    );
    events.extend(resolved);
    events.extend(shop.tick(200));
    check_buckets(&events);
    let last = close(events.last().unwrap());
    assert_eq!((last.bucket.version, last.subsidiary.as_str()), (3, "US"));
}

#[test]
fn close_markers_name_the_location_as_its_movements_did() {
    let mut shop = Shop::open();
    let (_, moved) = shop.offer_with_movements(ticket::sale("101", 1, "3.50"));
    shop.publish(|store| {
        store.location = "201".to_owned();
        store.location_netsuite_id = "9201".to_owned();
        store.subsidiary = "CA".to_owned();
        store.subsidiary_netsuite_id = "2".to_owned();
    });
    let (_, after) = shop.offer_with_movements(ticket::sale("101", 2, "3.50"));
    let named = |movement: &Movement| {
        let Movement { location, location_netsuite_id, subsidiary, subsidiary_netsuite_id, .. } =
            movement.clone();
        [location, location_netsuite_id, subsidiary, subsidiary_netsuite_id]
    };
    assert_eq!(after[0].kind, "bucket_close");
    assert_eq!((after[0].bucket.version, named(&after[0])), (1, named(&moved[0])));
    assert_eq!((after[1].bucket.version, named(&after[1])[0].as_str()), (2, "201"));
    assert_eq!(after[1].bucket.business_date, date("2026-03-14"));
}
