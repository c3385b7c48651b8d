//! The currencies of ISO 4217 and how many decimals their money has.
//!
//! The table is that of 2026-01-01. Codes without a minor unit (gold, test codes, `XXX`) are no money a
//! till can take and are refused by name, like codes that are not in the table.

use std::fmt;
use std::str::FromStr;

/// Currencies whose smallest coin is one unit.
const NO_DECIMALS: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Currencies divided by a hundred.
#[rustfmt::skip]
const TWO_DECIMALS: [&str; 139] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD", "BND", "BOB",
    "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP", "COU",
    "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES",
    "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK",
    "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR",
    "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG",
    "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XAD", "XCD", "XCG",
    "YER", "ZAR", "ZMW", "ZWG",
];

/// Currencies divided by a thousand.
const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Units of account with four decimals.
const FOUR_DECIMALS: [&str; 2] = ["CLF", "UYW"];

/// Codes that ISO 4217 lists without a minor unit.
const NO_MINOR_UNIT: [&str; 13] =
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"];

/// A currency that money can be in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    minor_units: u8,
}

/// A text that names no currency a till can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an active code of ISO 4217.
    #[error("`{0}` is not an active currency code of ISO 4217; write it as MXN or USD")]
    Unknown(String),
    /// A code of ISO 4217 that is no money.
    #[error("`{0}` has no minor unit in ISO 4217, so it is no money a till can take; name the currency")]
    NoMinorUnit(String),
}

impl Currency {
    pub(crate) const USD: Self = Self { code: *b"USD", minor_units: 2 };

    /// Reads an active code of ISO 4217, in capitals.
    ///
    /// # Errors
    /// [`Error`] for any other text, and for codes without a minor unit.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match (minor_units(text), <[u8; 3]>::try_from(text.as_bytes())) {
            (Some(minor_units), Ok(code)) => Ok(Self { code, minor_units }),
            _ if NO_MINOR_UNIT.contains(&text) => Err(Error::NoMinorUnit(text.to_owned())),
            _ => Err(Error::Unknown(text.chars().take(20).collect())),
        }
    }

    /// Decimals of its money: 0, 2, 3 or 4.
    #[must_use]
    pub fn minor_units(self) -> u32 {
        self.minor_units.into()
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only codes of the tables are ever held, and they are ASCII.
        std::str::from_utf8(&self.code).unwrap_or_default()
    }
}

fn minor_units(code: &str) -> Option<u8> {
    [(2, &TWO_DECIMALS[..]), (0, &NO_DECIMALS), (3, &THREE_DECIMALS), (4, &FOUR_DECIMALS)]
        .into_iter()
        .find(|(_, codes)| codes.binary_search(&code).is_ok())
        .map(|(digits, _)| digits)
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_are_sorted_and_disjoint() {
        let tables: [&[&str]; 5] =
            [&NO_DECIMALS, &TWO_DECIMALS, &THREE_DECIMALS, &FOUR_DECIMALS, &NO_MINOR_UNIT];
        for table in tables {
            assert!(table.is_sorted_by(|a, b| a < b));
        }
        let mut all = tables.concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 17 + 139 + 7 + 2 + 13);
        assert!(all.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
    }

    #[test]
    fn minor_units_of_a_code() {
        #[rustfmt::skip]
        let cases = [
            ("MXN", Some(2)), ("USD", Some(2)), ("SEK", Some(2)), ("ZWG", Some(2)),
            ("JPY", Some(0)), ("CLP", Some(0)), ("XOF", Some(0)),
            ("KWD", Some(3)), ("TND", Some(3)),
            ("CLF", Some(4)), ("UYW", Some(4)),
            ("XXX", None),    ("XAU", None),    ("XDR", None),
            ("mxn", None),    ("MX", None),     ("MXND", None),  ("", None), ("DEM", None), ("ñ€", None),
        ];
        for (code, digits) in cases {
            assert_eq!(Currency::parse(code).ok().map(Currency::minor_units), digits, "{code}");
        }
        assert_eq!("EUR".parse::<Currency>().unwrap().to_string(), "EUR");
        assert_eq!(Currency::parse("XXX"), Err(Error::NoMinorUnit("XXX".to_owned())));
    }
}
