//! What undoes an earlier ticket: goods taken back or exchanged, and the void of all of it.

use domain::number::Amount;
use domain::record::pos::{Line, Link, Transaction};
use domain::text::Text;

use super::line::{PROMISING, negate, turned};
use super::master::Goods;
use super::tax::given_back;
use super::{Draw, Place, Shops, line};

/// Purposes of random numbers.
const RETURN: u64 = 20;

/// Kinds of lines that come back by their receipt. A gift card says nothing of it.
const COMES_BACK: [&str; 4] = ["sale", "service", "fee", "commission_sale"];

/// The department whose items are work.
const WORK: u64 = 7;

impl Shops {
    /// All of a sale that can come back, or the first goods of it; rarely twice as many of them as were sold.
    pub(super) fn take_back(&self, place: Place, original: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let mut ticket = Transaction { kind: "return".into(), ..self.frame(place) };
        let (most, times) = match draw.below(50) {
            0 => (1, 2),
            1..20 => (1, 1),
            _ => (usize::MAX, 1),
        };
        ticket.lines = self.goods_back(original, most, &mut draw);
        ticket.lines.iter_mut().for_each(|line| *line = line::many(line, times));
        ticket.links.push(self.link("return_of", original));
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// What nobody has a receipt of: goods at their price on the shelf, a gift card that was not used, or money for a
    /// fee, for work, for goods of others.
    pub(super) fn without_receipt(&self, place: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let law = self.law(place.store);
        let goods = |goods: &Goods| line::goods(law, goods, 1_000, &[]);
        let back = match draw.below(10) {
            0 => line::gift_card(law, "gift_card_sale", 20_000),
            1 => line::deposit(law, "fee", 250),
            2 => {
                let work = self.goods(Self::of_department(WORK, draw.below(10)));
                Line { kind: "service".into(), ..goods(&work) }
            }
            3 => line::commission(8_000),
            _ => Line {
                kind: "return".into(),
                disposition: disposition(&mut draw),
                ..goods(&self.stocked_goods(&mut draw))
            },
        };
        let mut ticket =
            Transaction { kind: "return".into(), lines: vec![turned(&back)], ..self.frame(place) };
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
        let goods = sold.lines.iter().filter(|line| !line.voided && COMES_BACK.contains(&line.kind.as_str()));
        let back = goods.take(most).map(|sold| {
            let is_goods = sold.kind == "sale";
            Line {
                kind: if is_goods { "return".into() } else { sold.kind.clone() },
                taxes: self.taxes_of(law, sold).iter().map(given_back).collect(),
                original: Some(Link { line: Some(sold.line), ..self.link("return_of", original) }.into()),
                disposition: if is_goods { disposition(draw) } else { None },
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
            kind,
            total,
            rounding,
            mut lines,
            tenders,
            taxes,
            mut links,
            mut discounts,
            reason,
            ..
        } = voided;
        discounts.iter_mut().for_each(|discount| negate(&mut discount.amount));
        if PROMISING.contains(&kind.as_str()) {
            // That its goods were kept only their own word can tell.
            let promised = lines.iter_mut().filter(|line| line.kind == "sale");
            promised.for_each(|line| line.kind = "reserve".into());
        }
        // A movement of cash has no lines, and its link says what it was.
        let word = if lines.is_empty() { format!("void_of_{kind}") } else { "void_of".to_owned() };
        links.push(self.link(&word, original));
        let mut void = Transaction {
            kind: "post_void".into(),
            total: total.map(Amount::negated),
            rounding: rounding.negated(),
            lines: lines.iter().map(turned).collect(),
            taxes: taxes.iter().map(given_back).collect(),
            discounts,
            tenders,
            links,
            reason: reason.or_else(|| Some("wrong customer".into())),
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
