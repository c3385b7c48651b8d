//! Reads a request body exactly: a number stays the text the client wrote until it becomes a decimal.
//!
//! `serde_json::Value` would turn `0.1` into a binary float before anyone could look at it, so the body is
//! read through raw slices. Field order and repeated names are kept, since a refusal names them.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Deeper bodies than this are refused; the deepest field of the contract is at level nine.
const DEPTH_MAX: usize = 24;

/// One JSON value with its numbers as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole body.
    ///
    /// # Errors
    /// The reason, for people, when the bytes are not one JSON value or nest too deeply.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        read(raw, 0).map_err(|error| error.to_string())
    }

    /// The value of a field of an object; a JSON null counts as absent.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value)
                .filter(|value| **value != Self::Null),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// The text of a JSON string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The elements of a JSON array.
    pub(crate) fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) => None,
        }
    }

    /// The exact decimal of a JSON number; `None` for anything else and for what no decimal can hold.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number(text) => decimal(text),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

/// The exact decimal of a number as JSON writes it, exponent included.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}

fn read(raw: &RawValue, depth: usize) -> Result<Json, serde_json::Error> {
    if depth > DEPTH_MAX {
        return Err(serde::de::Error::custom("the body nests too deeply"));
    }
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let fields: Fields<'_> = serde_json::from_str(text)?;
            let fields = fields.0.into_iter().map(|(name, value)| Ok((name, read(value, depth + 1)?)));
            Json::Object(fields.collect::<Result<_, serde_json::Error>>()?)
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            Json::Array(
                elements.into_iter().map(|element| read(element, depth + 1)).collect::<Result<_, _>>()?,
            )
        }
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'n') => Json::Null,
        Some(_) | None => Json::Number(text.to_owned()),
    })
}

struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        let body = Json::read(br#"{"a": 0.1, "b": [-12345678901234567.89, 1e2, 0.30]}"#).unwrap();
        assert_eq!(body.field("a").unwrap().decimal().unwrap().to_string(), "0.1");
        let numbers: Vec<String> = body
            .field("b")
            .unwrap()
            .array()
            .unwrap()
            .iter()
            .map(|number| number.decimal().unwrap().to_string())
            .collect();
        assert_eq!(numbers, ["-12345678901234567.89", "100", "0.30"]);
    }

    #[test]
    fn what_is_not_one_json_value_is_refused() {
        let deep = "[".repeat(40) + &"]".repeat(40);
        for body in ["", "{", "{} {}", "{\"a\":01}", deep.as_str()] {
            assert!(Json::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn null_counts_as_absent() {
        assert_eq!(Json::read(br#"{"a":null}"#).unwrap().field("a"), None);
    }
}
