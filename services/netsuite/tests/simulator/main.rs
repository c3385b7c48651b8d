//! The connector's request, outcome, lookup, token and client together, against the simulated NetSuite.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod login;
mod post;
mod support;
mod trouble;
