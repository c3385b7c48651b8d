//! Why a record is not booked: a stable code, the field it concerns, and words a shop understands.
//!
//! Every reason is collected, not the first, so that a person mends a ticket once. No reason repeats a
//! card number: what it quotes is cut and looked through first.

use std::fmt;

use crate::card;
use crate::identity::ContentHash;
use crate::record::quarantine::QuarantineReason;

/// Reasons kept of one record; of what comes after, only the number is kept.
pub const REASONS_MAX: usize = 200;

/// Characters quoted of what a till sent.
const QUOTED_MAX: usize = 40;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $word:literal,)*) => {
        /// What is wrong, as a word that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The word on topics and in metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $word,)*
                }
            }
        }
    };
}

codes! {
    /// The bytes are no record that can be read.
    Unreadable = "unreadable",
    /// The record is larger than is taken.
    TooLarge = "too_large",
    /// The record key is not the store.
    WrongKey = "wrong_key",
    /// The record stands in another partition than its key belongs to.
    WrongPartition = "wrong_partition",
    /// The number was booked with other content.
    Conflict = "conflict",
    /// The number was seen, but so long ago that its content cannot be compared.
    RepeatUnverified = "repeat_unverified",
    /// The store is not in the store master.
    UnknownStore = "unknown_store",
    /// A store or register that cannot stand in a document id.
    BadName = "bad_name",
    /// A sequence number below zero.
    NegativeSequence = "negative_sequence",
    /// The store states epochs and the ticket does not.
    EpochMissing = "epoch_missing",
    /// The business date is too old, too far ahead, or no date.
    BusinessDateOutOfRange = "business_date_out_of_range",
    /// The end of the ticket cannot belong to its business date.
    TimeOutOfRange = "time_out_of_range",
    /// The store was not live on the business date.
    BeforeGoLive = "before_go_live",
    /// Not a currency of ISO 4217.
    UnknownCurrency = "unknown_currency",
    /// Not the currency of the store.
    CurrencyNotOfStore = "currency_not_of_store",
    /// More decimals than the currency has.
    WrongScale = "wrong_scale",
    /// A number larger than any ticket's.
    AmountOutOfRange = "amount_out_of_range",
    /// A quantity larger than any ticket's.
    QuantityOutOfRange = "quantity_out_of_range",
    /// A negative number where none can be, as on change.
    WrongSign = "wrong_sign",
    /// Two lines of one number.
    DuplicateLine = "duplicate_line",
    /// A line number below zero.
    BadLineNumber = "bad_line_number",
    /// More entries than a ticket can have.
    TooMany = "too_many",
    /// A text that is too long.
    TextTooLong = "text_too_long",
    /// A text that must say something and is empty.
    TextEmpty = "text_empty",
    /// A card number in a text.
    CardNumber = "card_number",
    /// What was sold is not what was paid.
    OutOfBalance = "out_of_balance",
    /// A tax that the price is said to contain is more than the price.
    TaxNotContained = "tax_not_contained",
    /// A deposit without its tax, where that is due when the deposit is collected.
    DepositTaxMissing = "deposit_tax_missing",
    /// The total stated is not the total of the lines.
    TotalDiffers = "total_differs",
    /// A record that is only counted carries money or goods.
    MoneyOnControl = "money_on_control",
    /// A movement of cash that goes the wrong way, or carries what is none.
    CashMovement = "cash_movement",
    /// A ticket that moves stock without a sale carries more than items and quantities.
    StockMovement = "stock_movement",
    /// A line that takes goods back, and whose quantity or amount is above zero.
    ReturnAboveZero = "return_above_zero",
    /// A return or an exchange that takes nothing back, or a return that sells goods.
    NothingReturned = "nothing_returned",
    /// A post-void that does not name the one ticket it undoes.
    VoidOfNothing = "void_of_nothing",
    /// A post-void of a ticket that is not booked, or not any more.
    VoidOfUnbooked = "void_of_unbooked",
    /// A till report without totals, totals on another kind, or counted money that cannot be compared.
    TillTotalsMisplaced = "till_totals_misplaced",
    /// A word that nobody here knows: a kind, a state, a program, a scope.
    UnknownWord = "unknown_word",
    /// Something that has no place where it stands, so that nobody can tell what it is to book.
    Misplaced = "misplaced",
    /// A line of goods that names none.
    ItemMissing = "item_missing",
    /// A post-void without the lines of what it undoes.
    VoidNotRepeated = "void_not_repeated",
    /// Its item is unknown, and no more lines may wait in suspense.
    SuspenseFull = "suspense_full",
    /// So many records wait for a decision that this one is not held.
    QuarantineFull = "quarantine_full",
    /// There were more reasons than are kept.
    MoreReasons = "more_reasons",
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One reason for which a record is not booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What is wrong.
    pub code: Code,
    /// Path of the field, such as `lines[2].amount`; `None` where it concerns the record.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Reason {
    /// A reason that concerns the whole record.
    #[must_use]
    pub fn of_record(code: Code, detail: impl Into<String>) -> Self {
        Self { code, field: None, detail: detail.into() }
    }

    /// A reason that concerns one field.
    #[must_use]
    pub fn of_field(code: Code, field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, field: Some(field.into()), detail: detail.into() }
    }

    /// The store is not in the store master.
    #[must_use]
    pub fn unknown_store(store: &str) -> Self {
        let store = Quoted(store);
        Self::of_field(
            Code::UnknownStore,
            "store",
            format!(
                "the store master has no usable store {store}; publish it on ref.stores, then release this"
            ),
        )
    }

    /// The record stands in partition `found`, and its store belongs to partition `right`.
    #[must_use]
    pub fn wrong_partition(store: &str, found: i32, right: i32) -> Self {
        let store = Quoted(store);
        Self::of_field(
            Code::WrongPartition,
            "store",
            format!(
                "store {store} belongs to partition {right}, not {found}; key the record with the store and \
                 partition it by murmur2, as the Java client does"
            ),
        )
    }

    /// The number is held with other content.
    #[must_use]
    pub fn conflict(held: ContentHash, offered: ContentHash) -> Self {
        Self::of_field(
            Code::Conflict,
            "sequence",
            format!(
                "the number was taken with other content ({held}, here {offered}); if this is another ticket, \
                 release it under a number of its own, else write it off"
            ),
        )
    }

    /// The number was seen so long ago that nobody can tell whether this is the same ticket.
    #[must_use]
    pub fn repeat_unverified(sequence: i64) -> Self {
        Self::of_field(
            Code::RepeatUnverified,
            "sequence",
            format!(
                "number {sequence} was taken so long ago that its content is no longer held; compare it with \
                 the books, then release it under a number of its own or write it off"
            ),
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(out, "{}: {field}: {}", self.code, self.detail),
            None => write!(out, "{}: {}", self.code, self.detail),
        }
    }
}

impl From<Reason> for QuarantineReason {
    fn from(reason: Reason) -> Self {
        Self { code: reason.code.as_str().to_owned(), field: reason.field, detail: reason.detail }
    }
}

/// What a till sent, cut to a length that can be read and never a card number.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0.as_bytes().to_vec();
        if card::mask_bytes(&mut bytes) {
            return out.write_str("(masked)");
        }
        let cut: String = self.0.chars().take(QUOTED_MAX).flat_map(char::escape_debug).collect();
        let rest = if self.0.chars().nth(QUOTED_MAX).is_some() { "…" } else { "" };
        write!(out, "`{cut}{rest}`")
    }
}

/// Reasons as they are found.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    list: Vec<Reason>,
    /// How many were found beyond [`REASONS_MAX`].
    more: usize,
}

impl Reasons {
    /// Adds a reason that concerns one field.
    pub(crate) fn add(&mut self, code: Code, field: fmt::Arguments<'_>, detail: fmt::Arguments<'_>) {
        if self.list.len() < REASONS_MAX {
            self.list.push(Reason::of_field(code, field.to_string(), detail.to_string()));
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// True while nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds what was found elsewhere.
    pub(crate) fn append(&mut self, other: Self) {
        let room = REASONS_MAX.saturating_sub(self.list.len());
        self.more =
            self.more.saturating_add(other.more).saturating_add(other.list.len().saturating_sub(room));
        self.list.extend(other.list.into_iter().take(room));
    }

    /// Everything found.
    pub(crate) fn into_list(mut self) -> Vec<Reason> {
        if self.more > 0 {
            let detail = format!("{} more reasons are not listed; mend these first", self.more);
            self.list.push(Reason::of_record(Code::MoreReasons, detail));
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn a_reason_never_repeats_a_card_number() {
        let reason = Reason::unknown_store("4111 1111 1111 1111");
        assert!(!reason.to_string().contains("1111"), "{reason}");
        assert!(Reason::unknown_store("tienda\n7").detail.contains("`tienda\\n7`"));
        assert_eq!(Quoted(&"x".repeat(50)).to_string(), format!("`{}…`", "x".repeat(40)));
    }

    #[test]
    fn reasons_are_bounded_and_say_so() {
        let mut reasons = Reasons::default();
        for _ in 0..REASONS_MAX + 3 {
            reasons.add(Code::TooMany, format_args!("lines"), format_args!("x"));
        }
        let list = reasons.into_list();
        assert_eq!(list.len(), REASONS_MAX + 1);
        let last = list.last().map(ToString::to_string);
        assert_eq!(last.as_deref(), Some("more_reasons: 3 more reasons are not listed; mend these first"));
    }
}
