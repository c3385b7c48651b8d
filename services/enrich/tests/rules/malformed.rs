//! Bad input ends in quarantine whole, with every reason, and what stands around it is booked.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::SalesEvent;
use domain::ticket::Code;
use enrich::masters::Shared;
use enrich::settings::Settings;
use enrich::shard::{Coders, QUARANTINE, SALES, SequencerShard, TRANSACTIONS};
use runtime::stage::{Clock, Outputs, Record, Shard};
use testkit::malformed::{self, Malformed};
use testkit::ticket;
use wire::codec::Codecs;
use wire::registry::{Embedded, Error, Source};

use crate::shop::counters;

const PARTITIONS: i32 = 12;
/// The id under which the stranger's schema is found.
const STRANGER: u32 = 777_777;

/// The embedded schemas and that of a stranger.
struct WithStranger;

impl Source for WithStranger {
    fn schema(&self, id: u32) -> Result<String, Error> {
        if id == STRANGER { Ok(malformed::stranger_schema()) } else { Embedded.schema(id) }
    }

    fn id_of(&self, subject: &str, text: &str) -> Result<u32, Error> {
        Embedded.id_of(subject, text)
    }
}

struct Room {
    shard: SequencerShard,
    out: Outputs,
    codecs: Codecs,
    offset: i64,
}

impl Room {
    fn open() -> Self {
        let codecs = Codecs::new(Arc::new(WithStranger));
        let shared = Arc::new(Shared::default());
        shared.change(|masters| {
            for (at, store) in (0..).zip(malformed::stores()) {
                assert_eq!(masters.stores.apply(&store.store.clone(), Some(store), at), None);
            }
            for (at, item) in (0..).zip(malformed::items()) {
                assert_eq!(masters.items.apply(&item.item.clone(), Some(item), at), None);
            }
        });
        let coders = Coders::open(&codecs).unwrap();
        let partition = domain::partition::of(b"101", PARTITIONS);
        let mut shard = SequencerShard::new(partition, Settings::default(), shared, coders, counters());
        let topics = [SALES, "inventory.deltas", QUARANTINE];
        let mut out = Outputs::new(topics.map(|topic| (topic, PARTITIONS)).to_vec());
        let clock = Clock { now: ticket::ENDED_AT.0, read_through: None };
        shard.turn(Some(clock), &mut out).unwrap();
        out.clear();
        Self { shard, out, codecs, offset: 0 }
    }

    /// Offers a record and returns the kind of its event and its envelope, if it was quarantined.
    fn offer(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) -> (String, Option<Quarantined>) {
        self.offset += 1;
        let partition = domain::partition::of(b"101", PARTITIONS);
        let record =
            Record { topic: TRANSACTIONS, partition, offset: self.offset, timestamp: None, key, value };
        self.shard.process(&record, &mut self.out).unwrap();
        let events = self.codecs.decoder::<SalesEvent>().unwrap();
        let envelopes = self.codecs.decoder::<Quarantined>().unwrap();
        let (mut kinds, mut quarantined) = (Vec::new(), None);
        for (topic, _, _, value) in self.out.iter() {
            match topic {
                SALES => kinds.push(events.decode(value.unwrap()).unwrap().kind),
                QUARANTINE => quarantined = Some(envelopes.decode(value.unwrap()).unwrap()),
                _ => {}
            }
        }
        self.out.clear();
        assert_eq!(kinds.len(), 1, "everything offered leaves exactly one event: {kinds:?}");
        (kinds.remove(0).into(), quarantined)
    }
}

/// Reasons that no single record gives: they tell of limits and of what is forgotten.
const OF_LIMITS: [Code; 3] = [Code::RepeatUnverified, Code::SuspenseFull, Code::QuarantineFull];

#[test]
fn bad_records_are_quarantined_with_every_reason_and_good_ones_are_booked() {
    let mut room = Room::open();
    let encoder = room.codecs.encoder::<Transaction>().unwrap();
    let records = records(&room);
    assert!(records.len() >= 40, "{}", records.len());
    for (number, record) in (0_i64..).zip(&records) {
        let good = encoder.to_vec(&malformed::good(number)).unwrap();
        assert_eq!(room.offer(Some(b"101"), Some(&good)).0, "sale", "before {}", record.name);
        let (kind, envelope) = room.offer(Some(&record.key), record.value.as_deref());
        let envelope = envelope.unwrap_or_else(|| panic!("{} was taken as {kind}", record.name));
        assert_eq!(kind, record.kind, "{}", record.name);
        // A partition other than its own is another shard's; here the record stands in this one.
        let store = if record.codes == ["wrong_key"] { b"101" } else { record.key.as_slice() };
        let elsewhere = home(store) != home(b"101");
        record.check(&envelope, if elsewhere { &["wrong_partition"] } else { &[] });
    }
}

fn home(store: &[u8]) -> i32 {
    domain::partition::of(store, PARTITIONS)
}

#[test]
fn every_reason_a_record_can_give_is_given_by_one() {
    let given: BTreeSet<&str> =
        records(&Room::open()).iter().flat_map(|record| record.codes.clone()).collect();
    let all = Code::ALL.iter().filter(|code| !OF_LIMITS.contains(code)).map(|code| code.as_str());
    assert_eq!(given, all.collect());
}

fn records(room: &Room) -> Vec<Malformed> {
    let encoder = room.codecs.encoder::<Transaction>().unwrap();
    malformed::records(10_000, PARTITIONS, STRANGER, |ticket| encoder.to_vec(ticket).unwrap())
}

#[test]
fn an_oversized_record_is_cut_and_keeps_its_length_and_digest() {
    let mut room = Room::open();
    let value = [vec![0, 0, 0, 0, 1], vec![b'x'; 3_000_000]].concat();
    let (kind, envelope) = room.offer(Some(b"101"), Some(&value));
    let envelope = envelope.unwrap();
    assert_eq!((kind.as_str(), envelope.cut, envelope.body_length), ("unreadable", true, 3_000_005));
    assert_eq!(envelope.body.unwrap().0.len(), enrich::limits::BODY_MAX);
    assert_eq!(envelope.body_sha256.len(), 64);
}
