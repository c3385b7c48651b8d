//! Records as they stand on topics: plain data, open vocabularies, nothing checked yet.
//!
//! One module for the subjects that belong together; each struct has the fields of its Avro schema in
//! `schemas/`, in the same order, and the contract test holds the two together.

pub mod command;
pub mod inventory;
pub mod journal;
pub mod liability;
pub mod pos;
pub mod posting;
pub mod quarantine;
pub mod reference;
pub mod sales;
pub mod tax;

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that are carried, not understood. Text form: hexadecimal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let text: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
            serializer.serialize_str(&text)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Carried;

        impl Visitor<'_> for Carried {
            type Value = Bytes;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("bytes, or their hexadecimal text")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                let pairs = text.as_bytes().chunks(2).map(|pair| {
                    let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
                    u8::from_str_radix(pair, 16).ok()
                });
                pairs.collect::<Option<Vec<u8>>>().map(Bytes).ok_or_else(|| E::custom("not hexadecimal"))
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Carried)
        } else {
            deserializer.deserialize_byte_buf(Carried)
        }
    }
}
