//! Whether a service may start on the topics there are, and what those it writes take.

use super::check::{actual, compare, seen};
use super::cluster::{Cluster, Sight};
use super::{Finding, Spec};
use crate::client::Connection;
use crate::error::Error;
use crate::stage::Topics;
use crate::worker::Writable;

/// Reads partition counts and record limits of everything a service writes, and refuses topics that are not
/// as `specs` describes them.
///
/// # Errors
/// [`Error::Kafka`] when the broker does not answer, [`Error::Topics`] with everything that is not as it must
/// be, [`Error::Stop`] when a topic is not described.
pub(crate) fn writable(
    connection: &Connection,
    topics: &Topics,
    specs: &[Spec],
) -> Result<Vec<Writable>, Error> {
    let described = described(topics, specs)?;
    let cluster = Cluster::new(connection)?;
    let seen = seen(&cluster)?;
    let names: Vec<&'static str> = topics.all().collect();
    let found = actual(&cluster, &names)?;
    let lead = match found.first() {
        Some(Sight::There(lead)) => Some(lead.size.partitions),
        Some(Sight::Missing | Sight::Closed(_)) | None => None,
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut known = Vec::new();
    for ((name, spec), found) in names.into_iter().zip(described).zip(found) {
        // As many partitions as the lead topic has, whatever number its description names.
        let lead = lead.filter(|_| !topics.tables.contains(&name));
        let spec = Spec { partitions: lead.unwrap_or(spec.partitions), ..spec.clone() };
        findings.extend(compare(&cluster.topic(name), &spec, &found, seen));
        let Sight::There(found) = found else { continue };
        if !topics.outputs.contains(&name) && name != topics.changelog {
            continue;
        }
        let bytes = found.settings.get("max.message.bytes").and_then(|text| text.parse().ok());
        known.push(Writable {
            topic: name,
            partitions: found.size.partitions,
            bytes_max: bytes.unwrap_or(usize::MAX),
        });
    }
    if findings.is_empty() { Ok(known) } else { Err(Error::Topics(findings)) }
}

/// The description of each topic of a service, in their order.
fn described<'a>(topics: &Topics, specs: &'a [Spec]) -> Result<Vec<&'a Spec>, Error> {
    let description = |name: &str| {
        specs.iter().find(|spec| spec.name == name).ok_or_else(|| {
            Error::stop(format!("{name}: nothing describes the topic; hand its description to the runtime"))
        })
    };
    topics.all().map(description).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    #[test]
    fn a_topic_that_nothing_describes_is_refused_by_name() {
        let topics = Topics {
            lead: "lead",
            sides: Vec::new(),
            tables: vec!["table"],
            outputs: vec!["out"],
            changelog: "log",
        };
        let spec = |name: &str| {
            let text = format!("name = '{name}'\npartitions = 1\ncleanup = 'compact'");
            Spec::parse(&text, Path::new(name)).unwrap()
        };
        let mut specs = ["log", "out", "table", "other", "lead"].map(spec).to_vec();
        let found = described(&topics, &specs).unwrap();
        let names: Vec<&str> = found.into_iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, topics.all().collect::<Vec<_>>(), "each topic has its own description");
        specs.remove(1);
        let refused = described(&topics, &specs).unwrap_err().to_string();
        assert!(refused.starts_with("out: nothing describes"), "{refused}");
    }
}
