//! Counts what comes back against the line that sold it, and says what of it is too much.
//!
//! Nothing is refused: the money has left the drawer. What may be given back for a part of a line is that part of
//! what was paid for it, so a piece of a bundle comes back at its share of the price of the bundle. It is counted over
//! all claims of the line, so the last one gets what rounding left. A claim names the line by its receipt; one of a
//! ticket that is not booked yet, of a store that is offline perhaps, waits for it. What is remembered is forgotten
//! with the hashes of the tickets, [`crate::dedupe::HASH_HORIZON_DAYS`] after their block was last written.
//!
//! Both sides are the price less discounts as the line states it. The unit of the quantities, and that the same item
//! comes back, are not compared.

use crate::allocation;
use crate::calendar::Date;
use crate::dedupe::{Block, Life};
use crate::enrichment::price::less_discounts;
use crate::identity::is_name;
use crate::masters::{Store, Stores};
use crate::number::{Amount, Quantity};
use crate::record::command::Claim;
use crate::record::pos;
use crate::record::sales::{TicketId, TicketLine};
use crate::sold::{Goods, Line, NotTaken};
use crate::ticket::{self, Kind, Ticket};
use crate::vocabulary::LineKind;

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

/// What holds of a line after a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
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

/// What each line of a ticket sold that may come back.
pub fn sold(ticket: &Ticket) -> impl Iterator<Item = (i32, Goods)> {
    let comes_back = |line: &&pos::Line| {
        !line.voided
            && LineKind::of(&line.kind).is_some_and(LineKind::can_come_back)
            && !line.quantity.is_negative()
            && !less_discounts(line).is_negative()
    };
    let lines = if ticket.voidable().is_some() { ticket.booked().lines.as_slice() } else { &[] };
    let goods = |line: &pos::Line| Goods { quantity: line.quantity, amount: less_discounts(line) };
    lines.iter().filter(comes_back).map(move |line| (line.line, goods(line)))
}

/// What a ticket of a store takes back, each with the line that sold it; of one that undoes such a ticket what it does
/// not take back after all. A line that names no line of a ticket, or where the store of that states epochs not its
/// epoch, makes no claim.
#[must_use]
pub fn claims(ticket: &Ticket, store: &Store, stores: &Stores) -> Vec<Claim> {
    if ticket.kind() != Kind::Sale {
        return Vec::new();
    }
    let transaction = ticket.booked();
    // What undoes a ticket is booked as that ticket, and claims the opposite of it.
    let is_undone = ticket.voids().is_some();
    let lines = transaction.lines.iter().filter(|line| !line.voided);
    let returned = lines.filter(|line| LineKind::of(&line.kind) == Some(LineKind::Return));
    let claim = |line: &pos::Line| {
        Some(Claim {
            returned: TicketLine { store: store.store.clone(), ticket: ticket.id().clone(), line: line.line },
            original: original(line, store, stores)?,
            quantity: if is_undone { line.quantity } else { line.quantity.negated() },
            amount: if is_undone { less_discounts(line) } else { less_discounts(line).negated() },
            currency: transaction.currency.clone(),
        })
    };
    returned.filter_map(claim).collect()
}

fn original(line: &pos::Line, store: &Store, stores: &Stores) -> Option<TicketLine> {
    let link = line.original.as_ref()?;
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
        Self { outcome: Outcome::Forgotten, sold: None, claimed, excess: Goods::NOTHING }
    }
}

impl Block {
    /// Counts a claim of a line of the number at `index`; `None` for one that was counted already. `number` tells the
    /// claim from others, `on` is the date of the tick.
    pub fn claim(
        &mut self,
        (index, line): (i32, i32),
        goods: Goods,
        number: u64,
        minor_units: u32,
        on: Date,
    ) -> Option<Judgement> {
        let standing = self.standing(index);
        let alone = Line { line, claimed: goods, ..Line::default() };
        if standing == Standing::Forgotten {
            return Some(judge(standing, &alone, minor_units));
        }
        match self.sold.claim(index, line, goods, number) {
            Ok(line) => {
                if standing == Standing::Awaited {
                    self.written_on = self.written_on.max(on);
                }
                Some(judge(standing, &line, minor_units))
            }
            Err(NotTaken::Repeat) => None,
            Err(NotTaken::Full) => Some(judge(Standing::Forgotten, &alone, minor_units)),
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
        let lines = self.sold.ticket(index).into_iter().flat_map(|ticket| ticket.lines);
        let claimed = lines.filter(|line| line.claimed != Goods::default());
        claimed.map(|line| (line.line, judge(standing, &line, minor_units))).collect()
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

fn judge(standing: Standing, line: &Line, minor_units: u32) -> Judgement {
    let claimed = line.claimed;
    let unjudged = |outcome| Judgement { outcome, sold: None, claimed, excess: Goods::default() };
    let sold = match standing {
        Standing::Awaited => return unjudged(Outcome::Unknown),
        Standing::Forgotten => return unjudged(Outcome::Forgotten),
        Standing::Booked => line.sold.unwrap_or_default(),
        Standing::Nothing => Goods::default(),
    };
    let quantity = claimed.quantity.checked_sub(sold.quantity).unwrap_or(claimed.quantity);
    // Where no goods came back the price was adjusted: no more than all of it is given back.
    let worth = match claimed.quantity.is_zero() {
        true => sold.amount,
        false => value(sold, claimed.quantity, minor_units),
    };
    let amount = claimed.amount.checked_sub(worth);
    let excess = Goods {
        quantity: quantity.max(Quantity::ZERO),
        amount: amount.unwrap_or(claimed.amount).max(Amount::ZERO),
    };
    let outcome = if excess == Goods::default() { Outcome::Counted } else { Outcome::Exceeded };
    Judgement { outcome, sold: Some(sold), claimed, excess }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
    use proptest::prelude::*;

    use super::*;
    use crate::dedupe::{HASH_HORIZON_DAYS, Net};
    use crate::identity::ContentHash;

    const CENTS: u32 = 2;

    fn of(quantity: &str, amount: &str) -> Goods {
        Goods { quantity: quantity.parse().unwrap(), amount: amount.parse().unwrap() }
    }

    fn day(days: i32) -> Date {
        Date::from_days(20_000 + days).unwrap()
    }

    fn sell(block: &mut Block, lines: &[(i32, Goods)]) {
        block.remember(5, ContentHash::from_bits(1), Life::Accepted, day(0));
        block.remember_voidable(5, Net::Taken);
        block.sold.remember(5, lines.iter().copied());
    }

    fn claim(block: &mut Block, line: i32, goods: Goods, number: u64) -> (Outcome, Goods) {
        let judged = block.claim((5, line), goods, number, CENTS, day(1)).unwrap();
        (judged.outcome, judged.excess)
    }

    #[test]
    fn a_part_is_worth_its_part_of_the_price() {
        #[rustfmt::skip]
        let cases = [
            // sold,        for,     minor, what each further piece may bring the sum to
            ("3",     "10.00",   2, &[("1", "3.33"), ("2", "6.67"), ("3", "10.00"), ("4", "10.00")][..]),
            ("2",     "0.05",    2, &[("1", "0.03"), ("2", "0.05")]),
            ("3",     "1000",    0, &[("1", "333"), ("2", "667"), ("3", "1000")]),
            ("0.412", "3.29",    2, &[("0.2", "1.60"), ("0.412", "3.29")]),
            ("6",     "0.00",    2, &[("1", "0.00"), ("6", "0.00")]),
            ("1",     "5.00",    2, &[("0", "0.00"), ("-1", "-5.00")]),
            ("0",     "4.00",    2, &[("0", "4.00"), ("1", "4.00")]),
        ];
        for (quantity, amount, minor_units, parts) in cases {
            for (part, expected) in parts {
                let may = value(of(quantity, amount), part.parse().unwrap(), minor_units);
                assert_eq!(may, expected.parse().unwrap(), "{part} of {quantity} for {amount}");
            }
        }
    }

    #[test]
    fn an_older_version_left_no_lines_and_nobody_is_accused() {
        let mut block = Block::default();
        block.remember(5, ContentHash::from_bits(1), Life::Accepted, day(0));
        block.remember_voidable(5, Net::Taken);
        assert_eq!(claim(&mut block, 1, of("1", "1.00"), 1), (Outcome::Forgotten, Goods::default()));
        block.remember(5, ContentHash::from_bits(1), Life::Voided, day(0));
        assert_eq!(claim(&mut block, 1, of("1", "1.00"), 1), (Outcome::Exceeded, of("1", "1.00")));
    }

    #[test]
    fn claims_prolong_nothing_but_those_that_wait_for_their_ticket() {
        let mut block = Block::default();
        sell(&mut block, &[(1, of("1", "5.00"))]);
        let late = |block: &mut Block, index| block.claim((index, 1), of("1", "5.00"), 7, CENTS, day(9));
        assert_eq!(late(&mut block, 5).unwrap().outcome, Outcome::Counted);
        assert_eq!(block.written_on, day(0));
        assert_eq!(late(&mut block, 6).unwrap().outcome, Outcome::Unknown);
        assert_eq!(block.written_on, day(9));
        assert!(block.is_past_horizon(day(9 + HASH_HORIZON_DAYS + 1)));
        block.forget_hashes();
        assert!(block.sold.is_empty() && !block.is_past_horizon(day(99)));
        assert_eq!(late(&mut block, 5).unwrap().outcome, Outcome::Forgotten);
        assert!(block.sold.is_empty(), "what is forgotten is not begun anew");
        assert_eq!(late(&mut block, 6).unwrap().outcome, Outcome::Unknown);
        assert!(block.is_past_horizon(day(99)), "and is forgotten in turn");
    }

    prop_compose! {
        /// A claim has one content, whoever writes it again.
        fn any_claim()(
            line in 1_i32..4,
            pieces in -2_i64..4,
            cents in -500_i64..900,
            more in 0_u64..6,
        ) -> (i32, Goods, u64) {
            let goods = Goods {
                quantity: Quantity::from_units(pieces * 1_000_000).unwrap(),
                amount: Amount::from_units(cents * 100).unwrap(),
            };
            let content = (cents + 500) * 10 + pieces + 2;
            (line, goods, content.unsigned_abs() * 10 + more)
        }
    }

    proptest! {
        /// Claims come to the same in whatever order they come, before and after their ticket, and once each.
        #[test]
        fn the_order_of_claims_and_their_ticket_changes_nothing(
            claims in proptest::collection::vec(any_claim(), 0..8).prop_shuffle(),
            again in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
            sold_after in 0_usize..8,
        ) {
            let lines = [(1, of("3", "10.00")), (2, of("1", "5.49"))];
            let mut one = Block::default();
            sell(&mut one, &lines);
            let mut sorted = claims.clone();
            sorted.sort_by_key(|(line, _, number)| (*line, *number));
            sorted.dedup_by_key(|(line, _, number)| (*line, *number));
            for (line, goods, number) in &sorted {
                one.claim((5, *line), *goods, *number, CENTS, day(0));
            }
            let mut other = Block::default();
            let repeated: Vec<_> = again.iter().filter(|_| !claims.is_empty()).map(|at| *at.get(&claims)).collect();
            let all: Vec<_> = claims.iter().copied().chain(repeated).collect();
            for (at, (line, goods, number)) in all.iter().enumerate() {
                if at == sold_after {
                    sell(&mut other, &lines);
                }
                other.claim((5, *line), *goods, *number, CENTS, day(0));
            }
            if all.len() <= sold_after {
                sell(&mut other, &lines);
            }
            prop_assert_eq!(one.claimed(5, CENTS), other.claimed(5, CENTS));
        }

        /// Whatever the parts, all of them together bring the price, and none of it twice.
        #[test]
        fn parts_that_follow_their_value_bring_the_price_exactly(
            cents in 0_i64..10_000_000,
            parts in proptest::collection::vec(1_i64..3_000_000, 1..12),
        ) {
            let quantity = Quantity::from_units(parts.iter().sum()).unwrap();
            let sold = Goods { quantity, amount: Amount::from_units(cents * 100).unwrap() };
            let mut block = Block::default();
            sell(&mut block, &[(1, sold)]);
            let mut so_far = Goods::default();
            for (number, part) in (0..).zip(parts.iter().take(crate::sold::CLAIMS_MAX)) {
                let part = Quantity::from_units(*part).unwrap();
                let upto = value(sold, so_far.quantity.checked_add(part).unwrap(), CENTS);
                let goods = Goods { quantity: part, amount: upto.checked_sub(so_far.amount).unwrap() };
                prop_assert!(!goods.amount.is_negative());
                so_far = so_far.plus(goods);
                prop_assert_eq!(claim(&mut block, 1, goods, number).0, Outcome::Counted);
            }
            if parts.len() <= crate::sold::CLAIMS_MAX {
                prop_assert_eq!(so_far, sold);
            }
            let cent = Goods { amount: Amount::from_units(100).unwrap(), ..Goods::default() };
            prop_assert_eq!(claim(&mut block, 1, cent, 99), (Outcome::Exceeded, cent));
        }
    }
}
