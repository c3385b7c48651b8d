//! The shard between bytes and decisions: what it pins, and that what it decides can always be written.

use std::sync::Arc;

use domain::record::Bytes;
use domain::record::command::{Command, Coordinates, QuarantineDecision, Resolve};
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::record::sales::SalesEvent;
use enrich::limits::TICKET_MAX;
use enrich::masters::Shared;
use enrich::metrics::Counters;
use enrich::service::{Enrich, ITEMS, STORES};
use enrich::settings::Settings;
use enrich::shard::{COMMANDS, Coders, DELTAS, QUARANTINE, SALES, SequencerShard, TRANSACTIONS};
use prometheus::IntGauge;
use runtime::stage::{Changes, Clock, EpochMillis, Outputs, Record, Refusal, Service, Shard};
use testkit::{master, ticket};
use wire::Subject;
use wire::codec::Codecs;

use crate::claims::returned;
use crate::shop::{command, counters, counters_and_gauges, reasons};

const MINUTE: EpochMillis = 60_000;

/// Partitions of the commands that are written.
const PARTITIONS: i32 = 12;

struct Room {
    shard: SequencerShard,
    shared: Arc<Shared>,
    out: Outputs,
    codecs: Codecs,
    offset: i64,
}

impl Room {
    fn open() -> Self {
        Self::counting(counters())
    }

    fn counting(counters: Counters) -> Self {
        let codecs = Codecs::embedded();
        let shared = Arc::new(Shared::default());
        shared.change(|masters| {
            assert_eq!(masters.stores.apply("101", Some(master::store("101")), 0), None);
            assert_eq!(masters.items.apply("milk", Some(master::item("milk", "10")), 0), None);
        });
        let coders = Coders::open(&codecs).unwrap();
        let shard = SequencerShard::new(0, Settings::default(), Arc::clone(&shared), coders, counters);
        let mut topics = [SALES, DELTAS, QUARANTINE].map(|topic| (topic, 1)).to_vec();
        // Of many, so that it can be told whose a record is.
        topics.push((COMMANDS, PARTITIONS));
        let out = Outputs::new(topics);
        let mut room = Self { shard, shared, out, codecs, offset: 0 };
        room.shard.begin();
        room.tick(0);
        room
    }

    fn tick(&mut self, minutes: i64) {
        let clock = Clock { now: ticket::ENDED_AT.0 + minutes * MINUTE, read_through: None };
        self.shard.turn(Some(clock), &mut self.out).unwrap();
        self.out.clear();
    }

    fn bytes<T: Subject>(&self, record: &T) -> Vec<u8> {
        self.codecs.encoder::<T>().unwrap().to_vec(record).unwrap()
    }

    /// Offers a record and returns the events it left.
    fn offer(&mut self, topic: &'static str, value: &[u8]) -> Result<Vec<SalesEvent>, Refusal> {
        let record = Record {
            topic,
            partition: 0,
            offset: self.offset,
            timestamp: None,
            key: Some(b"101"),
            value: Some(value),
        };
        self.shard.process(&record, &mut self.out)?;
        self.offset += 1;
        let events = self.codecs.decoder::<SalesEvent>().unwrap();
        for (topic, _, _, value) in self.out.iter() {
            assert!(value.unwrap().len() < 4 * 1024 * 1024 - 1024, "a record of {topic} can be written");
        }
        let sales = self.out.iter().filter(|(topic, _, _, _)| *topic == SALES);
        let sales = sales.map(|(_, _, _, value)| events.decode(value.unwrap()).unwrap()).collect();
        self.out.clear();
        Ok(sales)
    }

    fn sell(&mut self, ticket: &Transaction) -> Vec<SalesEvent> {
        let bytes = self.bytes(ticket);
        self.offer(TRANSACTIONS, &bytes).unwrap()
    }

    fn role(&mut self, sequence: i64, item: &str) -> String {
        let mut ticket = ticket::sale("101", sequence, "3.50");
        ticket.lines[0].item = Some(item.into());
        self.sell(&ticket)[0].sale.as_ref().unwrap().lines[0].role.to_string()
    }
}

#[test]
fn masters_are_those_of_the_beginning_of_the_transaction() {
    let mut room = Room::open();
    let resolve = Resolve { item: "bread".to_owned(), items_offset: 1 };
    let resolve = room.bytes(&Command { resolve: Some(resolve), ..command("a", "resolve", "101") });
    assert_eq!(room.role(1, "bread"), "suspense");
    let learn = |masters: &mut enrich::masters::Masters| {
        assert_eq!(masters.items.apply("bread", Some(master::item("bread", "20")), 1), None);
        assert_eq!(masters.stores.apply("101", None, 1), None);
    };
    room.shared.change(learn);
    assert_eq!(room.role(2, "bread"), "suspense", "the transaction goes on with what it began with");
    assert!(matches!(room.offer(COMMANDS, &resolve), Err(Refusal::Later(_))));
    // An abort changes nothing of what is pinned; the next beginning does.
    room.shard.abort();
    room.shard.begin();
    room.tick(0);
    let mut unknown = room.sell(&ticket::sale("101", 3, "3.50"));
    assert_eq!(unknown.remove(0).kind, "quarantined", "the store has left the master");
    room.shared.change(|masters| {
        assert_eq!(masters.stores.apply("101", Some(master::store("101")), 2), None);
    });
    room.shard.commit();
    room.shard.begin();
    assert_eq!(room.role(4, "bread"), "sales");
    assert_eq!(room.offer(COMMANDS, &resolve).unwrap()[0].kind, "command");
}

#[test]
fn a_resolve_waits_for_ten_minutes_and_no_longer() {
    let mut room = Room::open();
    let resolve = Resolve { item: "bread".to_owned(), items_offset: i64::MAX };
    let resolve = room.bytes(&Command { resolve: Some(resolve), ..command("a", "resolve", "*") });
    for minutes in [0, 1, 10] {
        assert!(matches!(room.offer(COMMANDS, &resolve), Err(Refusal::Later(_))));
        room.tick(minutes);
    }
    assert_eq!(room.offer(COMMANDS, &resolve).unwrap()[0].kind, "command_refused");
    let release = room.bytes(&command("b", "release", "*"));
    assert_eq!(room.offer(COMMANDS, &release).unwrap()[0].kind, "command", "what stood behind it goes on");
}

#[test]
fn gauges_show_what_is_held_right_after_a_restore() {
    let (counters, gauges) = counters_and_gauges();
    let shown = || gauges.iter().map(IntGauge::get).collect::<Vec<_>>();
    let mut room = Room::counting(counters.clone());
    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders.clear();
    room.sell(&unbalanced);
    room.role(2, "bread");
    room.tick(8 * 24 * 60);
    let mut changes = Changes::default();
    room.shard.changes(&mut changes).unwrap();
    assert_eq!(shown(), [0; 8], "an open transaction shows nothing");
    room.shard.commit();
    assert_eq!(
        shown(),
        [1, 1, 1, 0, 1, 10, 1, 0],
        "a quarantined record; a line in suspense, which is old; numbers; a line sold; a day"
    );
    drop(room);
    assert_eq!(shown(), [0; 8], "a shard that is taken away takes its share along");

    let coders = Coders::open(&Codecs::embedded()).unwrap();
    let mut next = SequencerShard::new(0, Settings::default(), Arc::default(), coders, counters);
    for (key, value) in changes.iter() {
        next.restore(key, value).unwrap();
    }
    next.restored().unwrap();
    assert_eq!(shown(), [1, 1, 1, 0, 1, 10, 1, 0], "what was restored is shown before anything is committed");
}

/// As many lines, discounts and taxes as fit, all names as long as they may be.
#[test]
fn what_the_largest_ticket_leads_to_can_be_written() {
    let mut room = Room::open();
    let long = |number: usize| format!("{number:0>255}");
    for number in 0..1_000 {
        let mut item = master::item(&long(number), &long(1));
        let version = &mut item.versions[0];
        (version.netsuite_id, version.stock_unit) = (Some(long(2)), long(3));
        room.shared.change(|masters| {
            assert_eq!(masters.items.apply(&long(number), Some(item), 1), None);
        });
    }
    room.shard.commit();
    room.shard.begin();
    let mut ticket = ticket::sale("101", 1, "0.00");
    ticket.lines = (0..1_000)
        .map(|number| {
            let mut line = ticket::line(i32::try_from(number).unwrap(), &long(number), "0.00");
            line.taxes = vec![ticket::added_tax("x", "0.00"); 6];
            line.discounts = vec![ticket::promotion("0.00"); 5];
            line
        })
        .collect();
    let bytes = room.bytes(&ticket);
    assert!(bytes.len() < TICKET_MAX && bytes.len() > TICKET_MAX * 3 / 4, "{}", bytes.len());
    assert_eq!(room.offer(TRANSACTIONS, &bytes).unwrap()[0].kind, "sale");
    // As much of kits as a ticket may hold, each component with all that can stand on it.
    let numbers: Vec<String> = (0..99).map(long).collect();
    let components: Vec<(&str, &str, &str)> = numbers.iter().map(|item| (item.as_str(), "1", "1")).collect();
    room.shared.change(|masters| {
        let mut kit = master::kit(&long(1_000), &components);
        kit.versions[0].netsuite_id = None;
        assert_eq!(masters.items.apply(&long(1_000), Some(kit), 1), None);
    });
    room.shard.commit();
    room.shard.begin();
    let mut ticket = ticket::sale("101", 2, "0.00");
    let mut kit = ticket::line(0, &long(1_000), "0.00");
    let mut tax = ticket::added_tax(&"x".repeat(64), "0.00");
    tax.jurisdiction = Some("y".repeat(64).into());
    kit.taxes = vec![tax; 9];
    ticket.lines = vec![kit];
    let bytes = room.bytes(&ticket);
    assert_eq!(room.offer(TRANSACTIONS, &bytes).unwrap()[0].kind, "sale");
}

#[test]
fn a_release_with_too_large_a_body_is_refused() {
    let mut room = Room::open();
    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders.clear();
    assert_eq!(room.sell(&unbalanced)[0].kind, "quarantined");
    let decision = |body: Vec<u8>| QuarantineDecision {
        record: Coordinates { topic: TRANSACTIONS.to_owned(), partition: 0, offset: 0 },
        body: Some(Bytes(body)),
    };
    let mended = room.bytes(&ticket::sale("101", 1, "3.50"));
    let large = [mended.clone(), vec![0; TICKET_MAX]].concat();
    for (id, body, kind, reason) in
        [("a", large, "command_refused", Some("too_large")), ("b", mended, "command", None)]
    {
        let release =
            Command { quarantine: Some(decision(body)), ..command(id, "quarantine_release", "101") };
        let release = room.bytes(&release);
        let events = room.offer(COMMANDS, &release).unwrap();
        assert_eq!(events[0].kind, kind);
        assert_eq!(reasons(&events).first().map(String::as_str), reason);
    }
}

#[test]
fn a_master_record_that_cannot_be_read_takes_its_key_out_and_goes_by() {
    let codecs = Codecs::embedded();
    let service = Enrich::new(Settings::default(), counters(), &codecs).unwrap();
    let store = codecs.encoder::<Store>().unwrap().to_vec(&master::store("101")).unwrap();
    let item = codecs.encoder::<Item>().unwrap().to_vec(&master::item("milk", "10")).unwrap();
    let table = |topic, key: &'static [u8], offset, value: &[u8]| {
        let record =
            Record { topic, partition: 0, offset, timestamp: None, key: Some(key), value: Some(value) };
        service.table(&record).unwrap();
    };
    table(STORES, b"101", 0, &store);
    table(ITEMS, b"milk", 0, &item);
    assert_eq!(service.masters().items.len(), 1);
    table(ITEMS, b"milk", 1, b"nothing");
    table(STORES, b"101", 1, b"nothing");
    let masters = service.masters();
    assert!(masters.items.is_empty() && masters.stores.is_empty());
    assert_eq!((masters.items.next_offset(), masters.stores.next_offset()), (2, 2));
}

/// It refuses nothing, and it is said once, when the master is whole.
#[test]
fn stores_of_a_subsidiary_that_differ_in_deposit_tax_are_said() {
    testkit::log::listen();
    let codecs = Codecs::embedded();
    let service = Enrich::new(Settings::default(), counters(), &codecs).unwrap();
    let table = |store: &Store| {
        let key = Some(store.store.as_bytes());
        let value = codecs.encoder::<Store>().unwrap().to_vec(store).unwrap();
        let record =
            Record { topic: STORES, partition: 0, offset: 0, timestamp: None, key, value: Some(&value) };
        service.table(&record).unwrap();
        let said = testkit::log::said("stores of a subsidiary differ in deposit_tax");
        let said = said.into_iter().filter(|fields| fields["subsidiary"] == "UNEVEN");
        said.map(|fields| format!("{} {}", fields["store"], fields["other"])).collect::<Vec<_>>().join(", ")
    };
    let of = |number: &str, due: Option<&str>| Store {
        subsidiary: "UNEVEN".to_owned(),
        deposit_tax: due.map(str::to_owned),
        ..master::store(number)
    };
    assert_eq!(table(&of("101", Some("when_collected"))), "");
    assert_eq!(table(&of("102", None)), "");
    assert_eq!(table(&master::stores_complete()), "101 102");
    assert_eq!(table(&of("103", None)), "101 102");
    assert_eq!(service.masters().stores.len(), 3);
}

#[test]
fn a_claim_goes_to_the_partition_of_the_store_that_sold_it() {
    let mut room = Room::open();
    room.shared.change(|masters| {
        assert_eq!(masters.stores.apply("7", Some(master::store("7")), 0), None);
    });
    room.shard.commit();
    room.shard.begin();
    for (number, seller) in [(1, "101"), (2, "7")] {
        let bytes = room.bytes(&returned("101", number, seller, 9));
        let record = Record {
            topic: TRANSACTIONS,
            partition: 0,
            offset: number,
            timestamp: None,
            key: Some(b"101"),
            value: Some(&bytes),
        };
        room.shard.process(&record, &mut room.out).unwrap();
        let commands = room.codecs.decoder::<Command>().unwrap();
        let written = room.out.iter().filter(|(topic, ..)| *topic == COMMANDS);
        let written: Vec<_> = written
            .map(|(_, partition, key, value)| {
                let command = commands.decode(value.unwrap()).unwrap();
                (partition, key.to_vec(), command.kind, command.claim.unwrap().original.store)
            })
            .collect();
        let partition = domain::partition::of(seller.as_bytes(), PARTITIONS);
        let key = seller.as_bytes().to_vec();
        assert_eq!(written, [(partition, key, "claim".to_owned(), seller.into())]);
        room.out.clear();
    }
}
