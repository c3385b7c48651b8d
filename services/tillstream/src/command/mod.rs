//! The table of commands. Each command is a file of its own: its arguments, its help, what it does.

mod accounts;
mod connect;
mod demo;
mod generate;
mod interrupt;
mod issue;
mod items;
mod postings;
mod progress;
mod quarantine;
mod reference;
mod release;
mod replay;
mod source;
mod table;
mod topics;
mod up;

use clap::{Parser, Subcommand};

/// Streams point-of-sale transactions through Kafka into NetSuite.
#[derive(Debug, Parser)]
#[command(
    name = "tillstream",
    version,
    long_about = "Streams point-of-sale transactions through Kafka into NetSuite: stock moves within a second of \
                  the sale, books that balance to the cent, every receipt accounted for exactly once.\n\n\
                  This program is the tool around the services: it starts what they need on one machine.",
    after_help = "Examples:\n  tillstream demo                   a year of real baskets, reconciled to the cent\n  \
                  tillstream up                     the whole pipeline on this machine, until Ctrl-C\n  \
                  tillstream up --data ./dev-stack  the same, with topics that survive a restart\n\n\
                  `tillstream COMMAND --help` explains a command.",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Up(up::Arguments),
    Topics(topics::Arguments),
    #[command(name = "ref")]
    Reference(reference::Arguments),
    Replay(replay::Arguments),
    Generate(generate::Arguments),
    Release(release::Arguments),
    Items(items::Arguments),
    Quarantine(quarantine::Arguments),
    Postings(postings::Arguments),
    Accounts(accounts::Arguments),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Demo(arguments) => demo::run(&arguments),
            Command::Up(arguments) => up::run(&arguments),
            Command::Topics(arguments) => topics::run(&arguments),
            Command::Reference(arguments) => reference::run(&arguments),
            Command::Replay(arguments) => replay::run(&arguments),
            Command::Generate(arguments) => generate::run(&arguments),
            Command::Release(arguments) => release::run(&arguments),
            Command::Items(arguments) => items::run(&arguments),
            Command::Quarantine(arguments) => quarantine::run(&arguments),
            Command::Postings(arguments) => postings::run(&arguments),
            Command::Accounts(arguments) => accounts::run(&arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says what it does");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("tillstream {name}")), "{name} shows an example");
        }
    }
}
