//! What undoes an earlier ticket: goods taken back or exchanged, and the void of all of it.

use std::ops::Range;

use domain::number::Amount;
use domain::record::pos::{Line, Link, Transaction};
use domain::text::Text;

use super::ledger::quantity;
use super::line::{PROMISING, negate, turned};
use super::master::{Goods, KIT};
use super::sale::state_for_the_whole;
use super::tax::{Law, given_back};
use super::{Draw, Place, Shops, line};

/// Purposes of random numbers.
const RETURN: u64 = 20;

/// Which of 50 returns bring a piece of a line, where one sold several.
const PARTS: Range<u64> = 6..20;

/// Kinds of lines that come back by their receipt. A gift card says nothing of it.
const COMES_BACK: [&str; 4] = ["sale", "service", "fee", "commission_sale"];

/// The department whose items are work.
const WORK: u64 = 7;

impl Shops {
    /// All of a sale that can come back, the first goods of it, or a piece of several; rarely twice as many as were
    /// sold, or a piece for the price of all of them.
    pub(super) fn take_back(&self, place: Place, original: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let sold = self.can_come_back(original);
        let first = || sold.iter().take(1);
        let back = match draw.below(50) {
            0 => first().map(|line| line::many(line, 2)).collect(),
            1 => match sold.iter().find(|line| is_several(line) && !is_kit(line)) {
                Some(whole) => vec![line::one_for_all(whole)],
                None => first().cloned().collect(),
            },
            part if PARTS.contains(&part) => match apart(&sold) {
                Some([piece, _]) => vec![piece],
                None => first().cloned().collect(),
            },
            2..20 => first().cloned().collect(),
            _ => sold,
        };
        self.bring(("return", back), place, original, draw)
    }

    /// True where a return of a ticket brings a part of a line.
    pub(super) fn takes_a_part(&self, place: Place, original: Place) -> bool {
        let is_part = PARTS.contains(&self.draw(place, RETURN).below(50));
        is_part && apart(&self.can_come_back(original)).is_some()
    }

    /// The rest of a line of which a piece came back before; now and then all of it once more.
    pub(super) fn take_more_back(&self, place: Place, original: Place) -> Transaction {
        let mut draw = self.draw(place, RETURN);
        let sold = self.can_come_back(original);
        let back = match draw.below(4) {
            0 => sold.into_iter().find(is_several),
            _ => apart(&sold).map(|[_, others]| others),
        };
        self.bring(("return", back.into_iter().collect()), place, original, draw)
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
        let draw = self.draw(place, RETURN);
        let first = self.can_come_back(original).into_iter().take(1).collect();
        self.bring(("exchange", first), place, original, draw)
    }

    /// The lines of a sale that come back by its receipt.
    fn can_come_back(&self, original: Place) -> Vec<Line> {
        let mut lines = self.sale(original).lines;
        lines.retain(|line| !line.voided && COMES_BACK.contains(&line.kind.as_str()));
        lines
    }

    /// A return or an exchange of lines that were sold, at the prices and taxes they were sold for.
    fn bring(
        &self,
        (kind, back): (&str, Vec<Line>),
        place: Place,
        original: Place,
        mut draw: Draw,
    ) -> Transaction {
        let law = self.law(original.store);
        let mut ticket = Transaction { kind: kind.into(), ..self.frame(place) };
        ticket.lines.extend(back.iter().map(|sold| {
            let is_goods = sold.kind == "sale";
            Line {
                kind: if is_goods { "return".into() } else { sold.kind.clone() },
                taxes: self.taxes_of(law, sold).iter().map(given_back).collect(),
                original: Some(Link { line: Some(sold.line), ..self.link("return_of", original) }.into()),
                disposition: if is_goods { disposition(&mut draw) } else { None },
                fulfilment: None,
                fulfilment_location: None,
                ..turned(sold)
            }
        }));
        if kind == "exchange" {
            let taken = self.stocked_goods(&mut draw);
            ticket.lines.push(line::goods(self.law(place.store), &taken, 1_000, &[]));
        }
        ticket.links.push(self.link(&format!("{kind}_of"), original));
        if self.states_taxes_once(place, law, &ticket) {
            state_for_the_whole(&mut ticket);
        }
        self.pay(place.store, &mut ticket, &mut draw);
        ticket
    }

    /// True for one of seven, where it can be told which line bears what. As with sales, such a till shares no discount
    /// out. What is exchanged must bear one rate.
    fn states_taxes_once(&self, place: Place, sold_under: Law, ticket: &Transaction) -> bool {
        let law = self.law(place.store);
        let can_be_told = ticket.kind == "return" || (law == sold_under && !law.is_inside());
        let is_plain = ticket.lines.iter().all(|line| line.discounts.is_empty());
        place.number % 7 == 0 && can_be_told && is_plain
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

/// True for goods of several pieces.
fn is_several(line: &Line) -> bool {
    line.kind == "sale" && line.unit.is_none() && line.quantity > quantity(1_000)
}

fn is_kit(line: &Line) -> bool {
    line.item.as_deref().is_some_and(|item| item.ends_with(KIT))
}

/// A piece of the first line of several, and the others.
fn apart(sold: &[Line]) -> Option<[Line; 2]> {
    sold.iter().find(|line| is_several(line)).map(line::apart)
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
