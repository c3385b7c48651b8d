//! What is remembered of a document until it is settled, as it stands in the changelog.

use domain::calendar::Timestamp;
use domain::record::Bytes;
use serde::{Deserialize, Serialize};

use super::{Document, Refusal};

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A request was recorded and may have been sent.
    Attempted,
    /// Behind a parked one of its family.
    Waiting,
    /// Refused.
    Parked,
    /// NetSuite holds it.
    Posted,
}

impl Status {
    /// The word in the changelog and on `netsuite.postings`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Attempted => "attempted",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Posted => "posted",
        }
    }
}

/// One document. A state record; it is removed once the lead offset has passed a posted one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentState {
    /// Offset of the document in its topic.
    pub offset: i64,
    /// Its family.
    pub family: String,
    /// attempted, waiting, parked or posted.
    pub status: String,
    /// Requests so far.
    pub attempts: i32,
    /// After this instant no request of the last attempt leaves any more; 1970 once it was refused.
    pub deadline: Timestamp,
    /// Internal id in NetSuite, once posted.
    #[serde(default)]
    pub netsuite_id: Option<String>,
    /// Class of the last refusal.
    #[serde(default)]
    pub class: Option<String>,
    /// Words of the last refusal.
    #[serde(default)]
    pub detail: Option<String>,
    /// The document as it was read, while its offset may be passed before it is posted.
    #[serde(default)]
    pub body: Option<Bytes>,
}

impl DocumentState {
    /// Where the document stands; a word of a later version is taken as an attempt, so that it is looked up.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.status.as_str() {
            "waiting" => Status::Waiting,
            "parked" => Status::Parked,
            "posted" => Status::Posted,
            _ => Status::Attempted,
        }
    }

    pub(super) fn waiting<D: Document>(document: &D, offset: i64, body: &[u8]) -> Self {
        Self {
            offset,
            family: document.family().to_owned(),
            status: Status::Waiting.word().to_owned(),
            body: Some(Bytes(body.to_vec())),
            ..Self::default()
        }
    }

    /// An attempt keeps the body of a document that was held.
    pub(super) fn attempt(&mut self, offset: i64, family: &str, deadline: Timestamp) {
        self.offset = offset;
        family.clone_into(&mut self.family);
        Status::Attempted.word().clone_into(&mut self.status);
        self.attempts = self.attempts.saturating_add(1);
        self.deadline = deadline;
    }

    pub(super) fn park(&mut self, offset: i64, family: &str, refusal: &Refusal, body: Vec<u8>) {
        self.offset = offset;
        family.clone_into(&mut self.family);
        Status::Parked.word().clone_into(&mut self.status);
        self.class = Some(refusal.class.clone());
        self.detail = Some(refusal.detail.clone());
        self.body = Some(Bytes(body));
    }

    /// The last attempt was answered with a refusal: its request has ended and did nothing.
    pub(super) fn end_doubt(&mut self) {
        self.deadline = Timestamp::default();
    }

    /// True when no request of the document may still run: the last one was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.status() == Status::Parked && self.deadline == Timestamp::default()
    }

    pub(super) fn settle(&mut self, netsuite_id: &str) {
        Status::Posted.word().clone_into(&mut self.status);
        self.netsuite_id = Some(netsuite_id.to_owned());
        self.class = None;
        self.detail = None;
        self.body = None;
    }
}
