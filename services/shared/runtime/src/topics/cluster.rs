//! Asks and tells the cluster about topics, groups and their settings.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaResult;
use rdkafka::metadata::Metadata;

use super::spec::Spec;
use crate::client::{Connection, Role, client_config};
use crate::error::Error;

/// How long the cluster may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// How large a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) partitions: i32,
    /// Of the partition that has the fewest.
    pub(crate) replicas: usize,
}

/// The cluster, seen through an admin client.
pub(crate) struct Cluster {
    connection: Connection,
    admin: AdminClient<DefaultClientContext>,
}

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

    /// The partitions and replicas, `None` when the topic does not exist or has no leaders yet.
    pub(crate) fn size(&self, name: &str) -> Result<Option<Size>, Error> {
        let full = self.topic(name);
        let metadata = self.metadata(Some(&full))?;
        let found = metadata.topics().iter().find(|found| {
            let led = found.partitions().iter().all(|partition| partition.leader() >= 0);
            found.name() == full && found.error().is_none() && led
        });
        let Some(found) = found.filter(|found| !found.partitions().is_empty()) else { return Ok(None) };
        let partitions = i32::try_from(found.partitions().len()).unwrap_or(i32::MAX);
        let replicas = found.partitions().iter().map(|partition| partition.replicas().len()).min();
        Ok(Some(Size { partitions, replicas: replicas.unwrap_or_default() }))
    }

    /// The number of partitions, `None` when the topic does not exist or has no leaders yet.
    pub(crate) fn partitions(&self, name: &str) -> Result<Option<i32>, Error> {
        Ok(self.size(name)?.map(|size| size.partitions))
    }

    /// The number of brokers.
    pub(crate) fn brokers(&self) -> Result<usize, Error> {
        Ok(self.metadata(None)?.brokers().len())
    }

    fn metadata(&self, topic: Option<&str>) -> Result<Metadata, Error> {
        let answered = self.admin.inner().fetch_metadata(topic, ANSWER_WAIT);
        answered.map_err(|error| Error::unanswered(self.servers(), topic, error))
    }

    /// The settings of topics, in the order of the names.
    pub(crate) fn settings(&self, names: &[&str]) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let full: Vec<String> = names.iter().map(|name| self.topic(name)).collect();
        let resources: Vec<ResourceSpecifier<'_>> =
            full.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let doing = "cannot read the settings of topics";
        let answered = wait(self.admin.describe_configs(&resources, &options()))?
            .map_err(|error| Error::kafka(doing, error))?;
        let mut all = Vec::new();
        for (name, resource) in full.iter().zip(answered) {
            let resource =
                resource.map_err(|error| Error::kafka(format!("{doing}: {name}"), format!("{error:?}")))?;
            let entries = resource.entries.into_iter();
            all.push(entries.map(|entry| (entry.name, entry.value.unwrap_or_default())).collect());
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
