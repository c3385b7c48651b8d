//! The simulator over its HTTP interface: what it takes, what it refuses and in which words, how it fails.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fault;
mod gate;
mod login;
mod query;
mod record;
mod support;
