//! What people and foreign bytes say, as it may be repeated on a topic: without card numbers, and cut.

use domain::card;

use crate::limits::WORDS_MAX;

/// The text with card numbers masked, cut to [`WORDS_MAX`] bytes.
#[must_use]
pub fn said(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // Masked before it is cut: a number across the cut must not leave its first half behind.
    card::mask_bytes(&mut bytes);
    cut(String::from_utf8_lossy(&bytes).into_owned())
}

/// The text cut to [`WORDS_MAX`] bytes.
#[must_use]
pub fn cut(mut text: String) -> String {
    if text.len() > WORDS_MAX {
        text.truncate(text.floor_char_boundary(WORDS_MAX.saturating_sub('…'.len_utf8())));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_masked_and_cut() {
        assert_eq!(said("till 3 is broken"), "till 3 is broken");
        assert_eq!(said("card 4111111111111111"), "card 411111******1111");
        let long = said(&"ñ".repeat(5_000));
        assert!(long.ends_with("ñ…") && long.len() <= WORDS_MAX && long.len() + 3 > WORDS_MAX);
        let across = said(&format!("{}4111111111111111", "x".repeat(WORDS_MAX - 8)));
        assert!(!across.contains("4111111"), "{across}");
    }
}
