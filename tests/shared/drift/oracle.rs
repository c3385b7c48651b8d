//! What the books and the stock must be, added up from the raw tickets in 128 bits: it knows the records of the tills
//! and nothing of the services or of the rules of `domain`.

use domain::number::Amount;
use domain::record::pos::{Line, Tax, Tender, Transaction};

use super::ledger::{Ledger, TAX_SUMMARIES};

/// Smallest units of an amount in a cent.
const CENT: i128 = 100;

/// Adds one accepted ticket to what is expected.
pub(crate) fn expect(ticket: &Transaction, ledger: &mut Ledger) {
    if ticket.training || ["cancelled", "no_sale", "business_eod"].contains(&ticket.kind.as_str()) {
        return;
    }
    let mut book = Book { ticket, ledger };
    ticket.tenders.iter().for_each(|each| book.tender(each));
    match ticket.kind.as_str() {
        "paid_in" => book.cash("paid_in"),
        "paid_out" => book.cash("paid_out"),
        "loan" | "pickup" | "safe_drop" => book.cash("safe"),
        "till_totals" => book.report(),
        _ => {
            book.credit("rounding", units(ticket.rounding));
            ticket.taxes.iter().for_each(|tax| book.tax(tax));
            for line in ticket.lines.iter().filter(|line| !line.voided) {
                book.line(line);
                book.goods(line);
            }
        }
    }
}

struct Book<'a> {
    ticket: &'a Transaction,
    ledger: &'a mut Ledger,
}

impl Book<'_> {
    fn debit(&mut self, role: &'static str, units: i128) {
        self.ledger.expect(&self.ticket.store, self.ticket.business_date, role, units);
    }

    fn credit(&mut self, role: &'static str, units: i128) {
        self.debit(role, -units);
    }

    fn tender(&mut self, tender: &Tender) {
        let role = match tender.kind.as_str() {
            "manufacturer_coupon" => "coupon_receivable",
            "gift_card" => "gift_card_liability",
            "store_credit" => "store_credit_liability",
            "loyalty" => "loyalty_liability",
            "account" if tender.stored_value.is_some() => "layaway_deposit",
            _ => "tender_clearing",
        };
        self.debit(role, units(tender.amount));
        self.credit("tender_clearing", units(tender.change) + units(tender.cashback));
        self.credit("tips_payable", units(tender.tip));
    }

    fn tax(&mut self, tax: &Tax) {
        self.credit("tax_payable", units(tax.amount));
        self.debit(TAX_SUMMARIES, units(tax.amount));
    }

    fn cash(&mut self, role: &'static str) {
        self.credit(role, self.ticket.tenders.iter().map(|tender| units(tender.amount)).sum());
    }

    /// Cash counted with what the drawer was opened with, anything else by itself.
    fn report(&mut self) {
        let totals = self.ticket.till_totals.as_ref().unwrap();
        let mut over = units(totals.declared_cash.unwrap()) - units(totals.opening_cash.unwrap());
        for tender in &totals.tenders {
            over += tender.declared.map_or(0, units) - units(tender.amount);
        }
        self.debit("tender_clearing", over);
        self.credit("over_short", over);
    }

    /// True for goods or money that a line takes back; of a void, as the line it repeats did.
    fn takes_back(&self, line: &Line) -> bool {
        let sign = if self.ticket.kind == "post_void" { -1 } else { 1 };
        sign * line.quantity.units() < 0 || sign * line.amount.units() < 0
    }

    fn is_promised(&self, line: &Line) -> bool {
        line.kind == "reserve" || (self.ticket.kind == "layaway" && line.kind == "sale")
    }

    fn line(&mut self, line: &Line) {
        let role = match line.kind.as_str() {
            _ if self.is_promised(line) => return,
            "gift_card_sale" => "gift_card_liability",
            "donation" => "charity_payable",
            "bottle_deposit" => "bottle_deposit",
            "commission_sale" => "third_party_payable",
            "tip" => "tips_payable",
            "layaway_payment" => "layaway_deposit",
            "sale" | "return" | "fee" if self.takes_back(line) => "returns",
            "sale" | "return" | "fee" => "sales",
            "transfer" | "transfer_difference" | "count" => return,
            other => panic!("there are no lines of kind {other}"),
        };
        let off: i128 = line.discounts.iter().map(|discount| units(discount.amount)).sum();
        let inside = line.taxes.iter().filter(|tax| tax.included);
        let inside: i128 = inside.map(|tax| units(tax.amount)).sum();
        let price = units(line.amount) - off;
        let mut revenue = price - inside;
        for discount in &line.discounts {
            // A discount is without its part of the tax inside the price, to the cent, half away from zero.
            let without = match inside {
                0 => units(discount.amount),
                _ => rounded(units(discount.amount) * (price - inside), price * CENT) * CENT,
            };
            self.debit("discount", without);
            revenue += without;
        }
        self.credit(role, revenue);
        line.taxes.iter().for_each(|tax| self.tax(tax));
    }

    /// Moves the goods of a line between the places of its location.
    fn goods(&mut self, line: &Line) {
        let quantity = i128::from(line.quantity.units());
        let from_kept = line.original.as_ref().is_some_and(|original| original.kind == "layaway");
        let moves: &[(&'static str, i128)] = match line.kind.as_str() {
            _ if self.is_promised(line) => &[("on_hand", -quantity), ("reserved", quantity)],
            "sale" if from_kept => &[("reserved", -quantity)],
            "sale" => &[("on_hand", -quantity)],
            "return" => match line.disposition.as_deref() {
                Some("damaged" | "vendor") => &[("damaged", -quantity)],
                Some("scrap") => &[],
                _ => &[("on_hand", -quantity)],
            },
            "transfer" | "count" => &[("on_hand", quantity)],
            _ => &[],
        };
        let item = line.item.as_deref().unwrap_or("ham");
        // Item, and its stock units in a thousand of what the till counts.
        let parts: &[(&str, i128)] = match item {
            "kit" => &[("1", 2_000), ("2", 1_000)],
            "fuel" => &[("fuel", 1)],
            "work" => &[],
            item => &[(item, 1_000)],
        };
        let location = line.fulfilment_location.as_ref().unwrap_or(&self.ticket.store);
        for (place, quantity) in moves {
            for (item, thousandths) in parts {
                self.ledger.expect_stock(location, item, place, quantity * thousandths / 1_000);
            }
        }
    }
}

fn units(amount: Amount) -> i128 {
    i128::from(amount.units())
}

/// A fraction as the nearest whole number, half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let sign = numerator.signum() * denominator.signum();
    let (numerator, denominator) = (numerator.abs(), denominator.abs());
    sign * ((2 * numerator + denominator) / (2 * denominator))
}
