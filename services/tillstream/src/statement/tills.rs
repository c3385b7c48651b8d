//! What the books and the stock must be after the tickets of tills, recomputed by another way.
//!
//! This module knows the records that tills send, the masters and the date, and nothing else of the domain: not how a
//! ticket is checked, enriched, totalled or moved. Each amount of a ticket is added to its account as it stands, with
//! its own sign, so that a void needs no turning around; only what is revenue and what is revenue given back, and
//! which way goods go, is told from the sign that the voided ticket had. Sums are whole numbers of smallest units.

mod balance;
mod claims;
mod masters;
mod money;
mod stock;
mod trading;

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::number::Amount;
use domain::record::pos::{Line, Link, Tax, Tender, TillTotals, Transaction};
use domain::record::reference::{Item, Store};
use domain::text::Text;

use masters::{Books, Known, Masters};

pub(super) use money::coin;

/// A store and a business date.
pub type Day = (Text, Date);

/// What an amount is added up under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Store.
    pub store: Text,
    /// Business date.
    pub date: Date,
    /// Location in whose books it stands.
    pub location: Text,
    /// Subsidiary of that location.
    pub subsidiary: Text,
    /// Currency of the amount.
    pub currency: Text,
    /// Role, in the words of the account map.
    pub role: &'static str,
    /// Department, tax, means of payment or reason; empty where the role is not told apart.
    pub key: String,
}

/// A tax of a store-day in the books of a location: code, jurisdiction, treatment, and rate in millionths.
pub type TaxKey = (Day, Text, Text, Option<Text>, Text, Option<i64>);

/// What is added up of a tax, in ten-thousandths: base and tax, the part of both that is given back, and the part of
/// the tax that is stated without a base.
pub const TAX_SUMS: [&str; 5] = ["base", "tax", "returned_base", "returned_tax", "tax_without_base"];

/// Sums of taxes, in the order of [`TAX_SUMS`].
pub type Taxes = BTreeMap<TaxKey, [i128; TAX_SUMS.len()]>;

/// What a stock unit costs, in millionths, and the currency of that.
pub type Cost = (i64, Text);

/// What a store-day changed of what a location holds: location, item, reason, and cost of what crosses subsidiaries
/// where the item master has one.
pub type Changed = (Day, Text, Text, &'static str, Option<Cost>);

/// Item, location and account by their internal ids.
type NetsuiteGoods = (u64, Option<u64>, Option<u64>);

/// What the tickets added up to.
#[derive(Debug, Default)]
pub struct Tills {
    masters: Masters,
    /// Debits less credits, in ten-thousandths; what comes to zero stays.
    pub books: BTreeMap<Account, i128>,
    /// What was taxed.
    pub taxes: Taxes,
    /// Goods by location, item and place, in millionths.
    pub places: BTreeMap<(Text, Text, &'static str), i128>,
    /// Units by what changed, in millionths.
    pub changed: BTreeMap<Changed, i128>,
    /// What became of balances that customers hold, in ten-thousandths: `issued`, `redeemed`, `refunded` or `breakage`
    /// in place of the key.
    pub balances: BTreeMap<Account, i128>,
    /// How many lines brought back no more than their receipts sold, of a kit once for each component.
    pub claimed: u64,
    /// How many lines brought back more than their receipts sold, and how much too much was given for them, in
    /// ten-thousandths; by the store that sold it.
    pub exceeded: BTreeMap<Text, (u64, i128)>,
    /// How many tickets stand at a register that their store does not list, or on a day on which it does not trade.
    pub flags: BTreeMap<&'static str, u64>,
    /// Tickets that book something.
    pub booked: u64,
    receipts: claims::Receipts,
    /// Fees of the ticket under way that no deposit was kept for yet.
    fees: i128,
    /// Debits less credits of the ticket under way in the books of other stores.
    crossed: BTreeMap<Books, i128>,
}

/// A ticket under way: where it books, and which way it goes.
#[derive(Clone)]
struct Under<'a> {
    ticket: &'a Transaction,
    books: Books,
    /// The books of its own store.
    home: Books,
    /// -1 for one that voids another, else 1.
    sign: i128,
    /// Smallest units of an amount in the smallest coin of its currency.
    coin: i128,
    /// The date whose items it sells.
    items_on: Date,
}

impl Under<'_> {
    fn account(&self, role: &'static str, key: &str) -> Account {
        Account {
            store: self.ticket.store.clone(),
            date: self.ticket.business_date,
            location: self.books.location.clone(),
            subsidiary: self.books.subsidiary.clone(),
            currency: self.ticket.currency.clone(),
            role,
            key: key.to_owned(),
        }
    }

    /// The date whose items a line is of: what comes back is what was sold.
    fn items_on(&self, line: &Line) -> Date {
        sold_on(line).map_or(self.items_on, |link| link.business_date)
    }

    /// In the books of another store.
    fn elsewhere(&self, books: Books) -> Self {
        Self { books, ..self.clone() }
    }
}

impl Tills {
    /// With the masters that the tickets refer to.
    pub fn new(stores: impl IntoIterator<Item = Store>, items: impl IntoIterator<Item = Item>) -> Self {
        Self { masters: Masters::new(stores, items), ..Self::default() }
    }

    /// Adds items to the masters, or other versions of them.
    pub fn learn(&mut self, items: impl IntoIterator<Item = Item>) {
        self.masters.learn(items);
    }

    /// Adds a ticket, which must be one that tills may send; one of an unknown store adds nothing.
    pub fn add(&mut self, ticket: &Transaction) {
        if !ticket.discounts.is_empty() {
            return self.add(&money::shared_out(ticket));
        }
        if let Some(stated) = money::taxes_on_lines(ticket) {
            return self.add(&stated);
        }
        let Some(home) = self.masters.home(&ticket.store) else { return };
        if ticket.training || !books(&ticket.kind) {
            return;
        }
        for flag in home.trading.flags(ticket) {
            *self.flags.entry(flag).or_default() += 1;
        }
        let void = ticket.kind == "post_void";
        let voided = ticket.links.iter().find(|link| void && link.kind.starts_with("void_of"));
        let under = Under {
            ticket,
            books: home.books.clone(),
            home: home.books.clone(),
            sign: if void { -1 } else { 1 },
            coin: money::coin(&ticket.currency),
            items_on: voided.map_or(ticket.business_date, |link| link.business_date),
        };
        for (line, seller, too_much) in self.receipts.add(ticket) {
            match too_much {
                None => self.claimed += self.masters.find(&ticket.store, line, under.items_on(line)).parts(),
                Some(too_much) => {
                    let (lines, amount) = self.exceeded.entry(seller).or_default();
                    (*lines, *amount) = (*lines + 1, *amount + too_much);
                }
            }
        }
        // A movement of cash has no lines that say what is voided; its link does.
        let cash = voided.and_then(|link| link.kind.strip_prefix("void_of_")).unwrap_or(&ticket.kind);
        match (cash, &ticket.till_totals) {
            ("till_totals", Some(totals)) => self.add_report(&under, totals),
            ("paid_in" | "paid_out" | "loan" | "pickup" | "safe_drop", _) => self.add_cash(&under, cash),
            _ => self.add_sale(&under),
        }
        self.booked += u64::from(ticket.kind != "till_totals");
    }

    /// Sums by role of each store-day, in ten-thousandths.
    #[must_use]
    pub fn by_role(&self) -> BTreeMap<Day, BTreeMap<&'static str, i128>> {
        let mut days: BTreeMap<Day, BTreeMap<&'static str, i128>> = BTreeMap::new();
        for (account, amount) in &self.books {
            let roles = days.entry((account.store.clone(), account.date)).or_default();
            *roles.entry(account.role).or_default() += amount;
        }
        days
    }

    /// What each store-day changed of what locations hold, by the internal ids of item and location and by the account
    /// that bears the cost, in millionths; `account` says which one a subsidiary has at a location for a role and key.
    #[must_use]
    pub fn by_netsuite_goods(
        &self,
        account: impl Fn(&str, &str, &str, &str) -> Option<u64>,
    ) -> BTreeMap<Day, BTreeMap<NetsuiteGoods, i128>> {
        let mut days: BTreeMap<Day, BTreeMap<NetsuiteGoods, i128>> = BTreeMap::new();
        for ((day, location, item, reason, _), units) in &self.changed {
            if let Some(id) = self.masters.netsuite_id(item, day.1) {
                let subsidiary = self.masters.subsidiary_at(location);
                let account =
                    subsidiary.and_then(|one| account(one, location, "inventory_adjustment", reason));
                let goods = (id, self.netsuite_id_of(location), account);
                *days.entry(day.clone()).or_default().entry(goods).or_default() += units;
            }
        }
        days
    }

    fn debit(&mut self, under: &Under<'_>, role: &'static str, key: &str, amount: i128) {
        let account = under.account(role, key);
        *self.books.entry(account).or_default() += amount;
        if under.books != under.home {
            *self.crossed.entry(under.books.clone()).or_default() += amount;
        }
    }

    /// The subsidiary of a store.
    #[must_use]
    pub fn subsidiary_of(&self, store: &str) -> Option<&Text> {
        self.masters.home(store).map(|home| &home.books.subsidiary)
    }

    /// The internal id of a location in NetSuite.
    #[must_use]
    pub fn netsuite_id_of(&self, location: &str) -> Option<u64> {
        self.masters.location_netsuite_id(location)?.parse().ok()
    }

    /// The books of a store of another subsidiary.
    fn of_other_subsidiary(&self, under: &Under<'_>, store: &str) -> Option<Books> {
        let books = &self.masters.home(store)?.books;
        (books.subsidiary != under.home.subsidiary).then(|| books.clone())
    }

    /// Where a line books that another subsidiary sold, or whose balance it is; or another store of the same subsidiary
    /// that bears what comes back, be it goods, work or a fee.
    fn crosses(&self, under: &Under<'_>, line: &Line) -> Option<Books> {
        if line.kind.starts_with("gift_card") {
            return self.of_other_subsidiary(under, line.stored_value.as_ref()?.issuer.as_deref()?);
        }
        let seller = &sold_on(line)?.store;
        self.of_other_subsidiary(under, seller).or_else(|| {
            let (home, there) = (self.masters.home(&under.ticket.store)?, self.masters.home(seller)?);
            home.seller_bears.then(|| there.books.clone())
        })
    }

    /// What the ticket's own store paid out or took for another is owed between the two, under the name of the other's
    /// subsidiary.
    fn add_dues(&mut self, under: &Under<'_>) {
        for (other, paid_for) in std::mem::take(&mut self.crossed) {
            let they_owe = paid_for * under.sign > 0;
            let (ours, theirs) = if they_owe { ("due_from", "due_to") } else { ("due_to", "due_from") };
            self.debit(under, ours, &other.subsidiary, paid_for);
            let there = under.elsewhere(other);
            self.debit(&there, theirs, &under.home.subsidiary, -paid_for);
        }
        self.crossed.clear();
    }

    /// Money into the drawer or out of it, or back again, and the other side of it.
    fn add_cash(&mut self, under: &Under<'_>, kind: &str) {
        let reason = under.ticket.reason.as_deref().unwrap_or_default();
        for tender in &under.ticket.tenders {
            let (role, key): (_, &str) = match kind {
                "paid_in" => ("paid_in", reason),
                "paid_out" => ("paid_out", reason),
                _ => ("safe", &tender.kind),
            };
            self.debit(under, role, key, -units(tender.amount));
            self.add_tender(under, tender);
        }
    }

    /// What was counted less what should be there.
    fn add_report(&mut self, under: &Under<'_>, totals: &TillTotals) {
        let mut over = Vec::new();
        let taken = totals.tenders.iter().filter(|tender| tender.kind == "cash");
        if let Some(declared) = totals.declared_cash {
            let stated = |amount: Option<Amount>| amount.map_or(0, units);
            let there = stated(totals.opening_cash)
                + taken.map(|tender| units(tender.amount)).sum::<i128>()
                + stated(totals.loans)
                + stated(totals.paid_in)
                - stated(totals.pickups)
                - stated(totals.paid_out);
            over.push(("cash".to_owned(), "cash", units(declared) - there));
        }
        for tender in totals.tenders.iter().filter(|tender| tender.kind != "cash") {
            if let Some(declared) = tender.declared {
                let key = key_of(&tender.kind, tender.brand.as_deref());
                over.push((key, &tender.kind, units(declared) - units(tender.amount)));
            }
        }
        over.retain(|(_, _, amount)| *amount != 0);
        // A report whose drawer is right books nothing.
        self.booked += u64::from(!over.is_empty());
        for (key, kind, amount) in over {
            let (role, key) = match kind {
                "manufacturer_coupon" => ("coupon_receivable", String::new()),
                _ => ("tender_clearing", key),
            };
            self.debit(under, role, &key, amount);
            self.debit(under, "over_short", kind, -amount);
        }
    }

    fn add_sale(&mut self, under: &Under<'_>) {
        self.fees = balance::fees(under.ticket, under.sign);
        for tender in &under.ticket.tenders {
            self.add_tender(under, tender);
        }
        let shares = money::taxes_of_ticket(under.ticket, under.coin);
        // A tax of the whole ticket is given back where its store books nothing but what comes back.
        let (mut own, mut own_back) = (0, 0);
        for (line, share) in under.ticket.lines.iter().zip(shares) {
            if line.voided {
                continue;
            }
            let crossing = self.crosses(under, line).map(|books| under.elsewhere(books));
            if !is_promised(under.ticket, line) {
                let back = self.add_line(crossing.as_ref().unwrap_or(under), line, share);
                if crossing.is_none_or(|there| there.books == under.home) {
                    (own, own_back) = (own + 1, own_back + u32::from(back));
                }
            }
            self.move_goods(under, line);
        }
        for tax in &under.ticket.taxes {
            self.add_tax(under, tax, own > 0 && own == own_back);
        }
        self.debit(under, "rounding", "", -units(under.ticket.rounding));
        self.add_dues(under);
    }

    /// What a means of payment is afterwards. All that is handed out is cash.
    fn add_tender(&mut self, under: &Under<'_>, tender: &Tender) {
        let detail =
            tender.foreign.as_ref().map_or(tender.brand.as_deref(), |foreign| Some(&foreign.currency));
        let clearing = || ("tender_clearing", key_of(&tender.kind, detail));
        let issuer = tender.stored_value.as_ref().and_then(|value| value.issuer.as_deref());
        let of_others = issuer.is_some_and(|issuer| self.masters.home(issuer).is_none());
        let ours = |role| if of_others { clearing() } else { (role, String::new()) };
        let (role, key) = match tender.kind.as_str() {
            "manufacturer_coupon" => ("coupon_receivable", String::new()),
            "gift_card" => ours("gift_card_liability"),
            "store_credit" => ours("store_credit_liability"),
            "loyalty" => ours("loyalty_liability"),
            "account" => match tender.stored_value.as_ref().map(|value| value.program.as_str()) {
                Some("layaway") => ("layaway_deposit", String::new()),
                Some("deposit") => ("customer_deposit", String::new()),
                _ => clearing(),
            },
            _ => clearing(),
        };
        let crossing = issuer.and_then(|issuer| self.of_other_subsidiary(under, issuer));
        let crossing = crossing.map(|books| under.elsewhere(books));
        self.debit(crossing.as_ref().unwrap_or(under), role, &key, units(tender.amount));
        self.pay_by_balance(crossing.as_ref().unwrap_or(under), role, units(tender.amount));
        self.debit(under, "tender_clearing", "cash", -units(tender.change) - units(tender.cashback));
        self.debit(under, "tips_payable", "", -units(tender.tip));
    }

    /// True where what is sold comes back with the line.
    fn add_line(&mut self, under: &Under<'_>, line: &Line, share: i128) -> bool {
        let inside =
            share + line.taxes.iter().filter(|tax| tax.included).map(|tax| units(tax.amount)).sum::<i128>();
        let off: i128 = line.discounts.iter().map(|discount| units(discount.amount)).sum();
        let price = units(line.amount) - off;
        let mut revenue = price - inside;
        for discount in &line.discounts {
            let part = money::part_without_tax(units(discount.amount), price, inside, under.coin);
            self.debit(under, "discount", &discount.kind, part);
            revenue += part;
        }
        let mut back = false;
        for (role, key, amount) in self.revenue(under, line, revenue) {
            back = role == "returns" || role == "suspense" && is_back(under, line);
            self.debit(under, role, &key, -amount);
            self.add_to_balance(under, role, line, amount);
        }
        for tax in &line.taxes {
            self.add_tax(under, tax, back);
        }
        back
    }

    /// Which accounts the price of a line goes to.
    fn revenue(&self, under: &Under<'_>, line: &Line, amount: i128) -> Vec<(&'static str, String, i128)> {
        let whole = |role| vec![(role, String::new(), amount)];
        let issuer = line.stored_value.as_ref().and_then(|value| value.issuer.as_deref());
        let of_others = issuer.is_some_and(|issuer| self.masters.home(issuer).is_none());
        match line.kind.as_str() {
            "gift_card_sale" | "gift_card_reload" if of_others => return whole("third_party_payable"),
            "gift_card_sale" | "gift_card_reload" => return whole("gift_card_liability"),
            "bottle_deposit" | "bottle_refund" => return whole("bottle_deposit"),
            "donation" => return whole("charity_payable"),
            "tip" => return whole("tips_payable"),
            "commission_sale" => return whole("third_party_payable"),
            "layaway_payment" => return whole("layaway_deposit"),
            "order_deposit" | "deposit_payment" => return whole("customer_deposit"),
            _ => {}
        }
        let role = if is_back(under, line) { "returns" } else { "sales" };
        match self.masters.find(&under.ticket.store, line, under.items_on(line)) {
            Known::Nothing if line.item.is_none() && line.barcode.is_none() => {
                vec![(role, line.kind.to_string(), amount)]
            }
            Known::Nothing => {
                vec![("suspense", line.department.as_deref().unwrap_or_default().to_owned(), amount)]
            }
            Known::Item(item) => vec![(role, item.department.clone(), amount)],
            Known::Kit(parts) => {
                let values: Vec<i128> = parts.iter().map(|part| part.value).collect();
                let shares = money::shares(amount, &values, under.coin);
                let part =
                    |(part, share): (&masters::Part<'_>, i128)| (role, part.item.department.clone(), share);
                parts.iter().zip(shares).map(part).collect()
            }
        }
    }

    fn add_tax(&mut self, under: &Under<'_>, tax: &Tax, back: bool) {
        self.debit(under, "tax_payable", &key_of(&tax.code, tax.jurisdiction.as_deref()), -units(tax.amount));
        let day = (under.ticket.store.clone(), under.ticket.business_date);
        let rate = tax.rate.map(|rate| rate.units());
        let location = under.books.location.clone();
        let key = (day, location, tax.code.clone(), tax.jurisdiction.clone(), tax.treatment.clone(), rate);
        let (base, amount) = (tax.base.map_or(0, units), units(tax.amount));
        let of_back = |sum| if back { sum } else { 0 };
        let without_base = if tax.base.is_none() { amount } else { 0 };
        let parts = [base, amount, of_back(base), of_back(amount), without_base];
        self.taxes.entry(key).or_default().iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }
}

/// True for the kinds of records that move money or goods.
fn books(kind: &str) -> bool {
    let counted = [
        "cancelled",
        "suspended",
        "no_sale",
        "sign_on",
        "sign_off",
        "till_open",
        "till_close",
        "business_sod",
        "business_eod",
        "other_control",
    ];
    !counted.contains(&kind)
}

/// The ticket that sold what a line brings back.
fn sold_on(line: &Line) -> Option<&Link> {
    line.original.as_deref().filter(|link| link.kind == "return_of" || link.kind == "exchange_of")
}

/// True for goods that are only kept for the customer.
fn is_promised(ticket: &Transaction, line: &Line) -> bool {
    line.kind == "reserve"
        || (["layaway", "customer_order"].contains(&ticket.kind.as_str()) && line.kind == "sale")
}

/// True for what comes back, also where that is voided.
fn is_back(under: &Under<'_>, line: &Line) -> bool {
    under.sign * i128::from(line.quantity.units()) < 0 || under.sign * units(line.amount) < 0
}

fn key_of(key: &str, detail: Option<&str>) -> String {
    detail.map_or_else(|| key.to_owned(), |detail| format!("{key}/{detail}"))
}

fn units(amount: Amount) -> i128 {
    amount.units().into()
}

#[cfg(test)]
pub(crate) mod tests;
