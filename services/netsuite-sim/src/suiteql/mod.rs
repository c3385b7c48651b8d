//! SuiteQL, as much of it as it takes to read back what the account holds.
//!
//! The subset: `SELECT` of columns, `COUNT`, `SUM`, `MIN`, `MAX`, `TO_CHAR`, or `*`; `FROM` one table; up to three
//! `JOIN` or `LEFT JOIN` on equal pairs of columns; `WHERE` and `HAVING` with comparisons, `IN`, `BETWEEN`,
//! `LIKE`, `IS NULL`, `AND`, `OR`, `NOT`, `?`; `GROUP BY`; `ORDER BY`; `FETCH FIRST n ROWS ONLY`; literals, among
//! them `TO_DATE('2026-01-31', 'YYYY-MM-DD')`. Anything else is refused with words that say so.
//!
//! As on the real service, keys come back in lower case, numbers as strings, dates in the account's own format,
//! null columns not at all, and no query sees more than 100,000 rows.

mod parse;
mod plan;
mod run;
mod table;
mod token;

use std::borrow::Cow;
use std::cmp::Ordering;

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Output, json};

use crate::account::Masters;
use crate::date::{Date, Moment};
use crate::error::{Refusal, Reply, Shape};
use crate::json::Json;
use crate::store::Store;

/// Rows a query can see at most; what lies beyond is cut off without a word.
const ROWS_MAX: usize = 100_000;

/// Rows of one page at most, and by default.
const PAGE_MAX: usize = 1_000;

/// What the refusal of an unsupported query adds.
const SUPPORTED: &str = "The simulator supports: SELECT columns, COUNT, SUM, MIN, MAX, TO_CHAR or * FROM table \
     [JOIN table ON a.x = b.y [AND ...]] [WHERE ...] [GROUP BY ...] [HAVING ...] [ORDER BY ...] \
     [FETCH FIRST n ROWS ONLY].";

/// A value of a query: of a column, a literal or an aggregate.
#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Null,
    Number(Decimal),
    Text(Cow<'a, str>),
    Date(Date),
    Moment(Moment),
}

impl<'a> Value<'a> {
    fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    fn number(number: impl Into<Decimal>) -> Self {
        Self::Number(number.into())
    }

    /// The value as it stands in a result row; `None` for null.
    fn shown(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Number(number) => Some(Cow::Owned(number.normalize().to_string())),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Date(date) => Some(Cow::Owned(date.in_account_format())),
            Self::Moment(moment) => Some(Cow::Owned(moment.date().in_account_format())),
        }
    }

    /// Compares two values, numbers with numeric text included; `None` when one is null or they do not compare.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Some(left.cmp(right)),
            (Self::Number(left), Self::Text(right)) => Some(left.cmp(&Decimal::from_str_exact(right).ok()?)),
            (Self::Text(left), Self::Number(right)) => Some(Decimal::from_str_exact(left).ok()?.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Date(left), Self::Date(right)) => Some(left.cmp(right)),
            (Self::Moment(left), Self::Moment(right)) => Some(left.cmp(right)),
            (Self::Moment(left), Self::Date(right)) => Some(left.date().cmp(right)),
            (Self::Date(left), Self::Moment(right)) => Some(left.cmp(&right.date())),
            (Self::Null | Self::Number(_) | Self::Text(_) | Self::Date(_) | Self::Moment(_), _) => None,
        }
    }
}

/// NetSuite's flags are the letters T and F.
impl From<bool> for Value<'_> {
    fn from(set: bool) -> Self {
        Self::text(if set { "T" } else { "F" })
    }
}

/// A query as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) text: String,
    pub(crate) parameters: Vec<Json>,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Request {
    /// Reads the body and the paging parameters of a query.
    ///
    /// # Errors
    /// What is missing or out of range.
    pub(crate) fn read(body: &Json, limit: Option<&str>, offset: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = body.field("q").and_then(Json::text) else {
            return Err(Refusal::request("The body must hold the query in the field \"q\"."));
        };
        let parameters = body.field("params").and_then(Json::array).unwrap_or_default().to_vec();
        let number = |value: Option<&str>, name: &str, default: usize| match value {
            None => Ok(default),
            Some(value) => value.parse::<usize>().map_err(|_| {
                Refusal::parameter(format!("The query parameter {name} must be a whole number."))
            }),
        };
        let (limit, offset) = (number(limit, "limit", PAGE_MAX)?, number(offset, "offset", 0)?);
        if limit == 0 || limit > PAGE_MAX {
            return Err(Refusal::parameter(format!(
                "The query parameter limit must be from 1 to {PAGE_MAX}."
            )));
        }
        if offset % limit != 0 {
            return Err(Refusal::parameter("The query parameter offset must be a multiple of limit."));
        }
        Ok(Self { text: text.to_owned(), parameters, limit, offset })
    }

    /// The query and its parameters as one text, for rules that look for something in it.
    pub(crate) fn subject(&self) -> String {
        self.parameters.iter().fold(self.text.clone(), |mut subject, parameter| {
            if let Json::Text(text) | Json::Number(text) = parameter {
                subject.push(' ');
                subject.push_str(text);
            }
            subject
        })
    }
}

/// Answers a query with one page of its rows.
///
/// # Errors
/// When the query is not of the supported subset.
pub(crate) fn answer(
    request: &Request,
    store: &Store,
    masters: &Masters,
    address: &str,
) -> Result<Reply, Refusal> {
    let query = parse::parse(&request.text, &request.parameters)
        .map_err(|reason| Refusal::parameter(format!("Invalid search query. {reason}. {SUPPORTED}")))?;
    let mut rows = run::run(&query, store, masters);
    rows.truncate(ROWS_MAX);
    let page = Page { limit: request.limit, offset: request.offset, total: rows.len() };
    let items: Vec<Output> =
        rows.iter().skip(page.offset).take(page.limit).map(|row| item(&query, row)).collect();
    let body = json!({
        "links": page.links(address),
        "count": items.len(),
        "hasMore": page.has_more(),
        "offset": page.offset,
        "totalResults": page.total,
        "items": items,
    });
    Ok(Reply::new(StatusCode::OK, Shape::Collection, body.to_string()))
}

fn item(query: &plan::Query, row: &[Value<'_>]) -> Output {
    let mut item = Map::new();
    item.insert("links".to_owned(), json!([]));
    for (output, value) in query.outputs.iter().zip(row) {
        if let Some(text) = value.shown() {
            item.insert(output.name.clone(), Output::String(text.into_owned()));
        }
    }
    Output::Object(item)
}

struct Page {
    limit: usize,
    offset: usize,
    total: usize,
}

impl Page {
    fn has_more(&self) -> bool {
        self.offset + self.limit < self.total
    }

    /// Absolute links, which clients follow blindly.
    fn links(&self, address: &str) -> Vec<Output> {
        let link = |relation: &str, offset: usize| {
            let href = format!("{address}?limit={}&offset={offset}", self.limit);
            json!({ "rel": relation, "href": href })
        };
        let last = self.total.saturating_sub(1) / self.limit * self.limit;
        let mut links = Vec::new();
        if self.offset > 0 {
            links.push(link("first", 0));
            links.push(link("previous", self.offset - self.limit));
        }
        if self.has_more() {
            links.push(link("next", self.offset + self.limit));
            links.push(link("last", last));
        }
        links.push(link("self", self.offset));
        links
    }
}
