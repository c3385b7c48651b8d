//! Rules of each schema by itself, and that schema and struct say the same.

use std::collections::{BTreeMap, BTreeSet};

use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, RecordSchema};
use serde_json::Value as Json;
use wire::catalog::{SubjectSchemas, catalog};

use crate::records::{RECORDS, Record};
use crate::shape::{Shape, shape};

/// The named types of a schema, by full name.
type Types<'a> = BTreeMap<String, &'a Schema>;

fn types(root: &Schema) -> Types<'_> {
    let mut found = Types::new();
    collect(root, &mut found);
    found
}

fn collect<'a>(schema: &'a Schema, found: &mut Types<'a>) {
    match schema {
        Schema::Record(record) => {
            found.insert(record.name.to_string(), schema);
            record.fields.iter().for_each(|field| collect(&field.schema, found));
        }
        Schema::Array(array) => collect(&array.items, found),
        Schema::Union(union) => union.variants().iter().for_each(|variant| collect(variant, found)),
        _ => {}
    }
}

fn resolve<'a>(schema: &'a Schema, types: &Types<'a>) -> &'a Schema {
    match schema {
        Schema::Ref { name } => types[&name.to_string()],
        _ => schema,
    }
}

fn records<'a>(types: &Types<'a>) -> Vec<&'a RecordSchema> {
    let record = |schema: &&'a Schema| match schema {
        Schema::Record(record) => Some(record),
        _ => None,
    };
    types.values().filter_map(record).collect()
}

fn each_version(check: impl Fn(&SubjectSchemas, &Schema)) {
    for subject in catalog().unwrap().subjects() {
        for version in &subject.versions {
            check(subject, &Schema::parse_str(version.text).unwrap());
        }
    }
}

#[test]
fn every_record_and_field_says_what_it_is() {
    each_version(|subject, schema| {
        for record in records(&types(schema)) {
            assert!(says_something(record.doc.as_deref()), "{} {}", subject.subject, record.name);
            for field in &record.fields {
                assert!(
                    says_something(field.doc.as_deref()),
                    "{} {}.{}",
                    subject.subject,
                    record.name,
                    field.name
                );
            }
        }
    });
}

fn says_something(doc: Option<&str>) -> bool {
    doc.is_some_and(|doc| doc.len() > 5 && doc.ends_with('.'))
}

#[test]
fn whatever_may_be_absent_has_a_default() {
    each_version(|subject, schema| {
        for record in records(&types(schema)) {
            for field in &record.fields {
                let at = format!("{} {}.{}", subject.subject, record.name, field.name);
                match &field.schema {
                    Schema::Union(union) => {
                        assert_eq!(union.variants().len(), 2, "{at}: null or one type");
                        assert!(matches!(union.variants()[0], Schema::Null), "{at}: null comes first");
                        assert_eq!(field.default, Some(Json::Null), "{at}");
                    }
                    Schema::Array(_) => assert_eq!(field.default, Some(Json::Array(Vec::new())), "{at}"),
                    _ => {}
                }
            }
        }
    });
}

#[test]
fn only_types_that_every_reader_understands() {
    each_version(|subject, schema| {
        for record in records(&types(schema)) {
            for field in &record.fields {
                plain(&format!("{} {}.{}", subject.subject, record.name, field.name), &field.schema);
            }
        }
    });
}

fn plain(at: &str, schema: &Schema) {
    match schema {
        Schema::Boolean | Schema::Int | Schema::Long | Schema::Bytes | Schema::String => {}
        Schema::Date | Schema::TimestampMillis | Schema::Record(_) | Schema::Ref { .. } => {}
        Schema::Array(array) => plain(at, &array.items),
        Schema::Union(union) => union.variants()[1..].iter().for_each(|variant| plain(at, variant)),
        Schema::Decimal(decimal) => {
            assert!(matches!(decimal.inner, InnerDecimalSchema::Bytes), "{at}: decimals stand in bytes");
            assert_eq!(decimal.precision, 18, "{at}");
            assert!(matches!(decimal.scale, 4 | 6), "{at}: 4 decimals for money, 6 for the rest");
        }
        other => panic!("{at}: {other:?} is not used here: vocabularies are strings, numbers are decimals"),
    }
}

#[test]
fn the_field_order_of_structs_is_that_of_their_schemas() {
    for record in &RECORDS {
        let (schema, seen) = walk_good_examples(record);
        let types = types(&schema);
        let mut never = BTreeSet::new();
        for named in records(&types) {
            for field in &named.fields {
                let key = (named.name.to_string(), field.name.clone());
                if !seen.contains(&key) {
                    never.insert(key);
                }
            }
        }
        assert_eq!(never, BTreeSet::new(), "{}: no good example sets these", record.subject);
    }
}

type Seen = BTreeSet<(String, String)>;

/// Walks all good examples along the newest schema; returns the fields that were set somewhere.
fn walk_good_examples(record: &Record) -> (Schema, Seen) {
    let newest = catalog().unwrap().subject(record.subject).unwrap().newest().unwrap();
    let schema = Schema::parse_str(newest.text).unwrap();
    let mut seen = Seen::new();
    for example in record.examples("good") {
        let text = (record.rewrite)(&example.text).unwrap();
        walk(&example.name, &schema, &shape(&text), &types(&schema), &mut seen);
    }
    (schema, seen)
}

fn walk(at: &str, schema: &Schema, text: &Shape, types: &Types<'_>, seen: &mut Seen) {
    match (resolve(schema, types), text) {
        (Schema::Record(record), Shape::Object(fields)) => {
            let ours: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
            let theirs: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(ours, theirs, "{at}: fields of {} in schema and struct", record.name);
            for (field, (name, inner)) in record.fields.iter().zip(fields) {
                if !matches!(inner, Shape::Null) {
                    seen.insert((record.name.to_string(), name.clone()));
                }
                walk(&format!("{at} {name}"), &field.schema, inner, types, seen);
            }
        }
        (Schema::Array(array), Shape::List(items)) => {
            items.iter().for_each(|item| walk(at, &array.items, item, types, seen));
        }
        (Schema::Union(_), Shape::Null) => {}
        (Schema::Union(union), inner) => walk(at, &union.variants()[1], inner, types, seen),
        (Schema::Record(_) | Schema::Array(_), other) => panic!("{at}: the struct has {other:?}"),
        (_, Shape::Value) => {}
        (plain, other) => panic!("{at}: {plain:?} in the schema, {other:?} in the struct"),
    }
}
