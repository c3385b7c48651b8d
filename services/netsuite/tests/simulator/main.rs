//! The connector against the simulated NetSuite: request, outcome, lookup, token and client together, and a
//! whole lane.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod login;
mod post;
mod restart;
mod retry;
mod room;
mod support;
mod sweep;
mod trouble;
