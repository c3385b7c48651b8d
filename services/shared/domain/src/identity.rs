//! Who a ticket is: names of stores, sequence epochs, content hashes and derived document ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first 8 bytes of BLAKE3 over a canonical ticket. Travels as a signed 64-bit number.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(i64);

impl ContentHash {
    /// Makes a hash from its 64 bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits.cast_signed())
    }

    /// The 64 bits of the hash.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0.cast_unsigned()
    }

    /// The sum modulo 2^64: the hash of a set, whatever the order its members came in.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.bits())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// True for a name that may stand in a document id: 1 to 20 of `A-Z a-z 0-9` and `-`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_netsuite_external_id() {
        for (text, good) in [
            ("367", true),
            ("MX-0001", true),
            ("a", true),
            ("", false),
            ("a_b", false),
            ("a|b", false),
            ("tienda ñ", false),
            ("123456789012345678901", false),
        ] {
            assert_eq!(is_name(text), good, "{text}");
        }
    }
}
