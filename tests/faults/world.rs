//! One test's world: broker, registry, topics, masters, services, NetSuite; and waits for what must come.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::calendar::Timestamp;
use runtime::client::{Broker, Connection, KafkaBroker, Lookup, Shares, View};
use runtime::config::Kafka;
use runtime::follow::{Follow, From};
use runtime::topics::{self, Group};
use tempfile::TempDir;
use tillstream::cache::Cache;
use tillstream::cluster::{Address, Cluster};
use tillstream::deployment;
use tillstream::order::{Issuer, bucket};
use tillstream::publish::{self, Masters};
use tillstream::stack::fetch::{Jars, fetch};
use tillstream::stack::{DataDirectory, Options, Stack, kafka, registry};
use wire::registry::Settings;

use crate::account::Account;
use crate::feed::{self, Feed, Offered};
use crate::fleet::{Fleet, PROCESSES, Service};
use crate::wait::{keep_if_failed, tell, wait_until};

/// Partitions of every topic that is not a table.
pub(crate) const PARTITIONS: i32 = 12;
/// How long the broker may take over one answer; a wait asks again.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
/// How long the registry may take over one answer.
pub(crate) const REGISTRY_TIMEOUT_MS: u64 = 20_000;
/// How long everything offered may take to be booked once the feed has ended.
const SETTLE_WITHIN: Duration = Duration::from_secs(90);

/// Rooms on one broker each: `cargo test` runs them as threads of one process, nextest one by one.
static ALONE: Mutex<()> = Mutex::new(());

/// How fast a world goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How often `enrich` and `inventory` commit.
    pub(crate) commit_interval_ms: u64,
    /// What the feed offers.
    pub(crate) tickets_a_second: u32,
    /// How long the controller waits for a broker that says nothing. One that was killed is admitted again
    /// after so long; one that is frozen for longer loses the lead of its partitions.
    pub(crate) broker_session_ms: u32,
}

impl Pace {
    /// As services run by default, on a broker that is never given up.
    pub(crate) const STEADY: Self =
        Self { commit_interval_ms: 75, tickets_a_second: 150, broker_session_ms: 60_000 };
}

/// Offsets of a topic, one a partition.
type Offsets = Vec<i64>;
/// Offsets of the lead topics of a service.
pub(crate) type Marks = BTreeMap<String, Offsets>;

/// Everything a test needs. Dropping it stops all of it.
pub(crate) struct World {
    // Fields drop in this order: services, then what they stand on, then the files.
    pub(crate) fleet: Fleet,
    account: Option<Account>,
    pub(crate) stack: Stack,
    pub(crate) cluster: Cluster,
    pub(crate) address: Address,
    jars: Jars,
    options: Options,
    pub(crate) services: &'static [Service],
    /// By input: the offsets of the group that reads it.
    lookups: BTreeMap<String, Arc<dyn Lookup>>,
    issuer: Issuer,
    directory: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl World {
    /// Starts broker and registry, and NetSuite for a connector, and makes them ready for services.
    pub(crate) fn new(pace: Pace, services: &'static [Service]) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = Cache::from_environment();
        let jars = fetch(&cache, &tell).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let options = options(directory.path(), pace.broker_session_ms);
        let mut stack = Stack::start(&cache, &options, &tell).unwrap();
        let kafka = Kafka { bootstrap_servers: stack.kafka().bootstrap(), ..Kafka::default() };
        let registry = stack.registry().url();
        // A cold registry on a busy machine is slow at first, and that is no fault to be tested here.
        let settings = Settings { timeout_ms: REGISTRY_TIMEOUT_MS, ..Settings::open(&registry) };
        let address = Address { kafka, registry: settings };
        let cluster = Cluster::new(&address).unwrap();
        prepare(&cluster);
        let bootstrap = &address.kafka.bootstrap_servers;
        let mut fleet = Fleet::new(directory.path(), bootstrap, &registry, pace.commit_interval_ms);
        let wanted = services.contains(&Service::Netsuite);
        let account = wanted.then(|| Account::start(directory.path()));
        fleet.connector = account.iter().map(Account::section).collect();
        let lookups = lookups(&cluster, services);
        let issuer = Issuer::new("the fault room", Timestamp(1), None);
        Self {
            fleet,
            account,
            stack,
            cluster,
            address,
            jars,
            options,
            services,
            lookups,
            issuer,
            directory,
            _alone: alone,
        }
    }

    /// Starts the processes of every service.
    pub(crate) fn start_services(&mut self) {
        for &service in self.services {
            (0..PROCESSES).for_each(|number| self.fleet.start(service, number));
        }
    }

    /// A world whose services run and have booked something in every partition, and its feed.
    pub(crate) fn flowing(pace: Pace) -> (Self, Feed) {
        Self::with(&Service::BOOKING, pace)
    }

    /// The same with the connector, and a NetSuite that holds something of every partition.
    pub(crate) fn flowing_into_netsuite(pace: Pace) -> (Self, Feed) {
        Self::with(&Service::ALL, pace)
    }

    fn with(services: &'static [Service], pace: Pace) -> (Self, Feed) {
        let mut world = Self::new(pace, services);
        let feed = Feed::start(&world.address, pace.tickets_a_second);
        world.start_services();
        for &service in services {
            (0..PROCESSES).for_each(|number| world.has_work(service, number));
        }
        world.everything_flows(Duration::from_secs(60));
        (world, feed)
    }

    /// Waits until a process was given partitions in each of its groups and has restored a shard.
    pub(crate) fn has_work(&mut self, service: Service, number: usize) {
        let given = self.wait_until(Duration::from_secs(60), |world| {
            let log = world.fleet.log(service, number);
            let restored = |group: &Group| {
                log.lines().any(|line| line.contains("shard restored") && line.contains(&group.service))
            };
            service.groups().iter().all(restored)
        });
        assert!(given, "{} {number} is given work; left: {:#?}", service.name(), self.fleet.left);
    }

    /// Waits until every service has moved in every partition.
    pub(crate) fn everything_flows(&mut self, within: Duration) {
        let marks = self.all_marks();
        for (service, marks) in marks {
            let took = self.wait_past(service, &marks, within);
            tell(&format!("{} works in every partition after {took:?}", service.name()));
        }
    }

    pub(crate) fn all_marks(&self) -> BTreeMap<Service, Marks> {
        self.services.iter().map(|&service| (service, self.marks(service))).collect()
    }

    /// Where the lead topics of a service end now, open transactions included.
    pub(crate) fn marks(&self, service: Service) -> Marks {
        let leads = service.groups().into_iter().map(|group| group.inputs[0].clone());
        leads.map(|lead| (lead.clone(), self.ends(&lead))).collect()
    }

    /// Where a topic ends now, open transactions included.
    fn ends(&self, topic: &str) -> Offsets {
        (0..PARTITIONS).map(|partition| self.end(topic, partition, View::Everything)).collect()
    }

    /// Where a partition ends. A broker that has just come back is asked again.
    pub(crate) fn end(&self, topic: &str, partition: i32, view: View) -> i64 {
        let mut answer = None;
        wait_until(Duration::from_secs(60), || {
            let asked = self.lookups["enrich"].watermarks(topic, partition, view, ANSWER_WAIT);
            answer.insert(asked).is_ok()
        });
        let (_, end) = answer.expect("it was asked").expect("the broker answers again");
        end
    }

    /// What a group has committed of an input; nothing while the broker does not answer.
    pub(crate) fn committed(&self, group: &Group, input: &str) -> Option<Offsets> {
        let partitions: Vec<i32> = (0..PARTITIONS).collect();
        let committed = self.lookups[&group.service].committed(input, &partitions, ANSWER_WAIT).ok()?;
        committed.into_iter().collect()
    }

    /// Waits until a service has committed more than `some` further offsets of its lead topics. Those of a
    /// process that was killed are not known before its transaction is ended by its next life.
    pub(crate) fn moves_on(&mut self, service: Service, some: i64, within: Duration) {
        let (mut before, mut now) = (None, None);
        let moved = self.wait_until(within, |world| {
            now = world.total(service);
            before = before.or(now);
            now.zip(before).is_some_and(|(now, before)| now > before + some)
        });
        let name = service.name();
        assert!(
            moved,
            "{name} stands still: {some} further than {before:?} is wanted, {now:?} is there; {}",
            self.evidence(service)
        );
    }

    /// What tells why a service did not do what was waited for.
    fn evidence(&self, service: Service) -> String {
        format!("left: {:#?}\n{}", self.fleet.left, tail(&self.fleet.logs(service), 60))
    }

    /// How far a service has come over all partitions of all its lead topics.
    fn total(&self, service: Service) -> Option<i64> {
        let committed = |group: Group| {
            self.committed(&group, &group.inputs[0]).map(|offsets| offsets.iter().sum::<i64>())
        };
        service.groups().into_iter().map(committed).sum()
    }

    /// How a group has shared out its lead topic; nothing while the broker does not answer.
    pub(crate) fn shares(&self, group: &Group) -> Option<Shares> {
        self.lookups[&group.service].shares(&group.inputs[0], ANSWER_WAIT).ok()
    }

    /// Waits until a service has committed more than the marks in every partition: it works again on all
    /// of them. Says how long that took.
    pub(crate) fn wait_past(&mut self, service: Service, marks: &Marks, within: Duration) -> Duration {
        let began = Instant::now();
        for (lead, marks) in marks {
            let beyond = marks.iter().map(|mark| mark + 1).collect();
            self.wait_for(service, lead, &beyond, within.saturating_sub(began.elapsed()));
        }
        began.elapsed()
    }

    /// Waits until a service has committed at least these offsets of an input.
    pub(crate) fn wait_for(
        &mut self,
        service: Service,
        input: &str,
        wanted: &Offsets,
        within: Duration,
    ) -> Duration {
        let began = Instant::now();
        let mut last = None;
        let reads = |group: &Group| group.inputs.iter().any(|one| one == input);
        let group = service.groups().into_iter().find(reads).expect("the service reads it");
        let reached = self.wait_until(within, |world| {
            last = world.committed(&group, input);
            last.as_ref().is_some_and(|there| there.iter().zip(wanted).all(|(there, wanted)| there >= wanted))
        });
        let name = service.name();
        assert!(
            reached,
            "{name} did not commit {wanted:?} of {input} within {within:?}, but {last:?}; {}",
            self.evidence(service)
        );
        began.elapsed()
    }

    /// Looks until `there` says so, and starts again meanwhile what ended by itself.
    pub(crate) fn wait_until(&mut self, within: Duration, mut there: impl FnMut(&mut Self) -> bool) -> bool {
        wait_until(within, || {
            self.fleet.heal();
            there(self)
        })
    }

    /// Ends the feed, lets everything be booked and windows end, closes every other bucket, and drains the
    /// services.
    pub(crate) fn settle(&mut self, feed: Feed) -> Offered {
        let offered = feed.finish();
        let tickets = self.ends("pos.transactions");
        let took = self.wait_for(Service::Enrich, "pos.transactions", &tickets, SETTLE_WITHIN);
        tell(&format!("everything offered is sequenced {took:?} after the end of the feed"));
        let ended = self.wait_until(SETTLE_WITHIN, |world| world.sequenced().has_only_whole_days_open());
        assert!(ended, "windows that have ended close by themselves");
        self.release_all();
        self.fleet.drain(Service::Enrich, 0);
        for &service in self.services.iter().filter(|service| **service != Service::Enrich) {
            for lead in self.marks(service).into_keys() {
                let last = self.after_last_records(&lead);
                self.wait_for(service, &lead, &last, SETTLE_WITHIN);
            }
            if service == Service::Netsuite {
                self.wait_until_posted(SETTLE_WITHIN);
            }
            self.fleet.drain(service, 0);
        }
        offered
    }

    /// Kills the broker while clients stand still in the middle of their transactions, and starts it again
    /// on its data. See `README.md` for why no commit may be under way.
    pub(crate) fn replace_broker(&mut self) {
        self.fleet.suspend();
        let mut last = Vec::new();
        let still = self.wait_until(Duration::from_secs(10), |world| {
            let groups = world.services.iter().flat_map(|service| service.groups());
            let topics = groups.flat_map(|group| [group.inputs[0].clone(), group.changelog]);
            // The feed goes on writing the lead topic of the first service.
            let ends = topics.skip(1).map(|topic| world.ends(&topic)).collect();
            std::mem::replace(&mut last, ends) == last
        });
        assert!(still, "suspended services write nothing");
        self.stack.kafka().process_mut().kill().unwrap();
        self.stack.kafka().restart(&self.jars, &self.options.kafka).unwrap();
        self.fleet.resume();
    }

    /// The simulated NetSuite.
    pub(crate) fn account(&mut self) -> &mut Account {
        self.account.as_mut().expect("the test asked for a NetSuite")
    }

    /// Closes every open bucket: what comes for its date afterwards goes into the next version.
    pub(crate) fn release_all(&mut self) {
        let order = bucket::release_all(&self.cluster, &mut self.issuer).unwrap();
        let mut writer = self.cluster.writer().unwrap();
        for partition in order.partitions {
            writer.send_to(partition, &order.command.store, &order.command).unwrap();
        }
        writer.flush().unwrap();
        // What came back was claimed with the tickets, in transactions that end in markers.
        let last = self.after_last_records("pos.commands");
        self.wait_for(Service::Enrich, "pos.commands", &last, SETTLE_WITHIN);
    }

    /// The offset after the last committed record of each partition: markers behind it count for nobody.
    fn after_last_records(&self, topic: &str) -> Offsets {
        let mut after = vec![0; usize::try_from(PARTITIONS).unwrap()];
        let mut follow = Follow::new(self.cluster.connection(), topic, &[], From::Start).unwrap();
        let read = follow.to_end(|record| {
            after[usize::try_from(record.partition).unwrap()] = record.offset + 1;
            Ok::<_, runtime::Error>(())
        });
        read.unwrap();
        after
    }
}

impl Drop for World {
    fn drop(&mut self) {
        keep_if_failed(&mut self.directory);
    }
}

fn options(directory: &Path, broker_session_ms: u32) -> Options {
    let part = |name: &str| DataDirectory::Kept(directory.join(name));
    let settings =
        [("broker.session.timeout.ms", broker_session_ms), ("broker.heartbeat.interval.ms", 1_000)];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_string())).to_vec();
    Options {
        kafka: kafka::Options { data: part("kafka"), heap_mib: 512, settings, ..kafka::Options::default() },
        registry: registry::Options { data: part("registry"), ..registry::Options::default() },
    }
}

/// Schemas, topics, first offsets and masters.
fn prepare(cluster: &Cluster) {
    cluster.registry().register_all().unwrap();
    let specs = deployment::topics().unwrap();
    assert_eq!(topics::apply(cluster.connection(), &specs, 1).unwrap().findings, []);
    // A broker answers that a topic is made before it tells everyone about it.
    let seen = || topics::check(cluster.connection(), &specs).unwrap().is_empty();
    assert!(wait_until(Duration::from_secs(30), seen), "the topics are seen after they were made");
    topics::first_start(cluster.connection(), &deployment::groups()).unwrap();
    let masters = Masters { stores: feed::store_master().collect(), items: feed::item_master().collect() };
    publish::masters(cluster, &masters, &mut |_| ControlFlow::Continue(())).unwrap();
    let reached: std::collections::BTreeSet<i32> = masters
        .stores
        .iter()
        .map(|store| domain::partition::of(store.store.as_bytes(), PARTITIONS))
        .collect();
    assert_eq!(reached, (0..PARTITIONS).collect(), "the stores of the chain reach every partition");
}

/// The offsets of each group as its own clients see them.
fn lookups(cluster: &Cluster, services: &[Service]) -> BTreeMap<String, Arc<dyn Lookup>> {
    let mut lookups = BTreeMap::new();
    for group in services.iter().flat_map(|service| service.groups()) {
        let connection = Connection { service: group.service.clone(), ..cluster.connection().clone() };
        lookups.insert(group.service, KafkaBroker::new(&connection).unwrap().lookup());
    }
    lookups
}

fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
