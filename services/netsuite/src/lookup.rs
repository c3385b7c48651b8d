//! What NetSuite holds: the questions, their answers, and whether a held record is the document.
//!
//! Records are looked up through SuiteQL, because reading a record fails when a workflow has locked it. A
//! record counts as the document only if its amounts do: an external id alone proves nothing.

use std::collections::BTreeMap;

use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

/// External or internal ids one question may name. Oracle's own lists end at 1,000.
pub const IDS_MAX: usize = 500;

/// Rows of one page of answers.
pub const PAGE_ROWS: usize = 1_000;

/// A question to SuiteQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// JSON body.
    pub body: String,
}

/// A record that NetSuite holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Internal id.
    pub netsuite_id: String,
    /// External id.
    pub external_id: String,
    /// Transaction type, as `Journal` or `InvAdjst`.
    pub kind: String,
}

/// An external id that NetSuite holds more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Double {
    /// External id.
    pub external_id: String,
    /// How many records have it.
    pub held: u64,
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether further rows follow.
    pub more: More,
}

/// Whether further rows follow a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// There are further rows.
    Follows,
    /// This was the last page.
    No,
}

/// Amounts of a journal by account, or quantities of an adjustment by item and location; zeros left out.
pub type Totals = BTreeMap<Vec<String>, Decimal>;

/// An answer that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not the JSON of a page.
    #[error("the answer is no page of rows: {0}")]
    Shape(String),
    /// A row lacks a column or has nonsense in it.
    #[error("the column {column} of a row is missing or not understood")]
    Column {
        /// Name of the column.
        column: &'static str,
    },
}

/// Asks which of these external ids NetSuite holds, and under which internal ids.
#[must_use]
pub fn holders(external_ids: &[&str]) -> Question {
    question("SELECT id, externalid, type FROM transaction WHERE externalid IN", external_ids, " ORDER BY id")
}

/// Asks for external ids of our own documents that are held more than once.
#[must_use]
pub fn doubles() -> Question {
    let text = "SELECT externalid, COUNT(*) AS held FROM transaction \
                WHERE externalid LIKE 'JE%' OR externalid LIKE 'IA%' \
                GROUP BY externalid HAVING COUNT(*) > 1 ORDER BY externalid";
    Question { body: json!({ "q": text }).to_string() }
}

/// Asks for the amounts of journals by line and account, in the currency of the document.
///
/// Only a line knows its amount in that currency, and only an accounting line its account. The latter is
/// there once for each accounting book, so a line is taken once, however often it is there.
#[must_use]
pub fn journal_totals(netsuite_ids: &[&str]) -> Question {
    question(
        "SELECT l.transaction, l.id, a.account, MAX(l.foreignamount) AS total FROM transactionline l \
         JOIN transactionaccountingline a ON a.transaction = l.transaction AND a.transactionline = l.id \
         WHERE l.transaction IN",
        netsuite_ids,
        " GROUP BY l.transaction, l.id, a.account ORDER BY l.transaction, l.id, a.account",
    )
}

/// Asks for the quantities of adjustments by item and location.
#[must_use]
pub fn adjustment_totals(netsuite_ids: &[&str]) -> Question {
    question(
        "SELECT transaction, item, location, SUM(quantity) AS total FROM transactionline WHERE transaction IN",
        netsuite_ids,
        " AND mainline = 'F' GROUP BY transaction, item, location ORDER BY transaction, item, location",
    )
}

fn question(head: &str, ids: &[&str], tail: &str) -> Question {
    let markers = vec!["?"; ids.len()].join(", ");
    Question { body: json!({ "q": format!("{head} ({markers}){tail}"), "params": ids }).to_string() }
}

/// Reads the answer to [`holders`].
///
/// # Errors
/// [`Error`] when the body is not a page of such rows.
pub fn read_holders(body: &str) -> Result<Page<Held>, Error> {
    read(body, |row| {
        Ok(Held {
            netsuite_id: row.text("id")?.to_owned(),
            external_id: row.text("externalid")?.to_owned(),
            kind: row.text("type")?.to_owned(),
        })
    })
}

/// Reads the answer to [`doubles`].
///
/// # Errors
/// [`Error`] when the body is not a page of such rows.
pub fn read_doubles(body: &str) -> Result<Page<Double>, Error> {
    read(body, |row| {
        let held = row.text("held")?.parse().map_err(|_| Error::Column { column: "held" })?;
        Ok(Double { external_id: row.text("externalid")?.to_owned(), held })
    })
}

/// Reads the answer to [`journal_totals`]: internal id, account and amount of each line.
///
/// # Errors
/// [`Error`] when the body is not a page of such rows.
pub fn read_journal_totals(body: &str) -> Result<Page<(String, Vec<String>, Decimal)>, Error> {
    read(body, |row| row.total(&["account"]))
}

/// Reads the answer to [`adjustment_totals`]: internal id, item and location, and total of each row.
///
/// # Errors
/// [`Error`] when the body is not a page of such rows.
pub fn read_adjustment_totals(body: &str) -> Result<Page<(String, Vec<String>, Decimal)>, Error> {
    read(body, |row| row.total(&["item", "location"]))
}

/// The totals NetSuite should show for a journal: debits positive, by account.
#[must_use]
pub fn expected_of_journal(document: &JournalEntry) -> Totals {
    sum(document.lines.iter().map(|line| {
        let debit = line.debit.unwrap_or_default().decimal();
        let credit = line.credit.unwrap_or_default().decimal();
        (vec![line.account_netsuite_id.clone()], debit - credit)
    }))
}

/// The totals NetSuite should show for an adjustment: units by item and location.
#[must_use]
pub fn expected_of_adjustment(document: &Adjustment) -> Totals {
    sum(document.lines.iter().map(|line| {
        let key = vec![line.netsuite_item.clone(), document.location_netsuite_id.clone()];
        (key, line.quantity.decimal())
    }))
}

/// The totals of one held record out of the rows of an answer.
#[must_use]
pub fn totals_of(netsuite_id: &str, rows: &[(String, Vec<String>, Decimal)]) -> Totals {
    let own = rows.iter().filter(|(id, _, _)| id == netsuite_id);
    sum(own.map(|(_, key, total)| (key.clone(), *total)))
}

fn sum(parts: impl Iterator<Item = (Vec<String>, Decimal)>) -> Totals {
    let mut totals = Totals::new();
    for (key, part) in parts {
        let total = totals.entry(key).or_default();
        *total = total.saturating_add(part).normalize();
    }
    totals.retain(|_, total| !total.is_zero());
    totals
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPage<'a> {
    #[serde(borrow)]
    items: Vec<BTreeMap<String, &'a RawValue>>,
    #[serde(default)]
    has_more: bool,
}

struct Row(BTreeMap<String, String>);

impl Row {
    fn text(&self, column: &'static str) -> Result<&str, Error> {
        self.0.get(column).map(String::as_str).ok_or(Error::Column { column })
    }

    fn total(&self, key: &[&'static str]) -> Result<(String, Vec<String>, Decimal), Error> {
        let key = key.iter().map(|column| self.text(column).map(str::to_owned)).collect::<Result<_, _>>()?;
        // A sum over nothing but nulls is null, and null columns are left out of a row.
        let total = match self.0.get("total") {
            None => Decimal::ZERO,
            Some(text) => decimal(text).ok_or(Error::Column { column: "total" })?,
        };
        Ok((self.text("transaction")?.to_owned(), key, total))
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}

fn read<Out>(body: &str, row: impl Fn(&Row) -> Result<Out, Error>) -> Result<Page<Out>, Error> {
    let page: RawPage<'_> = serde_json::from_str(body).map_err(|error| Error::Shape(error.to_string()))?;
    let rows = page.items.into_iter().map(|raw| row(&plain(&raw))).collect::<Result<_, _>>()?;
    Ok(Page { rows, more: if page.has_more { More::Follows } else { More::No } })
}

/// The columns of a row as texts, whether they came as texts or as numbers. Nulls and links are left out.
fn plain(raw: &BTreeMap<String, &RawValue>) -> Row {
    let column = |(name, value): (&String, &&RawValue)| {
        let text = value.get();
        let text = match text.as_bytes().first()? {
            b'"' => serde_json::from_str(text).ok()?,
            b'-' | b'0'..=b'9' => text.to_owned(),
            _ => return None,
        };
        Some((name.to_ascii_lowercase(), text))
    };
    Row(raw.iter().filter_map(column).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ids_are_bound_not_written_into_the_text() {
        let question = holders(&["JE_1", "IA_1"]);
        let body: serde_json::Value = serde_json::from_str(&question.body).unwrap();
        assert_eq!(body["params"], json!(["JE_1", "IA_1"]));
        let text = body["q"].as_str().unwrap();
        assert!(text.ends_with("WHERE externalid IN (?, ?) ORDER BY id"), "{text}");
    }

    #[test]
    fn rows_are_read_whether_numbers_come_as_texts_or_not() {
        let body = r#"{"items":[
            {"links":[],"transaction":"7","account":"58","total":"12.30"},
            {"links":[],"transaction":7,"account":4,"total":-12.300000000000000001},
            {"links":[],"TRANSACTION":"8","account":"4"},
            {"links":[],"transaction":"8","account":"5","total":1E2}],"hasMore":true}"#;
        let page = read_journal_totals(body).unwrap();
        assert_eq!(page.more, More::Follows);
        let shown: Vec<String> =
            page.rows.iter().map(|(id, key, total)| format!("{id} {} {total}", key.join("/"))).collect();
        assert_eq!(shown, ["7 58 12.30", "7 4 -12.300000000000000001", "8 4 0", "8 5 100"]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let cases = [
            ("", true),
            ("{}", true),
            (r#"{"items":{}}"#, true),
            (r#"{"items":[{"id":"1","type":"Journal"}]}"#, false),
            (r#"{"items":[{"id":"1","externalid":null,"type":"Journal"}]}"#, false),
        ];
        for (body, shape) in cases {
            let error = read_holders(body).unwrap_err();
            assert_eq!(matches!(error, Error::Shape(_)), shape, "{body}: {error}");
        }
    }

    #[test]
    fn totals_ignore_order_zeros_and_trailing_digits() {
        let line =
            |account: &str, debit: Option<&str>, credit: Option<&str>| domain::record::journal::JournalLine {
                account_netsuite_id: account.to_owned(),
                debit: debit.map(|amount| amount.parse().unwrap()),
                credit: credit.map(|amount| amount.parse().unwrap()),
                ..Default::default()
            };
        let document = JournalEntry {
            lines: vec![
                line("58", Some("10.00"), None),
                line("4", None, Some("12.00")),
                line("58", Some("2.00"), None),
                line("9", Some("1.00"), None),
                line("9", None, Some("1.00")),
            ],
            ..Default::default()
        };
        let row =
            |account: &str, total: &str| ("7".to_owned(), vec![account.to_owned()], total.parse().unwrap());
        let rows = [row("9", "0"), row("4", "-12"), row("58", "12.000")];
        assert_eq!(expected_of_journal(&document), totals_of("7", &rows));
        assert_ne!(expected_of_journal(&document), totals_of("7", &rows[1..2]));
        assert!(totals_of("8", &rows).is_empty());
    }
}
