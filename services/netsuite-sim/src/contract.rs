//! Whether a body fits the fields and types of its record: names, references, numbers, dates.
//!
//! The tables in `contract.json` are the property names of NetSuite's REST API 2026.1. What a field means is
//! decided in `record`; here only its form.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::date::Date;
use crate::error::Refusal;
use crate::json::Json;

const TABLES: &str = include_str!("contract.json");

/// Field types whose element is named in the contract but not described there.
const NOT_SIMULATED: [&str; 3] = ["accountingBookDetail", "appliedRules", "accountingBook"];

/// Fields of the tax sublists, which the REST service does not take on journal entries.
const NOT_SETTABLE: [&str; 10] = [
    "taxCode",
    "tax1Acct",
    "tax1Amt",
    "taxRate1",
    "taxAccount",
    "taxBasis",
    "lineTaxCode",
    "lineTaxRate",
    "debitTax",
    "creditTax",
];

/// What is done about fields a record does not have: `X-NetSuite-PropertyNameValidation`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnknownFields {
    /// The request is refused.
    Refuse,
    /// They are dropped, and a response header says so: the default.
    #[default]
    Warn,
    /// They are dropped.
    Ignore,
}

impl UnknownFields {
    /// Reads the header, in any case; `None` when its value is not one of the three.
    pub(crate) fn read(header: Option<&str>) -> Option<Self> {
        match header.map(str::to_ascii_lowercase).as_deref() {
            None | Some("warning") => Some(Self::Warn),
            Some("error") => Some(Self::Refuse),
            Some("ignore") => Some(Self::Ignore),
            Some(_) => None,
        }
    }
}

#[derive(Debug, Deserialize)]
struct RawElement {
    #[serde(default, rename = "ref")]
    reference: Vec<String>,
    #[serde(default)]
    bool: Vec<String>,
    #[serde(default, rename = "str")]
    text: Vec<String>,
    #[serde(default, rename = "num")]
    number: Vec<String>,
    #[serde(default, rename = "int")]
    integer: Vec<String>,
    #[serde(default)]
    date: Vec<String>,
    #[serde(default, rename = "dt")]
    moment: Vec<String>,
    #[serde(default, rename = "enum")]
    choice: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    sublist: BTreeMap<String, String>,
    #[serde(default)]
    subrecord: BTreeMap<String, String>,
    #[serde(default)]
    readonly: Vec<String>,
}

#[derive(Debug, Clone)]
enum Form {
    Reference,
    Bool,
    Text,
    Number,
    Integer,
    Date,
    Moment,
    Choice(Vec<String>),
    Sublist(String),
    Subrecord(String),
    Readonly,
}

/// The field tables, ready for checks.
#[derive(Debug)]
pub(crate) struct Contract(BTreeMap<String, BTreeMap<String, Form>>);

impl Contract {
    /// Reads the embedded tables.
    ///
    /// # Errors
    /// When the embedded file is not of the expected form, which a test rules out.
    pub(crate) fn embedded() -> Result<Self, serde_json::Error> {
        let raw: BTreeMap<String, RawElement> = serde_json::from_str(TABLES)?;
        Ok(Self(raw.into_iter().map(|(name, element)| (name, forms(element))).collect()))
    }

    /// Checks a body against the element of that name, and returns the paths of the fields it drops.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub(crate) fn check(
        &self,
        element: &str,
        body: &Json,
        unknown: UnknownFields,
    ) -> Result<Vec<String>, Refusal> {
        let mut check = Check { contract: self, unknown, dropped: Vec::new() };
        check.element(element, body, "")?;
        Ok(check.dropped)
    }
}

fn forms(raw: RawElement) -> BTreeMap<String, Form> {
    let mut forms = BTreeMap::new();
    let plain = [
        (raw.reference, Form::Reference),
        (raw.bool, Form::Bool),
        (raw.text, Form::Text),
        (raw.number, Form::Number),
        (raw.integer, Form::Integer),
        (raw.date, Form::Date),
        (raw.moment, Form::Moment),
        (raw.readonly, Form::Readonly),
    ];
    for (names, form) in plain {
        forms.extend(names.into_iter().map(|name| (name, form.clone())));
    }
    for (name, values) in raw.choice {
        forms.insert(name.trim_end_matches(".id").to_owned(), Form::Choice(values));
    }
    forms.extend(raw.sublist.into_iter().map(|(name, element)| (name, Form::Sublist(element))));
    forms.extend(raw.subrecord.into_iter().map(|(name, element)| (name, Form::Subrecord(element))));
    forms
}

struct Check<'a> {
    contract: &'a Contract,
    unknown: UnknownFields,
    dropped: Vec<String>,
}

impl Check<'_> {
    fn element(&mut self, element: &str, body: &Json, path: &str) -> Result<(), Refusal> {
        let Json::Object(fields) = body else {
            return Err(misfit(path.rsplit('.').next().unwrap_or(path)).at(path));
        };
        let Some(forms) = self.contract.0.get(element) else {
            return Err(
                Refusal::content(format!("The simulator does not know the fields of {element}.")).at(path)
            );
        };
        for (index, (name, value)) in fields.iter().enumerate() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if fields[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Refusal::content(format!("The field '{name}' is given twice.")).at(path));
            }
            match forms.get(name) {
                Some(form) => self.field(name, form, value, path)?,
                None => match self.unknown {
                    UnknownFields::Refuse => return Err(Refusal::unknown_field(name).at(path)),
                    UnknownFields::Warn | UnknownFields::Ignore => self.dropped.push(path),
                },
            }
        }
        Ok(())
    }

    fn field(&mut self, name: &str, form: &Form, value: &Json, path: String) -> Result<(), Refusal> {
        if *value == Json::Null {
            return Ok(());
        }
        if NOT_SIMULATED.contains(&name) || NOT_SETTABLE.contains(&name) {
            return Err(
                Refusal::content(format!("The field '{name}' cannot be set through this service.")).at(path)
            );
        }
        let fits = match form {
            Form::Reference => reference_fits(value),
            Form::Bool => matches!(value, Json::Bool(_)),
            Form::Text => value.text().is_some(),
            Form::Number => value.decimal().is_some(),
            Form::Integer => value.decimal().is_some_and(|number| number.is_integer()),
            Form::Date => value.text().and_then(Date::read).is_some(),
            Form::Moment => value.text().is_some_and(|text| text.get(..10).and_then(Date::read).is_some()),
            Form::Choice(values) => {
                let chosen = value.field("id").map_or(value, |id| id);
                matches!(chosen, Json::Text(text) | Json::Number(text) if values.contains(text))
            }
            Form::Sublist(element) => return self.sublist(element, value, &path),
            Form::Subrecord(element) => return self.element(element, value, &path),
            Form::Readonly => true,
        };
        if fits { Ok(()) } else { Err(misfit(name).at(path)) }
    }

    fn sublist(&mut self, element: &str, value: &Json, path: &str) -> Result<(), Refusal> {
        let Some(items) = value.field("items").and_then(Json::array) else {
            return Err(misfit(path.rsplit('.').next().unwrap_or(path)).at(path));
        };
        items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| self.element(element, item, &format!("{path}.items[{index}]")))
    }
}

fn reference_fits(value: &Json) -> bool {
    let Json::Object(_) = value else { return false };
    matches!(value.field("id"), Some(Json::Text(_) | Json::Number(_)))
        || matches!(value.field("externalId"), Some(Json::Text(_)))
}

/// A value of the wrong type. The words are ours after captures of the real service.
fn misfit(name: &str) -> Refusal {
    Refusal::content(format!(
        "Error while accessing a resource. Invalid value for the resource or sub-resource field '{name}'. \
         Provide a valid value."
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(body: &str, unknown: UnknownFields) -> Result<Vec<String>, Refusal> {
        Contract::embedded().unwrap().check("journalEntry", &Json::read(body.as_bytes()).unwrap(), unknown)
    }

    #[test]
    fn fields_must_be_of_their_type() {
        let cases = [
            (r#"{"tranDate":"2026-02-30"}"#, "tranDate"),
            (r#"{"tranDate":20260101}"#, "tranDate"),
            (r#"{"subsidiary":"1"}"#, "subsidiary"),
            (r#"{"subsidiary":{"refName":"Parent"}}"#, "subsidiary"),
            (r#"{"approved":"true"}"#, "approved"),
            (r#"{"exchangeRate":"1.0"}"#, "exchangeRate"),
            (r#"{"approvalStatus":{"id":"7"}}"#, "approvalStatus"),
            (r#"{"line":[]}"#, "line"),
            (r#"{"line":{"items":[{"debit":"1.00"}]}}"#, "line.items[0].debit"),
            (r#"{"line":{"items":[{"line":1.5}]}}"#, "line.items[0].line"),
            (r#"{"line":{"items":[{"taxCode":{"id":"1"}}]}}"#, "line.items[0].taxCode"),
            (r#"{"memo":"a","memo":"b"}"#, "memo"),
            (r#"[]"#, ""),
        ];
        for (body, path) in cases {
            let refusal = check(body, UnknownFields::Ignore).unwrap_err();
            assert_eq!((refusal.code, refusal.path.as_deref()), ("INVALID_CONTENT", Some(path)), "{body}");
        }
    }

    #[test]
    fn unknown_fields_are_refused_or_dropped() {
        let body = r#"{"memmo":"x","line":{"items":[{"depratment":{"id":"1"}}]}}"#;
        assert_eq!(check(body, UnknownFields::Refuse).unwrap_err().code, "NONEXISTENT_FIELD");
        assert_eq!(check(body, UnknownFields::Warn).unwrap(), ["memmo", "line.items[0].depratment"]);
    }

    #[test]
    fn a_plain_entry_fits() {
        let body = r#"{"subsidiary":{"id":"1"},"approvalStatus":{"id":"2"},"memo":null,"line":{"items":[
            {"account":{"id":58},"debit":187},{"account":{"externalId":"cash"},"credit":187.00}]}}"#;
        assert_eq!(check(body, UnknownFields::Refuse).unwrap(), Vec::<String>::new());
    }
}
