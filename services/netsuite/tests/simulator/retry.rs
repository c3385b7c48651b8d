//! A whole lane, driven as the runtime drives it, with orders of people: what they reach, and that no order
//! stops it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::record::journal::JournalEntry;
use domain::record::posting::{Posting, PostingCommand};
use netsuite::document::Postable;
use netsuite::gate::Gate;
use netsuite::lane::{DuplicateGuard, Limits};
use netsuite::metrics::Counters;
use netsuite::outcome::Patterns;
use netsuite::sender;
use netsuite::service::Connector;
use netsuite::shard::{COMMANDS, LaneShard, POSTINGS};
use netsuite_sim::{Config, Endpoint, Fault, Rule, Simulator};
use runtime::stage::{Clock, Outputs, Record, Service, Shard};
use wire::Subject;
use wire::codec::Codecs;

use crate::support::{client, journal, simulator};

/// How long a word on a document may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The journal lane of one partition. Nobody has tried what its account does with doubles.
struct Room {
    shard: LaneShard<JournalEntry>,
    out: Outputs,
    codecs: Codecs,
    offset: i64,
}

impl Room {
    fn open(simulator: &Simulator) -> Self {
        let codecs = Codecs::embedded();
        // One request at a time: whatever was begun first arrives first.
        let outbox = sender::start(client(simulator), Patterns::default(), Gate::new(1, 0, 1)).unwrap();
        let service = Connector::<JournalEntry>::new(
            DuplicateGuard::Unknown,
            Limits::default(),
            outbox,
            &codecs,
            Counters::register().unwrap(),
        )
        .unwrap();
        assert_eq!(service.topics().sides, [COMMANDS]);
        let out = Outputs::new(vec![(POSTINGS, 1)]);
        Self { shard: service.shard(0), out, codecs, offset: 0 }
    }

    fn bytes<T: Subject>(&self, record: &T) -> Vec<u8> {
        self.codecs.encoder::<T>().unwrap().to_vec(record).unwrap()
    }

    /// Hands a record over, which the lane must take.
    fn offer(&mut self, topic: &'static str, value: Option<&[u8]>) {
        let offset = self.offset;
        self.offset += 1;
        let record = Record { topic, partition: 0, offset, timestamp: None, key: None, value };
        self.shard.process(&record, &mut self.out).unwrap();
    }

    fn order(&mut self, command: &PostingCommand) {
        let bytes = self.bytes(command);
        self.offer(COMMANDS, Some(&bytes));
    }

    /// Turns and commits until something is said of a document.
    fn next_word(&mut self) -> Posting {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.out.clear();
            self.shard.turn(Some(now()), &mut self.out).unwrap();
            self.shard.commit();
            if let Some((topic, _, _, Some(value))) = self.out.iter().next() {
                assert_eq!(topic, POSTINGS);
                return self.codecs.decoder().unwrap().decode(value).unwrap();
            }
            assert!(Instant::now() < deadline, "no word in time");
            std::thread::yield_now();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the sender compares deadlines with the clock of the machine")]
fn now() -> Clock {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Clock { now: i64::try_from(since.as_millis()).unwrap(), read_through: None }
}

/// Creates and questions that arrived.
fn arrived(simulator: &Simulator) -> (u64, u64) {
    let requests = simulator.counters().requests;
    let of = |endpoint| requests.get(&endpoint).copied().unwrap_or_default();
    (of(Endpoint::Create), of(Endpoint::Query))
}

fn retry(document: &JournalEntry) -> PostingCommand {
    PostingCommand {
        id: "order-1".to_owned(),
        kind: "retry".to_owned(),
        document: document.id.clone(),
        document_kind: "journal_entry".to_owned(),
        family: document.family.clone(),
        issued_by: "ana".to_owned(),
        ..PostingCommand::default()
    }
}

#[test]
fn a_parked_document_is_posted_once_its_cause_is_mended_and_someone_asks() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ClosedPeriod).times(2));
    let (mut room, document) = (Room::open(&simulator), journal("JE_12_1"));
    let body = room.bytes(&document);
    room.offer(JournalEntry::TOPIC, Some(&body));
    for attempts in 1..=2 {
        let word = room.next_word();
        assert_eq!((word.status.as_str(), word.class.as_deref()), ("parked", Some("closed_period")));
        assert_eq!(word.attempts, attempts);
        room.order(&retry(&document));
    }
    let word = room.next_word();
    assert_eq!((word.status.as_str(), word.attempts), ("posted", 3));
    let held = simulator.transactions();
    assert_eq!(held.len(), 1);
    assert_eq!(word.netsuite_id, Some(held[0].id.to_string()));
}

#[test]
fn no_order_stops_a_lane_and_only_its_own_reach_a_document() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ClosedPeriod).prefix("JE_12"));
    let (mut room, document) = (Room::open(&simulator), journal("JE_12_1"));
    let body = room.bytes(&document);
    room.offer(JournalEntry::TOPIC, Some(&body));
    assert_eq!(room.next_word().status, "parked");
    let (creates, questions) = arrived(&simulator);

    let good = retry(&document);
    let whole = room.bytes(&good);
    let strange_schema = [&[0, 255, 255, 255, 255], &whole[5..]].concat();
    for value in
        [None, Some(&b""[..]), Some(b"not avro"), Some(&whole[..whole.len() - 1]), Some(&strange_schema)]
    {
        room.offer(COMMANDS, value);
    }
    for order in [
        PostingCommand { kind: "forget".to_owned(), ..good.clone() },
        PostingCommand { document_kind: "inventory_adjustment".to_owned(), ..good.clone() },
        PostingCommand { document: "JE_12_2".to_owned(), ..good.clone() },
        PostingCommand { family: "JE_13".to_owned(), ..good.clone() },
        PostingCommand::default(),
    ] {
        room.order(&order);
    }
    // A document read behind them is posted, so a question they had begun would have arrived before.
    let other = JournalEntry { family: "JE_14".to_owned(), ..journal("JE_14_1") };
    let body = room.bytes(&other);
    room.offer(JournalEntry::TOPIC, Some(&body));
    let word = room.next_word();
    assert_eq!((word.document.as_str(), word.status.as_str()), ("JE_14_1", "posted"));
    assert_eq!(arrived(&simulator), (creates + 1, questions), "nothing else was sent");

    simulator.clear_faults();
    room.order(&good);
    let word = room.next_word();
    assert_eq!((word.document.as_str(), word.status.as_str(), word.attempts), ("JE_12_1", "posted", 2));
}
