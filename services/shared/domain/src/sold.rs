//! What is remembered of the lines of a ticket that may come back: what they sold, and what was claimed of it since.
//!
//! It stands in the block of the ticket's number, as bytes, since every ticket writes its block anew and few lines
//! ever come back: a ticket takes two, and a line of one piece two or three. To take a ticket in, or a claim, its
//! own bytes are cut in; those of other tickets are neither read nor written anew.
//!
//! Tickets stand in the order of their index in the block: a byte of the index, with [`BOOKED`] where the ticket is
//! booked and not only claimed of; the length of its lines; its lines in the order of their numbers. A plain line, one
//! piece under the number after the last, is twice the amount in hundredths. Any other begins with an odd byte whose
//! other bits say what follows (see [`form`]): its number, the quantity and the amount sold, and what was claimed.
//! Whole numbers are varints, signed ones zigzag.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize};

use crate::number::{Amount, Quantity};
use crate::record::Bytes;
use crate::ticket::LINES_MAX;
use crate::varint::{self, zigzag};

/// Bytes of a block beyond which no more lines sold are remembered. The largest tickets, of a thousand lines of eight
/// bytes, fill it with all their numbers.
pub const SOLD_MAX: usize = 256 * 1024;

/// Bytes of a block beyond which no more claims are: there is room for them beside the lines sold, and the block fits
/// its changelog.
pub const CLAIMED_MAX: usize = 512 * 1024;

/// Claims of a line that are told apart from their repeats, the latest ones.
pub const CLAIMS_MAX: usize = 8;

/// Set beside the index of a ticket that is booked.
const BOOKED: u8 = 0x80;

/// Smallest units of a quantity in a piece, and of an amount in a hundredth.
const PIECE: u64 = 1_000_000;
const HUNDREDTH: u64 = 100;

/// Set in the first byte of a line that is not plain.
const ODD: u8 = 1;

/// The other bits of that byte.
mod form {
    /// How far the number lies above that of the line before, or above 0; 0 where the number itself follows.
    pub(super) const STEP: u8 = 0x07;
    /// How the quantity is written: one of the next four.
    pub(super) const QUANTITY: u8 = 0x18;
    /// It is one piece, and nothing follows.
    pub(super) const ONE: u8 = 0x00;
    /// Pieces follow.
    pub(super) const PIECES: u8 = 0x08;
    /// Smallest units follow.
    pub(super) const UNITS: u8 = 0x10;
    /// Nothing was sold, and no amount follows.
    pub(super) const UNSOLD: u8 = 0x18;
    /// The amount is in its smallest units, not in hundredths.
    pub(super) const FINE: u8 = 0x20;
    /// Claims follow: quantity and amount in smallest units, a count and as many numbers of eight bytes.
    pub(super) const CLAIMED: u8 = 0x40;
    /// What a plain line would have: one piece, under the number after the last.
    pub(super) const PLAIN: u8 = ONE | 1;
}

/// How much of something, and for how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goods {
    /// Quantity, in the unit of the line.
    pub quantity: Quantity,
    /// Price less discounts, as a ticket states it: tax is in it where it is in the price.
    pub amount: Amount,
}

impl Goods {
    /// None of it.
    pub const NOTHING: Self = Self { quantity: Quantity::ZERO, amount: Amount::ZERO };

    /// Both together. A ticket is limited so that a thousand fit: a sum beyond 18 digits stays where it is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            quantity: self.quantity.checked_add(other.quantity).unwrap_or(self.quantity),
            amount: self.amount.checked_add(other.amount).unwrap_or(self.amount),
        }
    }
}

/// What is remembered of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Line number on the ticket.
    pub line: i32,
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
    /// Its lines, in the order of their numbers.
    pub lines: Vec<Line>,
}

/// Why a claim is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It was already.
    Repeat,
    /// There is no room for it in the block, or it names one more line than a ticket can have.
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

    /// Takes in a ticket that is booked, with what each of its lines sold; what was claimed of it before stays.
    /// Beyond [`SOLD_MAX`] it is not taken in.
    pub fn remember(&mut self, index: i32, lines: impl Iterator<Item = (i32, Goods)>) {
        let (at, before) = self.find(index);
        let sold = |(line, goods)| Line { line, sold: Some(goods), ..Line::default() };
        let mut ticket = Ticket { booked: true, lines: lines.map(sold).collect() };
        ticket.lines.sort_by_key(|line| line.line);
        let before = before.into_iter().flat_map(|ticket| ticket.lines);
        for claimed in before.filter(|line| !line.claims.is_empty()) {
            let line = ticket.line(claimed.line);
            (line.claimed, line.claims) = (claimed.claimed, claimed.claims);
        }
        self.put(at, index, &ticket, SOLD_MAX);
    }

    /// Takes in a claim of a line, and returns what holds of that line then. `claim` is a number that tells this
    /// claim from others.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing is changed.
    pub fn claim(&mut self, index: i32, line: i32, goods: Goods, claim: u64) -> Result<Line, NotTaken> {
        let (at, before) = self.find(index);
        let mut ticket = before.unwrap_or_default();
        if ticket.lines.len() >= LINES_MAX && ticket.lines.iter().all(|known| known.line != line) {
            return Err(NotTaken::Full);
        }
        let claimed = ticket.line(line);
        if claimed.claims.contains(&claim) {
            return Err(NotTaken::Repeat);
        }
        if claimed.claims.len() >= CLAIMS_MAX {
            claimed.claims.remove(0);
        }
        claimed.claims.push(claim);
        claimed.claimed = claimed.claimed.plus(goods);
        let claimed = claimed.clone();
        if self.put(at, index, &ticket, CLAIMED_MAX) { Ok(claimed) } else { Err(NotTaken::Full) }
    }

    /// What is remembered of the ticket at `index`.
    #[must_use]
    pub fn ticket(&self, index: i32) -> Option<Ticket> {
        self.find(index).1
    }

    /// True when the ticket at `index` is booked and its lines are remembered.
    #[must_use]
    pub fn is_booked(&self, index: i32) -> bool {
        self.locate(index).1.is_some_and(|(booked, _)| booked)
    }

    /// True when something was claimed of the ticket at `index`.
    #[must_use]
    pub fn is_claimed(&self, index: i32) -> bool {
        self.locate(index).1.is_some_and(|(_, lines)| lines.flatten().any(|line| !line.claims.is_empty()))
    }

    /// Where the bytes of a ticket are, or would be, and what they say.
    fn find(&self, index: i32) -> (Range<usize>, Option<Ticket>) {
        let (at, found) = self.locate(index);
        (at, found.map(|(booked, lines)| Ticket { booked, lines: lines.flatten().collect() }))
    }

    /// Where the bytes of a ticket are, or would be; whether it is booked, and its lines unread.
    fn locate(&self, index: i32) -> (Range<usize>, Option<(bool, Lines<'_>)>) {
        let index = byte(index);
        let mut reader = Reader { bytes: &self.0.0, at: 0 };
        loop {
            let from = reader.at;
            match reader.ticket() {
                Some((head, _)) if head & !BOOKED < index => {}
                Some((head, lines)) if head & !BOOKED == index => {
                    return (from..reader.at, Some((head & BOOKED != 0, Lines::of(lines))));
                }
                Some(_) | None => return (from..from, None),
            }
        }
    }

    /// Writes a ticket in place of the bytes at `at`; false, and nothing is changed, where they would be too many.
    fn put(&mut self, at: Range<usize>, index: i32, ticket: &Ticket, size_max: usize) -> bool {
        let mut lines = Vec::new();
        let mut last = 0;
        for line in &ticket.lines {
            line.write(last, &mut lines);
            last = line.line;
        }
        let mut bytes = vec![byte(index) | if ticket.booked { BOOKED } else { 0 }];
        write_varint(lines.len() as u64, &mut bytes);
        bytes.append(&mut lines);
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
        if is_packed(&bytes.0) {
            return Ok(Self(bytes));
        }
        Err(serde::de::Error::custom("the lines sold are not as they are packed"))
    }
}

impl Ticket {
    /// The line of a number, made where there is none.
    fn line(&mut self, number: i32) -> &mut Line {
        let at = self.lines.partition_point(|line| line.line < number);
        if self.lines.get(at).is_none_or(|line| line.line != number) {
            self.lines.insert(at, Line { line: number, ..Line::default() });
        }
        &mut self.lines[at]
    }
}

impl Line {
    fn write(&self, last: i32, out: &mut Vec<u8>) {
        let step = self.line.checked_sub(last).and_then(|step| u8::try_from(step).ok());
        let step = step.filter(|step| *step <= form::STEP).unwrap_or(0);
        let quantity = self.sold.map(|sold| whole(sold.quantity.units()));
        let amount = self.sold.map(|sold| whole(sold.amount.units()));
        let quantity_form = match quantity {
            None => form::UNSOLD,
            Some(PIECE) => form::ONE,
            Some(units) if units.is_multiple_of(PIECE) => form::PIECES,
            Some(_) => form::UNITS,
        };
        let fine = amount.is_some_and(|units| !units.is_multiple_of(HUNDREDTH));
        let is_claimed = !self.claims.is_empty();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let form = step | quantity_form | flag(fine, form::FINE) | flag(is_claimed, form::CLAIMED);
        if let (form::PLAIN, Some(units)) = (form, amount) {
            return write_varint((units / HUNDREDTH) << 1, out);
        }
        out.push((form << 1) | ODD);
        if step == 0 {
            write_varint(zigzag(self.line.into()), out);
        }
        match quantity {
            Some(units) if quantity_form == form::PIECES => write_varint(units / PIECE, out),
            Some(units) if quantity_form == form::UNITS => write_varint(units, out),
            Some(_) | None => {}
        }
        if let Some(units) = amount {
            write_varint(if fine { units } else { units / HUNDREDTH }, out);
        }
        if is_claimed {
            write_varint(zigzag(self.claimed.quantity.units()), out);
            write_varint(zigzag(self.claimed.amount.units()), out);
            write_varint(self.claims.len() as u64, out);
            self.claims.iter().for_each(|claim| out.extend_from_slice(&claim.to_be_bytes()));
        }
    }
}

/// True for bytes that [`Sold`] could have written.
fn is_packed(bytes: &[u8]) -> bool {
    let mut reader = Reader { bytes, at: 0 };
    let mut last = None;
    while reader.at < bytes.len() {
        let Some((head, lines)) = reader.ticket() else { return false };
        let index = head & !BOOKED;
        if last >= Some(index) || i64::from(index) >= crate::dedupe::BLOCK_LENGTH {
            return false;
        }
        last = Some(index);
        let mut before = None;
        for line in Lines::of(lines) {
            let Some(line) = line.filter(|line| before < Some(line.line)) else { return false };
            before = Some(line.line);
        }
    }
    true
}

/// The lines of one ticket; `None` for the first that cannot be read, and none behind it.
struct Lines<'a> {
    reader: Reader<'a>,
    last: i32,
}

impl<'a> Lines<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self { reader: Reader { bytes, at: 0 }, last: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Option<Line>;

    fn next(&mut self) -> Option<Option<Line>> {
        if self.reader.at >= self.reader.bytes.len() {
            return None;
        }
        let line = self.reader.line(self.last);
        match &line {
            Some(line) => self.last = line.line,
            None => self.reader.at = self.reader.bytes.len(),
        }
        Some(line)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The first byte of the next ticket, and the bytes of its lines.
    fn ticket(&mut self) -> Option<(u8, &'a [u8])> {
        let head = self.byte()?;
        let length = usize::try_from(self.varint()?).ok()?;
        Some((head, self.take(length)?))
    }

    fn line(&mut self, last: i32) -> Option<Line> {
        let head = *self.bytes.get(self.at)?;
        if head & ODD == 0 {
            let amount = i64::try_from((self.varint()? >> 1).checked_mul(HUNDREDTH)?).ok()?;
            let sold = Some(goods(PIECE.cast_signed(), amount)?);
            return Some(Line { line: last.checked_add(1)?, sold, ..Line::default() });
        }
        let head = self.byte()? >> 1;
        let line = match head & form::STEP {
            0 => i32::try_from(self.signed()?).ok()?,
            step => last.checked_add(step.into())?,
        };
        let quantity = match head & form::QUANTITY {
            form::ONE => Some(PIECE),
            form::PIECES => Some(self.varint()?.checked_mul(PIECE)?),
            form::UNITS => Some(self.varint()?),
            _ => None,
        };
        let sold = match quantity {
            Some(quantity) => {
                let each = if head & form::FINE == 0 { HUNDREDTH } else { 1 };
                let amount = self.varint()?.checked_mul(each)?;
                Some(goods(i64::try_from(quantity).ok()?, i64::try_from(amount).ok()?)?)
            }
            None => None,
        };
        let (mut claimed, mut claims) = (Goods::default(), Vec::new());
        if head & form::CLAIMED != 0 {
            claimed = goods(self.signed()?, self.signed()?)?;
            let count =
                usize::try_from(self.varint()?).ok().filter(|count| (1..=CLAIMS_MAX).contains(count))?;
            for _ in 0..count {
                claims.push(u64::from_be_bytes(*self.take(8)?.first_chunk()?));
            }
        }
        Some(Line { line, sold, claimed, claims })
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        let size = (value >> 1).cast_signed();
        Some(if value & 1 == 0 { size } else { !size })
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

fn write_varint(value: u64, out: &mut Vec<u8>) {
    varint::write(value, |byte| out.push(byte));
}

fn goods(quantity: i64, amount: i64) -> Option<Goods> {
    let (quantity, amount) = (Quantity::from_units(quantity).ok()?, Amount::from_units(amount).ok()?);
    Some(Goods { quantity, amount })
}

/// What is sold is not below zero.
fn whole(units: i64) -> u64 {
    u64::try_from(units).unwrap_or(0)
}

/// An index of a block, which has 32.
fn byte(index: i32) -> u8 {
    u8::try_from(index & 0x1f).unwrap_or(0)
}

#[cfg(test)]
mod tests;
