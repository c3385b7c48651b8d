//! The bytes in which the lines of a block's tickets are kept.
//!
//! Tickets stand in the order of their index in the block: a byte of the index, with [`BOOKED`] and [`COUNTED`] where
//! the ticket is booked and not only claimed of; the length of its lines; its lines in the order of their numbers and
//! parts. A plain line, one piece under the number after the last, is twice the amount in hundredths. Any other begins
//! with an odd byte whose other bits say what follows (see [`form`]): its number, the quantity and the amount sold, and
//! what was claimed. Before what is of a part stands [`PART`] and the number of that; it is then written as if the line
//! number before its own were the last. Whole numbers are varints, signed ones zigzag.

use std::ops::Range;

use crate::number::{Amount, Quantity};
use crate::varint::{self, zigzag};

use super::{CLAIMS_MAX, Goods, Line, Part, Ticket};

/// Set beside the index of a ticket that is booked.
const BOOKED: u8 = 0x80;

/// Set beside [`BOOKED`]. Without it an older version took the ticket in, in the units of its lines and with kits as
/// they are.
const COUNTED: u8 = 0x40;

/// Smallest units of a quantity in a piece, and of an amount in a hundredth.
pub(super) const PIECE: u64 = 1_000_000;
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

/// Stands before the four bytes of a part, and what is of that: the odd byte that no plain line needs. Of [`Part::Own`]
/// they are 0.
const PART: u8 = (form::PLAIN << 1) | ODD;

/// A ticket as its bytes.
pub(super) fn write(index: i32, ticket: &Ticket) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut last = 0;
    for line in &ticket.lines {
        write_line(line, last, &mut lines);
        last = line.line;
    }
    let mut bytes = vec![byte(index) | if ticket.booked { BOOKED | COUNTED } else { 0 }];
    write_varint(lines.len() as u64, &mut bytes);
    bytes.append(&mut lines);
    bytes
}

/// Where the bytes of a ticket are, or would be, and the ticket unread.
pub(super) fn locate(bytes: &[u8], index: i32) -> (Range<usize>, Option<Unread<'_>>) {
    let index = byte(index);
    let mut reader = Reader { bytes, at: 0 };
    loop {
        let from = reader.at;
        match reader.ticket() {
            Some(ticket) if ticket.index() < index => {}
            Some(ticket) if ticket.index() == index => return (from..reader.at, Some(ticket)),
            Some(_) | None => return (from..from, None),
        }
    }
}

/// True for bytes that [`write`] could have written, or an older version.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    let mut reader = Reader { bytes, at: 0 };
    let mut last = None;
    while reader.at < bytes.len() {
        let Some(ticket) = reader.ticket() else { return false };
        let index = ticket.index();
        let is_told = ticket.head & COUNTED == 0 || ticket.is_booked();
        if last >= Some(index) || i64::from(index) >= crate::dedupe::BLOCK_LENGTH || !is_told {
            return false;
        }
        last = Some(index);
        let mut before = None;
        for line in ticket.lines() {
            let at = line.as_ref().map(|line| (line.line, line.part));
            if at.is_none() || before >= at {
                return false;
            }
            before = at;
        }
    }
    true
}

/// The bytes of one ticket.
pub(super) struct Unread<'a> {
    head: u8,
    lines: &'a [u8],
}

impl<'a> Unread<'a> {
    const fn index(&self) -> u8 {
        self.head & !(BOOKED | COUNTED)
    }

    /// True when the ticket is booked, and not only claimed of.
    pub(super) const fn is_booked(&self) -> bool {
        self.head & BOOKED != 0
    }

    /// Its lines; `None` for the first that cannot be read, and none behind it.
    pub(super) const fn lines(&self) -> Lines<'a> {
        Lines { reader: Reader { bytes: self.lines, at: 0 }, last: 0 }
    }

    /// What the bytes say.
    pub(super) fn read(&self) -> Ticket {
        let mut lines: Vec<Line> = self.lines().flatten().collect();
        if self.is_booked() && self.head & COUNTED == 0 {
            lines.iter_mut().for_each(|line| line.part = Part::Own);
        }
        Ticket { booked: self.is_booked(), lines }
    }
}

fn write_line(line: &Line, last: i32, out: &mut Vec<u8>) {
    let last = match line.part {
        Part::Whole => last,
        Part::Own | Part::Item(_) => {
            out.push(PART);
            out.extend_from_slice(&line.part.number().to_be_bytes());
            last.saturating_sub(1)
        }
    };
    line.write(last, out);
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

/// The lines of one ticket; `None` for the first that cannot be read, and none behind it.
pub(super) struct Lines<'a> {
    reader: Reader<'a>,
    last: i32,
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
    fn ticket(&mut self) -> Option<Unread<'a>> {
        let head = self.byte()?;
        let length = usize::try_from(self.varint()?).ok()?;
        Some(Unread { head, lines: self.take(length)? })
    }

    fn line(&mut self, last: i32) -> Option<Line> {
        if *self.bytes.get(self.at)? != PART {
            return self.whole(last);
        }
        self.byte()?;
        let part = Part::numbered(u32::from_be_bytes(*self.take(4)?.first_chunk()?));
        let line = self.whole(last.saturating_sub(1))?;
        Some(Line { part, ..line })
    }

    fn whole(&mut self, last: i32) -> Option<Line> {
        let head = *self.bytes.get(self.at)?;
        if head & ODD == 0 {
            let amount = i64::try_from((self.varint()? >> 1).checked_mul(HUNDREDTH)?).ok()?;
            let sold = Some(goods(PIECE.cast_signed(), amount)?);
            return Some(Line { line: last.checked_add(1)?, sold, ..Line::default() });
        }
        if head == PART {
            return None;
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
        Some(Line { line, part: Part::Whole, sold, claimed, claims })
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

pub(super) fn goods(quantity: i64, amount: i64) -> Option<Goods> {
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
