//! What the account holds: transactions by internal id, and the one external-id namespace they share.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use crate::account::Id;
use crate::config::DuplicateGuard;
use crate::date::{Date, Moment};

/// Internal ids start here, so that a test which confuses them with line numbers fails.
const FIRST_ID: Id = 10_001;

/// The record types that can be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RecordKind {
    /// `journalEntry`
    JournalEntry,
    /// `inventoryAdjustment`
    InventoryAdjustment,
}

impl RecordKind {
    /// Reads a record type as it stands in a path, in any case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::JournalEntry, Self::InventoryAdjustment]
            .into_iter()
            .find(|kind| text.eq_ignore_ascii_case(kind.name()))
    }

    /// The record type as the REST API browser writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JournalEntry => "journalEntry",
            Self::InventoryAdjustment => "inventoryAdjustment",
        }
    }

    /// The value of `transaction.type` in SuiteQL.
    #[must_use]
    pub fn query_type(self) -> &'static str {
        match self {
            Self::JournalEntry => "Journal",
            Self::InventoryAdjustment => "InvAdjst",
        }
    }

    /// The name of the sublist that holds the lines.
    #[must_use]
    pub fn sublist(self) -> &'static str {
        match self {
            Self::JournalEntry => "line",
            Self::InventoryAdjustment => "inventory",
        }
    }
}

/// A transaction's content: everything but what the account adds when it takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Record type.
    pub kind: RecordKind,
    /// External id, one namespace for all transactions.
    pub external_id: Option<String>,
    /// Transaction date.
    pub date: Date,
    /// Posting period, if the account has periods.
    pub period: Option<Id>,
    /// Subsidiary.
    pub subsidiary: Id,
    /// Currency.
    pub currency: Id,
    /// How its amounts become those of the subsidiary's own currency.
    pub base: Base,
    /// Text for people.
    pub memo: Option<String>,
    /// Adjustment account, on inventory adjustments.
    pub account: Option<Id>,
    /// Lines in the order they were sent. An adjustment's header line, which the account adds, is the first.
    pub lines: Vec<Line>,
}

/// The currency a subsidiary keeps its books in, seen from a document's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Base {
    /// What one unit of the document's currency is worth in it.
    #[serde(serialize_with = "crate::exact::text")]
    pub rate: Decimal,
    /// Its digits after the decimal point.
    pub decimals: u32,
}

impl Base {
    /// An amount of the document in the subsidiary's own currency.
    #[must_use]
    pub fn of(self, amount: Decimal) -> Decimal {
        amount
            .saturating_mul(self.rate)
            .round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero)
    }
}

/// One line of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Line number; 0 is an adjustment's header line.
    pub number: u32,
    /// General-ledger account, if the line has one.
    pub account: Option<Id>,
    /// Debit, never together with a credit.
    #[serde(serialize_with = "crate::exact::serialize", skip_serializing_if = "Option::is_none")]
    pub debit: Option<Decimal>,
    /// Credit, never together with a debit.
    #[serde(serialize_with = "crate::exact::serialize", skip_serializing_if = "Option::is_none")]
    pub credit: Option<Decimal>,
    /// Item, on adjustments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Id>,
    /// Units added, on adjustments.
    #[serde(serialize_with = "crate::exact::serialize", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Value of one unit, on adjustments that state it.
    #[serde(serialize_with = "crate::exact::serialize", skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// Location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Id>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<Id>,
    /// Class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Id>,
    /// Entity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<Id>,
    /// Text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memo: Option<Box<str>>,
}

impl Line {
    /// The amount with debit positive.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        self.debit.unwrap_or_default() - self.credit.unwrap_or_default()
    }
}

/// A transaction the account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// Internal id.
    pub id: Id,
    /// Transaction number (`tranid`).
    pub number: String,
    /// When it was created.
    pub created: Moment,
    /// When it was last changed.
    pub modified: Moment,
    /// What it says.
    #[serde(flatten)]
    pub document: Document,
}

/// All transactions of the account.
#[derive(Debug, Default)]
pub(crate) struct Store {
    transactions: BTreeMap<Id, Transaction>,
    external: HashMap<String, Vec<Id>>,
    created: Id,
    lines: u64,
}

/// A create that the external-id namespace refuses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exists;

impl Store {
    /// Creates a record, or refuses it if its external id is taken and the guard is on.
    pub(crate) fn create(&mut self, document: Document, guard: DuplicateGuard) -> Result<Id, Exists> {
        if guard == DuplicateGuard::Refuse && self.holds(document.external_id.as_deref()) {
            return Err(Exists);
        }
        let id = FIRST_ID + self.created;
        self.created += 1;
        self.lines += document.lines.len() as u64;
        if let Some(external) = &document.external_id {
            self.external.entry(external.clone()).or_default().push(id);
        }
        let now = Moment::now();
        let prefix = match document.kind {
            RecordKind::JournalEntry => "JOU",
            RecordKind::InventoryAdjustment => "INVADJ",
        };
        let number = format!("{prefix}{}", self.created);
        self.transactions.insert(id, Transaction { id, number, created: now, modified: now, document });
        Ok(id)
    }

    /// Whether an external id is taken, by a transaction of any type.
    pub(crate) fn holds(&self, external_id: Option<&str>) -> bool {
        external_id.is_some_and(|external| self.external.contains_key(external))
    }

    /// A transaction by internal id.
    pub(crate) fn get(&self, id: Id) -> Option<&Transaction> {
        self.transactions.get(&id)
    }

    /// The transactions with this external id, oldest first: more than one if the guard was off.
    pub(crate) fn with_external(&self, external: &str) -> impl Iterator<Item = &Transaction> {
        self.external.get(external).into_iter().flatten().filter_map(|id| self.transactions.get(id))
    }

    /// The transactions above an internal id, in ascending order.
    pub(crate) fn above(&self, id: Id) -> impl Iterator<Item = &Transaction> {
        self.transactions
            .range((std::ops::Bound::Excluded(id), std::ops::Bound::Unbounded))
            .map(|(_, transaction)| transaction)
    }

    /// All transactions by ascending internal id.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Transaction> {
        self.transactions.values()
    }

    /// How many transactions and how many lines it holds.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.transactions.len() as u64, self.lines)
    }
}
