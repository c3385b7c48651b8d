//! What is remembered of lines sold agrees with a plain map, is small, and has limits.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn of(quantity: &str, amount: &str) -> Goods {
    Goods { quantity: quantity.parse().unwrap(), amount: amount.parse().unwrap() }
}

#[test]
fn a_plain_line_takes_four_bytes_at_most_and_a_ticket_two() {
    for (lines, size) in [
        (vec![], 2),
        (vec![of("1", "0.63")], 2 + 1),
        (vec![of("1", "81.91")], 2 + 2),
        (vec![of("1", "99.99")], 2 + 3),
        (vec![of("1", "12345.67")], 2 + 4),
        (vec![of("1", "5.49"), of("3", "10.00"), of("0.412", "3.29")], 2 + 2 + 4 + 6),
    ] {
        let mut sold = Sold::default();
        sold.remember(7, (1..).zip(lines.clone()));
        assert_eq!(sold.size(), size, "{lines:?}");
        let ticket = sold.ticket(7).unwrap();
        let read: Vec<Goods> = ticket.lines.iter().map(|line| line.sold.unwrap()).collect();
        assert_eq!((ticket.booked, read), (true, lines));
    }
}

#[test]
fn what_is_too_large_is_not_taken_in() {
    let mut sold = Sold::default();
    let lines = || (0..1_000).map(|line| (line * 9, of("1000000", "99999999999.99")));
    for index in 0..32 {
        sold.remember(index, lines());
    }
    assert!(sold.size() <= SOLD_MAX && sold.size() > SOLD_MAX / 2, "{}", sold.size());
    assert_eq!(sold.ticket(31), None);
    let claim = |sold: &mut Sold, line| sold.claim(31, line, of("1", "1.00"), 1);
    assert!((0..9).all(|line| claim(&mut sold, line).is_ok()), "claims have room of their own");

    let claimed = |line| Line { line, claims: vec![0; CLAIMS_MAX], ..Line::default() };
    let full = Ticket { booked: false, lines: (0..7_700).map(claimed).collect() };
    let mut sold = Sold::default();
    assert!(sold.put(0..0, 0, &full, CLAIMED_MAX));
    let taken = (0..10_000).take_while(|line| claim(&mut sold, *line).is_ok()).count();
    assert!(sold.size() <= CLAIMED_MAX && (1..1_000).contains(&taken), "{} {taken}", sold.size());
    assert_eq!(claim(&mut sold, 0), Err(NotTaken::Repeat));
}

#[test]
fn a_ticket_is_claimed_of_in_as_many_lines_as_it_can_have() {
    let mut sold = Sold::default();
    let lines = i32::try_from(LINES_MAX).unwrap();
    sold.remember(3, (1..lines).map(|line| (line, of("1", "1.00"))));
    assert!(sold.claim(3, lines, of("1", "1.00"), 1).is_ok());
    assert_eq!(sold.claim(3, lines + 1, of("1", "1.00"), 1), Err(NotTaken::Full));
    assert!(sold.claim(3, 7, of("1", "1.00"), 1).is_ok());
}

#[test]
fn what_nobody_packed_is_refused() {
    let read = |bytes: &[u8]| {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serde_json::from_str::<Sold>(&format!("\"{text}\"")).is_ok()
    };
    for (bytes, good) in [
        (&[][..], true),
        (&[0x83, 1, 18], true),
        (&[0x83, 1], false),
        (&[0x83, 2, 18], false),
        (&[0x83, 1, 0x80], false),
        (&[0xa3, 1, 18], false),
        (&[0x83, 0, 0x02, 0], false),
        (&[0x83, 0, 0x83, 0], false),
        (&[0x83, 5, 0x05, 9, 0x01, 2, 9], false),
        (&[0x83, 5, 0x05, 9, 0x01, 6, 9], true),
        (&[0x83, 4, 0x01, 0x80, 0x80, 0x80], false),
        (&[0x83, 6, 0x83, 9, 0, 0, 9, 1], false),
    ] {
        assert_eq!(read(bytes), good, "{bytes:x?}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Remember(i32, BTreeMap<i32, Goods>),
    Claim(i32, i32, Goods, u64),
}

prop_compose! {
    fn any_goods()(
        quantity in prop_oneof![Just(PIECE.cast_signed()), (0_i64..40).prop_map(|pieces| pieces * 1_000_000),
            0_i64..1_000_000_000_000],
        amount in prop_oneof![(0_i64..1_000_000).prop_map(|cents| cents * 100), 0_i64..1_000_000_000_000_000],
    ) -> Goods {
        goods(quantity, amount).unwrap()
    }
}

fn step() -> impl Strategy<Value = Step> {
    let line = || prop_oneof![0_i32..6, any::<i32>()];
    let lines = proptest::collection::btree_map(line(), any_goods(), 0..6);
    let negated = |goods: Goods| Goods { quantity: goods.quantity.negated(), amount: goods.amount.negated() };
    let claimed = (any_goods(), any::<bool>())
        .prop_map(move |(goods, undone)| if undone { negated(goods) } else { goods });
    prop_oneof![
        (0_i32..32, lines).prop_map(|(index, lines)| Step::Remember(index, lines)),
        (0_i32..32, line(), claimed, 0_u64..4).prop_map(|(i, l, g, c)| Step::Claim(i, l, g, c)),
        (0_i32..2, 0_i32..3, any_goods(), any::<u64>()).prop_map(|(i, l, g, c)| Step::Claim(i, l, g, c)),
    ]
}

proptest! {
    /// The packed form agrees with a plain map, in any order of tickets and claims, and comes back from the wire.
    #[test]
    fn the_packed_form_is_a_map(steps in proptest::collection::vec(step(), 0..60)) {
        let mut sold = Sold::default();
        let mut plain: BTreeMap<i32, (bool, BTreeMap<i32, Line>)> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Remember(index, lines) => {
                    sold.remember(index, lines.clone().into_iter());
                    let (booked, known) = plain.entry(index).or_default();
                    *booked = true;
                    known.retain(|_, line| {
                        line.sold = None;
                        !line.claims.is_empty()
                    });
                    for (line, goods) in lines {
                        known.entry(line).or_insert_with(|| Line { line, ..Line::default() }).sold = Some(goods);
                    }
                }
                Step::Claim(index, line, goods, claim) => {
                    let taken = sold.claim(index, line, goods, claim);
                    let known = &mut plain.entry(index).or_default().1;
                    let known = known.entry(line).or_insert_with(|| Line { line, ..Line::default() });
                    if known.claims.contains(&claim) {
                        prop_assert_eq!(taken, Err(NotTaken::Repeat));
                    } else {
                        known.claims.push(claim);
                        known.claims = known.claims.split_off(known.claims.len().saturating_sub(CLAIMS_MAX));
                        known.claimed = known.claimed.plus(goods);
                        prop_assert_eq!(taken, Ok(known.clone()));
                    }
                }
            }
        }
        for index in 0..32 {
            let expected = plain.get(&index).map(|(booked, lines)| {
                Ticket { booked: *booked, lines: lines.values().cloned().collect() }
            });
            prop_assert_eq!(sold.ticket(index), expected);
        }
        let text = serde_json::to_string(&sold).unwrap();
        prop_assert_eq!(serde_json::from_str::<Sold>(&text).unwrap(), sold);
    }

    /// Bytes of whatever kind are refused or read, and what is read can be changed.
    #[test]
    fn foreign_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..40), index in 0_i32..32) {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Ok(mut sold) = serde_json::from_str::<Sold>(&format!("\"{text}\"")) {
            sold.remember(index, std::iter::once((1, of("1", "1.00"))));
            prop_assert!(is_packed(&sold.0.0));
        }
    }
}
