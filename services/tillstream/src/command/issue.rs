//! Who issues a command and why; and the answers to it, for the terminal.

#![allow(clippy::print_stdout, reason = "answers are what the commands are called for")]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use clap::Args;
use domain::calendar::Timestamp;
use tillstream::cluster::Cluster;
use tillstream::order::{self, Answer, Issuer, Order, Outcome};

use crate::command::connect::Connect;
use crate::command::table;

/// Partitions of one answer that are named; of more, only the number is.
const PARTITIONS_SHOWN: usize = 3;

/// Flags of every command that orders something: who orders it and why, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    #[command(flatten)]
    order: Words,
    #[command(flatten)]
    connect: Connect,
}

/// Who orders something and why, and how long they wait.
#[derive(Debug, Args)]
#[command(next_help_heading = "Order")]
struct Words {
    /// Who orders it, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    by: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How long to wait for an answer; an order that was not answered stays and is carried out later
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

impl Issue {
    /// Makes the clients; waits for nobody.
    pub(crate) fn cluster(&self) -> anyhow::Result<Cluster> {
        self.connect.cluster()
    }

    /// The issuer, with the time of this moment.
    pub(crate) fn issuer(&self) -> anyhow::Result<Issuer> {
        Ok(Issuer::new(&self.order.by, now()?, self.order.reason.as_deref()))
    }

    /// How long to wait for answers.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.order.wait)
    }

    /// Sends orders, shows every answer, and fails unless all were carried out.
    pub(crate) fn send(&self, cluster: &Cluster, orders: &[Order]) -> anyhow::Result<()> {
        let answers = order::send(cluster, orders, self.patience())?;
        if answers.is_empty() {
            println!("nothing to order");
            return Ok(());
        }
        let count =
            |wanted: fn(&Outcome) -> bool| answers.iter().filter(|answer| wanted(&answer.outcome)).count();
        let refused = count(|outcome| matches!(outcome, Outcome::Refused(_)));
        let waiting = count(|outcome| matches!(outcome, Outcome::Waiting));
        print!("{}", show(&answers));
        anyhow::ensure!(refused == 0, "{refused} of {} answers are refusals", answers.len());
        anyhow::ensure!(
            waiting == 0,
            "{waiting} of {} answers did not come within {} s: see that enrich runs; do not order again, the \
             commands stay on pos.commands",
            answers.len(),
            self.order.wait
        );
        Ok(())
    }
}

/// One line for each command and what became of it, with the partitions that say so.
fn show(answers: &[Answer]) -> String {
    let mut grouped: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for answer in answers {
        let words = match &answer.outcome {
            Outcome::Done => "done".to_owned(),
            Outcome::Repeat => "done before".to_owned(),
            Outcome::Refused(reasons) => format!("refused: {}", reasons.join("; ")),
            Outcome::Waiting => "no answer yet".to_owned(),
        };
        grouped.entry((&answer.command, words)).or_default().push(answer.partition.to_string());
    }
    let heading = ["command", "partitions", "answer"].map(str::to_owned);
    let rows = grouped.into_iter().map(|((command, words), mut partitions)| {
        let rest = partitions.split_off(partitions.len().min(PARTITIONS_SHOWN)).len();
        let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        [command.to_owned(), partitions.join(", ") + &more, words]
    });
    table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command is issued by a person at a moment, which is data from here on"
)]
pub(crate) fn now() -> anyhow::Result<Timestamp> {
    let since =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(Timestamp(i64::try_from(since.as_millis())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_many_partitions_are_one_line() {
        let answer = |partition, outcome| Answer { command: "id".to_owned(), partition, outcome };
        let mut answers: Vec<Answer> = (0..11).map(|partition| answer(partition, Outcome::Done)).collect();
        answers.push(answer(11, Outcome::Refused(vec!["why".to_owned()])));
        let lines = "command  partitions          answer\nid       0, 1, 2 and 8 more  done\n\
                     id       11                  refused: why\n";
        assert_eq!(show(&answers), lines);
    }
}
