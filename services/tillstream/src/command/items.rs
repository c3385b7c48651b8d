//! `tillstream items`: lines in suspense, and their resolution.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what waits is for standard output, hints are not"
)]

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use tillstream::cluster::Cluster;
use tillstream::order::suspense::{self, Waiting};

use crate::command::connect::Connect;
use crate::command::issue::Issue;
use crate::command::table;

/// Show what waits in suspense for an unknown item, and book it once the item is known.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream items waiting --config enrich.toml\n  \
                  tillstream items resolve 5978656 --config enrich.toml\n  \
                  tillstream items resolve --all --config enrich.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Waiting(Connected),
    Resolve(Resolve),
}

/// List the items that lines in suspense wait for.
#[derive(Debug, Args)]
struct Connected {
    #[command(flatten)]
    connect: Connect,
}

/// Book lines out of suspense whose item the item master knows by now; their stock moves then, too.
#[derive(Debug, Args)]
struct Resolve {
    /// Item numbers; each must be on ref.items already
    #[arg(value_name = "ITEM", required_unless_present = "all", conflicts_with = "all")]
    items: Vec<String>,
    /// Every item that lines wait for and ref.items knows
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    issue: Issue,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Waiting(connected) => {
            print!("{}", show(&suspense::waiting(&connected.connect.cluster()?)?));
            Ok(())
        }
        Action::Resolve(resolve) => run_resolve(resolve),
    }
}

fn run_resolve(arguments: &Resolve) -> anyhow::Result<()> {
    let cluster = arguments.issue.cluster()?;
    let known =
        if arguments.all { known_of_waiting(&cluster)? } else { known_of(&cluster, &arguments.items)? };
    let orders = suspense::resolve(&cluster, &mut arguments.issue.issuer()?, &known)?;
    arguments.issue.send(&cluster, &orders)
}

fn known_of(cluster: &Cluster, items: &[String]) -> anyhow::Result<BTreeMap<String, i64>> {
    let items: BTreeSet<String> = items.iter().cloned().collect();
    let known = suspense::known(cluster, &items)?;
    let unknown: Vec<&str> =
        items.iter().filter(|item| !known.contains_key(*item)).map(String::as_str).collect();
    anyhow::ensure!(
        unknown.is_empty(),
        "not on ref.items: {}; publish them with `tillstream ref load` first",
        unknown.join(", ")
    );
    Ok(known)
}

fn known_of_waiting(cluster: &Cluster) -> anyhow::Result<BTreeMap<String, i64>> {
    let waiting = suspense::waiting(cluster)?;
    print!("{}", show(&waiting));
    if let Some(nameless) = waiting.get(&None) {
        eprintln!("{} lines name a barcode only: resolve their items by number", nameless.lines);
    }
    let items: BTreeSet<String> = waiting.into_keys().flatten().collect();
    let known = suspense::known(cluster, &items)?;
    let unknown: Vec<&str> =
        items.iter().filter(|item| !known.contains_key(*item)).map(String::as_str).collect();
    if !unknown.is_empty() {
        eprintln!("not on ref.items, so left in suspense: {}", unknown.join(", "));
    }
    Ok(known)
}

fn show(waiting: &BTreeMap<Option<String>, Waiting>) -> String {
    let heading = ["item", "lines", "amount"].map(str::to_owned);
    let rows = waiting.iter().map(|(item, waiting)| {
        let item = item.clone().unwrap_or_else(|| "(barcode only)".to_owned());
        [item, waiting.lines.to_string(), waiting.amount.to_string()]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}
