//! The processes that are measured: the services as they are shipped, and the bench's own stages.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tillstream::stack::free_port;
use tillstream::stack::process::{Process, binary};

use crate::size::Plan;
use crate::usage::Usage;
use crate::world::World;
use crate::{http, null};

/// How long a service may take to start and to restore its state.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// How long a service may take to drain, or a copy to end.
const STOP_WITHIN: Duration = Duration::from_secs(30);
const CHILD_WITHIN: Duration = Duration::from_secs(3_600);

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Decodes and encodes, decides nothing.
    Null,
    /// The sequencer.
    Enrich,
    /// Stock.
    Inventory,
    /// Books.
    Journal,
}

impl Stage {
    /// Name of the binary and the consumer group.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Null => null::NAME,
            Self::Enrich => "enrich",
            Self::Inventory => "inventory",
            Self::Journal => "journal",
        }
    }

    /// The lead topic.
    pub(crate) const fn lead(self) -> &'static str {
        match self {
            Self::Null | Self::Enrich => "pos.transactions",
            Self::Inventory => "inventory.deltas",
            Self::Journal => "sales.enriched",
        }
    }

    /// Offsets at the end of a partition of the lead topic that no record stands behind: a transaction's
    /// marker is passed only with the next record.
    pub(crate) const fn markers(self) -> i64 {
        match self {
            Self::Null | Self::Enrich => 0,
            Self::Inventory | Self::Journal => 1,
        }
    }
}

/// A service that runs and is ready.
pub(crate) struct Running {
    pub(crate) process: Process,
    /// Where its health and its metrics are served.
    pub(crate) port: u16,
}

impl Running {
    /// Starts a stage with one worker and settings as they come.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn spawn(world: &World, stage: Stage) -> anyhow::Result<Self> {
        let port = free_port()?;
        let command = match stage {
            Stage::Null => {
                let mut command = child("null", world)?;
                command.args(["--registry", &world.registry, "--admin", &format!("127.0.0.1:{port}")]);
                command
            }
            Stage::Enrich | Stage::Inventory | Stage::Journal => {
                configured(world, stage.name(), &own_section(world, stage), port)?
            }
        };
        let process = Process::start(stage.name(), command, &log(world, stage))?;
        Ok(Self { process, port })
    }

    /// Starts a stage and waits until it is ready.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn start(world: &World, stage: Stage) -> anyhow::Result<Self> {
        let mut running = Self::spawn(world, stage)?;
        running.await_ready("/readyz")?;
        Ok(running)
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it ends, or does not within ten minutes.
    pub(crate) fn await_ready(&mut self, path: &str) -> anyhow::Result<()> {
        let port = self.port;
        Ok(self.process.wait_until(READY_WITHIN, || http::get(port, path).is_ok())?)
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.process.pid())
    }

    /// The sum of a metric over its labels.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = http::get(self.port, "/metrics")?;
        let lines = text.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' '))
        });
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// Drains it.
    ///
    /// # Errors
    /// When it does not leave well.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let status = self.process.stop(STOP_WITHIN)?;
        let name = self.process.name().to_owned();
        anyhow::ensure!(status.success(), "{name} left with {status}\n{}", self.process.log_tail(20));
        Ok(())
    }
}

/// Runs a stage of the bench that ends by itself, and reads its figures.
///
/// # Errors
/// When it fails.
pub(crate) fn run_child<T: DeserializeOwned>(world: &World, stage: &str, topic: &str) -> anyhow::Result<T> {
    let mut command = child(stage, world)?;
    command.args(["--topic", topic]);
    let log = world.directory.join(format!("{stage}-{topic}.log"));
    let mut process = Process::start(stage, command, &log)?;
    let status = process.wait(CHILD_WITHIN)?;
    let tail = process.log_tail(1);
    anyhow::ensure!(status.is_some_and(|status| status.success()), "{stage} ended with {status:?}: {tail}");
    Ok(serde_json::from_str(&tail)?)
}

/// Where a stage logs.
pub(crate) fn log(world: &World, stage: Stage) -> PathBuf {
    world.directory.join(format!("{}.log", stage.name()))
}

/// A service with a configuration file of its own, as in production.
///
/// # Errors
/// When the file cannot be written, or the binary is not built.
pub(crate) fn configured(world: &World, name: &str, own: &str, port: u16) -> anyhow::Result<Command> {
    let World { bootstrap, registry, .. } = world;
    let file = world.directory.join(format!("{name}.toml"));
    let text = format!(
        "[kafka]\nbootstrap_servers = \"{bootstrap}\"\n[registry]\nurl = \"{registry}\"\ntimeout_ms = 20000\n\
         [process]\ninstance = \"{name}-0\"\nadmin_address = \"127.0.0.1:{port}\"\n[{name}]\n{own}"
    );
    std::fs::write(&file, text)?;
    let mut command = Command::new(binary(name)?);
    // Variables of whoever runs the bench must not reach the configuration.
    command.env_clear().arg("--config").arg(file);
    Ok(command)
}

fn child(stage: &str, world: &World) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env_clear().args(["--stage", stage, "--bootstrap", &world.bootstrap]);
    Ok(command)
}

fn own_section(world: &World, stage: Stage) -> String {
    match stage {
        Stage::Enrich => format!("earliest_business_date = \"{}\"\n", Plan::first_date()),
        Stage::Inventory | Stage::Journal => {
            format!("account_map = \"{}\"\n", world.directory.join("accounts.toml").display())
        }
        Stage::Null => String::new(),
    }
}
