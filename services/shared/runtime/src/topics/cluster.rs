//! Asks and tells the cluster about topics, groups and their settings.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use super::Finding;
use super::spec::Spec;
use crate::client::{Connection, Role, client_config, locked, pause};
use crate::error::Error;

/// How long the cluster may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// How long a broker may tell no settings of a topic before that is taken for its answer.
const SETTINGS_WITHIN: Duration = Duration::from_secs(3);

/// How long it may take to hear why no broker can be reached.
const REASON_WITHIN: Duration = Duration::from_secs(3);

/// How often it is asked meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// How large a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) partitions: i32,
    /// Of the partition that has the fewest.
    pub(crate) replicas: usize,
}

/// What can be seen of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight<T> {
    There(T),
    /// It does not exist, or has no leaders yet.
    Missing,
    /// The brokers do not let this client look: which right it lacks.
    Closed(Finding),
}

/// The cluster, seen through an admin client.
pub(crate) struct Cluster {
    connection: Connection,
    admin: AdminClient<DefaultClientContext>,
}

/// The context of a client that is made to hear why no broker can be reached.
#[derive(Debug, Default)]
struct Heard(Mutex<Option<String>>);

impl ClientContext for Heard {
    fn error(&self, error: KafkaError, reason: &str) {
        // That all are down only follows from why each of them is.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            locked(&self.0).get_or_insert_with(|| reason.to_owned());
        }
    }
}

impl ConsumerContext for Heard {}

impl Cluster {
    pub(crate) fn new(connection: &Connection) -> Result<Self, Error> {
        let admin = client_config(connection, Role::Admin)?
            .create()
            .map_err(|error| Error::kafka("cannot make a Kafka client", error))?;
        Ok(Self { connection: connection.clone(), admin })
    }

    /// The full name of a topic.
    pub(crate) fn topic(&self, name: &str) -> String {
        self.connection.topic(name)
    }

    /// How the brokers are reached.
    pub(crate) fn servers(&self) -> &str {
        &self.connection.kafka.bootstrap_servers
    }

    /// The partitions and replicas of a topic.
    pub(crate) fn size(&self, name: &str) -> Result<Sight<Size>, Error> {
        let full = self.topic(name);
        let metadata = self.metadata(Some(&full))?;
        let Some(found) = metadata.topics().iter().find(|found| found.name() == full) else {
            return Ok(Sight::Missing);
        };
        match found.error().map(RDKafkaErrorCode::from) {
            Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                return Ok(Sight::Closed(self.closed(&full, "Describe")));
            }
            Some(_) => return Ok(Sight::Missing),
            None => {}
        }
        let led = found.partitions().iter().all(|partition| partition.leader() >= 0);
        if !led || found.partitions().is_empty() {
            return Ok(Sight::Missing);
        }
        let partitions = i32::try_from(found.partitions().len()).unwrap_or(i32::MAX);
        let replicas = found.partitions().iter().map(|partition| partition.replicas().len()).min();
        Ok(Sight::There(Size { partitions, replicas: replicas.unwrap_or_default() }))
    }

    /// The number of partitions, `None` when the topic does not exist or has no leaders yet.
    pub(crate) fn partitions(&self, name: &str) -> Result<Option<i32>, Error> {
        match self.size(name)? {
            Sight::There(size) => Ok(Some(size.partitions)),
            Sight::Missing => Ok(None),
            Sight::Closed(finding) => Err(Error::Topics(vec![finding])),
        }
    }

    /// Whether the broker that is said to lead a partition knows that it does.
    pub(crate) fn answers_for(&self, name: &str, partition: i32) -> Result<bool, Error> {
        let full = self.topic(name);
        match self.admin.inner().fetch_watermarks(&full, partition, ANSWER_WAIT) {
            Ok(_) => Ok(true),
            Err(error) => match error.rdkafka_error_code() {
                Some(
                    RDKafkaErrorCode::NotLeaderForPartition
                    | RDKafkaErrorCode::LeaderNotAvailable
                    | RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownPartition,
                ) => Ok(false),
                _ => Err(Error::kafka(format!("cannot read the end of {full} [{partition}]"), error)),
            },
        }
    }

    /// The finding that a right on a topic is lacking.
    fn closed(&self, topic: &str, right: &'static str) -> Finding {
        let (principal, servers) = (self.connection.kafka.principal(), self.servers());
        Finding {
            topic: topic.to_owned(),
            what: right,
            expected: format!("allowed to {principal}"),
            actual: "denied".to_owned(),
            remedy: format!(
                "kafka-acls.sh --bootstrap-server {servers} --add --allow-principal {principal} --operation {right} \
                 --topic {topic}"
            ),
        }
    }

    /// The number of brokers.
    pub(crate) fn brokers(&self) -> Result<usize, Error> {
        Ok(self.metadata(None)?.brokers().len())
    }

    fn metadata(&self, topic: Option<&str>) -> Result<Metadata, Error> {
        let answered = self.admin.inner().fetch_metadata(topic, ANSWER_WAIT);
        answered.map_err(|error| {
            let why = self.why_unreachable().map(|why| format!(" ({why})")).unwrap_or_default();
            Error::unanswered(self.servers(), topic, format!("{error}{why}"))
        })
    }

    /// Why no broker can be reached, which no answer says: a client that is polled is told.
    fn why_unreachable(&self) -> Option<String> {
        let client: BaseConsumer<Heard> = client_config(&self.connection, Role::Everything)
            .ok()?
            .create_with_context(Heard::default())
            .ok()?;
        let deadline = Instant::now() + REASON_WITHIN;
        while Instant::now() < deadline {
            // It has subscribed to nothing, so all it can be given is an error.
            drop(client.poll(ASK_EVERY));
            if let Some(why) = locked(&client.context().0).take() {
                return Some(why);
            }
        }
        None
    }

    /// The settings of topics, in the order of the names. A broker that tells none is asked again for a while: it
    /// may not know yet of a topic that was just made.
    pub(crate) fn settings(&self, names: &[&str]) -> Result<Vec<Sight<BTreeMap<String, String>>>, Error> {
        let deadline = Instant::now() + SETTINGS_WITHIN;
        loop {
            let told = self.told_settings(names)?;
            if told.iter().all(|one| matches!(one, Sight::There(_))) || Instant::now() >= deadline {
                return Ok(told);
            }
            pause(ASK_EVERY);
        }
    }

    fn told_settings(&self, names: &[&str]) -> Result<Vec<Sight<BTreeMap<String, String>>>, Error> {
        let full: Vec<String> = names.iter().map(|name| self.topic(name)).collect();
        let resources: Vec<ResourceSpecifier<'_>> =
            full.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let doing = "cannot read the settings of topics";
        let answered = wait(self.admin.describe_configs(&resources, &options()))?
            .map_err(|error| Error::kafka(doing, error))?;
        let mut all = Vec::new();
        for (name, resource) in full.iter().zip(answered) {
            let resource =
                resource.map_err(|error| Error::kafka(format!("{doing}: {name}"), error.to_string()))?;
            // A broker that may tell lists every setting. The client passes on no reason where it may not.
            all.push(if resource.entries.is_empty() {
                Sight::Closed(self.closed(name, "DescribeConfigs"))
            } else {
                let entries = resource.entries.into_iter();
                Sight::There(entries.map(|entry| (entry.name, entry.value.unwrap_or_default())).collect())
            });
        }
        Ok(all)
    }

    /// Makes a topic.
    pub(crate) fn create(&self, spec: &Spec, replication: i32) -> Result<(), Error> {
        let full = self.topic(&spec.name);
        let doing = || format!("cannot make the topic {full}");
        let settings = spec.settings();
        let mut topic = NewTopic::new(&full, spec.partitions, TopicReplication::Fixed(replication));
        for (key, value) in &settings {
            topic = topic.set(key, value);
        }
        let answered = wait(self.admin.create_topics([&topic], &options()))?
            .map_err(|error| Error::kafka(doing(), error))?;
        for outcome in answered {
            outcome.map_err(|(name, code)| Error::kafka(doing(), format!("{name}: {code}")))?;
        }
        Ok(())
    }

    /// Whether a group has members, `None` when nobody has heard of it.
    pub(crate) fn members(&self, group: &str) -> Result<Option<usize>, Error> {
        let list = self
            .admin
            .inner()
            .fetch_group_list(Some(group), ANSWER_WAIT)
            .map_err(|error| Error::kafka(format!("cannot describe the group {group}"), error))?;
        let found = list.groups().iter().find(|found| found.name() == group && found.state() != "Dead");
        Ok(found.map(|found| found.members().len()))
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ANSWER_WAIT)).operation_timeout(Some(ANSWER_WAIT))
}

/// Waits for one answer of the admin client, which is a future though nothing else here is.
fn wait<T>(answer: impl Future<Output = KafkaResult<T>>) -> Result<KafkaResult<T>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|source| Error::System { doing: "cannot wait for an answer".to_owned(), source })?;
    Ok(runtime.block_on(answer))
}
