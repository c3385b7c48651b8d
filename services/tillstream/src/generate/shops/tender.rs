//! How tickets are paid: by weight, and cash to the coins there are.

use domain::number::UnitPrice;
use domain::record::pos::{ForeignCurrency, StoredValue, Tender, Transaction};

use super::ledger::{amount, to_multiple};
use super::{Draw, Retailer, Shops, line};

/// Pesos for a dollar, in cents.
const DOLLAR: i64 = 1_750;

/// Brands of cards.
const BRANDS: [&str; 3] = ["visa", "mastercard", "amex"];

/// A means of payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Cash,
    Card,
    CardAndTip,
    CardAndCashback,
    CardAndCash,
    Six,
    Check,
    Mobile,
    Voucher,
    FoodStamps,
    GiftCard,
    GiftCardOfOthers,
    BalanceAcross,
    StoreCredit,
    Points,
    Coupon,
    Dollars,
    OnAccount,
}

/// Of 100 tickets, how many are paid how in each chain.
#[rustfmt::skip]
const WEIGHTS: [(Means, u64, u64); 18] = [
    (Means::Cash,             45, 27),
    (Means::Six,               1,  1),
    (Means::Card,             25, 34),
    (Means::CardAndTip,        3,  2),
    (Means::CardAndCashback,   0,  5),
    (Means::CardAndCash,       4,  6),
    (Means::Check,             0,  3),
    (Means::Mobile,            4,  4),
    (Means::Voucher,           5,  0),
    (Means::FoodStamps,        0,  3),
    (Means::GiftCard,          3,  3),
    (Means::GiftCardOfOthers,  0,  1),
    (Means::BalanceAcross,     0,  2),
    (Means::StoreCredit,       2,  2),
    (Means::Points,            2,  1),
    (Means::Coupon,            4,  3),
    (Means::Dollars,           2,  0),
    (Means::OnAccount,         0,  3),
];

impl Shops {
    /// Numbers the lines, states the total, and pays what is left to pay, or gives it back.
    pub(super) fn pay(&self, store: u32, ticket: &mut Transaction, draw: &mut Draw) {
        line::number(ticket);
        let owed = line::owed(ticket);
        ticket.total = Some(amount(owed));
        let left = owed - line::paid(ticket);
        let coin = match self.currency(store) {
            "MXN" => 50,
            "CAD" | "BHD" => 5,
            "CLP" => 10,
            _ => 1,
        };
        match left {
            0 => {}
            1.. => self.take(store, left, coin, ticket, draw),
            _ => give_back(left, coin, ticket, draw),
        }
    }

    fn take(&self, store: u32, left: i64, coin: i64, ticket: &mut Transaction, draw: &mut Draw) {
        let part = left / 2;
        match self.means(draw) {
            Means::Cash => cash(left, coin, ticket),
            Means::Card => ticket.tenders.push(card(left, draw)),
            Means::CardAndTip => {
                let tip = left / 10;
                ticket.tenders.push(Tender { tip: amount(tip), ..card(left + tip, draw) });
            }
            Means::CardAndCashback => {
                ticket.tenders.push(Tender { cashback: amount(2_000), ..card(left + 2_000, draw) });
            }
            Means::CardAndCash => {
                ticket.tenders.extend((part > 0).then(|| card(part, draw)));
                cash(left - part.max(0), coin, ticket);
            }
            Means::Six => {
                let part = left / 6;
                let first = ["gift_card", "store_credit", "loyalty", "mobile"].map(|kind| tender(kind, part));
                let parts = first.into_iter().chain([card(part, draw)]);
                ticket.tenders.extend(parts.filter(|_| part > 0));
                cash(left - 5 * part, coin, ticket);
            }
            Means::Check => {
                let written = (left + 999) / 1_000 * 1_000;
                ticket.tenders.push(Tender { change: amount(written - left), ..tender("check", written) });
            }
            Means::Mobile => ticket.tenders.push(tender("mobile", left)),
            Means::Voucher => ticket.tenders.push(tender("voucher", left)),
            Means::FoodStamps => ticket.tenders.push(tender("ebt", left)),
            Means::GiftCard => {
                let stored_value = Some(balance("gift_card", draw));
                ticket.tenders.push(Tender { stored_value, ..tender("gift_card", left) });
            }
            Means::GiftCardOfOthers => {
                let of_others = StoredValue { issuer: Some("mall".into()), ..balance("gift_card", draw) };
                ticket.tenders.push(Tender { stored_value: Some(of_others), ..tender("gift_card", left) });
            }
            Means::BalanceAcross => {
                // Of a store of another subsidiary, where there is one, or of its neighbour; else of another store of
                // this one.
                let across = self.across(store).filter(|_| draw.below(2) == 0);
                let further = self.across(store).unwrap_or(store);
                let issuer = self.store_name(across.unwrap_or_else(|| self.neighbour(further)));
                let kind = if draw.below(3) == 0 { "store_credit" } else { "gift_card" };
                let stored_value = Some(StoredValue { issuer: Some(issuer.into()), ..balance(kind, draw) });
                ticket.tenders.push(Tender { stored_value, ..tender(kind, left) });
            }
            Means::StoreCredit => {
                let stored_value = Some(balance("store_credit", draw));
                ticket.tenders.push(Tender { stored_value, ..tender("store_credit", left) });
            }
            Means::Points => {
                ticket.tenders.extend((part > 0).then(|| tender("loyalty", part)));
                cash(left - part.max(0), coin, ticket);
            }
            Means::Coupon => {
                let value = part.min(1_000);
                let coupon = || Tender { line: Some(1), ..tender("manufacturer_coupon", value) };
                ticket.tenders.extend((value > 0).then(coupon));
                ticket.tenders.push(card(left - value.max(0), draw));
            }
            Means::Dollars => dollars(left, coin, ticket),
            Means::OnAccount => ticket.tenders.push(tender("account", left)),
        }
    }

    fn means(&self, draw: &mut Draw) -> Means {
        let mut drawn = draw.below(100);
        for (means, mexican, several) in WEIGHTS {
            let weight = match self.retailer {
                Retailer::Mexican => mexican,
                Retailer::Several => several,
            };
            if drawn < weight {
                return means;
            }
            drawn -= weight;
        }
        Means::Cash
    }
}

/// A tender of a kind and nothing else.
pub(super) fn tender(kind: &str, cents: i64) -> Tender {
    Tender { kind: kind.into(), amount: amount(cents), ..Tender::default() }
}

/// A balance of a program, on an account of its own.
fn balance(program: &str, draw: &mut Draw) -> StoredValue {
    StoredValue {
        program: program.into(),
        account: Some(format!("token-{}", draw.below(10_000)).into()),
        ..StoredValue::default()
    }
}

fn card(cents: i64, draw: &mut Draw) -> Tender {
    let brand = usize::try_from(draw.below(3)).ok().and_then(|at| BRANDS.get(at).copied());
    Tender {
        brand: brand.map(Into::into),
        last4: Some(format!("{:04}", draw.below(10_000)).into()),
        ..tender("card", cents)
    }
}

/// Cash for the rest of a ticket, in notes, with change.
fn cash(left: i64, coin: i64, ticket: &mut Transaction) {
    let due = to_multiple(left, coin);
    ticket.rounding = amount(due - left);
    let given = (due + 1_999) / 2_000 * 2_000;
    if given > 0 {
        ticket.tenders.push(Tender { change: amount(given - due), ..tender("cash", given) });
    }
}

/// Whole dollars, with change in pesos.
fn dollars(left: i64, coin: i64, ticket: &mut Transaction) {
    let due = to_multiple(left, coin);
    ticket.rounding = amount(due - left);
    let whole = (due + DOLLAR - 1) / DOLLAR;
    if whole > 0 {
        let foreign = ForeignCurrency {
            currency: "USD".into(),
            amount: amount(whole * 100),
            exchange_rate: UnitPrice::from_units(DOLLAR * 10_000).unwrap_or_default(),
        };
        ticket.tenders.push(Tender {
            change: amount(whole * DOLLAR - due),
            foreign: Some(foreign),
            ..tender("foreign_cash", whole * DOLLAR)
        });
    }
}

/// Money given back: cash, to the card, onto a gift card, or store credit.
fn give_back(left: i64, coin: i64, ticket: &mut Transaction, draw: &mut Draw) {
    match draw.below(10) {
        0..=4 => {
            let due = to_multiple(left, coin);
            ticket.rounding = amount(due - left);
            ticket.tenders.extend((due != 0).then(|| tender("cash", due)));
        }
        5..=7 => ticket.tenders.push(card(left, draw)),
        8 => {
            let stored_value = Some(balance("gift_card", draw));
            ticket.tenders.push(Tender { stored_value, ..tender("gift_card", left) });
        }
        _ => ticket.tenders.push(tender("store_credit", left)),
    }
}
