//! The loop from input to output: the only crate that knows Kafka.

pub mod overlay;
pub mod stage;
