//! What everything is measured in: one broker and one registry of their own, topics, masters, tickets.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::client::{Broker, Connection, KafkaBroker, Lookup, View};
use runtime::config::Kafka;
use runtime::topics::{self, Group, Spec};
use tillstream::cache::Cache;
use tillstream::cluster::{self, Address, Cluster};
use tillstream::publish::{self, Masters};
use tillstream::stack::{DataDirectory, Options, Progress, Stack, kafka, registry};
use tillstream::{demo, deployment};
use wire::registry::Settings;

use crate::service::Stage;
use crate::size::Plan;
use crate::{null, raw};

/// Partitions of every topic that is not a table.
pub(crate) const PARTITIONS: i32 = 12;

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// How often the progress of a long sending is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Settings of topics that nobody reads from the start: old records may go, or disks fill.
const PASSING: &str =
    "cleanup = 'delete'\n[config]\n'retention.bytes' = '134217728'\n'segment.bytes' = '33554432'\n";

/// A running world. Dropping it stops it.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) cluster: Cluster,
    pub(crate) directory: PathBuf,
    pub(crate) bootstrap: String,
    pub(crate) registry: String,
}

impl World {
    /// Starts broker and registry, makes topics and first offsets, and publishes the masters.
    ///
    /// # Errors
    /// When a part does not start.
    pub(crate) fn start(directory: &Path, plan: &Plan, progress: Progress<'_>) -> anyhow::Result<Self> {
        let data = || DataDirectory::Kept(directory.join("stack"));
        let settings = vec![("log.retention.check.interval.ms".to_owned(), "10000".to_owned())];
        let options = Options {
            kafka: kafka::Options { data: data(), settings, ..kafka::Options::default() },
            registry: registry::Options { data: data(), ..registry::Options::default() },
        };
        let mut stack = Stack::start(&Cache::from_environment(), &options, progress)?;
        let (bootstrap, registry) = (stack.kafka().bootstrap(), stack.registry().url());
        let kafka = Kafka { bootstrap_servers: bootstrap.clone(), ..Kafka::default() };
        // A cold registry on a busy machine is slow at first.
        let settings = Settings { timeout_ms: 20_000, ..Settings::open(&registry) };
        let cluster = Cluster::new(&Address { kafka, registry: settings })?;
        topics::apply(cluster.connection(), &own_topics()?, 1)?;
        deployment::make(&cluster)?;
        topics::first_start(cluster.connection(), &[own_group()])?;
        let chain = plan.chain;
        let masters =
            Masters { stores: chain.store_master().collect(), items: chain.item_master().collect() };
        publish::masters(&cluster, &masters, &mut |_| ControlFlow::Continue(()))?;
        std::fs::write(directory.join("accounts.toml"), demo::ACCOUNT_MAP)?;
        Ok(Self { stack, cluster, directory: directory.to_owned(), bootstrap, registry })
    }

    /// Sends every ticket of the plan.
    ///
    /// # Errors
    /// When Kafka does not take them.
    pub(crate) fn fill(&self, plan: &Plan, progress: Progress<'_>) -> anyhow::Result<()> {
        let mut told = Instant::now();
        let tickets = plan.transactions().map(Ok::<_, cluster::Error>);
        publish::transactions(&self.cluster, tickets, &mut |sent| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                progress(&format!("{sent} transactions are in pos.transactions"));
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// Asks about a consumer group.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub(crate) fn lookup(&self, group: &str) -> anyhow::Result<Arc<dyn Lookup>> {
        let connection = Connection { service: group.to_owned(), ..self.cluster.connection().clone() };
        Ok(KafkaBroker::new(&connection)?.lookup())
    }

    /// Where each partition of a topic ends.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub(crate) fn ends(&self, topic: &str) -> anyhow::Result<Vec<i64>> {
        let lookup = self.lookup("bench")?;
        let end = |partition| Ok(lookup.watermarks(topic, partition, View::Committed, ANSWER_WAIT)?.1);
        (0..PARTITIONS).map(end).collect()
    }
}

/// What the topics must be that the bench adds to a deployment.
///
/// # Errors
/// When a description does not parse.
pub(crate) fn own_topics() -> anyhow::Result<Vec<Spec>> {
    let mut specs = Vec::new();
    for (name, rest) in [
        (raw::COPY, PASSING),
        (null::SALES, PASSING),
        (null::DELTAS, PASSING),
        (null::CHANGELOG, "cleanup = 'compact'\n"),
    ] {
        let text = format!("name = '{name}'\npartitions = {PARTITIONS}\n{rest}");
        specs.push(Spec::parse(&text, Path::new(name))?);
    }
    Ok(specs)
}

/// The consumer group that the bench adds to a deployment.
fn own_group() -> Group {
    Group {
        service: null::NAME.to_owned(),
        inputs: vec![Stage::Null.lead().to_owned()],
        changelog: null::CHANGELOG.to_owned(),
    }
}

/// Waits between two looks at what others do.
#[expect(clippy::disallowed_methods, reason = "the step of every poll with a deadline")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
