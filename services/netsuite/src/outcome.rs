//! What an answer means for the document: posted, refused, to be tried again, or unknown.
//!
//! NetSuite tells business errors apart by English text only, so the meanings stand in a table that a
//! configuration can put further patterns before. Codes are looked for anywhere in the body, since their place
//! varies. Whatever is not understood stays unknown: a document counts as posted on positive evidence only,
//! and as refused only when NetSuite itself says so.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Characters of NetSuite's words that are kept.
const DETAIL_MAX: usize = 2_000;

/// An answer that arrived whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// What became of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// NetSuite holds it.
    Posted {
        /// Internal id.
        netsuite_id: String,
    },
    /// NetSuite will not take it as it is.
    Refused {
        /// Whose matter it is.
        class: Class,
        /// NetSuite's own words.
        detail: String,
    },
    /// NetSuite did not look at it: it can be sent again.
    Retry {
        /// What stood in the way.
        obstacle: Obstacle,
        /// NetSuite's own words.
        detail: String,
    },
    /// Whether NetSuite holds it is not known: it must be looked up before anything else.
    Unknown {
        /// What was seen.
        detail: String,
    },
}

/// Whose matter a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Ours: the document should never have been sent so.
    OurBug,
    /// An item, account or location that does not exist, is inactive or belongs elsewhere.
    MasterData,
    /// A rule, permission or mandatory field of the account that the account map does not meet.
    Configuration,
    /// The accounting period takes no entries.
    ClosedPeriod,
    /// A record with this external id exists: look it up and compare.
    Duplicate,
}

impl Class {
    /// The class as it stands on `netsuite.postings`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OurBug => "our_bug",
            Self::MasterData => "master_data",
            Self::Configuration => "configuration",
            Self::ClosedPeriod => "closed_period",
            Self::Duplicate => "duplicate",
        }
    }
}

/// What stood in the way of a create that NetSuite did not look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The account's concurrency limit: send less at once.
    Busy,
    /// The login: a fresh token helps, or overload is passing; bounded, since an account can be locked.
    Login,
    /// The account is being changed: a little later it works.
    Setup,
    /// NetSuite was not reached.
    Connection,
}

/// What a pattern means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The document is refused.
    Refused(Class),
    /// The document can be sent again.
    Retry(Obstacle),
}

/// One pattern: a code or a part of a text, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What is looked for.
    pub sign: Sign,
    /// What it means.
    pub meaning: Meaning,
}

/// What is looked for in an error body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// An `o:errorCode`, anywhere, as it stands.
    Code(String),
    /// A part of any `detail`, in any case.
    Text(String),
}

/// The patterns, in the order in which they decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

const BUSY: Meaning = Meaning::Retry(Obstacle::Busy);
const LOGIN: Meaning = Meaning::Retry(Obstacle::Login);
const SETUP: Meaning = Meaning::Retry(Obstacle::Setup);
const OUR_BUG: Meaning = Meaning::Refused(Class::OurBug);
const MASTER_DATA: Meaning = Meaning::Refused(Class::MasterData);
const CONFIGURATION: Meaning = Meaning::Refused(Class::Configuration);
const CLOSED_PERIOD: Meaning = Meaning::Refused(Class::ClosedPeriod);
const DUPLICATE: Meaning = Meaning::Refused(Class::Duplicate);

/// Codes that say enough by themselves.
const CODES: &[(&str, Meaning)] = &[
    ("CONCURRENCY_LIMIT_EXCEEDED", BUSY),
    ("SSS_REQUEST_LIMIT_EXCEEDED", BUSY),
    ("WS_REQUEST_BLOCKED", BUSY),
    ("INVALID_LOGIN", LOGIN),
    ("INVALID_LOGIN_ATTEMPT", LOGIN),
    ("ACCT_PRDS_BEING_ADDED", SETUP),
    ("DUP_RCRD", DUPLICATE),
    ("TRAN_PERIOD_CLOSED", CLOSED_PERIOD),
    ("TRANS_EDIT_DISALLWD", CLOSED_PERIOD),
    ("DATE_PRD_MISMATCH", CLOSED_PERIOD),
    ("UNDEFINED_ACCTNG_PRD", CLOSED_PERIOD),
    ("ACCT_PERIOD_SETUP_REQD", CONFIGURATION),
    ("INSUFFICIENT_PERMISSION", CONFIGURATION),
    ("INVALID_ADJUSTMENT_ACCT", CONFIGURATION),
    ("TRANS_UNBALNCD", OUR_BUG),
    ("TRANS_FORGN_CUR_UNBALNCD", OUR_BUG),
    ("TRANS_CLASS_UNBALNCD", OUR_BUG),
    ("TRANS_DEPT_UNBALNCD", OUR_BUG),
    ("TRANS_LOC_UNBALNCD", OUR_BUG),
    ("JE_MAX_ONE_LINE", OUR_BUG),
    ("INVALID_KEY_OR_REF", MASTER_DATA),
    ("INVALID_LOC_SUB_RESTRICTN", MASTER_DATA),
    ("INTEGER_REQD_FOR_QTY", MASTER_DATA),
    ("INVALID_INVENTORY_NUM", MASTER_DATA),
    ("DUPLICATE_INVENTORY_NUM", MASTER_DATA),
    ("ALREADY_IN_INVT", MASTER_DATA),
    ("BIN_DSNT_CONTAIN_ENOUGH_ITEM", MASTER_DATA),
    ("BIN_ITEM_UNAVAILBL", MASTER_DATA),
    ("BIN_UNDEFND", MASTER_DATA),
];

/// Texts under codes that say nothing, as `USER_ERROR`.
const TEXTS: &[(&str, Meaning)] = &[
    ("record already exists", DUPLICATE),
    ("entity already exists", DUPLICATE),
    ("date range of your accounting period", CLOSED_PERIOD),
    ("does not fall between the start and end dates of your accounting period", CLOSED_PERIOD),
    ("in a closed period", CLOSED_PERIOD),
    ("in a period that has been closed", CLOSED_PERIOD),
    ("not in balance", OUR_BUG),
    ("out of balance", OUR_BUG),
    ("debits and credits are not balanced", OUR_BUG),
    ("can have a maximum of", OUR_BUG),
    ("for the following field: externalid", OUR_BUG),
    ("invalid field value", MASTER_DATA),
    ("reference key", MASTER_DATA),
    ("must be an integer for numbered items", MASTER_DATA),
    ("inventory detail", MASTER_DATA),
    ("cannot be used with the", CONFIGURATION),
    ("please enter value(s) for", CONFIGURATION),
    ("you must enter a value for", CONFIGURATION),
    ("adjustment account", CONFIGURATION),
    ("locked by a user defined workflow", CONFIGURATION),
    ("does not have permission", CONFIGURATION),
];

/// Codes that decide only if no text did.
const LAST_CODES: &[(&str, Meaning)] = &[
    ("INVALID_CONTENT", OUR_BUG),
    ("INVALID_REQUEST", OUR_BUG),
    ("INVALID_PARAMETER", OUR_BUG),
    ("NONEXISTENT_FIELD", OUR_BUG),
    ("INVALID_URL", CONFIGURATION),
];

impl Default for Patterns {
    fn default() -> Self {
        let code = |(code, meaning): &(&str, Meaning)| Pattern {
            sign: Sign::Code((*code).to_owned()),
            meaning: *meaning,
        };
        let text = |(text, meaning): &(&str, Meaning)| Pattern {
            sign: Sign::Text((*text).to_owned()),
            meaning: *meaning,
        };
        Self(
            CODES.iter().map(code).chain(TEXTS.iter().map(text)).chain(LAST_CODES.iter().map(code)).collect(),
        )
    }
}

impl Patterns {
    /// The built-in patterns with those of an account before them.
    #[must_use]
    pub fn with_first(mut first: Vec<Pattern>) -> Self {
        first.extend(Self::default().0);
        Self(first)
    }

    /// What the answer to a create means.
    #[must_use]
    pub fn verdict(&self, answer: &Answer) -> Verdict {
        match answer.status {
            // 202 is an asynchronous job, which was not asked for: its result is not known.
            200 | 201 | 204 => match answer.location.as_deref().and_then(internal_id) {
                Some(netsuite_id) => Verdict::Posted { netsuite_id },
                None => unknown(answer),
            },
            400..=499 => self.refusal(answer),
            500..=599 => self.breakdown(answer),
            _ => unknown(answer),
        }
    }

    /// The meaning of a 5xx: nothing is known of it, unless the account says it was too busy to look.
    fn breakdown(&self, answer: &Answer) -> Verdict {
        let busy = self.0.iter().filter(|pattern| pattern.meaning == BUSY);
        match Errors::read(&answer.body) {
            Some(errors) if busy.into_iter().any(|pattern| errors.show(&pattern.sign)) => {
                BUSY.verdict(words(&answer.body))
            }
            Some(_) | None => unknown(answer),
        }
    }

    /// The meaning of a 4xx. Only what NetSuite itself wrote is a refusal: between it and us stand others.
    fn refusal(&self, answer: &Answer) -> Verdict {
        let detail = words(&answer.body);
        let errors = Errors::read(&answer.body);
        if let Some(errors) = &errors
            && let Some(pattern) = self.0.iter().find(|pattern| errors.show(&pattern.sign))
        {
            return pattern.meaning.verdict(detail);
        }
        match (answer.status, errors) {
            (429, _) => BUSY.verdict(detail),
            (401, _) => LOGIN.verdict(detail),
            // A refusal in words nobody has listed is most likely a rule of this account.
            (403, Some(_)) | (400, Some(Errors { .. })) => CONFIGURATION.verdict(detail),
            (404 | 405 | 409 | 413 | 415 | 422, Some(_)) => OUR_BUG.verdict(detail),
            (_, _) => unknown(answer),
        }
    }
}

impl Meaning {
    fn verdict(self, detail: String) -> Verdict {
        match self {
            Self::Refused(class) => Verdict::Refused { class, detail },
            Self::Retry(obstacle) => Verdict::Retry { obstacle, detail },
        }
    }
}

fn unknown(answer: &Answer) -> Verdict {
    Verdict::Unknown { detail: format!("{} {}", answer.status, words(&answer.body)) }
}

/// The internal id at the end of a record's address, absolute or relative.
fn internal_id(location: &str) -> Option<String> {
    let id = location.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}

/// The codes and details of an error body, wherever they stand in it.
#[derive(Debug, Default)]
struct Errors {
    codes: Vec<String>,
    details: Vec<String>,
}

impl Errors {
    /// Reads a body; `None` when it is not an error that NetSuite wrote.
    fn read(body: &str) -> Option<Self> {
        let mut errors = Self::default();
        errors.gather(&serde_json::from_str(body).ok()?);
        (!errors.codes.is_empty()).then_some(errors)
    }

    fn gather(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("o:errorCode", Value::String(code)) => self.codes.push(code.clone()),
                        ("detail", Value::String(detail)) => self.details.push(detail.to_lowercase()),
                        (_, value) => self.gather(value),
                    }
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.gather(element)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn show(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Code(code) => self.codes.contains(code),
            Sign::Text(text) => {
                let text = text.to_lowercase();
                self.details.iter().any(|detail| detail.contains(&text))
            }
        }
    }
}

/// NetSuite's words for people: the details of an error, or the beginning of whatever came.
fn words(body: &str) -> String {
    let details = serde_json::from_str::<Value>(body).ok().and_then(|value| {
        let details = value.get("o:errorDetails")?.as_array()?;
        let texts: Vec<&str> = details.iter().filter_map(|one| one.get("detail")?.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    });
    details.unwrap_or_else(|| body.to_owned()).chars().take(DETAIL_MAX).collect()
}

#[cfg(test)]
mod tests;
