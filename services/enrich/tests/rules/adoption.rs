//! The order to adopt an account map: written once for the journal and once for the inventory of the same partition.

use std::sync::Arc;

use domain::record::command::Command;
use domain::record::inventory::Movement;
use domain::record::sales::SalesEvent;
use enrich::masters::Shared;
use enrich::settings::Settings;
use enrich::shard::{COMMANDS, Coders, DELTAS, QUARANTINE, SALES, SequencerShard};
use runtime::stage::{Outputs, Record, Shard};
use testkit::ticket;
use wire::codec::Codecs;

use crate::shop::{Shop, command, counters, kinds};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn adopt(id: &str, hash: &str, store: &str) -> Command {
    Command { account_map: Some(hash.to_owned()), ..command(id, "adopt_account_map", store) }
}

#[test]
fn an_adoption_stands_among_the_sales_and_is_carried_out_once() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let adopted = shop.command(&adopt("a", HASH, "*"), None);
    assert_eq!(kinds(&adopted), ["command", "account_map_adopted"]);
    let event = &adopted[1];
    assert_eq!((event.store.as_str(), event.account_map.as_deref()), ("*", Some(HASH)));
    assert_eq!(event.source.as_ref().unwrap().topic, COMMANDS);
    assert_eq!(kinds(&shop.command(&adopt("a", HASH, "*"), None)), ["command_repeat"]);
    // Whether that map holds already is for those to say who book by it.
    assert_eq!(kinds(&shop.command(&adopt("b", HASH, "*"), None)), ["command", "account_map_adopted"]);
    assert_eq!(kinds(&shop.command(&command("c", "release", "*"), None)), ["command", "close"]);
}

#[test]
fn an_adoption_that_names_no_map_or_one_store_is_refused() {
    let mut shop = Shop::open();
    let orders = [
        (adopt("a", HASH, "101"), "order it for *"),
        (command("b", "adopt_account_map", "*"), "names no account map by its hash"),
        (adopt("c", &HASH[..63], "*"), "names no account map by its hash"),
        (adopt("d", &HASH.to_uppercase(), "*"), "names no account map by its hash"),
        (adopt("e", "", "*"), "names no account map by its hash"),
    ];
    for (order, why) in orders {
        let refused = shop.command(&order, None);
        assert_eq!(kinds(&refused), ["command_refused"], "{}", order.id);
        let reasons = &refused[0].notice.as_ref().unwrap().reasons;
        assert!(reasons[0].contains(why), "{reasons:?}");
    }
}

/// Each shard writes the partitions of its own number, so each partition of either topic has it once.
#[test]
fn both_topics_have_the_adoption_in_the_partition_of_the_shard() {
    let codecs = Codecs::embedded();
    let value = codecs.encoder::<Command>().unwrap().to_vec(&adopt("a", HASH, "*")).unwrap();
    for partition in 0..12 {
        let coders = Coders::open(&codecs).unwrap();
        let shared = Arc::new(Shared::default());
        let mut shard = SequencerShard::new(partition, Settings::default(), shared, coders, counters());
        let mut out = Outputs::new([SALES, DELTAS, QUARANTINE].map(|topic| (topic, 12)).to_vec());
        shard.begin();
        let value = Some(value.as_slice());
        let key = Some(&b"*"[..]);
        shard
            .process(&Record { topic: COMMANDS, partition, offset: 7, timestamp: None, key, value }, &mut out)
            .unwrap();
        let mut written = Vec::new();
        for (topic, to, key, value) in out.iter() {
            let (kind, hash) = match topic {
                SALES => {
                    let event: SalesEvent = codecs.decoder().unwrap().decode(value.unwrap()).unwrap();
                    (event.kind, event.account_map)
                }
                _ => {
                    let marker: Movement = codecs.decoder().unwrap().decode(value.unwrap()).unwrap();
                    assert!(marker.legs.is_empty() && marker.movement == "a" && marker.location == "*");
                    (marker.kind, marker.account_map)
                }
            };
            assert_eq!((to, key), (partition, &b"*"[..]), "{topic}");
            written.push((topic, kind.to_string(), hash.map(|hash| hash.to_string())));
        }
        let adopted = |topic| (topic, "account_map_adopted".to_owned(), Some(HASH.to_owned()));
        assert_eq!(written, [(SALES, "command".to_owned(), None), adopted(SALES), adopted(DELTAS)]);
    }
}
