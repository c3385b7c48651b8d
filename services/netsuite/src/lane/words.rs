//! What a lane is told and what it asks for.

use std::sync::Arc;

use domain::calendar::Timestamp;

use super::Status;

/// A document as far as a lane needs to know it.
pub trait Document: Clone + Send + Sync + 'static {
    /// External id: one document, one id, for ever.
    fn id(&self) -> &str;
    /// What must be posted in order, one at a time.
    fn family(&self) -> &str;
}

/// What the account does with a second create of one external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DuplicateGuard {
    /// It refuses it: a create may be repeated at once.
    Refused,
    /// Nobody has tried: a create is repeated only when the first one can no longer run.
    Unknown,
}

/// Limits and times of a lane.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Documents read and not settled.
    pub queue: usize,
    /// Documents held in the state because their family is parked.
    pub parked: usize,
    /// Milliseconds an attempt may take from its record to its request leaving.
    pub send_within: i64,
    /// Milliseconds after which a request that left can no longer run: NetSuite's 15 minutes and one.
    pub runs_within: i64,
    /// Milliseconds between two tries of a parked document.
    pub park_retry: i64,
    /// Milliseconds before the first repetition; doubles with each.
    pub backoff: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 256,
            parked: 10_000,
            send_within: 60_000,
            runs_within: 16 * 60_000,
            park_retry: 3_600_000,
            backoff: 500,
        }
    }
}

/// What the outside must do.
#[derive(Debug, Clone)]
pub enum Effect<D> {
    /// Create the document, once, not after the deadline.
    Post {
        /// The document.
        document: Arc<D>,
        /// Its handle, to be repeated in the answer.
        handle: Handle,
        /// After this instant the request must not leave any more: answer [`Outcome::Expired`].
        deadline: Timestamp,
        /// Milliseconds to wait first.
        wait: i64,
    },
    /// Look the document up by its external id and compare it.
    LookUp {
        /// The document.
        document: Arc<D>,
        /// Its handle, to be repeated in the answer.
        handle: Handle,
        /// Milliseconds to wait first.
        wait: i64,
    },
}

/// Names one effect on one document, so that an answer that comes too late is not taken for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    pub(super) offset: i64,
    pub(super) number: u64,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Handle of the effect.
    pub handle: Handle,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer.
    pub outcome: Outcome,
}

/// What is known after an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was created.
    Posted(String),
    /// It was refused, and will be until someone changes something.
    Refused(Refusal),
    /// The account holds this external id already.
    AlreadyExists,
    /// The request surely did not run: it was turned away or never left.
    NotRun(String),
    /// The request may have run, or may still run.
    Unknown(String),
    /// The deadline had passed and nothing was sent.
    Expired,
    /// The account holds the document with the same amounts.
    Found(String),
    /// The account holds the external id with other amounts.
    FoundOther(String),
    /// The account does not hold the external id at this moment.
    NotFound,
    /// The look-up itself failed.
    LookUpFailed(String),
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// our_bug, master_data, configuration or closed_period.
    pub class: String,
    /// NetSuite's own words.
    pub detail: String,
}

/// What to tell the world of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<D> {
    /// The document.
    pub document: Arc<D>,
    /// Where it stands.
    pub status: Status,
    /// Internal id, once posted.
    pub netsuite_id: Option<String>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Requests so far.
    pub attempts: i32,
    /// When this was known.
    pub at: Timestamp,
}

/// What a lane does when it is asked to try a document again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It is tried on the next turn.
    Due,
    /// It is not parked here: unknown, posted, behind another one, or just being tried. Nothing changes.
    NotParked,
}

/// What a lane does with a document it is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is queued, parked behind its family, or settled already.
    Yes,
    /// There is no room; offer it again later.
    Later,
}
