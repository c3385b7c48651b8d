//! Writes an optional decimal as text, so that no reader makes a float of it. For `#[serde(with)]`.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn text<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    let read = |text: String| {
        Decimal::from_str_exact(&text)
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is not a decimal, write it as \"1.25\"")))
    };
    text.map(read).transpose()
}
