//! Finds card numbers and masks them, so that none reaches a topic or a log.
//!
//! A card number is 13 to 19 digits, with at most one space or hyphen between two of them, that an issuer
//! could have given out (prefix and length) and whose Luhn check digit is right. Luhn alone is not enough:
//! of the GTIN-14s on real receipts 11.7 % pass it. So fields that are ids by type (item, barcode, store,
//! references) are not searched on a readable ticket; that is `ticket`'s choice, not made here.
//!
//! Text is searched for numbers that stand by themselves, between characters that are no digits. Raw bytes
//! may have a length byte or another field directly beside the number, so there every run of digits is
//! tried at every place. That masks some barcodes too: a quarantined record with masked bytes can be
//! released only with new bytes.

/// Fewest digits of a card number.
const DIGITS_MIN: usize = 13;

/// Most digits of a card number.
const DIGITS_MAX: usize = 19;

/// Leading digits left readable.
const READABLE_FIRST: usize = 6;

/// Trailing digits left readable.
const READABLE_LAST: usize = 4;

/// True when the text holds a card number that stands by itself.
#[must_use]
pub fn find_in(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    // Nearly every text ends here: too few digits for any number.
    bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= DIGITS_MIN
        && (0..bytes.len()).filter(|start| !is_digit(start.checked_sub(1))).any(|start| {
            let run = Run::starting_at(bytes, start);
            run.card_lengths().any(|length| {
                let last = run.places.get(length.saturating_sub(1)).copied();
                !is_digit(last.and_then(|last| last.checked_add(1)))
            })
        })
}

/// Overwrites the middle of every card number with `*`, all but its first 6 and last 4 digits, and says
/// whether there was one. The length stays, so that what frames the bytes still holds.
pub fn mask_bytes<B: AsMut<[u8]> + ?Sized>(bytes: &mut B) -> bool {
    let bytes = bytes.as_mut();
    // All places are found before any is overwritten: numbers may overlap.
    let mut hidden = Vec::new();
    for start in 0..bytes.len() {
        let run = Run::starting_at(bytes, start);
        for length in run.card_lengths() {
            let middle = run.places.get(READABLE_FIRST..length.saturating_sub(READABLE_LAST));
            hidden.extend_from_slice(middle.unwrap_or_default());
        }
    }
    for place in &hidden {
        if let Some(byte) = bytes.get_mut(*place) {
            *byte = b'*';
        }
    }
    !hidden.is_empty()
}

/// The digits from one place on, as far as they belong together.
struct Run {
    digits: [u8; DIGITS_MAX],
    places: [usize; DIGITS_MAX],
    length: usize,
}

impl Run {
    /// Collects up to 19 digits; none when no issuer's number begins so.
    fn starting_at(bytes: &[u8], start: usize) -> Self {
        let mut run = Self { digits: [0; DIGITS_MAX], places: [0; DIGITS_MAX], length: 0 };
        if !bytes.get(start).is_some_and(|byte| (b'2'..=b'6').contains(byte)) {
            return run;
        }
        let mut next = Some(start);
        while let Some(place) = next {
            let (Some(digit), Some(at)) = (run.digits.get_mut(run.length), run.places.get_mut(run.length))
            else {
                break;
            };
            *digit = bytes.get(place).map_or(0, |byte| byte.wrapping_sub(b'0'));
            *at = place;
            run.length = run.length.saturating_add(1);
            next = following_digit(bytes, place);
        }
        run
    }

    /// How many of the digits make a card number; several lengths may.
    fn card_lengths(&self) -> impl Iterator<Item = usize> {
        (DIGITS_MIN..=self.length).filter(|length| {
            self.digits.get(..*length).is_some_and(|digits| is_issued(digits) && passes_luhn(digits))
        })
    }
}

/// The place of the next digit, directly behind or after one space or hyphen.
fn following_digit(bytes: &[u8], place: usize) -> Option<usize> {
    let behind = place.checked_add(1)?;
    match bytes.get(behind)? {
        b'0'..=b'9' => Some(behind),
        b' ' | b'-' => behind.checked_add(1).filter(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit)),
        _ => None,
    }
}

/// True when an issuer gives out numbers of this beginning and length.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits
        .iter()
        .take(4)
        .fold(0_u32, |prefix, digit| prefix.wrapping_mul(10).wrapping_add(u32::from(*digit)));
    let length = digits.len();
    match prefix {
        // Visa.
        4000..=4999 => matches!(length, 13 | 16 | 19),
        // Mastercard; 50 and 56 to 58 are Maestro.
        2221..=2720 | 5100..=5599 => length == 16,
        5000..=5099 | 5600..=5999 => (13..=19).contains(&length),
        // American Express.
        3400..=3499 | 3700..=3799 => length == 15,
        // JCB.
        3528..=3589 => (16..=19).contains(&length),
        // Diners Club.
        3000..=3059 | 3600..=3699 | 3800..=3899 => (14..=19).contains(&length),
        // Discover, UnionPay and Maestro share 60 to 69.
        6000..=6999 => (13..=19).contains(&length),
        _ => false,
    }
}

/// True when the last digit is the right check digit.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            let doubled = digit.wrapping_mul(2);
            match (place % 2, doubled) {
                (0, _) => digit,
                (_, 10..) => doubled.wrapping_sub(9),
                (_, _) => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
    use proptest::prelude::*;

    use super::*;

    /// Test numbers that the networks publish.
    const PUBLISHED: [&str; 14] = [
        "4111111111111111",
        "4222222222222",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "341111111111111",
        "6011111111111117",
        "6011000990139424",
        "3530111333300000",
        "30569309025904",
        "38520000023237",
        "6200000000000005",
        "6304000000000000",
    ];

    #[test]
    fn published_numbers_are_found() {
        for number in PUBLISHED {
            assert!(find_in(number), "{number}");
            assert!(find_in(&format!("paid with card{number}, thanks")), "{number}");
        }
    }

    #[test]
    fn text_is_searched_for_numbers_that_stand_by_themselves() {
        #[rustfmt::skip]
        let cases = [
            ("4111 1111 1111 1111",               true),
            ("4111-1111-1111-1111",               true),
            ("card 4111 1111-11111111 ok",        true),
            ("2 4111 1111 1111 1111 12/29",       true),
            ("tarjeta ñ4111111111111111ñ",        true),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",   true),
            ("4111  1111  1111  1111",            false),
            ("4111.1111.1111.1111",               false),
            ("4111111111111112",                  false),
            ("94111111111111111",                 false),
            ("9411111111111111188888",            false),
            ("000000000000000000",                false),
            ("1234567890123",                     false),
            ("411111111111",                      false),
            ("****1111",                          false),
            ("",                                  false),
        ];
        for (text, found) in cases {
            assert_eq!(find_in(text), found, "{text}");
        }
    }

    #[test]
    fn bytes_are_masked_in_place_wherever_the_number_begins() {
        #[rustfmt::skip]
        let cases: [(&str, &str); 7] = [
            ("4111111111111111",                 "411111******1111"),
            ("4111 1111 1111 1111",              "4111 11** **** 1111"),
            ("378282246310005",                  "378282*****0005"),
            ("\u{2}\u{30}4111111111111111 x",    "\u{2}\u{30}411111******1111 x"),
            ("nothing 12345",                    "nothing 12345"),
            ("5555-5555-5555-4444,4111111111111111", "5555-55**-****-4444,411111******1111"),
            ("",                                 ""),
        ];
        for (before, after) in cases {
            let mut bytes = before.as_bytes().to_vec();
            assert_eq!(mask_bytes(&mut bytes), before != after, "{before}");
            assert_eq!(String::from_utf8(bytes).unwrap(), after);
        }
    }

    #[test]
    fn what_begins_so_is_issued_by_someone() {
        #[rustfmt::skip]
        let cases = [
            ("4", 16, true),    ("4", 15, false),   ("51", 16, true),   ("55", 16, true),  ("5199", 17, false),
            ("2221", 16, true), ("2720", 16, true), ("2220", 16, false), ("2721", 16, false),
            ("34", 15, true),   ("37", 15, true),   ("35", 15, false),  ("3528", 16, true), ("3589", 16, true),
            ("3527", 16, false), ("300", 14, true), ("3059", 14, true), ("306", 14, false), ("36", 14, true),
            ("38", 14, true),   ("39", 14, false),  ("62", 19, true),   ("65", 16, true),  ("644", 16, true),
            ("50", 13, true),   ("56", 19, true),   ("7", 16, false),   ("1", 16, false),  ("0", 16, false),
        ];
        for (prefix, length, issued) in cases {
            let digits: Vec<u8> = format!("{prefix:0<length$}").bytes().map(|byte| byte - b'0').collect();
            assert_eq!(is_issued(&digits), issued, "{prefix} of {length}");
        }
    }

    proptest! {
        /// Whatever stands around it, at most 6 + 4 digits of a number remain, and nothing else changes.
        #[test]
        fn no_number_survives_in_bytes(
            before in proptest::collection::vec(any::<u8>(), 0..30),
            digits_before in "[0-9]{0,8}",
            number in 0..PUBLISHED.len(),
            digits_after in "[0-9]{0,8}",
            after in proptest::collection::vec(any::<u8>(), 0..30),
        ) {
            let number = PUBLISHED[number].as_bytes();
            let whole = [&before, digits_before.as_bytes(), number, digits_after.as_bytes(), &after].concat();
            let at = before.len() + digits_before.len();
            let mut masked = whole.clone();
            prop_assert!(mask_bytes(&mut masked));
            prop_assert_eq!(masked.len(), whole.len());
            let middle = &masked[at + READABLE_FIRST..at + number.len() - READABLE_LAST];
            prop_assert!(middle.iter().all(|byte| *byte == b'*'));
            for (was, is) in whole.iter().zip(&masked) {
                prop_assert!(was == is || (*is == b'*' && was.is_ascii_digit()));
            }
            let again = masked.clone();
            mask_bytes(&mut masked);
            prop_assert_eq!(masked, again);
        }

        #[test]
        fn any_text_can_be_searched(text in "\\PC{0,60}") {
            let mut bytes = text.clone().into_bytes();
            if find_in(&text) {
                prop_assert!(mask_bytes(&mut bytes));
            }
        }
    }
}
