//! Who issues a command and why; and the answers to it, for the terminal.

#![allow(clippy::print_stdout, reason = "answers are what the commands are called for")]

use std::time::{Duration, SystemTime};

use anyhow::Context;
use clap::Args;
use domain::calendar::Timestamp;
use tillstream::cluster::Cluster;
use tillstream::order::{self, Issuer, Order, Outcome};

use crate::command::table;

/// Flags of every command that orders something.
#[derive(Debug, Args)]
#[command(next_help_heading = "Order")]
pub(crate) struct Issue {
    /// Who orders it, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    by: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How long to wait for enrich to answer; an order that was not answered stays and is carried out later
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

impl Issue {
    /// The issuer, with the time of this moment.
    pub(crate) fn issuer(&self) -> anyhow::Result<Issuer> {
        Ok(Issuer::new(&self.by, now()?, self.reason.as_deref()))
    }

    /// Sends orders, shows every answer, and fails unless all were carried out.
    pub(crate) fn send(&self, cluster: &Cluster, orders: &[Order]) -> anyhow::Result<()> {
        let answers = order::send(cluster, orders, Duration::from_secs(self.wait))?;
        let mut rows = vec![["command", "partition", "answer"].map(str::to_owned)];
        let (mut refused, mut waiting) = (0_usize, 0_usize);
        for answer in &answers {
            let words = match &answer.outcome {
                Outcome::Done => "done".to_owned(),
                Outcome::Repeat => "done before".to_owned(),
                Outcome::Refused(reasons) => {
                    refused += 1;
                    format!("refused: {}", reasons.join("; "))
                }
                Outcome::Waiting => {
                    waiting += 1;
                    "no answer yet".to_owned()
                }
            };
            rows.push([answer.command.clone(), answer.partition.to_string(), words]);
        }
        print!("{}", table::lay_out(&rows));
        anyhow::ensure!(refused == 0, "{refused} of {} answers are refusals", answers.len());
        anyhow::ensure!(
            waiting == 0,
            "{waiting} of {} answers did not come within {} s: see that enrich runs; do not order again, the \
             commands stay on pos.commands",
            answers.len(),
            self.wait
        );
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command is issued by a person at a moment, which is data from here on"
)]
fn now() -> anyhow::Result<Timestamp> {
    let since =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(Timestamp(i64::try_from(since.as_millis())?))
}
