//! `tillstream postings`: what became of documents in NetSuite.

#![allow(clippy::print_stdout, reason = "what is parked is for standard output")]

use clap::{Args, Subcommand};
use domain::record::posting::Posting;
use tillstream::posting::{self, PARKED};

use crate::command::connect::Connect;
use crate::command::table;

/// Characters of NetSuite's words that a table shows.
const DETAIL_MAX: usize = 100;

/// Show what became of documents in NetSuite.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream postings parked --config netsuite.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Parked(Parked),
}

/// List the documents that NetSuite refused and that wait for a person.
#[derive(Debug, Args)]
struct Parked {
    #[command(flatten)]
    connect: Connect,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Parked(parked) => {
            let postings = posting::with_status(&parked.connect.cluster()?, PARKED)?;
            print!("{}", show(&postings));
            println!("parked documents: {}", postings.len());
            Ok(())
        }
    }
}

fn show(postings: &[Posting]) -> String {
    let heading = ["document", "class", "attempts", "NetSuite says"].map(str::to_owned);
    let rows = postings.iter().map(|posting| {
        let detail = posting.detail.as_deref().unwrap_or_default();
        [
            posting.document.clone(),
            posting.class.clone().unwrap_or_default(),
            posting.attempts.to_string(),
            detail.chars().take(DETAIL_MAX).collect(),
        ]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}
