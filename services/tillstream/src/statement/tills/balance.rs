//! What a ticket does to balances that customers hold: issued, redeemed, refunded, or kept of a deposit.
//!
//! Told from the words of the ticket: a balance is redeemed by a means of payment, and a deposit by a line that takes
//! from it on a ticket that sells something.

use domain::record::pos::{Line, Transaction};

use super::{Tills, Under, is_promised, money, units};

/// The roles of such balances.
const BALANCES: [&str; 4] =
    ["gift_card_liability", "store_credit_liability", "layaway_deposit", "customer_deposit"];

/// Kinds of lines that are deposits.
const DEPOSITS: [&str; 3] = ["layaway_payment", "order_deposit", "deposit_payment"];

impl Tills {
    /// A balance that pays so much; below zero it is given to the customer.
    pub(super) fn pay_by_balance(&mut self, under: &Under<'_>, role: &'static str, amount: i128) {
        if amount * under.sign < 0 {
            self.move_balance(under, role, "issued", -amount);
        } else {
            self.move_balance(under, role, "redeemed", amount);
        }
    }

    /// A line that adds so much to a balance; below zero it takes from it.
    pub(super) fn add_to_balance(
        &mut self,
        under: &Under<'_>,
        role: &'static str,
        line: &Line,
        amount: i128,
    ) {
        let is_deposit = DEPOSITS.contains(&line.kind.as_str());
        if amount * under.sign >= 0 {
            self.move_balance(under, role, "issued", amount);
        } else if is_deposit && sells(under) {
            self.move_balance(under, role, "redeemed", -amount);
        } else {
            let kept = if is_deposit { self.fees.min(amount.abs()) } else { 0 };
            self.fees -= kept;
            self.move_balance(under, role, "breakage", kept * under.sign);
            self.move_balance(under, role, "refunded", -amount - kept * under.sign);
        }
    }

    fn move_balance(&mut self, under: &Under<'_>, role: &'static str, fate: &str, amount: i128) {
        if BALANCES.contains(&role) {
            *self.balances.entry(under.account(role, fate)).or_default() += amount;
        }
    }
}

/// What the fees of a ticket come to with their tax, without the sign of a void.
pub(super) fn fees(ticket: &Transaction, sign: i128) -> i128 {
    let fees = ticket.lines.iter().filter(|line| !line.voided && line.kind == "fee");
    let with_tax = |line: &Line| {
        let added = line.taxes.iter().filter(|tax| !tax.included).map(|tax| units(tax.amount));
        money::price(line) + added.sum::<i128>()
    };
    sign * fees.filter(|line| line.item.is_none() && line.barcode.is_none()).map(with_tax).sum::<i128>()
}

/// True for a ticket on which a deposit can be spent.
fn sells(under: &Under<'_>) -> bool {
    under.ticket.lines.iter().any(|line| {
        let is_money = line.kind == "fee" || DEPOSITS.contains(&line.kind.as_str());
        !line.voided && !is_money && !is_promised(under.ticket, line) && units(line.amount) * under.sign > 0
    })
}
