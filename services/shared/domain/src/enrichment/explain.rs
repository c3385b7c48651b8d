//! What the item master says of a line: its item, or the components of the kit it names.
//!
//! An item is what its version says that holds on the date; what comes back, on the date on which it was sold. A kit is
//! taken from stock as its components, by the recipe of that version, and its price is shared out to them by what each
//! sells for by itself (ASC 606-10-32-31, IFRS 15.74), by largest remainder; so are its discounts and taxes. Each
//! component books under its own department. A kit with a component that is unknown, a kit itself or a balance is not
//! explained.

use rust_decimal::Decimal;

use crate::allocation;
use crate::barcode::Layout;
use crate::calendar::Date;
use crate::masters::{Component, Item, ItemKind, Items, Store};
use crate::number::{Amount, Quantity};
use crate::record::pos::Line;
use crate::record::sales::{SaleDiscount, SaleLine, SaleTax, UnitCost};
use crate::text::Text;
use crate::ticket::QUANTITY_MAX;

use super::{GIFT_CARD_LIABILITY, INVENTORY_ADJUSTMENT, SALES, THIRD_PARTY_PAYABLE, revenue};

/// What the item master says of a line.
#[derive(Debug)]
pub(crate) enum Explanation {
    /// One item.
    Item(Resolved),
    /// The components of a kit.
    Kit(Kit),
    /// Nothing, or not how much stock the line takes.
    Nothing,
}

impl Explanation {
    /// States what the goods cost that cross subsidiaries, as the item master has it for one of them on a date; of a
    /// kit each component its own. What it does not have stays unknown, as does the cost of another stock unit.
    pub(crate) fn state_costs(&mut self, items: &Items, subsidiary: &str, on: Date) {
        let goods = match self {
            Self::Item(item) => std::slice::from_mut(item),
            Self::Kit(kit) => kit.components.as_mut_slice(),
            Self::Nothing => return,
        };
        for one in goods {
            let item = items.find(&one.item, on);
            let item = item.filter(|item| one.stock_unit.as_deref() == Some(item.stock_unit()));
            one.cost = item.and_then(|item| item.cost(subsidiary)).map(Box::new);
        }
    }
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
    /// True where the line is in units of sale that are a fraction of stock units: less of it may come to no number of
    /// them.
    pub(crate) is_fraction: bool,
    /// What a stock unit costs, of goods that cross subsidiaries.
    pub(crate) cost: Option<Box<UnitCost>>,
}

/// What a line is that sells a kit.
#[derive(Debug)]
pub(crate) struct Kit {
    number: Text,
    components: Vec<Resolved>,
    /// By which amounts are shared out to them.
    values: Vec<Amount>,
}

/// What a line names.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    /// Item number.
    pub(crate) item: Option<&'a str>,
    /// Barcode: looked up where there is no number.
    pub(crate) barcode: Option<&'a str>,
    /// How the labels of its store are laid out.
    pub(crate) layouts: &'a [Layout],
    pub(crate) quantity: Quantity,
    pub(crate) unit: Option<&'a str>,
}

impl<'a> Named<'a> {
    pub(crate) fn of(line: &'a Line, store: &'a Store) -> Self {
        let Line { item, barcode, quantity, unit, .. } = line;
        Self {
            item: item.as_deref(),
            barcode: barcode.as_deref(),
            layouts: &store.barcode_layouts,
            quantity: *quantity,
            unit: unit.as_deref(),
        }
    }

    pub(crate) fn find<'i>(&self, items: &'i Items, on: Date) -> Option<Item<'i>> {
        match (self.item, self.barcode) {
            (Some(item), _) => items.find(item, on),
            (None, Some(barcode)) => items.find_barcode(barcode, self.layouts, on),
            (None, None) => None,
        }
    }

    /// Explains a line of a date, as [`explain`](Self::explain) does, but what comes back as it was sold: as many
    /// pieces in a pack, of the same recipe, and revenue of the same department. Its stock is that of its own date:
    /// where it is counted otherwise by then, or nobody knows what it was, it is what it is on that date.
    pub(crate) fn explain_as_sold(&self, items: &Items, sold: Option<Date>, on: Date) -> Explanation {
        let sold = sold.filter(|sold| *sold < on);
        let then = sold.and_then(|sold| self.explain(items, sold).with_stock_of(items, on));
        then.unwrap_or_else(|| self.explain(items, on))
    }

    /// How many components the item has then, or had when it was sold; none but of a kit.
    pub(crate) fn components(&self, items: &Items, sold: Option<Date>, on: Date) -> usize {
        let count = |on| self.find(items, on).map_or(0, |item| item.components().len());
        count(on).max(sold.map_or(0, count))
    }

    /// Explains a line by its item as it was on a date. Nothing when its stock leg cannot be told: the unit does
    /// not convert, or it is counted stock that NetSuite does not know.
    pub(crate) fn explain(&self, items: &Items, on: Date) -> Explanation {
        let Some(item) = self.find(items, on) else { return Explanation::Nothing };
        if item.kind() != ItemKind::Kit {
            return resolve(item, self.quantity, self.unit).map_or(Explanation::Nothing, Explanation::Item);
        }
        let kits = stock_units(item, self.quantity, self.unit);
        let of = |component: &Component| {
            let item = items.find(component.item(), on)?;
            let quantity = kits?.decimal().checked_mul(component.quantity().decimal())?;
            let quantity = Quantity::try_from(quantity).ok().filter(|quantity| is_counted(*quantity))?;
            let resolved = resolve(item, quantity, Some(item.stock_unit()))?;
            (resolved.role == SALES).then_some(resolved)
        };
        match item.components().iter().map(of).collect() {
            Some(components) => Explanation::Kit(Kit {
                number: item.number().into(),
                components,
                values: item.components().iter().map(Component::value).collect(),
            }),
            None => Explanation::Nothing,
        }
    }
}

impl Explanation {
    /// With the ids that NetSuite knows the items by on a date; `None` where one is counted otherwise by then.
    fn with_stock_of(mut self, items: &Items, on: Date) -> Option<Self> {
        let resolved = match &mut self {
            Self::Item(resolved) => std::slice::from_mut(resolved),
            Self::Kit(kit) => kit.components.as_mut_slice(),
            Self::Nothing => return None,
        };
        for each in resolved {
            let now = items.find(&each.item, on)?;
            let counted = (now.kind() == ItemKind::Inventory).then(|| now.stock_unit());
            if each.stock_unit.as_deref() != counted || (counted.is_some() && now.netsuite_id().is_none()) {
                return None;
            }
            each.netsuite_item = now.netsuite_id().map(Into::into);
        }
        Some(self)
    }
}

/// The business date that a line says it was sold on, of what comes back.
pub(crate) fn sold_on(line: &Line) -> Option<Date> {
    crate::ticket::sold_by(line).map(|original| original.business_date)
}

fn resolve(item: Item<'_>, quantity: Quantity, unit: Option<&str>) -> Option<Resolved> {
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
        is_fraction: moves && unit.is_none() && item.sale_units() != 1,
        cost: None,
    })
}

/// The quantity in stock units, exact or not at all.
fn stock_units(item: Item<'_>, quantity: Quantity, unit: Option<&str>) -> Option<Quantity> {
    let converted = match unit {
        None => of_sale_units(item, quantity)?,
        Some(unit) if unit == item.stock_unit() => quantity,
        Some(_) => return None,
    };
    is_counted(converted).then_some(converted)
}

/// So many units of sale in stock units. Multiplied first: a dozen pieces are a whole, and one of them has no end.
fn of_sale_units(item: Item<'_>, quantity: Quantity) -> Option<Quantity> {
    // Millionths of millionths, of at most 36 digits.
    let product = i128::from(quantity.units()).checked_mul(item.units_per_sale().units().into())?;
    let divisor = i128::from(item.sale_units()).checked_mul(1_000_000)?;
    let units = product.checked_div(divisor).filter(|_| product.checked_rem(divisor) == Some(0))?;
    Quantity::from_units(i64::try_from(units).ok()?).ok()
}

fn is_counted(quantity: Quantity) -> bool {
    quantity.decimal().abs() <= Decimal::from(QUANTITY_MAX)
}

impl Resolved {
    /// Writes what the item master says into a booked line.
    pub(crate) fn explain(self, booked: &mut SaleLine, takes_back: bool) {
        let role = if self.role == SALES { revenue(takes_back) } else { self.role };
        booked.role = if booked.moved.is_some() { INVENTORY_ADJUSTMENT } else { role }.into();
        booked.item = Some(self.item);
        booked.netsuite_item = self.netsuite_item;
        booked.item_revision = Some(self.item_revision);
        booked.department = Some(self.department);
        booked.quantity = self.quantity;
        booked.stock_unit = self.stock_unit;
        booked.cost = self.cost;
    }
}

impl Kit {
    /// Of a kit that costs `amount` in all, each component: its stock units, and its part of that.
    pub(crate) fn parts(
        &self,
        amount: Amount,
        minor_units: u32,
    ) -> impl Iterator<Item = (&Resolved, Amount)> {
        self.components.iter().zip(shares(amount, &self.values, minor_units))
    }

    /// The lines of the components of a kit that books `whole` in all.
    pub(crate) fn take_apart(self, whole: &SaleLine, takes_back: bool, minor_units: u32) -> Vec<SaleLine> {
        let bare = SaleLine {
            line: whole.line,
            disposition: whole.disposition.clone(),
            reversal: whole.reversal,
            promise: whole.promise.clone(),
            moved: whole.moved.clone(),
            location: whole.location.clone(),
            booked_in: whole.booked_in.clone(),
            kit: Some(self.number),
            ..SaleLine::default()
        };
        let mut lines: Vec<SaleLine> = Vec::with_capacity(self.components.len());
        for component in self.components {
            let mut line = bare.clone();
            component.explain(&mut line, takes_back);
            lines.push(line);
        }
        let share = |total: Amount| shares(total, &self.values, minor_units);
        for (line, amount) in lines.iter_mut().zip(share(whole.amount)) {
            line.amount = amount;
        }
        for discount in &whole.discounts {
            for (line, amount) in lines.iter_mut().zip(share(discount.amount)) {
                line.discounts.push(SaleDiscount { amount, ..discount.clone() });
            }
        }
        for tax in &whole.taxes {
            let bases = tax.base.map(share).unwrap_or_default();
            let bases = bases.into_iter().map(Some).chain(std::iter::repeat(None));
            for ((line, amount), base) in lines.iter_mut().zip(share(tax.amount)).zip(bases) {
                line.taxes.push(SaleTax { amount, base, ..tax.clone() });
            }
        }
        lines
    }
}

/// What each component has of an amount of its kit. The item master has no kit of no value.
fn shares(total: Amount, values: &[Amount], minor_units: u32) -> Vec<Amount> {
    allocation::by_largest_remainder(total, values, minor_units).unwrap_or_else(|| vec![total])
}
