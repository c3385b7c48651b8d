//! The account roles: what an amount is, before any account is chosen.
//!
//! The order of the variants is the order of lines in a document: what was received, what was given
//! away, what was earned, what is owed.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an amount is in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Money on its way from a means of payment; by tender kind and brand.
    TenderClearing,
    /// Manufacturers' coupons to be reimbursed.
    CouponReceivable,
    /// What another subsidiary owes for money given out on its behalf; by subsidiary.
    DueFrom,
    /// Reductions of revenue; by discount kind.
    Discount,
    /// Revenue given back for what was taken back; by department.
    Returns,
    /// Gross revenue; by department.
    Sales,
    /// Balances of gift cards the retailer owes.
    GiftCardLiability,
    /// Balances of store credit the retailer owes.
    StoreCreditLiability,
    /// Points that customers can spend.
    LoyaltyLiability,
    /// Paid on goods laid away, owed until they are handed over.
    LayawayDeposit,
    /// Paid on an order, owed until it is delivered.
    CustomerDeposit,
    /// Deposits on bottles and crates, owed until they come back.
    BottleDeposit,
    /// Tips to be handed to the staff.
    TipsPayable,
    /// Donations to be handed to charity; never revenue.
    CharityPayable,
    /// Money collected for others.
    ThirdPartyPayable,
    /// What is owed to another subsidiary for money taken on its behalf; by subsidiary.
    DueTo,
    /// Tax collected; by tax code and jurisdiction.
    TaxPayable,
    /// Cash rounding.
    Rounding,
    /// Cash put into the drawer that no sale brought; by reason.
    PaidIn,
    /// Cash taken from the drawer to pay for something; by reason.
    PaidOut,
    /// Money in the safe of the store; by tender kind.
    Safe,
    /// What was counted in a drawer less what should lie in it; by tender kind.
    OverShort,
    /// Lines whose item is not known yet; by the till's department.
    Suspense,
    /// Cost side of stock moves; by reason. Never on a journal.
    InventoryAdjustment,
}

impl Role {
    /// Every role, in document order.
    pub const ALL: [Self; 24] = [
        Self::TenderClearing,
        Self::CouponReceivable,
        Self::DueFrom,
        Self::Discount,
        Self::Returns,
        Self::Sales,
        Self::GiftCardLiability,
        Self::StoreCreditLiability,
        Self::LoyaltyLiability,
        Self::LayawayDeposit,
        Self::CustomerDeposit,
        Self::BottleDeposit,
        Self::TipsPayable,
        Self::CharityPayable,
        Self::ThirdPartyPayable,
        Self::DueTo,
        Self::TaxPayable,
        Self::Rounding,
        Self::PaidIn,
        Self::PaidOut,
        Self::Safe,
        Self::OverShort,
        Self::Suspense,
        Self::InventoryAdjustment,
    ];

    /// The word in records and in the account map.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TenderClearing => "tender_clearing",
            Self::CouponReceivable => "coupon_receivable",
            Self::DueFrom => "due_from",
            Self::Discount => "discount",
            Self::Returns => "returns",
            Self::Sales => "sales",
            Self::GiftCardLiability => "gift_card_liability",
            Self::StoreCreditLiability => "store_credit_liability",
            Self::LoyaltyLiability => "loyalty_liability",
            Self::LayawayDeposit => "layaway_deposit",
            Self::CustomerDeposit => "customer_deposit",
            Self::BottleDeposit => "bottle_deposit",
            Self::TipsPayable => "tips_payable",
            Self::CharityPayable => "charity_payable",
            Self::ThirdPartyPayable => "third_party_payable",
            Self::DueTo => "due_to",
            Self::TaxPayable => "tax_payable",
            Self::Rounding => "rounding",
            Self::PaidIn => "paid_in",
            Self::PaidOut => "paid_out",
            Self::Safe => "safe",
            Self::OverShort => "over_short",
            Self::Suspense => "suspense",
            Self::InventoryAdjustment => "inventory_adjustment",
        }
    }

    /// The role of a word; `None` for a word that is no role.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The part of a key and its detail by which sums of this role are kept apart.
    #[must_use]
    pub const fn told_apart_by<'a>(
        self,
        key: Option<&'a str>,
        detail: Option<&'a str>,
    ) -> (Option<&'a str>, Option<&'a str>) {
        match self {
            Self::TenderClearing | Self::TaxPayable => (key, detail),
            Self::DueFrom
            | Self::DueTo
            | Self::Discount
            | Self::Returns
            | Self::Sales
            | Self::PaidIn
            | Self::PaidOut
            | Self::Safe
            | Self::OverShort
            | Self::Suspense
            | Self::InventoryAdjustment => (key, None),
            Self::CouponReceivable
            | Self::GiftCardLiability
            | Self::StoreCreditLiability
            | Self::LoyaltyLiability
            | Self::LayawayDeposit
            | Self::CustomerDeposit
            | Self::BottleDeposit
            | Self::TipsPayable
            | Self::CharityPayable
            | Self::ThirdPartyPayable
            | Self::Rounding => (None, None),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::from_word(&word).ok_or_else(|| D::Error::custom(format_args!("`{word}` is no account role")))
    }
}
