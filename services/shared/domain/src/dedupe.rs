//! Decides whether an offered number is the first, a repeat, a conflict, or can no longer be told.
//!
//! A register numbers all its transactions, so memory is kept in blocks of 32 consecutive numbers of one
//! sequence epoch: one bit and one hash for each number seen. Hashes are dropped after
//! [`HASH_HORIZON_DAYS`]; the bits stay for as long as the dates of its tickets are accepted, so that a re-send
//! from beyond the horizon is quarantined as unverified, or refused for its date, and never booked twice.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::identity::ContentHash;
use crate::sold::Sold;

/// Numbers in one block.
pub const BLOCK_LENGTH: i64 = 32;

/// Days for which content hashes and lines sold are kept after their block was last written.
pub const HASH_HORIZON_DAYS: i32 = 14;

/// Further hashes remembered in a block: quarantined conflicts, so that their re-sends are repeats.
pub const OTHERS_MAX: usize = 8;

/// What an offered number turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The number was never seen.
    First,
    /// The number was seen with the same content: dropped and counted.
    Repeat,
    /// The number was seen with other content.
    Conflict {
        /// The content it was first seen with.
        held: ContentHash,
    },
    /// The number was seen, but so long ago that its content is forgotten.
    Unverified,
}

/// What became of a number that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Booked, or counted.
    Accepted,
    /// Lies in quarantine.
    Quarantined,
    /// Was quarantined and written off.
    WrittenOff,
    /// Was booked, and undone by a later ticket.
    Voided,
}

/// A content hash beside the one its number is held with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Index of the number in its block.
    pub index: i32,
    /// The content of the quarantined conflict.
    pub content: ContentHash,
}

/// What is known of [`BLOCK_LENGTH`] consecutive sequence numbers. A state record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Bit i: number i was seen.
    pub seen: i32,
    /// Bit i: number i lies in quarantine.
    pub quarantined: i32,
    /// Bit i: number i was written off.
    pub written_off: i32,
    /// Date of the tick at which the block was last written, or the last business date in it where that is later.
    pub written_on: Date,
    /// Hashes of the seen numbers in ascending order of the number; empty once they are forgotten. On the
    /// wire 8 big-endian bytes each, since a hash is no small number that varies in length.
    #[serde(with = "packed")]
    pub hashes: Vec<ContentHash>,
    /// Hashes of quarantined conflicts.
    pub others: Vec<Other>,
    /// Bit i: the hash of number i is held in `hashes`.
    pub hashed: i32,
    /// Bit i: number i was undone by a later ticket.
    #[serde(default)]
    pub voided: i32,
    /// Bit i: number i booked a ticket that a later one may undo.
    #[serde(default)]
    pub voidable: i32,
    /// Bit i: that ticket gave back more than it took or, where no money moved, its first line did.
    #[serde(default)]
    pub paid_out: i32,
    /// What the lines of the hashed numbers sold that may come back, and what was claimed of them since.
    #[serde(default)]
    pub sold: Sold,
}

/// Which way a ticket went that a later one may undo: its money, or what it did where none moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// Money to the store, or nothing back.
    Taken,
    /// Money to the customer, or something back.
    PaidOut,
}

/// Where a sequence number stands: the number of its block and its index there. `sequence` is not negative.
#[must_use]
pub fn place(sequence: i64) -> (i64, i32) {
    let index = sequence.rem_euclid(BLOCK_LENGTH);
    // The remainder is below 32.
    (sequence.div_euclid(BLOCK_LENGTH), i32::try_from(index).unwrap_or(0))
}

impl Block {
    /// Decides on the number at `index` with the given content, without changing anything.
    #[must_use]
    pub fn verdict(&self, index: i32, content: ContentHash) -> Verdict {
        if self.seen & bit(index) == 0 {
            return Verdict::First;
        }
        if self.others.iter().any(|other| other.index == index && other.content == content) {
            return Verdict::Repeat;
        }
        match self.hash(index) {
            None => Verdict::Unverified,
            Some(held) if held == content => Verdict::Repeat,
            Some(held) => Verdict::Conflict { held },
        }
    }

    /// What became of the number at `index`; `None` when it was never seen.
    #[must_use]
    pub fn life(&self, index: i32) -> Option<Life> {
        if self.seen & bit(index) == 0 {
            None
        } else if self.quarantined & bit(index) != 0 {
            Some(Life::Quarantined)
        } else if self.written_off & bit(index) != 0 {
            Some(Life::WrittenOff)
        } else if self.voided & bit(index) != 0 {
            Some(Life::Voided)
        } else {
            Some(Life::Accepted)
        }
    }

    /// Remembers the number at `index` with its content and what became of it.
    pub fn remember(&mut self, index: i32, content: ContentHash, life: Life, on: Date) {
        let at = self.rank(index);
        if self.hashed & bit(index) == 0 {
            self.hashes.insert(at.min(self.hashes.len()), content);
        } else if let Some(held) = self.hashes.get_mut(at) {
            *held = content;
        }
        self.seen |= bit(index);
        self.hashed |= bit(index);
        self.set_life(index, life, on);
    }

    /// Remembers that the number at `index` booked a ticket that may be undone.
    pub fn remember_voidable(&mut self, index: i32, net: Net) {
        self.voidable |= bit(index);
        if net == Net::PaidOut {
            self.paid_out |= bit(index);
        }
    }

    /// Which way the money of the number at `index` went; `None` where it booked nothing that may be undone.
    #[must_use]
    pub fn voidable(&self, index: i32) -> Option<Net> {
        let of = |bits: i32| bits & bit(index) != 0;
        of(self.voidable).then(|| if of(self.paid_out) { Net::PaidOut } else { Net::Taken })
    }

    /// Remembers the content of a quarantined conflict, so that its re-send is a repeat. The oldest is
    /// forgotten beyond [`OTHERS_MAX`]; its re-send is quarantined once more, never booked.
    pub fn remember_conflict(&mut self, index: i32, content: ContentHash, on: Date) {
        if self.others.len() >= OTHERS_MAX {
            self.others.remove(0);
        }
        self.others.push(Other { index, content });
        self.written_on = self.written_on.max(on);
    }

    /// Changes what became of a number that was seen.
    pub fn set_life(&mut self, index: i32, life: Life, on: Date) {
        let mask = bit(index);
        self.quarantined &= !mask;
        self.written_off &= !mask;
        self.voided &= !mask;
        match life {
            Life::Accepted => {}
            Life::Voided => self.voided |= mask,
            Life::Quarantined => self.quarantined |= mask,
            Life::WrittenOff => self.written_off |= mask,
        }
        self.written_on = self.written_on.max(on);
    }

    /// True when the block still holds hashes or lines that are past the horizon at `today`.
    #[must_use]
    pub fn is_past_horizon(&self, today: Date) -> bool {
        !(self.hashes.is_empty() && self.others.is_empty() && self.sold.is_empty())
            && self.written_on.plus_days(HASH_HORIZON_DAYS) < today
    }

    /// Forgets the hashes and the lines, and keeps the numbers.
    pub fn forget_hashes(&mut self) {
        self.hashes = Vec::new();
        self.others = Vec::new();
        self.hashed = 0;
        self.sold = Sold::default();
    }

    /// True when the content of the number at `index` is remembered.
    pub(crate) fn is_hashed(&self, index: i32) -> bool {
        self.hashed & bit(index) != 0
    }

    fn hash(&self, index: i32) -> Option<ContentHash> {
        if !self.is_hashed(index) {
            return None;
        }
        self.hashes.get(self.rank(index)).copied()
    }

    /// How many hashes of lower numbers are held.
    fn rank(&self, index: i32) -> usize {
        let below = bit(index).cast_unsigned().wrapping_sub(1);
        (self.hashed.cast_unsigned() & below).count_ones() as usize
    }
}

mod packed {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::identity::ContentHash;
    use crate::record::Bytes;

    pub(super) fn serialize<S: Serializer>(hashes: &[ContentHash], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = hashes.iter().flat_map(|hash| hash.bits().to_be_bytes()).collect();
        Bytes(bytes).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<ContentHash>, D::Error> {
        let bytes = Bytes::deserialize(deserializer)?.0;
        let (hashes, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(D::Error::custom("hashes are 8 bytes each"));
        }
        Ok(hashes.iter().map(|bytes| ContentHash::from_bits(u64::from_be_bytes(*bytes))).collect())
    }
}

fn bit(index: i32) -> i32 {
    1_i32.wrapping_shl(index.unsigned_abs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::arithmetic_side_effects)]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const DAY: i32 = 20_000;

    fn day(days: i32) -> Date {
        Date::from_days(days).unwrap()
    }

    #[test]
    fn a_number_is_first_once() {
        let (a, b, c) = (ContentHash::from_bits(1), ContentHash::from_bits(2), ContentHash::from_bits(3));
        let mut block = Block::default();
        assert_eq!(block.verdict(31, a), Verdict::First);
        block.remember(31, a, Life::Accepted, day(DAY));
        block.remember(0, b, Life::Quarantined, day(DAY));
        assert_eq!(block.verdict(31, a), Verdict::Repeat);
        assert_eq!(block.verdict(31, c), Verdict::Conflict { held: a });
        block.remember_voidable(31, Net::PaidOut);
        block.remember_voidable(0, Net::Taken);
        assert_eq!([31, 0, 1].map(|i| block.voidable(i)), [Some(Net::PaidOut), Some(Net::Taken), None]);
        assert_eq!(block.verdict(0, b), Verdict::Repeat);
        assert_eq!(block.verdict(1, b), Verdict::First);
        assert_eq!(block.life(0), Some(Life::Quarantined));
        assert_eq!(block.life(31), Some(Life::Accepted));
        block.remember_conflict(31, c, day(DAY));
        assert_eq!(block.verdict(31, c), Verdict::Repeat);
        block.set_life(0, Life::WrittenOff, day(DAY));
        assert_eq!(block.life(0), Some(Life::WrittenOff));
        block.set_life(31, Life::Voided, day(DAY));
        assert_eq!((block.life(31), block.life(0)), (Some(Life::Voided), Some(Life::WrittenOff)));
        assert_eq!(block.verdict(31, a), Verdict::Repeat);
    }

    #[test]
    fn past_the_horizon_a_number_is_unverified_never_first() {
        let mut block = Block::default();
        block.remember(5, ContentHash::from_bits(1), Life::Accepted, day(DAY));
        assert!(!block.is_past_horizon(day(DAY + HASH_HORIZON_DAYS)));
        assert!(block.is_past_horizon(day(DAY + HASH_HORIZON_DAYS + 1)));
        block.forget_hashes();
        assert!(!block.is_past_horizon(day(DAY + 100)));
        assert_eq!(block.verdict(5, ContentHash::from_bits(1)), Verdict::Unverified);
        assert_eq!(block.verdict(6, ContentHash::from_bits(1)), Verdict::First);
        block.remember(6, ContentHash::from_bits(9), Life::Accepted, day(DAY + 20));
        assert_eq!(block.verdict(6, ContentHash::from_bits(9)), Verdict::Repeat);
        assert_eq!(block.verdict(5, ContentHash::from_bits(9)), Verdict::Unverified);
    }

    proptest! {
        /// The packed block agrees with a plain map, in any order of numbers.
        #[test]
        fn a_block_is_a_map(offers in proptest::collection::vec((0_i32..32, 0_u64..3), 0..80)) {
            let mut block = Block::default();
            let mut plain = BTreeMap::new();
            for (index, bits) in offers {
                let content = ContentHash::from_bits(bits);
                let expected = match plain.get(&index) {
                    None => Verdict::First,
                    Some(held) if *held == content => Verdict::Repeat,
                    Some(held) => Verdict::Conflict { held: *held },
                };
                prop_assert_eq!(block.verdict(index, content), expected);
                if expected == Verdict::First {
                    block.remember(index, content, Life::Accepted, day(DAY));
                    plain.insert(index, content);
                }
            }
            prop_assert_eq!(block.hashes.len(), plain.len());
            let text = serde_json::to_string(&block).unwrap();
            prop_assert_eq!(serde_json::from_str::<Block>(&text).unwrap(), block);
        }

        #[test]
        fn a_place_names_one_number(sequence in 0_i64..i64::MAX) {
            let (block, index) = place(sequence);
            prop_assert_eq!(block * BLOCK_LENGTH + i64::from(index), sequence);
        }
    }
}
