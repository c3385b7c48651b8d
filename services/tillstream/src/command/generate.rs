//! `tillstream generate`: a synthetic chain onto Kafka, or into files.

#![allow(clippy::print_stdout, reason = "the summary is for standard output")]

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use domain::calendar::Date;
use domain::record::pos::Transaction;
use serde::Serialize;
use tillstream::generate::Chain;
use tillstream::publish::{self, Masters};
use tillstream::{cluster, file};

use crate::command::connect::Connect;
use crate::command::progress::Progress;

/// Make up a chain of stores with taxed tickets, the same for the same seed.
#[derive(Debug, Args)]
#[command(
    long_about = "Makes up a chain of any number of stores and publishes its masters and tickets, or writes both to \
                  files that `tillstream ref load` and `tillstream replay` read. All of it is invented: one to \
                  nineteen lines a ticket, a fifth of them on promotion, two departments in three taxed at 8.25 %, a \
                  third of the tickets paid in cash, one in forty a return, one in a hundred the void of another. The \
                  same seed gives the same tickets. Each store ends each date with its end of day.",
    after_help = "Examples:\n  \
                  tillstream generate --date 2026-03-14 --stores 100 --tickets 500 --config enrich.toml\n  \
                  tillstream generate --date 2026-03-14 --seed 7 --to ./chain"
)]
pub(crate) struct Arguments {
    /// First business date; enrich takes the last 120 days unless told otherwise
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Date,
    /// Business dates
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=366))]
    days: i32,
    /// Another seed gives other tickets
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Stores, named S1 and up
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    stores: u32,
    /// Tickets of each store on each date
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    tickets: u32,
    /// Items, named 1 and up
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    items: u32,
    /// Transactions a second [default: as fast as Kafka takes them]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Write masters.jsonl and transactions.jsonl into this directory; Kafka is not needed then
    #[arg(long, value_name = "DIRECTORY")]
    to: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let chain = Chain { seed: arguments.seed, stores: arguments.stores, items: arguments.items };
    match &arguments.to {
        Some(directory) => write(arguments, &chain, directory),
        None => send(arguments, &chain),
    }
}

fn write(arguments: &Arguments, chain: &Chain, directory: &Path) -> anyhow::Result<()> {
    /// A line of the file of masters.
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Master {
        Store(Box<domain::record::reference::Store>),
        Item(domain::record::reference::Item),
    }
    std::fs::create_dir_all(directory).with_context(|| {
        format!("cannot make the directory {}: name another one with --to", directory.display())
    })?;
    let masters =
        chain.store_master().map(Box::new).map(Master::Store).chain(chain.item_master().map(Master::Item));
    let path = directory.join("masters.jsonl");
    println!("{} masters written to {}", file::write(&path, masters)?, path.display());
    let path = directory.join("transactions.jsonl");
    println!(
        "{} transactions written to {}",
        file::write(&path, transactions(arguments, chain))?,
        path.display()
    );
    Ok(())
}

fn send(arguments: &Arguments, chain: &Chain) -> anyhow::Result<()> {
    let cluster = arguments.connect.cluster()?;
    let masters = Masters { stores: chain.store_master().collect(), items: chain.item_master().collect() };
    let mut progress = Progress::begin(Some(masters.len() as u64), None)?;
    let sent = publish::masters(&cluster, &masters, &mut |sent| progress.pace(sent))?;
    println!("{}", progress.finish(sent, "masters")?);
    let per_store = u64::from(arguments.tickets) + 1;
    let total = per_store * u64::from(arguments.stores) * u64::from(arguments.days.unsigned_abs());
    let mut progress = Progress::begin(Some(total), arguments.rate)?;
    let transactions = transactions(arguments, chain).map(Ok::<_, cluster::Error>);
    let sent = publish::transactions(&cluster, transactions, &mut |sent| progress.pace(sent))?;
    println!("{}", progress.finish(sent, "transactions")?);
    Ok(())
}

/// Date by date, a ticket of each store in turn, and at last each store's end of day.
fn transactions(arguments: &Arguments, chain: &Chain) -> impl Iterator<Item = Transaction> {
    let (chain, first, tickets) = (*chain, arguments.date, i64::from(arguments.tickets));
    (0..arguments.days).map(move |day| first.plus_days(day)).flat_map(move |date| {
        let stores = move || 0..chain.stores;
        let sales =
            (0..tickets).flat_map(move |number| stores().map(move |store| chain.ticket(store, date, number)));
        sales.chain(stores().map(move |store| chain.end_of_day(store, date, tickets)))
    })
}
