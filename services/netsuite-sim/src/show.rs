//! How a held record looks when it is read back through the record service.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::account::Id;
use crate::store::{self, RecordKind, Transaction};

/// Whether a record comes with its lines: `expandSubResources`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// As links only.
    Linked,
    /// As objects.
    Expanded,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    links: [Link; 1],
    id: String,
    tran_id: &'a str,
    tran_date: String,
    created_date: String,
    last_modified_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
    subsidiary: Reference,
    currency: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting_period: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<Sublist<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory: Option<Sublist<'a>>,
}

#[derive(Serialize)]
struct Link {
    rel: &'static str,
    href: String,
}

#[derive(Serialize)]
struct Reference {
    links: [Link; 0],
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sublist<'a> {
    links: [Link; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Line<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debit: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjust_qty_by: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_cost: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
}

/// The body of a record.
///
/// # Errors
/// Never for a held record; the type says so because serialization can fail in general.
pub(crate) fn record(
    transaction: &Transaction,
    origin: &str,
    lines: Lines,
) -> Result<String, serde_json::Error> {
    let document = &transaction.document;
    let kind = document.kind;
    let address = format!("{origin}/services/rest/record/v1/{}/{}", kind.name(), transaction.id);
    let sublist = sublist(transaction, format!("{address}/{}", kind.sublist()), lines);
    let (line, inventory) = match kind {
        RecordKind::JournalEntry => (Some(sublist), None),
        RecordKind::InventoryAdjustment => (None, Some(sublist)),
    };
    let record = Record {
        links: [Link { rel: "self", href: address }],
        id: transaction.id.to_string(),
        tran_id: &transaction.number,
        tran_date: document.date.to_string(),
        created_date: transaction.created.to_string(),
        last_modified_date: transaction.modified.to_string(),
        external_id: document.external_id.as_deref(),
        memo: document.memo.as_deref(),
        subsidiary: reference(document.subsidiary),
        currency: reference(document.currency),
        posting_period: document.period.map(reference),
        account: document.account.map(reference),
        line,
        inventory,
    };
    serde_json::to_string(&record)
}

fn sublist(transaction: &Transaction, address: String, lines: Lines) -> Sublist<'_> {
    let links = [Link { rel: "self", href: address }];
    match lines {
        Lines::Linked => Sublist { links, items: None, total_results: None },
        Lines::Expanded => {
            let document = &transaction.document;
            let sent = document.lines.iter().filter(|line| line.number > 0);
            let items: Vec<Line<'_>> = sent.map(|line| self::line(document.kind, line)).collect();
            Sublist { links, total_results: Some(items.len()), items: Some(items) }
        }
    }
}

/// A line as it was sent: what the account booked for an adjustment's value is not among its fields.
fn line(kind: RecordKind, line: &store::Line) -> Line<'_> {
    let own = |value: Option<Decimal>| value.filter(|_| kind == RecordKind::JournalEntry).and_then(number);
    Line {
        line: line.number,
        account: line.account.filter(|_| kind == RecordKind::JournalEntry).map(reference),
        debit: own(line.debit),
        credit: own(line.credit),
        item: line.item.map(reference),
        adjust_qty_by: line.quantity.and_then(number),
        unit_cost: line.unit_cost.and_then(number),
        location: line.location.map(reference),
        department: line.department.map(reference),
        class: line.class.map(reference),
        entity: line.entity.map(reference),
        memo: line.memo.as_deref(),
    }
}

fn reference(id: Id) -> Reference {
    Reference { links: [], id: id.to_string() }
}

/// The decimal with all its digits, which a float would not keep.
fn number(value: Decimal) -> Option<Box<RawValue>> {
    RawValue::from_string(value.normalize().to_string()).ok()
}
