//! Bad input ends in quarantine whole, with every reason, and what stands around it is booked.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::SalesEvent;
use enrich::masters::Shared;
use enrich::settings::Settings;
use enrich::shard::{Coders, QUARANTINE, SALES, SequencerShard, TRANSACTIONS};
use runtime::stage::{Clock, Outputs, Record, Shard};
use testkit::malformed::{self, Malformed};
use testkit::{master, ticket};
use wire::codec::Codecs;

use crate::shop::counters;

const PARTITIONS: i32 = 12;

struct Room {
    shard: SequencerShard,
    out: Outputs,
    codecs: Codecs,
    offset: i64,
}

impl Room {
    fn open() -> Self {
        let codecs = Codecs::embedded();
        let shared = Arc::new(Shared::default());
        shared.change(|masters| {
            assert_eq!(masters.stores.apply("101", Some(master::store("101")), 0), None);
            assert_eq!(masters.stores.apply("102", Some(master::store("102")), 1), None);
            assert_eq!(masters.items.apply("milk", Some(master::item("milk", "10")), 0), None);
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
        (kinds.remove(0), quarantined)
    }
}

fn codes(envelope: &Quarantined) -> Vec<&str> {
    let codes: BTreeSet<_> = envelope.reasons.iter().map(|reason| reason.code.as_str()).collect();
    codes.into_iter().collect()
}

#[test]
fn bad_records_are_quarantined_with_every_reason_and_good_ones_are_booked() {
    let mut room = Room::open();
    let encoder = room.codecs.encoder::<Transaction>().unwrap();
    let records = malformed::records(10_000, PARTITIONS, |ticket| encoder.to_vec(ticket).unwrap());
    assert!(records.len() >= 40, "{}", records.len());
    for (number, record) in (0_i64..).zip(&records) {
        let good = encoder.to_vec(&ticket::sale("101", number, "3.50")).unwrap();
        assert_eq!(room.offer(Some(b"101"), Some(&good)).0, "sale", "before {}", record.name);
        // A partition other than its own is another shard's; here the record stands in this one.
        check(&mut room, record);
    }
}

fn check(room: &mut Room, record: &Malformed) {
    let (kind, envelope) = room.offer(record.key.as_deref(), record.value.as_deref());
    let envelope = envelope.unwrap_or_else(|| panic!("{} was taken as {kind}", record.name));
    if record.codes != ["wrong_partition"] {
        let mut expected = record.codes.clone();
        // A store that is not known has no partition to be right in, by chance or not.
        expected.extend(codes(&envelope).contains(&"wrong_partition").then_some("wrong_partition"));
        expected.sort_unstable();
        assert_eq!(codes(&envelope), expected, "{}: {:?}", record.name, envelope.reasons);
    } else if domain::partition::of(b"102", PARTITIONS) != domain::partition::of(b"101", PARTITIONS) {
        assert_eq!(codes(&envelope), ["wrong_partition"]);
    }
    assert!(envelope.reasons.iter().all(|reason| !reason.detail.is_empty()));
    let body = record.value.as_deref().unwrap_or_default();
    assert_eq!(envelope.body_length, i64::try_from(body.len()).unwrap());
    if record.codes.contains(&"card_number") {
        assert!(envelope.masked);
        let held = format!("{envelope:?}") + &String::from_utf8_lossy(&envelope.body.unwrap().0);
        assert!(
            !held.contains("4111 1111 1111 1111") && !held.contains("5500005555555559"),
            "{}",
            record.name
        );
    }
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
