//! One field of a transaction: its length, its scale, its size, and the card number it must not hold.

use std::fmt::{self, Arguments};

use crate::card;
use crate::number::{Amount, Quantity};

use super::{AMOUNT_MAX, CODE_MAX, Code, NOTE_MAX, QUANTITY_MAX, Reasons, TEXT_MAX};

/// What kind of text a field holds.
#[derive(Clone, Copy)]
pub(super) enum TextKind {
    /// A word that books are kept by; may be empty only where the field may be absent.
    Word,
    /// Free text.
    Free,
    /// The note of the ticket.
    Note,
    /// An id by type: not searched for card numbers.
    Id,
}

impl TextKind {
    const fn limit(self) -> usize {
        match self {
            Self::Word => CODE_MAX,
            Self::Free | Self::Id => TEXT_MAX,
            Self::Note => NOTE_MAX,
        }
    }

    const fn is_searched(self) -> bool {
        match self {
            Self::Word | Self::Free | Self::Note => true,
            Self::Id => false,
        }
    }
}

/// Checks field by field; `at` is the path of a record with its final dot.
pub(super) struct Form<'a> {
    pub(super) reasons: &'a mut Reasons,
    pub(super) minor_units: Option<u32>,
    pub(super) currency: &'a str,
}

impl Form<'_> {
    /// The entries up to the limit, with their index; more are a reason.
    pub(super) fn limited<'t, T>(
        &mut self,
        at: Arguments<'_>,
        name: &str,
        entries: &'t [T],
        limit: usize,
    ) -> impl Iterator<Item = (usize, &'t T)> + use<'t, T> {
        if entries.len() > limit {
            self.reasons.add(
                Code::TooMany,
                format_args!("{at}{name}"),
                format_args!("{} entries are more than the {limit} a ticket can have", entries.len()),
            );
        }
        entries.iter().take(limit).enumerate()
    }

    /// A word that must be there.
    pub(super) fn word(&mut self, at: Arguments<'_>, name: &str, text: &str) {
        self.not_empty(at, name, text);
        self.text(at, name, Some(text), TextKind::Word);
    }

    /// An id that says something where it is there.
    pub(super) fn key(&mut self, at: Arguments<'_>, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.not_empty(at, name, text);
            self.text(at, name, Some(text), TextKind::Id);
        }
    }

    fn not_empty(&mut self, at: Arguments<'_>, name: &str, text: &str) {
        if text.is_empty() {
            self.reasons.add(
                Code::TextEmpty,
                format_args!("{at}{name}"),
                format_args!("the text is empty; send what the till printed, or leave an optional field out"),
            );
        }
    }

    pub(super) fn text(&mut self, at: Arguments<'_>, name: &str, text: Option<&str>, kind: TextKind) {
        let Some(text) = text else { return };
        let limit = kind.limit();
        // Bytes are at least as many as characters, and counted already.
        if text.len() > limit && text.chars().count() > limit {
            self.reasons.add(
                Code::TextTooLong,
                format_args!("{at}{name}"),
                format_args!("the text has more than {limit} characters"),
            );
        }
        if kind.is_searched() && card::find_in(text) {
            self.card_number(format_args!("{at}{name}"));
        }
    }

    pub(super) fn last4(&mut self, at: Arguments<'_>, text: Option<&str>) {
        if text.is_some_and(|text| text.chars().count() > 4) {
            self.card_number(format_args!("{at}last4"));
        }
    }

    fn card_number(&mut self, field: Arguments<'_>) {
        self.reasons.add(
            Code::CardNumber,
            field,
            format_args!(
                "the text holds a card number, or more of one than its last 4; send the ticket without it"
            ),
        );
    }

    pub(super) fn some_amount(&mut self, at: Arguments<'_>, name: &str, amount: Option<Amount>) {
        self.amount(at, name, amount.unwrap_or_default());
    }

    pub(super) fn amount(&mut self, at: Arguments<'_>, name: &str, amount: Amount) {
        self.scale(at, name, amount);
        let limit = AMOUNT_MAX.saturating_mul(10_i64.pow(Amount::SCALE));
        if amount.units().saturating_abs() > limit {
            self.out_of_range(Code::AmountOutOfRange, format_args!("{at}{name}"), &amount, AMOUNT_MAX);
        }
    }

    pub(super) fn scale(&mut self, at: Arguments<'_>, name: &str, amount: Amount) {
        if let Some(digits) = self.minor_units.filter(|digits| !amount.fits_minor_units(*digits)) {
            let currency = self.currency;
            self.reasons.add(
                Code::WrongScale,
                format_args!("{at}{name}"),
                format_args!(
                    "{amount} has more decimals than the {digits} of {currency}; send what was charged"
                ),
            );
        }
    }

    pub(super) fn quantity(&mut self, at: Arguments<'_>, name: &str, quantity: Quantity) {
        let limit = QUANTITY_MAX.saturating_mul(10_i64.pow(Quantity::SCALE));
        if quantity.units().saturating_abs() > limit {
            self.out_of_range(Code::QuantityOutOfRange, format_args!("{at}{name}"), &quantity, QUANTITY_MAX);
        }
    }

    fn out_of_range(&mut self, code: Code, field: Arguments<'_>, number: &dyn fmt::Display, limit: i64) {
        let detail =
            format_args!("{number} is larger than the {limit} that is taken; look for a unit or a point");
        self.reasons.add(code, field, detail);
    }
}
