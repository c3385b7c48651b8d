//! Which barcodes are the same, and what a label of a store's scales says.
//!
//! A trade item number is one number, whether it is written with 8, 12, 13 or 14 digits: tills and masters pad it with
//! zeros as they like (GS1 General Specifications, GTIN in 14 digits), so leading zeros tell no barcodes apart.
//!
//! Goods that are weighed or priced in the store carry a label that holds an item reference and a price, weight or
//! count. Where each stands is a matter of the country and the chain, so the store master says it, as a [`Layout`]. The
//! item is known by its label with the variable digits zeroed and the check digit computed anew: that is again a number
//! with a valid check digit, and what tills, scales and masters write for the item itself (`00205601000002`).
//!
//! What is printed is not booked: the till states quantity and amount, and a weight out of a price would be rounded.

use crate::text::Text;

/// Digits of a trade item number in its longest form.
const DIGITS: usize = 14;

/// Characters of a layout that an error repeats.
const SHOWN: usize = 20;

/// A digit times 3, as far as its last digit (GS1 General Specifications, 7.9).
const TIMES_3: [u8; 10] = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7];

/// Weights of the check digits of prices and weights (GS1 General Specifications, 7.9.2), by their names there.
const TWO_MINUS: [u8; 10] = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7];
const FIVE_PLUS: [u8; 10] = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
const FIVE_MINUS: [u8; 10] = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1];

/// How the labels of a kind are laid out: a place for each of their 12 or 13 digits.
///
/// | place | stands for |
/// |---|---|
/// | a digit | itself; those in front are what labels of the kind are told by |
/// | `I` | a digit of the item reference |
/// | `P`, `Q` | a digit of the price, or of the weight or count |
/// | `V` | the check digit of 4 or 5 digits of price, weight or count; a label where it is wrong is not read |
/// | `X` | any digit, which says nothing |
/// | `C` | the check digit of the whole |
///
/// `2IIIIIVPPPPC` are the price labels of North America, `28IIIIVQQQQQC` the weight labels of Germany.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout([Place; DIGITS]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Digit(u8),
    Item,
    Measure,
    MeasureCheck,
    Ignored,
    Check,
}

/// What a label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The barcode that its item has in the master, in 14 digits.
    pub item: Text,
    /// The digits of its price, weight or count; 0 without any.
    pub value: u64,
}

impl Layout {
    /// Reads a layout.
    ///
    /// # Errors
    /// Everything that is wrong with it, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = faults(text.as_bytes());
        match text.bytes().map(Place::of).collect::<Option<Vec<_>>>() {
            Some(places) if wrong.is_empty() => {
                let mut padded = [Place::Digit(0); DIGITS];
                for (place, stated) in padded.iter_mut().rev().zip(places.into_iter().rev()) {
                    *place = stated;
                }
                Ok(Self(padded))
            }
            Some(_) | None => {
                let text: String = text.chars().take(SHOWN).collect();
                Err(format!("`{text}` is no layout of barcodes, as 22IIIIVPPPPPC is: {}", wrong.join("; ")))
            }
        }
    }

    /// True where one label could be of both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let mut places = self.0.iter().zip(&other.0);
        !places.any(|places| matches!(places, (Place::Digit(one), Place::Digit(another)) if one != another))
    }

    /// What a barcode says as a label of this layout; nothing where it is none, or a check digit is wrong.
    #[must_use]
    pub fn read(&self, barcode: &str) -> Option<Label> {
        let mut digits = digits(barcode)?;
        let (check, number) = digits.split_last()?;
        if check_digit(number) != *check {
            return None;
        }
        let (mut measure, mut measure_check) = (Vec::with_capacity(DIGITS), None);
        for (place, digit) in self.0.iter().zip(&mut digits) {
            match place {
                Place::Digit(expected) if expected != digit => return None,
                Place::Digit(_) | Place::Item | Place::Check => {}
                Place::Measure => measure.push(std::mem::take(digit)),
                Place::MeasureCheck => measure_check = Some(std::mem::take(digit)),
                Place::Ignored => *digit = 0,
            }
        }
        if measure_check.is_some() && measure_check != measure_check_digit(&measure) {
            return None;
        }
        let (check, number) = digits.split_last_mut()?;
        *check = check_digit(number);
        Some(Label {
            item: digits.iter().filter_map(|digit| char::from_digit(u32::from(*digit), 10)).collect(),
            value: measure
                .iter()
                .fold(0, |value: u64, digit| value.saturating_mul(10).saturating_add(u64::from(*digit))),
        })
    }
}

impl Place {
    fn of(letter: u8) -> Option<Self> {
        Some(match letter {
            b'0'..=b'9' => Self::Digit(letter.wrapping_sub(b'0')),
            b'I' => Self::Item,
            b'P' | b'Q' => Self::Measure,
            b'V' => Self::MeasureCheck,
            b'X' => Self::Ignored,
            b'C' => Self::Check,
            _ => return None,
        })
    }
}

/// Everything that is wrong with the text of a layout.
fn faults(text: &[u8]) -> Vec<&'static str> {
    let runs = || text.chunk_by(|one, next| one == next);
    let of = |letters: &'static [u8]| {
        runs().filter(move |run| run.first().is_some_and(|one| letters.contains(one)))
    };
    let lengths = |letters| of(letters).map(<[u8]>::len).collect::<Vec<_>>();
    let prefix = text.iter().find(|letter| **letter != b'0');
    let verified = matches!(lengths(b"PQ")[..], [4 | 5]);
    let cases = [
        (!matches!(text.len(), 12 | 13), "it has not 12 or 13 places"),
        (
            text.iter().any(|letter| Place::of(*letter).is_none()),
            "something other than digits and I P Q V X C stands in it",
        ),
        (
            !prefix.is_some_and(u8::is_ascii_digit),
            "it does not begin with digits, other than 0 alone, by which its labels are told",
        ),
        (lengths(b"I").len() != 1, "the item reference is not one run of I"),
        (lengths(b"PQ").len() > 1, "there is more than one run of P or Q"),
        (
            !(lengths(b"V").is_empty() || verified && lengths(b"V") == [1]),
            "V is not the one check digit of 4 or 5 digits P or Q",
        ),
        (lengths(b"C") != [1] || !text.ends_with(b"C"), "C is not the last place and no other"),
    ];
    cases.into_iter().filter(|(wrong, _)| *wrong).map(|(_, what)| what).collect()
}

/// A barcode without the zeros it is padded with; one that is no number of at most 14 digits, or zeros only, as it is.
#[must_use]
pub fn without_padding(barcode: &str) -> &str {
    match digits(barcode).is_some_and(|digits| digits != [0; DIGITS]) {
        true => barcode.trim_start_matches('0'),
        false => barcode,
    }
}

/// The digits of a trade item number, padded to its longest form.
fn digits(barcode: &str) -> Option<[u8; DIGITS]> {
    let mut digits = [0; DIGITS];
    let padding = DIGITS.checked_sub(barcode.len())?;
    for (digit, letter) in digits.iter_mut().skip(padding).zip(barcode.bytes()) {
        *digit = letter.checked_sub(b'0').filter(|digit| *digit <= 9)?;
    }
    Some(digits)
}

/// The check digit behind the digits of a number (GS1 General Specifications, 7.9.1).
fn check_digit(number: &[u8]) -> u8 {
    let weighted = number.iter().rev().enumerate();
    let weighted =
        weighted.map(|(place, digit)| if place % 2 == 0 { weigh(&TIMES_3, *digit) } else { *digit });
    up_to_ten(weighted.sum())
}

/// The check digit of the digits of a price or weight, 4 or 5 (GS1 General Specifications, 7.9.3 and 7.9.4).
fn measure_check_digit(measure: &[u8]) -> Option<u8> {
    let sum = |weights: &[&[u8; 10]]| -> u8 {
        weights.iter().zip(measure).map(|(weights, digit)| weigh(weights, *digit)).sum()
    };
    match measure.len() {
        4 => Some(weigh(&TIMES_3, sum(&[&TWO_MINUS, &TWO_MINUS, &TIMES_3, &FIVE_MINUS]) % 10)),
        5 => {
            let sum = sum(&[&FIVE_PLUS, &TWO_MINUS, &FIVE_MINUS, &FIVE_PLUS, &TWO_MINUS]);
            (0..=9).find(|digit| weigh(&FIVE_MINUS, *digit) == up_to_ten(sum))
        }
        _ => None,
    }
}

fn weigh(weights: &[u8; 10], digit: u8) -> u8 {
    weights.get(usize::from(digit)).copied().unwrap_or(0)
}

/// What a sum of at most 14 digits lacks to a multiple of 10.
fn up_to_ten(sum: u8) -> u8 {
    10_u8.saturating_sub(sum % 10) % 10
}

#[cfg(test)]
mod tests;
