//! The fault room: real services on a real Kafka are killed, frozen, scaled and cut off in mid-stream, and
//! afterwards every ticket is booked exactly once.
//!
//! Each test starts a broker and a registry, two processes of two workers for each service, where it asks for
//! them a simulated NetSuite and its connector, and a feed of synthetic tickets with repeats and late ones that
//! does not pause for the fault. When the fault is over,
//! the feed ends its days, the services drain, and the verdict of [`verdict`] is the same for all: state
//! belongs to offsets, no transaction is open, input = output = documents, and a replay gives the same
//! bytes. `README.md` says which planted fault turns each test red.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod broker;
#[path = "../shared/control.rs"]
mod control;
mod feed;
mod fleet;
mod held;
#[path = "../shared/http.rs"]
mod http;
mod kill;
mod netsuite;
mod oracle;
mod orphans;
mod replay;
mod scale;
mod standing;
mod verdict;
#[path = "../shared/wait.rs"]
mod wait;
mod world;
mod zombie;
