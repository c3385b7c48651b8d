//! Both lanes of netsuite, with the simulated NetSuite behind them: documents, orders and their own state.

use std::time::{Duration, Instant};

use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use domain::record::posting::PostingCommand;
use netsuite::client::{self, Client, Transport};
use netsuite::document::Postable;
use netsuite::gate::Gate;
use netsuite::lane::{DocumentState, DuplicateGuard, Limits};
use netsuite::metrics::Counters;
use netsuite::outcome::Patterns;
use netsuite::sender::{self, Rhythm};
use netsuite::service::Connector;
use netsuite::token::Identity;
use netsuite_sim::{Config, Fault, Rule, Simulator};
use runtime::stage::{Changes, Record, Service, Shard, Topics};
use testkit::metrics::{counter, gauge};
use wire::Subject;

use crate::consumer::{Driven, OFFSET, State, partition, restore};
use crate::example::Example;
use crate::schemas::codecs;
use crate::words::{self, NOTHING};

/// Whoever signs with it may call the simulated NetSuite, which takes anyone here.
const PRIVATE_KEY: &str = include_str!("../../services/netsuite-sim/tests/keys/test-only-rsa.private.pem");

/// How long a word may take; longer is [`SILENCE`], which no row expects.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a document of which the lane says nothing.
const SILENCE: &str = "no word in time";

/// How long a connection may take; less than the time within which an attempt must leave.
const CONNECT: Duration = Duration::from_secs(5);

/// Between two looks at the lane.
const LOOK_EVERY: Duration = Duration::from_millis(2);

pub(crate) fn journal_topics() -> Topics {
    service::<JournalEntry>(&simulator()).topics()
}

pub(crate) fn adjustment_topics() -> Topics {
    service::<Adjustment>(&simulator()).topics()
}

pub(crate) fn journal(record: &Record<'_>) -> String {
    document::<JournalEntry>(record)
}

pub(crate) fn adjustment(record: &Record<'_>) -> String {
    document::<Adjustment>(record)
}

pub(crate) fn order_to_journals(record: &Record<'_>) -> String {
    order::<JournalEntry>(record, "store-day")
}

pub(crate) fn order_to_adjustments(record: &Record<'_>) -> String {
    order::<Adjustment>(record, "first-of-two-parts")
}

pub(crate) fn journal_state(record: &Record<'_>) -> String {
    state::<JournalEntry>(record)
}

pub(crate) fn adjustment_state(record: &Record<'_>) -> String {
    state::<Adjustment>(record)
}

/// A document, in a lane that holds no other.
fn document<D: Postable>(record: &Record<'_>) -> String {
    let simulator = simulator();
    let mut lane = Driven::new(service::<D>(&simulator), record.partition, State::Empty);
    match lane.process(record) {
        taken if taken == NOTHING => word(&mut lane),
        refused => refused,
    }
}

/// An order, in a lane that holds the document it is about, parked.
fn order<D: Postable>(record: &Record<'_>, parked: &str) -> String {
    let simulator = simulator();
    let mut lane = Driven::new(service::<D>(&simulator), record.partition, State::Empty);
    simulator.inject(Rule::new(Fault::ClosedPeriod));
    let example = Example::good(D::TOPIC, parked);
    let (key, value) = (example.key(), example.encoded());
    let (topic, partition) = (D::TOPIC, partition(D::TOPIC, &key));
    let (key, value) = (Some(key.as_bytes()), Some(value.as_slice()));
    let document = Record { topic, partition, offset: OFFSET, timestamp: None, key, value };
    assert_eq!(lane.process(&document), NOTHING, "the document is taken");
    let said = word(&mut lane);
    assert!(said.starts_with("parked"), "{parked} is parked: {said}");
    simulator.clear_faults();
    match lane.process(record) {
        taken if taken == NOTHING && is_answered::<D>(record) => word(&mut lane),
        // Nothing is to come, so one turn is as good as many.
        taken if taken == NOTHING => {
            lane.shard.turn(None, &mut lane.out).unwrap();
            words::said(&lane.out)
        }
        refused => refused,
    }
}

/// True when a lane must say what became of an order.
fn is_answered<D: Postable>(record: &Record<'_>) -> bool {
    let decoder = codecs().decoder::<PostingCommand>().unwrap();
    let order = decoder.decode(record.value.unwrap());
    order.is_ok_and(|order| order.kind == "retry" && order.document_kind == D::RECORD_TYPE.kind())
}

/// A record of its state. A document that the lane can act on without reading it again is acted on.
fn state<D: Postable>(record: &Record<'_>) -> String {
    let simulator = simulator();
    let mut lane = match restore(service::<D>(&simulator), record) {
        Ok(lane) => lane,
        Err(stops) => return stops,
    };
    let holds_body = read_state::<D::State>(record).body.is_some();
    let said = if holds_body { word(&mut lane) } else { NOTHING.to_owned() };
    format!("restored, {said}")
}

fn read_state<S: Subject + Into<DocumentState>>(record: &Record<'_>) -> DocumentState {
    codecs().decoder::<S>().unwrap().decode(record.value.unwrap()).unwrap().into()
}

/// Turns and commits as the runtime does, until the lane says a word on `netsuite.postings`.
fn word<D: Postable>(lane: &mut Driven<Connector<D>>) -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut changes = Changes::default();
    loop {
        lane.shard.turn(None, &mut lane.out).unwrap();
        let said = words::said(&lane.out);
        lane.shard.changes(&mut changes).unwrap();
        lane.shard.commit();
        lane.shard.begin();
        lane.out.clear();
        if said != NOTHING {
            return said;
        }
        if Instant::now() >= deadline {
            return SILENCE.to_owned();
        }
        // The answer comes from another thread, and the lane is asked for it on each turn.
        std::thread::park_timeout(LOOK_EVERY);
    }
}

fn simulator() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

fn service<D: Postable>(simulator: &Simulator) -> Connector<D> {
    let settings = client::Settings {
        origin: simulator.url().to_owned(),
        transport: Transport::Any,
        connect_timeout: CONNECT,
        create_timeout: PATIENCE,
        query_timeout: PATIENCE,
    };
    let identity = Identity {
        client_id: "client".to_owned(),
        certificate_id: "certificate".to_owned(),
        private_key: PRIVATE_KEY.to_owned(),
    };
    let client = Client::new(settings, identity).unwrap();
    let counters = Counters::with(counter, gauge).unwrap();
    let gate = Gate::new(5, 0, 1);
    let outbox =
        sender::start(client, Patterns::default(), gate, Rhythm::default(), counters.clone()).unwrap();
    Connector::new(DuplicateGuard::Refused, Limits::default(), outbox, &codecs(), counters).unwrap()
}
