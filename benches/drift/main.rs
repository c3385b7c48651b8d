//! Many tickets through enrich, journal and inventory, without Kafka, and not a cent of drift: the long run of
//! `tests/drift`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is for standard output, progress is not"
)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "it stops at the first thing that cannot be")]

#[path = "../../tests/shared/drift/mod.rs"]
mod drift;

use std::time::Instant;

use clap::Parser;

/// Tickets between two lines of progress.
const PROGRESS: u64 = 100_000;

/// Books tickets of every kind and compares the books with the tickets.
#[derive(Debug, Parser)]
#[command(name = "drift")]
struct Arguments {
    /// How many tickets, in whole dates of some 2,000
    #[arg(long, default_value_t = 10_000_000)]
    tickets: u64,
    /// Cargo says so to every bench.
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let mut said = 0;
    let report = drift::run(arguments.tickets, |tickets| {
        if tickets / PROGRESS > said {
            said = tickets / PROGRESS;
            let seconds = began.elapsed().as_secs().max(1);
            eprintln!("{tickets} tickets after {seconds} s, {} a second", tickets / seconds);
        }
    });
    let seconds = began.elapsed().as_secs().max(1);
    println!("{} tickets in {seconds} s, {} a second", report.tickets, report.tickets / seconds);
    for (what, count) in &report.counts {
        println!("{what:<24}{count:>22}");
    }
    print!("{}", report.table);
    let wrong = report.differences.join("\n");
    anyhow::ensure!(wrong.is_empty(), "the books differ from the tickets:\n{wrong}");
    println!(
        "no difference: books, tax summaries, liability ledgers, positions, adjustments and units of cost are what the \
         tickets come to, and so are the claims"
    );
    Ok(())
}
