//! The program `tillstream`: reads the command line, runs one command, and says what went wrong.

mod command;

use std::process::ExitCode;

use clap::Parser;

use crate::command::Cli;

#[allow(clippy::print_stderr, reason = "the last word of a program that failed belongs on standard error")]
fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tillstream: {error:#}");
            ExitCode::FAILURE
        }
    }
}
