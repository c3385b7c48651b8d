//! Check digits as published, layouts of several countries, and that a label gives back what was put into it.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

fn numbers(text: &str) -> Vec<u8> {
    text.bytes().map(|letter| letter - b'0').collect()
}

#[test]
fn check_digits_are_those_of_gs1() {
    for (number, expected) in [
        ("629104150021", 3),
        ("03600029145", 2),
        ("400638133393", 1),
        ("9501234", 6),
        ("978047111709", 4),
        ("950110153100", 0),
        ("21234501995", 5),
        ("21234571995", 4),
        ("201234519895", 1),
        ("021234519895", 7),
    ] {
        assert_eq!(check_digit(&numbers(number)), expected, "{number}");
    }
    for (price, expected) in
        [("2875", Some(9)), ("14685", Some(6)), ("1995", Some(7)), ("285", None), ("014685", None)]
    {
        assert_eq!(measure_check_digit(&numbers(price)), expected, "{price}");
    }
}

#[test]
fn a_label_is_read_by_its_layout() {
    // layout, label, item and value, or nothing where it is no label of the layout
    #[rustfmt::skip]
    let cases = [
        // North America, with and without the check digit of the price, and as a point of sale pads it.
        ("2IIIIIVPPPPC",  "205601719959",   Some(("00205601000002", 1_995))),
        ("2IIIIIVPPPPC",  "00205601719959", Some(("00205601000002", 1_995))),
        ("02IIIIIVPPPPC", "205601719959",   Some(("00205601000002", 1_995))),
        ("02IIIIIVPPPPC", "0205601928757",  Some(("00205601000002", 2_875))),
        ("2IIIIIPPPPPC",  "205601019950",   Some(("00205601000002", 1_995))),
        ("2IIIIIXPPPPC",  "212345019955",   Some(("00212345000007", 1_995))),
        ("2IIIIIVPPPPC",  "212345719954",   Some(("00212345000007", 1_995))),
        ("2IIIIIPPPPPC",  "212345719954",   Some(("00212345000007", 71_995))),
        ("2IIIIIXXXXXC",  "212345719954",   Some(("00212345000007", 0))),
        // Germany: price, count, weight. Great Britain. Denmark: price, weight.
        ("22IIIIVPPPPPC", "2212346146856",  Some(("02212340000000", 14_685))),
        ("23IIIIVPPPPPC", "2312345009999",  Some(("02312340000007", 999))),
        ("25IIIIVQQQQQC", "2512343000039",  Some(("02512340000001", 3))),
        ("28IIIIVQQQQQC", "2812347012367",  Some(("02812340000002", 1_236))),
        ("29IIIIVQQQQQC", "2912341005409",  Some(("02912340000009", 540))),
        ("20IIIIIVPPPPC", "2012345698956",  Some(("02012345000001", 9_895))),
        ("21IIIIPPPPPPC", "2112340098956",  Some(("02112340000003", 9_895))),
        ("27IIIIIQQQQQC", "2712345012362",  Some(("02712345000000", 1_236))),
        // Finland and the Baltics: the prefix says the decimals of the weight.
        ("23IIIIIIQQQQC", "2312345612366",  Some(("02312345600004", 1_236))),
        ("24IIIIIIQQQQC", "2412345612363",  Some(("02412345600001", 1_236))),
        ("25IIIIIIQQQQC", "2512345612360",  Some(("02512345600008", 1_236))),
        // The item's own barcode is a label of nothing.
        ("2IIIIIVPPPPC",  "00205601000002", Some(("00205601000002", 0))),
        // Another prefix, a wrong check digit of the price, of the whole, another length, no number.
        ("22IIIIVPPPPPC", "2312345009999",  None),
        ("2IIIIIVPPPPC",  "212345019955",   None),
        ("2IIIIIVPPPPC",  "205601719958",   None),
        ("28IIIIVQQQQQC", "212345719954",   None),
        ("2IIIIIVPPPPC",  "12056017199590", None),
        ("2IIIIIVPPPPC",  "000205601719959", None),
        ("2IIIIIVPPPPC",  "2056017199x9",   None),
        ("2IIIIIVPPPPC",  "",               None),
    ];
    for (layout, barcode, expected) in cases {
        let label = Layout::parse(layout).unwrap().read(barcode);
        let label = label.as_ref().map(|label| (label.item.as_str(), label.value));
        assert_eq!(label, expected, "{layout} {barcode}");
    }
}

#[test]
fn a_layout_says_what_is_wrong_with_it() {
    #[rustfmt::skip]
    let cases = [
        ("2IIIIIVPPPC",    "it has not 12 or 13 places"),
        ("222IIIIVPPPPPC", "it has not 12 or 13 places"),
        ("22IIIIVPPPPWC",  "something other than digits and I P Q V X C"),
        ("IIIIIIIVPPPPC",  "does not begin with digits"),
        ("00IIIIIVPPPPC",  "does not begin with digits"),
        ("22222222PPPPC",  "not one run of I"),
        ("22III2IVPPPPC",  "not one run of I"),
        ("22IIIIPPQQQQC",  "more than one run of P or Q"),
        ("22IIIIPPXPPPC",  "more than one run of P or Q"),
        ("22IIIIVPPPPPP",  "C is not the last place"),
        ("22IIIICPPPPPP",  "C is not the last place"),
        ("22IIICVPPPPPC",  "C is not the last place"),
        ("22IIIIVPPPPCC",  "C is not the last place"),
        ("22IIIIVPPPXXC",  "V is not the one check digit"),
        ("22IIIVPPPPPPC",  "V is not the one check digit"),
        ("22IIIIVXXXXXC",  "V is not the one check digit"),
        ("22IIIVVPPPPPC",  "V is not the one check digit"),
        ("22IIIVPPPPPVC",  "V is not the one check digit"),
        ("22iiiivpppppc",  "something other than digits"),
    ];
    for (layout, expected) in cases {
        let error = Layout::parse(layout).unwrap_err();
        assert!(error.contains(expected) && error.contains(layout), "{error}");
    }
    let long = Layout::parse(&"é".repeat(500)).unwrap_err();
    assert!(long.starts_with(&format!("`{}`", "é".repeat(20))) && long.len() < 500, "{long}");
    assert_eq!(Layout::parse("").unwrap_err().matches("; ").count(), 3, "all of it at once");
}

#[test]
fn a_number_is_the_same_with_and_without_padding() {
    for (barcode, expected) in [
        ("00205601000002", "205601000002"),
        ("0012", "12"),
        ("4006381333931", "4006381333931"),
        ("000400638133393", "000400638133393"),
        ("0x12", "0x12"),
        ("0000", "0000"),
        ("", ""),
    ] {
        assert_eq!(without_padding(barcode), expected, "{barcode}");
    }
}

/// A layout, and the digits that one of its labels has at `I` and at `P` or `Q`.
fn labels() -> impl Strategy<Value = (String, String, String)> {
    let shapes = (12_usize..=13, "[0-9]", "[PQ]", 1_usize..6, 0_usize..3, any::<[bool; 3]>());
    let layouts = shapes.prop_map(|(length, digit, measured, most, ignored, [first, verified, swapped])| {
        let measure = if verified { 4 + most % 2 } else { most };
        let ignored = ignored.min(length - measure - 5);
        let check = if verified { "V" } else { "" };
        let items = length - 3 - measure - check.len() - ignored;
        let [item, measure] =
            [("I", items), (measured.as_str(), measure)].map(|(of, count)| of.repeat(count));
        let ignored = "X".repeat(ignored);
        let parts = match (first, swapped) {
            (true, true) => [measure.as_str(), check, &item, &ignored],
            (true, false) => [check, &measure, &ignored, &item],
            (false, true) => [&ignored, &item, &measure, check],
            (false, false) => [&item, check, &measure, &ignored],
        };
        format!("2{digit}{}C", parts.concat())
    });
    layouts.prop_flat_map(|layout| {
        let count = |letters: &[char]| layout.matches(letters).count();
        let digits = |count: usize| proptest::string::string_regex(&format!("[0-9]{{{count}}}")).unwrap();
        let (items, measure) = (digits(count(&['I'])), digits(count(&['P', 'Q'])));
        (Just(layout), items, measure)
    })
}

/// Fills the places of a layout: digits of the item, of the measure, `V` and `X`, and the check digit behind all.
fn filled(layout: &str, item: &str, measure: &str, check: u8, ignored: u8) -> String {
    let (mut item, mut measure) = (item.bytes(), measure.bytes());
    let digit = |place: u8| match place {
        b'I' => item.next().unwrap() - b'0',
        b'P' | b'Q' => measure.next().unwrap() - b'0',
        b'V' => check,
        b'X' => ignored,
        literal => literal - b'0',
    };
    let mut digits: Vec<u8> = layout.bytes().take(layout.len() - 1).map(digit).collect();
    digits.push(check_digit(&digits));
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

proptest! {
    /// A label gives back what was put into it, padded or not; with one digit changed it is not read.
    #[test]
    fn a_label_gives_back_its_parts(
        (layout, item, measure) in labels(),
        ignored in 0_u8..10,
        padding in 0_usize..3,
        (changed, by) in (0_usize..13, 1_u8..10),
    ) {
        let parsed = Layout::parse(&layout).unwrap();
        let check = measure_check_digit(&numbers(&measure)).unwrap_or(0);
        let label = filled(&layout, &item, &measure, check, ignored);
        let padded = format!("{}{label}", "0".repeat(padding.min(14 - label.len())));
        let read = parsed.read(&padded).unwrap();
        let own = filled(&layout, &item, &"0".repeat(measure.len()), 0, 0);
        prop_assert_eq!(without_padding(&read.item), &own);
        prop_assert_eq!(read.value, measure.parse::<u64>().unwrap());
        prop_assert_eq!(parsed.read(&own).map(|own| (own.item, own.value)), Some((read.item, 0)));
        let mut broken = label.into_bytes();
        let at = changed % broken.len();
        broken[at] = b'0' + (broken[at] - b'0' + by) % 10;
        prop_assert_eq!(parsed.read(std::str::from_utf8(&broken).unwrap()), None);
        if layout.contains('V') {
            let forged = filled(&layout, &item, &measure, (check + by) % 10, ignored);
            prop_assert_eq!(parsed.read(&forged), None);
        }
    }

    /// Layouts meet where one label is of both, and nowhere else.
    #[test]
    fn layouts_meet_where_one_label_is_of_both(
        (one, another) in (labels(), labels()),
    ) {
        let [first, second] = [&one, &another].map(|(layout, _, _)| Layout::parse(layout).unwrap());
        let differ = one.0.len() != another.0.len() || one.0.as_bytes()[1] != another.0.as_bytes()[1];
        prop_assert_eq!(first.meets(&second), !differ);
        let check = measure_check_digit(&numbers(&one.2)).unwrap_or(0);
        let label = filled(&one.0, &one.1, &one.2, check, 0);
        prop_assert!(first.meets(&second) || second.read(&label).is_none());
        prop_assert!(first.meets(&first));
    }
}
