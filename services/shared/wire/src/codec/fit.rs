//! Whether records of a writer's schema can be read into ours without a silent error, and by what.
//!
//! Reading goes straight from bytes into structs by the writer's schema, so nothing but this check
//! compares the two schemas. A decimal of another scale has the same bytes and would be read a hundred
//! times wrong; a timestamp in microseconds, a thousand times. Everything a schema says about the
//! meaning of a number must therefore be equal.
//!
//! The outcome is a plan to read by, which says of each field whether our structs have it; what they have
//! not is made skippable by [`super::skip`].
#![allow(clippy::wildcard_enum_match_arm, reason = "the enum of schemas is Avro's, and closed")]

use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, NamesRef, RecordSchema, ResolvedSchema};

use super::Error;
use super::plan::{FieldPlan, Name, Plan, RecordPlan};
use super::skip::skippable;

/// Records that one plan may hold, each counted where it is used; our largest has about 40.
const MOST_RECORDS: usize = 1_000;

/// Compares a writer's schema with ours and makes the plan to read by. Our own schema fits itself, and
/// the plan of that is the one to write by.
///
/// # Errors
/// [`Error::DecimalMismatch`] where a number means something else, [`Error::WrongSchema`] where a
/// structure differs in a way serde cannot bridge.
pub(super) fn fit(ours: &Schema, theirs: &Schema) -> Result<Plan, Error> {
    let our_names = ResolvedSchema::new(ours).map_err(|error| wrong("", &error.to_string()))?;
    let their_names = ResolvedSchema::new(theirs).map_err(|error| wrong("", &error.to_string()))?;
    let mut names = Names { ours: our_names.get_names(), theirs: their_names.get_names(), records: 0 };
    names.fit("", ours, theirs)
}

/// The named types of both schemas, and how many records the plan has so far.
pub(super) struct Names<'a> {
    ours: &'a NamesRef<'a>,
    pub(super) theirs: &'a NamesRef<'a>,
    records: usize,
}

impl<'a> Names<'a> {
    fn fit(&mut self, path: &str, ours: &'a Schema, theirs: &'a Schema) -> Result<Plan, Error> {
        let (ours, theirs) = (resolve(ours, self.ours, path)?, resolve(theirs, self.theirs, path)?);
        match (ours, theirs) {
            (Schema::Record(ours), Schema::Record(theirs)) => self.fit_record(path, ours, theirs),
            (Schema::Array(ours), Schema::Array(theirs)) => {
                let items = self.fit(&format!("{path}[]"), &ours.items, &theirs.items)?;
                Ok(Plan::Array(Box::new(items)))
            }
            (Schema::Union(ours), Schema::Union(theirs)) => match (ours.variants(), theirs.variants()) {
                ([Schema::Null, ours], [Schema::Null, theirs]) => {
                    Ok(Plan::Optional { null_at: 0, value: Box::new(self.fit(path, ours, theirs)?) })
                }
                ([Schema::Null, ours], [theirs, Schema::Null]) => {
                    Ok(Plan::Optional { null_at: 1, value: Box::new(self.fit(path, ours, theirs)?) })
                }
                _ => Err(wrong(path, "is not null or one type, as ours is")),
            },
            _ if meaning(ours) == meaning(theirs) => Plan::of_plain(theirs)
                .ok_or_else(|| wrong(path, &format!("is {}, which is not used here", meaning(theirs)))),
            _ if is_logical(ours) || is_logical(theirs) => Err(Error::DecimalMismatch {
                path: path.to_owned(),
                expected: meaning(ours),
                found: meaning(theirs),
            }),
            _ => Err(wrong(path, &format!("is {}, and must be {}", meaning(theirs), meaning(ours)))),
        }
    }

    fn fit_record(
        &mut self,
        path: &str,
        ours: &'a RecordSchema,
        theirs: &'a RecordSchema,
    ) -> Result<Plan, Error> {
        let name = ours.name.name();
        if name != theirs.name.name() {
            return Err(wrong(path, &format!("is a record {}, and must be {name}", theirs.name.name())));
        }
        let missing = ours.fields.iter().find(|field| {
            field.default.is_none() && theirs.fields.iter().all(|their| their.name != field.name)
        });
        if let Some(field) = missing {
            return Err(wrong(&join(path, &field.name), "is missing and has no default"));
        }
        self.count_record(path)?;
        let mut fields = Vec::with_capacity(theirs.fields.len());
        for their in &theirs.fields {
            let at = join(path, &their.name);
            let known = ours.fields.iter().find(|field| field.name == their.name);
            let plan = match known {
                Some(field) => self.fit(&at, &field.schema, &their.schema)?,
                None => skippable(self, &at, &their.schema, &mut Vec::new())?,
            };
            fields.push(FieldPlan { name: Name::new(&their.name), ours: known.is_some(), plan });
        }
        Ok(Plan::Record(RecordPlan::new(name, fields)))
    }

    /// Counts one record more. Types that refer to each other can double at each level.
    pub(super) fn count_record(&mut self, path: &str) -> Result<(), Error> {
        self.records += 1;
        if self.records > MOST_RECORDS {
            return Err(wrong(path, &format!("makes the schema larger than {MOST_RECORDS} records")));
        }
        Ok(())
    }
}

pub(super) fn resolve<'a>(schema: &'a Schema, names: &NamesRef<'a>, path: &str) -> Result<&'a Schema, Error> {
    match schema {
        Schema::Ref { name } => {
            names.get(name).copied().ok_or_else(|| wrong(path, &format!("names the unknown type {name}")))
        }
        _ => Ok(schema),
    }
}

/// What a value of the schema means, in Avro's own words.
fn meaning(schema: &Schema) -> String {
    match schema {
        Schema::Decimal(decimal) => {
            let inner = match &decimal.inner {
                InnerDecimalSchema::Bytes => String::new(),
                InnerDecimalSchema::Fixed(fixed) => format!(" in fixed({})", fixed.size),
            };
            format!("decimal({}, {}){inner}", decimal.precision, decimal.scale)
        }
        Schema::Fixed(fixed) => format!("fixed({})", fixed.size),
        Schema::Record(record) => format!("record {}", record.name.name()),
        Schema::Array(_) => "array".to_owned(),
        Schema::Map(_) => "map".to_owned(),
        Schema::Union(_) => "union".to_owned(),
        Schema::Enum(named) => format!("enum {}", named.name.name()),
        Schema::Uuid(_) => "uuid".to_owned(),
        Schema::Duration(_) => "duration".to_owned(),
        Schema::Null
        | Schema::Boolean
        | Schema::Int
        | Schema::Long
        | Schema::Float
        | Schema::Double
        | Schema::Bytes
        | Schema::String
        | Schema::BigDecimal
        | Schema::Date
        | Schema::TimeMillis
        | Schema::TimeMicros
        | Schema::TimestampMillis
        | Schema::TimestampMicros
        | Schema::TimestampNanos
        | Schema::LocalTimestampMillis
        | Schema::LocalTimestampMicros
        | Schema::LocalTimestampNanos
        | Schema::Ref { .. } => words(&format!("{schema:?}")),
    }
}

/// `TimestampMillis` as `timestamp-millis`.
fn words(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// True where a number or text means more than its bytes.
fn is_logical(schema: &Schema) -> bool {
    matches!(
        schema,
        Schema::Decimal(_)
            | Schema::BigDecimal
            | Schema::Uuid(_)
            | Schema::Duration(_)
            | Schema::Date
            | Schema::TimeMillis
            | Schema::TimeMicros
            | Schema::TimestampMillis
            | Schema::TimestampMicros
            | Schema::TimestampNanos
            | Schema::LocalTimestampMillis
            | Schema::LocalTimestampMicros
            | Schema::LocalTimestampNanos
    )
}

pub(super) fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

pub(super) fn wrong(path: &str, why: &str) -> Error {
    let path = if path.is_empty() { "the record" } else { path };
    Error::WrongSchema(format!("{path} {why}"))
}
