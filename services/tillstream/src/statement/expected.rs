//! What the books must hold after the whole data set has gone through, recomputed from the input by
//! another way.
//!
//! This module knows nothing of the services, the domain or the wire: it reads the plain records of the
//! data set and adds them up, so a mistake in the pipeline cannot hide in it. Its rules are few:
//!
//! - each line is an entry: debit tender with sales less coupon, debit the manufacturer with the
//!   coupon, debit discounts with retail discount and coupon match; credit gross sales with the sum;
//! - a line that sells a gift card credits the gift-card liability, for the card is still to be
//!   redeemed;
//! - the business date is the date in New York, where the timestamps in UTC came from;
//! - gift cards, coupons rung up as items, lines without quantity, and fuel without a stated volume
//!   move no stock.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::completejourney::{Line, Product};

const ZONE: &str = "America/New_York";
/// All five product types of gift cards hold these words, and no other type does.
const GIFT_CARD: &str = "GIFT CARD";
const FUEL: &str = "GASOLINE-REG UNLEADED";
/// The department of coupons that are rung up like items.
const COUPON_DEPARTMENT: &str = "COUPON";
/// A fuel line with a quantity above this states thousandths of a gallon; below it counts sales.
const FUEL_COUNT_MAX: i64 = 100;

/// The statement cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The time zone is not in the bundled database.
    #[error("the time zone {ZONE} is unknown")]
    Zone(#[source] jiff::Error),
    /// A timestamp lies outside the calendar.
    #[error("basket {basket_id} has a time outside the calendar")]
    Time {
        /// The basket.
        basket_id: u64,
        /// What the calendar says.
        source: jiff::Error,
    },
}

/// What an amount is for; each maps to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Debit: what the customer paid.
    Tender,
    /// Debit: what manufacturers owe for their coupons.
    CouponReceivable,
    /// Debit: what the retailer gave away, discounts and coupon match.
    Discount,
    /// Credit: gross sales.
    Sales,
    /// Credit: gift cards sold and still to be redeemed.
    GiftCardLiability,
}

impl Role {
    /// All roles, debits first.
    pub const ALL: [Self; 5] =
        [Self::Tender, Self::CouponReceivable, Self::Discount, Self::Sales, Self::GiftCardLiability];
}

/// The amounts of some lines per role, in cents, each positive on its own side, and the units they moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Books {
    /// Debit to tender; negative where coupons exceed the sale.
    pub tender_cents: i64,
    /// Debit to the manufacturers.
    pub coupon_receivable_cents: i64,
    /// Debit to discounts.
    pub discount_cents: i64,
    /// Credit to sales.
    pub sales_cents: i64,
    /// Credit to the gift-card liability.
    pub gift_card_liability_cents: i64,
    /// Pieces that left the stock.
    pub pieces: i64,
    /// Fuel that left the stock, in thousandths of a gallon.
    pub fuel_gallon_thousandths: i64,
}

/// The totals of the data set in its own terms, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ControlTotals {
    /// What the retailer receives, manufacturers included.
    pub sales_cents: i64,
    /// Discounts by loyalty card.
    pub retail_discount_cents: i64,
    /// Manufacturers' coupons.
    pub coupon_cents: i64,
    /// What the retailer added to coupons.
    pub coupon_match_cents: i64,
    /// Sales at shelf prices: sales, retail discount and coupon match.
    pub gross_cents: i64,
}

/// How many, and how much in cents at shelf prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many lines or baskets.
    pub count: u64,
    /// How much together.
    pub cents: i64,
}

/// The expected side of the statement.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Number of lines.
    pub lines: u64,
    /// Number of baskets.
    pub baskets: u64,
    /// The totals of the data set in its own terms.
    pub control: ControlTotals,
    /// The books of each store and business date.
    pub store_days: BTreeMap<(u32, Date), Books>,
    /// Lines that sell gift cards.
    pub gift_cards: Counted,
    /// Lines that name a product the item file lacks, which go through suspense.
    pub unknown_products: Counted,
    /// The products they name.
    pub unknown_product_ids: BTreeSet<u32>,
    /// Baskets whose coupons exceed the sale: the customer was paid, counted as a positive amount.
    pub cash_paid_out: Counted,
    /// Fuel lines that state no volume.
    pub fuel_lines_without_volume: u64,
}

impl Books {
    /// The amount of one role in cents, positive on its own side.
    #[must_use]
    pub fn of(&self, role: Role) -> i64 {
        match role {
            Role::Tender => self.tender_cents,
            Role::CouponReceivable => self.coupon_receivable_cents,
            Role::Discount => self.discount_cents,
            Role::Sales => self.sales_cents,
            Role::GiftCardLiability => self.gift_card_liability_cents,
        }
    }

    /// Debits less credits in cents: zero, or this module is wrong.
    #[must_use]
    pub fn difference_cents(&self) -> i64 {
        let debits = self.tender_cents + self.coupon_receivable_cents + self.discount_cents;
        debits - self.sales_cents - self.gift_card_liability_cents
    }
}

impl AddAssign for Books {
    // A sum of the whole data set is below 2^53; sums in `i64` cannot overflow.
    fn add_assign(&mut self, more: Self) {
        self.tender_cents += more.tender_cents;
        self.coupon_receivable_cents += more.coupon_receivable_cents;
        self.discount_cents += more.discount_cents;
        self.sales_cents += more.sales_cents;
        self.gift_card_liability_cents += more.gift_card_liability_cents;
        self.pieces += more.pieces;
        self.fuel_gallon_thousandths += more.fuel_gallon_thousandths;
    }
}

impl Expected {
    /// Adds up the data set. `baskets` are the lines of one basket each, none empty.
    ///
    /// # Errors
    /// [`Error`] when a business date cannot be had.
    pub fn compute<'a>(
        baskets: impl Iterator<Item = &'a [Line]>,
        products: &'a [Product],
    ) -> Result<Self, Error> {
        let zone = TimeZone::get(ZONE).map_err(Error::Zone)?;
        let kinds: BTreeMap<u32, Kind> =
            products.iter().map(|product| (product.product_id, Kind::of(product))).collect();
        let mut expected = Self::empty();
        for basket in baskets {
            expected.add_basket(basket, &kinds, &zone)?;
        }
        Ok(expected)
    }

    /// The books of everything.
    #[must_use]
    pub fn total(&self) -> Books {
        let mut total = Books::default();
        self.store_days.values().for_each(|books| total += *books);
        total
    }

    /// The books of each store.
    #[must_use]
    pub fn by_store(&self) -> BTreeMap<u32, Books> {
        let mut stores = BTreeMap::new();
        for ((store, _), books) in &self.store_days {
            *stores.entry(*store).or_insert_with(Books::default) += *books;
        }
        stores
    }

    /// The books of each business date.
    #[must_use]
    pub fn by_business_date(&self) -> BTreeMap<Date, Books> {
        let mut dates = BTreeMap::new();
        for ((_, date), books) in &self.store_days {
            *dates.entry(*date).or_insert_with(Books::default) += *books;
        }
        dates
    }

    fn empty() -> Self {
        Self {
            lines: 0,
            baskets: 0,
            control: ControlTotals::default(),
            store_days: BTreeMap::new(),
            gift_cards: Counted::default(),
            unknown_products: Counted::default(),
            unknown_product_ids: BTreeSet::new(),
            cash_paid_out: Counted::default(),
            fuel_lines_without_volume: 0,
        }
    }

    fn add_basket(
        &mut self,
        lines: &[Line],
        kinds: &BTreeMap<u32, Kind>,
        zone: &TimeZone,
    ) -> Result<(), Error> {
        let Some(first) = lines.first() else { return Ok(()) };
        let moment = Timestamp::from_second(first.timestamp_utc_seconds);
        let moment = moment.map_err(|source| Error::Time { basket_id: first.basket_id, source })?;
        let date = zone.to_datetime(moment).date();
        let mut books = Books::default();
        for line in lines {
            books += self.add_line(line, kinds.get(&line.product_id).copied());
        }
        self.baskets += 1;
        if books.tender_cents < 0 {
            self.cash_paid_out.add(-books.tender_cents);
        }
        *self.store_days.entry((first.store_id, date)).or_default() += books;
        Ok(())
    }

    fn add_line(&mut self, line: &Line, kind: Option<Kind>) -> Books {
        let gross_cents = line.sales_cents + line.retail_discount_cents + line.coupon_match_cents;
        self.lines += 1;
        self.control.add(line, gross_cents);
        let mut books = Books {
            tender_cents: line.sales_cents - line.coupon_discount_cents,
            coupon_receivable_cents: line.coupon_discount_cents,
            discount_cents: line.retail_discount_cents + line.coupon_match_cents,
            sales_cents: gross_cents,
            ..Books::default()
        };
        match kind {
            Some(Kind::Goods) => books.pieces = line.quantity,
            Some(Kind::Coupon) => {}
            Some(Kind::Fuel) if line.quantity > FUEL_COUNT_MAX => {
                books.fuel_gallon_thousandths = line.quantity
            }
            Some(Kind::Fuel) => self.fuel_lines_without_volume += 1,
            Some(Kind::GiftCard) => {
                books.gift_card_liability_cents = std::mem::take(&mut books.sales_cents);
                self.gift_cards.add(gross_cents);
            }
            // Its item is published later, as goods.
            None => {
                books.pieces = line.quantity;
                self.unknown_products.add(gross_cents);
                self.unknown_product_ids.insert(line.product_id);
            }
        }
        books
    }
}

impl ControlTotals {
    fn add(&mut self, line: &Line, gross_cents: i64) {
        self.sales_cents += line.sales_cents;
        self.retail_discount_cents += line.retail_discount_cents;
        self.coupon_cents += line.coupon_discount_cents;
        self.coupon_match_cents += line.coupon_match_cents;
        self.gross_cents += gross_cents;
    }
}

impl Counted {
    fn add(&mut self, cents: i64) {
        self.count += 1;
        self.cents += cents;
    }
}

/// What a product is, as far as the books care.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Goods,
    Fuel,
    GiftCard,
    Coupon,
}

impl Kind {
    fn of(product: &Product) -> Self {
        match product.product_type.as_deref() {
            Some(name) if name.contains(GIFT_CARD) => Self::GiftCard,
            Some(FUEL) => Self::Fuel,
            Some(_) | None if product.department == COUPON_DEPARTMENT => Self::Coupon,
            Some(_) | None => Self::Goods,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn product(product_id: u32, department: &str, product_type: &str) -> Product {
        Product {
            product_id,
            manufacturer_id: 1,
            department: department.to_owned(),
            brand: "National".to_owned(),
            category: None,
            product_type: Some(product_type.to_owned()),
            package_size: None,
        }
    }

    /// A line of store 367 on New Year's Eve, 23:01:20 in New York, which is next year in UTC.
    fn line(product_id: u32, quantity: i64, amounts: [i64; 4]) -> Line {
        let [sales_cents, retail_discount_cents, coupon_discount_cents, coupon_match_cents] = amounts;
        Line {
            household_id: 1,
            store_id: 367,
            basket_id: 41_481_282_915,
            product_id,
            quantity,
            sales_cents,
            retail_discount_cents,
            coupon_discount_cents,
            coupon_match_cents,
            week: 53,
            timestamp_utc_seconds: 1_514_779_280,
        }
    }

    #[test]
    fn the_entry_of_each_kind_of_line() {
        let products = [
            product(819_063, "GROCERY", "CEREAL"),
            product(2, "MISCELLANEOUS", "MASTERCARD GIFT CARD"),
            product(3, "FUEL", FUEL),
            product(4, "COUPON", "COUPONS/STORE & MFG"),
        ];
        // Tender, coupon receivable, discount, sales, gift cards, pieces, fuel. The first row is the worked
        // example of the data set's own documentation: the customer paid 2.34 at a shelf price of 3.34.
        let cases = [
            (line(819_063, 2, [289, 0, 55, 45]), [234, 55, 45, 334, 0, 2, 0]),
            (line(819_063, 0, [0, 0, 0, 0]), [0, 0, 0, 0, 0, 0, 0]),
            (line(2, 1, [2500, 0, 0, 0]), [2500, 0, 0, 0, 2500, 0, 0]),
            (line(3, 10_000, [2500, 300, 0, 0]), [2500, 0, 300, 2800, 0, 0, 10_000]),
            (line(3, 1, [2500, 0, 0, 0]), [2500, 0, 0, 2500, 0, 0, 0]),
            (line(4, 1, [100, 0, 0, 0]), [100, 0, 0, 100, 0, 0, 0]),
            (line(5_978_656, 1, [0, 0, 55, 0]), [-55, 55, 0, 0, 0, 1, 0]),
        ];
        for (line, expected) in cases {
            let basket = [line.clone()];
            let computed = Expected::compute([&basket[..]].into_iter(), &products).unwrap();
            let books = computed.total();
            let amounts = Role::ALL.map(|role| books.of(role));
            let units = [books.pieces, books.fuel_gallon_thousandths];
            assert_eq!([&amounts[..], &units[..]].concat(), expected, "{line:?}");
            assert_eq!(books.difference_cents(), 0, "{line:?}");
        }
    }

    #[test]
    fn the_business_date_is_the_date_in_the_store() {
        let basket = [line(1, 1, [100, 0, 0, 0])];
        let computed = Expected::compute([&basket[..]].into_iter(), &[]).unwrap();
        let days: Vec<_> = computed.store_days.keys().copied().collect();
        assert_eq!(days, [(367, jiff::civil::date(2017, 12, 31))]);
    }

    #[test]
    fn coupons_beyond_the_sale_are_cash_paid_out() {
        let basket = [line(1, 1, [100, 0, 0, 0]), line(2, 1, [0, 0, 130, 0])];
        let computed = Expected::compute([&basket[..]].into_iter(), &[]).unwrap();
        assert_eq!(computed.cash_paid_out, Counted { count: 1, cents: 30 });
        assert_eq!(computed.total().tender_cents, -30);
    }
}
