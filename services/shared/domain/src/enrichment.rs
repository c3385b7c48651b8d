//! Turns a valid ticket into what is booked and moved: which account role, which item, how much stock.
//!
//! A line whose item is not in the master, or whose unit does not convert to the item's stock unit, books
//! in full to the role `suspense` under the till's department, and waits: only its stock leg and the
//! department of its revenue are missing. Discounts, taxes and tenders never wait. A gift card is a
//! liability by the kind of its line, so it needs no item.

use rust_decimal::Decimal;

use crate::calendar::Date;
use crate::masters::{Item, ItemKind, Items, Store};
use crate::number::Quantity;
use crate::record::pos::{Discount, Line, Tax, Tender};
use crate::record::sales::{Bucket, Sale, SaleDiscount, SaleLine, SaleTax, SaleTender};
use crate::suspense::WaitingLine;
use crate::text::Text;
use crate::ticket::{Code, Kind, QUANTITY_MAX, Reason, Ticket};

/// Role of revenue.
const SALES: &str = "sales";

/// Role of lines that wait for their item.
const SUSPENSE: &str = "suspense";

/// Role of balances the retailer owes.
const GIFT_CARD_LIABILITY: &str = "gift_card_liability";

/// Role of balances that someone else owes.
const THIRD_PARTY_PAYABLE: &str = "third_party_payable";

/// Kind of a line that sells a balance, and so needs no item.
const GIFT_CARD_SALE: &str = "gift_card_sale";

/// A ticket, and what the item master says of each of its lines.
#[derive(Debug)]
pub struct Explained {
    ticket: Ticket,
    lines: Vec<Explanation>,
}

/// What the item master says of a line.
#[derive(Debug)]
enum Explanation {
    Resolved(Resolved),
    /// A kit, which takes several items from stock.
    Kit,
    /// Nothing, or not how much stock the line takes.
    Nothing,
}

impl Explained {
    /// Looks up the items of a ticket as they were on its business date.
    #[must_use]
    pub fn of(ticket: Ticket, items: &Items) -> Self {
        let on = ticket.transaction().business_date;
        let explanation = |line: &Line| {
            let item = item_of(line.item.as_deref(), line.barcode.as_deref(), items, on);
            match item {
                Some(item) if item.kind() == ItemKind::Kit => Explanation::Kit,
                Some(item) => resolve(item, line.quantity, line.unit.as_deref())
                    .map_or(Explanation::Nothing, Explanation::Resolved),
                None => Explanation::Nothing,
            }
        };
        let lines = ticket.transaction().lines.iter().map(explanation).collect();
        Self { ticket, lines }
    }

    /// The ticket.
    #[must_use]
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// What cannot be booked yet for what its items are: kits.
    #[must_use]
    pub fn not_yet_booked(&self) -> Vec<Reason> {
        let lines = self.lines.iter().enumerate();
        lines
            .filter(|(_, explanation)| matches!(explanation, Explanation::Kit))
            .map(|(index, _)| {
                Reason::of_field(
                    Code::NotYetBooked,
                    format!("lines[{index}].item"),
                    "a kit is not booked yet; keep it here until it is, or book it by hand and write it off",
                )
            })
            .collect()
    }

    /// How many lines would wait in suspense for their items.
    #[must_use]
    pub fn lines_in_suspense(&self) -> usize {
        let lines = self.ticket.transaction().lines.iter().zip(&self.lines);
        lines.filter(|(line, explanation)| waits(line, explanation)).count()
    }

    /// Builds the sale that the ticket books in a bucket, and what suspense must remember of it.
    #[must_use]
    pub fn enrich(self, store: &Store, bucket: Bucket) -> (Sale, Vec<WaitingLine>) {
        let transaction = self.ticket.transaction();
        let mut sale = Sale {
            ticket: self.ticket.id().clone(),
            late: bucket.version > 1,
            bucket,
            kind: transaction.kind.clone(),
            content: self.ticket.content(),
            ended_at: transaction.ended_at,
            currency: transaction.currency.clone(),
            subsidiary: store.subsidiary.clone(),
            location: store.location.clone(),
            books: false,
            rounding: transaction.rounding,
            till_totals: transaction.till_totals.is_some(),
            ..Sale::default()
        };
        let mut waiting = Vec::new();
        match self.ticket.kind() {
            Kind::Control => {}
            Kind::Sale => {
                sale.books = true;
                sale.lines.reserve_exact(transaction.lines.len());
                for (line, explanation) in transaction.lines.iter().zip(self.lines) {
                    if waits(line, &explanation) {
                        waiting.push(waiting_line(line, store, &sale));
                    }
                    sale.lines.push(sale_line(line, explanation));
                }
                sale.tenders = transaction.tenders.iter().map(sale_tender).collect();
                sale.taxes = transaction.taxes.iter().map(sale_tax).collect();
            }
        }
        (sale, waiting)
    }
}

/// A gift card is a liability by the kind of its line, so it needs no item.
fn waits(line: &Line, explanation: &Explanation) -> bool {
    line.kind != GIFT_CARD_SALE && !matches!(explanation, Explanation::Resolved(_))
}

/// What a line is once its item is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) item: Text,
    pub(crate) netsuite_item: Option<Text>,
    pub(crate) item_revision: i64,
    pub(crate) role: &'static str,
    pub(crate) department: Text,
    /// Stock units; zero for what moves no stock.
    pub(crate) quantity: Quantity,
    pub(crate) stock_unit: Option<Text>,
}

/// The item that a line names: by its number, else by its barcode.
pub(crate) fn item_of<'a>(
    item: Option<&str>,
    barcode: Option<&str>,
    items: &'a Items,
    on: Date,
) -> Option<Item<'a>> {
    match (item, barcode) {
        (Some(item), _) => items.find(item, on),
        (None, Some(barcode)) => items.find_barcode(barcode, on),
        (None, None) => None,
    }
}

/// Explains a line by its item; `None` when its stock leg cannot be told: the unit does not convert, the
/// item is a kit, or it is counted stock that NetSuite does not know.
pub(crate) fn resolve(item: Item<'_>, quantity: Quantity, unit: Option<&str>) -> Option<Resolved> {
    let (role, moves) = match item.kind() {
        ItemKind::Inventory => (SALES, true),
        ItemKind::NonInventory | ItemKind::Service | ItemKind::Fee => (SALES, false),
        ItemKind::GiftCard => (GIFT_CARD_LIABILITY, false),
        ItemKind::ThirdPartyGiftCard => (THIRD_PARTY_PAYABLE, false),
        ItemKind::Kit => return None,
    };
    let quantity = if moves { stock_units(item, quantity, unit)? } else { Quantity::ZERO };
    if moves && item.netsuite_id().is_none() {
        return None;
    }
    Some(Resolved {
        item: item.number().into(),
        netsuite_item: item.netsuite_id().map(Into::into),
        item_revision: item.revision(),
        role,
        department: item.department().into(),
        quantity,
        stock_unit: moves.then(|| item.stock_unit().into()),
    })
}

/// The quantity in stock units, exact or not at all.
fn stock_units(item: Item<'_>, quantity: Quantity, unit: Option<&str>) -> Option<Quantity> {
    let converted = match unit {
        None => {
            let product = quantity.decimal().checked_mul(item.units_per_sale().decimal())?;
            Quantity::try_from(product).ok()?
        }
        Some(unit) if unit == item.stock_unit() => quantity,
        Some(_) => return None,
    };
    (converted.decimal().abs() <= Decimal::from(QUANTITY_MAX)).then_some(converted)
}

fn sale_line(line: &Line, explanation: Explanation) -> SaleLine {
    let resolved = match explanation {
        Explanation::Resolved(resolved) => Some(resolved),
        Explanation::Kit | Explanation::Nothing => None,
    };
    let mut booked = SaleLine {
        line: line.line,
        amount: line.amount,
        discounts: line.discounts.iter().map(sale_discount).collect(),
        taxes: line.taxes.iter().map(sale_tax).collect(),
        ..SaleLine::default()
    };
    match (line.kind.as_str(), resolved) {
        (GIFT_CARD_SALE, resolved) => {
            let third_party = line.stored_value.as_ref().is_some_and(|account| account.issuer.is_some())
                || resolved.as_ref().is_some_and(|resolved| resolved.role == THIRD_PARTY_PAYABLE);
            explain(&mut booked, resolved, line);
            // Cards are not counted as stock, whatever the item master says of them.
            booked.quantity = Quantity::ZERO;
            booked.stock_unit = None;
            booked.role = if third_party { THIRD_PARTY_PAYABLE } else { GIFT_CARD_LIABILITY }.into();
        }
        (_, Some(resolved)) => explain(&mut booked, Some(resolved), line),
        (_, None) => {
            explain(&mut booked, None, line);
            booked.role = SUSPENSE.into();
        }
    }
    booked
}

/// Fills in what the item master says of the line, else what the till said.
fn explain(booked: &mut SaleLine, resolved: Option<Resolved>, line: &Line) {
    match resolved {
        Some(resolved) => resolved.explain(booked),
        None => {
            booked.item.clone_from(&line.item);
            booked.department.clone_from(&line.department);
        }
    }
}

impl Resolved {
    /// Writes what the item master says into a booked line.
    pub(crate) fn explain(self, booked: &mut SaleLine) {
        booked.role = self.role.into();
        booked.item = Some(self.item);
        booked.netsuite_item = self.netsuite_item;
        booked.item_revision = Some(self.item_revision);
        booked.department = Some(self.department);
        booked.quantity = self.quantity;
        booked.stock_unit = self.stock_unit;
    }
}

fn waiting_line(line: &Line, store: &Store, sale: &Sale) -> WaitingLine {
    WaitingLine {
        store: store.store.clone(),
        ticket: sale.ticket.clone(),
        line: line.line,
        business_date: sale.bucket.business_date,
        window: sale.bucket.window,
        ended_at: sale.ended_at,
        item: line.item.clone().unwrap_or_default(),
        barcode: if line.item.is_some() { None } else { line.barcode.clone() },
        department: line.department.clone(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        amount: line.amount,
        currency: sale.currency.clone(),
        currency_netsuite_id: store.currency_netsuite_id.clone(),
        subsidiary: store.subsidiary.clone(),
        subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
        location: store.location.clone(),
        location_netsuite_id: store.location_netsuite_id.clone(),
    }
}

fn sale_discount(discount: &Discount) -> SaleDiscount {
    SaleDiscount { kind: discount.kind.clone(), amount: discount.amount, code: discount.code.clone() }
}

fn sale_tax(tax: &Tax) -> SaleTax {
    SaleTax {
        code: tax.code.clone(),
        jurisdiction: tax.jurisdiction.clone(),
        treatment: tax.treatment.clone(),
        rate: tax.rate,
        base: tax.base,
        amount: tax.amount,
        included: tax.included,
    }
}

fn sale_tender(tender: &Tender) -> SaleTender {
    let role = match tender.kind.as_str() {
        "manufacturer_coupon" => "coupon_receivable",
        _ => "tender_clearing",
    };
    SaleTender {
        role: role.into(),
        kind: tender.kind.clone(),
        brand: tender.brand.clone(),
        // Both are limited on a valid ticket, so their difference has its digits.
        amount: tender.amount.checked_sub(tender.change).unwrap_or(tender.amount),
    }
}

#[cfg(test)]
mod tests;
