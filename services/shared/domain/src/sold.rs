//! What is remembered of the lines of a ticket that may come back: what they sold, and what was claimed of it since.
//!
//! It stands in the block of the ticket's number, as bytes, since every ticket writes its block anew and few lines
//! ever come back: a ticket takes two, and a line of one piece two or three. To take a ticket in, or a claim, its
//! own bytes are cut in; those of other tickets are neither read nor written anew.
//!
//! A line is counted whole: in stock units where its item is in stock, else in its own unit. One whose item was not
//! known is marked, for what is claimed of it is then counted in its own unit, too; and one of a kit is remembered by
//! component. Until the ticket comes, what is claimed of it is kept both ways. How that is written: [`packed`].

mod packed;

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize};

use crate::number::{Amount, Quantity};
use crate::record::Bytes;
use crate::ticket::LINES_MAX;

/// Bytes of a block beyond which no more lines sold are remembered. The largest tickets, of a thousand lines of eight
/// bytes, fill it with all their numbers; of kits, half as many do.
pub const SOLD_MAX: usize = 256 * 1024;

/// Bytes of a block beyond which no more claims are: there is room for them beside the lines sold, and the block fits
/// its changelog.
pub const CLAIMED_MAX: usize = 512 * 1024;

/// Claims of a line that are told apart from their repeats, the latest ones.
pub const CLAIMS_MAX: usize = 8;

/// Lines and parts of them that are remembered of a ticket: all it can have, and as many again that only claims name.
const PARTS_MAX: usize = LINES_MAX * 2;

/// How much of something, and for how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goods {
    /// Quantity, in the unit that stands beside it.
    pub quantity: Quantity,
    /// Price less discounts, as a ticket states it: tax is in it where it is in the price.
    pub amount: Amount,
}

impl Goods {
    /// None of it.
    pub const NOTHING: Self = Self { quantity: Quantity::ZERO, amount: Amount::ZERO };

    /// The money of it.
    #[must_use]
    pub const fn without_quantity(self) -> Self {
        Self { quantity: Quantity::ZERO, ..self }
    }

    /// Both together. A ticket is limited so that a thousand fit: a sum beyond 18 digits stays where it is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            quantity: self.quantity.checked_add(other.quantity).unwrap_or(self.quantity),
            amount: self.amount.checked_add(other.amount).unwrap_or(self.amount),
        }
    }
}

/// What of a line is counted by itself, and in which unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it: in stock units where its item is in stock, else in its own unit.
    #[default]
    Whole,
    /// All of it, in its own unit, for its item was not known when it was sold, or that unit is a fraction of stock
    /// units.
    Own,
    /// An item, in its stock unit: a component of a kit. A short number tells it from the others of the line.
    Item(u32),
}

impl Part {
    /// The part of an item: its number is the first 4 bytes of BLAKE3 over the item number.
    #[must_use]
    pub fn of(item: &str) -> Self {
        let first = blake3::hash(item.as_bytes()).as_bytes().first_chunk().copied();
        Self::Item(first.map_or(1, u32::from_be_bytes).max(1))
    }

    /// True for an item.
    #[must_use]
    pub const fn is_item(self) -> bool {
        matches!(self, Self::Item(_))
    }

    /// Its number where it is written; 0 is no item's.
    const fn number(self) -> u32 {
        match self {
            Self::Whole | Self::Own => 0,
            Self::Item(number) => number,
        }
    }

    const fn numbered(number: u32) -> Self {
        if number == 0 { Self::Own } else { Self::Item(number) }
    }
}

/// What came back on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Back {
    /// In the unit of that line.
    pub own: Goods,
    /// In stock units: its item, or each component of its kit. None where the item is not known or not in stock.
    pub stock: Vec<(Part, Goods)>,
}

/// What is remembered of one line, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Line number on the ticket; below zero what the whole ticket moved without a sale, as a number in `part`.
    pub line: i32,
    /// What of it.
    pub part: Part,
    /// What it sold, neither below zero; `None` where only claims name it.
    pub sold: Option<Goods>,
    /// What was claimed of it so far.
    pub claimed: Goods,
    /// The claims, the latest last, [`CLAIMS_MAX`] at most: a number of each that tells it from others.
    pub claims: Vec<u64>,
}

/// What is remembered of one ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    /// False where only claims name it.
    pub booked: bool,
    /// Its lines, in the order of their numbers and parts.
    pub lines: Vec<Line>,
}

/// A claim that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What of the line it is counted against.
    pub counted: Vec<(Part, Goods)>,
    /// The ticket with nothing but that line and its parts.
    pub line: Ticket,
}

/// Why a claim is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It was already.
    Repeat,
    /// There is no room for it in the block, or so many lines of its ticket are named as two tickets can have.
    Full,
}

/// The lines of the tickets of one block, packed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sold(Bytes);

impl Sold {
    /// True when nothing is remembered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// How many bytes it takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.0.0.len()
    }

    /// Takes in a ticket that is booked, with what its lines sold; what was claimed of it before stays, and true is
    /// returned where there was anything. Beyond [`SOLD_MAX`] it is not taken in.
    pub fn remember(&mut self, index: i32, mut lines: Vec<Line>) -> bool {
        let (at, before) = self.find(index);
        lines.sort_by_key(|line| (line.line, line.part));
        // Two components that their short numbers do not tell apart are one.
        lines.dedup_by(|next, line| {
            let is_same = (next.line, next.part) == (line.line, line.part);
            if is_same {
                line.sold = Some(line.sold.unwrap_or_default().plus(next.sold.unwrap_or_default()));
            }
            is_same
        });
        let mut ticket = Ticket { booked: true, lines };
        let before = before.into_iter().flat_map(|ticket| ticket.lines);
        let mut claimed = before.filter(|line| !line.claims.is_empty()).peekable();
        let was_claimed = claimed.peek().is_some();
        claimed.for_each(|line| ticket.keep(line));
        self.put(at, index, &ticket, SOLD_MAX);
        was_claimed
    }

    /// Takes in a claim of a line, and returns against which parts of the line it is counted, and what holds of that
    /// line then. `claim` is a number that tells this claim from others.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing is changed.
    pub fn claim(&mut self, index: i32, line: i32, back: &Back, claim: u64) -> Result<Claimed, NotTaken> {
        let (at, before) = self.find(index);
        let mut ticket = before.unwrap_or_default();
        if ticket.lines.iter().any(|known| known.line == line && known.claims.contains(&claim)) {
            return Err(NotTaken::Repeat);
        }
        let counted = ticket.counted(line, back);
        for (part, goods) in &counted {
            let claimed = ticket.part(line, *part);
            claimed.claimed = claimed.claimed.plus(*goods);
            claimed.count(&[claim]);
        }
        if ticket.lines.len() > PARTS_MAX || !self.put(at, index, &ticket, CLAIMED_MAX) {
            return Err(NotTaken::Full);
        }
        ticket.lines.retain(|known| known.line == line);
        Ok(Claimed { counted, line: ticket })
    }

    /// What is remembered of the ticket at `index`.
    #[must_use]
    pub fn ticket(&self, index: i32) -> Option<Ticket> {
        self.find(index).1
    }

    /// True when the ticket at `index` is booked and its lines are remembered.
    #[must_use]
    pub fn is_booked(&self, index: i32) -> bool {
        packed::locate(&self.0.0, index).1.is_some_and(|ticket| ticket.is_booked())
    }

    /// True when something was claimed of the ticket at `index`.
    #[must_use]
    pub fn is_claimed(&self, index: i32) -> bool {
        let ticket = packed::locate(&self.0.0, index).1;
        ticket.is_some_and(|ticket| ticket.lines().flatten().any(|line| !line.claims.is_empty()))
    }

    /// Where the bytes of a ticket are, or would be, and what they say.
    fn find(&self, index: i32) -> (Range<usize>, Option<Ticket>) {
        let (at, found) = packed::locate(&self.0.0, index);
        (at, found.map(|ticket| ticket.read()))
    }

    /// Writes a ticket in place of the bytes at `at`; false, and nothing is changed, where they would be too many.
    fn put(&mut self, at: Range<usize>, index: i32, ticket: &Ticket, size_max: usize) -> bool {
        let bytes = packed::write(index, ticket);
        let fits = self.size().saturating_sub(at.len()).saturating_add(bytes.len()) <= size_max;
        if fits {
            drop(self.0.0.splice(at, bytes));
        }
        fits
    }
}

impl<'de> Deserialize<'de> for Sold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::deserialize(deserializer)?;
        if packed::is_packed(&bytes.0) {
            return Ok(Self(bytes));
        }
        Err(serde::de::Error::custom("the lines sold are not as they are packed"))
    }
}

/// How what is claimed of a line is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// It is not told before the ticket comes.
    Unknown,
    Whole,
    Own,
    ByItem,
}

impl Ticket {
    /// What of a line a claim is counted against. Of a kit that comes back as what nobody knows no quantity is.
    fn counted(&self, line: i32, back: &Back) -> Vec<(Part, Goods)> {
        let Back { own, stock } = back;
        match self.counting(line) {
            Counting::Unknown if stock.is_empty() => vec![(Part::Whole, *own)],
            Counting::Unknown => [(Part::Own, *own)].iter().chain(stock).copied().collect(),
            Counting::Own => vec![(Part::Own, *own)],
            Counting::Whole if stock.is_empty() => vec![(Part::Whole, *own)],
            Counting::Whole => {
                let all = stock.iter().fold(Goods::NOTHING, |sum, (_, goods)| sum.plus(*goods));
                vec![(Part::Whole, Goods { quantity: all.quantity, ..*own })]
            }
            Counting::ByItem if stock.is_empty() => vec![(Part::Whole, own.without_quantity())],
            Counting::ByItem => stock.clone(),
        }
    }

    /// Takes over what was claimed before the ticket came, in the one way in which it is counted from here on.
    fn keep(&mut self, before: Line) {
        let Line { line, part, claimed, claims, .. } = before;
        let (part, claimed) = match (self.counting(line), part) {
            (Counting::Unknown, part) => (part, claimed),
            (Counting::Whole, Part::Whole | Part::Item(_)) => (Part::Whole, claimed),
            (Counting::Own, Part::Whole | Part::Own) => (Part::Own, claimed),
            (Counting::ByItem, Part::Whole) => (part, claimed.without_quantity()),
            (Counting::ByItem, Part::Item(_)) => (part, claimed),
            (Counting::Whole | Counting::ByItem, Part::Own) | (Counting::Own, Part::Item(_)) => return,
        };
        let kept = self.part(line, part);
        kept.claimed = kept.claimed.plus(claimed);
        kept.count(&claims);
    }

    fn counting(&self, line: i32) -> Counting {
        if !self.booked {
            return Counting::Unknown;
        }
        let sold = self.lines.iter().find(|known| known.line == line && known.sold.is_some());
        match sold.map(|sold| sold.part) {
            Some(Part::Item(_)) => Counting::ByItem,
            Some(Part::Own) => Counting::Own,
            Some(Part::Whole) | None => Counting::Whole,
        }
    }

    /// What is remembered of a part of a line, made where there is nothing.
    fn part(&mut self, line: i32, part: Part) -> &mut Line {
        let at = self.lines.partition_point(|known| (known.line, known.part) < (line, part));
        if self.lines.get(at).is_none_or(|known| (known.line, known.part) != (line, part)) {
            self.lines.insert(at, Line { line, part, ..Line::default() });
        }
        &mut self.lines[at]
    }
}

impl Line {
    /// Remembers claims, each once; the oldest are forgotten beyond [`CLAIMS_MAX`].
    fn count(&mut self, claims: &[u64]) {
        for claim in claims {
            if !self.claims.contains(claim) {
                self.claims.push(*claim);
            }
        }
        self.claims.drain(..self.claims.len().saturating_sub(CLAIMS_MAX));
    }
}

#[cfg(test)]
mod tests;
