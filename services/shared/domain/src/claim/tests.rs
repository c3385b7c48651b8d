//! What is claimed comes to the same in any order, and is worth its part of the price.
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

fn sell(block: &mut Block, lines: &[(i32, Part, Goods)]) {
    block.remember(5, ContentHash::from_bits(1), Life::Accepted, day(0));
    block.remember_voidable(5, Net::Taken);
    let sold = |&(line, part, goods)| Line { line, part, sold: Some(goods), ..Line::default() };
    block.sold.remember(5, lines.iter().map(sold).collect());
}

fn unknown(own: Goods) -> Back {
    Back { own, ..Back::default() }
}

fn claim(block: &mut Block, line: i32, goods: Goods, number: u64) -> (Outcome, Goods) {
    let judged = block.claim((5, line), &unknown(goods), number, CENTS, day(1)).unwrap();
    let [judged] = judged[..] else { panic!("{judged:?}") };
    assert_eq!(judged.back, goods);
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
fn what_moved_without_a_sale_sold_nothing_that_comes_back() {
    let mut block = Block::default();
    sell(&mut block, &[(-1, Part::of("pickup"), Goods::NOTHING)]);
    assert_eq!(claim(&mut block, 0, of("1", "1.00"), 1), (Outcome::Exceeded, of("1", "1.00")));
    assert_eq!(block.sold.ticket(5).unwrap().lines[0].part, Part::of("pickup"), "it is still remembered");
}

#[test]
fn claims_prolong_nothing_but_those_that_wait_for_their_ticket() {
    let mut block = Block::default();
    sell(&mut block, &[(1, Part::Whole, of("1", "5.00"))]);
    let back = unknown(of("1", "5.00"));
    let late = |block: &mut Block, index| Some(block.claim((index, 1), &back, 7, CENTS, day(9))?[0]);
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

const A: Part = Part::Item(7);
const B: Part = Part::Item(8);

/// Kit: two of A and one of B for 33.34 and 33.33, with a third part of work, seven times.
fn kits() -> Vec<(i32, Part, Goods)> {
    vec![(1, A, of("14", "33.34")), (1, B, of("7", "33.33")), (1, Part::Item(9), of("0", "33.33"))]
}

fn kit(money: [&str; 3], number: u64, block: &mut Block) -> Vec<(Outcome, Goods)> {
    let [a, b, work] = money;
    let parts = [(A, of("2", a)), (B, of("1", b)), (Part::Item(9), of("0", work))];
    let own = parts.iter().fold(of("1", "0"), |sum, (_, goods)| sum.plus(goods.without_quantity()));
    let back = Back { own, stock: parts.to_vec() };
    let judged = block.claim((5, 1), &back, number, CENTS, day(1)).unwrap();
    judged.iter().map(|judged| (judged.outcome, judged.excess)).collect()
}

#[test]
fn the_parts_of_a_kit_share_what_rounding_makes_of_them() {
    use Outcome::{Counted, Exceeded};
    let nothing = Goods::NOTHING;
    let mut block = Block::default();
    sell(&mut block, &kits());
    // A seventh of 100.00 is 14.29, of which a part has a cent more than a seventh of its own price.
    for number in 0..6 {
        assert_eq!(kit(["4.77", "4.76", "4.76"], number, &mut block), [(Counted, nothing); 3], "{number}");
    }
    assert_eq!(kit(["4.74", "4.76", "4.76"], 6, &mut block), [(Counted, nothing); 3], "the rest of 100.00");
    let again = kit(["4.77", "4.76", "4.76"], 7, &mut block);
    let expected = [of("2", "4.79"), of("1", "4.75"), of("0", "4.75")];
    assert_eq!(again, expected.map(|excess| (Exceeded, excess)));
}

/// Of a kit that comes back as something nobody knows, and once more as what it is made of; and the other way round.
#[test]
fn a_kit_comes_back_once_whether_whole_or_in_parts() {
    use Outcome::{Counted, Exceeded};
    let sold = [(1, A, of("1", "6.00")), (1, B, of("1", "4.00"))];
    let parts = Back { own: of("1", "10.00"), stock: vec![(A, of("1", "6.00")), (B, of("1", "4.00"))] };
    let whole = unknown(of("1", "10.00"));
    for (first, second, excess) in
        [(&whole, &parts, &["6.00", "4.00"][..]), (&parts, &whole, &["10.00"]), (&whole, &whole, &["10.00"])]
    {
        let mut block = Block::default();
        sell(&mut block, &sold);
        let mut judge = |back: &Back, number| block.claim((5, 1), back, number, CENTS, day(1)).unwrap();
        assert!(judge(first, 1).iter().all(|judged| judged.outcome == Counted), "{first:?}");
        let judged = judge(second, 2);
        assert!(judged.iter().all(|judged| judged.outcome == Exceeded), "{judged:?}");
        let found: Vec<_> = judged.iter().map(|judged| judged.excess.amount.to_string()).collect();
        assert_eq!(found, excess, "{second:?}");
    }
}

prop_compose! {
    /// A claim has one content, whoever writes it again: of what nobody knows, of a pack of six of an item, or of a kit.
    fn any_claim()(
        line in 1_i32..5,
        pieces in -2_i64..4,
        cents in -500_i64..900,
        kind in 0_u64..3,
        more in 0_u64..6,
    ) -> (i32, Back, u64) {
        let goods = |pieces: i64, cents: i64| Goods {
            quantity: Quantity::from_units(pieces * 1_000_000).unwrap(),
            amount: Amount::from_units(cents * 100).unwrap(),
        };
        let stock = match kind {
            0 => vec![],
            1 => vec![(A, goods(pieces * 6, cents))],
            _ => vec![(A, goods(pieces * 2, cents / 2)), (B, goods(pieces, cents - cents / 2))],
        };
        let content = ((cents + 500) * 10 + pieces + 2) * 3;
        let number = (content.unsigned_abs() + kind) * 10 + more;
        (line, Back { own: goods(pieces, cents), stock }, number)
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
        let lines = [
            (1, Part::Whole, of("3", "10.00")),
            (2, Part::Own, of("1", "5.49")),
            (3, A, of("2", "6.00")),
            (3, B, of("1", "3.00")),
        ];
        let mut one = Block::default();
        sell(&mut one, &lines);
        let mut sorted = claims.clone();
        sorted.sort_by_key(|(line, _, number)| (*line, *number));
        sorted.dedup_by_key(|(line, _, number)| (*line, *number));
        for (line, back, number) in &sorted {
            one.claim((5, *line), back, *number, CENTS, day(0));
        }
        let mut other = Block::default();
        let repeated: Vec<_> = again.iter().filter(|_| !claims.is_empty()).map(|at| at.get(&claims).clone()).collect();
        let all: Vec<_> = claims.iter().cloned().chain(repeated).collect();
        for (at, (line, back, number)) in all.iter().enumerate() {
            if at == sold_after {
                sell(&mut other, &lines);
            }
            other.claim((5, *line), back, *number, CENTS, day(0));
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
        sell(&mut block, &[(1, Part::Whole, sold)]);
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
