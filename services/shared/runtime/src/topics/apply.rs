//! Makes the topics that are missing, and never changes one that is there.

use std::time::{Duration, Instant};

use super::check::{actual, compare, seen};
use super::cluster::{Cluster, Sight};
use super::{Finding, Spec};
use crate::client::{Connection, pause};
use crate::error::Error;

/// How long brokers may take to learn of a topic that was made.
const VISIBLE_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What [`apply`] did and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The topics it made, with namespace.
    pub created: Vec<String>,
    /// What is not as described; left as it is.
    pub findings: Vec<Finding>,
}

/// Makes missing topics with `replication` replicas and reports differences of the others. The described
/// `min.insync.replicas` is lowered to the replicas there are, or nothing could be written.
///
/// # Errors
/// [`Error::Kafka`] when the cluster does not answer or refuses.
pub fn apply(connection: &Connection, specs: &[Spec], replication: i32) -> Result<Applied, Error> {
    let cluster = Cluster::new(connection)?;
    let seen = seen(&cluster)?;
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    let mut applied = Applied::default();
    let found = actual(&cluster, &names)?;
    for (spec, actual) in specs.iter().zip(&found) {
        let topic = cluster.topic(&spec.name);
        if *actual != Sight::Missing {
            applied.findings.extend(compare(&topic, spec, actual, seen));
            continue;
        }
        let mut made = spec.clone();
        let replicas = u32::try_from(replication).unwrap_or(1);
        made.min_insync_replicas = made.min_insync_replicas.map(|wanted| wanted.min(replicas));
        cluster.create(&made, replication)?;
        applied.created.push(topic);
    }
    // Of a topic that may not be looked at nothing can be awaited; that it may not is among the findings.
    for (spec, _) in specs.iter().zip(&found).filter(|(_, found)| !matches!(found, Sight::Closed(_))) {
        await_led(&cluster, spec)?;
    }
    Ok(applied)
}

/// Waits until the brokers tell of a topic and answer for its partitions: a busy one learns of it later than the
/// controller answers, and that it leads it later still.
fn await_led(cluster: &Cluster, spec: &Spec) -> Result<(), Error> {
    let deadline = Instant::now() + VISIBLE_WITHIN;
    while !is_led(cluster, &spec.name)? {
        if Instant::now() > deadline {
            let seconds = VISIBLE_WITHIN.as_secs();
            return Err(Error::kafka(
                format!("cannot make the topic {}", cluster.topic(&spec.name)),
                format!("no broker answers for all of it after {seconds} s"),
            ));
        }
        pause(LOOK_EVERY);
    }
    Ok(())
}

fn is_led(cluster: &Cluster, name: &str) -> Result<bool, Error> {
    let Some(partitions) = cluster.partitions(name)? else { return Ok(false) };
    for partition in 0..partitions {
        if !cluster.answers_for(name, partition)? {
            return Ok(false);
        }
    }
    Ok(true)
}
