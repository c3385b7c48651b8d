//! How fields that we do not know are skipped while reading.
//!
//! The Avro library cannot skip a record or an enum as such, but it can skip a tuple; so both are put
//! as tuples of the same bytes. Skipping must cost no more than the record is long: recursion, values
//! that take no bytes and huge fixed values are refused.
#![allow(clippy::wildcard_enum_match_arm, reason = "the enum of schemas is Avro's, and closed")]

use std::collections::BTreeMap;

use apache_avro::Schema;
use apache_avro::schema::{FixedSchema, InnerDecimalSchema, RecordField, UuidSchema};

use super::fit::{Names, join, resolve, union, wrong};
use super::{Error, LARGEST_ALLOCATION};

/// Levels of nesting that an unknown field may have.
const DEEPEST: usize = 24;

/// The attribute by which the Avro library reads a record as a tuple.
const TUPLE: &str = "org.apache.avro.rust.tuple";

/// Makes a schema of the same bytes that the Avro library can skip. `around` names the types that the
/// field stands in, with an empty name for what has none.
pub(super) fn skippable<'a>(
    names: &mut Names<'a>,
    path: &str,
    theirs: &'a Schema,
    around: &mut Vec<&'a str>,
) -> Result<Schema, Error> {
    let theirs = resolve(theirs, names.theirs, path)?;
    let name: &str = match theirs {
        Schema::Record(record) => record.name.as_ref(),
        _ => "",
    };
    if around.len() >= DEEPEST || (!name.is_empty() && around.contains(&name)) {
        return Err(wrong(path, "is recursive or nested too deep"));
    }
    around.push(name);
    let skipped = same_bytes(names, path, theirs, around)?;
    around.pop();
    Ok(skipped)
}

fn same_bytes<'a>(
    names: &mut Names<'a>,
    path: &str,
    theirs: &'a Schema,
    around: &mut Vec<&'a str>,
) -> Result<Schema, Error> {
    match theirs {
        Schema::Record(record) if record.fields.is_empty() => Err(wrong(path, "is a record without fields")),
        Schema::Record(record) => {
            let items = record
                .fields
                .iter()
                .map(|field| skippable(names, &join(path, &field.name), &field.schema, around))
                .collect::<Result<_, _>>()?;
            tuple(names, path, items)
        }
        Schema::Enum(_) => tuple(names, path, vec![Schema::Int]),
        Schema::Array(array) => {
            let items = skippable(names, &format!("{path}[]"), &array.items, around)?;
            Ok(Schema::array(items).build())
        }
        Schema::Map(map) => {
            let values = skippable(names, &format!("{path}{{}}"), &map.types, around)?;
            Ok(Schema::map(values).build())
        }
        Schema::Union(theirs) => {
            let variants = theirs.variants().iter().map(|variant| match variant {
                Schema::Null => Ok(Schema::Null),
                variant => skippable(names, path, variant, around),
            });
            union(path, variants.collect::<Result<_, _>>()?)
        }
        // A null takes no bytes, so an array of them would keep us busy for nothing.
        Schema::Null => Err(wrong(path, "is null outside a union")),
        plain => match fixed_inside(plain) {
            Some(fixed) if fixed.size == 0 || fixed.size > LARGEST_ALLOCATION => {
                Err(wrong(path, &format!("is fixed at {} bytes", fixed.size)))
            }
            Some(fixed) => Ok(Schema::fixed(names.fresh(path, "Skipped")?, fixed.size).build()),
            None => Ok(plain.clone()),
        },
    }
}

/// A record that is read as a tuple. One of a single item would be read as that item for ever, so each
/// ends with a null, which takes no bytes.
fn tuple(names: &mut Names<'_>, path: &str, items: Vec<Schema>) -> Result<Schema, Error> {
    let fields = items
        .into_iter()
        .chain([Schema::Null])
        .enumerate()
        .map(|(at, schema)| RecordField::builder().name(format!("item{at}")).schema(schema).build())
        .collect();
    let attributes = BTreeMap::from([(TUPLE.to_owned(), serde_json::Value::Bool(true))]);
    Ok(Schema::record(names.fresh(path, "Skipped")?).fields(fields).attributes(attributes).build())
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
