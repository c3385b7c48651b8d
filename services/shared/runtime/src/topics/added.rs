//! Inputs that a group was given after it had run: which they are, and where each of them begins.
//!
//! Such an input has no committed offset, and no header of the changelog names it: each commit writes every input
//! into the header, so nothing of it was ever read. It begins at its first record. Anything else that does not
//! fit together is refused in the words in which the service would refuse it.
//!
//! What it cannot see: an input that was read, left out by an older version of the service for longer than the
//! broker keeps offsets, and compacted out of the changelog.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Group;
use crate::client::{Connection, Lookup, Position, View};
use crate::error::Error;
use crate::follow::{Follow, From};
use crate::header::{self, Header};
use crate::stage::Stop;

/// How long the broker may take over one answer.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// What a changelog partition says of the inputs of its shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The last header.
    last: Header,
    /// The topics that any header names.
    named: BTreeSet<String>,
}

/// The headers that added inputs need, and where the inputs begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) headers: BTreeMap<i32, Header>,
    pub(super) begins: Vec<Position>,
}

/// Finds the inputs that are new to a group that has run; `committed` holds by partition what is committed for
/// each of its inputs.
///
/// # Errors
/// [`Stop`] in an [`Error`] when offsets and headers contradict each other, [`Error::Kafka`] when the cluster
/// does not answer.
pub(super) fn find(
    connection: &Connection,
    lookup: &dyn Lookup,
    group: &Group,
    committed: &BTreeMap<i32, Vec<Option<i64>>>,
) -> Result<Added, Error> {
    let told = read(connection, &group.changelog)?;
    let mut added = Added::default();
    for (&partition, committed) in committed {
        let told = told.get(&partition).cloned().unwrap_or_default();
        let new = new_inputs(group, partition, &told, committed)?;
        if new.is_empty() {
            continue;
        }
        let mut header = told.last;
        for topic in new {
            let (offset, _) = lookup.watermarks(topic, partition, View::Everything, ANSWER_WAIT)?;
            header.set(topic, partition, offset);
            added.begins.push(Position { topic: topic.to_owned(), partition, offset });
        }
        added.headers.insert(partition, header);
    }
    Ok(added)
}

/// Reads the headers of a whole changelog.
fn read(connection: &Connection, changelog: &str) -> Result<BTreeMap<i32, Told>, Error> {
    let mut all: BTreeMap<i32, Told> = BTreeMap::new();
    Follow::new(connection, changelog, &[], From::Start)?.to_end(|record| {
        if record.key.as_deref() == Some(header::KEY) {
            let told = all.entry(record.partition).or_default();
            told.last = Header::decode(&record.value.unwrap_or_default())?;
            told.named.extend(told.last.topics().map(str::to_owned));
        }
        Ok::<_, Error>(())
    })?;
    Ok(all)
}

/// The inputs of which a partition has neither an offset nor a header.
fn new_inputs<'a>(
    group: &'a Group,
    partition: i32,
    told: &Told,
    committed: &[Option<i64>],
) -> Result<Vec<&'a str>, Stop> {
    let mut new = Vec::new();
    for (input, &committed) in group.inputs.iter().zip(committed) {
        let unknown = told.last.get(input, partition).is_none() && committed.is_none();
        if !unknown {
            told.last.decide(input, partition, committed)?;
        } else if group.inputs.first() == Some(input) {
            return Err(Stop(format!(
                "{input} [{partition}]: the lead topic has neither a committed offset nor a header in {}",
                group.changelog
            )));
        } else if told.named.contains(input) {
            return Err(Stop(format!(
                "{input} [{partition}]: an earlier header in {} names it, so it was read before, and nothing says \
                 how far; restore its committed offset",
                group.changelog
            )));
        } else {
            new.push(input.as_str());
        }
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of the inputs `lead` and `side` of partition 3: header and committed offset of each, and
    /// whether an earlier header names the side.
    fn found(lead: [Option<i64>; 2], side: [Option<i64>; 2], named: bool) -> Result<Vec<String>, String> {
        let group = Group {
            service: "service".to_owned(),
            inputs: vec!["lead".to_owned(), "side".to_owned()],
            changelog: "changelog".to_owned(),
        };
        let mut told = Told::default();
        for (input, header) in [("lead", lead[0]), ("side", side[0])] {
            if let Some(header) = header {
                told.last.set(input, 3, header);
            }
        }
        told.named.extend(told.last.topics().map(str::to_owned));
        told.named.extend(named.then(|| "side".to_owned()));
        let new = new_inputs(&group, 3, &told, &[lead[1], side[1]]);
        new.map(|new| new.into_iter().map(str::to_owned).collect()).map_err(|Stop(reason)| reason)
    }

    #[test]
    fn only_an_input_that_nothing_knows_of_is_new() {
        let ran = [Some(7), Some(7)];
        let refusals = [
            (ran, [None, Some(4)], false, "the changelog has no header for it"),
            (ran, [Some(4), Some(5)], false, "the committed offset says 5"),
            ([Some(7), Some(8)], [None, None], false, "the committed offset says 8"),
            ([None, Some(7)], [None, None], false, "the changelog has no header for it"),
            ([None, None], [None, None], false, "the lead topic has neither"),
            (ran, [None, None], true, "an earlier header in changelog names it"),
        ];
        for (lead, side, named, reason) in refusals {
            let refused = found(lead, side, named);
            assert!(refused.as_ref().is_err_and(|words| words.contains(reason)), "{reason}: {refused:?}");
        }
        for (lead, side, expected) in [
            (ran, [None, None], &["side"][..]),
            // The offset of a quiet topic expires; the header does not.
            ([Some(7), None], [None, None], &["side"]),
            (ran, [Some(4), None], &[]),
            (ran, [Some(4), Some(4)], &[]),
        ] {
            let new = found(lead, side, false);
            assert!(new.as_ref().is_ok_and(|new| new == expected), "{lead:?} {side:?}: {new:?}");
        }
    }
}
