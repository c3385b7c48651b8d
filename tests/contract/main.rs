//! The contract with the outside, held against a real registry: every schema registers under the
//! compatibility its topic states, every example travels under the ids the registry gave, and what a
//! registry does when it is asked wrong, or not there, is what the codec takes it for.
//!
//! What needs no registry (examples through every version, order, defaults, docs, topic files) is held
//! in the tests of `wire`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../shared/http.rs"]
mod http;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::record::command::Command;
use domain::record::inventory::{Adjustment, Movement, Position};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::pos::Transaction;
use domain::record::posting::{Posting, PostingCommand};
use domain::record::quarantine::Quarantined;
use domain::record::reference::{Item, Store};
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use netsuite::document::{AdjustmentState, JournalState};
use serde_json::{Value, json};
use tillstream::cache::Cache;
use tillstream::stack::fetch::fetch;
use tillstream::stack::registry::{Options, Registry as Process};
use wire::Subject;
use wire::catalog::{SubjectSchemas, catalog};
use wire::codec::{Codecs, Error, OpenError};
use wire::registry::{self, Registry, Settings};

/// One start of the registry serves every check: a start takes seconds, a check milliseconds.
#[test]
fn schemas_examples_and_codec_hold_against_a_real_registry() {
    let jars = fetch(&Cache::from_environment(), &|line| println!("{line}")).unwrap();
    let mut process = Process::start(&jars, &Options::default()).unwrap();
    let client = client(&process.url());

    nothing_starts_before_schemas_are_registered(&client);
    every_version_registers_and_again_changes_nothing(&client);
    every_subject_has_the_compatibility_its_topic_states(&process.url());
    an_incompatible_version_is_refused(&process.url());
    every_good_example_travels(&Codecs::new(client));
    a_number_of_another_scale_is_refused_on_first_sight(&process.url());
    an_optional_field_may_be_added(&process.url());

    let codecs = open(&process.url());
    let read_before = sent(&codecs);
    codecs.decoder::<Posting>().unwrap().decode(&read_before).unwrap();
    process.stop().unwrap();
    without_a_registry_known_schemas_are_read_and_others_wait(&codecs, &read_before);
}

/// A busy machine may take long to answer; what is tested is the answer.
fn client(url: &str) -> Arc<Registry> {
    let settings = Settings { timeout_ms: 30_000, ..Settings::open(url) };
    Arc::new(Registry::new(&settings).unwrap())
}

fn open(url: &str) -> Codecs {
    Codecs::new(client(url))
}

fn subjects() -> &'static [SubjectSchemas] {
    catalog().unwrap().subjects()
}

fn nothing_starts_before_schemas_are_registered(client: &Arc<Registry>) {
    let codecs = Codecs::new(Arc::clone(client) as Arc<dyn registry::Source>);
    let error = codecs.encoder::<Transaction>().unwrap_err();
    assert!(matches!(error, OpenError::Registry(registry::Error::NotRegistered(_))), "{error:?}");
    assert!(error.to_string().contains("tillstream topics apply"), "{error}");
}

fn every_version_registers_and_again_changes_nothing(client: &Registry) {
    let registered = client.register_all().unwrap();
    let versions: usize = subjects().iter().map(|subject| subject.versions.len()).sum();
    assert_eq!(registered.len(), versions);
    assert_eq!(client.register_all().unwrap(), registered);
}

fn every_subject_has_the_compatibility_its_topic_states(url: &str) {
    for subject in subjects() {
        let topic = catalog().unwrap().topic_of(&subject.subject).unwrap();
        let (status, answer) = http::get(&format!("{url}/config/{}", subject.subject));
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["compatibilityLevel"], topic.compatibility.unwrap().word(), "{}", subject.subject);
    }
}

/// A new field without a default makes every record written before unreadable.
fn an_incompatible_version_is_refused(url: &str) {
    for subject in subjects() {
        let mut schema = newest(subject);
        let field = json!({"name": "forced", "type": "string", "doc": "Without a default."});
        schema["fields"].as_array_mut().unwrap().push(field);
        let (status, answer) = register(url, &subject.subject, &schema);
        assert_eq!(status, 409, "{}: {answer}", subject.subject);
    }
}

fn an_optional_field_may_be_added(url: &str) {
    for subject in subjects() {
        let mut schema = newest(subject);
        let field =
            json!({"name": "added", "type": ["null", "string"], "default": null, "doc": "Added later."});
        schema["fields"].as_array_mut().unwrap().push(field);
        let (status, answer) = register(url, &subject.subject, &schema);
        assert_eq!(status, 200, "{}: {answer}", subject.subject);
    }
}

fn newest(subject: &SubjectSchemas) -> Value {
    serde_json::from_str(subject.newest().unwrap().text).unwrap()
}

fn register(url: &str, subject: &str, schema: &Value) -> (u16, Value) {
    let body = json!({"schema": schema.to_string(), "schemaType": "AVRO"});
    http::post(&format!("{url}/subjects/{subject}/versions"), &body)
}

fn every_good_example_travels(codecs: &Codecs) {
    let travelled = BTreeMap::from([
        travels::<Transaction>(codecs),
        travels::<Command>(codecs),
        travels::<Item>(codecs),
        travels::<Store>(codecs),
        travels::<SalesEvent>(codecs),
        travels::<Movement>(codecs),
        travels::<Position>(codecs),
        travels::<Adjustment>(codecs),
        travels::<JournalEntry>(codecs),
        travels::<TaxSummary>(codecs),
        travels::<LiabilityLedger>(codecs),
        travels::<Posting>(codecs),
        travels::<PostingCommand>(codecs),
        travels::<Quarantined>(codecs),
        travels::<enrich::state::StateRecord>(codecs),
        travels::<inventory::state::StateRecord>(codecs),
        travels::<journal::state::StateRecord>(codecs),
        travels::<AdjustmentState>(codecs),
        travels::<JournalState>(codecs),
    ]);
    for subject in subjects() {
        let count = travelled.get(subject.subject.as_str()).copied();
        assert!(count >= Some(2), "{}: {count:?} examples", subject.subject);
    }
}

fn travels<T: Subject + PartialEq + Debug>(codecs: &Codecs) -> (&'static str, usize) {
    let (encoder, decoder) = (codecs.encoder::<T>().unwrap(), codecs.decoder::<T>().unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas")
        .join(T::SUBJECT.trim_end_matches("-value"))
        .join("examples/good");
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let record: T = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let bytes = encoder.to_vec(&record).unwrap();
        assert_eq!(decoder.decode(&bytes).unwrap(), record, "{}", path.display());
        count += 1;
    }
    (T::SUBJECT, count)
}

fn a_number_of_another_scale_is_refused_on_first_sight(url: &str) {
    let transactions = catalog().unwrap().subject(Transaction::SUBJECT).unwrap();
    let text = newest(transactions).to_string().replace("\"scale\":4", "\"scale\":2");
    // Another subject: the registry itself would refuse it under this one.
    let (status, answer) = register(url, "stranger-value", &serde_json::from_str(&text).unwrap());
    assert_eq!(status, 200, "{answer}");
    let id = u32::try_from(answer["id"].as_u64().unwrap()).unwrap();
    let decoder = open(url).decoder::<Transaction>().unwrap();
    let outcome = decoder.decode(&framed(id, b"any"));
    let Err(Error::DecimalMismatch { expected, found, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((expected.as_str(), found.as_str()), ("decimal(18, 4)", "decimal(18, 2)"));
    assert_eq!(decoder.decode(&framed(999_999, b"any")), Err(Error::UnknownSchemaId(999_999)));
}

fn sent(codecs: &Codecs) -> Vec<u8> {
    codecs.encoder().unwrap().to_vec(&Posting { document: "JE_1".to_owned(), ..Posting::default() }).unwrap()
}

fn framed(id: u32, datum: &[u8]) -> Vec<u8> {
    [&[0], &id.to_be_bytes()[..], datum].concat()
}

fn without_a_registry_known_schemas_are_read_and_others_wait(codecs: &Codecs, read_before: &[u8]) {
    let decoder = codecs.decoder::<Posting>().unwrap();
    assert!(decoder.decode(read_before).is_ok());
    let error = decoder.decode(&framed(999_998, b"any")).unwrap_err();
    assert!(error.is_later(), "{error:?}");
    let error = codecs.encoder::<Posting>().unwrap_err();
    assert!(error.to_string().contains("start it or correct `registry.url`"), "{error}");
}
