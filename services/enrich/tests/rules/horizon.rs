//! What is forgotten is refused: no number is booked twice and no bucket's id is given twice.

use std::sync::Arc;

use domain::calendar::{Date, Timestamp};
use domain::record::command::{Command, Resolve};
use domain::record::pos::Transaction;
use enrich::masters::Masters;
use enrich::sequencer::Sequencer;
use enrich::settings::Settings;
use enrich::state::Held;
use testkit::{date, ticket};

use crate::shop::{Changelog, HOUR, Shop, command, kinds, reasons, restored, write_changes};

const DAY: i64 = 24;

fn dated(mut ticket: Transaction, business_date: Date) -> Transaction {
    ticket.business_date = business_date;
    ticket
}

fn versions(shop: &mut Shop, ticket: Transaction) -> Vec<i32> {
    let events = shop.offer(ticket);
    events.iter().filter_map(|event| event.sale.as_ref()).map(|sale| sale.bucket.version).collect()
}

#[test]
fn a_line_that_waits_for_long_goes_to_a_version_of_its_own() {
    let mut shop = Shop::open();
    let mut unknown = ticket::sale("101", 1, "3.50");
    unknown.lines[0].item = Some("mystery".into());
    assert_eq!(kinds(&shop.offer(unknown)), ["sale"]);
    assert_eq!(kinds(&shop.offer(ticket::sale("102", 1, "3.50"))), ["sale"]);
    shop.offer(ticket::end_of_day("101", 2));
    shop.offer(ticket::end_of_day("102", 2));
    for days in [100, 130, 131] {
        shop.tick(days * DAY);
    }
    let dates = |shop: &Shop| -> Vec<String> {
        shop.sequencer.state.postings.iter().map(|(key, _)| key.to_string()).collect()
    };
    assert_eq!(dates(&shop), ["101/2026-03-14/0"], "the other store waits for nothing");
    shop.learn("mystery", "20");
    let resolve = Command {
        resolve: Some(Resolve { item: "mystery".to_owned(), items_offset: 1 }),
        ..command("a", "resolve", "*")
    };
    let resolved = shop.command(&resolve, None);
    assert_eq!(kinds(&resolved), ["command", "reclassified"]);
    assert_eq!(resolved[1].reclassification.as_ref().unwrap().bucket.version, 2);
    assert_eq!(kinds(&shop.tick(140 * DAY)), ["tick", "close"]);
    shop.tick(141 * DAY);
    assert!(dates(&shop).is_empty(), "nothing waits any more");
    assert_eq!(shop.sequencer.state.ended.iter().count(), 0);
}

/// West of UTC the date of a store lies behind the date of the tick for some hours of each day.
#[test]
fn what_is_still_accepted_is_not_forgotten() {
    let mut shop = Shop::open();
    let first = ticket::sale("101", 1, "3.50");
    assert_eq!(versions(&mut shop, first.clone()), [1]);
    shop.offer(ticket::end_of_day("101", 2));
    // 2026-03-14 is 120 days before 2026-07-12, which it is in New York until 04:00 UTC of the 13th.
    let last_hour: Timestamp = date("2026-07-13").starts_at(&"UTC".parse().unwrap()).unwrap();
    let last_hour = last_hour.plus_millis(3 * HOUR);
    shop.sequencer.tick(last_hour, Some(last_hour), &mut shop.decisions);
    shop.decisions.clear();
    let resent = shop.offer(first);
    assert_eq!((kinds(&resent), reasons(&resent)), (vec!["quarantined"], vec!["repeat_unverified".into()]));
    assert_eq!(versions(&mut shop, ticket::sale("101", 3, "1.00")), [2]);
}

/// Whatever the epochs of a store: what its registers count on for good is not remembered for good.
#[test]
fn numbers_are_forgotten_with_the_dates_they_were_sold_on() {
    for epochs in ["daily", "single", "stated"] {
        let mut shop = Shop::open();
        shop.publish(|store| store.sequence_epochs = epochs.to_owned());
        let numbered = |business_date: &str| {
            let sold = dated(ticket::sale("101", 1, "3.50"), date(business_date));
            Transaction { sequence_epoch: Some(7), ..sold }
        };
        assert_eq!(versions(&mut shop, numbered("2026-03-14")), [1], "{epochs}");
        assert_eq!(
            versions(&mut shop, numbered("2026-03-15")),
            if epochs == "daily" { vec![1] } else { vec![] }
        );
        let blocks = |shop: &Shop| shop.sequencer.state.blocks.iter().count();
        shop.tick(125 * DAY);
        assert!(blocks(&shop) > 0, "{epochs}: a date ahead of the tick may still be accepted");
        shop.tick(126 * DAY);
        assert_eq!(blocks(&shop), 0, "{epochs}");
        shop.sequencer.state.commit();
        assert_eq!(versions(&mut shop, numbered("2026-07-18")), [1], "{epochs}: a number of a new day");
        shop.sequencer.state.abort();
        assert_eq!(reasons(&shop.offer(numbered("2026-03-14"))), ["business_date_out_of_range"], "{epochs}");
    }
}

/// A line waits for longer than its number is remembered, and the number comes again.
#[test]
fn a_line_that_waits_is_not_replaced_by_a_later_one_of_its_number() {
    let mut shop = Shop::open();
    shop.publish(|store| store.sequence_epochs = "single".to_owned());
    let mut unknown = ticket::sale("101", 1, "3.50");
    unknown.lines[0].item = Some("mystery".into());
    assert_eq!(kinds(&shop.offer(unknown.clone())), ["sale"]);
    shop.tick(125 * DAY);
    assert_eq!(kinds(&shop.offer(dated(unknown, date("2026-07-17")))), ["sale"]);
    shop.learn("mystery", "20");
    let resolve = Command {
        resolve: Some(Resolve { item: "mystery".to_owned(), items_offset: 1 }),
        ..command("a", "resolve", "*")
    };
    assert_eq!(kinds(&shop.command(&resolve, None)), ["command", "reclassified", "reclassified"]);
}

/// A date mixed up at the till comes true months later: what was decided about it then still holds.
#[test]
fn a_number_dated_ahead_is_remembered_until_its_date_is_past() {
    for epochs in ["daily", "single"] {
        let mut shop = Shop::open();
        shop.publish(|store| store.sequence_epochs = epochs.to_owned());
        let ahead = dated(ticket::sale("101", 1, "3.50"), date("2026-12-03"));
        assert_eq!(kinds(&shop.offer(ahead.clone())), ["quarantined"], "{epochs}");
        shop.tick(120 * DAY);
        assert_eq!(shop.held(), 0, "{epochs}: written off");
        shop.tick(264 * DAY);
        assert_eq!(kinds(&shop.offer(ahead.clone())), ["repeat"], "{epochs}: its date has come");
        shop.tick(290 * DAY);
        assert_eq!(reasons(&shop.offer(ahead)), ["repeat_unverified"], "{epochs}");
    }
}

#[test]
fn what_an_aborted_transaction_swept_is_swept_again() {
    let mut shop = Shop::open();
    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders.clear();
    shop.offer(unbalanced);
    shop.sequencer.state.commit();
    for _ in 0..2 {
        assert_eq!(kinds(&shop.tick(120 * DAY)), ["tick", "written_off"]);
        shop.sequencer.abort();
        assert_eq!(shop.held(), 1);
    }
}

/// A state of before: such a record is dated by the first tick that meets it.
#[test]
fn a_held_record_without_a_date_is_dated_and_not_written_off() {
    let mut shop = Shop::open();
    shop.sequencer.state.held.insert("pos.transactions/0/7".into(), Held::default());
    assert_eq!(kinds(&shop.tick(DAY)), ["tick"]);
    assert_eq!(kinds(&shop.tick(120 * DAY)), ["tick"]);
    assert_eq!(kinds(&shop.tick(121 * DAY)), ["tick", "written_off"]);
}

#[test]
fn what_nobody_decides_on_is_written_off_before_it_cannot_be_shown() {
    let mut shop = Shop::open();
    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders.clear();
    assert_eq!(kinds(&shop.offer(unbalanced.clone())), ["quarantined"]);
    assert_eq!(kinds(&shop.tick(119 * DAY)), ["tick"]);
    assert_eq!(shop.held(), 1);
    let events = shop.tick(120 * DAY);
    assert_eq!(kinds(&events), ["tick", "written_off"]);
    let notice = events[1].notice.as_ref().unwrap();
    assert_eq!(notice.reasons, ["pos.transactions/0/1", "undecided: nobody decided on it in 119 days"]);
    assert_eq!((events[1].store.as_str(), notice.ticket.as_ref().unwrap().sequence), ("101", 1));
    assert_eq!(shop.held(), 0);
    assert_eq!(kinds(&shop.offer(unbalanced)), ["quarantined"], "forgotten content: a person looks again");
    assert_eq!(kinds(&shop.tick(121 * DAY)), ["tick"]);
}

/// A flood of bad records is written off over several ticks.
#[test]
fn many_undecided_records_do_not_make_one_large_transaction() {
    let mut shop = Shop::open();
    for number in 0..1_100 {
        let mut unbalanced = ticket::sale("101", number, "3.50");
        unbalanced.tenders.clear();
        shop.offer(unbalanced);
    }
    let left: Vec<usize> = (0..4)
        .map(|_| {
            shop.tick(120 * DAY);
            shop.held()
        })
        .collect();
    assert_eq!(left, [600, 100, 0, 0]);
}

/// The master no longer says where the store was: its day is over once it is over everywhere.
#[test]
fn a_store_that_left_the_master_is_closed_by_the_deadline() {
    for window_minutes in [0, 60] {
        let mut shop = Shop::open();
        shop.publish(|store| store.window_minutes = window_minutes);
        shop.offer(ticket::sale("101", 1, "3.50"));
        let mut masters = Masters::clone(&shop.sequencer.masters);
        assert_eq!(masters.stores.apply("101", None, 2), None);
        shop.sequencer.masters = Arc::new(masters);
        let over: Timestamp = date("2026-03-15").starts_at(&"Etc/GMT+12".parse().unwrap()).unwrap();
        let due = over.plus_millis(30 * HOUR);
        for (tick, expected) in [(due.plus_millis(-1), vec!["tick"]), (due, vec!["tick", "close"])] {
            shop.sequencer.tick(tick, Some(tick), &mut shop.decisions);
            assert_eq!(kinds(&shop.events()), expected, "{window_minutes:?}");
        }
    }
}

#[test]
fn a_forgotten_date_is_refused_even_if_the_first_date_is_lowered() {
    let mut shop = Shop::open();
    let early = |first: &str| Settings { earliest_business_date: Some(date(first)), ..Settings::default() };
    shop.sequencer = Sequencer::new(0, early("2026-03-01"), Arc::clone(&shop.sequencer.masters));
    shop.tick(0);
    let sold = dated(ticket::sale("101", 1, "3.50"), date("2026-03-10"));
    assert_eq!(versions(&mut shop, sold.clone()), [1]);
    assert_eq!(kinds(&shop.command(&command("a", "release", "*"), None)), ["command", "close"]);
    let restart = |shop: &mut Shop, first: &str| {
        let mut changelog = Changelog::new();
        write_changes(&shop.sequencer.state, &mut changelog);
        shop.sequencer = Sequencer::new(0, early(first), Arc::clone(&shop.sequencer.masters));
        shop.sequencer.state = restored(&changelog);
        shop.tick(1);
    };
    restart(&mut shop, "2026-03-13");
    assert_eq!(shop.sequencer.state.postings.iter().count(), 0, "the date was forgotten");
    restart(&mut shop, "2026-03-01");
    for (business_date, accepted) in [("2026-03-10", false), ("2026-03-05", false), ("2026-03-11", true)] {
        let events = shop.offer(dated(sold.clone(), date(business_date)));
        let expected = if accepted { vec![] } else { vec!["business_date_out_of_range".to_owned()] };
        assert_eq!(reasons(&events), expected, "{business_date}");
    }
}

/// A first start without `earliest_business_date` must not bar the history that is loaded after it.
#[test]
fn a_date_that_held_nothing_stays_acceptable() {
    let mut shop = Shop::open();
    shop.tick(1);
    let settings = Settings { earliest_business_date: Some(date("2017-01-01")), ..Settings::default() };
    let state = std::mem::take(&mut shop.sequencer.state);
    shop.sequencer = Sequencer::new(0, settings, Arc::clone(&shop.sequencer.masters));
    shop.sequencer.state = state;
    assert_eq!(versions(&mut shop, dated(ticket::sale("101", 1, "3.50"), date("2017-01-02"))), [1]);
}
