//! What a product of the data set is to a till and to the books.
//!
//! The expected side of the statement decides the same by itself, so that a mistake here shows there.

use crate::completejourney::Product;

/// Part of the name of every product type that sells gift cards, and of no other.
const GIFT_CARD: &str = "GIFT CARD";

/// The one product type that is keyed by volume.
const GASOLINE: &str = "GASOLINE-REG UNLEADED";

/// The department of coupons that are rung up like items.
const COUPONS: &str = "COUPON";

/// What a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Pieces that leave the stock.
    Goods,
    /// Fuel, keyed in thousandths of a gallon.
    Gasoline,
    /// A gift card of the retailer.
    GiftCard,
    /// A coupon, which is no stock.
    Coupon,
}

impl Kind {
    /// What a product of the item file is.
    pub(super) fn of(product: &Product) -> Self {
        match product.product_type.as_deref() {
            Some(name) if name.contains(GIFT_CARD) => Self::GiftCard,
            Some(name) if name == GASOLINE => Self::Gasoline,
            _ if product.department == COUPONS => Self::Coupon,
            _ => Self::Goods,
        }
    }
}
