//! `tillstream accounts`: the account map, explained, held to its examples, compared with another, and adopted.

#![allow(clippy::print_stdout, reason = "what the map says is for standard output")]

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::account_map::Place;
use domain::calendar::Date;
use domain::number::Overflow;
use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;
use runtime::follow::From;
use tillstream::accounts::diff::{Diff, History, Moved};
use tillstream::accounts::{self, Account, Map};
use tillstream::order;

use crate::command::connect::Connect;
use crate::command::issue::Issue;
use crate::command::table;

/// Explain an account map, hold it to its examples, compare two of them by what was booked, and adopt one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream accounts check accounts.toml\n  \
                  tillstream accounts check accounts.toml --examples month-end.toml\n  \
                  tillstream accounts diff accounts.toml next.toml --from 2026-03-01 --config journal.toml\n  \
                  tillstream accounts adopt next.toml --reason 'new year' --config enrich.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(Check),
    Diff(Compare),
    Adopt(Adopt),
}

/// Show what every role books to, and fail where the map cannot be booked by or an example does not hold.
#[derive(Debug, Args)]
#[command(
    long_about = "Shows what every role books to: for each subsidiary and key the NetSuite account and segments, and \
                  the accounts that nothing books to, and the subsidiaries whose stores cannot owe each \
                  other for returns. Of a key with several entries it shows from which business \
                  date each holds. `US at 400` is what the location 400 of the subsidiary US has of its own: what \
                  answers for a key there, its `default` included, answers before the subsidiary.\n\n\
                  Fails with every problem at once where journal and inventory would refuse the map: a role or key \
                  without an account, or without one before a date, an A/R, A/P or system account, an unknown role or \
                  segment. Fails, too, where something books to an account whose name says that no document may (A/R, \
                  A/P, Undeposited Funds, the inventory asset), which the services do not look at: choose another \
                  one, or mark it with special = \"none\" once a person has looked and it is none of these.\n\n\
                  Examples say what the map is meant to do, one table each: subsidiary, role, key (a department, tax \
                  code, tender or reason), detail (a jurisdiction or card brand), at (a location; without it one that \
                  has nothing of its own is meant), on (a business date; without it every date is meant), and the \
                  account, department, class and location it must come to. They are \
                  read from NAME.examples.toml beside NAME.toml, where it is there.",
    after_help = "Examples:\n  tillstream accounts check accounts.toml\n\n  # accounts.examples.toml\n  [[example]]\n  \
                  subsidiary = \"US\"\n  role = \"tender_clearing\"\n  key = \"card\"\n  detail = \"amex\"\n  \
                  on = 2027-01-01\n  account = \"121\""
)]
struct Check {
    /// The account map, as journal and inventory read it
    #[arg(value_name = "FILE")]
    map: PathBuf,
    /// Examples to hold it to, in place of the file beside it
    #[arg(long, value_name = "FILE")]
    examples: Option<PathBuf>,
}

/// Show what another map would have made of the journals and adjustments that were written.
#[derive(Debug, Args)]
#[command(
    long_about = "Shows what another map would have made of the journals and adjustments that were written: every role \
                  and key that it books otherwise, to the cent what each account would gain or lose by journals, and \
                  by how many lines adjustments, whose cost is NetSuite's.\n\n\
                  Reads journal.entries and inventory.adjustments, which keep 400 days, and books all of it once more \
                  under both maps, each document on its own business date. Changes nothing. Fails where the new map \
                  has no account for something that was booked. `tillstream accounts adopt` adopts a map.",
    after_help = "Examples:\n  tillstream accounts diff accounts.toml next.toml --config journal.toml\n  \
                  tillstream accounts diff accounts.toml next.toml --from 2026-03-01 --to 2026-03-31 --config \
                  journal.toml"
)]
struct Compare {
    /// The account map in use
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The one to be adopted
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// First business date to compare
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last business date to compare
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    #[command(flatten)]
    connect: Connect,
}

/// Adopt another account map, in order with the sales.
#[derive(Debug, Args)]
#[command(
    long_about = "Adopts another account map: what closes before this order is booked by the map before, what closes \
                  after it by this one, so that a replay makes the same documents.\n\n\
                  First restart every journal and inventory with this file as next_account_map; one that meets the \
                  order without it stops and says so. `tillstream accounts diff` shows before what the map will \
                  change. The map is checked as `tillstream accounts check` does, and a bad one is refused. Once \
                  every shard has said `account map taken`, make the file account_map and remove next_account_map.",
    after_help = "Examples:\n  tillstream accounts adopt next.toml --reason 'accounts of 2027' --config enrich.toml"
)]
struct Adopt {
    /// The account map to adopt
    #[arg(value_name = "FILE")]
    map: PathBuf,
    #[command(flatten)]
    issue: Issue,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::Check(check) => run_check(check),
        Action::Diff(diff) => run_diff(diff),
        Action::Adopt(adopt) => run_adopt(adopt),
    }
}

fn run_check(arguments: &Check) -> anyhow::Result<()> {
    let map = accounts::read(&arguments.map)?;
    print!("{}", show(&map));
    for account in accounts::unused(&map) {
        println!("nothing books to account {account} {}", map.accounts[account].label());
    }
    for subsidiary in accounts::owing_nothing_within(&map.map) {
        println!(
            "due_from and due_to of {subsidiary} have no account for {subsidiary}, so none of its stores may have the \
             policy reversal = seller"
        );
    }
    hold(&map, &arguments.map, arguments.examples.as_deref())
}

/// Says which map it is, and holds it to its examples, and the accounts it books to to their names.
fn hold(map: &Map, path: &Path, examples: Option<&Path>) -> anyhow::Result<()> {
    println!("account map {}, documents of at most {} lines", map.map.hash(), map.map.lines_max());
    let kept: Vec<String> = accounts::named_as_kept(map)
        .into_iter()
        .map(|(account, kept)| {
            format!("account {account} {} is named like {kept}", map.accounts[account].label())
        })
        .collect();
    anyhow::ensure!(
        kept.is_empty(),
        "{} books to what no document may, by its name: choose another account, or where it is none of that, mark it \
         with special = \"none\"\n  - {}",
        path.display(),
        kept.join("\n  - ")
    );
    let beside = accounts::examples_of(path);
    let file = examples.map(Path::to_owned).or_else(|| beside.is_file().then(|| beside.clone()));
    let Some(file) = file else {
        println!(
            "no examples stand in {}; `tillstream accounts check --help` shows how to write them",
            beside.display()
        );
        return Ok(());
    };
    let examples = accounts::examples(&file)?;
    let broken = accounts::broken(&map.map, &examples);
    anyhow::ensure!(
        broken.is_empty(),
        "of {} examples in {} {} do not hold: correct the map, or the example where it was meant to change\n  - {}",
        examples.len(),
        file.display(),
        broken.len(),
        broken.join("\n  - ")
    );
    println!("{} examples in {} hold", examples.len(), file.display());
    Ok(())
}

fn run_adopt(arguments: &Adopt) -> anyhow::Result<()> {
    let map = accounts::read(&arguments.map)?;
    hold(&map, &arguments.map, None)?;
    let cluster = arguments.issue.cluster()?;
    let order = order::adopt_account_map(&cluster, &mut arguments.issue.issuer()?, map.map.hash())?;
    arguments.issue.send(&cluster, &[order])
}

fn run_diff(arguments: &Compare) -> anyhow::Result<()> {
    let (old, new) = (accounts::read(&arguments.old)?, accounts::read(&arguments.new)?);
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        anyhow::ensure!(from <= to, "no business date lies from {from} to {to}: exchange --from and --to");
    }
    let cluster = arguments.connect.cluster()?;
    let mut history = History::of(&old.map, &new.map, arguments.from, arguments.to);
    let mut kept: Result<(), Overflow> = Ok(());
    cluster.scan::<JournalEntry>(&[], From::Start)?.to_end(|received| {
        if let (Some(entry), Ok(())) = (&received.record, kept) {
            kept = history.journal(entry);
        }
    })?;
    kept?;
    cluster.scan::<Adjustment>(&[], From::Start)?.to_end(|received| {
        if let Some(adjustment) = &received.record {
            history.adjustment(adjustment);
        }
    })?;
    let diff = history.diff()?;
    print!("{}", show_diff(&diff, &old, &new));
    let others = history.documents - history.maps.get(old.map.hash()).copied().unwrap_or_default();
    if others > 0 {
        println!(
            "{others} of the documents were booked under other maps than OLD; they are compared as if under OLD"
        );
    }
    if history.placeless > 0 {
        println!(
            "{} of the journals do not say their location; they are compared as if at one without accounts of its own",
            history.placeless
        );
    }
    for (name, map) in [("OLD", &old.map), ("NEW", &new.map)] {
        println!("{name} is account map {}, documents of at most {} lines", map.hash(), map.lines_max());
    }
    println!(
        "documents compared: {}, booked otherwise: {} roles and keys",
        history.documents,
        diff.moved.len()
    );
    anyhow::ensure!(
        history.strange == 0,
        "{} lines have roles that this version does not know, and were not compared: run a newer tillstream",
        history.strange
    );
    let missing = diff.moved.iter().filter(|moved| moved.new.is_none()).count();
    anyhow::ensure!(
        missing == 0,
        "{} has no account for {missing} of them: add those whose new account is empty above",
        arguments.new.display()
    );
    Ok(())
}

fn show_diff(diff: &Diff, old: &Map, new: &Map) -> String {
    let heading = ["subsidiary", "currency", "role", "key", "lines", "debit less credit", "old", "new"];
    let row = |Moved { booked, sum, old, new }: &Moved| {
        [
            accounts::at(Place { subsidiary: &booked.subsidiary, location: booked.location.as_deref() }),
            booked.currency.clone().unwrap_or_default(),
            booked.role.to_string(),
            booked.key.clone().unwrap_or_default(),
            sum.lines.to_string(),
            booked.currency.as_ref().map(|_| sum.net.to_string()).unwrap_or_default(),
            old.clone().unwrap_or_default(),
            new.clone().unwrap_or_default(),
        ]
    };
    if diff.moved.is_empty() {
        return String::new();
    }
    let rows: Vec<_> =
        std::iter::once(heading.map(str::to_owned)).chain(diff.moved.iter().map(row)).collect();
    let mut shown = table::lay_out(&rows);
    for ((subsidiary, currency, account), net) in &diff.accounts {
        let name = new.accounts.get(account).or_else(|| old.accounts.get(account));
        let name = name.map(Account::label).unwrap_or_default();
        shown.push_str(&format!("account {account} {name} of {subsidiary} in {currency}: {net}\n"));
    }
    shown
}

fn show(map: &Map) -> String {
    let heading = ["subsidiary", "role", "key", "from", "account", "department", "class", "location"]
        .map(str::to_owned);
    let rows = map.map.entries().map(|entry| {
        let target = entry.target;
        let name = map.accounts.get(&target.account).map(Account::label).unwrap_or_default();
        [
            accounts::at(entry.place),
            entry.role.to_string(),
            entry.key.to_owned(),
            entry.from.map(|from| from.to_string()).unwrap_or_default(),
            format!("{} {name}", target.account),
            target.department.clone().unwrap_or_default(),
            target.class.clone().unwrap_or_default(),
            accounts::location(target).unwrap_or_default(),
        ]
    });
    table::lay_out(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
