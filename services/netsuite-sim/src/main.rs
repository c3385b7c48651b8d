//! `netsuite-sim`: reads its options, starts the simulator, says where it listens, waits to be stopped.

#![allow(clippy::print_stdout, reason = "the address on standard output is what a script waits for")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use netsuite_sim::{
    Account, Authentication, Certificate, Config, DateOutsidePeriod, DuplicateGuard, Latency, Rule,
    Simulator, Spread,
};
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A simulated NetSuite for development and tests. It keeps everything in memory.
///
/// It serves, like an account's own host: the OAuth 2.0 token endpoint, POST and GET of journalEntry and
/// inventoryAdjustment under /services/rest/record/v1, and SuiteQL under /services/rest/query/v1/suiteql.
///
/// For tests it serves, without login: /sim/faults (GET, POST, DELETE), /sim/counters, /sim/dump, /sim/arrivals,
/// /sim/account (POST: more master data) and /sim/tokens (DELETE: revoke all).
///
/// The first line on standard output is the origin it listens at.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Options {
    /// Address to listen at; port 0 takes a free one
    #[arg(long, env = "NETSUITE_SIM_ADDRESS", default_value = "127.0.0.1:8099")]
    address: SocketAddr,

    /// Origin used in links and as the token audience, if clients reach it under another name
    #[arg(long, env = "NETSUITE_SIM_PUBLIC_URL")]
    public_url: Option<String>,

    /// Client id of the integration; without it anyone may call
    #[arg(long, env = "NETSUITE_SIM_CLIENT_ID", requires = "certificate")]
    client_id: Option<String>,

    /// Registered certificate or public key, as ID=FILE.pem; may be repeated
    #[arg(long, value_name = "ID=FILE", requires = "client_id")]
    certificate: Vec<String>,

    /// Further audience that assertions may name; may be repeated
    #[arg(long, value_name = "URL")]
    audience: Vec<String>,

    /// Master data as JSON: subsidiaries, currencies, accounts, locations, items, periods, ...
    #[arg(long, env = "NETSUITE_SIM_ACCOUNT", value_name = "FILE")]
    account: Option<PathBuf>,

    /// Fault rules as JSON, in force from the start
    #[arg(long, env = "NETSUITE_SIM_FAULTS", value_name = "FILE")]
    faults: Option<PathBuf>,

    /// Requests the account works on at once; more are refused with 429
    #[arg(long, env = "NETSUITE_SIM_CONCURRENCY", default_value_t = netsuite_sim::CONCURRENCY_DEFAULT)]
    concurrency: usize,

    /// Milliseconds any request takes; 600 is a guess for a real account
    #[arg(long, env = "NETSUITE_SIM_LATENCY_MS", default_value_t = 0)]
    latency_ms: u64,

    /// Microseconds each line of a transaction adds; 5000 is a guess for a real account
    #[arg(long, env = "NETSUITE_SIM_LATENCY_LINE_US", default_value_t = 0)]
    latency_line_us: u64,

    /// Spread of latency in percent of its logarithm's standard deviation; 0 is none, 50 is lively
    #[arg(long, env = "NETSUITE_SIM_LATENCY_SPREAD", default_value_t = 0)]
    latency_spread_percent: u16,

    /// What happens to a second create of one external id
    #[arg(long, env = "NETSUITE_SIM_DUPLICATE_GUARD", value_enum, default_value = "refuse")]
    duplicate_guard: Guard,

    /// Lines a transaction may have
    #[arg(long, default_value_t = netsuite_sim::LINE_LIMIT_DEFAULT)]
    line_limit: usize,

    /// Take transaction dates outside the posting period they name
    #[arg(long)]
    allow_date_outside_period: bool,

    /// Seed of everything drawn
    #[arg(long, env = "NETSUITE_SIM_SEED", default_value_t = 1)]
    seed: u64,
}

const EXAMPLES: &str = r#"Examples:
  An open account that answers in 5 ms, 15 requests at once:
    netsuite-sim --latency-ms 5 --concurrency 15

  An account that checks who calls:
    netsuite-sim --client-id 4a1f --certificate key1=certificate.pem

  The next journal of store 12 is booked, but its answer is lost:
    curl -X POST localhost:8099/sim/faults \
      -d '{"kind":"silence_after","prefix":"JE_12_","count":1}'

  One create in twenty appears two seconds after its client gave up:
    curl -X POST localhost:8099/sim/faults \
      -d '{"kind":"late_commit","every":20,"delay_ms":2000}'

Fault kinds: too_many_requests unauthorized error_before error_after reset_before reset_after silence_before
  silence_after gateway_before gateway_after garbled_before garbled_after slow late_commit race
  duplicate_guard_off closed_period.
Fault fields: kind, on (create read query token), prefix, contains, skip, every, chance_percent, count, delay_ms."#;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Guard {
    /// It is refused: "This record already exists."
    Refuse,
    /// It makes a second record
    Allow,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let simulator = Simulator::start(config(options)?)?;
    println!("{}", simulator.url());
    wait_for_signal()?;
    let counters = simulator.counters();
    tracing::info!(transactions = counters.transactions, lines = counters.lines, "stop");
    simulator.stop();
    Ok(())
}

fn config(options: Options) -> Result<Config> {
    let spread = match options.latency_spread_percent {
        0 => Spread::Fixed,
        percent => Spread::Lognormal { sigma: f64::from(percent) / 100.0 },
    };
    Ok(Config {
        address: options.address,
        public_url: options.public_url,
        authentication: match options.client_id {
            None => Authentication::Open,
            Some(client_id) => {
                let certificates =
                    options.certificate.iter().map(|one| certificate(one)).collect::<Result<_>>()?;
                Authentication::Checked { client_id, certificates, audiences: options.audience }
            }
        },
        account: options.account.as_deref().map(read_json::<Account>).transpose()?.unwrap_or_default(),
        faults: options.faults.as_deref().map(read_json::<Vec<Rule>>).transpose()?.unwrap_or_default(),
        concurrency: options.concurrency,
        latency: Latency {
            base: Duration::from_millis(options.latency_ms),
            per_line: Duration::from_micros(options.latency_line_us),
            spread,
        },
        duplicate_guard: match options.duplicate_guard {
            Guard::Refuse => DuplicateGuard::Refuse,
            Guard::Allow => DuplicateGuard::Allow,
        },
        line_limit: options.line_limit,
        date_outside_period: if options.allow_date_outside_period {
            DateOutsidePeriod::Allowed
        } else {
            DateOutsidePeriod::Refused
        },
        seed: options.seed,
        ..Config::default()
    })
}

fn certificate(argument: &str) -> Result<Certificate> {
    let Some((id, file)) = argument.split_once('=') else {
        bail!("--certificate {argument}: write it as ID=FILE.pem");
    };
    let pem =
        fs::read_to_string(file).with_context(|| format!("--certificate {argument}: cannot read {file}"))?;
    Ok(Certificate { id: id.to_owned(), pem })
}

fn read_json<Content: DeserializeOwned>(file: &Path) -> Result<Content> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as expected", file.display()))
}

fn wait_for_signal() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
