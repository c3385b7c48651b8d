//! `tillstream topics`: the topics and schemas of a deployment, made and checked.

#![allow(clippy::print_stdout, reason = "what was done and found is for standard output")]

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use runtime::client::{Connection, Position};
use runtime::topics::{self, Finding, Started};
use tillstream::cluster::Cluster;
use tillstream::deployment;

use crate::command::connect::Connect;

/// Make or check the topics and schemas that tillstream needs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  tillstream topics apply --registry http://127.0.0.1:8080/apis/ccompat/v7 --replication 1\n  \
                  tillstream topics apply --config enrich.toml --first-start\n  \
                  tillstream topics check --config enrich.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Apply(Apply),
    Check(Check),
}

/// Make the topics that are missing and register every schema; what is there already is never changed.
#[derive(Debug, Args)]
struct Apply {
    /// Replicas of each topic that is made; 1 on a development broker
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    replication: i32,
    /// Also give every consumer group its first offsets and an empty state. Of a group that has run before only
    /// inputs that are new to it are begun, at their first record. Fails while a group that lacks something has
    /// members
    #[arg(long)]
    first_start: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Compare topics and schemas with what tillstream needs, and change nothing.
#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    connect: Connect,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Apply(apply) => run_apply(apply),
        Action::Check(check) => run_check(&check.connect.cluster()?),
    }
}

fn run_apply(arguments: &Apply) -> anyhow::Result<()> {
    let cluster = arguments.connect.cluster()?;
    let registered = cluster.registry().register_all()?;
    println!("{} schemas are registered", registered.len());
    let specs = deployment::topics()?;
    let applied = topics::apply(cluster.connection(), &specs, arguments.replication)?;
    for topic in &applied.created {
        println!("made {topic}");
    }
    println!("{} topics were made", applied.created.len());
    refuse(&applied.findings)?;
    if arguments.first_start {
        first_start(cluster.connection())?;
    }
    Ok(())
}

fn first_start(connection: &Connection) -> anyhow::Result<()> {
    let groups = deployment::groups();
    let started = topics::first_start(connection, &groups)?;
    for (group, started) in groups.iter().zip(started) {
        println!("{}: {}", group.service, words(&started));
    }
    Ok(())
}

/// What was done for a group.
fn words(started: &Started) -> String {
    match started {
        Started::Made => "may start for the first time".to_owned(),
        Started::Before => "has been started before, nothing was changed".to_owned(),
        Started::Added(begins) => {
            let topics: BTreeSet<&str> = begins.iter().map(|begin| begin.topic.as_str()).collect();
            let topics: Vec<&str> = topics.into_iter().collect();
            let mut words = format!("begins to read {}, which is new to it", topics.join(" and "));
            for Position { topic, partition, offset } in begins.iter().filter(|begin| begin.offset > 0) {
                words += &format!("; {topic} [{partition}] at {offset}, what stood before is gone");
            }
            words
        }
    }
}

fn run_check(cluster: &Cluster) -> anyhow::Result<()> {
    let specs = deployment::topics()?;
    refuse(&topics::check(cluster.connection(), &specs)?)?;
    let schemas = deployment::check_schemas(cluster.registry())?;
    println!("{} topics and {schemas} schemas are as they must be", specs.len());
    Ok(())
}

fn refuse(findings: &[Finding]) -> anyhow::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    Err(runtime::Error::Topics(findings.to_vec()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_begins_late_is_said_to() {
        let begin = |partition, offset| Position { topic: "netsuite.commands".to_owned(), partition, offset };
        let begun = Started::Added(vec![begin(0, 0), begin(1, 5)]);
        assert_eq!(
            words(&begun),
            "begins to read netsuite.commands, which is new to it; netsuite.commands [1] at 5, what stood before is gone"
        );
    }
}
