//! The tidy room: style, layout and boundaries, held by reading the files of the checkout.
//!
//! Each module holds one kind of rule as a function from text to findings, and proves beside it that the
//! rule can fail. The tests here put the whole checkout through them, so a finding names file and line.
//! What rustfmt, clippy and cargo-deny can hold is theirs and is not repeated.

#![allow(clippy::expect_used, reason = "a checkout that cannot be read fails the test, with these words")]

mod boundary;
mod chart;
mod finding;
mod layout;
mod link;
mod manifest;
mod message;
mod rust;
mod schema;
mod source;
mod tree;

use crate::finding::{Finding, assert_none};
use crate::tree::Tree;

fn over_every(ending: &str, rule: impl Fn(&str, &str) -> Vec<Finding>) {
    let tree = Tree::read();
    let files: Vec<_> = tree.ending(ending).collect();
    assert!(!files.is_empty(), "the checkout holds no {ending} at all: the tree was not read");
    assert_none(files.iter().flat_map(|(path, text)| rule(path, text)).collect());
}

#[test]
fn every_source_file_reads_as_the_others() {
    over_every(".rs", source::check);
}

#[test]
fn every_message_has_one_form() {
    over_every(".rs", message::check);
}

#[test]
fn every_crate_names_only_what_it_may_know() {
    over_every("Cargo.toml", boundary::check_manifest);
    over_every(".rs", boundary::check_source);
}

#[test]
fn every_schema_explains_itself() {
    over_every(".avsc", schema::check);
}

#[test]
fn every_setting_can_be_given_to_the_chart() {
    assert_none(chart::check(&Tree::read()));
}

#[test]
fn every_link_between_documents_arrives() {
    let tree = Tree::read();
    assert_none(tree.ending(".md").flat_map(|(path, text)| link::check(path, text, &tree)).collect());
}

#[test]
fn every_command_a_document_names_exists() {
    let tree = Tree::read();
    let makefile = tree.text("Makefile").unwrap_or_default();
    assert_none(
        tree.ending(".md").flat_map(|(path, text)| link::check_targets(path, text, makefile)).collect(),
    );
}

#[test]
fn the_checkout_has_its_fixed_shape() {
    let tree = Tree::read();
    let mut findings = layout::check_top_level(&tree.top_level());
    findings.extend(tree.paths().flat_map(layout::check_name));
    findings.extend(layout::check_members(tree.text("Cargo.toml").unwrap_or_default(), &tree));
    assert_none(findings);
}
