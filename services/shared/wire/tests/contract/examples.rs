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
fn our_bytes_are_those_of_the_avro_library() {
    let codecs = Codecs::embedded();
    for record in &RECORDS {
        let newest = newest(record);
        let library = GenericDatumWriter::builder(&newest).human_readable(false).build().unwrap();
        for example in record.examples("good") {
            let ours = (record.encode)(&codecs, &example.text).unwrap();
            assert_eq!(
                ours[HEADER..],
                (record.encode_by_library)(&library, &example.text),
                "{}",
                example.name
            );
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
            let as_version =
                |bytes: &[u8]| write(&schema, id, project(&schema, &schema, tree(&newest, bytes)));
            for example in record.examples("good") {
                let now = (record.encode)(&codecs, &example.text).unwrap();
                let then = as_version(&now);
                let read = (record.decode)(&codecs, &then).unwrap();
                let again = as_version(&(record.encode)(&codecs, &read).unwrap());
                assert_eq!(again, then, "{} in v{}", example.name, version.number);
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

            let mut value = tree(&newest, &(record.encode)(&codecs, &example.text).unwrap());
            strip_value(&newest, &newest, &mut value);
            let by_schema = write(&newest, id, project(&newest, &newest, value));
            assert_eq!(by_struct, (record.decode)(&codecs, &by_schema).unwrap(), "{}", example.name);
        }
    }
}

/// Takes every plain field away that has a default, however deep.
fn strip(root: &Schema, schema: &Schema, text: &mut Json) {
    match (schema, text) {
        (Schema::Ref { name }, text) => strip(root, find(root, name).unwrap(), text),
        (Schema::Union(union), text) => strip(root, &union.variants()[1], text),
        (Schema::Array(array), Json::Array(items)) => {
            items.iter_mut().for_each(|item| strip(root, &array.items, item));
        }
        (Schema::Record(record), Json::Object(fields)) => {
            for field in &record.fields {
                match fields.get_mut(&field.name) {
                    Some(inner) if inner.is_object() || inner.is_array() => strip(root, &field.schema, inner),
                    Some(_) if field.default.is_some() => {
                        fields.remove(&field.name);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn strip_value(root: &Schema, schema: &Schema, value: &mut Value) {
    match (schema, value) {
        (Schema::Ref { name }, value) => strip_value(root, find(root, name).unwrap(), value),
        (Schema::Union(union), Value::Union(_, inner)) => strip_value(root, &union.variants()[1], inner),
        (Schema::Array(array), Value::Array(items)) => {
            items.iter_mut().for_each(|item| strip_value(root, &array.items, item));
        }
        (Schema::Record(record), Value::Record(fields)) => {
            for field in &record.fields {
                let at = fields.iter().position(|(name, _)| *name == field.name).unwrap();
                if holds_fields(&fields[at].1) {
                    strip_value(root, &field.schema, &mut fields[at].1);
                } else if field.default.is_some() {
                    fields.remove(at);
                }
            }
        }
        _ => {}
    }
}

fn holds_fields(value: &Value) -> bool {
    match value {
        Value::Union(_, inner) => holds_fields(inner),
        Value::Record(_) | Value::Array(_) => true,
        _ => false,
    }
}

/// The value with exactly the fields of a schema: what it lacks by the schema's defaults, the rest gone.
/// The library's own resolution refuses decimals shorter than their precision.
fn project(root: &Schema, schema: &Schema, value: Value) -> Value {
    match (schema, value) {
        (Schema::Ref { name }, value) => project(root, find(root, name).unwrap(), value),
        (Schema::Union(union), Value::Union(at, inner)) => {
            Value::Union(at, Box::new(project(root, &union.variants()[at as usize], *inner)))
        }
        (Schema::Array(array), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| project(root, &array.items, item)).collect())
        }
        (Schema::Record(record), Value::Record(mut fields)) => {
            let field = |field: &apache_avro::schema::RecordField| {
                let found = fields.iter().position(|(name, _)| *name == field.name);
                let value = match found {
                    Some(at) => project(root, &field.schema, fields.swap_remove(at).1),
                    None => default(&field.schema, field.default.as_ref().unwrap()),
                };
                (field.name.clone(), value)
            };
            Value::Record(record.fields.iter().map(field).collect())
        }
        (_, plain) => plain,
    }
}

fn default(schema: &Schema, default: &Json) -> Value {
    match (schema, default) {
        (Schema::Union(_), Json::Null) => Value::Union(0, Box::new(Value::Null)),
        (Schema::Array(_), Json::Array(items)) if items.is_empty() => Value::Array(Vec::new()),
        (Schema::Boolean, Json::Bool(value)) => Value::Boolean(*value),
        (Schema::Int, Json::Number(value)) => Value::Int(value.as_i64().unwrap().try_into().unwrap()),
        (Schema::Bytes, Json::String(text)) if text.is_empty() => Value::Bytes(Vec::new()),
        (Schema::Decimal(_), Json::String(text)) => {
            // Avro writes the default of bytes as text, a character for each byte.
            let bytes: Vec<u8> = text.chars().map(|byte| u8::try_from(u32::from(byte)).unwrap()).collect();
            Value::Decimal(bytes.into())
        }
        other => panic!("no default of this kind is used: {other:?}"),
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
