//! `tillstream postings`: what became of documents in NetSuite, and another try of what it refused.

#![allow(clippy::print_stdout, reason = "what is parked is for standard output")]

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use domain::record::posting::Posting;
use tillstream::order::retry::{self, Outcome};
use tillstream::posting::{self, PARKED, Postings};

use crate::command::connect::Connect;
use crate::command::issue::Issue;
use crate::command::table;

/// Characters of NetSuite's words that a table shows.
const DETAIL_MAX: usize = 100;

/// Show what became of documents in NetSuite, and have it try again what it refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream postings parked --config netsuite.toml\n  \
                  tillstream postings retry JE_367_20260314_0_1_US_USD_1 --reason 'period opened' --config \
                  netsuite.toml\n  tillstream postings retry --all --wait 120 --config netsuite.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Parked(Parked),
    Retry(Retry),
}

/// List the documents that NetSuite refused and that wait for a person.
#[derive(Debug, Args)]
struct Parked {
    #[command(flatten)]
    connect: Connect,
}

/// Have parked documents tried again at once, and show what NetSuite says to each.
#[derive(Debug, Args)]
#[command(
    long_about = "Has parked documents tried again at once, once their cause is mended: an account, an item, a period. \
                  Left alone they are tried every hour, or as often as park_retry_minutes of netsuite says.\n\n\
                  Only a parked document can be named. Later parts and versions of its family are held until it is \
                  posted, and then follow by themselves.\n\n\
                  Waits for the next word on each document that is written after the order, and fails unless every one \
                  is posted.",
    after_help = "Examples:\n  tillstream postings retry JE_367_20260314_0_1_US_USD_1 --config netsuite.toml\n  \
                  tillstream postings retry --all --wait 120 --config netsuite.toml"
)]
struct Retry {
    /// Document ids, as `parked` lists them
    #[arg(value_name = "DOCUMENT", required_unless_present = "all", conflicts_with = "all")]
    documents: Vec<String>,
    /// Every document that is parked
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    issue: Issue,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Parked(parked) => run_parked(parked),
        Action::Retry(retry) => run_retry(retry),
    }
}

fn run_parked(arguments: &Parked) -> anyhow::Result<()> {
    let postings = posting::with_status(&arguments.connect.cluster()?, PARKED)?;
    print!("{}", show(&postings));
    println!("parked documents: {}", postings.len());
    Ok(())
}

fn run_retry(arguments: &Retry) -> anyhow::Result<()> {
    let cluster = arguments.issue.cluster()?;
    let mut postings = Postings::read(&cluster)?;
    let parked = if arguments.all {
        retry::every_parked(postings.last())
    } else {
        retry::named(postings.last(), &arguments.documents)?
    };
    if parked.is_empty() {
        println!("nothing is parked");
        return Ok(());
    }
    let (mut issuer, patience) = (arguments.issue.issuer()?, arguments.issue.patience());
    let outcomes = retry::send(&cluster, &mut postings, &mut issuer, &parked, patience)?;
    print!("{}", show_outcomes(&outcomes));
    let count = |wanted: fn(&Outcome) -> bool| outcomes.values().filter(|outcome| wanted(outcome)).count();
    let refused = count(|outcome| matches!(outcome, Outcome::Parked(..)));
    let waiting = count(|outcome| matches!(outcome, Outcome::Waiting));
    anyhow::ensure!(
        waiting == 0,
        "of {} documents {refused} are parked again, and of {waiting} no word came within {} s: see that netsuite \
         runs; do not order those again, the commands stay on netsuite.commands",
        outcomes.len(),
        patience.as_secs()
    );
    anyhow::ensure!(refused == 0, "of {} documents {refused} are parked again", outcomes.len());
    Ok(())
}

fn show(postings: &[Posting]) -> String {
    let heading = ["document", "class", "attempts", "NetSuite says"].map(str::to_owned);
    let rows = postings.iter().map(|posting| {
        [
            posting.document.clone(),
            posting.class.clone().unwrap_or_default(),
            posting.attempts.to_string(),
            cut(posting.detail.as_deref().unwrap_or_default()),
        ]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}

fn show_outcomes(outcomes: &BTreeMap<String, Outcome>) -> String {
    let heading = ["document", "answer", "NetSuite says"].map(str::to_owned);
    let rows = outcomes.iter().map(|(document, outcome)| {
        let (answer, detail) = match outcome {
            Outcome::Posted(netsuite_id) => (format!("posted as {netsuite_id}"), String::new()),
            Outcome::Parked(class, detail) => (format!("parked again, {class}"), cut(detail)),
            Outcome::Waiting => ("no answer yet".to_owned(), String::new()),
        };
        [document.clone(), answer, detail]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}

fn cut(detail: &str) -> String {
    detail.chars().take(DETAIL_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_shown_with_what_became_of_it() {
        let refused = Outcome::Parked("closed_period".to_owned(), "x".repeat(DETAIL_MAX + 1));
        let outcomes =
            [("JE_1", Outcome::Posted("7".to_owned())), ("JE_2", refused), ("JE_3", Outcome::Waiting)];
        let outcomes = outcomes.map(|(document, outcome)| (document.to_owned(), outcome)).into();
        let lines = format!(
            "document  answer                       NetSuite says\nJE_1      posted as 7\n\
             JE_2      parked again, closed_period  {}\nJE_3      no answer yet\n",
            "x".repeat(DETAIL_MAX)
        );
        assert_eq!(show_outcomes(&outcomes), lines);
    }
}
