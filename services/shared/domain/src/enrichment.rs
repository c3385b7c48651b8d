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

/// Builds the sale that a ticket books in a bucket, and what suspense must remember of it.
#[must_use]
pub fn enrich(ticket: &Ticket, store: &Store, items: &Items, bucket: Bucket) -> (Sale, Vec<WaitingLine>) {
    let transaction = ticket.transaction();
    let mut sale = Sale {
        ticket: ticket.id().clone(),
        late: bucket.version > 1,
        bucket,
        kind: transaction.kind.clone(),
        content: ticket.content(),
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
    match ticket.kind() {
        Kind::Control => {}
        Kind::Sale => {
            sale.books = true;
            sale.lines.reserve_exact(transaction.lines.len());
            for line in &transaction.lines {
                let booked = sale_line(line, items, &sale);
                if booked.role == SUSPENSE {
                    waiting.push(waiting_line(line, store, &sale));
                }
                sale.lines.push(booked);
            }
            sale.tenders = transaction.tenders.iter().map(sale_tender).collect();
            sale.taxes = transaction.taxes.iter().map(sale_tax).collect();
        }
    }
    (sale, waiting)
}

/// How many lines of a ticket would wait in suspense for their items.
#[must_use]
pub fn lines_in_suspense(ticket: &Ticket, items: &Items) -> usize {
    let on = ticket.transaction().business_date;
    match ticket.kind() {
        Kind::Control => 0,
        Kind::Sale => ticket.transaction().lines.iter().filter(|line| waits(line, items, on)).count(),
    }
}

fn waits(line: &Line, items: &Items, on: Date) -> bool {
    line.kind != GIFT_CARD_SALE && explained(line, items, on).is_none()
}

/// What a line of a ticket is, where the item master knows.
fn explained(line: &Line, items: &Items, on: Date) -> Option<Resolved> {
    let item = item_of(line.item.as_deref(), line.barcode.as_deref(), items, on)?;
    resolve(item, line.quantity, line.unit.as_deref())
}

/// What of a ticket cannot be booked yet for what its items are: kits, which take several items from stock.
#[must_use]
pub fn not_yet_booked(ticket: &Ticket, items: &Items) -> Vec<Reason> {
    let date = ticket.transaction().business_date;
    let kit = |line: &Line| {
        let item = item_of(line.item.as_deref(), line.barcode.as_deref(), items, date);
        item.is_some_and(|item| item.kind() == ItemKind::Kit)
    };
    let lines = ticket.transaction().lines.iter().enumerate();
    lines
        .filter(|(_, line)| kit(line))
        .map(|(index, _)| {
            Reason::of_field(
                Code::NotYetBooked,
                format!("lines[{index}].item"),
                "a kit is not booked yet; keep it here until it is, or book it by hand and write it off",
            )
        })
        .collect()
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

fn sale_line(line: &Line, items: &Items, sale: &Sale) -> SaleLine {
    let resolved = explained(line, items, sale.ticket.business_date);
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
