//! `tillstream quarantine`: records that were not booked, and what a person decides about them.

#![allow(clippy::print_stdout, reason = "what lies in quarantine is for standard output")]

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use tillstream::cluster::Cluster;
use tillstream::file;
use tillstream::order::quarantine::{self, Body, RecordId};

use crate::command::connect::Connect;
use crate::command::issue::Issue;
use crate::command::table;

/// Show records that were not booked, book them after all, or write them off.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tillstream quarantine list --store 367 --config enrich.toml\n  \
                  tillstream quarantine show pos.transactions/3/1234 --config enrich.toml\n  \
                  tillstream quarantine release pos.transactions/3/1234 --mended ticket.json --config enrich.toml\n  \
                  tillstream quarantine write-off pos.transactions/3/1234 --reason 'test till' --config enrich.toml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Show(Show),
    Release(Release),
    WriteOff(WriteOff),
}

/// List the records that nobody has decided on.
#[derive(Debug, Args)]
struct List {
    /// Only of this store; ? for records in which none could be read
    #[arg(long)]
    store: Option<String>,
    #[command(flatten)]
    connect: Connect,
}

/// Show one record whole: every reason, and the transaction where it can be read.
#[derive(Debug, Args)]
struct Show {
    /// The record, as `list` names it
    record: RecordId,
    #[command(flatten)]
    connect: Connect,
}

/// Book a record after all: as it was offered, once what stood in its way is mended, or in a mended form.
#[derive(Debug, Args)]
struct Release {
    /// The record, as `list` names it
    record: RecordId,
    /// Book this transaction in its place: a file of JSON, as `show` prints it
    #[arg(long, value_name = "FILE")]
    mended: Option<PathBuf>,
    #[command(flatten)]
    issue: Issue,
}

/// Never book records; they stay counted as written off.
#[derive(Debug, Args)]
struct WriteOff {
    /// The records, as `list` names them
    #[arg(required = true)]
    records: Vec<RecordId>,
    #[command(flatten)]
    issue: Issue,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.action {
        Action::List(list) => run_list(list),
        Action::Show(show) => run_show(show),
        Action::Release(release) => run_release(release),
        Action::WriteOff(write_off) => run_write_off(write_off),
    }
}

fn run_list(arguments: &List) -> anyhow::Result<()> {
    let open = quarantine::open(&arguments.connect.cluster()?, &[])?;
    let heading = ["record", "store", "register", "business date", "number", "reasons"].map(str::to_owned);
    let of_store = |record: &&Quarantined| match &arguments.store {
        Some(store) => record.store.as_deref().unwrap_or("?") == store,
        None => true,
    };
    let rows: Vec<_> = open.values().filter(of_store).map(row).collect();
    let count = rows.len();
    print!("{}", table::lay_out(&[heading].into_iter().chain(rows).collect::<Vec<_>>()));
    println!("records that wait for a decision: {count}");
    Ok(())
}

fn row(record: &Quarantined) -> [String; 6] {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    let mut codes: Vec<&str> = record.reasons.iter().map(|reason| reason.code.as_str()).collect();
    codes.dedup();
    [
        RecordId::of(record).to_string(),
        shown(record.store.clone()),
        shown(record.register.clone()),
        shown(record.business_date.map(|date| date.to_string())),
        shown(record.sequence.map(|sequence| sequence.to_string())),
        codes.join(", "),
    ]
}

fn run_show(arguments: &Show) -> anyhow::Result<()> {
    let cluster = arguments.connect.cluster()?;
    let record = find(&cluster, &arguments.record)?;
    for reason in &record.reasons {
        let field = reason.field.as_deref().map(|field| format!(" at {field}")).unwrap_or_default();
        println!("{}{field}: {}", reason.code, reason.detail);
    }
    let decoder = cluster.codecs().decoder::<Transaction>()?;
    match record.body.as_ref().map(|body| decoder.decode(&body.0)) {
        Some(Ok(transaction)) => println!("{}", serde_json::to_string_pretty(&transaction)?),
        // What cannot be read is shown as it lies there.
        Some(Err(_)) | None => println!("{}", serde_json::to_string_pretty(&record)?),
    }
    Ok(())
}

fn run_release(arguments: &Release) -> anyhow::Result<()> {
    let cluster = arguments.issue.cluster()?;
    let record = find(&cluster, &arguments.record)?;
    let body = match &arguments.mended {
        Some(path) => Body::Mended(Box::new(file::transaction(path)?)),
        None => Body::AsOffered,
    };
    let order = quarantine::release(&cluster, &mut arguments.issue.issuer()?, &record, &body)?;
    arguments.issue.send(&cluster, &[order])
}

fn run_write_off(arguments: &WriteOff) -> anyhow::Result<()> {
    let cluster = arguments.issue.cluster()?;
    let mut issuer = arguments.issue.issuer()?;
    let mut orders = Vec::new();
    for record in &arguments.records {
        orders.push(quarantine::write_off(&mut issuer, &find(&cluster, record)?));
    }
    arguments.issue.send(&cluster, &orders)
}

/// A record that nobody has decided on.
fn find(cluster: &Cluster, id: &RecordId) -> anyhow::Result<Quarantined> {
    let mut open = quarantine::open(cluster, &[id.partition])?;
    open.remove(id)
        .with_context(|| format!("{id} is not in quarantine: it never was, or somebody has decided"))
}
