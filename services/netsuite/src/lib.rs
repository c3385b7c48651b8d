//! The connector: sends each document to NetSuite once.
//!
//! `lane` decides, pure; `request` turns a document into JSON, `outcome` an answer into a verdict and
//! `lookup` a query result into a comparison, all pure; `client` is the one file that sends, `sender`
//! carries out what lanes want, `shard` stands between all this and the runtime.

pub mod client;
pub mod config;
pub mod document;
mod event;
pub mod gate;
pub mod lane;
pub mod login;
pub mod lookup;
pub mod metrics;
pub mod outcome;
pub mod request;
pub mod sender;
pub mod service;
pub mod shard;
pub mod token;
