//! Bad records through the real sequencer: each ends in quarantine with every reason, and what stands around
//! them is booked.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::SalesEvent;
use runtime::client::{Broker, Connection, KafkaBroker};
use runtime::follow::From;
use runtime::producer::Producer;
use serde_json::json;
use testkit::malformed::{self, Malformed};
use tillstream::publish::{self, Masters};
use tillstream::stack::free_port;
use tillstream::stack::process::Process;

use crate::house::{House, Service, log};
use crate::http;
use crate::wait::{tell, wait_until};

const LEAD: &str = "pos.transactions";
const PARTITIONS: i32 = 12;
/// How long enrich may take to come up, to read its masters, and to sequence the records.
const WITHIN: Duration = Duration::from_secs(60);
/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// The first number of a bad record.
const SEQUENCE: i64 = 10_000;

/// Where a record was written: partition and offset.
type Place = (i32, i64);

/// What must become of a record.
#[derive(Debug, Clone)]
enum Fate {
    Sale,
    Quarantined(Malformed),
    Repeat,
}

/// Starts enrich while no master is there. It says once that it waits and is not ready; and is, once they are.
pub(crate) fn enrich_waits_for_masters(house: &House) -> Process {
    let mut config = house.config(Service::Enrich);
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    config.set("process", "admin_address", &address);
    let mut enrich = house.spawn("enrich", Service::Enrich, &config, &[]);
    let path = enrich.log().to_owned();
    let waits = || log(&path).matches("tables are not complete").count();
    let said = wait_until(WITHIN, || waits() > 0 || enrich.check().is_err());
    assert!(said && enrich.check().is_ok(), "{}", log(&path));
    let line = log(&path).lines().find(|line| line.contains("tables are not complete")).unwrap().to_owned();
    tell(&format!("-- no masters\n{line}"));
    for part in [" WARN ", "ref.items", "ref.stores", "tillstream ref load"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    let ready = format!("http://{address}/readyz");
    let (status, words) = http::get(&ready);
    assert_eq!(status, 503, "{words}");
    assert!(words.as_str().unwrap().contains("enrich waits for its tables"), "{words}");

    let masters = Masters { stores: malformed::stores(), items: malformed::items() };
    publish::masters(&house.cluster, &masters, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let is_ready = wait_until(WITHIN, || http::get(&ready).0 == 200);
    assert!(is_ready && waits() == 1, "{}", log(&path));
    enrich
}

/// Offers the table with a good ticket before each record, and one of both again.
pub(crate) fn every_bad_record_is_quarantined_and_every_good_one_booked(house: &House, enrich: &mut Process) {
    let mut till = Till::new(house);
    let stranger = register_stranger(&house.registry);
    let encoder = house.cluster.codecs().encoder::<Transaction>().unwrap();
    let encode = |ticket: &Transaction| encoder.to_vec(ticket).unwrap();
    let records = malformed::records(SEQUENCE, PARTITIONS, stranger, encode);
    assert!(records.len() >= 40, "{}", records.len());
    let good = |number| Malformed {
        name: format!("good {number}"),
        key: b"101".to_vec(),
        value: Some(encode(&malformed::good(number))),
        partition: None,
        kind: "sale",
        codes: Vec::new(),
    };
    for (number, record) in (0..).zip(&records) {
        till.offer(&good(number), Fate::Sale);
        till.offer(record, Fate::Quarantined(record.clone()));
    }
    let held = records.iter().find(|record| record.codes == ["out_of_balance"]).unwrap();
    till.offer(&good(0), Fate::Repeat);
    till.offer(held, Fate::Repeat);
    let fates = till.close();
    await_sequenced(house, &fates, enrich);
    quarantine_holds(house, &fates);
    events_tell(house, &fates);
    stock_moves_for_sales_only(house, &fates);
    tell(&format!("-- {} records offered, {} of them bad", fates.len(), records.len()));
}

/// Writes records and notes where each of them stands.
struct Till {
    producer: Producer,
    next: BTreeMap<i32, i64>,
    fates: BTreeMap<Place, Fate>,
}

impl Till {
    fn new(house: &House) -> Self {
        let producer = Producer::new(house.cluster.connection()).unwrap();
        Self { producer, next: BTreeMap::new(), fates: BTreeMap::new() }
    }

    fn offer(&mut self, record: &Malformed, fate: Fate) {
        let partition = record.partition_of(PARTITIONS);
        self.producer.send(LEAD, partition, &record.key, record.value.as_deref()).unwrap();
        let offset = self.next.entry(partition).or_default();
        self.fates.insert((partition, *offset), fate);
        *offset += 1;
    }

    fn close(mut self) -> BTreeMap<Place, Fate> {
        self.producer.flush().unwrap();
        self.fates
    }
}

/// Registers a schema whose amounts have another scale. The registry would refuse it under our own subject.
fn register_stranger(registry: &str) -> u32 {
    let body = json!({"schema": malformed::stranger_schema(), "schemaType": "AVRO"});
    let (status, answer) = http::post(&format!("{registry}/subjects/stranger-value/versions"), &body);
    assert_eq!(status, 200, "{answer}");
    u32::try_from(answer["id"].as_u64().unwrap()).unwrap()
}

fn await_sequenced(house: &House, fates: &BTreeMap<Place, Fate>, enrich: &mut Process) {
    let connection =
        Connection { service: Service::Enrich.name().to_owned(), ..house.cluster.connection().clone() };
    let lookup = KafkaBroker::new(&connection).unwrap().lookup();
    let mut ends = vec![0; usize::try_from(PARTITIONS).unwrap()];
    fates.keys().for_each(|(partition, offset)| ends[usize::try_from(*partition).unwrap()] = offset + 1);
    let partitions: Vec<i32> = (0..PARTITIONS).collect();
    let mut committed = Vec::new();
    let done = wait_until(WITHIN, || {
        enrich.check().unwrap();
        let answered = lookup.committed(LEAD, &partitions, ANSWER_WAIT).unwrap();
        committed = answered.into_iter().map(Option::unwrap_or_default).collect();
        committed == ends
    });
    assert!(done, "enrich commits {ends:?}, not {committed:?}\n{}", enrich.log_tail(40));
}

/// Exactly the bad records stand in quarantine, by their coordinates.
fn quarantine_holds(house: &House, fates: &BTreeMap<Place, Fate>) {
    let mut envelopes = BTreeMap::new();
    let scan = house.cluster.scan::<Quarantined>(&[], From::Start).unwrap();
    scan.to_end(|received| {
        let envelope = received.record.unwrap();
        assert_eq!(envelope.topic, LEAD);
        let place = (envelope.partition, envelope.offset);
        assert!(envelopes.insert(place, envelope).is_none(), "{place:?} is quarantined twice");
    })
    .unwrap();
    for (place, fate) in fates {
        match (fate, envelopes.remove(place)) {
            (Fate::Quarantined(record), Some(envelope)) => record.check(&envelope, &[]),
            (Fate::Sale | Fate::Repeat, None) => {}
            (fate, found) => panic!("{place:?}: {fate:?} became {found:?}"),
        }
    }
    assert!(envelopes.is_empty(), "nobody offered {envelopes:?}");
}

/// Everything offered leaves exactly one event, and nothing else does.
fn events_tell(house: &House, fates: &BTreeMap<Place, Fate>) {
    let mut kinds = BTreeMap::new();
    let scan = house.cluster.scan::<SalesEvent>(&[], From::Start).unwrap();
    scan.to_end(|received| {
        let event = received.record.unwrap();
        if event.kind == "tick" {
            return;
        }
        let source = event.source.clone().unwrap_or_else(|| panic!("without a source: {event:?}"));
        let place = (source.partition, source.offset);
        assert_eq!((source.topic.as_str(), event.sale.is_some()), (LEAD, event.kind == "sale"), "{event:?}");
        assert!(kinds.insert(place, event.kind).is_none(), "{place:?} leaves two events");
    })
    .unwrap();
    let expected = fates.iter().map(|(place, fate)| {
        let kind = match fate {
            Fate::Sale => "sale",
            Fate::Repeat => "repeat",
            Fate::Quarantined(record) => record.kind,
        };
        (*place, kind.into())
    });
    assert_eq!(kinds, expected.collect());
}

fn stock_moves_for_sales_only(house: &House, fates: &BTreeMap<Place, Fate>) {
    let mut moved = 0;
    let scan = house.cluster.scan::<Movement>(&[], From::Start).unwrap();
    scan.to_end(|_| moved += 1).unwrap();
    assert_eq!(moved, fates.values().filter(|fate| matches!(fate, Fate::Sale)).count());
}
