//! `tillstream ref`: the item and store masters.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the summary is for standard output, progress is not"
)]

use clap::{Args, Subcommand};
use indicatif::HumanCount;
use tillstream::file;
use tillstream::publish::{self, Masters};
use tillstream::replay::masters;

use crate::command::connect::Connect;
use crate::command::progress::Progress;
use crate::command::source::{Origin, dataset};

/// Publish the item and store masters.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream ref load completejourney --config enrich.toml\n  \
                  tillstream ref load masters.jsonl --registry http://127.0.0.1:8080/apis/ccompat/v7")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Load(Load),
}

/// Publish items and stores on ref.items and ref.stores, ending each with the mark of a complete snapshot.
#[derive(Debug, Args)]
#[command(
    long_about = "Publishes items and stores on ref.items and ref.stores, ending each with the mark of a complete \
                  snapshot, without which services book nothing. Everything is checked as a service would before \
                  the first record is sent. What was published before and is not in the source stays.\n\n\
                  `completejourney` are the 92,331 items and 457 stores of the real data set. Made up are: the \
                  internal ids of NetSuite, one subsidiary US for all stores, and the 17 items that baskets name \
                  and the item file lacks (goods of the department UNLISTED)."
)]
struct Load {
    /// `completejourney`, or a file with one item or store a line as JSON, fields as in schemas/ref.items and
    /// schemas/ref.stores
    #[arg(value_name = "FILE|completejourney")]
    from: Origin,
    /// Leave out the 17 items that the item file of completejourney lacks, so that their lines go to suspense
    #[arg(long)]
    without_unlisted: bool,
    #[command(flatten)]
    connect: Connect,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Load(load) => run_load(load),
    }
}

fn run_load(arguments: &Load) -> anyhow::Result<()> {
    let cluster = arguments.connect.cluster()?;
    let masters = match &arguments.from {
        Origin::File(path) => file::masters(path)?,
        Origin::CompleteJourney => {
            let dataset = dataset(&|line| eprintln!("{line}"))?;
            let unlisted =
                if arguments.without_unlisted { Vec::new() } else { masters::missing_items(&dataset) };
            let items = masters::listed_items(&dataset).chain(unlisted).collect();
            Masters { stores: masters::stores(&dataset), items }
        }
    };
    let mut progress = Progress::begin(Some(masters.len() as u64), None)?;
    let sent = publish::masters(&cluster, &masters, &mut |sent| progress.pace(sent))?;
    let [stores, items] = [masters.stores.len(), masters.items.len()].map(|count| HumanCount(count as u64));
    println!("{}", progress.finish(sent, &format!("masters ({stores} stores, {items} items)"))?);
    eprintln!(
        "enrich takes them up while it runs, many thousands in some seconds: what is sold before then waits in \
         suspense for its item, or in quarantine for its store"
    );
    Ok(())
}
