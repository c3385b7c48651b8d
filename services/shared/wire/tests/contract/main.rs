//! Holds schemas, structs, examples and topic files together.
//!
//! Every good example goes through every version of its schema and back; every bad one is refused;
//! what schema and struct say of order, types and defaults is the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm, reason = "tests")]

mod examples;
mod page;
mod records;
mod schema;
mod shape;
mod topics;
