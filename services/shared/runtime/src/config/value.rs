//! A configuration tree that knows where each value was set, and hands itself to serde.
//!
//! A value from the environment is text; it becomes what the key wants: a number, a truth value or a list
//! where one is asked for, else text. So a password of digits stays text.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// One value or table.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Table(BTreeMap<String, Node>, String),
    File(toml::Value, String),
    Variable(String, String),
}

/// What serde found wrong, and where in the tree.
#[derive(Debug)]
pub(super) struct Error {
    pub(super) path: Vec<String>,
    pub(super) reason: String,
    pub(super) origin: Option<String>,
}

impl Node {
    pub(super) fn empty() -> Self {
        Self::Table(BTreeMap::new(), "configuration".to_owned())
    }

    pub(super) fn parse(text: &str, file: &str) -> Result<Self, String> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        Ok(Self::of(toml::Value::Table(table), file))
    }

    fn of(value: toml::Value, file: &str) -> Self {
        match value {
            toml::Value::Table(table) => Self::Table(
                table.into_iter().map(|(key, value)| (key, Self::of(value, file))).collect(),
                file.to_owned(),
            ),
            leaf @ (toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)) => Self::File(leaf, file.to_owned()),
        }
    }

    pub(super) fn set(&mut self, keys: &[String], text: String, variable: &str) -> Result<(), String> {
        let Some((key, below)) = keys.split_first() else { return Ok(()) };
        let Self::Table(entries, _) = self else {
            return Err(format!("{variable} steps into {key}, but what is above it is a single value"));
        };
        if below.is_empty() {
            entries.insert(key.clone(), Self::Variable(text, variable.to_owned()));
            return Ok(());
        }
        let table =
            entries.entry(key.clone()).or_insert_with(|| Self::Table(BTreeMap::new(), variable.to_owned()));
        table.set(below, text, variable)
    }

    fn origin(&self) -> String {
        match self {
            Self::Table(_, origin) | Self::File(_, origin) => origin.clone(),
            Self::Variable(_, variable) => format!("variable {variable}"),
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: Display>(reason: T) -> Self {
        Self { path: Vec::new(), reason: reason.to_string(), origin: None }
    }
}

impl Error {
    fn at(mut self, key: &str, origin: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self.origin.get_or_insert_with(|| origin.to_owned());
        self
    }
}

/// Hands the entries of a table to serde, one by one.
struct Entries {
    rest: std::collections::btree_map::IntoIter<String, Node>,
    next: Option<(String, Node)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, node)) = self.rest.next() else { return Ok(None) };
        let origin = node.origin();
        self.next = Some((key.clone(), node));
        seed.deserialize(key.into_deserializer()).map(Some).map_err(|mut error: Error| {
            error.origin.get_or_insert(origin);
            error
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, node)) = self.next.take() else {
            return Err(serde::de::Error::custom("a value was asked for before its key"));
        };
        let origin = node.origin();
        seed.deserialize(node).map_err(|error| error.at(&key, &origin))
    }
}

/// Reads text as the TOML literal it would be in a file.
fn literal(text: &str) -> Result<toml::Value, Error> {
    let mut table: toml::Table = toml::from_str(&format!("it = {text}")).map_err(|_| {
        <Error as serde::de::Error>::custom(format!("\"{text}\" is not a value of the right type"))
    })?;
    table.remove("it").ok_or_else(|| serde::de::Error::custom("no value"))
}

fn from_toml(error: &toml::de::Error) -> Error {
    serde::de::Error::custom(error.message())
}

/// Deserializers of a leaf: from the file as it is, from a variable as the literal it would be.
macro_rules! typed {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self {
                Node::Table(..) => self.deserialize_any(visitor),
                Node::File(value, _) => value.$method(visitor).map_err(|error| from_toml(&error)),
                Node::Variable(text, _) => literal(&text)?.$method(visitor).map_err(|error| from_toml(&error)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Table(entries, _) => visitor.visit_map(Entries { rest: entries.into_iter(), next: None }),
            Self::File(value, _) => value.deserialize_any(visitor).map_err(|error| from_toml(&error)),
            Self::Variable(text, _) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Table(..) => Err(serde::de::Error::custom("a single value is wanted here, not a table")),
            Self::File(value, _) => {
                value.deserialize_enum(name, variants, visitor).map_err(|error| from_toml(&error))
            }
            Self::Variable(text, _) => visitor.visit_enum(text.into_deserializer()),
        }
    }

    typed! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_seq
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
        ignored_any
    }
}
