//! The command line as a library: the development stack, the input (real and synthetic), and the
//! statement that says what the books must hold.
//!
//! `main` and the test rooms share these modules, so what a test starts is what a user starts.

pub mod accounts;
pub mod cache;
pub mod cluster;
pub mod completejourney;
pub mod demo;
pub mod deployment;
pub mod file;
pub mod generate;
pub mod order;
pub mod posting;
pub mod publish;
pub mod replay;
pub mod stack;
pub mod statement;
pub mod tool;
