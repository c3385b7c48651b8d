//! Sales, and what sells nothing: money into and out of the drawer, goods that move by themselves.

use domain::number::Amount;
use domain::record::pos::{Discount, FiscalDocument, Line, StoredValue, Tax, Transaction};

use super::kind::What;
use super::ledger::{amount, cents, quantity, share};
use super::master::Goods;
use super::tax::Law;
use super::tender::tender;
use super::{Draw, Place, Retailer, Shops, line};

/// Purposes of random numbers.
const SALE: u64 = 10;
const CASH: u64 = 11;
const STOCK: u64 = 12;

/// Discounts: one of how many lines has it, and what part of the price it is. All of them together are less than that.
const DISCOUNTS: [(&str, u64, i64); 6] = [
    ("promotion", 6, 8),
    ("price_override", 60, 10),
    ("markdown", 50, 4),
    ("store_coupon", 60, 6),
    ("loyalty", 80, 20),
    ("senior", 100, 20),
];

/// An offer for several lines together: the kind of its discount, and its code.
type Offer = (&'static str, &'static str);

/// Three for the price of two, a drink with a snack, and so much off what all goods come to: in the order in which each
/// is shared out.
const OFFERS: [Offer; 3] = [THREE_FOR_TWO, MIXED, BASKET];
const THREE_FOR_TWO: Offer = ("quantity", "3X2");
const MIXED: Offer = ("promotion", "MIX");
const BASKET: Offer = ("promotion", "BASKET");

/// What is off a drink with a snack, in cents.
const MIXED_OFF: i64 = 500;

/// From which price of all goods on so much is off it, in cents.
const BASKET_FROM: i64 = 50_000;
const BASKET_OFF: i64 = 5_000;

/// Why money leaves a drawer.
const REASONS: [&str; 3] = ["postage", "cleaning", "taxi"];

impl Shops {
    /// A sale, paid.
    pub(super) fn sale(&self, place: Place) -> Transaction {
        let mut draw = self.draw(place, SALE);
        let mut ticket = self.basket(place, &mut draw);
        let asked_for = self.currency(place.store) == "MXN" && draw.below(20) == 0;
        ticket.fiscal = asked_for.then(|| FiscalDocument {
            kind: "cfdi".into(),
            key: format!("F{}-{}", place.store, place.number).into(),
            status: "authorised".into(),
            recipient: None,
        });
        let before = place.later(-1);
        if before.number >= 0 && self.what(before) == What::Unfinished("suspended") {
            ticket.links.push(self.link("resume_of", before));
        }
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// A ticket that was given up, or put aside: no money changed hands.
    pub(super) fn unfinished(&self, place: Place, kind: &str) -> Transaction {
        let mut draw = self.draw(place, SALE);
        let mut ticket = Transaction { kind: kind.into(), ..self.basket(place, &mut draw) };
        line::number(&mut ticket);
        if kind == "cancelled" && draw.below(2) == 0 {
            let mut back = tender("cash", 10_000);
            back.change = back.amount;
            ticket.tenders.push(back);
        }
        ticket
    }

    /// What a customer brings to the till, not paid yet.
    fn basket(&self, place: Place, draw: &mut Draw) -> Transaction {
        let law = self.law(place.store);
        // Taxes inside the prices of a whole ticket stand on one without discounts: its till shares nothing out.
        let whole = draw.below(25) == 0;
        let employee = self.retailer == Retailer::Several && draw.below(50) == 0;
        let mut ticket = Transaction { kind: "sale".into(), ..self.frame(place) };
        for at in 0..=draw.below(6) {
            // The first line is of goods: what sells work alone cannot be returned.
            let goods = if at == 0 { self.stocked_goods(draw) } else { self.goods(Self::any_goods(draw)) };
            let thousandths = if goods.weighed { 250 + 5 * count(draw, 300) } else { 1_000 * pieces(draw) };
            let gross = goods.price * thousandths / 1_000;
            let mut discounts = Vec::new();
            if !(whole && law.is_inside()) {
                for (kind, every, part) in DISCOUNTS {
                    if draw.below(every) == 0 {
                        discounts.push((kind, gross / part));
                    }
                }
                if employee {
                    discounts.push(("employee", gross / 10));
                }
            }
            let mut sold = line::goods(law, &goods, thousandths, &discounts);
            if goods.is_work {
                sold.kind = "service".into();
            }
            if goods.barcode.is_some() && draw.below(4) == 0 {
                let barcode = self.scanned(&goods, thousandths, cents(sold.amount), draw);
                (sold.item, sold.barcode) = (None, barcode.map(Into::into));
            }
            ticket.lines.push(sold);
        }
        self.extras(place, law, &mut ticket, draw);
        if draw.below(4) == 0 && !(whole && law.is_inside()) {
            self.off_the_basket(law, &mut ticket);
        }
        if whole {
            state_for_the_whole(&mut ticket);
        }
        self.round_up(&mut ticket, draw);
        ticket
    }

    /// What stands on a ticket beside common goods now and then.
    fn extras(&self, place: Place, law: Law, ticket: &mut Transaction, draw: &mut Draw) {
        self.special_goods(place, law, ticket, draw);
        self.gift_cards(place, law, ticket, draw);
        let mut now_and_then = |of_1000: u64| draw.below(1_000) < of_1000;
        let plain = |kind: &str, cents: i64| line::other(kind, cents);
        if now_and_then(40) {
            ticket.lines.push(Line { quantity: quantity(6_000), ..plain("bottle_deposit", 900) });
        }
        if now_and_then(25) {
            ticket.lines.push(Line { quantity: quantity(-2_000), ..plain("bottle_refund", -300) });
        }
        if now_and_then(12) {
            ticket.lines.push(line::commission(8_000));
        }
        if now_and_then(10) {
            ticket.lines.push(plain("tip", 500));
        }
        if now_and_then(15) {
            ticket.lines.push(line::deposit(law, "fee", 250));
        }
        if now_and_then(30) {
            ticket.lines.push(Line { voided: true, ..line::goods(law, &self.goods(0), 1_000, &[]) });
        }
    }

    /// Kits and offers, and goods that are brought or come from elsewhere.
    fn special_goods(&self, place: Place, law: Law, ticket: &mut Transaction, draw: &mut Draw) {
        let mut now_and_then = |of_1000: u64| draw.below(1_000) < of_1000;
        let several = self.retailer == Retailer::Several;
        if several && now_and_then(30) {
            ticket.lines.push(line::goods(law, &self.kit(), 1_000, &[]));
        }
        if several && now_and_then(60) {
            let drawn = if now_and_then(500) { [0, 0, 0] } else { [0, 3, 7] };
            ticket.lines.extend(self.three_for_two(law, drawn));
        }
        if several && now_and_then(40) {
            let mut pair = [2, 3].map(|department| {
                line::goods(law, &self.goods(Self::of_department(department, 5)), 1_000, &[])
            });
            self.give(law, MIXED, MIXED_OFF, pair.iter_mut().collect());
            ticket.lines.extend(pair);
        }
        let brought = |drawn, fulfilment: &str, store: Option<u32>| Line {
            fulfilment: Some(fulfilment.into()),
            fulfilment_location: store.map(|store| self.location(store).into()),
            ..line::goods(law, &self.goods(Self::of_department(6, drawn)), 1_000, &[])
        };
        if several && now_and_then(30) {
            ticket.lines.push(brought(1, "ship_from_store", Some(self.neighbour(place.store))));
            ticket.lines.push(line::other("shipping", 799));
        }
        if now_and_then(10) {
            ticket.lines.push(brought(2, "delivery", None));
            ticket.lines.push(line::freight(law, 1_450));
        }
        if let Some(store) = self.across(place.store).filter(|_| now_and_then(10)) {
            // Nobody knows what one of the two costs.
            let drawn = if place.number % 2 == 0 { 3 } else { 4 };
            ticket.lines.push(brought(drawn, "pickup", Some(store)));
        }
    }

    /// Gift cards of the chain, of another subsidiary of it, and of others.
    fn gift_cards(&self, place: Place, law: Law, ticket: &mut Transaction, draw: &mut Draw) {
        let mut now_and_then = |of_1000: u64| draw.below(1_000) < of_1000;
        if now_and_then(15) {
            ticket.lines.push(line::gift_card(law, "gift_card_sale", 20_000));
        }
        if now_and_then(6) {
            ticket.lines.push(line::gift_card(law, "gift_card_reload", 10_000));
        }
        let issued_by = |issuer: String| Line {
            stored_value: Some(
                StoredValue {
                    program: "gift_card".into(),
                    issuer: Some(issuer.into()),
                    ..StoredValue::default()
                }
                .into(),
            ),
            ..line::other("gift_card_sale", 5_000)
        };
        if self.retailer == Retailer::Several && now_and_then(8) {
            ticket.lines.push(issued_by("streaming".to_owned()));
        }
        if let Some(store) = self.across(place.store).filter(|_| now_and_then(8)) {
            ticket.lines.push(issued_by(self.store_name(store)));
        }
    }

    /// Three pieces for the price of two: what the cheapest costs is shared out over all three.
    fn three_for_two(&self, law: Law, drawn: [u64; 3]) -> [Line; 3] {
        let goods = drawn.map(|drawn| self.goods(Self::of_department(2, drawn)));
        let off = goods.iter().map(|goods| goods.price).min().unwrap_or(0);
        let mut lines = goods.map(|goods| line::goods(law, &goods, 1_000, &[]));
        self.give(law, THREE_FOR_TWO, off, lines.iter_mut().collect());
        lines
    }

    /// So much off all goods of a ticket that come to enough.
    fn off_the_basket(&self, law: Law, ticket: &mut Transaction) {
        let goods: Vec<&mut Line> = ticket.lines.iter_mut().filter(|line| line::is_goods(line)).collect();
        let price: i64 = goods.iter().map(|line| line::price_of(line)).sum();
        if price >= BASKET_FROM {
            self.give(law, BASKET, BASKET_OFF, goods);
        }
    }

    /// Shares an offer out over lines by their prices, which are taxed for what is left of them.
    fn give(&self, law: Law, (kind, code): Offer, off: i64, lines: Vec<&mut Line>) {
        let prices: Vec<i64> = lines.iter().map(|line| line::price_of(line)).collect();
        for (line, off) in lines.into_iter().zip(share(off, &prices)) {
            let (kind, code) = (kind.into(), Some(code.into()));
            line.discounts.push(Discount { kind, code, amount: amount(off), ..Discount::default() });
            line.taxes = self.taxes_of(law, line);
        }
    }

    /// Now and then a Mexican customer rounds up to the whole peso, for charity.
    fn round_up(&self, ticket: &mut Transaction, draw: &mut Draw) {
        if self.retailer == Retailer::Mexican && draw.below(12) == 0 {
            let owed = line::owed(ticket);
            let given = (100 - owed.rem_euclid(100)) % 100;
            ticket.lines.extend((given > 0).then(|| line::other("donation", given)));
        }
    }

    fn any_goods(draw: &mut Draw) -> u64 {
        draw.below(Self::choice())
    }

    /// Goods that are in stock.
    pub(super) fn stocked_goods(&self, draw: &mut Draw) -> Goods {
        let index = Self::any_goods(draw);
        let goods = self.goods(index);
        if goods.is_work { self.goods(index - 1) } else { goods }
    }

    /// Money into the drawer, or out of it.
    pub(super) fn cash_movement(&self, place: Place, kind: &'static str) -> Transaction {
        let mut draw = self.draw(place, CASH);
        let size = 1_000 + 500 * count(&mut draw, 20);
        let moved = match kind {
            "paid_in" => size,
            "paid_out" => -size,
            "loan" => 50_000,
            _ => -10 * size,
        };
        let reason = usize::try_from(draw.below(3)).ok().and_then(|at| REASONS.get(at).copied());
        Transaction {
            kind: kind.into(),
            reason: reason.filter(|_| kind.starts_with("paid")).map(Into::into),
            tenders: vec![tender("cash", moved)],
            ..self.frame(place)
        }
    }

    /// Goods from another location, now and then fewer or more than were shipped; or to one.
    pub(super) fn transfer(&self, place: Place) -> Transaction {
        let mut draw = self.draw(place, STOCK);
        let received = draw.below(2) == 0;
        let mut lines = Vec::new();
        for _ in 0..=draw.below(3) {
            let goods = self.stocked_goods(&mut draw);
            let sent = 1_000 * (4 + count(&mut draw, 20));
            let missing = match draw.below(10) {
                0 | 1 if received => 2_000,
                2 if received => -1_000,
                _ => 0,
            };
            let arrived = if received { sent - missing } else { -sent };
            lines.push(moved("transfer", &goods, arrived));
            lines.extend((missing != 0).then(|| moved("transfer_difference", &goods, missing)));
        }
        self.stock(place, "transfer", lines)
    }

    /// What a count found more, or less.
    pub(super) fn count(&self, place: Place) -> Transaction {
        let mut draw = self.draw(place, STOCK);
        let mut lines = Vec::new();
        for _ in 0..=draw.below(4) {
            let goods = self.stocked_goods(&mut draw);
            lines.push(moved("count", &goods, 1_000 * (count(&mut draw, 9) - 5)));
        }
        self.stock(place, "count", lines)
    }

    fn stock(&self, place: Place, kind: &str, lines: Vec<Line>) -> Transaction {
        let mut ticket = Transaction { kind: kind.into(), lines, ..self.frame(place) };
        line::number(&mut ticket);
        ticket
    }
}

fn moved(kind: &str, goods: &Goods, thousandths: i64) -> Line {
    Line {
        kind: kind.into(),
        item: Some(goods.item.as_str().into()),
        quantity: quantity(thousandths),
        unit: goods.weighed.then(|| "KGM".into()),
        ..Line::default()
    }
}

/// Half of the tickets state an offer once for the ticket, and leave it to others to share it out to its lines.
pub(super) fn of_the_ticket(place: Place, mut ticket: Transaction) -> Transaction {
    if place.number % 2 != 0 {
        return ticket;
    }
    for offer in OFFERS {
        let is_of = |discount: &mut Discount| discount.code.as_deref() == Some(offer.1);
        let (mut lines, mut off) = (Vec::new(), 0);
        for line in &mut ticket.lines {
            for part in line.discounts.extract_if(.., is_of) {
                lines.push(line.line);
                off += cents(part.amount);
            }
        }
        if offer == BASKET {
            // It is for all goods, so none are named.
            lines.clear();
        }
        let (kind, code) = (offer.0.into(), Some(offer.1.into()));
        let offer = Discount { kind, code, amount: amount(off), lines, ..Discount::default() };
        ticket.discounts.extend((off > 0).then_some(offer));
    }
    ticket
}

/// A number from 0 below a limit.
fn count(draw: &mut Draw, limit: u64) -> i64 {
    i64::try_from(draw.below(limit)).unwrap_or(0)
}

/// Mostly one piece.
fn pieces(draw: &mut Draw) -> i64 {
    1 + i64::from(draw.below(5) == 0) + i64::from(draw.below(15) == 0)
}

/// Takes the taxes that are borne off the lines and states each once for the whole ticket: what a county levies
/// without its base.
pub(super) fn state_for_the_whole(ticket: &mut Transaction) {
    let mut whole: Vec<Tax> = Vec::new();
    for line in ticket.lines.iter_mut().filter(|line| !line.voided) {
        let (borne, stated) =
            std::mem::take(&mut line.taxes).into_iter().partition(|tax| tax.treatment == "taxable");
        line.taxes = stated;
        let borne: Vec<Tax> = borne;
        for tax in borne {
            let like =
                |other: &&mut Tax| (&other.code, &other.jurisdiction) == (&tax.code, &tax.jurisdiction);
            match whole.iter_mut().find(like) {
                Some(sum) => {
                    let add = |left: Amount, right: Amount| amount(cents(left) + cents(right));
                    sum.amount = add(sum.amount, tax.amount);
                    sum.base = sum.base.zip(tax.base).map(|(left, right)| add(left, right));
                }
                None => whole.push(tax),
            }
        }
    }
    let of_county = |tax: &&mut Tax| tax.jurisdiction.as_deref() == Some("county");
    whole.iter_mut().filter(of_county).for_each(|tax| tax.base = None);
    ticket.taxes = whole;
}
