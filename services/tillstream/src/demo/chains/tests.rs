//! The chains of the demo through the pipeline without its topics, as far as NetSuite would hold it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::calendar::Timestamp;
use domain::record::sales::Source;
use enrich::masters::Masters;
use enrich::quarantine::Offered;
use enrich::sequencer::{Decisions, Sequencer};
use enrich::settings::Settings;
use netsuite::request;
use netsuite_sim::{Config, Simulator};
use rust_decimal::Decimal;

use super::*;
use crate::cluster::Received;
use crate::demo::NETSUITE_ACCOUNT;
use crate::generate::shops::tests::masters;
use crate::publish;
use crate::statement::tills::tests::pipeline::{Booked, run};

#[test]
fn some_five_thousand_records_each_and_one_store_that_is_opened_later() {
    for chain in all() {
        let records = chain.records_at_first().count() + chain.records_opened_later().count();
        assert!((5_000..6_000).contains(&records), "{records}");
        let known = publish::Masters {
            stores: chain.stores_at_first().collect(),
            items: chain.shops.item_master().collect(),
        };
        known.check().unwrap();
        let later = chain.store_opened_later().map(|store| store.store);
        assert_eq!(later.is_some(), chain.shops.retailer == Retailer::Mexican);
        assert!(known.stores.iter().all(|store| Some(&store.store) != later.as_ref()));
    }
    assert_eq!(all()[0].shops.first.to_string(), "2025-06-12");
}

/// What the simulated NetSuite of the demo holds once every document is created there.
fn posted(chain: &Chain, booked: &Booked) -> Held<Text> {
    let account = serde_json::from_str(NETSUITE_ACCOUNT).unwrap();
    let simulator = Simulator::start(Config { account, ..Config::default() }).unwrap();
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let journals = booked.journals.iter().map(|document| request::journal(document).unwrap());
    let adjustments = booked.adjustments.iter().map(|document| request::adjustment(document).unwrap());
    for create in journals.chain(adjustments) {
        let address = format!("{}/services/rest/record/v1/{}", simulator.url(), create.record_type.name());
        let request = client.post(address).header("content-type", "application/json").body(create.body);
        let answer = request.send().unwrap();
        assert!(answer.status().is_success(), "{}: {}", create.external_id, answer.text().unwrap());
    }
    let stores: Vec<Text> = chain.shops.store_master().map(|store| store.store.into()).collect();
    let held = held::read(simulator.url(), &stores, |_| {}).unwrap();
    assert_eq!(held.journals + held.adjustments, simulator.counters().created);
    held
}

/// What would stand on the topics.
fn seen(chain: &Chain, booked: &Booked) -> Seen {
    let mut flags = BTreeMap::new();
    for flag in booked.sales.iter().flat_map(|(_, sale)| &sale.flags) {
        *flags.entry(Text::from(flag.as_str())).or_default() += 1;
    }
    Seen {
        booked: booked.books,
        flags,
        taxes: taxes::sums(&booked.summaries, chain.shops.store_master()),
        wrong_taxes: booked.summaries.iter().flat_map(taxes::wrong).collect(),
    }
}

#[test]
fn what_the_pipeline_books_is_what_the_tills_said() {
    // Shorter dates than in the demo: a test has no release build.
    for chain in all().map(|chain| Chain { tickets: 90, ..chain }) {
        let records: Vec<Transaction> = chain.records().map(|(_, record)| record).collect();
        let booked = run(&chain.shops, &records);
        let at_its_seller = booked.journals.iter().filter(|journal| {
            let is_of =
                |store: &Store| store.store == journal.store && store.subsidiary == journal.subsidiary;
            let own = chain.shops.store_master().find(is_of);
            own.is_some_and(|store| Some(store.location) != journal.location)
        });
        assert_eq!(at_its_seller.count() > 0, chain.shops.retailer == Retailer::Several, "{}", chain.title);
        let held = posted(&chain, &booked);
        let differences = |seen: &Seen| chain.compare(&held, seen).statement.differences;
        let mut seen = seen(&chain, &booked);
        assert_eq!(differences(&seen), Vec::<String>::new());
        seen.booked -= 1;
        *seen.flags.get_mut("closed_day").unwrap() += 1;
        seen.taxes.values_mut().next().unwrap()[3] += 1;
        seen.wrong_taxes.push("another period".to_owned());
        let wrong = differences(&seen);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
    }
}

#[test]
fn the_sequencer_takes_every_record_as_it_comes_and_its_flags_are_seen() {
    for chain in all().map(|chain| Chain { tickets: 50, ..chain }) {
        let (stores, items) = masters(&chain.shops);
        let settings = Settings { earliest_business_date: Some(chain.shops.first), ..Settings::default() };
        let mut sequencer = Sequencer::new(0, settings, Arc::new(Masters { items, stores }));
        let mut decisions = Decisions::default();
        let mut tills = Tills::new(chain.shops.store_master(), chain.shops.item_master());
        let mut seen = Events::default();
        let last = chain.shops.first.plus_days(DATES - 1);
        let noon = Timestamp(i64::from(last.days()) * 86_400_000 + 43_200_000);
        sequencer.tick(noon, Some(noon), &mut decisions);
        decisions.events.clear();
        for ((_, record), offset) in chain.records().zip(0..) {
            let source = Source { topic: "pos.transactions".into(), partition: 0, offset };
            let key = record.store.clone();
            let offered = Offered { source, key: Some(key.as_bytes()), value: Some(b"bytes") };
            sequencer.offer(&offered, record.clone(), 1, &mut decisions);
            let mut kinds: Vec<&str> = decisions.events.iter().map(|event| event.kind.as_str()).collect();
            kinds.retain(|kind| *kind != "close");
            assert_eq!(kinds, ["sale"], "{:?}\n{record:#?}", decisions.events);
            tills.add(&record);
            for event in decisions.events.drain(..) {
                let (partition, key, record) = (0, String::new(), Some(event));
                seen.take(Some(Received { partition, offset, key, record }));
            }
        }
        let stores: Vec<Text> = chain.shops.store_master().map(|store| store.store.into()).collect();
        assert_eq!(seen.flagged(&stores), flags_of(&tills));
        assert_eq!(seen.flagged(&[]), BTreeMap::new());
    }
}

#[test]
fn the_page_is_the_same_in_all_three_and_names_the_line_that_is_not() {
    let [chain, _] = all();
    let (store, date) = chain.page_of();
    let booked = run(&chain.shops, &chain.shops.day(store, date, chain.tickets));
    let (mut held, journals) = (posted(&chain, &booked), &booked.journals);
    let page = chain.lay_out_page(journals, &held);
    assert_eq!(page.differences(), Vec::<String>::new());
    let what: Vec<&str> = page.lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        what.join(", "),
        "net sales, returns, discounts, tax, card/amex, card/mastercard, card/visa, cash, foreign_cash/USD, \
         gift_card, loyalty, manufacturer_coupon, mobile, store_credit, voucher, loans less pickups, paid in, paid \
         out, over or short"
    );
    let filled = page.lines.iter().filter(|line| !line.z.is_zero());
    assert!(filled.count() >= 15, "{:#?}", page.lines);
    // A cent that NetSuite lost, and a journal that never came.
    let name = chain.shops.store_name(store);
    let day = (Text::from(name), date.to_string().parse().unwrap());
    *held.days.get_mut(&day).unwrap().accounts.get_mut(&480).unwrap() -= Decimal::new(1, 2);
    let short = chain.lay_out_page(journals, &held).differences();
    assert_eq!(short.len(), 1, "{short:?}");
    assert!(short[0].contains(" returns: the registers reported "), "{short:?}");
    assert!(chain.lay_out_page(&[], &held).differences().len() > 10);
}
