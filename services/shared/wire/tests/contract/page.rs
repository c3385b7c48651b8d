//! The page for those who write tickets has a row for every field they may send and every reason they may get.

use std::fs;

use domain::record::pos::Transaction;
use domain::ticket::Code;
use serde_json::Value as Json;
use wire::Subject;
use wire::catalog::catalog;

use crate::records::schemas;

/// A record by name, with its fields in order.
type Fields = (String, Vec<String>);

fn page() -> String {
    fs::read_to_string(schemas().join("pos.transactions/README.md")).unwrap()
}

/// What the first column of the tables under a heading names.
fn named<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let section = page.lines().skip_while(|line| *line != heading).skip(1);
    let section = section.take_while(|line| !line.starts_with('#'));
    section.filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

/// Every record of a schema.
fn records(schema: &Json, found: &mut Vec<Fields>) {
    if schema["type"] == "record" {
        let fields = schema["fields"].as_array().unwrap().iter().map(name).collect();
        found.push((name(schema), fields));
    }
    match schema {
        Json::Object(entries) => entries.values().for_each(|inner| records(inner, found)),
        Json::Array(items) => items.iter().for_each(|inner| records(inner, found)),
        _ => {}
    }
}

fn name(named: &Json) -> String {
    named["name"].as_str().unwrap().to_owned()
}

fn assert_named(page: &str, heading: &str, expected: &[String]) {
    let named = named(page, heading);
    let missing: Vec<_> = expected.iter().filter(|word| !named.contains(&word.as_str())).collect();
    assert!(
        missing.is_empty(),
        "schemas/pos.transactions/README.md, `{heading}`: no row begins with {missing:?}"
    );
    assert_eq!(named, expected, "schemas/pos.transactions/README.md, `{heading}`: each once, in this order");
}

#[test]
fn every_field_that_may_be_sent_is_on_its_page() {
    let newest = catalog().unwrap().subject(Transaction::SUBJECT).unwrap().newest().unwrap();
    let mut found = Vec::new();
    records(&serde_json::from_str(newest.text).unwrap(), &mut found);
    assert!(found.len() > 1, "the schema holds records: {found:?}");
    let page = page();
    for (record, fields) in found {
        assert_named(&page, &format!("### {record}"), &fields);
    }
}

#[test]
fn every_reason_for_refusal_is_on_its_page() {
    let words: Vec<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_named(&page(), "## Reasons", &words);
}
