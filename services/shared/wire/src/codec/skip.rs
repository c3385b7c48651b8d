//! How fields that we do not know are skipped while reading.
//!
//! Skipping must cost no more than the record is long: recursion, values that take no bytes and huge
//! fixed values are refused.
#![allow(clippy::wildcard_enum_match_arm, reason = "the enum of schemas is Avro's, and closed")]

use apache_avro::Schema;
use apache_avro::schema::{FixedSchema, InnerDecimalSchema, UuidSchema};

use super::fit::{Names, join, resolve, wrong};
use super::plan::{FieldPlan, Name, Plan, RecordPlan};
use super::{Error, LARGEST_FIELD};

/// Levels of nesting that an unknown field may have.
const DEEPEST: usize = 24;

/// Makes the plan of a field to skip. `around` names the types that it stands in, with an empty name for
/// what has none.
pub(super) fn skippable<'a>(
    names: &mut Names<'a>,
    path: &str,
    theirs: &'a Schema,
    around: &mut Vec<&'a str>,
) -> Result<Plan, Error> {
    let theirs = resolve(theirs, names.theirs, path)?;
    let name: &str = match theirs {
        Schema::Record(record) => record.name.as_ref(),
        _ => "",
    };
    if around.len() >= DEEPEST || (!name.is_empty() && around.contains(&name)) {
        return Err(wrong(path, "is recursive or nested too deep"));
    }
    around.push(name);
    let plan = plan(names, path, theirs, around)?;
    around.pop();
    Ok(plan)
}

fn plan<'a>(
    names: &mut Names<'a>,
    path: &str,
    theirs: &'a Schema,
    around: &mut Vec<&'a str>,
) -> Result<Plan, Error> {
    match theirs {
        Schema::Record(record) if record.fields.is_empty() => Err(wrong(path, "is a record without fields")),
        Schema::Record(record) => {
            names.count_record(path)?;
            let mut fields = Vec::with_capacity(record.fields.len());
            for field in &record.fields {
                let plan = skippable(names, &join(path, &field.name), &field.schema, around)?;
                fields.push(FieldPlan { name: Name::new(&field.name), ours: false, plan });
            }
            Ok(Plan::Record(RecordPlan::new(record.name.name(), fields)))
        }
        Schema::Array(array) => {
            Ok(Plan::Array(Box::new(skippable(names, &format!("{path}[]"), &array.items, around)?)))
        }
        Schema::Map(map) => {
            Ok(Plan::Map(Box::new(skippable(names, &format!("{path}{{}}"), &map.types, around)?)))
        }
        Schema::Union(theirs) => {
            let branches = theirs.variants().iter().map(|branch| match branch {
                Schema::Null => Ok(Plan::Null),
                branch => skippable(names, path, branch, around),
            });
            Ok(Plan::Union(branches.collect::<Result<_, _>>()?))
        }
        // A null takes no bytes, so an array of them would keep us busy for nothing.
        Schema::Null => Err(wrong(path, "is null outside a union")),
        plain => match fixed_inside(plain) {
            Some(fixed) if fixed.size == 0 || fixed.size > LARGEST_FIELD => {
                Err(wrong(path, &format!("is fixed at {} bytes", fixed.size)))
            }
            Some(fixed) => Ok(Plan::Fixed(fixed.size)),
            None => plan_of_unnamed(plain).ok_or_else(|| wrong(path, "is of a type that cannot be skipped")),
        },
    }
}

/// The plan of a type that stands for itself, whatever it means.
fn plan_of_unnamed(schema: &Schema) -> Option<Plan> {
    match schema {
        Schema::TimeMillis | Schema::Enum(_) => Some(Plan::Int),
        Schema::TimeMicros
        | Schema::TimestampMicros
        | Schema::TimestampNanos
        | Schema::LocalTimestampMillis
        | Schema::LocalTimestampMicros
        | Schema::LocalTimestampNanos => Some(Plan::Long),
        Schema::Float => Some(Plan::Fixed(4)),
        Schema::Double => Some(Plan::Fixed(8)),
        Schema::BigDecimal | Schema::Uuid(UuidSchema::Bytes | UuidSchema::String) => Some(Plan::Bytes),
        plain => Plan::of_plain(plain),
    }
}

fn fixed_inside(schema: &Schema) -> Option<&FixedSchema> {
    match schema {
        Schema::Fixed(fixed) | Schema::Duration(fixed) | Schema::Uuid(UuidSchema::Fixed(fixed)) => {
            Some(fixed)
        }
        Schema::Decimal(decimal) => match &decimal.inner {
            InnerDecimalSchema::Fixed(fixed) => Some(fixed),
            InnerDecimalSchema::Bytes => None,
        },
        _ => None,
    }
}
