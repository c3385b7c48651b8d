//! The two kinds of documents, as lane, sender and shard know them.

use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use serde::{Deserialize, Serialize};
use wire::Subject;

use crate::lane::{Document, DocumentState};
use crate::lookup::{self, Page, Question, Totals};
use crate::request::{self, Create, Problem, RecordType};

/// Rows of totals as an answer has them: internal id, key, total.
type Rows = Page<(String, Vec<String>, rust_decimal::Decimal)>;

/// A document that can be created in NetSuite and compared with what NetSuite holds.
pub trait Postable: Document + Subject {
    /// Topic the documents come from.
    const TOPIC: &'static str;
    /// Private changelog of the lane.
    const CHANGELOG: &'static str;
    /// Consumer group of the lane.
    const GROUP: &'static str;
    /// Record type in NetSuite.
    const RECORD_TYPE: RecordType;
    /// State record of the lane.
    type State: Subject + From<DocumentState> + Into<DocumentState> + Clone + std::fmt::Debug;

    /// The create of the document.
    ///
    /// # Errors
    /// Every reason for which it must not be sent.
    fn create(&self) -> Result<Create, Vec<Problem>>;

    /// Asks for the totals of one held record.
    fn ask_totals(netsuite_id: &str) -> Question;

    /// Reads the answer to [`Postable::ask_totals`].
    ///
    /// # Errors
    /// [`lookup::Error`] when the body is not a page of such rows.
    fn read_totals(body: &str) -> Result<Rows, lookup::Error>;

    /// The totals NetSuite should show.
    fn totals(&self) -> Totals;
}

/// State record of the journal lane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JournalState(DocumentState);

/// State record of the adjustment lane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AdjustmentState(DocumentState);

macro_rules! lane {
    (
        $document:ty, $state:ty, $topic:literal, $group:literal, $changelog:literal, $record_type:ident,
        $create:path, $ask:path, $read:path, $expected:path
    ) => {
        impl Document for $document {
            fn id(&self) -> &str {
                &self.id
            }

            fn family(&self) -> &str {
                &self.family
            }
        }

        impl Subject for $state {
            const SUBJECT: &'static str = concat!($changelog, "-value");
        }

        impl From<DocumentState> for $state {
            fn from(state: DocumentState) -> Self {
                Self(state)
            }
        }

        impl From<$state> for DocumentState {
            fn from(state: $state) -> Self {
                state.0
            }
        }

        impl Postable for $document {
            const TOPIC: &'static str = $topic;
            const CHANGELOG: &'static str = $changelog;
            const GROUP: &'static str = $group;
            const RECORD_TYPE: RecordType = RecordType::$record_type;
            type State = $state;

            fn create(&self) -> Result<Create, Vec<Problem>> {
                $create(self)
            }

            fn ask_totals(netsuite_id: &str) -> Question {
                $ask(&[netsuite_id])
            }

            fn read_totals(body: &str) -> Result<Rows, lookup::Error> {
                $read(body)
            }

            fn totals(&self) -> Totals {
                $expected(self)
            }
        }
    };
}

lane!(
    JournalEntry,
    JournalState,
    "journal.entries",
    "netsuite-journals",
    "netsuite-journals.changelog",
    JournalEntry,
    request::journal,
    lookup::journal_totals,
    lookup::read_journal_totals,
    lookup::expected_of_journal
);

lane!(
    Adjustment,
    AdjustmentState,
    "inventory.adjustments",
    "netsuite-adjustments",
    "netsuite-adjustments.changelog",
    InventoryAdjustment,
    request::adjustment,
    lookup::adjustment_totals,
    lookup::read_adjustment_totals,
    lookup::expected_of_adjustment
);
