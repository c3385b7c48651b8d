//! The connector: sends each document to NetSuite once.
//!
//! `lane` decides, pure; `request` turns a document into JSON, `outcome` an answer into a verdict and
//! `lookup` a query result into a comparison, all pure; `client` is the one file that sends.

pub mod client;
pub mod lane;
pub mod lookup;
pub mod outcome;
pub mod request;
pub mod token;
