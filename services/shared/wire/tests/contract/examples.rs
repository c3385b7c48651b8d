//! Every example through every version of its schema, into today's structs and back.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::Name;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::Value as Json;
use wire::catalog::{SubjectSchemas, catalog};
use wire::codec::Codecs;
use wire::registry::{Embedded, Source};

use crate::records::{RECORDS, Record};

const HEADER: usize = 5;

fn schemas_of(record: &Record) -> &'static SubjectSchemas {
    catalog().unwrap().subject(record.subject).unwrap()
}

fn newest(record: &Record) -> Schema {
    Schema::parse_str(schemas_of(record).newest().unwrap().text).unwrap()
}

#[test]
fn every_good_example_comes_back_as_it_went() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        for example in record.examples("good") {
            println!("{}", example.name);
            (record.assert_comes_back)(&codecs, &example.text);
        }
    }
}

#[test]
fn every_bad_example_is_refused() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        for example in record.examples("bad") {
            assert!(serde_json::from_str::<Json>(&example.text).is_ok(), "{}: not even JSON", example.name);
            assert!((record.encode)(&codecs, &example.text).is_err(), "{} is taken", example.name);
        }
    }
}

#[test]
fn good_examples_hold_nothing_that_is_not_read() {
    for record in &RECORDS {
        for example in record.examples("good") {
            let written: Json = serde_json::from_str(&example.text).unwrap();
            let read: Json = serde_json::from_str(&(record.rewrite)(&example.text).unwrap()).unwrap();
            assert_contained(&example.name, &written, &read);
        }
    }
}

fn assert_contained(at: &str, written: &Json, read: &Json) {
    match (written, read) {
        (Json::Object(written), Json::Object(read)) => {
            for (name, value) in written {
                let inner = read.get(name).unwrap_or_else(|| panic!("{at}: {name} is not a field"));
                assert_contained(&format!("{at} {name}"), value, inner);
            }
        }
        (Json::Array(written), Json::Array(read)) => {
            written.iter().zip(read).for_each(|(written, read)| assert_contained(at, written, read));
        }
        _ => {}
    }
}

#[test]
fn every_version_of_every_schema_is_read_by_todays_code() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        let newest = newest(record);
        for version in &schemas_of(record).versions {
            let schema = Schema::parse_str(version.text).unwrap();
            let id = Embedded.id_of(record.subject, version.text).unwrap();
            for example in record.examples("good") {
                let now = (record.encode)(&codecs, &example.text).unwrap();
                let then = tree(&newest, &now).resolve(&schema).unwrap();
                let bytes = write(&schema, id, then);
                let read = (record.decode)(&codecs, &bytes).unwrap();
                let again = (record.encode)(&codecs, &read).unwrap();
                let then_again = tree(&newest, &again).resolve(&schema).unwrap();
                assert_eq!(write(&schema, id, then_again), bytes, "{} in v{}", example.name, version.number);
            }
        }
    }
}

#[test]
fn numbers_on_the_wire_are_those_of_the_text() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        let newest = newest(record);
        for example in record.examples("good") {
            let bytes = (record.encode)(&codecs, &example.text).unwrap();
            let text: Json = serde_json::from_str(&(record.rewrite)(&example.text).unwrap()).unwrap();
            compare(&example.name, &newest, &newest, &tree(&newest, &bytes), &text);
        }
    }
}

fn compare(at: &str, root: &Schema, schema: &Schema, value: &Value, text: &Json) {
    match (schema, value, text) {
        (Schema::Ref { name }, ..) => compare(at, root, find(root, name).unwrap(), value, text),
        (Schema::Union(union), Value::Union(variant, inner), _) => {
            compare(at, root, &union.variants()[*variant as usize], inner, text);
        }
        (Schema::Record(record), Value::Record(fields), _) => {
            for (field, (name, inner)) in record.fields.iter().zip(fields) {
                compare(&format!("{at} {name}"), root, &field.schema, inner, &text[name]);
            }
        }
        (Schema::Array(array), Value::Array(items), Json::Array(texts)) => {
            assert_eq!(items.len(), texts.len(), "{at}");
            items.iter().zip(texts).for_each(|(item, text)| compare(at, root, &array.items, item, text));
        }
        (Schema::Decimal(decimal), Value::Decimal(number), Json::String(text)) => {
            let bytes: Vec<u8> = number.try_into().unwrap();
            let units = bytes
                .iter()
                .skip(1)
                .fold(i128::from(bytes[0].cast_signed()), |units, byte| units * 256 + i128::from(*byte));
            assert_eq!(units, scaled(text, decimal.scale), "{at}: {text}");
        }
        (Schema::Date, Value::Date(days), Json::String(text)) => {
            assert_eq!(text.parse::<domain::calendar::Date>().unwrap().days(), *days, "{at}");
        }
        (Schema::Bytes, Value::Bytes(bytes), Json::String(text)) => {
            let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(&hexadecimal, text, "{at}");
        }
        (Schema::String, Value::String(value), Json::String(text)) => assert_eq!(value, text, "{at}"),
        (Schema::Boolean, Value::Boolean(value), Json::Bool(text)) => assert_eq!(value, text, "{at}"),
        (Schema::Int, Value::Int(value), Json::Number(text)) => {
            assert_eq!(text.as_i64(), Some(i64::from(*value)), "{at}");
        }
        (
            Schema::Long | Schema::TimestampMillis,
            Value::Long(value) | Value::TimestampMillis(value),
            Json::Number(text),
        ) => assert_eq!(text.as_i64(), Some(*value), "{at}"),
        (Schema::Null, Value::Null, Json::Null) => {}
        other => panic!("{at}: {other:?}"),
    }
}

/// A decimal text as a count of units of 10^-scale.
fn scaled(text: &str, scale: usize) -> i128 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{decimals:0<scale$}").parse().unwrap()
}

fn find<'a>(schema: &'a Schema, name: &Name) -> Option<&'a Schema> {
    match schema {
        Schema::Record(record) if record.name == *name => Some(schema),
        Schema::Record(record) => record.fields.iter().find_map(|field| find(&field.schema, name)),
        Schema::Array(array) => find(&array.items, name),
        Schema::Union(union) => union.variants().iter().find_map(|variant| find(variant, name)),
        _ => None,
    }
}

#[test]
fn defaults_of_schema_and_struct_are_the_same() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        let newest = newest(record);
        let id = Embedded.id_of(record.subject, schemas_of(record).newest().unwrap().text).unwrap();
        for example in record.examples("good") {
            let mut text: Json = serde_json::from_str(&example.text).unwrap();
            strip(&newest, &newest, &mut text);
            let by_struct = (record.rewrite)(&text.to_string()).unwrap();
            let bytes = (record.encode)(&codecs, &text.to_string()).unwrap();
            let mut value = tree(&newest, &bytes);
            strip_value(&newest, &newest, &mut value);
            let by_schema =
                (record.decode)(&codecs, &write(&newest, id, value.resolve(&newest).unwrap())).unwrap();
            assert_eq!(by_struct, by_schema, "{}", example.name);
        }
    }
}

/// Takes every field away that has a default.
fn strip(root: &Schema, schema: &Schema, text: &mut Json) {
    match (schema, text) {
        (Schema::Ref { name }, text) => strip(root, find(root, name).unwrap(), text),
        (Schema::Record(record), Json::Object(fields)) => {
            for field in &record.fields {
                if field.default.is_some() {
                    fields.remove(&field.name);
                } else if let Some(inner) = fields.get_mut(&field.name) {
                    strip(root, &field.schema, inner);
                }
            }
        }
        _ => {}
    }
}

fn strip_value(root: &Schema, schema: &Schema, value: &mut Value) {
    match (schema, value) {
        (Schema::Ref { name }, value) => strip_value(root, find(root, name).unwrap(), value),
        (Schema::Record(record), Value::Record(fields)) => {
            for field in &record.fields {
                if field.default.is_some() {
                    fields.retain(|(name, _)| *name != field.name);
                } else if let Some((_, inner)) = fields.iter_mut().find(|(name, _)| *name == field.name) {
                    strip_value(root, &field.schema, inner);
                }
            }
        }
        _ => {}
    }
}

fn tree(schema: &Schema, framed: &[u8]) -> Value {
    GenericDatumReader::builder(schema).build().unwrap().read_value(&mut &framed[HEADER..]).unwrap()
}

fn write(schema: &Schema, id: u32, value: Value) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend_from_slice(&id.to_be_bytes());
    GenericDatumWriter::builder(schema).build().unwrap().write_value(&mut bytes, value).unwrap();
    bytes
}
