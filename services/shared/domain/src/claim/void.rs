//! Holds a post-void to what is remembered of the ticket that it voids.
//!
//! What that ticket sold must come once more, line by line, and no other goods. What it took back or kept is not
//! remembered, and not compared; nor is a quantity where the item of the line was known then and is not any more. Of
//! money and goods that moved without a sale one short number of all of it is remembered, and must be the same.

use std::collections::BTreeMap;

use crate::account_map::Role;
use crate::calendar::Date;
use crate::enrichment::Explained;
use crate::masters::Store;
use crate::record::pos::{self, ForeignCurrency, Tender, Transaction};
use crate::sold::{Goods, Line, Part, Ticket};
use crate::ticket::{self, Code, Reason, Reasons, content_hash};
use crate::vocabulary::{self, LineKind, POST_VOID};

use super::{own, remembered};

/// The line under which it is remembered what a ticket moved without a sale; no line of a till has this number.
const MOVED: i32 = -1;

/// What a line sold, and what the void says that it did.
#[derive(Default)]
struct Compared<'a> {
    sold: Vec<&'a Line>,
    said: Vec<&'a Line>,
}

/// Why a post-void of a store does not repeat the ticket that it voids, of which `sold` is remembered.
#[must_use]
pub fn not_repeated(void: &Explained, sold: &Ticket, store: &Store) -> Vec<Reason> {
    let mut said = remembered(void, store);
    said.sort_by_key(|line| (line.line, line.part));
    let mut lines: BTreeMap<i32, Compared<'_>> = BTreeMap::new();
    for line in sold.lines.iter().filter(|line| line.sold.is_some()) {
        lines.entry(line.line).or_default().sold.push(line);
    }
    for line in &said {
        lines.entry(line.line).or_default().said.push(line);
    }
    let mut reasons = Reasons::default();
    if moved_in(&sold.lines) != moved_in(&said) {
        reasons.add(
            Code::VoidNotRepeated,
            format_args!("links"),
            format_args!(
                "the ticket it voids is of another kind, or moved other money or goods, or is of another date; a \
                 {POST_VOID} names the business date of its ticket, and repeats every tender, and every line with its \
                 item, quantity and unit, with the opposite sign, and of money paid in or out the reason, so look the \
                 ticket up and send it whole"
            ),
        );
        return reasons.into_list();
    }
    for (number, line) in lines {
        let found = void.lines().enumerate().find(|(_, (each, _))| each.line == number);
        let Some(difference) = line.difference(found.map(|(_, (line, _))| line)) else { continue };
        let detail = format_args!(
            "line {number} of the ticket it voids {difference}; a {POST_VOID} repeats every line with the opposite \
             sign, so look the ticket up and send it whole, undo by a return what is not all of it, or mend the item \
             where its record was edited since"
        );
        match found {
            Some((index, _)) => reasons.add(Code::VoidNotRepeated, format_args!("lines[{index}]"), detail),
            None => reasons.add(Code::VoidNotRepeated, format_args!("lines"), detail),
        }
    }
    reasons.into_list()
}

/// What is remembered of a ticket that moves money or goods without a sale, as it is booked; of one that undoes such a
/// ticket, what would be remembered of that.
pub(super) fn moved(ticket: &ticket::Ticket) -> Line {
    let original = ticket.voids().unwrap_or(ticket.id());
    let part = Part::of(&content_hash(&bare(ticket.booked(), original.business_date)).to_string());
    Line { line: MOVED, part, sold: Some(Goods::NOTHING), ..Line::default() }
}

fn moved_in(lines: &[Line]) -> Option<Part> {
    lines.iter().find(|line| line.line == MOVED).map(|line| line.part)
}

/// What of such a ticket is booked or moved, and nothing else, its lines in the order of their numbers. The business
/// date `on` is the original's: its versions of the items say what moves, so a wrong one would undo other goods.
fn bare(booked: &Transaction, on: Date) -> Transaction {
    let has_reason = vocabulary::cash_movement(&booked.kind).is_some_and(|cash| cash.role != Role::Safe);
    let currency = |foreign: &ForeignCurrency| ForeignCurrency {
        currency: foreign.currency.clone(),
        ..ForeignCurrency::default()
    };
    let tender = |tender: &Tender| Tender {
        kind: tender.kind.clone(),
        brand: tender.brand.clone(),
        amount: tender.amount,
        foreign: tender.foreign.as_ref().map(currency),
        ..Tender::default()
    };
    let line = |line: &pos::Line| pos::Line {
        line: line.line,
        kind: line.kind.clone(),
        item: line.item.clone(),
        barcode: line.barcode.clone(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        ..pos::Line::default()
    };
    let mut lines: Vec<pos::Line> = booked.lines.iter().filter(|line| !line.voided).map(line).collect();
    lines.sort_by_key(|line| line.line);
    Transaction {
        business_date: on,
        kind: booked.kind.clone(),
        reason: booked.reason.clone().filter(|_| has_reason),
        lines,
        tenders: booked.tenders.iter().map(tender).collect(),
        ..Transaction::default()
    }
}

impl Compared<'_> {
    /// How the two differ; `line` is what the void says, turned around.
    fn difference(&self, line: Option<&pos::Line>) -> Option<String> {
        let (sold, said) = (sum(&self.sold), sum(&self.said));
        let of = |goods: Goods| format!("{} for {}", goods.quantity, goods.amount);
        match (self.sold.first(), self.said.first(), line) {
            (None, _, Some(line)) if was_not_remembered(line) => None,
            (None, ..) => Some(format!("sold nothing, and this takes back {}", of(said))),
            (_, None, _) => Some(format!("sold {}, and this does not take it back", of(sold))),
            (Some(Line { part: Part::Own, .. }), _, Some(line)) => {
                let said = own(line);
                (sold != said).then(|| format!("sold {}, and this takes back {}", of(sold), of(said)))
            }
            (_, Some(Line { part: Part::Own, .. }), _) => (sold.amount != said.amount)
                .then(|| format!("sold what cost {}, and this gives back {}", sold.amount, said.amount)),
            _ if sold != said => Some(format!("sold {}, and this takes back {}", of(sold), of(said))),
            _ => {
                let same = |(sold, said): (&&Line, &&Line)| sold.part == said.part && sold.sold == said.sold;
                let is_same =
                    self.sold.len() == self.said.len() && self.sold.iter().zip(&self.said).all(same);
                (!is_same).then(|| format!("sold {}, and this takes back as much of other items", of(sold)))
            }
        }
    }
}

/// True for goods on commission, which older versions did not remember.
fn was_not_remembered(line: &pos::Line) -> bool {
    matches!(LineKind::of(&line.kind), Some(LineKind::Owed(_)))
}

fn sum(lines: &[&Line]) -> Goods {
    lines.iter().filter_map(|line| line.sold).fold(Goods::NOTHING, Goods::plus)
}
