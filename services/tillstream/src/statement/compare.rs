//! Lays what the tills said beside what NetSuite holds, line by line, and finds every difference.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::expected::{Books, Expected, Role};
use super::held::{Day, Held};

/// Differences named one by one; of further ones only the number is told.
pub(crate) const NAMED_MAX: usize = 20;

/// What an account of NetSuite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// One of the roles that the tills' side knows.
    Role(Role),
    /// Sales of items that nobody knew: comes to nothing once all are resolved.
    Suspense,
}

/// How accounts and items of NetSuite are to be read.
pub struct Reading<'a> {
    /// What an account is for; `None` for one that must not be used.
    pub account: &'a dyn Fn(u64) -> Option<Use>,
    /// True for an item that is counted in gallons.
    pub is_fuel: &'a dyn Fn(u64) -> bool,
}

/// One line of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What is compared.
    pub what: String,
    /// What the tills said.
    pub tills: Decimal,
    /// What NetSuite holds.
    pub netsuite: Decimal,
    /// NetSuite less tills.
    pub difference: Decimal,
}

/// The whole statement.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Statement {
    /// Account roles, stock and counts over everything.
    pub totals: Vec<Row>,
    /// Account roles by store.
    pub by_store: BTreeMap<String, Vec<Row>>,
    /// Account roles by business date.
    pub by_business_date: BTreeMap<String, Vec<Row>>,
    /// What is still in suspense.
    pub suspense: Decimal,
    /// Every difference in words, the first ones by name.
    pub differences: Vec<String>,
}

/// Books of either side in one form: amounts by role, positive on their own side, and units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sums {
    roles: BTreeMap<&'static str, Decimal>,
    suspense: Decimal,
    pieces: Decimal,
    gallons: Decimal,
}

impl Statement {
    /// Compares both sides.
    #[must_use]
    pub fn of(expected: &Expected, held: &Held<u32>, reading: &Reading<'_>) -> Self {
        let mut statement = Self::default();
        let mut strange = BTreeSet::new();
        let (mut tills, mut netsuite) = (Sides::default(), Sides::default());
        for ((store, date), books) in &expected.store_days {
            tills.add(*store, *date, &Sums::of_books(books));
        }
        for ((store, date), day) in &held.days {
            netsuite.add(*store, *date, &Sums::of_day(day, reading, &mut strange));
        }
        statement.totals = rows(&tills.all, &netsuite.all);
        statement.suspense = netsuite.all.suspense;
        for (key, tills, netsuite) in both(&tills.stores, &netsuite.stores) {
            statement.by_store.insert(key.to_string(), rows(&tills, &netsuite));
        }
        for (key, tills, netsuite) in both(&tills.dates, &netsuite.dates) {
            statement.by_business_date.insert(key.to_string(), rows(&tills, &netsuite));
        }
        statement.find_differences(&tills, &netsuite, held, &strange);
        statement
    }

    fn find_differences(
        &mut self,
        tills: &Sides,
        netsuite: &Sides,
        held: &Held<u32>,
        strange: &BTreeSet<u64>,
    ) {
        let mut all = Vec::new();
        for (day, tills, netsuite) in both(&tills.days, &netsuite.days) {
            let (store, date) = day;
            for row in rows(&tills, &netsuite).iter().filter(|row| !row.difference.is_zero()) {
                all.push(format!(
                    "store {store}, {date}, {}: the tills said {}, NetSuite holds {}",
                    row.what, row.tills, row.netsuite
                ));
            }
            if !netsuite.suspense.is_zero() {
                all.push(format!("store {store}, {date}: {} is still in suspense", netsuite.suspense));
            }
        }
        all.extend(strange.iter().map(|account| format!("account {account} is used and has no role")));
        all.extend(held.unbalanced.iter().map(|id| format!("{id} does not balance")));
        let more = all.len().saturating_sub(NAMED_MAX);
        all.truncate(NAMED_MAX);
        if more > 0 {
            all.push(format!("and {more} more"));
        }
        self.differences = all;
    }
}

/// One side by store-day, store and date, and altogether.
#[derive(Debug, Default)]
struct Sides {
    days: BTreeMap<(u32, Date), Sums>,
    stores: BTreeMap<u32, Sums>,
    dates: BTreeMap<Date, Sums>,
    all: Sums,
}

impl Sides {
    fn add(&mut self, store: u32, date: Date, sums: &Sums) {
        self.days.entry((store, date)).or_default().add(sums);
        self.stores.entry(store).or_default().add(sums);
        self.dates.entry(date).or_default().add(sums);
        self.all.add(sums);
    }
}

impl Sums {
    fn of_books(books: &Books) -> Self {
        let mut sums = Self::default();
        for role in Role::ALL {
            sums.roles.insert(name(role), Decimal::new(books.of(role), 2));
        }
        sums.pieces = Decimal::from(books.pieces);
        sums.gallons = Decimal::new(books.fuel_gallon_thousandths, 3);
        sums
    }

    fn of_day(day: &Day, reading: &Reading<'_>, strange: &mut BTreeSet<u64>) -> Self {
        let mut sums = Self::default();
        for (account, amount) in &day.accounts {
            match (reading.account)(*account) {
                Some(Use::Role(role)) => {
                    let own_side = if is_debit(role) { *amount } else { -*amount };
                    *sums.roles.entry(name(role)).or_default() += own_side;
                }
                Some(Use::Suspense) => sums.suspense -= *amount,
                None => {
                    strange.insert(*account);
                }
            }
        }
        for (goods, units) in &day.units {
            let left = if (reading.is_fuel)(goods.item) { &mut sums.gallons } else { &mut sums.pieces };
            *left -= *units;
        }
        sums
    }

    fn add(&mut self, more: &Self) {
        for (role, amount) in &more.roles {
            *self.roles.entry(role).or_default() += *amount;
        }
        self.suspense += more.suspense;
        self.pieces += more.pieces;
        self.gallons += more.gallons;
    }
}

fn rows(tills: &Sums, netsuite: &Sums) -> Vec<Row> {
    let row = |what: &str, tills: Decimal, netsuite: Decimal| Row {
        what: what.to_owned(),
        tills: tills.normalize(),
        netsuite: netsuite.normalize(),
        difference: (netsuite - tills).normalize(),
    };
    let amount = |sums: &Sums, role| sums.roles.get(name(role)).copied().unwrap_or_default();
    let roles = Role::ALL.iter().map(|role| row(name(*role), amount(tills, *role), amount(netsuite, *role)));
    roles
        .chain([
            row("stock, pieces sold", tills.pieces, netsuite.pieces),
            row("stock, gallons sold", tills.gallons, netsuite.gallons),
        ])
        .collect()
}

/// Every key of either side with both values.
fn both<K: Ord + Clone>(left: &BTreeMap<K, Sums>, right: &BTreeMap<K, Sums>) -> Vec<(K, Sums, Sums)> {
    let keys: BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    let of = |side: &BTreeMap<K, Sums>, key: &K| side.get(key).cloned().unwrap_or_default();
    keys.into_iter().map(|key| (key.clone(), of(left, key), of(right, key))).collect()
}

fn is_debit(role: Role) -> bool {
    match role {
        Role::Tender | Role::CouponReceivable | Role::Discount => true,
        Role::Sales | Role::GiftCardLiability => false,
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Tender => "tender clearing",
        Role::CouponReceivable => "coupons receivable",
        Role::Discount => "discounts",
        Role::Sales => "gross sales",
        Role::GiftCardLiability => "gift cards outstanding",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::completejourney::{Line, Product};
    use crate::statement::held::Goods;

    fn expected() -> Expected {
        let line = Line {
            household_id: 1,
            store_id: 7,
            basket_id: 9,
            product_id: 3,
            quantity: 2,
            sales_cents: 289,
            retail_discount_cents: 10,
            coupon_discount_cents: 55,
            coupon_match_cents: 45,
            week: 1,
            timestamp_utc_seconds: 1_483_300_000,
        };
        let product = Product {
            product_id: 3,
            manufacturer_id: 1,
            department: "GROCERY".to_owned(),
            brand: "National".to_owned(),
            category: None,
            product_type: None,
            package_size: None,
        };
        Expected::compute([[line].as_slice()].into_iter(), &[product]).unwrap()
    }

    fn held(sales: &str) -> Held<u32> {
        let cents = |text: &str| text.parse::<Decimal>().unwrap();
        let accounts = [(101, "2.34"), (120, "0.55"), (490, "0.55"), (400, sales)];
        let day = Day {
            accounts: accounts.map(|(account, amount)| (account, cents(amount))).into(),
            units: [(Goods { item: 3, location: 7, account: 500 }, cents("-2"))].into(),
            ..Day::default()
        };
        Held { days: [((7, "2017-01-01".parse().unwrap()), day)].into(), ..Held::default() }
    }

    fn account(account: u64) -> Option<Use> {
        match account {
            101 => Some(Use::Role(Role::Tender)),
            120 => Some(Use::Role(Role::CouponReceivable)),
            490 => Some(Use::Role(Role::Discount)),
            400 => Some(Use::Role(Role::Sales)),
            290 => Some(Use::Suspense),
            _ => None,
        }
    }

    #[test]
    fn books_that_agree_have_no_difference_and_a_cent_is_named() {
        let reading = Reading { account: &account, is_fuel: &|_| false };
        let agreed = Statement::of(&expected(), &held("-3.44"), &reading);
        assert_eq!(
            (agreed.differences.len(), agreed.suspense),
            (0, Decimal::ZERO),
            "{:?}",
            agreed.differences
        );
        let cent = Statement::of(&expected(), &held("-3.45"), &reading);
        assert_eq!(
            cent.differences,
            ["store 7, 2017-01-01, gross sales: the tills said 3.44, NetSuite holds 3.45"]
        );
        let mut strange = held("-3.44");
        let day = strange.days.values_mut().next().unwrap();
        day.accounts.insert(999, Decimal::ONE);
        day.accounts.insert(290, Decimal::ONE);
        let found = Statement::of(&expected(), &strange, &reading);
        assert_eq!(found.differences.len(), 2, "{:?}", found.differences);
    }
}
