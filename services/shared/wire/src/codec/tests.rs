//! Evolution and hostile input: what a foreign schema may and may not do to us.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

use std::sync::atomic::{AtomicUsize, Ordering};

use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use domain::record::pos::{Discount, Line, Transaction};
use domain::record::posting::Posting;
use serde_json::{Value as Json, json};

use super::*;

/// A source that knows one schema, as id 7, and counts how often it is asked.
struct One {
    text: String,
    asked: AtomicUsize,
}

impl Source for One {
    fn schema(&self, id: u32) -> Result<String, registry::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match id {
            7 => Ok(self.text.clone()),
            8 => Err(registry::Error::Unavailable { url: "nowhere".to_owned(), why: "down".to_owned() }),
            _ => Err(registry::Error::UnknownId(id)),
        }
    }

    fn id_of(&self, _: &str, _: &str) -> Result<u32, registry::Error> {
        Ok(7)
    }
}

fn ours(subject: &str) -> Json {
    serde_json::from_str(catalog::catalog().unwrap().subject(subject).unwrap().newest().unwrap().text)
        .unwrap()
}

fn codecs_over(schema: &Json) -> (Codecs, Arc<One>) {
    let source = Arc::new(One { text: schema.to_string(), asked: AtomicUsize::new(0) });
    (Codecs::new(Arc::clone(&source) as Arc<dyn Source>), source)
}

fn posting() -> Posting {
    Posting {
        document: "JE_367_20170101_0_1_1_USD_1".to_owned(),
        kind: "journal_entry".to_owned(),
        status: "posted".to_owned(),
        attempts: 2,
        ..Posting::default()
    }
}

/// What a decoder of postings says of bytes written by a schema that `change` has made of ours.
fn read_by(change: impl FnOnce(&mut Vec<Json>)) -> Result<Posting, Error> {
    let mut schema = ours(Posting::SUBJECT);
    change(schema["fields"].as_array_mut().unwrap());
    let (codecs, _) = codecs_over(&schema);
    let parsed = apache_avro::Schema::parse_str(&schema.to_string()).unwrap();
    let bytes = [&[0, 0, 0, 0, 7][..], &datum(&parsed)].concat();
    codecs.decoder::<Posting>().unwrap().decode(&bytes)
}

/// The posting, written by any schema; unknown fields take a value of their type.
fn datum(schema: &apache_avro::Schema) -> Vec<u8> {
    let apache_avro::Schema::Record(record) = schema else { panic!("not a record") };
    let known = posting();
    let fields = record
        .fields
        .iter()
        .map(|field| {
            let value = match (field.name.as_str(), &field.schema) {
                ("document", _) => Value::String(known.document.clone()),
                ("kind", _) => Value::String(known.kind.clone()),
                ("status", _) => Value::String(known.status.clone()),
                ("attempts", apache_avro::Schema::Int) => Value::Int(known.attempts),
                (_, schema) => some_value(schema),
            };
            (field.name.clone(), value)
        })
        .collect();
    GenericDatumWriter::builder(schema)
        .validate(false)
        .build()
        .unwrap()
        .write_value_to_vec(Value::Record(fields))
        .unwrap()
}

fn some_value(schema: &apache_avro::Schema) -> Value {
    use apache_avro::Schema;
    match schema {
        Schema::Boolean => Value::Boolean(true),
        Schema::Int => Value::Int(3),
        Schema::Long => Value::Long(4),
        Schema::TimestampMillis => Value::TimestampMillis(0),
        Schema::TimestampMicros => Value::TimestampMicros(0),
        Schema::Double => Value::Double(1.5),
        Schema::Bytes => Value::Bytes(vec![1, 2]),
        Schema::String => Value::String(String::new()),
        Schema::Fixed(fixed) => Value::Fixed(fixed.size, vec![9; fixed.size]),
        Schema::Array(array) => Value::Array(vec![some_value(&array.items), some_value(&array.items)]),
        Schema::Map(map) => Value::Map([("key".to_owned(), some_value(&map.types))].into()),
        Schema::Record(record) => Value::Record(
            record.fields.iter().map(|field| (field.name.clone(), some_value(&field.schema))).collect(),
        ),
        Schema::Union(_) => Value::Union(0, Box::new(Value::Null)),
        Schema::Enum(named) => Value::Enum(0, named.symbols[0].clone()),
        Schema::Ref { name } if name.name() == "Inner" => {
            Value::Record(vec![("c".to_owned(), Value::Enum(0, "RED".to_owned()))])
        }
        other => panic!("the test has no value for {other:?}"),
    }
}

#[test]
fn types_that_refer_to_each_other_are_bounded() {
    // Each level names the one below twice: written out, 2^20 types.
    let mut fields = vec![json!({"name": "level0", "type": {"type": "record", "name": "Level0", "fields": [
        {"name": "leaf", "type": "long"}]}})];
    for level in 1..20 {
        let below = format!("Level{}", level - 1);
        fields.push(json!({"name": format!("level{level}"), "type": {
            "type": "record", "name": format!("Level{level}"), "fields": [
                {"name": "one", "type": below}, {"name": "two", "type": below}]}}));
    }
    let outcome = schema_refusal(|ours| ours.extend(fields));
    assert!(outcome.ends_with("makes the schema larger than 1000 records"), "{outcome}");
}

fn schema_refusal(change: impl FnOnce(&mut Vec<Json>)) -> String {
    let mut schema = ours(Posting::SUBJECT);
    change(schema["fields"].as_array_mut().unwrap());
    let (codecs, _) = codecs_over(&schema);
    let outcome = codecs.decoder::<Posting>().unwrap().decode(&[0, 0, 0, 0, 7, 1]);
    let Err(Error::WrongSchema(why)) = outcome else { panic!("{outcome:?}") };
    why
}

fn position(fields: &[Json], name: &str) -> usize {
    fields.iter().position(|field| field["name"] == name).unwrap()
}

#[test]
fn a_record_comes_back_as_it_went() {
    let codecs = Codecs::embedded();
    let encoder = codecs.encoder::<Posting>().unwrap();
    let mut buffer = b"before".to_vec();
    encoder.encode(&posting(), &mut buffer).unwrap();
    assert_eq!(&buffer[..6], b"before");
    assert_eq!(schema_id(&buffer[6..]), Some(encoder.schema_id()));
    assert_eq!(codecs.decoder::<Posting>().unwrap().decode(&buffer[6..]).unwrap(), posting());
}

#[test]
fn fields_a_writer_lacks_take_their_defaults() {
    let read = read_by(|fields| fields.retain(|field| field["name"] != "detail")).unwrap();
    assert_eq!(read.detail, None);
    assert_eq!(read.attempts, 2);
}

#[test]
fn fields_we_do_not_know_are_skipped_whatever_their_type() {
    for unknown in [
        json!("boolean"),
        json!("double"),
        json!("bytes"),
        json!({"type": "fixed", "name": "Key", "size": 16}),
        json!(["null", "string"]),
        json!({"type": "array", "items": {"type": "map", "values": "long"}}),
        json!({"type": "enum", "name": "Colour", "symbols": ["RED"]}),
        json!({"type": "record", "name": "Extra", "fields": [{"name": "inner", "type": "string"}]}),
        json!({"type": "array", "items": {"type": "record", "name": "Extra", "fields": [
            {"name": "a", "type": "long"},
            {"name": "b", "type": {"type": "record", "name": "Inner", "fields": [
                {"name": "c", "type": {"type": "enum", "name": "Colour", "symbols": ["RED"]}}]}},
            {"name": "d", "type": "Inner"},
            {"name": "e", "type": ["null", "Inner", "Colour", "int"]}]}}),
    ] {
        let read = read_by(|fields| fields.insert(1, json!({"name": "new", "type": unknown}))).unwrap();
        assert_eq!(read.attempts, 2, "{unknown}");
    }
}

#[test]
fn fields_may_stand_in_another_order() {
    assert_eq!(read_by(|fields| fields.reverse()).unwrap().attempts, 2);
}

#[test]
fn a_structure_we_cannot_read_is_named() {
    let field = |name: &str, schema: Json| json!({"name": name, "type": schema});
    let cases = [
        (read_by(|fields| fields.retain(|f| f["name"] != "attempts")), "attempts is missing"),
        (
            read_by(|fields| {
                let at = position(fields, "attempts");
                fields[at] = field("attempts", json!("long"));
            }),
            "attempts is long, and must be int",
        ),
        (
            read_by(|fields| {
                let at = position(fields, "detail");
                fields[at] = field("detail", json!("string"));
            }),
            "detail is string, and must be union",
        ),
    ];
    for (outcome, expected) in cases {
        let Err(Error::WrongSchema(why)) = outcome else { panic!("{expected}: {outcome:?}") };
        assert!(why.starts_with(expected), "{why}");
    }
}

#[test]
fn a_schema_that_could_keep_us_busy_is_refused_unread() {
    let recursive = json!({"type": "record", "name": "Tree", "fields": [
        {"name": "branches", "type": {"type": "array", "items": "Tree"}}]});
    let huge = json!({"type": "fixed", "name": "Huge", "size": 1_000_000_000});
    let nothing = json!({"type": "array", "items": "null"});
    let empty = json!({"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}});
    let doubling = (0..40).fold(json!("long"), |inner, level| {
        json!({"type": "record", "name": format!("Level{level}"), "fields": [
            {"name": "one", "type": inner}, {"name": "two", "type": "long"}]})
    });
    for unknown in [recursive, huge, nothing, empty, doubling] {
        let why = schema_refusal(|fields| fields.push(json!({"name": "new", "type": unknown})));
        assert!(why.starts_with("new"), "{why}");
    }
}

#[test]
fn a_number_that_means_something_else_is_refused_by_path() {
    let micros = read_by(|fields| {
        let at = position(fields, "at");
        fields[at]["type"]["logicalType"] = json!("timestamp-micros");
    });
    assert_eq!(
        micros,
        Err(Error::DecimalMismatch {
            path: "at".to_owned(),
            expected: "timestamp-millis".to_owned(),
            found: "timestamp-micros".to_owned(),
        })
    );

    let schema = ours(Transaction::SUBJECT).to_string();
    let (codecs, source) =
        codecs_over(&serde_json::from_str(&schema.replace("\"scale\":4", "\"scale\":2")).unwrap());
    let decoder = codecs.decoder::<Transaction>().unwrap();
    let expected = Err(Error::DecimalMismatch {
        path: "total".to_owned(),
        expected: "decimal(18, 4)".to_owned(),
        found: "decimal(18, 2)".to_owned(),
    });
    assert_eq!(decoder.decode(&[0, 0, 0, 0, 7, 1]), expected);
    assert_eq!(decoder.decode(&[0, 0, 0, 0, 7, 1]), expected);
    assert_eq!(source.asked.load(Ordering::SeqCst), 1, "a refused schema is remembered");
}

#[test]
fn a_decimal_deep_inside_is_found() {
    let mut schema = ours(Transaction::SUBJECT);
    let discount = find(&mut schema, "Discount").expect("the schema has discounts");
    let fields = discount["fields"].as_array_mut().unwrap();
    let at = position(fields, "amount");
    fields[at]["type"] = json!("bytes");
    let (codecs, _) = codecs_over(&schema);
    let outcome = codecs.decoder::<Transaction>().unwrap().decode(&[0, 0, 0, 0, 7, 1]);
    let Err(Error::DecimalMismatch { path, found, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((path.as_str(), found.as_str()), ("lines[].discounts[].amount", "bytes"));
}

fn find<'a>(schema: &'a mut Json, record: &str) -> Option<&'a mut Json> {
    if schema["type"] == "record" && schema["name"] == record {
        return Some(schema);
    }
    match schema {
        Json::Object(fields) => fields.values_mut().find_map(|inner| find(inner, record)),
        Json::Array(items) => items.iter_mut().find_map(|inner| find(inner, record)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    }
}

#[test]
fn bytes_that_are_no_record_are_refused_by_reason() {
    let (codecs, source) = codecs_over(&ours(Posting::SUBJECT));
    let decoder = codecs.decoder::<Posting>().unwrap();
    let good = codecs.encoder::<Posting>().unwrap().to_vec(&posting()).unwrap();
    let mut with_id = good.clone();
    let mut id = |id: u8| {
        with_id[4] = id;
        decoder.decode(&with_id).unwrap_err().code()
    };
    assert_eq!(id(9), "unknown_schema_id");
    assert_eq!(id(8), "registry_unavailable");
    assert_eq!(id(8), "registry_unavailable");
    assert_eq!(source.asked.load(Ordering::SeqCst), 3, "what may pass is not remembered here");

    assert_eq!(decoder.decode(b"{\"json\": true}"), Err(Error::NotFramed));
    assert_eq!(decoder.decode(&[0, 0, 0]), Err(Error::NotFramed));
    assert_eq!(decoder.decode(&[]), Err(Error::NotFramed));
    let trailing = [&good[..], b"x"].concat();
    assert_eq!(
        decoder.decode(&trailing),
        Err(Error::Malformed("1 bytes are left over after the record".to_owned()))
    );
    for cut in HEADER..good.len() {
        let outcome = decoder.decode(&good[..cut]);
        assert!(matches!(outcome, Err(Error::Malformed(_))), "cut at {cut}: {outcome:?}");
    }
    let announced = [&good[..HEADER], &[0xfe, 0xff, 0xff, 0xff, 0x0f]].concat();
    assert!(matches!(decoder.decode(&announced), Err(Error::TooLarge { limit: LARGEST_FIELD, .. })));
    let negative = [&good[..HEADER], &[0x01]].concat();
    assert!(matches!(decoder.decode(&negative), Err(Error::Malformed(_))));
    let long = vec![0; 2 * LARGEST_FIELD];
    assert!(matches!(decoder.decode(&long), Err(Error::TooLarge { .. })));
    assert_eq!(decoder.decode(&good).unwrap(), posting());
}

#[test]
fn any_flipped_byte_is_read_or_refused_and_never_panics() {
    let codecs = Codecs::embedded();
    let line = Line { discounts: vec![Discount::default()], ..Line::default() };
    let ticket =
        Transaction { store: "367".into(), lines: vec![line.clone(), line], ..Transaction::default() };
    let good = codecs.encoder::<Transaction>().unwrap().to_vec(&ticket).unwrap();
    let decoder = codecs.decoder::<Transaction>().unwrap();
    for at in HEADER..good.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = good.clone();
            bytes[at] = byte;
            if let Err(error) = decoder.decode(&bytes) {
                assert!(matches!(error, Error::Malformed(_) | Error::TooLarge { .. }), "{error:?}");
            }
        }
    }
}

#[test]
fn a_record_larger_than_its_topic_takes_is_not_written() {
    let encoder = Codecs::embedded().encoder::<Posting>().unwrap();
    let large = Posting { detail: Some("x".repeat(LARGEST_FIELD)), ..posting() };
    let mut buffer = b"before".to_vec();
    assert!(matches!(encoder.encode(&large, &mut buffer), Err(EncodeError::TooLarge { .. })));
    assert_eq!(buffer, b"before");
}

#[test]
fn a_flood_of_strange_schemas_drives_no_good_one_out() {
    struct Many(AtomicUsize, String);
    impl Source for Many {
        fn schema(&self, id: u32) -> Result<String, registry::Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(if id < 10 { self.1.clone() } else { "\"string\"".to_owned() })
        }
        fn id_of(&self, _: &str, _: &str) -> Result<u32, registry::Error> {
            Ok(1)
        }
    }
    let source = Arc::new(Many(AtomicUsize::new(0), ours(Posting::SUBJECT).to_string()));
    let codecs = Codecs::new(Arc::clone(&source) as Arc<dyn Source>);
    let decoder = codecs.decoder::<Posting>().unwrap();
    let mut bytes = codecs.encoder::<Posting>().unwrap().to_vec(&posting()).unwrap();
    let mut read = |id: u32| {
        bytes[1..HEADER].copy_from_slice(&id.to_be_bytes());
        decoder.decode(&bytes).map(|_| ())
    };
    assert_eq!((read(1), read(2)), (Ok(()), Ok(())));
    let strangers = u32::try_from(2 * MOST_WRITER_SCHEMAS).unwrap();
    for id in 10..10 + strangers {
        assert!(matches!(read(id), Err(Error::WrongSchema(_))));
    }
    let asked = source.0.load(Ordering::SeqCst);
    assert_eq!((read(1), read(2)), (Ok(()), Ok(())));
    assert_eq!(source.0.load(Ordering::SeqCst), asked, "both are still known");
}

#[test]
fn a_struct_unlike_its_schema_is_not_written() {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Swapped {
        b: String,
        a: i32,
    }
    #[derive(Serialize, Deserialize)]
    struct Pair {
        a: i32,
        b: String,
        c: Option<i64>,
    }
    let field = |name: &str, schema: Json| json!({"name": name, "type": schema});
    let plan = |name: &str, fields: Vec<Json>| {
        let text = json!({"type": "record", "name": name, "fields": fields}).to_string();
        let schema = apache_avro::Schema::parse_str(&text).unwrap();
        fit::fit(&schema, &schema).unwrap()
    };
    let write = |plan: &plan::Plan, swapped: bool| {
        let mut out = Vec::new();
        let writer = write::Writer::new(plan, &mut out);
        let (a, b) = (1, "x".to_owned());
        let outcome = if swapped {
            Swapped { b, a }.serialize(writer)
        } else {
            Pair { a, b, c: None }.serialize(writer)
        };
        outcome.err().map(|fault| fault.to_string())
    };
    let (a, b) = (field("a", json!("int")), field("b", json!("string")));
    let c = field("c", json!(["null", "long"]));
    let fields = |more: Vec<Json>| [vec![a.clone(), b.clone()], more].concat();

    assert_eq!(write(&plan("Pair", fields(vec![c.clone()])), false), None);
    for (plan, swapped, expected) in [
        (plan("Swapped", fields(vec![])), true, "the struct has field b where the schema has a"),
        (plan("Pair", fields(vec![])), false, "the struct has field c, which the schema has not"),
        (plan("Pair", fields(vec![c.clone(), field("d", json!("int"))])), false, "the struct has no field d"),
        (plan("Pair", fields(vec![field("c", json!(["null", "int"]))])), false, ""),
        (
            plan("Pear", fields(vec![c.clone()])),
            false,
            "the struct has a record Pair, the schema a record Pear",
        ),
        (
            plan("Pair", vec![field("a", json!("long")), b.clone(), c.clone()]),
            false,
            "at a: the struct has a number of 32 bits, the schema a long",
        ),
    ] {
        assert_eq!(write(&plan, swapped).unwrap_or_default(), expected);
    }
}

#[test]
fn what_is_malformed_is_named_by_its_path() {
    let codecs = Codecs::embedded();
    let line = Line { kind: "sale".into(), ..Line::default() };
    let ticket = Transaction { lines: vec![line], ..Transaction::default() };
    let mut bytes = codecs.encoder::<Transaction>().unwrap().to_vec(&ticket).unwrap();
    let at = bytes.windows(4).position(|window| window == b"sale").unwrap();
    bytes[at] = 0xff;
    let error = codecs.decoder::<Transaction>().unwrap().decode(&bytes).unwrap_err();
    assert_eq!(error, Error::Malformed("at lines.kind: a text is not UTF-8".to_owned()));
}

#[test]
fn lists_are_bounded_together() {
    let codecs = Codecs::embedded();
    let item = domain::record::reference::Item {
        barcodes: vec![String::new(); MOST_ITEMS + 1],
        ..domain::record::reference::Item::default()
    };
    let bytes = codecs.encoder().unwrap().to_vec(&item).unwrap();
    let outcome = codecs.decoder::<domain::record::reference::Item>().unwrap().decode(&bytes);
    assert_eq!(outcome, Err(Error::TooLarge { bytes: MOST_ITEMS + 1, limit: MOST_ITEMS }));
}

#[test]
fn a_struct_in_another_order_than_its_schema_is_read_by_name() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Swapped {
        b: i32,
        a: i32,
    }
    let text = r#"{"type": "record", "name": "Swapped", "fields": [
        {"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}"#;
    let schema = apache_avro::Schema::parse_str(text).unwrap();
    let plan = fit::fit(&schema, &schema).unwrap();
    let read = <Swapped as serde::Deserialize>::deserialize(read::Reader::new(
        &plan,
        &mut input::Input::new(&[2, 4]),
    ));
    assert_eq!(read.unwrap(), Swapped { a: 1, b: 2 });
}
