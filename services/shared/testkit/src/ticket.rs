//! Tickets of a small shop: valid ones, to be changed by the test.

use domain::calendar::Timestamp;
use domain::number::Amount;
use domain::record::pos::{Discount, Line, Tax, Tender, Transaction};

use crate::{amount, date, quantity};

/// 2026-03-14 15:00 in New York.
pub const ENDED_AT: Timestamp = Timestamp(1_773_514_800_000);

/// A plain sale of one line paid in cash: store, register 1, business date 2026-03-14.
#[must_use]
pub fn sale(store: &str, sequence: i64, price: &str) -> Transaction {
    Transaction {
        lines: vec![line(1, "milk", price)],
        tenders: vec![cash(price)],
        ..control(store, sequence, "sale")
    }
}

/// A control record without money.
#[must_use]
pub fn control(store: &str, sequence: i64, kind: &str) -> Transaction {
    Transaction {
        store: store.into(),
        register: "1".into(),
        business_date: date("2026-03-14"),
        sequence,
        kind: kind.into(),
        ended_at: ENDED_AT,
        currency: "USD".into(),
        ..Transaction::default()
    }
}

/// The store's end-of-day record.
#[must_use]
pub fn end_of_day(store: &str, sequence: i64) -> Transaction {
    control(store, sequence, "business_eod")
}

/// One piece of an item.
#[must_use]
pub fn line(number: i32, item: &str, price: &str) -> Line {
    Line {
        line: number,
        kind: "sale".into(),
        item: Some(item.into()),
        quantity: quantity("1"),
        amount: amount(price),
        ..Line::default()
    }
}

/// A promotion that reduces a line.
#[must_use]
pub fn promotion(reduction: &str) -> Discount {
    Discount { kind: "promotion".into(), amount: amount(reduction), ..Discount::default() }
}

/// A sales tax added to the price.
#[must_use]
pub fn added_tax(code: &str, collected: &str) -> Tax {
    Tax {
        code: code.into(),
        kind: "sales".into(),
        treatment: "taxable".into(),
        amount: amount(collected),
        ..Tax::default()
    }
}

/// Cash, exactly as owed.
#[must_use]
pub fn cash(paid: &str) -> Tender {
    tender("cash", paid)
}

/// A tender of a kind, without change.
#[must_use]
pub fn tender(kind: &str, paid: &str) -> Tender {
    Tender { kind: kind.into(), amount: amount(paid), change: Amount::ZERO, ..Tender::default() }
}
