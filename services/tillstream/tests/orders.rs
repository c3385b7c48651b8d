//! People's orders against a real Kafka, the real sequencer and the real connector: what is open is seen,
//! released, resolved, decided on, tried again; and the answer to each order comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::calendar::Timestamp;
use domain::identity::ContentHash;
use domain::record::inventory::{Adjustment, AdjustmentLine};
use domain::record::journal::{JournalEntry, JournalLine};
use domain::record::pos::Transaction;
use enrich::service::Enrich;
use netsuite::client::{self, Client, Transport};
use netsuite::document::Postable;
use netsuite::gate::Gate;
use netsuite::lane::{DuplicateGuard, Limits};
use netsuite::outcome::Patterns;
use netsuite::sender::{self, Rhythm};
use netsuite::service::Connector;
use netsuite::token::Identity;
use netsuite_sim::{Config, Fault, Rule, Simulator};
use runtime::client::{Broker, Connection, KafkaBroker};
use runtime::config::{Kafka, Process};
use runtime::follow::{Follow, From};
use runtime::header::{self, Header};
use runtime::process::{self, Settings, Stage, Stop};
use runtime::producer::Producer;
use runtime::topics::{self, Cleanup, Group, Started};
use testkit::ticket::{line, sale};
use testkit::{date, master};
use tillstream::cache::Cache;
use tillstream::cluster::{Address, Cluster};
use tillstream::order::bucket::{self, Open};
use tillstream::order::quarantine::{self, Body, RecordId, Refused, ReleaseError};
use tillstream::order::{self, Issuer, Order, Outcome, retry, suspense};
use tillstream::posting::{PARKED, POSTED, Postings};
use tillstream::publish::{self, End, Masters, Sent};
use tillstream::stack::fetch::fetch;
use tillstream::stack::{Options, Stack};
use tillstream::{cluster, deployment, posting};
use wire::registry;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The business date of the tickets of `testkit`.
const DATE: &str = "2026-03-14";

/// Whoever signs with it may call the simulated NetSuite, which takes anyone here.
const PRIVATE_KEY: &str = include_str!("../../netsuite-sim/tests/keys/test-only-rsa.private.pem");

#[test]
fn what_is_open_is_seen_and_every_order_is_answered() {
    let mut stack = Stack::start(&Cache::from_environment(), &Options::default(), &tell).unwrap();
    let address = Address {
        kafka: Kafka { bootstrap_servers: stack.kafka().bootstrap(), ..Kafka::default() },
        registry: registry::Settings::open(&stack.registry().url()),
    };
    let cluster = Cluster::new(&address).unwrap();
    a_deployment_is_made_once(&cluster);
    an_input_that_a_group_is_given_later_begins_at_its_first_record(&cluster);
    a_group_begins_where_its_topic_begins(&cluster);
    let simulator = Simulator::start(Config::default()).unwrap();
    let services = Running::start(&address, Services::new(&cluster, &simulator));
    send(
        &cluster,
        Masters {
            stores: ["367", "31"].map(master::store).into(),
            items: vec![master::item("milk", "DAIRY")],
        },
    );

    a_bucket_is_released_as_it_was_seen(&cluster);
    lines_leave_suspense_once_their_item_is_known(&cluster);
    a_quarantined_record_is_decided_on(&cluster);
    everything_is_released(&cluster);
    assert_eq!(posting::with_status(&cluster, PARKED).unwrap(), []);
    a_parked_document_is_tried_again(&cluster, &simulator);

    services.stop();
    stack.stop(&tell).unwrap();
}

fn a_deployment_is_made_once(cluster: &Cluster) {
    let specs = deployment::topics().unwrap();
    match cluster.writer::<Transaction>().map(drop) {
        Err(cluster::Error::Missing(topic)) => assert_eq!(topic, "pos.transactions"),
        other => panic!("a topic that nobody made: {other:?}"),
    }
    cluster.registry().register_all().unwrap();
    let applied = topics::apply(cluster.connection(), &specs, 1).unwrap();
    assert_eq!((applied.created.len(), applied.findings.len()), (specs.len(), 0));
    assert_eq!(topics::check(cluster.connection(), &specs).unwrap(), []);
    assert_eq!(deployment::check_schemas(cluster.registry()).unwrap(), specs.len());
    let groups = deployment::groups();
    let start = || topics::first_start(cluster.connection(), &groups).unwrap();
    assert!(start().iter().all(|started| *started == Started::Made));
    assert!(start().iter().all(|started| *started == Started::Before));
    for group in &groups {
        let connection = Connection { service: group.service.clone(), ..cluster.connection().clone() };
        let lookup = KafkaBroker::new(&connection).unwrap().lookup();
        for input in &group.inputs {
            let partitions: Vec<i32> = (0..12).collect();
            let committed = lookup.committed(input, &partitions, PATIENCE).unwrap();
            assert_eq!(committed, [Some(0); 12], "{} begins {input} at its first record", group.service);
        }
    }
}

fn an_input_that_a_group_is_given_later_begins_at_its_first_record(cluster: &Cluster) {
    let connection = Connection { service: "grown".to_owned(), ..cluster.connection().clone() };
    let mut changelog = deployment::topics().unwrap().remove(0);
    changelog.name = "grown.changelog".to_owned();
    topics::apply(&connection, &[changelog], 1).unwrap();
    let group = |inputs: &[&str]| Group {
        service: "grown".to_owned(),
        inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
        changelog: "grown.changelog".to_owned(),
    };
    let start =
        |inputs: &[&str]| topics::first_start(&connection, &[group(inputs)]).map(|mut all| all.remove(0));
    assert_eq!(start(&["pos.transactions"]).unwrap(), Started::Made);
    // It has run: there is state beside its headers.
    let mut producer = Producer::new(&connection).unwrap();
    (0..12)
        .for_each(|partition| producer.send("grown.changelog", partition, b"key", Some(b"state")).unwrap());
    producer.flush().unwrap();

    let grown = ["pos.transactions", "pos.commands"];
    match start(&grown).unwrap() {
        Started::Added(begins) => {
            assert!(
                begins.iter().all(|begin| begin.topic == "pos.commands" && begin.offset == 0),
                "{begins:?}"
            );
            assert_eq!(begins.len(), 12, "each partition begins");
        }
        other @ (Started::Made | Started::Before) => {
            panic!("an input is new to a group that has run: {other:?}")
        }
    }
    assert_eq!(start(&grown).unwrap(), Started::Before);
    let lookup = KafkaBroker::new(&connection).unwrap().lookup();
    let mut headers = BTreeMap::new();
    let read = Follow::new(&connection, "grown.changelog", &[], From::Start).unwrap().to_end(|record| {
        if record.key.as_deref() == Some(header::KEY) {
            headers.insert(record.partition, Header::decode(&record.value.unwrap()).unwrap());
        }
        Ok::<_, runtime::Error>(())
    });
    read.unwrap();
    assert_eq!(headers.len(), 12);
    for (partition, header) in headers {
        for input in grown {
            let committed = lookup.committed(input, &[partition], PATIENCE).unwrap()[0];
            assert_eq!(committed, Some(0), "{input} [{partition}]");
            assert_eq!(header.decide(input, partition, committed).unwrap(), 0, "what a service would do");
        }
    }
}

/// A topic that was filled for longer than it keeps its records does not begin at 0.
fn a_group_begins_where_its_topic_begins(cluster: &Cluster) {
    let connection = Connection { service: "aged".to_owned(), ..cluster.connection().clone() };
    let mut changelog = deployment::topics().unwrap().remove(0);
    changelog.name = "aged.changelog".to_owned();
    let mut input = deployment::topics().unwrap().remove(0);
    (input.name, input.cleanup, input.config) = ("aged".to_owned(), Cleanup::Delete, BTreeMap::new());
    topics::apply(&connection, &[changelog, input], 1).unwrap();
    let mut producer = Producer::new(&connection).unwrap();
    (0..36).for_each(|record| producer.send("aged", record % 12, b"key", Some(b"value")).unwrap());
    producer.flush().unwrap();
    let group = Group {
        service: "aged".to_owned(),
        inputs: vec!["aged".to_owned()],
        changelog: "aged.changelog".to_owned(),
    };
    let start = || topics::first_start(&connection, std::slice::from_ref(&group)).unwrap().remove(0);
    let lookup = KafkaBroker::new(&connection).unwrap().lookup();
    let begins = |offset| {
        let partitions: Vec<i32> = (0..12).collect();
        assert_eq!(lookup.committed("aged", &partitions, PATIENCE).unwrap(), [Some(offset); 12]);
        let read = Follow::new(&connection, "aged.changelog", &[], From::Start).unwrap().to_end(|record| {
            let header = Header::decode(&record.value.unwrap()).unwrap();
            if record.offset == offset - 1 {
                assert_eq!(header.decide("aged", record.partition, Some(offset)).unwrap(), offset);
            }
            Ok::<_, runtime::Error>(())
        });
        read.unwrap();
    };
    remove_before(&connection, "aged", 1);
    assert_eq!(start(), Started::Made);
    begins(1);
    assert_eq!(start(), Started::Before);
    // Nobody came for so long that records left the topic.
    remove_before(&connection, "aged", 2);
    assert_eq!(start(), Started::Made);
    begins(2);
    assert_eq!(start(), Started::Before);
}

/// Has the broker remove the older records of each of 12 partitions, as its retention does.
fn remove_before(connection: &Connection, topic: &str, offset: i64) {
    let each: Vec<String> = (0..12)
        .map(|partition| {
            format!(r#"{{"topic":"{}","partition":{partition},"offset":{offset}}}"#, connection.topic(topic))
        })
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("offsets.json");
    std::fs::write(&file, format!(r#"{{"version":1,"partitions":[{}]}}"#, each.join(","))).unwrap();
    let jars = fetch(&Cache::from_environment(), &tell).unwrap();
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-cp", &format!("{}/*", jars.kafka.display())]);
    java.args(["org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server"]);
    let output =
        java.arg(&connection.kafka.bootstrap_servers).arg("--offset-json-file").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn a_bucket_is_released_as_it_was_seen(cluster: &Cluster) {
    offer(cluster, (1..=5).map(|sequence| sale("367", sequence, "1.00")));
    offer(cluster, [sale("31", 1, "2.00")]);
    let open = eventually(
        || bucket::open(cluster, "367", date(DATE)).unwrap(),
        |open| open.iter().map(|open| open.count).sum::<i64>() == 5,
    );
    assert_eq!(open.len(), 1);
    let seen = open[0];
    assert_eq!((seen.window, seen.version), (0, 1));
    assert_ne!(seen.content, ContentHash::default());

    let stale = Open { count: 4, ..seen };
    let mut issuer = issuer();
    let refused = answers(cluster, &bucket::release(cluster, &mut issuer, "367", &[stale]).unwrap());
    assert!(matches!(&refused[..], [Outcome::Refused(why)] if why[0].contains("has changed")), "{refused:?}");
    let orders = bucket::release(cluster, &mut issuer, "367", &open).unwrap();
    assert_eq!(answers(cluster, &orders), [Outcome::Done]);
    assert_eq!(answers(cluster, &orders), [Outcome::Repeat], "the same order again");
    assert_eq!(bucket::open(cluster, "367", date(DATE)).unwrap(), []);
    assert_eq!(bucket::open(cluster, "31", date(DATE)).unwrap().len(), 1, "the other store is untouched");
}

fn lines_leave_suspense_once_their_item_is_known(cluster: &Cluster) {
    let mut ticket = sale("31", 2, "2.00");
    ticket.lines = vec![line(1, "milk", "0.50"), line(2, "new", "1.50")];
    offer(cluster, [ticket]);
    let waiting = eventually(|| suspense::waiting(cluster).unwrap(), |waiting| !waiting.is_empty());
    let new = waiting[&Some("new".to_owned())];
    assert_eq!((new.lines, new.amount.to_string(), waiting.len()), (1, "1.50".to_owned(), 1));

    let named = ["new".to_owned()].into();
    assert!(suspense::known(cluster, &named).unwrap().is_empty());
    send(cluster, Masters { stores: Vec::new(), items: vec![master::item("new", "GROCERY")] });
    let known = suspense::known(cluster, &named).unwrap();
    let orders = suspense::resolve(cluster, &mut issuer(), &known).unwrap();
    assert_eq!((orders.len(), orders[0].partitions.len()), (1, 12));
    assert_eq!(answers(cluster, &orders), vec![Outcome::Done; 12]);
    assert!(suspense::waiting(cluster).unwrap().is_empty());
}

fn a_quarantined_record_is_decided_on(cluster: &Cluster) {
    let unbalanced = Transaction { lines: vec![line(1, "milk", "9.00")], ..sale("31", 3, "2.00") };
    let returned = Transaction { kind: "return".into(), ..sale("31", 4, "2.00") };
    offer(cluster, [unbalanced, returned]);
    let open = eventually(|| quarantine::open(cluster, &[]).unwrap(), |open| open.len() == 2);
    let records: Vec<_> = open.into_values().collect();
    let mut issuer = issuer();

    let as_offered = quarantine::release(cluster, &mut issuer, &records[0], &Body::AsOffered).unwrap();
    let refused = answers(cluster, &[as_offered]);
    assert!(matches!(&refused[..], [Outcome::Refused(_)]), "{refused:?}");
    let mended = Body::Mended(Box::new(sale("31", 3, "2.00")));
    let release = quarantine::release(cluster, &mut issuer, &records[0], &mended).unwrap();
    let write_off = quarantine::write_off(&mut issuer, &records[1]);
    assert_eq!(answers(cluster, &[release, write_off]), [Outcome::Done, Outcome::Done]);
    assert!(quarantine::open(cluster, &[]).unwrap().is_empty());

    let mut cut = records[0].clone();
    cut.cut = true;
    match quarantine::release(cluster, &mut issuer, &cut, &mended) {
        Err(ReleaseError::Refused(Refused::Cut(id))) => assert_eq!(id, RecordId::of(&cut)),
        other => panic!("a cut record: {other:?}"),
    }
}

fn everything_is_released(cluster: &Cluster) {
    let order = bucket::release_all(cluster, &mut issuer()).unwrap();
    assert_eq!(answers(cluster, &[order]), vec![Outcome::Done; 12]);
    assert_eq!(bucket::open(cluster, "31", date(DATE)).unwrap(), []);
}

fn a_parked_document_is_tried_again(cluster: &Cluster, simulator: &Simulator) {
    let ids = |outcomes: BTreeMap<String, retry::Outcome>| outcomes.into_keys().collect::<Vec<_>>();
    simulator.inject(Rule::new(Fault::ClosedPeriod));
    let mut journals = cluster.writer::<JournalEntry>().unwrap();
    for id in ["JE_12_1", "JE_12_2"] {
        journals.send("JE_12", &journal(id)).unwrap();
    }
    journals.flush().unwrap();
    let mut adjustments = cluster.writer::<Adjustment>().unwrap();
    adjustments.send("IA_12", &adjustment()).unwrap();
    adjustments.flush().unwrap();
    let parked = eventually(|| posting::with_status(cluster, PARKED).unwrap(), |parked| parked.len() == 2);

    let mut postings = Postings::read(cluster).unwrap();
    let mut read_early = Postings::read(cluster).unwrap();
    let behind = retry::named(postings.last(), &["JE_12_2".to_owned()]).unwrap_err();
    assert!(behind.to_string().contains("JE_12_2 is not parked"), "{behind}");
    let refused = retry::send(cluster, &mut postings, &mut issuer(), &parked, PATIENCE).unwrap();
    for (document, outcome) in &refused {
        assert!(
            matches!(outcome, retry::Outcome::Parked(class, _) if class == "closed_period"),
            "{document}: {outcome:?}"
        );
    }
    assert_eq!(ids(refused), ["IA_12_1", "JE_12_1"]);

    simulator.clear_faults();
    // Between this reading and the order the refusals of above were written: they are no answer to it.
    let posted = retry::send(cluster, &mut read_early, &mut issuer(), &parked, PATIENCE).unwrap();
    for (document, outcome) in &posted {
        assert!(matches!(outcome, retry::Outcome::Posted(_)), "{document}: {outcome:?}");
    }
    eventually(|| posting::with_status(cluster, POSTED).unwrap(), |posted| posted.len() == 3);
    let held = simulator.transactions();
    let held: Vec<_> = held.iter().map(|held| held.document.external_id.as_deref()).collect();
    assert_eq!(held.len(), 3, "each once, and the one behind followed: {held:?}");
    assert_eq!(posting::with_status(cluster, PARKED).unwrap(), []);
}

fn journal(id: &str) -> JournalEntry {
    let line = |account: &str, debit: Option<&str>, credit: Option<&str>| JournalLine {
        account_netsuite_id: account.to_owned(),
        debit: debit.map(|amount| amount.parse().unwrap()),
        credit: credit.map(|amount| amount.parse().unwrap()),
        ..JournalLine::default()
    };
    JournalEntry {
        id: id.to_owned(),
        family: "JE_12".to_owned(),
        business_date: date(DATE),
        subsidiary_netsuite_id: "1".to_owned(),
        currency: "USD".to_owned(),
        lines: vec![line("10", Some("1.00"), None), line("40", None, Some("1.00"))],
        ..JournalEntry::default()
    }
}

fn adjustment() -> Adjustment {
    let line = AdjustmentLine {
        item: "1000".to_owned(),
        netsuite_item: "1000".to_owned(),
        quantity: "-3".parse().unwrap(),
        unit: "each".to_owned(),
        ..AdjustmentLine::default()
    };
    Adjustment {
        id: "IA_12_1".to_owned(),
        family: "IA_12".to_owned(),
        store: "12".to_owned(),
        business_date: date(DATE),
        version: 1,
        location: "12".to_owned(),
        location_netsuite_id: "100".to_owned(),
        subsidiary_netsuite_id: "1".to_owned(),
        reason: "sale".to_owned(),
        account_netsuite_id: "50".to_owned(),
        lines: vec![line],
        ..Adjustment::default()
    }
}

fn answers(cluster: &Cluster, orders: &[Order]) -> Vec<Outcome> {
    let answers = order::send(cluster, orders, PATIENCE).unwrap();
    answers.into_iter().map(|answer| answer.outcome).collect()
}

/// An issuer of this moment; a counter stands for the clock, since only the ids matter.
fn issuer() -> Issuer {
    static NEXT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
    let at = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Issuer::new("ana", Timestamp(at), Some("test"))
}

fn offer(cluster: &Cluster, tickets: impl IntoIterator<Item = Transaction>) {
    let tickets = tickets.into_iter().map(Ok::<_, cluster::Error>);
    publish::transactions(cluster, tickets, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
}

fn send(cluster: &Cluster, masters: Masters) {
    let sent = publish::masters(cluster, &masters, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(sent, Sent { records: masters.len() as u64, end: End::Complete });
}

/// Looks until what is seen is as wanted.
fn eventually<T: std::fmt::Debug>(look: impl Fn() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        if wanted(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "not in time: {seen:?}");
    }
}

/// The sequencer and both lanes of the connector.
struct Services {
    enrich: Enrich,
    journals: Connector<JournalEntry>,
    adjustments: Connector<Adjustment>,
}

impl Services {
    fn new(cluster: &Cluster, simulator: &Simulator) -> Self {
        let settings = enrich::settings::Settings {
            earliest_business_date: Some(date("2026-01-01")),
            ..enrich::settings::Settings::default()
        };
        let counters = enrich::metrics::Counters::register().unwrap();
        let enrich = Enrich::new(settings, counters, cluster.codecs()).unwrap();
        let settings = client::Settings {
            origin: simulator.url().to_owned(),
            transport: Transport::Any,
            connect_timeout: Duration::from_secs(5),
            create_timeout: PATIENCE,
            query_timeout: PATIENCE,
        };
        let identity = Identity {
            client_id: "client".to_owned(),
            certificate_id: "certificate".to_owned(),
            private_key: PRIVATE_KEY.to_owned(),
        };
        let client = Client::new(settings, identity).unwrap();
        let counters = netsuite::metrics::Counters::register().unwrap();
        let gate = Gate::new(5, 0, 24);
        let outbox =
            sender::start(client, Patterns::default(), gate, Rhythm::default(), counters.clone()).unwrap();
        // The careful setting: whoever orders another try does not wait for what is not in doubt.
        let (guard, limits) = (DuplicateGuard::Unknown, Limits::default());
        let journals =
            Connector::<JournalEntry>::new(guard, limits, outbox.clone(), cluster.codecs(), counters.clone())
                .unwrap();
        let adjustments =
            Connector::<Adjustment>::new(guard, limits, outbox, cluster.codecs(), counters).unwrap();
        Self { enrich, journals, adjustments }
    }

    fn stages(self) -> Vec<Stage> {
        vec![
            Stage::new("enrich", self.enrich),
            Stage::new(JournalEntry::GROUP, self.journals),
            Stage::new(Adjustment::GROUP, self.adjustments),
        ]
    }
}

/// Services in this process.
struct Running {
    stop: Stop,
    thread: JoinHandle<Result<(), runtime::Error>>,
}

impl Running {
    fn start(address: &Address, services: Services) -> Self {
        let process = Process { admin_address: "127.0.0.1:0".to_owned(), ..Process::default() };
        let topics = deployment::topics().unwrap();
        let settings = Settings { kafka: address.kafka.clone(), process, topics };
        let stop = Stop::new();
        let asked = stop.clone();
        let thread = std::thread::spawn(move || process::run_until(services.stages(), &settings, &asked));
        Self { stop, thread }
    }

    fn stop(self) {
        self.stop.ask();
        self.thread.join().unwrap().unwrap();
    }
}

#[allow(clippy::print_stdout, reason = "the progress is of interest when the test is run by hand")]
fn tell(line: &str) {
    println!("{line}");
}
