//! `tillstream release`: closes posting buckets by hand.

#![allow(clippy::print_stdout, reason = "what was seen is for standard output")]

use clap::Args;
use domain::calendar::Date;
use tillstream::order::bucket::{self, Open};

use crate::command::issue::Issue;
use crate::command::table;

/// Close what a store has open for a business date, so that it is posted.
#[derive(Debug, Args)]
#[command(
    long_about = "Closes the open posting buckets of a store and business date: their journal and adjustments are made \
                  and posted. It first reads what the buckets hold and names it in the order, and enrich refuses the \
                  order when a bucket has changed since; then look again. What comes later for the date is posted as \
                  the next version.\n\n\
                  With --all every open bucket of every store is closed, whatever it holds.",
    after_help = "Examples:\n  tillstream release 367 2026-03-14 --reason 'till broken' --config enrich.toml\n  \
                  tillstream release --all --config enrich.toml"
)]
pub(crate) struct Arguments {
    /// The store
    #[arg(required_unless_present = "all", requires = "date", conflicts_with = "all")]
    store: Option<String>,
    /// The business date, as 2026-03-14
    #[arg(value_name = "DATE")]
    date: Option<Date>,
    /// Every open bucket of every store
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    issue: Issue,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let cluster = arguments.issue.cluster()?;
    let mut issuer = arguments.issue.issuer()?;
    let (Some(store), Some(date)) = (&arguments.store, arguments.date) else {
        let order = bucket::release_all(&cluster, &mut issuer)?;
        return arguments.issue.send(&cluster, &[order]);
    };
    let open = bucket::open(&cluster, store, date)?;
    if open.is_empty() {
        anyhow::ensure!(
            bucket::knows(&cluster, store)?,
            "store {store} is not on ref.stores: name another one, or publish it with `tillstream ref load`"
        );
        anyhow::bail!(
            "store {store} has no open bucket for {date}: it is closed already, or nothing has come yet"
        );
    }
    print!("{}", show(&open));
    let orders = bucket::release(&cluster, &mut issuer, store, &open)?;
    arguments.issue.send(&cluster, &orders)
}

fn show(open: &[Open]) -> String {
    let heading = ["business date", "window", "version", "tickets", "content"].map(str::to_owned);
    let rows = open.iter().map(|open| {
        let window = if open.window == 0 { "whole day".to_owned() } else { open.window.to_string() };
        [
            open.business_date.to_string(),
            window,
            open.version.to_string(),
            open.count.to_string(),
            open.content.to_string(),
        ]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}
