//! How many documents a second the connector creates in a simulated NetSuite, beside what the simulator
//! could take: so many at once, each so long.

use std::process::Command;
use std::time::{Duration, Instant};

use runtime::follow::{Follow, From};
use serde::{Deserialize, Serialize};
use tillstream::stack::process::{Process, binary};
use tillstream::stack::{Progress, free_port};

use crate::service::{Running, configured};
use crate::usage::Usage;
use crate::world::{World, pause};
use crate::{http, keys};

/// Milliseconds the simulator takes for a request, and requests it works on at once.
const LATENCY_MS: u64 = 5;
const CONCURRENCY: u64 = 15;

/// Client id and certificate id of the simulated integration.
const CLIENT: &str = "tillstream-bench";
const CERTIFICATE: &str = "bench-key";

/// How often the simulator is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long no document may arrive.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the connector did.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Documents {
    pub(crate) documents: u64,
    pub(crate) lines: u64,
    pub(crate) seconds: f64,
    pub(crate) documents_per_second: f64,
    pub(crate) ceiling_per_second: f64,
    pub(crate) cpu_seconds_per_thousand: f64,
    /// The simulator's own share of the machine.
    pub(crate) simulator_cpu_seconds_per_thousand: f64,
    pub(crate) peak_mib: f64,
    /// Requests turned away for concurrency.
    pub(crate) refused_for_concurrency: u64,
}

/// What the simulator counted.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Counters {
    created: u64,
    lines: u64,
    refused_for_concurrency: u64,
}

/// Lets the connector post every document that journal and inventory have made.
///
/// # Errors
/// When it ends, or nothing is posted any more.
pub(crate) fn run(world: &World, progress: Progress<'_>) -> anyhow::Result<Documents> {
    let documents = count(world, "journal.entries")? + count(world, "inventory.adjustments")?;
    keys::make(&world.directory)?;
    let simulator = start_simulator(world)?;
    let port = free_port()?;
    let command = configured(world, "netsuite", &own_section(world, simulator.port), port)?;
    let process = Process::start("netsuite", command, &world.directory.join("netsuite.log"))?;
    let mut netsuite = Running { process, port };
    netsuite.await_ready("/readyz")?;
    progress(&format!("netsuite is ready, {documents} documents wait"));
    let start = Moment::look(&simulator, &netsuite)?;
    let (mut first, mut last) = (start, start);
    while last.counters.created < documents {
        netsuite.process.check()?;
        let moment = Moment::look(&simulator, &netsuite)?;
        if moment.counters.created > last.counters.created {
            first = if first.counters.created == 0 { moment } else { first };
            last = moment;
        }
        let created = last.counters.created;
        anyhow::ensure!(last.at.elapsed() < PATIENCE, "netsuite stands still at {created} of {documents}");
        pause(LOOK_EVERY);
    }
    if first.counters.created == last.counters.created {
        first = start;
    }
    let peak_mib = netsuite.usage()?.peak_mib;
    netsuite.stop()?;
    simulator.stop()?;
    let (seconds, posted) = last.since(&first);
    let thousands = posted / 1e3;
    Ok(Documents {
        documents,
        lines: last.counters.lines,
        seconds,
        documents_per_second: posted / seconds,
        ceiling_per_second: (CONCURRENCY * 1_000 / LATENCY_MS) as f64,
        cpu_seconds_per_thousand: (last.netsuite.cpu_seconds - first.netsuite.cpu_seconds) / thousands,
        simulator_cpu_seconds_per_thousand: (last.simulator.cpu_seconds - first.simulator.cpu_seconds)
            / thousands,
        peak_mib,
        refused_for_concurrency: last.counters.refused_for_concurrency,
    })
}

/// How far the posting was at a moment, and what it had used.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Instant,
    counters: Counters,
    netsuite: Usage,
    simulator: Usage,
}

impl Moment {
    fn look(simulator: &Running, netsuite: &Running) -> anyhow::Result<Self> {
        let counters = serde_json::from_str(&http::get(simulator.port, "/sim/counters")?)?;
        let (netsuite, simulator) = (netsuite.usage()?, simulator.usage()?);
        Ok(Self { at: Instant::now(), counters, netsuite, simulator })
    }

    /// Seconds and documents since another moment.
    fn since(&self, first: &Self) -> (f64, f64) {
        let posted = self.counters.created - first.counters.created;
        ((self.at - first.at).as_secs_f64(), posted as f64)
    }
}

fn count(world: &World, topic: &str) -> anyhow::Result<u64> {
    let mut count = 0;
    Follow::new(world.cluster.connection(), topic, &[], From::Start)?.to_end(|record| {
        count += u64::from(record.value.is_some());
        Ok::<_, runtime::Error>(())
    })?;
    Ok(count)
}

fn start_simulator(world: &World) -> anyhow::Result<Running> {
    let port = free_port()?;
    let mut command = Command::new(binary("netsuite-sim")?);
    let key = world.directory.join("public-key.pem");
    command.args(["--address", &format!("127.0.0.1:{port}"), "--client-id", CLIENT]);
    command.args(["--certificate", &format!("{CERTIFICATE}={}", key.display())]);
    command.args(["--latency-ms", &LATENCY_MS.to_string(), "--concurrency", &CONCURRENCY.to_string()]);
    let process = Process::start("netsuite-sim", command, &world.directory.join("netsuite-sim.log"))?;
    let mut running = Running { process, port };
    running.await_ready("/sim/counters")?;
    Ok(running)
}

fn own_section(world: &World, simulator: u16) -> String {
    format!(
        "account = \"BENCH\"\naddress = \"http://127.0.0.1:{simulator}\"\nclient_id = \"{CLIENT}\"\n\
         certificate_id = \"{CERTIFICATE}\"\nprivate_key_file = \"{}\"\nduplicate_guard = \"refused\"\n\
         account_concurrency = {CONCURRENCY}\nconcurrency_headroom = 0\n",
        world.directory.join("private-key.pem").display(),
    )
}
