//! Counts what comes back against the line that sold it, and says what of it is too much.
//!
//! Nothing is refused: the money has left the drawer. What may be given back for a part of a line is that part of
//! what was paid for it, so a piece of a bundle comes back at its share of the price of the bundle. It is counted over
//! all claims of the line, so the last one gets what rounding left. A claim names the line by its receipt; one of a
//! ticket that is not booked yet, of a store that is offline perhaps, waits for it. What is remembered is forgotten
//! with the hashes of the tickets, [`crate::dedupe::HASH_HORIZON_DAYS`] after their block was last written.
//!
//! Both sides are the price less discounts as the line states it. Quantities are compared in stock units where the item
//! master knew the item both times, else in the unit of each line; so are units of sale that are a fraction of stock
//! units, for one of a dozen that comes back is no number of dozens. What comes back of a kit, whole or in parts, is
//! counted by component, and its money against that component's part of the price; but what rounding to so many parts
//! makes too much of one is not said while the parts together are worth it. Of other lines it is not remembered which
//! item they sold.

mod void;

use crate::allocation;
use crate::calendar::Date;
use crate::dedupe::{Block, Life};
use crate::enrichment::price::less_discounts;
use crate::enrichment::{Explained, Explanation, Kit, Resolved};
use crate::identity::is_name;
use crate::masters::{Store, Stores};
use crate::number::{Amount, Quantity};
use crate::record::command::{Claim, ClaimedItem};
use crate::record::pos;
use crate::record::sales::{TicketId, TicketLine};
use crate::sold::{Back, Claimed, Goods, Line, NotTaken, Part, Ticket};
use crate::ticket::{self, Kind};
use crate::vocabulary::LineKind;

pub use void::not_repeated;

/// What a claim turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No more came back than was sold.
    Counted,
    /// More came back than was sold, in quantity or amount.
    Exceeded,
    /// The ticket that sold it is not booked: it was never seen, or lies in quarantine.
    Unknown,
    /// The lines of that ticket are not remembered any more.
    Forgotten,
}

impl Outcome {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Counted, Self::Exceeded, Self::Unknown, Self::Forgotten];

    /// Its word on `sales.enriched`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Exceeded => "exceeded",
            Self::Unknown => "unknown",
            Self::Forgotten => "forgotten",
        }
    }
}

/// What holds of a line, or of a part of it, after a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What of the line.
    pub part: Part,
    /// What came back of it with the claim; nothing where all claims are judged.
    pub back: Goods,
    /// What the claims of the line turned out to be.
    pub outcome: Outcome,
    /// What it sold; `None` where that is not known.
    pub sold: Option<Goods>,
    /// What was claimed so far.
    pub claimed: Goods,
    /// What of that is too much, neither below zero.
    pub excess: Goods,
}

/// What the sequencer knows of the ticket that a claim names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is not booked, and may be.
    Awaited,
    /// It is booked, and its lines are remembered.
    Booked,
    /// It sold nothing: it was voided or written off, or is no sale.
    Nothing,
    /// Its lines are not remembered.
    Forgotten,
}

/// What is remembered of a ticket of a store: what its lines sold that may come back, or what it moved without a sale.
#[must_use]
pub fn sold(explained: &Explained, store: &Store) -> Vec<Line> {
    if explained.ticket().voidable().is_none() {
        return Vec::new();
    }
    remembered(explained, store)
}

fn remembered(explained: &Explained, store: &Store) -> Vec<Line> {
    match explained.ticket().kind() {
        Kind::Sale => may_come_back(explained, store),
        Kind::CashMovement | Kind::Stock => vec![void::moved(explained.ticket())],
        Kind::Unfinished | Kind::Report | Kind::Control => Vec::new(),
    }
}

fn may_come_back(explained: &Explained, store: &Store) -> Vec<Line> {
    let minor_units = store.currency.minor_units();
    let comes_back = |line: &pos::Line| {
        !line.voided
            && LineKind::of(&line.kind).is_some_and(LineKind::can_come_back)
            && !line.quantity.is_negative()
            && !less_discounts(line).is_negative()
    };
    let mut lines = Vec::with_capacity(explained.ticket().booked().lines.len());
    for (line, explanation) in explained.lines().filter(|(line, _)| comes_back(line)) {
        let own = own(line);
        let known = |part, sold| Line { line: line.line, part, sold: Some(sold), ..Line::default() };
        match Stock::of(line, explanation) {
            Stock::Nothing => lines.push(known(Part::Whole, own)),
            Stock::Unknown => lines.push(known(Part::Own, own)),
            Stock::Item(item) if item.is_fraction => lines.push(known(Part::Own, own)),
            Stock::Item(item) => lines.push(known(Part::Whole, Goods { quantity: item.quantity, ..own })),
            Stock::Kit(kit) => lines.extend(kit.parts(own.amount, minor_units).map(|(item, amount)| {
                known(Part::of(&item.item), Goods { quantity: item.quantity, amount })
            })),
        }
    }
    lines
}

/// What a line takes from stock, or brings back to it.
enum Stock<'a> {
    /// Nothing: work, a fee, a balance.
    Nothing,
    /// Goods that the item master does not know.
    Unknown,
    Item(&'a Resolved),
    Kit(&'a Kit),
}

impl<'a> Stock<'a> {
    fn of(line: &pos::Line, explanation: &'a Explanation) -> Self {
        match explanation {
            _ if !LineKind::of(&line.kind).is_some_and(LineKind::moves_stock) => Self::Nothing,
            Explanation::Nothing => Self::Unknown,
            Explanation::Item(item) if item.stock_unit.is_none() => Self::Nothing,
            Explanation::Item(item) => Self::Item(item),
            Explanation::Kit(kit) => Self::Kit(kit),
        }
    }

    /// Each item in its stock unit, with its part of an amount.
    fn items(&self, amount: Amount, minor_units: u32) -> Vec<(&'a Resolved, Amount)> {
        match *self {
            Self::Nothing | Self::Unknown => Vec::new(),
            Self::Item(item) => vec![(item, amount)],
            Self::Kit(kit) => kit.parts(amount, minor_units).collect(),
        }
    }
}

/// What a line says, in its own unit.
fn own(line: &pos::Line) -> Goods {
    Goods { quantity: line.quantity, amount: less_discounts(line) }
}

/// What a ticket of a store takes back, each with the line that sold it; of one that undoes such a ticket what it does
/// not take back after all. A line that names no line of a ticket, or where the store of that states epochs not its
/// epoch, makes no claim.
#[must_use]
pub fn claims(explained: &Explained, store: &Store, stores: &Stores) -> Vec<Claim> {
    let ticket = explained.ticket();
    if ticket.kind() != Kind::Sale {
        return Vec::new();
    }
    // What is taken back is below zero; what is undone stands with the sign of what took it back.
    let is_undone = ticket.voids().is_some();
    let turned = |quantity: Quantity, amount: Amount| match is_undone {
        true => (quantity, amount),
        false => (quantity.negated(), amount.negated()),
    };
    let claim = |(line, explanation): (&pos::Line, &Explanation)| {
        let original = original(line, store, stores)?;
        let Goods { quantity, amount } = own(line);
        let stock = Stock::of(line, explanation).items(amount, store.currency.minor_units());
        let item = |(item, amount): (&Resolved, Amount)| {
            let (quantity, amount) = turned(item.quantity, amount);
            ClaimedItem { item: item.item.clone(), quantity, amount }
        };
        let (quantity, amount) = turned(quantity, amount);
        Some(Claim {
            returned: TicketLine { store: store.store.clone(), ticket: ticket.id().clone(), line: line.line },
            original,
            quantity,
            amount,
            currency: ticket.transaction().currency.clone(),
            stock: stock.into_iter().map(item).collect(),
        })
    };
    explained.lines().filter(|(line, _)| !line.voided).filter_map(claim).collect()
}

fn original(line: &pos::Line, store: &Store, stores: &Stores) -> Option<TicketLine> {
    let link = ticket::sold_by(line)?;
    let seller = if link.store == store.store { store } else { stores.find(&link.store)? };
    let original =
        TicketLine { store: link.store.clone(), ticket: ticket::linked(link, seller)?, line: link.line? };
    is_line(&original).then_some(original)
}

/// True for what a line of a ticket can be.
#[must_use]
pub fn is_line(line: &TicketLine) -> bool {
    let TicketId { register, epoch, sequence, business_date: _ } = &line.ticket;
    is_name(&line.store) && is_name(register) && *epoch >= 0 && *sequence >= 0 && line.line >= 0
}

/// A number that tells a claim from others of the same line: the first 8 bytes of BLAKE3 over the line that makes it.
#[must_use]
pub fn number(returned: &TicketLine) -> u64 {
    let TicketId { register, epoch, sequence, business_date: _ } = &returned.ticket;
    let text = crate::text::text!("{}/{register}/{epoch}/{sequence}/{}", returned.store, returned.line);
    blake3::hash(text.as_bytes()).as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// What may be given back for a quantity of what was sold, all of it at most: its part of the price, rounded half away
/// from zero to the smallest unit of the currency.
#[must_use]
pub fn value(sold: Goods, quantity: Quantity, minor_units: u32) -> Amount {
    let part = quantity.min(sold.quantity);
    allocation::by_ratio(sold.amount, (part.units(), sold.quantity.units()), minor_units)
}

impl Judgement {
    /// Of a line that nobody remembers.
    #[must_use]
    pub const fn forgotten(claimed: Goods) -> Self {
        Self {
            part: Part::Whole,
            back: claimed,
            outcome: Outcome::Forgotten,
            sold: None,
            claimed,
            excess: Goods::NOTHING,
        }
    }
}

impl Block {
    /// Counts a claim of a line of the number at `index`, and says what holds of the parts of it that came back; `None`
    /// for one that was counted already. `number` tells the claim from others, `on` is the date of the tick.
    pub fn claim(
        &mut self,
        (index, line): (i32, i32),
        back: &Back,
        number: u64,
        minor_units: u32,
        on: Date,
    ) -> Option<Vec<Judgement>> {
        let standing = self.standing(index);
        if standing == Standing::Forgotten {
            return Some(vec![Judgement::forgotten(back.own)]);
        }
        match self.sold.claim(index, line, back, number) {
            Ok(Claimed { counted, line }) => {
                if standing == Standing::Awaited {
                    self.written_on = self.written_on.max(on);
                }
                let is_counted = |line: &Line| counted.iter().any(|(part, _)| *part == line.part);
                let mut judged = judge(standing, &line, minor_units, is_counted);
                for judged in &mut judged {
                    let of_part = counted.iter().filter(|(part, _)| *part == judged.part);
                    let of_part = of_part.fold(Goods::NOTHING, |sum, (_, goods)| sum.plus(*goods));
                    judged.back = if line.booked { of_part } else { back.own };
                }
                Some(judged)
            }
            Err(NotTaken::Repeat) => None,
            Err(NotTaken::Full) => Some(vec![Judgement::forgotten(back.own)]),
        }
    }

    /// What holds of the lines of the number at `index` of which something was claimed, once that number was booked or
    /// voided; none before.
    #[must_use]
    pub fn claimed(&self, index: i32, minor_units: u32) -> Vec<(i32, Judgement)> {
        // Nearly every ticket ends here.
        if !self.sold.is_claimed(index) {
            return Vec::new();
        }
        let standing = self.standing(index);
        if matches!(standing, Standing::Awaited | Standing::Forgotten) {
            return Vec::new();
        }
        let Some(Ticket { booked, lines }) = self.sold.ticket(index) else { return Vec::new() };
        let line = |parts: &[Line]| {
            let ticket = Ticket { booked, lines: parts.to_vec() };
            let judged = judge(standing, &ticket, minor_units, |line| line.claimed != Goods::NOTHING);
            judged.into_iter().map(|judged| (parts[0].line, judged)).collect::<Vec<_>>()
        };
        lines.chunk_by(|one, next| one.line == next.line).flat_map(line).collect()
    }

    fn standing(&self, index: i32) -> Standing {
        match self.life(index) {
            None | Some(Life::Quarantined) => Standing::Awaited,
            Some(Life::Accepted | Life::Voided | Life::WrittenOff) if !self.is_hashed(index) => {
                Standing::Forgotten
            }
            // It may have been booked under another number.
            Some(Life::WrittenOff) => Standing::Forgotten,
            Some(Life::Voided) => Standing::Nothing,
            Some(Life::Accepted) if self.voidable(index).is_none() => Standing::Nothing,
            Some(Life::Accepted) if self.sold.is_booked(index) => Standing::Booked,
            // An older version took it in, or there was no room.
            Some(Life::Accepted) => Standing::Forgotten,
        }
    }
}

/// As [`value`]; where no goods came back the price was adjusted, and no more than all of it is given back.
fn worth(sold: Goods, quantity: Quantity, minor_units: u32) -> Amount {
    if quantity.is_zero() { sold.amount } else { value(sold, quantity, minor_units) }
}

/// Judges the parts of one line that are asked for.
fn judge(
    standing: Standing,
    line: &Ticket,
    minor_units: u32,
    is_asked: impl Fn(&Line) -> bool,
) -> Vec<Judgement> {
    let parts = &line.lines;
    if !line.booked {
        // What is kept by item beside it is the same once more.
        let claimed = parts.iter().filter(|part| !part.part.is_item()).map(|part| part.claimed);
        let claimed = claimed.fold(Goods::NOTHING, Goods::plus);
        let judged = judge_part(standing, Part::Whole, Goods::NOTHING, claimed, minor_units);
        return if parts.iter().any(is_asked) { vec![judged] } else { Vec::new() };
    }
    let sells = |line: &Line| match standing {
        Standing::Nothing => Goods::NOTHING,
        Standing::Booked | Standing::Awaited | Standing::Forgotten => line.sold.unwrap_or_default(),
    };
    let is_kit = parts.iter().any(|part| part.part.is_item());
    let price = parts.iter().map(sells).fold(Goods::NOTHING, Goods::plus).without_quantity();
    let spare = too_much_of(parts.iter().map(|part| (sells(part), part.claimed)), minor_units);
    let judged = parts.iter().map(|part| {
        let sold = if is_kit && part.part == Part::Whole { price } else { sells(part) };
        let mut judged = judge_part(standing, part.part, sold, part.claimed, minor_units);
        if part.part.is_item() {
            judged.excess.amount = judged.excess.amount.min(spare);
        }
        judged
    });
    let mut judged: Vec<Judgement> = judged.collect();
    if is_kit && matches!(standing, Standing::Booked | Standing::Nothing) {
        // What came back partly whole and partly by component costs no more than the kit either.
        let given = parts.iter().map(|part| part.claimed).fold(Goods::NOTHING, Goods::plus).amount;
        let told = judged.iter().map(|judged| judged.excess).fold(Goods::NOTHING, Goods::plus).amount;
        let untold = given.checked_sub(price.amount).and_then(|over| over.checked_sub(told));
        let untold = untold.unwrap_or_default().max(Amount::ZERO);
        for judged in &mut judged {
            let room = judged.claimed.amount.checked_sub(judged.excess.amount).unwrap_or_default();
            let more = untold.min(room.max(Amount::ZERO));
            judged.excess.amount = judged.excess.amount.checked_add(more).unwrap_or(judged.excess.amount);
            judged.outcome = outcome(judged.excess);
        }
    }
    let judged = judged.into_iter().zip(parts).filter(|(_, part)| is_asked(part)).map(|(judged, _)| judged);
    judged.collect()
}

fn judge_part(standing: Standing, part: Part, sold: Goods, claimed: Goods, minor_units: u32) -> Judgement {
    let back = Goods::NOTHING;
    let unjudged = |outcome| Judgement { part, back, outcome, sold: None, claimed, excess: Goods::NOTHING };
    match standing {
        Standing::Awaited => return unjudged(Outcome::Unknown),
        Standing::Forgotten => return unjudged(Outcome::Forgotten),
        Standing::Booked | Standing::Nothing => {}
    }
    let quantity = claimed.quantity.checked_sub(sold.quantity).unwrap_or(claimed.quantity);
    let amount = claimed.amount.checked_sub(worth(sold, claimed.quantity, minor_units));
    let excess = Goods {
        quantity: quantity.max(Quantity::ZERO),
        amount: amount.unwrap_or(claimed.amount).max(Amount::ZERO),
    };
    Judgement { part, back, outcome: outcome(excess), sold: Some(sold), claimed, excess }
}

fn outcome(excess: Goods) -> Outcome {
    if excess == Goods::NOTHING { Outcome::Counted } else { Outcome::Exceeded }
}

/// What was given back for parts beyond what they are worth together, which is rounded once.
fn too_much_of(parts: impl Iterator<Item = (Goods, Goods)>, minor_units: u32) -> Amount {
    let (mut due, mut claimed) = (Goods::NOTHING, Goods::NOTHING);
    for (sold, back) in parts.filter(|(_, back)| *back != Goods::NOTHING) {
        let amount = worth(sold, back.quantity, Amount::SCALE);
        due = due.plus(Goods { amount, ..Goods::NOTHING });
        claimed = claimed.plus(back);
    }
    let due = allocation::by_ratio(due.amount, (1, 1), minor_units);
    claimed.amount.checked_sub(due).unwrap_or(claimed.amount).max(Amount::ZERO)
}

#[cfg(test)]
mod tests;
