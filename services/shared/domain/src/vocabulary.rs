//! The words of tills that are booked: what each kind of line, of tender and of cash movement is in the books.
//!
//! One table each. A word that is not here is refused by name, never booked by a guess.

use crate::account_map::Role;
use crate::adjustment::Place;
use crate::number::{Amount, Quantity};
use crate::record::pos::{Line, StoredValue, Tax, Tender};

/// The treatment of a tax that is borne.
pub(crate) const TAXABLE: &str = "taxable";

/// Kinds of lines whose revenue is booked by the kind itself where they name no item.
pub(crate) const UNSTOCKED: [&str; 3] = ["service", "fee", "shipping"];

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// Goods or work: revenue of the department of its item.
    Goods,
    /// Goods or work taken back: what reduces the revenue of that department.
    Return,
    /// Goods laid away or ordered: kept for the customer, neither sold nor paid yet.
    Promised,
    /// A balance that is sold or topped up: a liability by the kind of its line, so it needs no item.
    GiftCard,
    /// Work, fees and freight: revenue, without goods, so it needs no item.
    Unstocked,
    /// Money that is the retailer's neither before nor after: owed by this role.
    Owed(Role),
    /// Money taken for a sale to come, owed by this role until then; given back or applied, it is negative.
    Deposit(Role),
    /// Goods that move without a sale: above zero into stock, below zero out of it.
    Stock(StockMove),
}

/// Why goods move that are neither sold nor given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StockMove {
    /// They come from another location, or go to one.
    Transfer,
    /// What was shipped and did not arrive; below zero, what arrived and was not shipped.
    TransferDifference,
    /// What a count found more, or less, than there should be.
    Count,
}

impl StockMove {
    const ALL: [Self; 3] = [Self::Transfer, Self::TransferDifference, Self::Count];

    /// What a word says; `None` for a word of other lines.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.word() == word)
    }

    /// The kind of its lines, and its word on `sales.enriched`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Transfer => TRANSFER,
            Self::TransferDifference => "transfer_difference",
            Self::Count => COUNT,
        }
    }

    /// The kind of the tickets it stands on.
    pub(crate) const fn ticket(self) -> &'static str {
        match self {
            Self::Transfer | Self::TransferDifference => TRANSFER,
            Self::Count => COUNT,
        }
    }

    /// The steps of the goods, where they come into stock and where they go out of it. What is missing of a transfer
    /// is received and lost, so that nothing of it stays on its way, and its cost is where losses are.
    pub(crate) const fn steps(self, out: bool) -> &'static [Step] {
        const RECEIVED: Step = step(Place::InTransit, Place::OnHand, TRANSFER);
        const SHIPPED: Step = step(Place::OnHand, Place::InTransit, TRANSFER);
        const LOST: Step = step(Place::OnHand, Place::CountDifference, "transfer_difference");
        const GAINED: Step = step(Place::CountDifference, Place::OnHand, "transfer_difference");
        const FOUND: Step = step(Place::CountDifference, Place::OnHand, COUNT);
        const MISSED: Step = step(Place::OnHand, Place::CountDifference, COUNT);
        match (self, out) {
            (Self::Transfer, false) => &[RECEIVED],
            (Self::Transfer, true) => &[SHIPPED],
            (Self::TransferDifference, false) => &[RECEIVED, LOST],
            (Self::TransferDifference, true) => &[GAINED, SHIPPED],
            (Self::Count, false) => &[FOUND],
            (Self::Count, true) => &[MISSED],
        }
    }
}

impl LineKind {
    /// What a word says; `None` for a word that is not booked.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "sale" => Self::Goods,
            "return" => Self::Return,
            RESERVE => Self::Promised,
            "gift_card_sale" | "gift_card_reload" => Self::GiftCard,
            word if UNSTOCKED.contains(&word) => Self::Unstocked,
            "bottle_deposit" | "bottle_refund" => Self::Owed(Role::BottleDeposit),
            "donation" => Self::Owed(Role::CharityPayable),
            "tip" => Self::Owed(Role::TipsPayable),
            "commission_sale" => Self::Owed(Role::ThirdPartyPayable),
            "layaway_payment" => Self::Deposit(Role::LayawayDeposit),
            "order_deposit" | "deposit_payment" => Self::Deposit(Role::CustomerDeposit),
            word => return StockMove::of(word).map(Self::Stock),
        })
    }

    /// True where the line books without an item.
    pub(crate) const fn needs_no_item(self) -> bool {
        matches!(self, Self::GiftCard | Self::Owed(_) | Self::Deposit(_))
    }

    /// True where the line moves the stock of its item.
    pub(crate) const fn moves_stock(self) -> bool {
        matches!(self, Self::Goods | Self::Return | Self::Promised | Self::Stock(_))
    }

    /// True where what the line sold can come back on a line that names it.
    pub(crate) const fn can_come_back(self) -> bool {
        matches!(self, Self::Goods | Self::GiftCard | Self::Unstocked | Self::Owed(Role::ThirdPartyPayable))
    }

    /// True where the price can contain a tax.
    pub(crate) const fn is_taxed(self) -> bool {
        matches!(self, Self::Goods | Self::Return | Self::Unstocked | Self::Deposit(_))
    }

    /// True where the line may name the account of a balance.
    pub(crate) const fn loads_a_balance(self) -> bool {
        matches!(self, Self::GiftCard | Self::Deposit(_))
    }
}

/// True for a line that takes goods or money back. Of goods that are sold none has such numbers on a valid ticket.
pub(crate) fn takes_back(quantity: Quantity, amount: Amount) -> bool {
    quantity.is_negative() || amount.is_negative()
}

/// The kind of a line of promised goods, and what such goods do.
pub(crate) const RESERVE: &str = "reserve";

/// What goods do that were promised earlier, and go now.
pub(crate) const COLLECT: &str = "collect";

/// The kinds of tickets whose goods are promised.
pub(crate) const PROMISING: [&str; 2] = ["layaway", "customer_order"];

/// The kinds of links to such tickets.
pub(crate) const PROMISES: [&str; 2] = ["layaway", "order"];

/// The kinds of links of what comes back: the one thing that another store may have sold.
pub(crate) const RETURNED: [&str; 2] = ["return_of", "exchange_of"];

/// How goods come to the customer. Whichever it is, they leave stock with the ticket that says so.
pub(crate) const FULFILMENTS: [&str; 4] = ["carry_out", "pickup", "delivery", "ship_from_store"];

/// True for a line whose goods another location may hand over.
pub(crate) fn hands_over(line: &Line) -> bool {
    matches!(LineKind::of(&line.kind), Some(LineKind::Goods | LineKind::Promised))
}

/// The kind of the link from a ticket to the suspended one that it goes on with.
pub(crate) const RESUME_OF: &str = "resume_of";

/// The kind of the tender that is in the drawer.
pub(crate) const CASH: &str = "cash";

/// The kind of a ticket that undoes an earlier one: it repeats that ticket with the opposite sign.
pub(crate) const POST_VOID: &str = "post_void";

/// The kind of the link from a [`POST_VOID`] to what it undoes, but for movements of cash.
pub(crate) const VOID_OF: &str = "void_of";

/// The kind of a movement of cash that a link says is undone: `pickup` of `void_of_pickup`. Such a ticket has no lines
/// whose words could tell, and a loan and money paid in are one amount of cash.
pub(crate) fn voided_movement(link: &str) -> Option<&str> {
    let kind = link.strip_prefix(VOID_OF)?.strip_prefix('_')?;
    cash_movement(kind).map(|_| kind)
}

/// True for the kind of a link from a [`POST_VOID`] to what it undoes.
pub(crate) fn is_void_of(link: &str) -> bool {
    link == VOID_OF || voided_movement(link).is_some()
}

/// The kind of a ticket of goods that come from another location, or go to one, and of its lines.
pub(crate) const TRANSFER: &str = "transfer";

/// The kind of a ticket of what a count found, and of its lines.
pub(crate) const COUNT: &str = "count";

/// The state of goods of which the till says none.
pub(crate) const RESALEABLE: &str = "resaleable";

/// Why stock moves: each word is a key of the account map, for the cost side of what it moves.
pub(crate) const STOCK_REASONS: [&str; 8] =
    ["sale", "return", "return_damaged", "return_vendor", "scrap", TRANSFER, "transfer_difference", COUNT];

/// Why stock moves that one subsidiary has and another sells: keys of the account map beside [`STOCK_REASONS`].
pub(crate) const BETWEEN_SUBSIDIARIES: [&str; 2] = [SALE_INTERCOMPANY, RETURN_INTERCOMPANY];
const SALE_INTERCOMPANY: &str = "sale_intercompany";
const RETURN_INTERCOMPANY: &str = "return_intercompany";

/// The reason of a step by goods that one subsidiary sells and another has: what they cost is owed between the two.
pub(crate) fn between_subsidiaries(reason: &'static str) -> &'static str {
    match reason {
        "sale" => SALE_INTERCOMPANY,
        "return" | "return_damaged" | "return_vendor" => RETURN_INTERCOMPANY,
        other => other,
    }
}

/// One step of goods between two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// One of [`STOCK_REASONS`], or of what stays within the location and costs nothing: reserve, release.
    pub(crate) reason: &'static str,
}

const fn step(from: Place, to: Place, reason: &'static str) -> Step {
    Step { from, to, reason }
}

/// The steps of goods that are sold.
pub(crate) const SOLD: &[Step] = &[step(Place::OnHand, Place::Customer, "sale")];

/// The steps of goods that are kept for a customer.
pub(crate) const RESERVED: &[Step] = &[step(Place::OnHand, Place::Reserved, RESERVE)];

/// The steps of goods that are no longer kept for one.
pub(crate) const RELEASED: &[Step] = &[step(Place::Reserved, Place::OnHand, "release")];

/// The steps of goods that were kept, and are sold.
pub(crate) const COLLECTED: &[Step] = &[step(Place::Reserved, Place::Customer, "sale")];

/// The steps of goods that come back in the state a till names; `None` for a state that is not booked. Goods to be
/// scrapped come back and go out again, so that the cost of what was sold is given back as its revenue is.
pub(crate) fn returned(disposition: Option<&str>) -> Option<&'static [Step]> {
    const SHELVED: &[Step] = &[step(Place::Customer, Place::OnHand, "return")];
    const DAMAGED: &[Step] = &[step(Place::Customer, Place::Damaged, "return_damaged")];
    const VENDOR: &[Step] = &[step(Place::Customer, Place::Damaged, "return_vendor")];
    const SCRAP: &[Step] = &[
        step(Place::Customer, Place::Damaged, "return_damaged"),
        step(Place::Damaged, Place::Scrapped, "scrap"),
    ];
    match disposition {
        None | Some(RESALEABLE) => Some(SHELVED),
        Some("damaged") => Some(DAMAGED),
        Some("vendor") => Some(VENDOR),
        Some("scrap") => Some(SCRAP),
        Some(_) => None,
    }
}

/// Which way money of the drawer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Into it: its tenders are above zero.
    In,
    /// Out of it: its tenders are below zero.
    Out,
}

/// What a movement of cash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CashMovement {
    /// Which way the money goes.
    pub(crate) way: Way,
    /// The other side of it.
    pub(crate) role: Role,
}

/// What the kind of a transaction says of cash; `None` for what is no movement of it.
pub(crate) fn cash_movement(word: &str) -> Option<CashMovement> {
    let (way, role) = match word {
        "paid_in" => (Way::In, Role::PaidIn),
        "paid_out" => (Way::Out, Role::PaidOut),
        "loan" => (Way::In, Role::Safe),
        "pickup" | "safe_drop" => (Way::Out, Role::Safe),
        _ => return None,
    };
    Some(CashMovement { way, role })
}

/// True for a line that may bear a tax that the ticket states as a whole, inside the prices or on top of them.
pub(crate) fn may_be_taxed(line: &Line) -> bool {
    let kind = LineKind::of(&line.kind);
    !line.voided
        && kind.is_some_and(|kind| kind.is_taxed() || kind == LineKind::Owed(Role::ThirdPartyPayable))
}

/// True for a line whose price contains its part of the taxes that the ticket states as a whole: one that states
/// for itself no tax inside its price, and not that it bears none.
pub(crate) fn shares_taxes_of_ticket(line: &Line) -> bool {
    let speaks_for_itself = |tax: &Tax| tax.included || tax.treatment != TAXABLE;
    !line.voided
        && LineKind::of(&line.kind).is_some_and(LineKind::is_taxed)
        && !line.taxes.iter().any(speaks_for_itself)
}

/// True for a tender that pays with a balance.
pub(crate) fn redeems_a_balance(tender: &Tender) -> bool {
    matches!(tender.kind.as_str(), "gift_card" | "store_credit" | "loyalty" | "account")
}

/// The role of the deposits of a program; `None` for a program of other balances.
pub(crate) fn deposit_of_program(program: &str) -> Option<Role> {
    match program {
        "layaway" => Some(Role::LayawayDeposit),
        "deposit" => Some(Role::CustomerDeposit),
        _ => None,
    }
}

/// The role a tender is debited to; `None` for a kind that is not booked. A balance that somebody else owes is money on
/// its way, as a card's is.
pub(crate) fn tender_role(tender: &Tender) -> Option<Role> {
    match is_of_others(tender.stored_value.as_ref()) {
        true if tender.kind == "account" => Some(Role::TenderClearing),
        true => own_tender_role(tender).map(|_| Role::TenderClearing),
        false => own_tender_role(tender),
    }
}

/// The role a tender is debited to where the balance it pays with is the retailer's own, whichever store issued it;
/// `None` for a kind that is not booked.
pub(crate) fn own_tender_role(tender: &Tender) -> Option<Role> {
    Some(match tender.kind.as_str() {
        "cash" | "card" | "check" | "mobile" | "voucher" | "ebt" | "foreign_cash" => Role::TenderClearing,
        "manufacturer_coupon" => Role::CouponReceivable,
        "gift_card" => Role::GiftCardLiability,
        "store_credit" => Role::StoreCreditLiability,
        "loyalty" => Role::LoyaltyLiability,
        // What a customer owes is collected elsewhere, unless it is a deposit that we hold of theirs.
        "account" => match &tender.stored_value {
            Some(account) => return deposit_of_program(&account.program),
            None => Role::TenderClearing,
        },
        _ => return None,
    })
}

/// True for what lies in a drawer and can be counted, or taken out of it; a claim on a customer is no such thing.
pub(crate) fn is_in_drawer(tender: &Tender) -> bool {
    own_tender_role(tender) == Some(Role::TenderClearing) && tender.kind != "account"
}

/// True for a balance that somebody else owes.
pub(crate) fn is_of_others(account: Option<&StoredValue>) -> bool {
    account.is_some_and(|account| account.issuer.is_some())
}
