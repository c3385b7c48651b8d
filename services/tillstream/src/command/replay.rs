//! `tillstream replay`: transactions of the real data set or of a file onto `pos.transactions`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the summary is for standard output, progress is not"
)]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use domain::record::pos::Transaction;
use indicatif::HumanCount;
use tillstream::cluster::Cluster;
use tillstream::replay::ticket::Tickets;
use tillstream::{file, publish};

use crate::command::connect::Connect;
use crate::command::progress::Progress;
use crate::command::source::{Origin, dataset};

/// Send transactions of a data set or a file, as tills would.
#[derive(Debug, Args)]
#[command(
    long_about = "Sends transactions to pos.transactions, each keyed by its store. Sending the same again is harmless: \
                  enrich drops what it has booked.\n\n\
                  `completejourney` are 155,848 real baskets with 1,469,307 lines of 457 stores in 2017. Real are: \
                  store, time, household, products, quantities, amounts, discounts and coupons. The data lacks the \
                  rest, which is made up, the same every time:\n  \
                  - each store has one register, which numbers anew each day in the order of time\n  \
                  - the business date is the date in New York\n  \
                  - what coupons leave to pay is one cash tender for every third household, else one card tender; \
                  in 19 baskets coupons exceed the sale, and cash is paid out\n  \
                  - after the last basket of a store and date comes its end of day (38,410 of them)\n  \
                  - gasoline rows whose quantity counts sales, not volume, have quantity 0 (1,188 rows)\n\
                  No tax is made up: the data has none. Enrich must accept its dates: earliest_business_date = \
                  \"2017-01-01\" in section [enrich].",
    after_help = "Examples:\n  tillstream replay completejourney --config enrich.toml\n  \
                  tillstream replay completejourney --stores 367,2 --limit 1000 --rate 50 --config enrich.toml\n  \
                  tillstream replay transactions.jsonl --config enrich.toml"
)]
pub(crate) struct Arguments {
    /// `completejourney`, or a file with one transaction a line as JSON, fields as in schemas/pos.transactions
    #[arg(value_name = "FILE|completejourney")]
    from: Origin,
    /// Transactions a second [default: as fast as Kafka takes them]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Only these stores, separated by commas
    #[arg(long, value_name = "STORE,...", value_delimiter = ',')]
    stores: Vec<String>,
    /// Only the first so many transactions, ends of day included
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    #[command(flatten)]
    connect: Connect,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let cluster = arguments.connect.cluster()?;
    match &arguments.from {
        Origin::CompleteJourney => {
            let dataset = dataset(&|line| eprintln!("{line}"))?;
            let tickets = Tickets::new(&dataset)?;
            let tickets = if arguments.stores.is_empty() {
                tickets
            } else {
                let unknown = |store| anyhow::anyhow!("store {store} is not in the data set");
                tickets.of_stores(&numbers(&arguments.stores)?).map_err(unknown)?
            };
            let total = tickets.count().min(arguments.limit.unwrap_or(u64::MAX));
            send(&cluster, arguments, Some(total), tickets.iter().map(|ticket| Ok(ticket?)))?;
        }
        Origin::File(path) => send_file(&cluster, arguments, path)?,
    }
    Ok(())
}

/// Sends those of a file that are asked for; fails afterwards when it has none of a store.
fn send_file(cluster: &Cluster, arguments: &Arguments, path: &Path) -> anyhow::Result<()> {
    let mut missing: BTreeSet<&str> = arguments.stores.iter().map(String::as_str).collect();
    let mut of_store = |transaction: &Transaction| {
        missing.remove(&*transaction.store);
        arguments.stores.is_empty() || arguments.stores.iter().any(|store| *store == transaction.store)
    };
    let read = file::transactions(path)?.map(|transaction| Ok(transaction?));
    let chosen = read.filter(|read: &anyhow::Result<_>| read.as_ref().map_or(true, &mut of_store));
    let sent = send(cluster, arguments, arguments.limit, chosen)?;
    // What was cut off at the limit may hold them.
    let whole = arguments.limit.is_none_or(|limit| sent < limit);
    let missing: Vec<&str> = missing.into_iter().filter(|_| whole).collect();
    let (stores, path) = (missing.join(", "), path.display());
    anyhow::ensure!(
        missing.is_empty(),
        "no transaction of {path} is of store {stores}: correct --stores; {sent} of others were sent"
    );
    Ok(())
}

/// Sends transactions and says how many there were.
fn send(
    cluster: &Cluster,
    arguments: &Arguments,
    total: Option<u64>,
    transactions: impl Iterator<Item = anyhow::Result<Transaction>>,
) -> anyhow::Result<u64> {
    let limit = arguments.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut progress = Progress::begin(total, arguments.rate)?;
    let mut count = 0;
    let sent = publish::transactions(cluster, transactions.take(limit), &mut |sent| {
        count = sent;
        progress.pace(sent)
    });
    let sent = sent.with_context(|| {
        let count = HumanCount(count);
        format!(
            "{count} transactions were sent, the rest was not; mend it and replay: what was booked is dropped"
        )
    })?;
    println!("{}", progress.finish(sent, "transactions")?);
    Ok(sent.records)
}

fn numbers(stores: &[String]) -> anyhow::Result<BTreeSet<u32>> {
    let number = |store: &String| {
        store.parse().map_err(|_| anyhow::anyhow!("`{store}` is no store of the data set: they are numbers"))
    };
    stores.iter().map(number).collect()
}
