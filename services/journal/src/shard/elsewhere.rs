//! What a bucket books in another subsidiary, and the ledgers that a close writes beside its journals.
#![allow(clippy::unwrap_used)]

use domain::number::Amount;
use domain::record::journal::JournalLine;
use domain::record::sales::{OtherStore, SaleLine, SaleTax, SaleTender, SalesEvent};

use super::tests::{amount, changelog, day, offer, restored_to, shard_under_two};
use super::*;

fn place() -> OtherStore {
    OtherStore {
        location: "L201".into(),
        location_netsuite_id: "201".into(),
        subsidiary: "CA".into(),
        subsidiary_netsuite_id: "2".into(),
    }
}

/// A day in which goods of another subsidiary come back, and one of its gift cards pays.
fn mixed_day() -> Vec<SalesEvent> {
    mixed_day_of(&place())
}

fn mixed_day_of(place: &OtherStore) -> Vec<SalesEvent> {
    let mut events = day();
    let sale = events[1].sale.as_mut().unwrap();
    let tax = SaleTax { code: "TX".into(), amount: amount("-8.25"), ..SaleTax::default() };
    sale.lines.push(SaleLine {
        role: "returns".into(),
        department: Some("10".into()),
        amount: amount("-100.00"),
        taxes: vec![tax],
        booked_in: Some(Box::new(place.clone())),
        ..SaleLine::default()
    });
    sale.tenders[0].amount = amount("-122.76");
    sale.tenders.push(SaleTender {
        role: "gift_card_liability".into(),
        kind: "gift_card".into(),
        brand: None,
        amount: amount("20.00"),
        booked_in: Some(Box::new(place.clone())),
    });
    events
}

#[derive(Debug, PartialEq)]
struct Written {
    journals: Vec<JournalEntry>,
    taxes: Vec<TaxSummary>,
    ledgers: Vec<LiabilityLedger>,
}

fn written(sent: Vec<(&str, i32, Vec<u8>, Vec<u8>)>) -> Written {
    let codecs = Codecs::embedded();
    let mut written = Written { journals: Vec::new(), taxes: Vec::new(), ledgers: Vec::new() };
    for (topic, _, _, value) in sent {
        match topic {
            ENTRIES => written.journals.push(codecs.decoder().unwrap().decode(&value).unwrap()),
            TAXES => written.taxes.push(codecs.decoder().unwrap().decode(&value).unwrap()),
            LEDGERS => written.ledgers.push(codecs.decoder().unwrap().decode(&value).unwrap()),
            other => panic!("{other} is none of journal's"),
        }
    }
    written
}

#[test]
fn a_bucket_books_in_each_subsidiary_once() {
    let events = mixed_day();
    let (morning, evening) = events.split_at(3);
    let mut first = shard_under_two();
    offer(&mut first, morning).unwrap();
    let mut second = restored_to(shard_under_two(), &changelog(&mut first));
    let written = written(offer(&mut second, evening).unwrap());
    let row = |line: &JournalLine| {
        let (side, amount) = line.debit.map_or(("Cr", line.credit), |debit| ("Dr", Some(debit)));
        format!("{side} {} {} {}", line.role, line.dimension.as_deref().unwrap_or("-"), amount.unwrap())
    };
    let rows = |entry: &JournalEntry| {
        (
            entry.id.clone(),
            entry.subsidiary_netsuite_id.clone(),
            entry.lines.iter().map(row).collect::<Vec<_>>(),
        )
    };
    let expected: [(&str, &str, &[&str]); 2] = [
        (
            "JE_367_20170301_0_1_US_USD_1",
            "1",
            &[
                "Dr due_from CA 128.25",
                "Dr suspense 10 12.52",
                "Cr tender_clearing cash 106.99",
                "Cr sales 10 5.49",
                "Cr sales 20 3.25",
                "Cr sales 30 12.52",
                "Cr suspense 10 12.52",
            ],
        ),
        (
            "JE_367_20170301_0_1_CA_USD_L201_1",
            "2",
            &[
                "Dr returns 10 100.00",
                "Dr gift_card_liability - 20.00",
                "Dr tax_payable TX 8.25",
                "Cr due_to US 128.25",
            ],
        ),
    ];
    let expected = expected.map(|(id, subsidiary, rows)| {
        (id.to_owned(), subsidiary.to_owned(), rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>())
    });
    assert_eq!(written.journals.iter().map(rows).collect::<Vec<_>>(), expected);
    let taxes = written.taxes.iter().map(|summary| (summary.id.as_str(), summary.lines[0].tax));
    assert_eq!(taxes.collect::<Vec<_>>(), [("TS_367_20170301_0_1_CA_USD_L201", amount("-8.25"))]);
    let ledgers = written.ledgers.iter().map(|ledger| (ledger.id.as_str(), ledger.lines[0].closing));
    assert_eq!(ledgers.collect::<Vec<_>>(), [("LL_367_20170301_0_1_CA_USD_L201", amount("-20.00"))]);
    let groups: Vec<_> = written.journals.iter().map(|entry| entry.group.as_deref()).collect();
    assert_eq!(groups, [Some("JE_367_20170301_0_1"); 2], "both legs are one group");
}

/// A bucket that books in one set of books has no group: its own alone, or where all of it is another's.
#[test]
fn what_is_in_one_set_of_books_is_no_group() {
    let mut of_another = day();
    let booked_in = || Some(Box::new(place()));
    for sale in of_another.iter_mut().filter_map(|event| event.sale.as_mut()) {
        sale.lines.iter_mut().for_each(|line| line.booked_in = booked_in());
        sale.tenders.iter_mut().for_each(|tender| tender.booked_in = booked_in());
    }
    for moved in of_another.iter_mut().filter_map(|event| event.reclassification.as_mut()) {
        moved.resolved.booked_in = booked_in();
    }
    for (events, subsidiary) in [(day(), "US"), (of_another, "CA")] {
        let written = written(offer(&mut shard_under_two(), &events).unwrap());
        let shown: Vec<_> =
            written.journals.iter().map(|entry| (entry.subsidiary.as_str(), &entry.group)).collect();
        assert_eq!(shown, [(subsidiary, &None)]);
    }
}

/// Two stores of one subsidiary, of which one bears what it sold: each has a journal of its own, and what they owe each
/// other is the same amount on both sides.
#[test]
fn a_bucket_books_in_each_store_of_its_subsidiary_once() {
    let other = OtherStore { subsidiary: "US".into(), subsidiary_netsuite_id: "1".into(), ..place() };
    let events = mixed_day_of(&other);
    let (morning, evening) = events.split_at(3);
    let mut first = shard_under_two();
    offer(&mut first, morning).unwrap();
    let mut second = restored_to(shard_under_two(), &changelog(&mut first));
    let written = written(offer(&mut second, evening).unwrap());
    let due = |entry: &JournalEntry| {
        let lines = entry.lines.iter().filter(|line| line.role.starts_with("due_"));
        let row = |line: &JournalLine| {
            let amount = line.debit.or(line.credit).unwrap();
            format!("{} {} {amount}", line.role, line.dimension.as_deref().unwrap_or("-"))
        };
        (entry.id.clone(), lines.map(row).collect::<Vec<_>>().join(", "))
    };
    let expected = [
        ("JE_367_20170301_0_1_US_USD_1", "due_from US 128.25"),
        ("JE_367_20170301_0_1_US_USD_L201_1", "due_to US 128.25"),
    ]
    .map(|(id, due)| (id.to_owned(), due.to_owned()));
    assert_eq!(written.journals.iter().map(due).collect::<Vec<_>>(), expected);
    let taxes = written.taxes.iter().map(|summary| (summary.id.as_str(), summary.lines[0].tax));
    assert_eq!(taxes.collect::<Vec<_>>(), [("TS_367_20170301_0_1_US_USD_L201", amount("-8.25"))]);
    let ledgers = written.ledgers.iter().map(|ledger| (ledger.id.as_str(), ledger.lines[0].closing));
    assert_eq!(ledgers.collect::<Vec<_>>(), [("LL_367_20170301_0_1_US_USD_L201", amount("-20.00"))]);
}

/// The store master gives the other store another id in the middle of the day: its document is one all the same.
#[test]
fn another_store_has_one_journal_whatever_its_ids() {
    let mut events = mixed_day();
    let mut second = events[1].clone();
    let sale = second.sale.as_mut().unwrap();
    let renamed = OtherStore { location_netsuite_id: "999".into(), ..place() };
    sale.lines[1].booked_in = Some(Box::new(renamed.clone()));
    sale.tenders[1].booked_in = Some(Box::new(renamed));
    let close = events.last_mut().unwrap().close.as_mut().unwrap();
    (close.count, close.content) = (close.count + 1, close.content.plus(sale.content));
    events.insert(2, second);
    let written = written(offer(&mut shard_under_two(), &events).unwrap());
    let elsewhere: Vec<&JournalEntry> =
        written.journals.iter().filter(|entry| entry.subsidiary == "CA").collect();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].lines[0].debit, Some(amount("200.00")));
    assert_eq!((written.taxes.len(), written.taxes[0].lines[0].tax), (1, amount("-16.50")));
}

/// What is owed after one bucket is what the next one opens with, also after a restart.
#[test]
fn ledgers_follow_each_other() {
    let sold = |version: i32, value: &str| {
        let mut events = day();
        for event in &mut events {
            if let Some(sale) = event.sale.as_mut() {
                sale.bucket.version = version;
            }
            if let Some(close) = event.close.as_mut() {
                close.bucket.version = version;
            }
            if let Some(moved) = event.reclassification.as_mut() {
                moved.bucket.version = version;
            }
        }
        let sale = events[1].sale.as_mut().unwrap();
        sale.lines[0].role = "gift_card_liability".into();
        (sale.lines[0].amount, sale.tenders[0].amount) = (amount(value), amount(value));
        events
    };
    let mut first = shard_under_two();
    let monday = written(offer(&mut first, &sold(1, "50.00")).unwrap());
    let mut second = restored_to(shard_under_two(), &changelog(&mut first));
    let tuesday = written(offer(&mut second, &sold(2, "-8.00")).unwrap());
    let row = |written: &Written| {
        let line = &written.ledgers[0].lines[0];
        (line.opening, line.issued, line.refunded, line.closing)
    };
    let zero = Amount::ZERO;
    assert_eq!(row(&monday), (zero, amount("50.00"), zero, amount("50.00")));
    assert_eq!(row(&tuesday), (amount("50.00"), zero, amount("8.00"), amount("42.00")));
}
