//! What the tables answer, in any order of records, after restarts and with bad records among them.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::trading::Trading;
use super::*;
use crate::calendar::Date;
use crate::record::reference;
use crate::ticket::fixture::{amount, date, item_record, items, kit_record, quantity, store_record, stores};

#[test]
fn an_item_is_what_it_was_on_the_business_date() {
    let mut items = Items::default();
    let mut record = item_record("1", "inventory", "old");
    let mut newer = record.versions[0].clone();
    (newer.effective_from, newer.revision, newer.department) = (date("2026-01-01"), 8, "new".into());
    let mut corrected = newer.clone();
    (corrected.revision, corrected.department) = (9, "corrected".into());
    // Out of order on purpose: the master's order is not trusted.
    record.versions = vec![corrected, newer, record.versions[0].clone()];
    assert_eq!(items.apply("1", Some(record), 0), None);
    for (on, expected) in [
        ("2019-12-31", None),
        ("2020-01-01", Some(("old", 7))),
        ("2025-12-31", Some(("old", 7))),
        ("2026-01-01", Some(("corrected", 9))),
        ("2030-01-01", Some(("corrected", 9))),
    ] {
        let found = items.find("1", date(on));
        assert_eq!(found.map(|item| (item.department(), item.revision())), expected, "{on}");
    }
    let item = items.find_barcode("7501", &[], date("2026-03-14")).unwrap();
    assert_eq!((item.number(), item.netsuite_id(), item.stock_unit()), ("1", Some("91"), "EA"));
    assert_eq!((item.kind(), item.units_per_sale()), (ItemKind::Inventory, quantity("1")));
    assert!(items.find("7501", date("2026-03-14")).is_none(), "a barcode is no item number");
}

#[test]
fn a_snapshot_is_complete_when_its_marker_was_read() {
    let mut items = items();
    assert!(!items.is_complete());
    assert_eq!((items.len(), items.next_offset()), (8, 8));
    assert_eq!(items.apply("*", None, 8), None);
    assert!(!items.is_complete());
    assert_eq!(items.apply("*", Some(reference::Item::default()), 9), None);
    assert!(items.is_complete());
    assert_eq!((items.len(), items.next_offset()), (8, 10));
    let mut stores = Stores::default();
    assert_eq!(stores.next_offset(), 0);
    stores.apply("*", Some(reference::Store::default()), 4);
    assert!(stores.is_complete() && stores.is_empty());
    assert_eq!(stores.next_offset(), 5);
}

#[test]
fn a_bad_item_is_a_finding_and_unknown_until_it_is_mended() {
    let on = date("2026-03-14");
    type Spoil = fn(&mut reference::Item);
    let cases: [(&str, Spoil); 14] = [
        ("not of its key", |record| record.item = "2".into()),
        ("kind `bundle`", |record| record.versions[0].kind = "bundle".into()),
        ("no department", |record| record.versions[0].department = String::new()),
        ("no stock_unit", |record| record.versions[0].stock_unit = String::new()),
        ("department of", |record| record.versions[0].department = "d".repeat(256)),
        ("stock_unit of", |record| record.versions[0].stock_unit = "u".repeat(256)),
        ("netsuite_id of", |record| record.versions[0].netsuite_id = Some("9".repeat(256))),
        ("not above zero", |record| record.versions[0].units_per_sale = quantity("0")),
        ("not above zero", |record| record.versions[0].units_per_sale = quantity("-1")),
        ("sale_units 0 of", |record| record.versions[0].sale_units = Some(0)),
        ("sale_units -12 of", |record| record.versions[0].sale_units = Some(-12)),
        ("no version", |record| record.versions.clear()),
        ("no item number or barcode", |record| record.barcodes.push(String::new())),
        ("no item number or barcode", |record| record.barcodes.push("9".repeat(256))),
    ];
    for (expected, spoil) in cases {
        let mut items = items();
        let mut record = item_record("1", "inventory", "grocery");
        spoil(&mut record);
        let finding = items.apply("1", Some(record), 20).unwrap();
        assert!(finding.detail.contains(expected), "{finding}");
        assert!(items.find("1", on).is_none() && items.find_barcode("7501", &[], on).is_none(), "{expected}");
        assert_eq!(items.findings().iter().collect::<Vec<_>>(), [&finding]);
        assert_eq!(items.apply("1", Some(item_record("1", "inventory", "grocery")), 21), None);
        assert!(items.find("1", on).is_some());
        assert_eq!(items.findings().iter().count(), 0);
    }
}

#[test]
fn a_kit_is_made_of_something_worth_something() {
    type Spoil = fn(&mut reference::ItemVersion);
    let cases: [(&str, Spoil); 9] = [
        ("a kit of 0 components", |kit| kit.components.clear()),
        ("a kit of 101 components", |kit| kit.components = vec![reference::Component::default(); 101]),
        ("is no kit", |kit| kit.kind = "inventory".into()),
        ("is no item number", |kit| kit.components[0].item = String::new()),
        ("is the kit itself", |kit| kit.components[0].item = "6".into()),
        ("`2` of the version of 2020-01-01 is named twice", |kit| kit.components[0].item = "2".into()),
        ("has a quantity of 0", |kit| kit.components[0].quantity = quantity("0")),
        ("has a value of -1.00", |kit| kit.components[0].value = amount("-1.00")),
        ("no component of the version of 2020-01-01 has a value", |kit| {
            kit.components.iter_mut().for_each(|component| component.value = amount("0"));
        }),
    ];
    let kit = || kit_record("6", &[("1", "2", "12.00"), ("2", "0.5", "0")]);
    for (expected, spoil) in cases {
        let mut items = items();
        let mut record = kit();
        spoil(&mut record.versions[0]);
        let finding = items.apply("6", Some(record), 20).unwrap();
        assert!(finding.detail.contains(expected), "{finding}");
        assert!(items.find("6", date("2026-03-14")).is_none(), "{expected}");
        assert_eq!(items.apply("6", Some(kit()), 21), None);
        let found = items.find("6", date("2026-03-14")).unwrap();
        let components = found.components().iter();
        let components: Vec<_> =
            components.map(|each| (each.item(), each.quantity(), each.value())).collect();
        assert_eq!(components, [("1", quantity("2"), amount("12.00")), ("2", quantity("0.5"), amount("0"))]);
    }
}

/// Each case: subsidiary, currency and unit cost of each cost, and what is wrong.
#[test]
fn an_item_costs_once_in_each_subsidiary() {
    let cases: [(&[(&str, &str, &str)], &[&str]); 7] = [
        (&[], &[]),
        (&[("MX", "MXN", "5.125001"), ("US", "USD", "0")], &[]),
        (&[("MX", "MXN", "-0.01")], &["subsidiary `MX` is -0.01, below zero"]),
        (&[("MX", "PESO", "1")], &["subsidiary `MX` has no currency: `PESO`"]),
        (&[("MX", "XAU", "1")], &["subsidiary `MX` has no currency: `XAU`"]),
        (&[("MX", "MXN", "1"), ("US", "USD", "1"), ("MX", "USD", "1")], &["subsidiary `MX` is stated twice"]),
        (&[("", "MXN", "1")], &["subsidiary `` names none"]),
    ];
    for (costs, expected) in cases {
        let mut record = item_record("1", "inventory", "grocery");
        let cost = |(subsidiary, currency, unit_cost): &(&str, &str, &str)| reference::ItemCost {
            subsidiary: (*subsidiary).into(),
            currency: (*currency).into(),
            unit_cost: unit_cost.parse().unwrap(),
        };
        record.versions[0].costs = costs.iter().map(cost).collect();
        let mut items = Items::default();
        let finding = items.apply("1", Some(record), 0).map(|finding| finding.detail).unwrap_or_default();
        assert_eq!(finding.is_empty(), expected.is_empty(), "{finding}");
        assert!(expected.iter().all(|part| finding.contains(part)), "{finding}");
        let item = items.find("1", date("2026-03-14"));
        assert!(item.is_some(), "what is wrong with its costs alone leaves the item known");
        for (subsidiary, currency, unit_cost) in costs {
            let found = item.and_then(|item| item.cost(subsidiary));
            let stated = (expected.is_empty()).then(|| ((*currency).into(), unit_cost.parse().unwrap()));
            assert_eq!(found.map(|cost| (cost.currency, cost.unit_cost)), stated);
        }
        assert_eq!(item.and_then(|item| item.cost("CA")), None);
    }
}

#[test]
fn a_store_is_found_by_its_location() {
    let mut stores = stores();
    assert_eq!(stores.at("L102").map(|store| store.store.as_str()), Some("102"));
    assert_eq!(stores.at("102"), None);
    let moved = reference::Store { store: "102".into(), location: "L101".into(), ..store_record() };
    stores.apply("102", Some(moved), 10);
    assert_eq!((stores.at("L102"), stores.at("L101").is_some()), (None, true), "both say the same of it");
    let otherwise = reference::Store {
        store: "102".into(),
        location: "L101".into(),
        location_netsuite_id: "99".into(),
        ..store_record()
    };
    stores.apply("102", Some(otherwise), 11);
    assert_eq!(stores.at("L101"), None, "whose it is cannot be told");
    stores.refuse("102", 12, "no record of the store master");
    assert_eq!(stores.at("L101").map(|store| store.store.as_str()), Some("101"));
    stores.apply("101", None, 13);
    assert_eq!(stores.at("L101"), None);
}

#[test]
fn stores_of_a_subsidiary_that_differ_in_when_a_deposit_is_taxed_are_found_once() {
    let mut stores = stores();
    let publish = |stores: &mut Stores, number: &str, due: Option<&str>| {
        let deposit_tax = due.map(str::to_owned);
        let location = format!("L{number}");
        let record = reference::Store { store: number.into(), location, deposit_tax, ..store_record() };
        assert_eq!(stores.apply(number, Some(record), 10), None, "it refuses nothing");
        let found = stores.newly_uneven();
        found
            .iter()
            .map(|found| format!("{} {} {}", found.subsidiary, found.store, found.other))
            .collect::<Vec<_>>()
    };
    let (none, uneven) = (Vec::<String>::new(), vec!["MX 101 102".to_owned()]);
    assert_eq!(publish(&mut stores, "102", Some("when_collected")), none, "not all is read");
    stores.apply("*", Some(reference::Store::default()), 11);
    assert_eq!(publish(&mut stores, "103", None), uneven);
    assert_eq!(publish(&mut stores, "103", Some("when_completed")), none, "it is found once");
    assert_eq!(publish(&mut stores, "103", Some("as_stated")), none);
    assert_eq!(publish(&mut stores, "102", Some("as_stated")), none, "what is not stated is the same");
    assert_eq!(
        publish(&mut stores, "101", Some("when_collected")),
        uneven,
        "and once more, after it was mended"
    );
    stores.apply("101", None, 12);
    assert_eq!(stores.newly_uneven(), []);
    assert_eq!(publish(&mut stores, "102", Some("when_collected")), ["MX 102 103"], "201 is of another one");
}

#[test]
fn a_barcode_of_two_items_is_of_neither() {
    let on = date("2026-03-14");
    let with = |number: &str| reference::Item {
        barcodes: vec!["750".into()],
        ..item_record(number, "service", "x")
    };
    let mut items = Items::default();
    assert_eq!(items.apply("1", Some(with("1")), 0), None);
    assert_eq!(items.find_barcode("750", &[], on).unwrap().number(), "1");
    assert!(items.apply("2", Some(with("2")), 1).unwrap().detail.contains("also of item `1`"));
    assert!(items.find_barcode("750", &[], on).is_none());
    assert!(items.find("2", on).is_some(), "the item itself is known");
    items.apply("3", Some(with("3")), 2);
    items.apply("1", None, 3);
    assert!(items.find_barcode("750", &[], on).is_none());
    items.apply("3", None, 4);
    assert_eq!(items.find_barcode("750", &[], on).unwrap().number(), "2");
}

#[test]
fn leading_zeros_tell_no_barcodes_apart() {
    let on = date("2026-03-14");
    let with = |number: &str, barcodes: &[&str]| reference::Item {
        barcodes: barcodes.iter().map(|barcode| (*barcode).to_owned()).collect(),
        ..item_record(number, "service", "x")
    };
    let mut items = Items::default();
    assert_eq!(items.apply("1", Some(with("1", &["0036000291452", "036000291452", "x1"])), 0), None);
    for (barcode, found) in [
        ("36000291452", true),
        ("036000291452", true),
        ("00036000291452", true),
        ("000036000291452", false),
        ("x1", true),
        ("0x1", false),
    ] {
        assert_eq!(items.find_barcode(barcode, &[], on).is_some(), found, "{barcode}");
    }
    assert!(items.apply("2", Some(with("2", &["36000291452"])), 1).unwrap().detail.contains("of item `1`"));
    items.apply("1", None, 2);
    assert_eq!(items.find_barcode("036000291452", &[], on).unwrap().number(), "2");
}

#[test]
fn a_label_is_looked_up_when_no_item_claims_it() {
    let on = date("2026-03-14");
    let layouts =
        ["2IIIIIVPPPPC", "28IIIIVQQQQQC"].map(|layout| crate::barcode::Layout::parse(layout).unwrap());
    let with = |number: &str, barcode: &str| reference::Item {
        barcodes: vec![barcode.to_owned()],
        ..item_record(number, "inventory", "x")
    };
    let mut items = Items::default();
    let found = |items: &Items, barcode: &str| {
        items.find_barcode(barcode, &layouts, on).map(|item| item.number().to_owned())
    };
    items.apply("ham", Some(with("ham", "00205601000002")), 0);
    items.apply("brie", Some(with("brie", "2812340000002")), 1);
    assert_eq!(found(&items, "0205601719959").as_deref(), Some("ham"));
    assert_eq!(found(&items, "2812347012367").as_deref(), Some("brie"));
    assert!(items.find_barcode("0205601719959", &[], on).is_none(), "another store has other labels");
    assert_eq!(found(&items, "205601019950"), None, "the check digit of the price is wrong");
    items.apply("slice", Some(with("slice", "0205601719959")), 2);
    assert_eq!(found(&items, "205601719959").as_deref(), Some("slice"), "what the master has goes before");
    items.apply("cut", Some(with("cut", "0205601719959")), 3);
    assert_eq!(found(&items, "205601719959"), None, "what is contested is nobody's");
}

#[test]
fn a_copy_does_not_see_later_changes() {
    let on = date("2026-03-14");
    let mut items = items();
    let pinned = items.clone();
    items.apply("1", None, 20);
    items.apply("2", Some(item_record("2", "service", "else")), 21);
    assert!(items.find("1", on).is_none() && pinned.find("1", on).is_some());
    assert_eq!(pinned.find("2", on).unwrap().department(), "toys");
    assert_eq!(items.find("2", on).unwrap().department(), "else");
}

/// Lines that name an item need no layout, and a register or day refuses nothing: a typo in one does not close a shop.
#[test]
fn bad_lists_are_a_finding_and_the_store_goes_on_without_any() {
    type Spoil = fn(&mut reference::Store);
    let cases: [(&str, Spoil); 12] = [
        ("barcode_layouts: `22IIII`", |record| record.barcode_layouts = vec!["22IIII".into()]),
        ("a label may be of `2XIIIIVPPPPPC` and of another", |record| {
            record.barcode_layouts = ["22IIIIVPPPPPC", "2XIIIIVPPPPPC"].map(Into::into).into();
        }),
        ("101 barcode_layouts are more than 100", |record| {
            record.barcode_layouts = vec!["22IIIIVPPPPPC".into(); 101];
        }),
        ("registers: `R_1`", |record| record.registers = vec!["R_1".into()]),
        ("registers: `R1` stands there twice", |record| {
            record.registers = ["R1", "R2", "R1"].map(Into::into).into();
        }),
        ("1001 registers are more than 1000", |record| record.registers = vec!["R1".into(); 1_001]),
        ("closed_weekdays: `Sunday` is none of monday, tuesday", |record| {
            record.closed_weekdays = vec!["Sunday".into()];
        }),
        ("closed_weekdays: `sunday` stands there twice", |record| {
            record.closed_weekdays = ["sunday", "monday", "sunday"].map(Into::into).into();
        }),
        ("closed_dates: `2026-05-01` stands there twice", |record| {
            record.closed_dates = vec![date("2026-05-01"); 2];
        }),
        ("8 closed_weekdays are more than 7", |record| record.closed_weekdays = vec!["sunday".into(); 8]),
        ("1001 open_dates are more than 1000", |record| record.open_dates = vec![date("2026-05-01"); 1_001]),
        ("2026-05-01 is among closed_dates and open_dates", |record| {
            (record.closed_dates, record.open_dates) = (vec![date("2026-05-01")], vec![date("2026-05-01")]);
        }),
    ];
    for (expected, spoil) in cases {
        let mut stores = Stores::default();
        let mut record = store_record();
        spoil(&mut record);
        let finding = stores.apply("101", Some(record), 1).unwrap();
        assert!(finding.detail.contains(expected), "{finding}");
        let store = stores.find("101").unwrap();
        assert!(store.barcode_layouts.is_empty());
        assert_eq!(store.trading, Trading::default(), "{expected}");
        assert!(!stores.is_refused("101"));
    }
}

#[test]
fn a_bad_store_is_a_finding_and_unknown_until_it_is_mended() {
    type Spoil = fn(&mut reference::Store);
    let cases: [(&str, Spoil); 17] = [
        ("not of its key", |record| record.store = "102".into()),
        ("location `L_1`", |record| record.location = "L_1".into()),
        ("subsidiary ``", |record| record.subsidiary = String::new()),
        ("subsidiary_netsuite_id", |record| record.subsidiary_netsuite_id = String::new()),
        ("location_netsuite_id", |record| record.location_netsuite_id = String::new()),
        ("currency", |record| record.currency = "PESO".into()),
        ("minor unit", |record| record.currency = "XXX".into()),
        ("time zone", |record| record.zone = "Mexico".into()),
        ("time zone", |record| record.zone = String::new()),
        ("sequence_epochs", |record| record.sequence_epochs = "weekly".into()),
        ("window_minutes", |record| record.window_minutes = -1),
        ("window_minutes", |record| record.window_minutes = 1_441),
        ("other_subsidiaries: `MX`", |record| record.other_subsidiaries = vec!["MX".into()]),
        ("other_subsidiaries: `U S`", |record| record.other_subsidiaries = vec!["U S".into()]),
        ("101 other_subsidiaries are more than 100", |record| {
            record.other_subsidiaries = vec!["US".into(); 101];
        }),
        ("deposit_tax `never` is none of as_stated, when_collected, when_completed", |record| {
            record.deposit_tax = Some("never".into());
        }),
        ("reversal `` is none of taker, seller", |record| record.reversal = Some(String::new())),
    ];
    for (expected, spoil) in cases {
        let mut stores = Stores::default();
        assert_eq!(stores.apply("101", Some(store_record()), 0), None);
        let mut record = store_record();
        spoil(&mut record);
        let finding = stores.apply("101", Some(record), 1).unwrap();
        assert!(finding.detail.contains(expected), "{finding}");
        assert!(stores.find("101").is_none() && stores.is_refused("101"));
        assert_eq!(stores.apply("101", Some(store_record()), 2), None);
        assert!(stores.find("101").is_some_and(|store| store.epochs == Epochs::Daily));
        assert_eq!(stores.findings().iter().count(), 0);
        stores.apply("101", None, 3);
        assert!(stores.is_empty());
    }
    let all_wrong = Store::check(reference::Store { window_minutes: -1, ..reference::Store::default() });
    assert_eq!(all_wrong.unwrap_err().len(), 9);
}

#[test]
fn findings_are_bounded() {
    let mut items = Items::default();
    for offset in 0..i64::try_from(FINDINGS_MAX).unwrap() + 5 {
        items.apply(&format!("{offset}"), Some(reference::Item::default()), offset);
    }
    assert_eq!((items.findings().iter().count(), items.findings().more()), (FINDINGS_MAX, 5));
}

/// Barcodes, some of them padded.
const BARCODES: [&str; 9] = ["b0", "b1", "b2", "41", "041", "00000000000041", "420", "0420", "42"];

/// What an item should be, kept plainly.
type Plain = BTreeMap<String, reference::Item>;

fn plain_barcode(plain: &Plain, barcode: &str, on: Date) -> Option<String> {
    let padded = |barcode: &str| format!("{barcode:0>14}");
    let is_it = |each: &String| padded(each) == padded(barcode);
    let mut claimants = plain.values().filter(|record| record.barcodes.iter().any(is_it));
    let only = claimants.next()?;
    let known = only.versions.iter().any(|version| version.effective_from <= on);
    (claimants.next().is_none() && known).then(|| only.item.clone())
}

proptest! {
    /// The packed table agrees with a plain one, and does not depend on what a compacted topic forgot.
    #[test]
    fn items_are_a_plain_map(
        changes in proptest::collection::vec((0_u8..12, any::<bool>(), proptest::collection::vec(0_usize..9, 0..3), 0_i32..3), 0..60),
    ) {
        let mut items = Items::default();
        let mut plain = Plain::new();
        for (offset, (number, gone, barcodes, from)) in (0..).zip(changes) {
            let number = format!("{number}{}", "x".repeat(usize::from(number) * 3));
            let mut record = item_record(&number, "inventory", "x");
            record.barcodes = barcodes.iter().map(|barcode| BARCODES[*barcode].to_owned()).collect();
            record.versions[0].effective_from = date("2026-01-01").plus_days(from);
            if gone {
                items.apply(&number, None, offset);
                plain.remove(&number);
            } else {
                items.apply(&number, Some(record.clone()), offset);
                plain.insert(number, record);
            }
        }
        let mut restarted = Items::default();
        for (offset, record) in (0..).zip(plain.values().rev()) {
            restarted.apply(&record.item, Some(record.clone()), offset);
        }
        for table in [&items, &restarted] {
            prop_assert_eq!(table.len(), plain.len());
            for days in -1..4 {
                let on = date("2026-01-01").plus_days(days);
                for record in plain.values() {
                    let known = record.versions[0].effective_from <= on;
                    prop_assert_eq!(table.find(&record.item, on).is_some(), known);
                }
                for barcode in BARCODES {
                    let found = table.find_barcode(barcode, &[], on).map(|item| item.number().to_owned());
                    prop_assert_eq!(found, plain_barcode(&plain, barcode, on));
                }
            }
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_makes_its_key_unknown_and_counts_as_read() {
    let mut items = items();
    let finding = items.refuse("1", 40, "no record of the item master");
    assert_eq!((finding.key.as_str(), finding.offset), ("1", 40));
    assert!(items.find("1", date("2026-03-14")).is_none() && items.next_offset() == 41);
    assert_eq!(items.apply("1", Some(item_record("1", "inventory", "grocery")), 41), None);
    assert!(items.findings().iter().next().is_none());
    let mut stores = Stores::default();
    assert_eq!(stores.apply("101", Some(store_record()), 0), None);
    stores.refuse("101", 7, "no record of the store master");
    assert!(stores.is_empty() && stores.next_offset() == 8);
}
