//! Whether a service may start on the topics there are, and what those it writes take.

use super::check::{actual, compare, missing, seen};
use super::cluster::{Cluster, Sight};
use super::{Finding, Spec};
use crate::client::Connection;
use crate::error::Error;
use crate::stage::Topics;
use crate::worker::Writable;

/// Reads partition counts and record limits of everything a service writes, and refuses topics that are not
/// as `specs` describes them. One that nothing describes must be there, with partitions that fit.
///
/// # Errors
/// [`Error::Kafka`] when the broker does not answer, [`Error::Topics`] with everything that is not as it must
/// be.
pub(crate) fn writable(
    connection: &Connection,
    topics: &Topics,
    specs: &[Spec],
) -> Result<Vec<Writable>, Error> {
    let cluster = Cluster::new(connection)?;
    let seen = seen(&cluster)?;
    let names: Vec<&'static str> = topics.all().collect();
    let found = actual(&cluster, &names)?;
    let lead = match found.first() {
        Some(Sight::There(lead)) => Some(lead.size.partitions),
        Some(Sight::Missing | Sight::Closed(_)) | None => None,
    };
    let mut findings = Vec::new();
    let mut known = Vec::new();
    for (name, found) in names.into_iter().zip(found) {
        let full = cluster.topic(name);
        match specs.iter().find(|spec| spec.name == name) {
            Some(spec) => {
                // As many partitions as the lead topic has, whatever number its description names.
                let lead = lead.filter(|_| !topics.tables.contains(&name));
                let spec = Spec { partitions: lead.unwrap_or(spec.partitions), ..spec.clone() };
                findings.extend(compare(&full, &spec, &found, seen));
            }
            None => match &found {
                Sight::Missing => findings.push(missing(&full)),
                Sight::Closed(finding) => findings.push(finding.clone()),
                Sight::There(found) => {
                    findings.extend(fits(&full, topics, name, found.size.partitions, lead))
                }
            },
        }
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

/// Whether the partitions of a topic fit to those of the lead topic.
fn fits(full: &str, topics: &Topics, name: &str, found: i32, lead: Option<i32>) -> Option<Finding> {
    let (wanted, why) = if topics.tables.contains(&name) {
        (Some(1), "a table is read whole by every process")
    } else if topics.outputs.contains(&name) {
        (None, "")
    } else {
        (lead, "the shards of a service are the partitions of its lead topic")
    };
    let wanted = wanted.filter(|wanted| *wanted != found)?;
    Some(Finding {
        topic: full.to_owned(),
        what: "partitions",
        expected: wanted.to_string(),
        actual: found.to_string(),
        remedy: format!("make it anew with that many; {why}"),
    })
}
