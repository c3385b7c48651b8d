//! Discounts of a whole ticket: a promotion or coupon over several lines, shared out to them.
//!
//! What each takes off goes to its lines by largest remainder, over what is left of their amounts after their own
//! discounts and the discounts of the ticket before it, so no line is reduced below zero while another has a price
//! left. A tie goes to the lower line number. From there on it is a discount of the line, whatever is asked of those.

use std::collections::BTreeSet;

use crate::allocation;
use crate::masters::Store;
use crate::number::Amount;
use crate::record::pos::{Discount, Line, Transaction};
use crate::vocabulary::LineKind;

use super::booking::less_discounts;
use super::{Code, DISCOUNTS_MAX, Kind, Reasons, SHARES_BYTES_MAX, SHARES_MAX};

/// Bytes of a booked discount beside its kind and code.
const SHARE_BYTES: usize = 16;

/// Why a discount cannot be shared out.
enum Refused {
    /// It names a line that is not there, is voided, or is named already.
    Line(i32),
    /// No line that it applies to has a price of its sign.
    NoPrice,
    /// It would make too many discounts of lines.
    TooMany,
}

/// The transaction with its discounts on its lines; `None` where it sells nothing or has none. What cannot be shared
/// out stays with the ticket, and is a reason.
pub(super) fn shared(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<Transaction> {
    if transaction.discounts.is_empty() || Kind::of(transaction) != Some(Kind::Sale) {
        return None;
    }
    let mut shared = Transaction { discounts: Vec::new(), ..transaction.clone() };
    let minor_units = store.currency.minor_units();
    let of_lines = transaction.lines.iter().filter(|line| !line.voided);
    let sold = of_lines.map(|line| line.line).collect();
    let mut share = Share { sold, minor_units, room: SHARES_MAX, bytes: SHARES_BYTES_MAX };
    for (index, discount) in transaction.discounts.iter().enumerate() {
        // More than these are a reason of their own.
        if index >= DISCOUNTS_MAX {
            shared.discounts.push(discount.clone());
        } else if let Err(refused) = share.out(discount, &mut shared.lines) {
            refused.add(index, reasons);
            shared.discounts.push(discount.clone());
        }
    }
    Some(shared)
}

/// Shares discounts out to the lines of one ticket.
struct Share {
    /// Numbers of the lines that are not voided.
    sold: BTreeSet<i32>,
    minor_units: u32,
    /// Discounts of lines that may be made yet, and bytes that they may have.
    room: usize,
    bytes: usize,
}

impl Share {
    fn out(&mut self, discount: &Discount, lines: &mut [Line]) -> Result<(), Refused> {
        let mut named = BTreeSet::new();
        for number in &discount.lines {
            if !self.sold.contains(number) || !named.insert(*number) {
                return Err(Refused::Line(*number));
            }
        }
        if discount.amount.is_zero() {
            return Ok(());
        }
        let is_named =
            |line: &Line| if named.is_empty() { is_goods(line) } else { named.contains(&line.line) };
        let mut reduced: Vec<_> = lines.iter_mut().filter(|line| !line.voided && is_named(line)).collect();
        reduced.sort_by_key(|line| line.line);
        let code = discount.code.as_ref().map_or(0, |code| code.len());
        let each = discount.kind.len().saturating_add(code).saturating_add(SHARE_BYTES);
        self.room = self.room.checked_sub(reduced.len()).ok_or(Refused::TooMany)?;
        self.bytes = self.bytes.checked_sub(each.saturating_mul(reduced.len())).ok_or(Refused::TooMany)?;
        let is_negative = discount.amount.is_negative();
        let weights: Vec<Amount> = reduced.iter().map(|line| price(line, is_negative)).collect();
        let shares = allocation::by_largest_remainder(discount.amount, &weights, self.minor_units);
        for (line, amount) in reduced.into_iter().zip(shares.ok_or(Refused::NoPrice)?) {
            if !amount.is_zero() {
                // Who gave it, and why, is not booked.
                let (kind, code) = (discount.kind.clone(), discount.code.clone());
                line.discounts.push(Discount { kind, code, amount, ..Discount::default() });
            }
        }
        Ok(())
    }
}

/// True for goods that are sold, promised or given back.
fn is_goods(line: &Line) -> bool {
    matches!(LineKind::of(&line.kind), Some(LineKind::Goods | LineKind::Promised | LineKind::Return))
}

/// What is left of a line's price, by the sign of what reduces it; nothing where it has the other sign.
fn price(line: &Line, is_negative: bool) -> Amount {
    let net = less_discounts(line);
    let net = if is_negative { net.saturating_neg() } else { net };
    i64::try_from(net.max(0)).ok().and_then(|units| Amount::from_units(units).ok()).unwrap_or_default()
}

impl Refused {
    fn add(self, index: usize, reasons: &mut Reasons) {
        match self {
            Self::Line(number) => reasons.add(
                Code::Misplaced,
                format_args!("discounts[{index}].lines"),
                format_args!(
                    "line {number} is not on the ticket, is voided, or stands here twice; name lines that are sold, \
                     or none for all goods"
                ),
            ),
            Self::NoPrice => reasons.add(
                Code::Misplaced,
                format_args!("discounts[{index}]"),
                format_args!(
                    "no line it applies to has a price left that it could reduce; send it with what it reduces, above \
                     zero for what is sold and below zero for what comes back, or name its lines"
                ),
            ),
            Self::TooMany => reasons.add(
                Code::TooMany,
                format_args!("discounts[{index}]"),
                format_args!(
                    "shared out to their lines the discounts of the ticket come to more than the {SHARES_MAX} it can \
                     have, or with kinds and codes to more than {SHARES_BYTES_MAX} bytes; \
                     send them on the lines they reduce, or on several tickets"
                ),
            ),
        }
    }
}
