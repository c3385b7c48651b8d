//! Short texts of records: names, item numbers, codes, ids.

/// A text of a record, held in place up to 24 bytes and on the heap beyond. Tickets are full of short texts,
/// and each would else be an allocation of its own at every step.
pub type Text = compact_str::CompactString;

/// A [`Text`] made as `format!` makes a string, without the string.
pub use compact_str::format_compact as text;
