//! A schema compiled for walking: what stands in the bytes, in order, with names only where they decide.
//!
//! Own walkers over a plan, and not the Avro library's serde walkers: these look every field up in a tree
//! by name, allocate each decimal, cannot skip an unknown record, and borrow the schema for good. For a
//! ticket of ten lines they take five times as long to write and half as long again to read. The
//! library stays the judge: a test holds our bytes to its own.
#![allow(clippy::wildcard_enum_match_arm, reason = "the enum of schemas is Avro's, and closed")]

use std::sync::atomic::{AtomicUsize, Ordering};

use apache_avro::Schema;

/// What stands in the bytes.
#[derive(Debug)]
pub(super) enum Plan {
    /// No bytes.
    Null,
    /// One byte, 0 or 1.
    Boolean,
    /// A zigzag number of 32 bits: `int` and `date`.
    Int,
    /// A zigzag number of 64 bits: `long` and `timestamp-millis`.
    Long,
    /// A length and bytes: `bytes` and `decimal`.
    Bytes,
    /// A length and UTF-8 text.
    String,
    /// So many bytes.
    Fixed(usize),
    /// A branch number, then nothing or the value. `null_at` is the branch that stands for nothing.
    Optional { null_at: i32, value: Box<Plan> },
    /// A branch number, then that branch.
    Union(Vec<Plan>),
    /// Blocks of values.
    Array(Box<Plan>),
    /// Blocks of texts and values.
    Map(Box<Plan>),
    /// Fields, one after the other.
    Record(RecordPlan),
}

/// The fields of a record.
#[derive(Debug)]
pub(super) struct RecordPlan {
    /// Name without namespace: the name of our struct.
    pub(super) name: Name,
    /// Fields in the order of the bytes.
    pub(super) fields: Vec<FieldPlan>,
    /// How many of them we know.
    known: usize,
    /// The struct whose fields were found to be these, in this order.
    alike: Found,
}

/// One field of a record.
#[derive(Debug)]
pub(super) struct FieldPlan {
    /// Name of the field.
    pub(super) name: Name,
    /// Whether our own record has it; what it has not is skipped.
    pub(super) ours: bool,
    /// What its bytes are.
    pub(super) plan: Plan,
}

/// A name in a schema.
#[derive(Debug)]
pub(super) struct Name {
    text: String,
    /// The name of ours that was found to be the same.
    same: Found,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), same: Found::default() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a name of ours is this one.
    pub(super) fn is(&self, ours: &'static str) -> bool {
        self.text.len() == ours.len() && self.same.or_find(ours.as_ptr().addr(), || self.text == ours)
    }
}

impl RecordPlan {
    pub(super) fn new(name: &str, fields: Vec<FieldPlan>) -> Self {
        let known = fields.iter().filter(|field| field.ours).count();
        Self { name: Name::new(name), fields, known, alike: Found::default() }
    }

    /// Whether a struct of ours has all fields that we know of this record, and in this order.
    pub(super) fn is_alike(&self, ours: &'static [&'static str]) -> bool {
        let same = || {
            let known = self.fields.iter().filter(|field| field.ours);
            known.map(|field| field.name.as_str()).eq(ours.iter().copied())
        };
        !ours.is_empty() && ours.len() == self.known && self.alike.or_find(ours.as_ptr().addr(), same)
    }
}

/// Remembers by its address what was compared and found equal: one comparison of numbers for each field, in
/// place of one of texts, which took a tenth of the time of a ticket. What is compared is static and of a known
/// length, so an address stands for one thing only.
#[derive(Debug, Default)]
struct Found(AtomicUsize);

impl Found {
    fn or_find(&self, address: usize, compare: impl FnOnce() -> bool) -> bool {
        if self.0.load(Ordering::Relaxed) == address {
            return true;
        }
        let equal = compare();
        if equal {
            self.0.store(address, Ordering::Relaxed);
        }
        equal
    }
}

impl Plan {
    /// The plan of a plain type; `None` for what has parts or is not read by our structs.
    pub(super) fn of_plain(schema: &Schema) -> Option<Self> {
        match schema {
            Schema::Boolean => Some(Self::Boolean),
            Schema::Int | Schema::Date => Some(Self::Int),
            Schema::Long | Schema::TimestampMillis => Some(Self::Long),
            Schema::Bytes | Schema::Decimal(_) => Some(Self::Bytes),
            Schema::String => Some(Self::String),
            _ => None,
        }
    }
}
