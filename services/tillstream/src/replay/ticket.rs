//! Turns baskets into the transactions of tills, in the order of time over all stores.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{Date, Timestamp, Zone};
use domain::number::{Amount, Overflow, Quantity};
use domain::record::pos::{self, Discount, Tender, Transaction};

use super::Error;
use super::kind::Kind;
use super::masters::{CURRENCY, ZONE};
use crate::completejourney::{Dataset, Line};

/// The one register of each store.
const REGISTER: &str = "1";

/// A gasoline line with a quantity above this states thousandths of a gallon; below it counts sales.
const GASOLINE_COUNT_MAX: i64 = 100;

/// Of so many households one pays in cash.
const CASH_ONE_IN: u32 = 3;

/// All transactions of the data set.
#[derive(Debug)]
pub struct Tickets<'a> {
    dataset: &'a Dataset,
    kinds: BTreeMap<u32, Kind>,
    zone: Zone,
    /// Baskets of each store and business date; of the stores that are asked for.
    store_days: BTreeMap<(u32, Date), i64>,
}

impl<'a> Tickets<'a> {
    /// Looks through the data set once, to know the last basket of each store and business date.
    ///
    /// # Errors
    /// [`Error`] when a basket has no business date.
    pub fn new(dataset: &'a Dataset) -> Result<Self, Error> {
        let zone: Zone = ZONE.parse()?;
        let mut store_days = BTreeMap::new();
        for line in dataset.baskets().filter_map(<[Line]>::first) {
            *store_days.entry((line.store_id, date_of(line, &zone)?)).or_insert(0) += 1;
        }
        let kinds = dataset.products().iter().map(|product| (product.product_id, Kind::of(product)));
        Ok(Self { dataset, kinds: kinds.collect(), zone, store_days })
    }

    /// The transactions of these stores only; nothing else about them changes.
    ///
    /// # Errors
    /// A store that the data set does not have.
    pub fn of_stores(mut self, stores: &BTreeSet<u32>) -> Result<Self, u32> {
        let known: BTreeSet<u32> = self.store_days.keys().map(|(store, _)| *store).collect();
        if let Some(unknown) = stores.difference(&known).next() {
            return Err(*unknown);
        }
        self.store_days.retain(|(store, _), _| stores.contains(store));
        Ok(self)
    }

    /// How many transactions there are: baskets, and one end of day for each store and business date.
    #[must_use]
    pub fn count(&self) -> u64 {
        let baskets: i64 = self.store_days.values().sum();
        baskets.unsigned_abs() + self.store_days.len() as u64
    }

    /// The transactions by time, each store's end of day right after its last basket of the date.
    pub fn iter(&self) -> impl Iterator<Item = Result<Transaction, Error>> {
        let mut seen: BTreeMap<(u32, Date), i64> = BTreeMap::new();
        let stores: BTreeSet<u32> = self.store_days.keys().map(|(store, _)| *store).collect();
        let asked_for =
            move |basket: &&[Line]| basket.first().is_some_and(|line| stores.contains(&line.store_id));
        self.dataset.baskets().filter(asked_for).flat_map(move |basket| {
            let pair = self.basket(basket, &mut seen);
            let (ticket, end_of_day) = match pair {
                Ok((ticket, end_of_day)) => (Some(Ok(ticket)), end_of_day),
                Err(error) => (Some(Err(error)), None),
            };
            [ticket, end_of_day.map(Ok)].into_iter().flatten()
        })
    }

    /// A basket as a ticket, and the end of day when it is the last one of its store and date.
    fn basket(
        &self,
        lines: &[Line],
        seen: &mut BTreeMap<(u32, Date), i64>,
    ) -> Result<(Transaction, Option<Transaction>), Error> {
        // A basket of the data set is never empty.
        let Some(first) = lines.first() else { return Err(Error::Number { basket_id: 0 }) };
        let date = date_of(first, &self.zone)?;
        let key = (first.store_id, date);
        let sequence = seen.entry(key).or_insert(0);
        *sequence += 1;
        let frame = frame(first, date, *sequence);
        let last = self.store_days.get(&key) == Some(sequence);
        let end_of_day = last.then(|| Transaction {
            kind: "business_eod".into(),
            sequence: frame.sequence + 1,
            ..frame.clone()
        });
        let ticket = self.ticket(lines, frame);
        Ok((ticket.map_err(|Overflow| Error::Number { basket_id: first.basket_id })?, end_of_day))
    }

    fn ticket(&self, lines: &[Line], frame: Transaction) -> Result<Transaction, Overflow> {
        let numbered = || lines.iter().zip(1..);
        let household = lines.first().map_or(0, |line| line.household_id);
        let total_cents: i64 = lines.iter().map(|line| line.sales_cents).sum();
        let coupon_cents: i64 = lines.iter().map(|line| line.coupon_discount_cents).sum();
        let coupons = numbered().filter(|(line, _)| line.coupon_discount_cents > 0);
        let mut tenders =
            coupons.map(|(line, number)| coupon(line, number)).collect::<Result<Vec<_>, Overflow>>()?;
        tenders.extend(rest(household, total_cents - coupon_cents)?);
        Ok(Transaction {
            kind: "sale".into(),
            total: Some(cents(total_cents)?),
            customer: Some(household.to_string().into()),
            lines: numbered()
                .map(|(line, number)| self.line(line, number))
                .collect::<Result<_, Overflow>>()?,
            tenders,
            ..frame
        })
    }

    fn line(&self, line: &Line, number: i32) -> Result<pos::Line, Overflow> {
        let (kind, quantity) = match self.kinds.get(&line.product_id) {
            Some(Kind::GiftCard) => ("gift_card_sale", line.quantity),
            // A count of sales is no volume, and the volume is not in the data.
            Some(Kind::Gasoline) if line.quantity <= GASOLINE_COUNT_MAX => ("sale", 0),
            Some(Kind::Gasoline | Kind::Goods | Kind::Coupon) | None => ("sale", line.quantity),
        };
        let discounts =
            [("promotion", line.retail_discount_cents), ("coupon_match", line.coupon_match_cents)]
                .into_iter()
                .filter(|(_, amount)| *amount > 0)
                .map(|(kind, amount)| {
                    Ok(Discount { kind: kind.into(), amount: cents(amount)?, ..Discount::default() })
                });
        Ok(pos::Line {
            line: number,
            kind: kind.into(),
            item: Some(line.product_id.to_string().into()),
            quantity: pieces(quantity)?,
            amount: cents(line.sales_cents + line.retail_discount_cents + line.coupon_match_cents)?,
            discounts: discounts.collect::<Result<_, Overflow>>()?,
            ..pos::Line::default()
        })
    }
}

fn date_of(line: &Line, zone: &Zone) -> Result<Date, Error> {
    zone.date_of(ended_at(line)).ok_or(Error::Time { basket_id: line.basket_id })
}

fn ended_at(line: &Line) -> Timestamp {
    Timestamp(line.timestamp_utc_seconds.saturating_mul(1_000))
}

/// Who and when, without what.
fn frame(line: &Line, date: Date, sequence: i64) -> Transaction {
    Transaction {
        store: line.store_id.to_string().into(),
        register: REGISTER.into(),
        business_date: date,
        sequence,
        ended_at: ended_at(line),
        currency: CURRENCY.into(),
        ..Transaction::default()
    }
}

fn coupon(line: &Line, number: i32) -> Result<Tender, Overflow> {
    Ok(Tender {
        kind: "manufacturer_coupon".into(),
        amount: cents(line.coupon_discount_cents)?,
        line: Some(number),
        ..Tender::default()
    })
}

/// What is left to pay beside coupons; nothing for nothing.
fn rest(household: u32, left_cents: i64) -> Result<Option<Tender>, Overflow> {
    let by_cash = left_cents < 0 || household.is_multiple_of(CASH_ONE_IN);
    let (kind, brand) = if by_cash { ("cash", None) } else { ("card", Some("visa".to_owned())) };
    let amount = cents(left_cents)?;
    let tender = Tender { kind: kind.into(), amount, brand: brand.map(Into::into), ..Tender::default() };
    Ok((!amount.is_zero()).then_some(tender))
}

/// Cents as an amount, which has four decimals.
fn cents(cents: i64) -> Result<Amount, Overflow> {
    Amount::from_units(cents.checked_mul(100).ok_or(Overflow)?)
}

/// Pieces as a quantity, which has six decimals.
fn pieces(pieces: i64) -> Result<Quantity, Overflow> {
    Quantity::from_units(pieces.checked_mul(1_000_000).ok_or(Overflow)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_rest_is_paid_by_household_and_paid_out_in_cash() {
        for (household, left_cents, kind, amount) in [
            (3, 234, Some("cash"), "2.34"),
            (4, 234, Some("card"), "2.34"),
            (4, -55, Some("cash"), "-0.55"),
            (4, 0, None, ""),
        ] {
            let tender = rest(household, left_cents).unwrap();
            let shown = tender.as_ref().map(|tender| (tender.kind.as_str(), tender.amount.to_string()));
            assert_eq!(shown, kind.map(|kind| (kind, amount.to_owned())));
            assert_eq!(tender.and_then(|tender| tender.brand).is_some(), kind == Some("card"));
        }
    }
}
