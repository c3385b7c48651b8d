//! Turns a valid ticket into what is booked and moved: which account role, which item, how much stock.
//!
//! A line whose item is not in the master, or whose unit does not convert to the item's stock unit, books
//! in full to the role `suspense` under the till's department, and waits: only its stock leg and the
//! department of its revenue are missing. Discounts, taxes and tenders never wait. What is owed by the kind
//! of its line, as a gift card or a donation, needs no item.
//!
//! A price that contains tax books without it: revenue is the price less the tax stated, and a discount its
//! part of that, rounded half away from zero. So revenue less discounts is exact, whatever the discounts
//! are rounded to. A tax stated for the whole ticket is shared out to its lines by largest remainder. What
//! was taken back before it was paid for is not there.

mod elsewhere;
mod explain;
mod money;
pub(crate) mod price;
mod undo;

use crate::bucket::Touched;
use crate::calendar::Date;
use crate::identity::ContentHash;
use crate::masters::{Items, Store, Stores};
use crate::number::{Amount, Quantity};
use crate::record::pos::{Discount, Line, Tax, Transaction};
use crate::record::sales::{Bucket, OtherStore, Sale, SaleDiscount, SaleLine, SaleTax, TicketId};
use crate::suspense::WaitingLine;
use crate::text::Text;
use crate::ticket::{self, Code, Kind, LINES_MAX, Reason, Reasons, Ticket, content_hash};
use crate::vocabulary::{self, LineKind};

use explain::sold_on;
pub(crate) use explain::{Explanation, Kit, Named, Resolved};
use money::{other_side, over_short, sale_tenders};
use price::{Prices, WithoutTax, included};
use undo::{explained_on, undo};

/// Role of revenue.
const SALES: &str = "sales";

/// Role of revenue given back.
const RETURNS: &str = "returns";

/// Role of lines that wait for their item.
const SUSPENSE: &str = "suspense";

/// Role of balances the retailer owes.
const GIFT_CARD_LIABILITY: &str = "gift_card_liability";

/// Role of balances that someone else owes.
const THIRD_PARTY_PAYABLE: &str = "third_party_payable";

/// Role of goods that move without a sale: what they cost is booked with their adjustment.
const INVENTORY_ADJUSTMENT: &str = "inventory_adjustment";

/// A ticket, and what the item master says of each of its lines.
#[derive(Debug)]
pub struct Explained {
    ticket: Ticket,
    lines: Vec<Explanation>,
}

impl Explained {
    /// Checks a transaction of a store, and looks up its items as they were on its business date. What other stores
    /// it refers to is not looked at.
    ///
    /// # Errors
    /// As [`Ticket::check`], and what cannot be booked yet for what its items are.
    pub fn check(transaction: Transaction, store: &Store, items: &Items) -> Result<Self, Vec<Reason>> {
        let content = content_hash(&transaction);
        Self::check_further(transaction, content, store, items, |_, _, _, _| {})
    }

    /// Checks a transaction whose [`content_hash`] is known already, among other stores.
    ///
    /// # Errors
    /// As [`Explained::check`], and what of other stores cannot come back here.
    pub fn check_among(
        transaction: Transaction,
        content: ContentHash,
        store: &Store,
        items: &Items,
        stores: &Stores,
    ) -> Result<Self, Vec<Reason>> {
        Self::check_further(transaction, content, store, items, |booked, on, lines, reasons| {
            elsewhere::check(booked, store, stores, reasons);
            for (line, explanation) in booked.lines.iter().zip(lines) {
                if let Some((subsidiary, on)) = elsewhere::valued_by(booked, line, on, store, stores) {
                    explanation.state_costs(items, subsidiary, on);
                }
            }
        })
    }

    fn check_further(
        transaction: Transaction,
        content: ContentHash,
        store: &Store,
        items: &Items,
        further: impl FnOnce(&Transaction, Date, &mut [Explanation], &mut Reasons),
    ) -> Result<Self, Vec<Reason>> {
        let on = explained_on(&transaction, store);
        let mut lines = Vec::new();
        let ticket = Ticket::check_further(transaction, content, store, |booked, reasons| {
            lines = booked.lines.iter().map(|line| explanation(line, store, items, on)).collect();
            tax_in_no_revenue(booked, &lines, reasons);
            taken_apart(booked, &lines, (store, items, on), reasons);
            further(booked, on, &mut lines, reasons);
        })?;
        Ok(Self { ticket, lines })
    }

    /// The ticket.
    #[must_use]
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The lines as they are booked, each with what the item master says of it.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&Line, &Explanation)> {
        self.ticket.booked().lines.iter().zip(&self.lines)
    }

    /// How many lines would wait in suspense for their items.
    #[must_use]
    pub fn lines_in_suspense(&self) -> usize {
        if !self.ticket.kind().has_goods() {
            return 0;
        }
        let lines = self.ticket.booked().lines.iter().zip(&self.lines);
        lines.filter(|(line, explanation)| waits(line, explanation)).count()
    }

    /// The locations other than the store's own whose stock the ticket moves.
    #[must_use]
    pub fn places(&self, store: &Store, stores: &Stores) -> Vec<Touched> {
        if !self.ticket.kind().has_goods() {
            return Vec::new();
        }
        elsewhere::places(&self.ticket.booked().lines, store, stores).collect()
    }

    /// Builds the sale that the ticket books in a bucket, and what suspense must remember of it.
    #[must_use]
    pub fn enrich(self, store: &Store, stores: &Stores, bucket: Bucket) -> (Sale, Vec<WaitingLine>) {
        let transaction = self.ticket.booked();
        let mut sale = Sale {
            ticket: self.ticket.id().clone(),
            late: bucket.version > 1,
            bucket,
            kind: self.ticket.transaction().kind.clone(),
            content: self.ticket.content(),
            ended_at: transaction.ended_at,
            currency: transaction.currency.clone(),
            subsidiary: store.subsidiary.clone(),
            location: store.location.clone(),
            books: false,
            rounding: transaction.rounding,
            till_totals: transaction.till_totals.is_some() && !transaction.training,
            flags: flags(&self.ticket, store),
            ..Sale::default()
        };
        let mut waiting = Vec::new();
        match self.ticket.kind() {
            Kind::Control | Kind::Unfinished => {}
            Kind::Report => {
                let differences =
                    transaction.till_totals.as_ref().map(ticket::differences).unwrap_or_default();
                sale.books = !differences.is_empty();
                (sale.lines, sale.tenders) = (1..).zip(differences).map(over_short).unzip();
            }
            Kind::CashMovement => {
                sale.books = true;
                sale.lines = other_side(transaction);
                sale.tenders = sale_tenders(&transaction.tenders, store, stores);
            }
            Kind::Sale | Kind::Stock => {
                sale.books = true;
                sale.lines.reserve_exact(transaction.lines.len());
                let prices = Prices::of(transaction, store.currency.minor_units());
                for ((index, line), explanation) in transaction.lines.iter().enumerate().zip(self.lines) {
                    if line.voided {
                        continue;
                    }
                    let price = prices.without_tax(index, line);
                    let at = At {
                        store,
                        stores,
                        booked_in: elsewhere::seller(transaction, line, store, stores)
                            .map(elsewhere::books_of)
                            .map(Box::new),
                    };
                    match explanation {
                        Explanation::Kit(kit) => {
                            let whole = sale_line(line, None, price, &at);
                            let takes_back = vocabulary::takes_back(line.quantity, line.amount);
                            let mut components = kit.take_apart(&whole, takes_back, prices.minor_units);
                            components.iter_mut().for_each(|each| uncounted(each, line));
                            sale.lines.append(&mut components);
                        }
                        Explanation::Item(resolved) => {
                            sale.lines.push(sale_line(line, Some(resolved), price, &at));
                        }
                        Explanation::Nothing => {
                            if waits(line, &explanation) {
                                let on = explained_on(self.ticket.transaction(), store);
                                let valued_by = elsewhere::valued_by(transaction, line, on, store, stores);
                                waiting.push(WaitingLine {
                                    cost_on: valued_by.map(|(_, on)| on),
                                    ..waiting_line(line, price.amount, &at, &sale)
                                });
                            }
                            sale.lines.push(sale_line(line, None, price, &at));
                        }
                    }
                }
                sale.tenders = sale_tenders(&transaction.tenders, store, stores);
                sale.taxes = transaction.taxes.iter().map(sale_tax).collect();
            }
        }
        if let Some(original) = self.ticket.voids() {
            sale.voids = Some(original.clone());
            undo(&mut sale, &mut waiting);
        }
        (sale, waiting)
    }
}

/// What is unusual about a ticket that sells; nothing is refused for it.
fn flags(ticket: &Ticket, store: &Store) -> Vec<Text> {
    if ticket.kind() != Kind::Sale {
        return Vec::new();
    }
    let TicketId { register, business_date, .. } = ticket.id();
    let flags = store.trading.flags(register, *business_date);
    flags.map(|flag| Text::const_new(flag.word())).collect()
}

/// Adds tax inside the price of what its item says is a balance.
fn tax_in_no_revenue(transaction: &Transaction, lines: &[Explanation], reasons: &mut Reasons) {
    if Kind::of(transaction) != Some(Kind::Sale) {
        return;
    }
    let shared = !included(&transaction.taxes).is_zero();
    let contains_tax = |line: &Line| {
        !included(&line.taxes).is_zero() || (shared && vocabulary::shares_taxes_of_ticket(line))
    };
    let lines = transaction.lines.iter().zip(lines).enumerate();
    for (index, (line, explanation)) in lines.filter(|(_, (line, _))| !line.voided && !needs_no_item(line)) {
        if matches!(explanation, Explanation::Item(item) if item.role != SALES) && contains_tax(line) {
            ticket::misplaced(
                reasons,
                format_args!("lines[{index}].item"),
                format_args!("tax inside the price of what is no revenue"),
            );
        }
    }
}

/// What the item master says of a line of a ticket of a date. What is owed by its kind is not taken apart.
fn explanation(line: &Line, store: &Store, items: &Items, on: Date) -> Explanation {
    let named = Named::of(line, store);
    let explanation = named.explain_as_sold(items, sold_on(line), on);
    if needs_no_item(line) && matches!(explanation, Explanation::Kit(_)) {
        return Explanation::Nothing;
    }
    explanation
}

fn needs_no_item(line: &Line) -> bool {
    LineKind::of(&line.kind).is_some_and(LineKind::needs_no_item)
}

/// A ticket is limited by its lines, each with discounts and taxes of its own; kits make more of them, also those that
/// are taken apart later.
fn taken_apart(
    transaction: &Transaction,
    lines: &[Explanation],
    (store, items, on): (&Store, &Items, Date),
    reasons: &mut Reasons,
) {
    if !Kind::of(transaction).is_some_and(Kind::has_goods) {
        return;
    }
    let components = |(line, explanation): (&Line, &Explanation)| match explanation {
        Explanation::Item(_) => 0,
        Explanation::Kit(_) | Explanation::Nothing if line.voided || needs_no_item(line) => 0,
        Explanation::Kit(_) | Explanation::Nothing => {
            Named::of(line, store).components(items, sold_on(line), on)
        }
    };
    let pieces = |(line, explanation): (&Line, &Explanation)| {
        let each = line.discounts.len().saturating_add(line.taxes.len()).saturating_add(1);
        components((line, explanation)).saturating_mul(each).max(1)
    };
    let lines = || transaction.lines.iter().zip(lines);
    let pieces = lines().map(pieces).fold(0, usize::saturating_add);
    if pieces > LINES_MAX && lines().any(|line| components(line) > 0) {
        reasons.add(
            Code::TooMany,
            format_args!("lines"),
            format_args!(
                "with the components of kits, and the discounts and taxes of each, they come to {pieces}, more \
                 than {LINES_MAX}; send them on several tickets"
            ),
        );
    }
}

/// True for a line that books to suspense.
fn waits(line: &Line, explanation: &Explanation) -> bool {
    let names_item = line.item.is_some() || line.barcode.is_some();
    match LineKind::of(&line.kind) {
        _ if line.voided || !matches!(explanation, Explanation::Nothing) => false,
        Some(LineKind::Unstocked) => names_item,
        kind => kind.is_none_or(|kind| !kind.needs_no_item()),
    }
}

/// Where a line is booked.
struct At<'a> {
    store: &'a Store,
    stores: &'a Stores,
    /// The store in whose books it is, where that is another one.
    booked_in: Option<Box<OtherStore>>,
}

fn sale_line(line: &Line, resolved: Option<Resolved>, price: WithoutTax, at: &At<'_>) -> SaleLine {
    let known = resolved.is_some();
    let mut booked = SaleLine {
        line: line.line,
        amount: price.amount,
        discounts: price.discounts,
        taxes: line.taxes.iter().map(sale_tax).collect(),
        moved: moved(line),
        ..SaleLine::default()
    };
    let kind = LineKind::of(&line.kind);
    let account = line.stored_value.as_deref();
    let is_ours = at.booked_in.is_some() || elsewhere::is_own(account, at.store, at.stores);
    let of_others = (vocabulary::is_of_others(account) && !is_ours)
        || resolved.as_ref().is_some_and(|resolved| resolved.role == THIRD_PARTY_PAYABLE);
    explain(&mut booked, resolved, line);
    if vocabulary::takes_back(line.quantity, line.amount) {
        booked.disposition.clone_from(&line.disposition);
    }
    booked.promise = promise(line);
    booked.location = elsewhere::stock_of(line, at.store).cloned();
    booked.booked_in.clone_from(&at.booked_in);
    uncounted(&mut booked, line);
    match kind {
        Some(LineKind::GiftCard) if of_others => booked.role = THIRD_PARTY_PAYABLE.into(),
        Some(LineKind::GiftCard) => booked.role = GIFT_CARD_LIABILITY.into(),
        Some(LineKind::Owed(role) | LineKind::Deposit(role)) => booked.role = role.word().into(),
        Some(LineKind::Unstocked) if !known && line.item.is_none() && line.barcode.is_none() => {
            booked.role = revenue(vocabulary::takes_back(line.quantity, line.amount)).into();
            booked.department = Some(line.kind.clone());
        }
        _ if !known => booked.role = SUSPENSE.into(),
        Some(
            LineKind::Goods
            | LineKind::Return
            | LineKind::Promised
            | LineKind::Unstocked
            | LineKind::Stock(_),
        )
        | None => {}
    }
    booked
}

/// Work and what is owed are not counted as stock, whatever the item master says of them.
fn uncounted(booked: &mut SaleLine, line: &Line) {
    if LineKind::of(&line.kind).is_some_and(|kind| !kind.moves_stock()) {
        (booked.quantity, booked.stock_unit) = (Quantity::ZERO, None);
    }
}

/// Whether the goods of a line are promised, or were and go now.
fn promise(line: &Line) -> Option<Text> {
    match LineKind::of(&line.kind) {
        Some(LineKind::Promised) => Some(Text::const_new(vocabulary::RESERVE)),
        Some(LineKind::Goods) if line.original.as_deref().is_some_and(ticket::is_promise) => {
            Some(Text::const_new(vocabulary::COLLECT))
        }
        _ => None,
    }
}

/// Why the goods of a line move without a sale.
fn moved(line: &Line) -> Option<Text> {
    match LineKind::of(&line.kind) {
        Some(LineKind::Stock(moved)) => Some(Text::const_new(moved.word())),
        _ => None,
    }
}

/// The role of revenue, or of what reduces it.
const fn revenue(takes_back: bool) -> &'static str {
    if takes_back { RETURNS } else { SALES }
}

/// Fills in what the item master says of the line, else what the till said.
fn explain(booked: &mut SaleLine, resolved: Option<Resolved>, line: &Line) {
    match resolved {
        Some(resolved) => resolved.explain(booked, vocabulary::takes_back(line.quantity, line.amount)),
        None => {
            booked.item.clone_from(&line.item);
            booked.department.clone_from(&line.department);
        }
    }
}

fn waiting_line(line: &Line, amount: Amount, at: &At<'_>, sale: &Sale) -> WaitingLine {
    let At { store, stores, .. } = at;
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
        // Work and fees take nothing from stock, whatever their item turns out to be.
        quantity: if LineKind::of(&line.kind).is_some_and(LineKind::moves_stock) {
            line.quantity
        } else {
            Quantity::ZERO
        },
        unit: line.unit.clone(),
        amount,
        currency: sale.currency.clone(),
        currency_netsuite_id: store.currency_netsuite_id.clone(),
        subsidiary: store.subsidiary.clone(),
        subsidiary_netsuite_id: store.subsidiary_netsuite_id.clone(),
        location: store.location.clone(),
        location_netsuite_id: store.location_netsuite_id.clone(),
        disposition: line.disposition.clone().filter(|_| vocabulary::takes_back(line.quantity, line.amount)),
        reversal: false,
        items_on: None,
        sold_on: sold_on(line),
        promise: promise(line),
        moved: moved(line),
        stock_of: elsewhere::stock_of(line, store).and_then(|location| stores.at(location)).map(Touched::of),
        booked_in: at.booked_in.clone(),
        cost_on: None,
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

#[cfg(test)]
mod books;
#[cfg(test)]
mod case;
#[cfg(test)]
mod crossing;
#[cfg(test)]
mod currencies;
#[cfg(test)]
mod goods;
#[cfg(test)]
mod kits;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod promised;
#[cfg(test)]
mod returns;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod subsidiaries;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod undone;
#[cfg(test)]
mod units;
#[cfg(test)]
mod vectors;
