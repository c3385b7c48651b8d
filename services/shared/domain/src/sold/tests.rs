//! What is remembered of lines sold agrees with a plain map, is small, and has limits.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::packed::{PIECE, goods, is_packed};
use super::*;

fn of(quantity: &str, amount: &str) -> Goods {
    Goods { quantity: quantity.parse().unwrap(), amount: amount.parse().unwrap() }
}

/// Lines that sold something, each counted whole.
fn whole(lines: impl IntoIterator<Item = (i32, Goods)>) -> Vec<Line> {
    let sold = |(line, goods)| Line { line, sold: Some(goods), ..Line::default() };
    lines.into_iter().map(sold).collect()
}

/// What came back as nobody knows which item.
fn unknown(own: Goods) -> Back {
    Back { own, stock: Vec::new() }
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
        sold.remember(7, whole((1..).zip(lines.clone())));
        assert_eq!(sold.size(), size, "{lines:?}");
        let ticket = sold.ticket(7).unwrap();
        let read: Vec<Goods> = ticket.lines.iter().map(|line| line.sold.unwrap()).collect();
        assert_eq!((ticket.booked, read), (true, lines));
    }
}

#[test]
fn a_component_takes_six_bytes_more_at_most() {
    let sold = |line, part, goods| Line { line, part, sold: Some(goods), ..Line::default() };
    for (lines, size) in [
        (vec![sold(1, Part::Own, of("1", "0.63"))], 2 + 7),
        (vec![sold(1, Part::of("1"), of("2", "9.09")), sold(1, Part::of("2"), of("1", "9.09"))], 2 + 9 + 8),
        (vec![sold(1, Part::of("2"), of("1", "0.63")), sold(2, Part::Whole, of("1", "0.63"))], 2 + 7 + 1),
        (vec![sold(1, Part::Whole, of("1", "0.63")), sold(2, Part::of("2"), of("1", "0.63"))], 2 + 1 + 7),
    ] {
        let mut packed = Sold::default();
        packed.remember(7, lines.clone());
        assert_eq!(packed.size(), size, "{lines:?}");
        let mut sorted = lines;
        sorted.sort_by_key(|line| (line.line, line.part));
        assert_eq!(packed.ticket(7), Some(Ticket { booked: true, lines: sorted }));
    }
    assert_ne!(Part::of("1"), Part::of("2"));
    let mut alike = Sold::default();
    let line = |part, goods| sold(1, part, goods);
    alike.remember(7, vec![line(Part::Item(7), of("1", "2.00")), line(Part::Item(7), of("3", "4.00"))]);
    assert_eq!(alike.ticket(7).unwrap().lines, [line(Part::Item(7), of("4", "6.00"))]);
}

/// What an older version took in, as it stands in its changelog, and a claim of it: a line of three for 10.00, one of
/// which something was claimed, and one of a piece for 5.49.
#[test]
fn what_an_older_version_packed_is_counted_in_its_own_units() {
    let packed = |hex: &str| serde_json::from_str::<Sold>(&format!("\"{hex}\"")).unwrap();
    let mut sold = packed("85159303e80780897aa88804015d1e0b7a90c2f413ca08");
    let ticket = sold.ticket(5).unwrap();
    let parts: Vec<_> = ticket.lines.iter().map(|line| (line.line, line.part, line.sold.unwrap())).collect();
    let expected = [(1, Part::Own, of("3", "10.00")), (2, Part::Own, of("1", "5.49"))];
    assert_eq!((ticket.booked, parts), (true, expected.to_vec()));
    let pack = Back { own: of("1", "1.67"), stock: vec![(Part::of("milk"), of("6", "1.67"))] };
    let claimed = sold.claim(5, 1, &pack, 9).unwrap();
    let [line] = &claimed.line.lines[..] else { panic!("{claimed:?}") };
    assert_eq!((line.part, line.claimed, line.claims.len()), (Part::Own, of("2", "5.00"), 2));
    assert_eq!(
        sold.ticket(5).unwrap().lines[1..],
        ticket.lines[1..],
        "and what it is written as is the same"
    );
}

/// However it is told: what is claimed before a ticket and after it is counted the same way.
#[test]
fn what_is_claimed_is_counted_as_it_was_sold() {
    let (one, two) = (Part::of("1"), Part::of("2"));
    let pack = Back { own: of("1", "5.00"), stock: vec![(one, of("6", "5.00"))] };
    let kit = Back { own: of("1", "9.00"), stock: vec![(one, of("2", "6.00")), (two, of("1", "3.00"))] };
    let piece = unknown(of("1", "4.00"));
    #[rustfmt::skip]
    let cases: [(&str, &[Part], &Back, &[(Part, Goods)]); 9] = [
        ("a pack of a plain line",       &[Part::Whole], &pack,  &[(Part::Whole, of("6", "5.00"))]),
        ("a kit of a plain line",        &[Part::Whole], &kit,   &[(Part::Whole, of("3", "9.00"))]),
        ("what is unknown of it",        &[Part::Whole], &piece, &[(Part::Whole, of("1", "4.00"))]),
        ("a pack of what was unknown",   &[Part::Own],   &pack,  &[(Part::Own, of("1", "5.00"))]),
        ("a kit of what was unknown",    &[Part::Own],   &kit,   &[(Part::Own, of("1", "9.00"))]),
        ("what is still unknown of it",  &[Part::Own],   &piece, &[(Part::Own, of("1", "4.00"))]),
        ("a kit of a kit",               &[one, two],    &kit,   &[(one, of("2", "6.00")), (two, of("1", "3.00"))]),
        ("a component of a kit",         &[two],         &pack,  &[(one, of("6", "5.00"))]),
        ("what is unknown of a kit",     &[one, two],    &piece, &[(Part::Whole, of("0", "4.00"))]),
    ];
    for (name, parts, back, expected) in cases {
        let line =
            |part: &Part| Line { line: 1, part: *part, sold: Some(of("1", "9.00")), ..Line::default() };
        let lines: Vec<Line> = parts.iter().map(line).collect();
        let mut expected: Vec<_> = expected.to_vec();
        expected.sort_by_key(|(part, _)| *part);
        let claimed = |sold: &Sold| -> Vec<(Part, Goods)> {
            let lines = sold.ticket(3).unwrap().lines.into_iter();
            lines.filter(|line| !line.claims.is_empty()).map(|line| (line.part, line.claimed)).collect()
        };
        let (mut after, mut before) = (Sold::default(), Sold::default());
        after.remember(3, lines.clone());
        after.claim(3, 1, back, 7).unwrap();
        assert_eq!(claimed(&after), expected, "{name}");
        before.claim(3, 1, back, 7).unwrap();
        assert_eq!(before.claim(3, 1, back, 7), Err(NotTaken::Repeat), "{name}");
        before.remember(3, lines);
        assert_eq!(before, after, "{name}, before the ticket");
        assert_eq!(before.claim(3, 1, back, 7), Err(NotTaken::Repeat), "{name}");
    }
}

#[test]
fn what_is_too_large_is_not_taken_in() {
    let mut sold = Sold::default();
    let lines = || whole((0..1_000).map(|line| (line * 9, of("1000000", "99999999999.99"))));
    for index in 0..32 {
        sold.remember(index, lines());
    }
    assert!(sold.size() <= SOLD_MAX && sold.size() > SOLD_MAX / 2, "{}", sold.size());
    assert_eq!(sold.ticket(31), None);
    let claim = |sold: &mut Sold, line| sold.claim(31, line, &unknown(of("1", "1.00")), 1);
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
fn a_ticket_is_claimed_of_in_as_many_lines_again_as_it_can_have() {
    let mut sold = Sold::default();
    let lines = i32::try_from(LINES_MAX).unwrap();
    sold.remember(3, whole((1..=lines).map(|line| (line, of("1", "1.00")))));
    let piece = unknown(of("1", "1.00"));
    for line in 1..=lines * 2 {
        assert!(sold.claim(3, line, &piece, 1).is_ok(), "{line}");
    }
    assert_eq!(sold.claim(3, lines * 2 + 1, &piece, 1), Err(NotTaken::Full));
    assert!(sold.claim(3, 7, &piece, 2).is_ok());
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
        (&[0xc3, 1, 18], true),
        (&[0x43, 1, 18], false),
        (&[0xc3, 6, 0x03, 0, 0, 0, 7, 18], true),
        (&[0xc3, 6, 0x03, 0, 0, 0, 0, 18], true),
        (&[0xc3, 5, 0x03, 0, 0, 0, 7], false),
        (&[0xc3, 7, 0x03, 0, 0, 0, 7, 0x03, 18], false),
        (&[0xc3, 12, 0x03, 0, 0, 0, 7, 18, 0x03, 0, 0, 0, 7, 18], false),
        (&[0xc3, 12, 0x03, 0, 0, 0, 7, 18, 0x03, 0, 0, 0, 8, 18], true),
        (&[0xc3, 12, 0x03, 0, 0, 0, 8, 18, 0x03, 0, 0, 0, 7, 18], false),
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
                    sold.remember(index, whole(lines.clone()));
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
                    let taken = sold.claim(index, line, &unknown(goods), claim);
                    let taken = taken.map(|claimed| claimed.line.lines);
                    let known = &mut plain.entry(index).or_default().1;
                    let known = known.entry(line).or_insert_with(|| Line { line, ..Line::default() });
                    if known.claims.contains(&claim) {
                        prop_assert_eq!(taken, Err(NotTaken::Repeat));
                    } else {
                        known.claims.push(claim);
                        known.claims = known.claims.split_off(known.claims.len().saturating_sub(CLAIMS_MAX));
                        known.claimed = known.claimed.plus(goods);
                        prop_assert_eq!(taken, Ok(vec![known.clone()]));
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

    /// Parts of lines come back from their bytes, whatever they are numbered.
    #[test]
    fn parts_come_back(
        parts in proptest::collection::btree_map(
            (prop_oneof![0_i32..6, any::<i32>()], 0_u32..4),
            (proptest::option::of(any_goods()), any_goods(), proptest::collection::vec(any::<u64>(), 0..CLAIMS_MAX)),
            0..12,
        ),
        index in 0_i32..32,
    ) {
        let part = |number| match number {
            0 => Part::Whole,
            1 => Part::Own,
            number => Part::Item(number * 0x3fff_ffff),
        };
        let line = |((line, number), (sold, claimed, claims)): (_, (_, _, Vec<u64>))| {
            let claimed = if claims.is_empty() { Goods::NOTHING } else { claimed };
            Line { line, part: part(number), sold, claimed, claims }
        };
        let ticket = Ticket { booked: true, lines: parts.into_iter().map(line).collect() };
        let mut sold = Sold::default();
        sold.remember(5, whole([(1, of("1", "1.00"))]));
        let (at, _) = sold.find(index);
        prop_assert!(sold.put(at, index, &ticket, SOLD_MAX));
        prop_assert_eq!(sold.ticket(index), Some(ticket));
        prop_assert!(is_packed(&sold.0.0));
    }

    /// Bytes of whatever kind are refused or read, and what is read can be changed.
    #[test]
    fn foreign_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..40), index in 0_i32..32) {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Ok(mut sold) = serde_json::from_str::<Sold>(&format!("\"{text}\"")) {
            sold.remember(index, whole([(1, of("1", "1.00"))]));
            prop_assert!(is_packed(&sold.0.0));
        }
    }
}
