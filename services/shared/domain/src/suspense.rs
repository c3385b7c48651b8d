//! Lines that were booked to suspense, since their item was unknown, and how one leaves it.
//!
//! A waiting line remembers the subsidiary and location it was booked in: it is taken out where it was put
//! in, also when the store's master has changed since. A label is read by the layouts that its store has when the line
//! is resolved: one that was missing may be given later.

use compact_str::format_compact;
use serde::{Deserialize, Serialize};

use crate::barcode::without_padding;
use crate::bucket::{Books, Touched};
use crate::calendar::{Date, Timestamp};
use crate::currency::Currency;
use crate::enrichment::{Explanation, Named};
use crate::masters::{Item, Items, Stores};
use crate::moves;
use crate::number::{Amount, Quantity};
use crate::record::inventory::{Leg, Movement, MovementBucket};
use crate::record::sales::{Bucket, OtherStore, Reclassification, SaleLine, TicketId};
use crate::text::Text;
use crate::vocabulary;

/// What is remembered of a line in suspense. A state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    /// Store of the ticket.
    pub store: Text,
    /// The ticket.
    pub ticket: TicketId,
    /// Line number on it.
    pub line: i32,
    /// Business date it was booked on.
    pub business_date: Date,
    /// Posting window it was booked in.
    pub window: i32,
    /// When the ticket was finished.
    pub ended_at: Timestamp,
    /// Item number as on the ticket; empty where the till sent a barcode only.
    pub item: Text,
    /// Barcode, where the till sent no item number.
    #[serde(default)]
    pub barcode: Option<Text>,
    /// Department of the till, under which it waits.
    #[serde(default)]
    pub department: Option<Text>,
    /// Quantity as on the ticket; 0 for work and fees, which take nothing from stock.
    pub quantity: Quantity,
    /// Its unit as on the ticket.
    #[serde(default)]
    pub unit: Option<Text>,
    /// Amount in suspense: before discounts, without tax inside the price.
    pub amount: Amount,
    /// Currency of the amount.
    pub currency: Text,
    /// Internal id of the currency in NetSuite; absent posts in the subsidiary's own.
    #[serde(default)]
    pub currency_netsuite_id: Option<Text>,
    /// Subsidiary it was booked in.
    pub subsidiary: Text,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
    /// Location of the store it was booked in.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// State of goods that came back, as the till said; absent is resaleable.
    #[serde(default)]
    pub disposition: Option<Text>,
    /// True where the line undoes one of an earlier ticket.
    #[serde(default)]
    pub reversal: bool,
    /// Date whose version of the item explains the line, where that is not its business date: of one that undoes
    /// another, that one's.
    #[serde(default)]
    pub items_on: Option<Date>,
    /// Date it says it was sold on, of what comes back: as it was sold it is explained.
    #[serde(default)]
    pub sold_on: Option<Date>,
    /// Whether its goods are promised, as on the line it was booked with.
    #[serde(default)]
    pub promise: Option<Text>,
    /// Location whose stock moves, where it is not the one it was booked in.
    #[serde(default)]
    pub stock_of: Option<Touched>,
    /// Why its goods move without a sale, as on the line it was booked with.
    #[serde(default)]
    pub moved: Option<Text>,
    /// The other store in whose books it is, as on the line it was booked with.
    #[serde(default)]
    pub booked_in: Option<Box<OtherStore>>,
    /// Business date whose version of the item says what the goods cost, where they cross subsidiaries: of what comes
    /// back that of its sale.
    #[serde(default)]
    pub cost_on: Option<Date>,
}

impl WaitingLine {
    /// True when the line waits for the item that a person names by number or by barcode, or for that of a kit that
    /// it names.
    #[must_use]
    pub fn waits_for(&self, name: &str, items: &Items, stores: &Stores) -> bool {
        let is_named = match self.item.is_empty() {
            true => self.barcode.as_deref().map(without_padding) == Some(without_padding(name)),
            false => self.item == name,
        };
        let is_part = |item: Item<'_>| {
            item.number() == name || item.components().iter().any(|component| component.item() == name)
        };
        let mut dates = [Some(self.explained_on()), self.sold_on].into_iter().flatten();
        is_named || dates.any(|on| self.named(stores).find(items, on).is_some_and(is_part))
    }

    /// What it was booked in, and so is taken out of.
    #[must_use]
    pub fn books(&self) -> Books {
        Books {
            subsidiary: self.subsidiary.clone(),
            subsidiary_netsuite_id: self.subsidiary_netsuite_id.clone(),
            currency: self.currency.clone(),
            currency_netsuite_id: self.currency_netsuite_id.clone(),
            location: self.location.clone(),
            location_netsuite_id: self.location_netsuite_id.clone(),
        }
    }

    /// True when the item master explains the line, so that [`resolve`] takes it out of suspense.
    #[must_use]
    pub fn is_resolvable(&self, items: &Items, stores: &Stores) -> bool {
        !matches!(self.explained(items, stores), Explanation::Nothing)
    }

    fn explained_on(&self) -> Date {
        self.items_on.unwrap_or(self.business_date)
    }

    /// True where it is of a return: of one that is undone, too.
    fn takes_back(&self) -> bool {
        vocabulary::takes_back(self.quantity, self.amount) != self.reversal
    }

    fn named<'a>(&'a self, stores: &'a Stores) -> Named<'a> {
        Named {
            item: (!self.item.is_empty()).then_some(self.item.as_str()),
            barcode: self.barcode.as_deref(),
            layouts: stores.find(&self.store).map_or(&[], |store| &store.barcode_layouts),
            quantity: self.quantity,
            unit: self.unit.as_deref(),
        }
    }

    fn explained(&self, items: &Items, stores: &Stores) -> Explanation {
        let mut explanation = self.named(stores).explain_as_sold(items, self.sold_on, self.explained_on());
        if let Some(on) = self.cost_on {
            explanation.state_costs(items, self.valued_by(), on);
        }
        explanation
    }

    /// The subsidiary by whose cost its goods are valued that cross: who sold what comes back, or hands over what is
    /// sold.
    fn valued_by(&self) -> &Text {
        let keeper = || self.stock_of.as_ref().map_or(&self.subsidiary, |keeper| &keeper.subsidiary);
        self.booked_in.as_ref().map_or_else(keeper, |seller| &seller.subsidiary)
    }
}

/// Takes a line out of suspense in a bucket: what is reclassified, once for each component of a kit, and the stock
/// that moves. Nothing while the item master does not explain it.
#[must_use]
pub fn resolve(
    line: &WaitingLine,
    items: &Items,
    stores: &Stores,
    bucket: &Bucket,
) -> (Vec<Reclassification>, Option<Movement>) {
    let mut booked = SaleLine {
        line: line.line,
        amount: line.amount,
        disposition: line.disposition.clone(),
        reversal: line.reversal,
        promise: line.promise.clone(),
        moved: line.moved.clone(),
        location: line.stock_of.as_ref().map(|place| place.location.clone()),
        booked_in: line.booked_in.clone(),
        ..SaleLine::default()
    };
    let resolved = match line.explained(items, stores) {
        Explanation::Nothing => Vec::new(),
        Explanation::Item(item) => {
            item.explain(&mut booked, line.takes_back());
            vec![booked]
        }
        Explanation::Kit(kit) => {
            // The currency is that of a valid ticket.
            let minor_units = Currency::parse(&line.currency).map_or(2, Currency::minor_units);
            kit.take_apart(&booked, line.takes_back(), minor_units)
        }
    };
    let location = line.stock_of.as_ref().map(|place| &place.location);
    let foreign = line.stock_of.as_ref().is_some_and(|place| place.subsidiary != line.subsidiary);
    let legs = moves::legs(&resolved, location, &line.subsidiary, foreign);
    let movement = (!legs.is_empty()).then(|| movement(line, legs, bucket));
    let reclassification = |resolved| Reclassification {
        ticket: line.ticket.clone(),
        line: line.line,
        bucket: bucket.clone(),
        currency: line.currency.clone(),
        subsidiary: line.subsidiary.clone(),
        location: line.location.clone(),
        from_department: line.department.clone(),
        resolved,
    };
    (resolved.into_iter().map(reclassification).collect(), movement)
}

fn movement(line: &WaitingLine, legs: Vec<Leg>, bucket: &Bucket) -> Movement {
    let id = &line.ticket;
    let place = line.stock_of.clone().unwrap_or_else(|| Touched {
        location: line.location.clone(),
        location_netsuite_id: line.location_netsuite_id.clone(),
        subsidiary: line.subsidiary.clone(),
        subsidiary_netsuite_id: line.subsidiary_netsuite_id.clone(),
    });
    Movement {
        kind: "move".into(),
        movement: format_compact!(
            "{}_{}_{}_{}_{}_resolved",
            line.store,
            id.register,
            id.epoch,
            id.sequence,
            line.line
        ),
        location: place.location,
        location_netsuite_id: place.location_netsuite_id,
        subsidiary: place.subsidiary,
        subsidiary_netsuite_id: place.subsidiary_netsuite_id,
        currency: None,
        bucket: MovementBucket {
            store: line.store.clone(),
            business_date: bucket.business_date,
            window: bucket.window,
            version: bucket.version,
        },
        occurred_at: line.ended_at,
        legs,
        account_map: None,
    }
}

#[cfg(test)]
mod tests;
