//! A registry in memory, with ids as the examples have them.

use std::sync::Arc;

use wire::catalog::catalog;
use wire::codec::Codecs;
use wire::registry::{Error, Source};

/// Ids that stand in examples, in the bytes of records within records. `schemas/README.md` lists them.
const IN_EXAMPLES: [(&str, u32); 3] =
    [("pos.transactions-value", 4), ("inventory.adjustments-value", 8), ("journal.entries-value", 9)];

/// The first of the ids that stand in no example.
const OTHERS: u32 = 100;

/// An id that stands for no schema.
pub(crate) const UNKNOWN: u32 = 99;

struct InMemory;

/// Codecs over the schemas of the catalog.
pub(crate) fn codecs() -> Codecs {
    Codecs::new(Arc::new(InMemory))
}

/// The id that records of a topic are written with.
pub(crate) fn id_of(topic: &str) -> u32 {
    let subject = catalog().unwrap().subject(&format!("{topic}-value")).unwrap();
    InMemory.id_of(&subject.subject, subject.newest().unwrap().text).unwrap()
}

/// Every version of every subject with its id. An id in examples is that of the first version.
fn numbered() -> impl Iterator<Item = (u32, &'static str, &'static str)> {
    let subjects = catalog().unwrap().subjects().iter();
    let versions = subjects.flat_map(|subject| {
        subject.versions.iter().map(|version| (subject.subject.as_str(), version.number, version.text))
    });
    (OTHERS..).zip(versions).map(|(id, (subject, number, text))| {
        let stated = IN_EXAMPLES.iter().find(|(stated, _)| *stated == subject && number == 1);
        (stated.map_or(id, |(_, id)| *id), subject, text)
    })
}

impl Source for InMemory {
    fn schema(&self, id: u32) -> Result<String, Error> {
        let found = numbered().find(|(number, _, _)| *number == id);
        found.map(|(_, _, text)| text.to_owned()).ok_or(Error::UnknownId(id))
    }

    fn id_of(&self, subject: &str, text: &str) -> Result<u32, Error> {
        let found = numbered().find(|(_, of, version)| (*of, *version) == (subject, text));
        found.map(|(id, _, _)| id).ok_or_else(|| Error::NotRegistered(subject.to_owned()))
    }
}
