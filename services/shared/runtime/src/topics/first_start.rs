//! The first start of a deployment: every input of every group begins at the first record its topic holds, in
//! header and committed offset; and the first start of an input that a group was given later.
//!
//! Services hold no such logic, and their clients refuse to guess where to begin: a group whose offsets
//! expired must not look like one that never ran.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::added::{self, Added};
use super::cluster::Cluster;
use crate::client::{Broker, Connection, KafkaBroker, Lookup, Position, Role, View, client_config};
use crate::error::Error;
use crate::follow::{Follow, From};
use crate::header::{self, Header};
use crate::producer::Producer;
use crate::stage::Stop;

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// The most first starts that may have been interrupted: each adds a record to every changelog partition.
const HEADERS_MAX: i64 = 64;

/// One consumer group and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The service, which names the group.
    pub service: String,
    /// The lead topic and the side topics.
    pub inputs: Vec<String>,
    /// The changelog.
    pub changelog: String,
}

/// What [`first_start`] did for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It wrote headers and offsets.
    Made,
    /// The group had run, and inputs are new to it: each begins at the first record its partition holds.
    Added(Vec<Position>),
    /// The group has been started before; nothing was changed.
    Before,
}

/// How far a group is.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is there.
    Fresh,
    /// Headers are there, and no offset lies behind the first record: a first start was interrupted, or records
    /// have left the topics since.
    HeadersOnly,
    /// Everything is there but what inputs need that are new to the group.
    Added(Added),
    /// Everything is there.
    Complete,
    /// Something is there that no first start leaves behind.
    Odd(String),
}

/// Writes first offsets and headers for every group, unless it has both already. Of a group that has run only those
/// inputs are begun that neither its offsets nor its changelog know.
///
/// # Errors
/// [`Error::Stop`] when a group has members, or offsets and state that do not belong together;
/// [`Error::Kafka`] when the cluster does not answer or refuses.
pub fn first_start(connection: &Connection, groups: &[Group]) -> Result<Vec<Started>, Error> {
    let cluster = Cluster::new(connection)?;
    let mut started = Vec::new();
    for group in groups {
        let connection = Connection { service: group.service.clone(), ..connection.clone() };
        started.push(start_group(&cluster, &connection, group)?);
    }
    Ok(started)
}

fn start_group(cluster: &Cluster, connection: &Connection, group: &Group) -> Result<Started, Error> {
    let name = connection.group();
    let lead = group.inputs.first().ok_or_else(|| Error::stop(format!("the group {name} reads nothing")))?;
    let partitions = cluster.partitions(lead)?.ok_or_else(|| {
        Error::stop(format!("{}: missing; run `tillstream topics apply` first", cluster.topic(lead)))
    })?;
    let partitions: Vec<i32> = (0..partitions).collect();
    // Whoever works goes on writing: nothing that is read beside it belongs together.
    let nobody_works = || match cluster.members(&name)? {
        Some(members @ 1..) => Err(Error::stop(format!(
            "the group {name} has {members} member(s): stop its processes first, and wait 20 s after a kill"
        ))),
        Some(_) | None => Ok(()),
    };
    let added = match stage(connection, group, &partitions, &nobody_works)? {
        Stage::Complete => return Ok(Started::Before),
        Stage::Odd(what) => {
            return Err(Error::stop(format!(
                "the group {name} is not at its first start: {what}; nothing was changed"
            )));
        }
        Stage::Fresh | Stage::HeadersOnly => None,
        Stage::Added(added) => Some(added),
    };
    nobody_works()?;
    let Added { headers, begins } = match added.clone() {
        Some(added) => added,
        None => first(&firsts_of(KafkaBroker::new(connection)?.lookup().as_ref(), group, &partitions)?),
    };
    // In this order: a header without an offset is what an input may begin with, an offset without a header is
    // state that is gone.
    write_headers(connection, &group.changelog, &headers)?;
    commit(connection, &begins)?;
    Ok(if added.is_some() { Started::Added(begins) } else { Started::Made })
}

/// Every input at its first record.
fn first(firsts: &BTreeMap<i32, Vec<Position>>) -> Added {
    let header = |positions: &Vec<Position>| {
        let mut header = Header::new();
        positions.iter().for_each(|first| header.set(&first.topic, first.partition, first.offset));
        header
    };
    Added {
        headers: firsts.iter().map(|(&partition, positions)| (partition, header(positions))).collect(),
        begins: firsts.values().flatten().cloned().collect(),
    }
}

/// Where each partition of each input begins: at 0, or later where the broker has removed what was older.
fn firsts_of(
    lookup: &dyn Lookup,
    group: &Group,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Vec<Position>>, Error> {
    let mut firsts: BTreeMap<i32, Vec<Position>> = BTreeMap::new();
    for &partition in partitions {
        for topic in &group.inputs {
            let (offset, _) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            let first = Position { topic: topic.clone(), partition, offset };
            firsts.entry(partition).or_default().push(first);
        }
    }
    Ok(firsts)
}

/// Finds out how far a group is. Offsets and headers are compared only when nobody works.
fn stage(
    connection: &Connection,
    group: &Group,
    partitions: &[i32],
    nobody_works: &dyn Fn() -> Result<(), Error>,
) -> Result<Stage, Error> {
    let lookup = KafkaBroker::new(connection)?.lookup();
    let mut committed = committed_of(lookup.as_ref(), group, partitions)?;
    let (mut filled, mut beyond) = (0, None);
    for &partition in partitions {
        let (low, end) = lookup.watermarks(&group.changelog, partition, View::Everything, ANSWER_WAIT)?;
        filled += usize::from(end > low);
        if end > HEADERS_MAX {
            beyond = Some(format!("{} [{partition}] has been written {end} times", group.changelog));
        }
    }
    let all_filled = filled == partitions.len();
    if filled == 0 && committed.values().flatten().all(Option::is_none) {
        return Ok(Stage::Fresh);
    }
    let firsts = firsts_of(lookup.as_ref(), group, partitions)?;
    let is_behind =
        |(first, offset): (&Position, &Option<i64>)| offset.is_some_and(|offset| offset < first.offset);
    let mut offsets = firsts.values().flatten().zip(committed.values().flatten());
    if all_filled && committed.values().flatten().all(Option::is_some) && !offsets.any(is_behind) {
        return Ok(Stage::Complete);
    }
    nobody_works()?;
    committed = committed_of(lookup.as_ref(), group, partitions)?;
    let (mut with, mut without) = (0, 0);
    for (first, offset) in firsts.values().flatten().zip(committed.values().flatten()) {
        let Position { topic, partition, offset: first } = first;
        match offset {
            Some(offset) => {
                with += 1;
                if offset > first {
                    beyond = Some(format!("{topic} [{partition}] has the committed offset {offset}"));
                }
            }
            None => without += 1,
        }
    }
    Ok(match (with, without, filled) {
        (_, _, _) if beyond.is_none() && only_first_headers(connection, group, &firsts)? => {
            Stage::HeadersOnly
        }
        (_, _, _) if all_filled => match added::find(connection, lookup.as_ref(), group, &committed) {
            Ok(added) if added.begins.is_empty() => Stage::Complete,
            Ok(added) => Stage::Added(added),
            Err(Error::Stop(Stop(reason))) => Stage::Odd(reason),
            Err(error) => return Err(error),
        },
        (_, _, _) => {
            let beyond = beyond.unwrap_or_else(|| "the changelog holds state".to_owned());
            Stage::Odd(format!(
                "{with} committed offset(s) are there and {without} are missing, {filled} of {} changelog partitions \
                 hold records, and {beyond}",
                partitions.len()
            ))
        }
    })
}

/// What is committed for each input of each partition.
fn committed_of(
    lookup: &dyn Lookup,
    group: &Group,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Vec<Option<i64>>>, Error> {
    let mut all: BTreeMap<i32, Vec<Option<i64>>> = BTreeMap::new();
    for input in &group.inputs {
        let answered = lookup.committed(input, partitions, ANSWER_WAIT)?;
        for (&partition, committed) in partitions.iter().zip(answered) {
            all.entry(partition).or_default().push(committed);
        }
    }
    Ok(all)
}

/// Whether a changelog holds nothing but what an interrupted first start left.
fn only_first_headers(
    connection: &Connection,
    group: &Group,
    firsts: &BTreeMap<i32, Vec<Position>>,
) -> Result<bool, Error> {
    let mut only = true;
    Follow::new(connection, &group.changelog, &[], From::Start)?.to_end(|record| {
        let value = record.value.unwrap_or_default();
        let firsts = firsts.get(&record.partition).map(Vec::as_slice).unwrap_or_default();
        let first = Header::decode(&value).is_ok_and(|header| header.is_first(firsts));
        only &= first && record.key.as_deref() == Some(header::KEY);
        Ok::<_, Error>(())
    })?;
    Ok(only)
}

fn write_headers(
    connection: &Connection,
    changelog: &str,
    headers: &BTreeMap<i32, Header>,
) -> Result<(), Error> {
    let mut producer = Producer::new(connection)?;
    for (&partition, header) in headers {
        producer.send(changelog, partition, header::KEY, Some(&header.encode()))?;
    }
    producer.flush()
}

/// Commits while nobody is a member: the broker takes such a commit only from an empty group.
fn commit(connection: &Connection, begins: &[Position]) -> Result<(), Error> {
    let doing = || format!("cannot commit the first offsets of the group {}", connection.group());
    let consumer: BaseConsumer =
        client_config(connection, Role::Committed)?.create().map_err(|error| Error::kafka(doing(), error))?;
    let mut list = TopicPartitionList::new();
    for Position { topic, partition, offset } in begins {
        list.add_partition_offset(&connection.topic(topic), *partition, Offset::Offset(*offset))
            .map_err(|error| Error::kafka(doing(), error))?;
    }
    consumer.commit(&list, CommitMode::Sync).map_err(|error| Error::kafka(doing(), error))
}
