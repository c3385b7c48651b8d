//! What became of documents in NetSuite, as published on `netsuite.postings`, and what people order about
//! them on `netsuite.commands`.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;

/// What became of a document in NetSuite. Key: the document id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Document id and external id.
    pub document: String,
    /// Family of the document.
    pub family: String,
    /// journal_entry, inventory_adjustment. Open vocabulary.
    pub kind: String,
    /// posted, parked. Open vocabulary.
    pub status: String,
    /// Internal id in NetSuite, once posted.
    #[serde(default)]
    pub netsuite_id: Option<String>,
    /// Class of a refusal: our_bug, master_data, configuration, closed_period.
    #[serde(default)]
    pub class: Option<String>,
    /// NetSuite's own words, cut at 2,000 characters.
    #[serde(default)]
    pub detail: Option<String>,
    /// Requests sent so far.
    pub attempts: i32,
    /// When the answer was understood.
    pub at: Timestamp,
}

/// An order of a person about one document that goes to NetSuite. Key: the family of the document, so that
/// it stands in the partition of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingCommand {
    /// Id of the command, unique.
    pub id: String,
    /// retry: try a parked document again at once. Open vocabulary; a word that is not known is skipped.
    pub kind: String,
    /// Document id and external id.
    pub document: String,
    /// journal_entry, inventory_adjustment. Open vocabulary.
    pub document_kind: String,
    /// Family of the document.
    pub family: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who issued it.
    pub issued_by: String,
    /// Why, in the person's words.
    #[serde(default)]
    pub reason: Option<String>,
}
