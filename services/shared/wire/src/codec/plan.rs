//! A schema compiled for walking: what stands in the bytes, in order, with names only where they decide.
//!
//! Own walkers over a plan, and not the Avro library's serde walkers: these look every field up in a tree
//! by name, allocate each decimal, cannot skip an unknown record, and borrow the schema for good. For a
//! ticket of ten lines they take five times as long to write and half as long again to read. The
//! library stays the judge: a test holds our bytes to its own.
#![allow(clippy::wildcard_enum_match_arm, reason = "the enum of schemas is Avro's, and closed")]

use apache_avro::Schema;

/// What stands in the bytes.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub(super) struct RecordPlan {
    /// Name without namespace: the name of our struct.
    pub(super) name: String,
    /// Fields in the order of the bytes.
    pub(super) fields: Vec<FieldPlan>,
}

/// One field of a record.
#[derive(Debug, Clone)]
pub(super) struct FieldPlan {
    /// Name of the field.
    pub(super) name: String,
    /// Where our own record has it; absent for a field that we do not know and skip.
    pub(super) ours: Option<usize>,
    /// What its bytes are.
    pub(super) plan: Plan,
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
