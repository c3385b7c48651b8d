//! The four kinds of number on the wire: exact decimals of one fixed scale each, never floats.
//!
//! Each kind has 18 digits in all, so its count of smallest units fits an `i64`. In a human-readable
//! format a number is text (`"12.34"`); in a binary one it is the two's-complement, big-endian count of
//! its smallest units, as Avro's `decimal` over `bytes` has it. Arithmetic is checked: a sum that leaves
//! 18 digits is [`Overflow`], never a wrapped or rounded number.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits before and after the point together.
pub const PRECISION: u32 = 18;

/// The first count of smallest units with more than [`PRECISION`] digits.
const LIMIT: u64 = 1_000_000_000_000_000_000;

/// A result had more than [`PRECISION`] digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the result has more than {PRECISION} digits")]
pub struct Overflow;

/// A text or decimal that is not a number of the kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a decimal number at all.
    #[error("`{0}` is not a decimal number; write it as 12.34")]
    NotANumber(String),
    /// More decimals than the kind has; rounding is never silent.
    #[error("`{value}` has more than {scale} decimals")]
    Scale {
        /// The number as given.
        value: Decimal,
        /// Decimals the kind has.
        scale: u32,
    },
    /// More digits than the kind has.
    #[error("`{0}` has more than {PRECISION} digits")]
    Digits(Decimal),
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $scale:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            units: i64,
        }

        impl $name {
            /// Decimals of this kind.
            pub const SCALE: u32 = $scale;
            /// Nothing.
            pub const ZERO: Self = Self { units: 0 };

            /// Makes a number from a count of its smallest units.
            ///
            /// # Errors
            /// [`Overflow`] beyond 18 digits.
            pub const fn from_units(units: i64) -> Result<Self, Overflow> {
                if units.unsigned_abs() < LIMIT { Ok(Self { units }) } else { Err(Overflow) }
            }

            /// The count of smallest units.
            #[must_use]
            pub const fn units(self) -> i64 {
                self.units
            }

            /// The number as a decimal.
            #[must_use]
            pub fn decimal(self) -> Decimal {
                Decimal::new(self.units, Self::SCALE)
            }

            /// Adds exactly.
            ///
            /// # Errors
            /// [`Overflow`] beyond 18 digits.
            pub fn checked_add(self, other: Self) -> Result<Self, Overflow> {
                self.units.checked_add(other.units).ok_or(Overflow).and_then(Self::from_units)
            }

            /// Subtracts exactly.
            ///
            /// # Errors
            /// [`Overflow`] beyond 18 digits.
            pub fn checked_sub(self, other: Self) -> Result<Self, Overflow> {
                self.units.checked_sub(other.units).ok_or(Overflow).and_then(Self::from_units)
            }

            /// The same size with the other sign.
            #[must_use]
            pub const fn negated(self) -> Self {
                // The range is symmetric and far from `i64::MIN`, so this cannot wrap.
                Self { units: self.units.wrapping_neg() }
            }

            /// True for nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.units == 0
            }

            /// True below zero.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.units < 0
            }
        }

        impl TryFrom<Decimal> for $name {
            type Error = Error;

            fn try_from(value: Decimal) -> Result<Self, Error> {
                let value = value.normalize();
                if value.scale() > Self::SCALE {
                    return Err(Error::Scale { value, scale: Self::SCALE });
                }
                let shift = 10_i128.pow(Self::SCALE.saturating_sub(value.scale()));
                value
                    .mantissa()
                    .checked_mul(shift)
                    .and_then(|units| i64::try_from(units).ok())
                    .and_then(|units| Self::from_units(units).ok())
                    .ok_or(Error::Digits(value))
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Decimal::from_str_exact(text).map_err(|_| Error::NotANumber(text.to_owned()))?.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let decimal = self.decimal().normalize();
                let scale = decimal.scale().max(2) as usize;
                write!(out, "{decimal:.scale$}")
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.collect_str(self);
                }
                let bytes = self.units.to_be_bytes();
                serializer.serialize_bytes(&bytes[redundant_sign_bytes(bytes)..])
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Number;

                impl Visitor<'_> for Number {
                    type Value = $name;

                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(out, "a decimal of at most {PRECISION} digits, {} of them decimals", $scale)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<$name, E> {
                        units_from_bytes(bytes)
                            .and_then(|units| $name::from_units(units).ok())
                            .ok_or_else(|| E::custom(Overflow))
                    }
                }

                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Number)
                } else {
                    deserializer.deserialize_bytes(Number)
                }
            }
        }
    };
}

kind!(
    /// An amount of money in the currency that stands beside it: 4 decimals, since ISO 4217 has
    /// currencies of up to 4.
    Amount,
    4
);
kind!(
    /// A quantity of goods in the unit that stands beside it: 6 decimals.
    Quantity,
    6
);
kind!(
    /// A price of one unit, or an exchange rate: 6 decimals.
    UnitPrice,
    6
);
kind!(
    /// A rate as a fraction: 0.160000 is 16 %.
    Rate,
    6
);

impl Amount {
    /// True when the amount has no more decimals than the currency's minor unit.
    #[must_use]
    pub fn fits_minor_units(self, minor_units: u32) -> bool {
        let step = 10_i64.pow(Self::SCALE.saturating_sub(minor_units));
        self.units.checked_rem(step) == Some(0)
    }
}

/// How many leading bytes only repeat the sign, so that the shortest two's complement remains.
fn redundant_sign_bytes(bytes: [u8; 8]) -> usize {
    let fill = if bytes[0] & 0x80 == 0 { 0x00 } else { 0xff };
    let same_sign = |byte: u8| (byte & 0x80) == (fill & 0x80);
    bytes.windows(2).take_while(|pair| pair[0] == fill && same_sign(pair[1])).count()
}

fn units_from_bytes(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first()?;
    let fill = if first & 0x80 == 0 { 0x00 } else { 0xff };
    let (head, tail) = bytes.split_at(bytes.len().saturating_sub(8));
    let sign_holds = tail.first().is_some_and(|byte| (byte & 0x80) == (fill & 0x80));
    if head.iter().any(|byte| *byte != fill) || (!head.is_empty() && !sign_holds) {
        return None;
    }
    let mut full = [fill; 8];
    let from = full.len().saturating_sub(tail.len());
    full.get_mut(from..)?.copy_from_slice(tail);
    Some(i64::from_be_bytes(full))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shortest_twos_complement() {
        for (units, bytes) in [
            (0_i64, vec![0x00]),
            (1, vec![0x01]),
            (-1, vec![0xff]),
            (127, vec![0x7f]),
            (128, vec![0x00, 0x80]),
            (-128, vec![0x80]),
            (-129, vec![0xff, 0x7f]),
            (999_999_999_999_999_999, 999_999_999_999_999_999_i64.to_be_bytes().to_vec()),
        ] {
            let all = units.to_be_bytes();
            assert_eq!(all[redundant_sign_bytes(all)..], bytes[..], "{units}");
            assert_eq!(units_from_bytes(&bytes), Some(units));
        }
        assert_eq!(units_from_bytes(&[]), None);
        assert_eq!(units_from_bytes(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 5]), Some(5));
        assert_eq!(units_from_bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 5]), None);
        assert_eq!(units_from_bytes(&[0, 0x80, 0, 0, 0, 0, 0, 0, 5]), None);
    }

    #[test]
    fn text_is_exact_or_refused() {
        assert_eq!("12.34".parse::<Amount>().unwrap().units(), 123_400);
        assert_eq!("1.29000".parse::<Amount>().unwrap().to_string(), "1.29");
        assert_eq!("-0.0001".parse::<Amount>().unwrap().to_string(), "-0.0001");
        assert!(matches!("0.00001".parse::<Amount>(), Err(Error::Scale { .. })));
        assert!(matches!("100000000000000".parse::<Amount>(), Err(Error::Digits(_))));
        assert!(matches!("12,34".parse::<Amount>(), Err(Error::NotANumber(_))));
        assert!("12.3".parse::<Amount>().unwrap().fits_minor_units(2));
        assert!(!"12.345".parse::<Amount>().unwrap().fits_minor_units(2));
        assert!(!"12.3".parse::<Amount>().unwrap().fits_minor_units(0));
    }

    proptest! {
        #[test]
        fn text_and_bytes_come_back(units in -999_999_999_999_999_999_i64..=999_999_999_999_999_999) {
            let amount = Amount::from_units(units).unwrap();
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
            let all = units.to_be_bytes();
            prop_assert_eq!(units_from_bytes(&all[redundant_sign_bytes(all)..]), Some(units));
        }
    }
}
