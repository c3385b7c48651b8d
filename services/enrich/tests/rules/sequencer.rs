//! The sequencer's rules, as a shop would state them.

use domain::calendar::Timestamp;
use domain::record::Bytes;
use domain::record::command::{BucketVersion, Command, Coordinates, QuarantineDecision, Release, Resolve};
use domain::record::pos::{Link, Transaction};
use domain::record::sales::Source;
use enrich::quarantine::Offered;

use testkit::{amount, date, quantity, ticket};

use crate::shop::{Changelog, HOUR, Shop, command, kinds, reasons, restored, write_changes};

#[test]
fn a_ticket_is_booked_once_however_often_it_is_sent() {
    let mut shop = Shop::open();
    let first = shop.offer(ticket::sale("101", 1, "3.50"));
    assert_eq!(kinds(&first), ["sale"]);
    let sale = first[0].sale.as_ref().unwrap();
    assert_eq!((sale.bucket.version, sale.late, sale.lines[0].role.as_str()), (1, false, "sales"));
    let mut resent = ticket::sale("101", 1, "3.50");
    resent.sent_at = Some(Timestamp(1));
    assert_eq!(kinds(&shop.offer(resent)), ["repeat"]);
    let conflict = shop.offer(ticket::sale("101", 1, "4.50"));
    assert_eq!((kinds(&conflict), reasons(&conflict)), (vec!["quarantined"], vec!["conflict".to_owned()]));
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 1, "4.50"))), ["repeat"]);
    assert_eq!(kinds(&shop.offer(ticket::sale("102", 1, "4.50"))), ["sale"]);
}

#[test]
fn what_cannot_be_trusted_is_quarantined_with_its_reason() {
    let cases: [(&str, fn(&mut Transaction)); 5] = [
        ("unknown_store", |ticket| ticket.store = "999".into()),
        ("business_date_out_of_range", |ticket| ticket.business_date = date("2026-03-16")),
        ("business_date_out_of_range", |ticket| ticket.business_date = date("2025-11-01")),
        ("out_of_balance", |ticket| ticket.tenders[0].amount = amount("3.00")),
        ("unknown_word", |ticket| ticket.kind = "teleport".into()),
    ];
    for (expected, spoil) in cases {
        let mut shop = Shop::open();
        let mut spoilt = ticket::sale("101", 1, "3.50");
        spoil(&mut spoilt);
        let events = shop.offer(spoilt.clone());
        assert_eq!(kinds(&events), ["quarantined"], "{expected}");
        assert!(reasons(&events).contains(&expected.to_owned()), "{expected}: {:?}", reasons(&events));
        assert_eq!(shop.held(), 1);
        if expected != "unknown_store" {
            assert_eq!(kinds(&shop.offer(spoilt)), ["repeat"], "{expected}");
        }
    }
}

#[test]
fn what_another_store_of_the_subsidiary_sold_comes_back_to_the_store_that_takes_it() {
    let returned = |number: i64, of: &str| {
        let mut ticket = ticket::sale("101", number, "-3.50");
        ticket.kind = "return".into();
        (ticket.lines[0].kind, ticket.lines[0].quantity) = ("return".into(), quantity("-1"));
        let original = Link {
            kind: "return_of".into(),
            store: of.into(),
            register: "1".into(),
            business_date: date("2026-03-10"),
            sequence: 7,
            ..Link::default()
        };
        ticket.lines[0].original = Some(original.clone().into());
        ticket.links = vec![original];
        ticket
    };
    let mut shop = Shop::open();
    shop.publish_other("103", |store| store.subsidiary = "MX".to_owned());
    let at_another = shop.offer(returned(1, "102"));
    assert_eq!(kinds(&at_another), ["sale"]);
    let sale = at_another[0].sale.as_ref().unwrap();
    assert_eq!((sale.location.as_str(), sale.lines[0].role.as_str()), ("101", "returns"));
    let not_allowed = shop.offer(returned(2, "103"));
    assert_eq!(
        (kinds(&not_allowed), reasons(&not_allowed)),
        (vec!["quarantined"], vec!["misplaced".to_owned()])
    );
    shop.publish_other("101", |store| store.other_subsidiaries = vec!["MX".to_owned()]);
    let of_another = shop.offer(returned(4, "103"));
    let line = &of_another[0].sale.as_ref().unwrap().lines[0];
    assert_eq!(line.booked_in.as_ref().unwrap().subsidiary, "MX");
    shop.publish_other("101", |store| store.reversal = Some("seller".to_owned()));
    let borne_there = shop.offer(returned(5, "102"));
    let sale = borne_there[0].sale.as_ref().unwrap();
    let seller = sale.lines[0].booked_in.as_ref().unwrap();
    assert_eq!((seller.subsidiary.as_str(), seller.location.as_str()), ("US", "102"));
    let refused = shop.offer(returned(3, "999"));
    assert_eq!(
        (kinds(&refused), reasons(&refused)),
        (vec!["quarantined"], vec!["unknown_store".to_owned(); 2])
    );
}

#[test]
fn end_of_day_closes_and_a_late_sale_goes_to_the_next_version() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let end = shop.offer(ticket::end_of_day("101", 2));
    assert_eq!(kinds(&end), ["sale", "close"]);
    let close = end[1].close.as_ref().unwrap();
    assert_eq!((close.bucket.version, close.count, close.reason.as_str()), (1, 2, "end_of_day"));
    let late = shop.offer(ticket::sale("101", 3, "1.00"));
    let sale = late[0].sale.as_ref().unwrap();
    assert_eq!((sale.bucket.version, sale.late), (2, true));
    // 2026-03-14 ends 9 hours after the ticket, and is due 30 hours later.
    assert_eq!(kinds(&shop.tick(38)), ["tick"]);
    let due = shop.tick(39);
    assert_eq!(kinds(&due), ["tick", "close"]);
    let close = due[1].close.as_ref().unwrap();
    assert_eq!((close.bucket.version, close.count, close.reason.as_str()), (2, 1, "deadline"));
    assert_eq!(kinds(&shop.tick(80)), ["tick"]);
}

#[test]
fn a_store_with_windows_books_by_the_hour_and_its_end_of_day_closes_them_all() {
    let mut shop = Shop::open();
    shop.publish(|store| store.window_minutes = 60);
    // Minutes after 15:00 in New York, and the bucket that follows: the 16th hour of the date.
    let mut offer = |mut ticket: Transaction, minutes: i64| {
        ticket.ended_at = ticket::ENDED_AT.plus_millis(minutes * 60_000);
        shop.offer(ticket)
    };
    for (sequence, minutes, window) in [(1, 0, 16), (2, 59, 16), (3, 60, 17), (4, -390, 9)] {
        let events = offer(ticket::sale("101", sequence, "1.00"), minutes);
        let bucket = &events[0].sale.as_ref().unwrap().bucket;
        assert_eq!((bucket.window, bucket.version), (window, 1), "{minutes} minutes");
    }
    let end = offer(ticket::end_of_day("101", 5), 7 * 60);
    let closed = end.iter().filter_map(|event| event.close.as_ref());
    let mut closed: Vec<_> =
        closed.map(|close| (close.bucket.window, close.bucket.version, close.count)).collect();
    closed.sort_unstable();
    assert_eq!(closed, [(9, 1, 1), (16, 1, 2), (17, 1, 1), (23, 1, 1)]);
    // Late ones open a version of their own hour, also of one that held nothing.
    for (sequence, minutes, window) in [(6, 10, 16), (7, 120, 18)] {
        let events = offer(ticket::sale("101", sequence, "1.00"), minutes);
        let sale = events[0].sale.as_ref().unwrap();
        assert_eq!(
            (sale.bucket.window, sale.bucket.version, sale.late),
            (window, 2, true),
            "{minutes} minutes"
        );
    }
}

#[test]
fn a_deadline_waits_until_the_input_of_its_tick_was_read() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let now = ticket::ENDED_AT.plus_millis(100 * HOUR);
    shop.sequencer.tick(now, None, &mut shop.decisions);
    assert_eq!(kinds(&shop.events()), ["tick"]);
    shop.sequencer.tick(now, Some(ticket::ENDED_AT), &mut shop.decisions);
    assert_eq!(kinds(&shop.events()), ["tick"]);
    shop.sequencer.tick(now, Some(now), &mut shop.decisions);
    assert_eq!(kinds(&shop.events()), ["tick", "close"]);
}

#[test]
fn a_release_names_what_the_person_saw() {
    let mut shop = Shop::open();
    let first = shop.offer(ticket::sale("101", 1, "3.50"));
    let content = first[0].sale.as_ref().unwrap().content;
    let release = |id: &str, count| Command {
        release: Some(Release {
            bucket: BucketVersion { business_date: date("2026-03-14"), window: 0, version: 1 },
            count,
            content,
        }),
        ..command(id, "release", "101")
    };
    let stale = shop.command(&release("a", 2), None);
    assert_eq!(kinds(&stale), ["command_refused"]);
    let notice = stale[0].notice.as_ref().unwrap();
    assert_eq!((notice.count, notice.bucket_content), (Some(1), Some(content)));
    assert_eq!(kinds(&shop.command(&release("b", 1), None)), ["command", "close"]);
    assert_eq!(kinds(&shop.command(&release("b", 1), None)), ["command_repeat"]);
    assert_eq!(kinds(&shop.command(&release("c", 1), None)), ["command_refused"]);
    shop.offer(ticket::sale("101", 2, "3.50"));
    shop.offer(ticket::sale("102", 1, "3.50"));
    let all = shop.command(&command("d", "release", "*"), None);
    assert_eq!(kinds(&all), ["command", "close", "close"]);
}

#[test]
fn an_unknown_item_books_to_suspense_until_it_is_resolved() {
    let mut shop = Shop::open();
    let mut unknown = ticket::sale("101", 1, "3.50");
    unknown.lines[0].item = Some("mystery".into());
    let booked = shop.offer(unknown);
    assert_eq!(booked[0].sale.as_ref().unwrap().lines[0].role, "suspense");
    shop.offer(ticket::end_of_day("101", 2));
    let resolve = |id: &str, items_offset| Command {
        resolve: Some(Resolve { item: "mystery".to_owned(), items_offset }),
        ..command(id, "resolve", "*")
    };
    let behind = Offered { source: Source::default(), key: None, value: None };
    let waiting = shop.sequencer.command(&behind, &resolve("a", 1), None, 1, &mut shop.decisions);
    assert!(waiting.is_err());
    assert_eq!(kinds(&shop.command(&resolve("b", 0), None)), ["command_refused"]);
    shop.learn("mystery", "20");
    let resolved = shop.command(&resolve("a", 1), None);
    assert_eq!(kinds(&resolved), ["command", "reclassified"]);
    let reclassification = resolved[1].reclassification.as_ref().unwrap();
    assert_eq!(reclassification.bucket.version, 2);
    assert_eq!(reclassification.resolved.department.as_deref(), Some("20"));
    assert_eq!(shop.sequencer.state.waiting.iter().count(), 0);
    assert_eq!(kinds(&shop.command(&command("c", "release", "101"), None)), ["command", "close"]);
}

#[test]
fn a_quarantined_record_is_released_or_written_off_once() {
    let mut shop = Shop::open();
    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders[0].amount = amount("3.00");
    shop.offer(unbalanced.clone());
    let decide = |id: &str, kind: &str, offset| Command {
        quarantine: Some(QuarantineDecision {
            record: Coordinates { topic: "pos.transactions".to_owned(), partition: 0, offset },
            body: Some(Bytes::default()),
        }),
        ..command(id, kind, "101")
    };
    let still_wrong = shop.command(&decide("a", "quarantine_release", 1), Some(unbalanced.clone()));
    assert_eq!(kinds(&still_wrong), ["command_refused"]);
    let mended = ticket::sale("101", 1, "3.50");
    let released = shop.command(&decide("b", "quarantine_release", 1), Some(mended.clone()));
    assert_eq!(kinds(&released), ["command", "quarantine_released"]);
    assert!(released[1].sale.is_some());
    let again = shop.command(&decide("c", "quarantine_release", 1), Some(mended.clone()));
    assert_eq!(kinds(&again), ["command_refused"]);
    assert_eq!(kinds(&shop.offer(mended)), ["repeat"]);

    let mut other = unbalanced;
    other.sequence = 2;
    shop.offer(other.clone());
    let offset = shop.offset;
    assert_eq!(
        kinds(&shop.command(&decide("d", "quarantine_write_off", offset), None)),
        ["command", "written_off"]
    );
    assert_eq!(kinds(&shop.command(&decide("e", "quarantine_write_off", offset), None)), ["command_refused"]);
    assert_eq!(kinds(&shop.offer(other)), ["repeat"]);
    assert_eq!(shop.held(), 0);
}

/// A seeded morning of two stores with repeats, conflicts, unknown items and wrong tickets.
fn morning() -> Vec<Transaction> {
    (0..400_i64)
        .map(|step| {
            let store = if step % 3 == 0 { "102" } else { "101" };
            let mut ticket = ticket::sale(store, (step * 7) % 150, "2.25");
            match step % 11 {
                0 => ticket.lines[0].item = Some(format!("mystery{}", step % 2).into()),
                1 => ticket.tenders[0].amount = amount("9.99"),
                2 => ticket.store = "999".into(),
                3 => ticket.note = Some(format!("note {}", step % 5).into()),
                _ => {}
            }
            if step % 97 == 96 { ticket::end_of_day(store, 1_000 + step) } else { ticket }
        })
        .collect()
}

#[test]
fn everything_offered_leaves_exactly_one_event() {
    let mut shop = Shop::open();
    let (mut accepted, mut closed) = (0_i64, 0_i64);
    for ticket in morning() {
        let events = shop.offer(ticket);
        let outcome = ["sale", "repeat", "quarantined", "unreadable"];
        assert_eq!(events.iter().filter(|event| outcome.contains(&event.kind.as_str())).count(), 1);
        accepted += events.iter().filter(|event| event.kind == "sale").count() as i64;
        closed +=
            events.iter().filter_map(|event| event.close.as_ref()).map(|close| close.count).sum::<i64>();
    }
    let rest = shop.command(&command("all", "release", "*"), None);
    closed += rest.iter().filter_map(|event| event.close.as_ref()).map(|close| close.count).sum::<i64>();
    assert_eq!(accepted, closed);
    assert!(accepted > 100);
}

#[test]
fn a_restored_or_redone_sequencer_decides_the_same() {
    let mut straight = Shop::open();
    let mut restarted = Shop::open();
    let mut changelog = Changelog::new();
    write_changes(&restarted.sequencer.state, &mut changelog);
    restarted.sequencer.state.commit();
    for (step, ticket) in morning().into_iter().enumerate() {
        let expected = straight.offer(ticket.clone());
        if step % 5 == 4 {
            // The transaction aborts: the ticket is offered anew.
            restarted.offer(ticket.clone());
            restarted.sequencer.state.abort();
            restarted.offset -= 1;
        }
        assert_eq!(restarted.offer(ticket), expected, "step {step}");
        write_changes(&restarted.sequencer.state, &mut changelog);
        restarted.sequencer.state.commit();
        if step % 50 == 49 {
            // The process is killed: only the changelog remains.
            restarted.sequencer.state = restored(&changelog);
        }
    }
}
