//! What undoes an earlier sale: goods taken back or exchanged, and the void of the whole ticket.

use domain::number::Amount;
use domain::record::pos::{Line, Link, Transaction};
use domain::text::Text;

use super::line::{PROMISING, negate, price_of, turned};
use super::tax::given_back;
use super::{Draw, Place, Shops, line};

/// Purposes of random numbers.
const RETURN: u64 = 20;

impl Shops {
    /// All goods of a sale, or the first of them, taken back.
    pub(super) fn take_back(&self, place: Place, original: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let mut ticket = Transaction { kind: "return".into(), ..self.frame(place) };
        let all = draw.below(5) < 3;
        ticket.lines = self.goods_back(original, if all { usize::MAX } else { 1 }, &mut draw);
        ticket.links.push(self.link("return_of", original));
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// The first goods of a sale for others.
    pub(super) fn exchange(&self, place: Place, original: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let mut ticket = Transaction { kind: "exchange".into(), ..self.frame(place) };
        ticket.lines = self.goods_back(original, 1, &mut draw);
        let taken = self.stocked_goods(&mut draw);
        ticket.lines.push(line::goods(self.law(place.store), &taken, 1_000, &[]));
        ticket.links.push(self.link("exchange_of", original));
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// The lines that bring goods of a sale back, at the prices and taxes they were sold for.
    fn goods_back(&self, original: Place, most: usize, draw: &mut Draw) -> Vec<Line> {
        let law = self.law(original.store);
        let sold = self.sale(original);
        let goods = sold.lines.iter().filter(|line| line.kind == "sale" && !line.voided);
        let back = goods.take(most).map(|sold| {
            let name = sold.item.as_deref().or(sold.barcode.as_deref()).unwrap_or_default();
            let taxes = self.find(name).map(|goods| law.taxes(goods.class, price_of(sold)));
            Line {
                kind: "return".into(),
                taxes: taxes.unwrap_or_default().iter().map(given_back).collect(),
                original: Some(Link { line: Some(sold.line), ..self.link("return_of", original) }),
                disposition: disposition(draw),
                fulfilment: None,
                fulfilment_location: None,
                ..turned(sold)
            }
        });
        back.collect()
    }

    /// A ticket turned around, line by line.
    pub(super) fn void(&self, place: Place, original: Place) -> Transaction {
        let voided = self.in_cents(original);
        let Transaction {
            kind, total, rounding, mut lines, tenders, taxes, mut links, mut discounts, ..
        } = voided;
        discounts.iter_mut().for_each(|discount| negate(&mut discount.amount));
        if PROMISING.contains(&kind.as_str()) {
            // That its goods were kept only their own word can tell.
            let promised = lines.iter_mut().filter(|line| line.kind == "sale");
            promised.for_each(|line| line.kind = "reserve".into());
        }
        links.push(self.link("void_of", original));
        let mut void = Transaction {
            kind: "post_void".into(),
            total: total.map(Amount::negated),
            rounding: rounding.negated(),
            lines: lines.iter().map(turned).collect(),
            taxes: taxes.iter().map(given_back).collect(),
            discounts,
            tenders,
            links,
            reason: Some("wrong customer".into()),
            ..self.frame(place)
        };
        for tender in &mut void.tenders {
            negate(&mut tender.amount);
            negate(&mut tender.change);
            negate(&mut tender.cashback);
            negate(&mut tender.tip);
            if let Some(foreign) = &mut tender.foreign {
                negate(&mut foreign.amount);
            }
        }
        void
    }
}

/// In which state goods come back.
fn disposition(draw: &mut Draw) -> Option<Text> {
    match draw.below(20) {
        0 | 1 => Some("damaged".into()),
        2 => Some("scrap".into()),
        3 => Some("vendor".into()),
        4..=9 => Some("resaleable".into()),
        _ => None,
    }
}
