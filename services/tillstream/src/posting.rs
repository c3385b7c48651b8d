//! What became of documents in NetSuite: the last word on each, as `netsuite.postings` tells it.

use std::collections::BTreeMap;

use domain::record::posting::Posting;
use runtime::follow::From;

use crate::cluster::{Cluster, Error};

/// Status of a document that waits for a person.
pub const PARKED: &str = "parked";

/// Reads the documents whose last word has a status, by document id.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn with_status(cluster: &Cluster, status: &str) -> Result<Vec<Posting>, Error> {
    let mut last: BTreeMap<String, Posting> = BTreeMap::new();
    cluster.scan::<Posting>(&[], From::Start)?.to_end(|received| match received.record {
        // A document stays in one partition, since its family decides it, so the last read is the last said.
        Some(posting) => drop(last.insert(posting.document.clone(), posting)),
        None => drop(last.remove(&received.key)),
    })?;
    Ok(last.into_values().filter(|posting| posting.status == status).collect())
}
