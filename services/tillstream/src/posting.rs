//! What became of documents in NetSuite: the last word on each, as `netsuite.postings` tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::record::posting::Posting;
use runtime::follow::From;

use crate::cluster::{Cluster, Error, Received, Scan};

/// Status of a document that waits for a person.
pub const PARKED: &str = "parked";
/// Status of a document that NetSuite holds.
pub const POSTED: &str = "posted";

/// One word on a document, and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Partition of `netsuite.postings`.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// The word.
    pub posting: Posting,
}

/// The last word on every document, and what is said from then on: one reading, so that nothing is missed
/// in between.
pub struct Postings {
    last: BTreeMap<String, Posting>,
    scan: Scan<Posting>,
}

impl Postings {
    /// Reads the topic to its end.
    ///
    /// # Errors
    /// [`Error`] when the topic cannot be read.
    pub fn read(cluster: &Cluster) -> Result<Self, Error> {
        let mut last = BTreeMap::new();
        let scan = cluster.scan::<Posting>(&[], From::Start)?;
        let scan = scan.to_end(|received| hear(&mut last, received))?;
        Ok(Self { last, scan })
    }

    /// The last word on each document, by document id.
    #[must_use]
    pub fn last(&self) -> &BTreeMap<String, Posting> {
        &self.last
    }

    /// The next word on any document, waiting at most `wait`.
    ///
    /// # Errors
    /// [`Error`] when the topic cannot be read.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Word>, Error> {
        let received = self.scan.next(wait)?;
        Ok(received.and_then(|Received { partition, offset, record, .. }| {
            record.map(|posting| Word { partition, offset, posting })
        }))
    }
}

/// Takes in one word on a document. The words on one stand in one partition, so the last read is the last said.
pub fn hear(last: &mut BTreeMap<String, Posting>, received: Received<Posting>) {
    match received.record {
        Some(posting) => drop(last.insert(posting.document.clone(), posting)),
        None => drop(last.remove(&received.key)),
    }
}

/// Reads the documents whose last word has a status, by document id.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn with_status(cluster: &Cluster, status: &str) -> Result<Vec<Posting>, Error> {
    let Postings { last, .. } = Postings::read(cluster)?;
    Ok(last.into_values().filter(|posting| posting.status == status).collect())
}
