//! What is sent for a document: the record type and a body with every digit of its amounts.
//!
//! A document that NetSuite would refuse through our own fault is refused here, with every reason, before a
//! request is spent on it. Nothing is rounded, defaulted or left out.

use std::borrow::Cow;

use domain::currency::Currency;
use domain::number::{Amount, Quantity, UnitPrice};
use domain::record::inventory::{Adjustment, AdjustmentLine};
use domain::record::journal::{JournalEntry, JournalLine};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

/// NetSuite takes no journal with more lines; adjustments are held to the same number.
pub const LINES_MAX: usize = 1_000;

/// The record types the connector creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    /// `journalEntry`
    JournalEntry,
    /// `inventoryAdjustment`
    InventoryAdjustment,
}

impl RecordType {
    /// The record type as it stands in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JournalEntry => "journalEntry",
            Self::InventoryAdjustment => "inventoryAdjustment",
        }
    }

    /// The kind of document on `netsuite.postings`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::JournalEntry => "journal_entry",
            Self::InventoryAdjustment => "inventory_adjustment",
        }
    }
}

/// A create, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Record type.
    pub record_type: RecordType,
    /// External id, which is the document id.
    pub external_id: String,
    /// JSON body.
    pub body: String,
}

/// Why a document must not be sent: our own mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The id has characters that NetSuite reads as something else.
    #[error("document id `{0}` cannot be an external id; it may hold letters, digits, `_` and `-`")]
    ExternalId(String),
    /// A NetSuite id is empty.
    #[error("{place} has no NetSuite id; set it in the masters or the account map")]
    NoId {
        /// Where it is missing.
        place: String,
    },
    /// The document has no lines.
    #[error("the document has no lines")]
    NoLines,
    /// The document has more lines than NetSuite takes.
    #[error("the document has {0} lines, NetSuite takes {LINES_MAX}; lower lines_max in the account map")]
    TooManyLines(usize),
    /// A journal line is not exactly a debit or a credit above zero.
    #[error("line {0} must have either a debit or a credit, above zero")]
    Side(usize),
    /// An amount has more decimals than its currency.
    #[error("line {line} has {amount}, which has more decimals than {currency}")]
    Decimals {
        /// Line, from 1.
        line: usize,
        /// Its amount.
        amount: Amount,
        /// Currency of the document.
        currency: String,
    },
    /// The currency is not one that money can be in.
    #[error(transparent)]
    Currency(#[from] domain::currency::Error),
    /// Debits and credits differ.
    #[error("debits of {debit} and credits of {credit} do not balance")]
    Unbalanced {
        /// Sum of debits.
        debit: Decimal,
        /// Sum of credits.
        credit: Decimal,
    },
    /// An adjustment line moves nothing.
    #[error("line {0} moves nothing")]
    NoQuantity(usize),
    /// The segment of an adjustment is neither a department nor a class.
    #[error("segment `{0}` is not understood; write it as department:12 or class:3")]
    Segment(String),
    /// The body could not be written.
    #[error("the body cannot be written: {0}")]
    Body(String),
}

/// Makes the create of a journal entry.
///
/// # Errors
/// Every reason for which the document must not be sent.
pub fn journal(document: &JournalEntry) -> Result<Create, Vec<Problem>> {
    let mut problems = Vec::new();
    check_header(&document.id, &document.subsidiary_netsuite_id, document.lines.len(), &mut problems);
    check_money(document, &mut problems);
    for (number, line) in (1..).zip(&document.lines) {
        check_id(&line.account_netsuite_id, || format!("the account of line {number}"), &mut problems);
    }
    let body = JournalBody {
        external_id: &document.id,
        subsidiary: Reference::to(&document.subsidiary_netsuite_id),
        currency: document.currency_netsuite_id.as_deref().map(Reference::to),
        tran_date: document.business_date.to_string(),
        memo: memo(Cow::Borrowed(&document.memo), document.group.as_deref()),
        line: Items { items: document.lines.iter().map(journal_item).collect() },
    };
    finish(RecordType::JournalEntry, &document.id, &body, problems)
}

/// Makes the create of an inventory adjustment.
///
/// # Errors
/// Every reason for which the document must not be sent.
pub fn adjustment(document: &Adjustment) -> Result<Create, Vec<Problem>> {
    let mut problems = Vec::new();
    check_header(&document.id, &document.subsidiary_netsuite_id, document.lines.len(), &mut problems);
    check_id(&document.account_netsuite_id, || "the adjustment account".to_owned(), &mut problems);
    check_id(&document.location_netsuite_id, || format!("location {}", document.location), &mut problems);
    for (number, line) in (1..).zip(&document.lines) {
        check_id(&line.netsuite_item, || format!("item {} of line {number}", line.item), &mut problems);
        if line.quantity.is_zero() {
            problems.push(Problem::NoQuantity(number));
        }
    }
    let segments = Segments::read(document.segment.as_deref(), &mut problems);
    let item = |line| adjustment_item(document, line, segments);
    let body = AdjustmentBody {
        external_id: &document.id,
        subsidiary: Reference::to(&document.subsidiary_netsuite_id),
        account: Reference::to(&document.account_netsuite_id),
        adj_location: Reference::to(&document.location_netsuite_id),
        department: segments.department.map(Reference::to),
        class: segments.class.map(Reference::to),
        tran_date: document.business_date.to_string(),
        memo: memo(Cow::Owned(adjustment_text(document)), document.group.as_deref()),
        inventory: Items { items: document.lines.iter().map(item).collect() },
    };
    finish(RecordType::InventoryAdjustment, &document.id, &body, problems)
}

/// What a person reads on the record: beside its text the group, by which its partners in the books of other
/// subsidiaries are found.
fn memo<'a>(text: Cow<'a, str>, group: Option<&str>) -> Cow<'a, str> {
    match group {
        None => text,
        Some(group) => Cow::Owned(format!("{text}, group {group}")),
    }
}

/// The text of an adjustment, which has none of its own.
fn adjustment_text(document: &Adjustment) -> String {
    format!("{} {} version {}", document.store, document.reason, document.version)
}

fn check_header(id: &str, subsidiary: &str, lines: usize, problems: &mut Vec<Problem>) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || !id.bytes().all(allowed) {
        problems.push(Problem::ExternalId(id.to_owned()));
    }
    check_id(subsidiary, || "the subsidiary".to_owned(), problems);
    match lines {
        0 => problems.push(Problem::NoLines),
        1..=LINES_MAX => {}
        too_many => problems.push(Problem::TooManyLines(too_many)),
    }
}

fn check_id(id: &str, place: impl FnOnce() -> String, problems: &mut Vec<Problem>) {
    if id.is_empty() {
        problems.push(Problem::NoId { place: place() });
    }
}

fn check_money(document: &JournalEntry, problems: &mut Vec<Problem>) {
    let currency = Currency::parse(&document.currency);
    let (mut debit, mut credit) = (Decimal::ZERO, Decimal::ZERO);
    for (number, line) in (1..).zip(&document.lines) {
        let amount = match (line.debit, line.credit) {
            (Some(amount), None) => {
                debit += amount.decimal();
                amount
            }
            (None, Some(amount)) => {
                credit += amount.decimal();
                amount
            }
            (Some(_), Some(_)) | (None, None) => {
                problems.push(Problem::Side(number));
                continue;
            }
        };
        if amount.is_zero() || amount.is_negative() {
            problems.push(Problem::Side(number));
        }
        if let Ok(currency) = currency
            && !amount.fits_minor_units(currency.minor_units())
        {
            problems.push(Problem::Decimals { line: number, amount, currency: document.currency.clone() });
        }
    }
    if debit != credit {
        problems.push(Problem::Unbalanced { debit, credit });
    }
    if let Err(error) = currency {
        problems.push(error.into());
    }
}

fn finish(
    record_type: RecordType,
    id: &str,
    body: &impl Serialize,
    mut problems: Vec<Problem>,
) -> Result<Create, Vec<Problem>> {
    match serde_json::to_string(body) {
        Ok(body) if problems.is_empty() => Ok(Create { record_type, external_id: id.to_owned(), body }),
        Ok(_) => Err(problems),
        Err(error) => {
            problems.push(Problem::Body(error.to_string()));
            Err(problems)
        }
    }
}

/// The one segment of an adjustment, as its document names it.
#[derive(Debug, Clone, Copy, Default)]
struct Segments<'a> {
    department: Option<&'a str>,
    class: Option<&'a str>,
}

impl<'a> Segments<'a> {
    fn read(segment: Option<&'a str>, problems: &mut Vec<Problem>) -> Self {
        let Some(segment) = segment else { return Self::default() };
        match segment.split_once(':') {
            Some(("department", id)) if !id.is_empty() => Self { department: Some(id), class: None },
            Some(("class", id)) if !id.is_empty() => Self { department: None, class: Some(id) },
            Some(_) | None => {
                problems.push(Problem::Segment(segment.to_owned()));
                Self::default()
            }
        }
    }
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
}

impl<'a> Reference<'a> {
    const fn to(id: &'a str) -> Self {
        Self { id }
    }
}

#[derive(Serialize)]
struct Items<Item> {
    items: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JournalBody<'a> {
    external_id: &'a str,
    subsidiary: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Reference<'a>>,
    tran_date: String,
    memo: Cow<'a, str>,
    line: Items<JournalItem<'a>>,
}

#[derive(Serialize)]
struct JournalItem<'a> {
    account: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debit: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
}

fn journal_item(line: &JournalLine) -> JournalItem<'_> {
    JournalItem {
        account: Reference::to(&line.account_netsuite_id),
        debit: line.debit.and_then(amount),
        credit: line.credit.and_then(amount),
        department: line.department_netsuite_id.as_deref().map(Reference::to),
        class: line.class_netsuite_id.as_deref().map(Reference::to),
        location: line.location_netsuite_id.as_deref().map(Reference::to),
        memo: line.memo.as_deref(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdjustmentBody<'a> {
    external_id: &'a str,
    subsidiary: Reference<'a>,
    account: Reference<'a>,
    adj_location: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Reference<'a>>,
    tran_date: String,
    memo: Cow<'a, str>,
    inventory: Items<AdjustmentItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdjustmentItem<'a> {
    item: Reference<'a>,
    location: Reference<'a>,
    adjust_qty_by: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_cost: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Reference<'a>>,
}

fn adjustment_item<'a>(
    document: &'a Adjustment,
    line: &'a AdjustmentLine,
    segments: Segments<'a>,
) -> AdjustmentItem<'a> {
    AdjustmentItem {
        item: Reference::to(&line.netsuite_item),
        location: Reference::to(&document.location_netsuite_id),
        adjust_qty_by: quantity(line.quantity),
        unit_cost: unit_cost(document, line).and_then(|cost| number(cost.decimal())),
        department: segments.department.map(Reference::to),
        class: segments.class.map(Reference::to),
    }
}

/// The unit cost that NetSuite is told: it values what comes into stock, in the currency that the subsidiary keeps its
/// books in. What is stated in another currency stays on the topic.
fn unit_cost(document: &Adjustment, line: &AdjustmentLine) -> Option<UnitPrice> {
    let is_own = line.cost_currency.is_some() && line.cost_currency == document.currency;
    line.unit_cost.filter(|_| is_own && !line.quantity.is_negative())
}

fn amount(amount: Amount) -> Option<Box<RawValue>> {
    number(amount.decimal())
}

fn quantity(quantity: Quantity) -> Option<Box<RawValue>> {
    number(quantity.decimal())
}

/// A decimal as a JSON number with all its digits; the text of a decimal is always one.
fn number(value: Decimal) -> Option<Box<RawValue>> {
    RawValue::from_string(value.normalize().to_string()).ok()
}
