//! The development stack: one Kafka broker and one schema registry on loopback, as ordinary child
//! processes without containers.
//!
//! `tillstream up`, `tillstream demo` and every test that needs a broker start it from here. The two
//! JVMs start side by side. Nothing here is meant for production: one broker, no replication, no TLS.

pub mod fetch;
pub mod kafka;
pub mod pipeline;
pub mod process;
pub mod registry;

mod error;
mod guard;
mod pid_file;
mod port;
mod probe;

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::cache::Cache;
use crate::stack::kafka::Kafka;
use crate::stack::process::Process;
use crate::stack::registry::Registry;

pub use crate::stack::error::Error;
pub use crate::stack::port::free as free_port;

/// How long a part of the stack may take to leave after it was asked to, before it is killed.
pub const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Told what happens while the stack starts and stops, one line at a time.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// What to start, and where.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The broker.
    pub kafka: kafka::Options,
    /// The schema registry.
    pub registry: registry::Options,
}

/// Where the files of a part of the stack live.
#[derive(Debug, Clone, Default)]
pub enum DataDirectory {
    /// A new directory that is removed when the part is dropped.
    #[default]
    Temporary,
    /// This directory, made if missing, and kept.
    Kept(PathBuf),
}

impl DataDirectory {
    /// Makes the directory; a temporary one lives as long as the second value.
    fn open(&self) -> Result<(PathBuf, Option<TempDir>), Error> {
        match self {
            Self::Temporary => {
                let temporary = tempfile::Builder::new().prefix("tillstream-").tempdir();
                let temporary = temporary.map_err(error::file("create", &std::env::temp_dir()))?;
                Ok((temporary.path().to_owned(), Some(temporary)))
            }
            Self::Kept(directory) => {
                fs::create_dir_all(directory).map_err(error::file("create", directory))?;
                // The parts run in it, so a relative path would point elsewhere for them.
                let whole = fs::canonicalize(directory).map_err(error::file("open", directory))?;
                Ok((whole, None))
            }
        }
    }
}

/// A running stack. Dropping it kills what is left of it.
#[derive(Debug)]
pub struct Stack {
    // Fields drop in this order: services first, then what they stand on.
    services: Vec<Service>,
    registry: Registry,
    kafka: Kafka,
}

#[derive(Debug)]
struct Service {
    address: String,
    process: Process,
    /// Port and path that say whether it is ready, where it can be asked.
    health: Option<(u16, &'static str)>,
}

impl Stack {
    /// Fetches what is missing, then starts the broker and the registry and returns when both serve.
    ///
    /// # Errors
    /// [`Error`], naming what to install or which log file to read.
    pub fn start(cache: &Cache, options: &Options, progress: Progress<'_>) -> Result<Self, Error> {
        let jars = fetch::fetch(cache, progress)?;
        progress("starting Kafka and the schema registry");
        let (kafka, registry) = thread::scope(|scope| {
            let kafka = scope.spawn(|| Kafka::start(&jars, &options.kafka));
            let registry = Registry::start(&jars, &options.registry);
            (kafka.join(), registry)
        });
        // A panic of the other thread is our own mistake and goes on as a panic.
        let kafka = kafka.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let registry = registry?;
        progress(&format!("Kafka serves on {}", kafka.bootstrap()));
        progress(&format!("the schema registry serves on {}", registry.url()));
        Ok(Self { services: Vec::new(), registry, kafka })
    }

    /// Takes over a running service, shown under `address`: it is watched, and stopped before the broker.
    pub fn add(&mut self, process: Process, address: &str) {
        self.services.push(Service { address: address.to_owned(), process, health: None });
    }

    /// Takes over a running service that answers a question for its health on a port and path.
    fn add_service(&mut self, process: Process, address: &str, port: u16, path: &'static str) {
        self.services.push(Service { address: address.to_owned(), process, health: Some((port, path)) });
    }

    /// Waits until every service says that it is ready.
    ///
    /// # Errors
    /// [`Error::Ended`] or [`Error::NotReady`] for the first one that does not, with the end of its log.
    fn wait_for_services(&mut self, within: Duration) -> Result<(), Error> {
        for Service { process, health, .. } in &mut self.services {
            if let Some((port, path)) = *health {
                process.wait_until(within, || pipeline::is_ready(port, path))?;
            }
        }
        Ok(())
    }

    /// The broker.
    #[must_use]
    pub fn kafka(&mut self) -> &mut Kafka {
        &mut self.kafka
    }

    /// The schema registry.
    #[must_use]
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Name, address, process id and log file of each part, in starting order.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let base = [
            Part::new(self.kafka.process(), self.kafka.bootstrap()),
            Part::new(self.registry.process(), self.registry.url()),
        ];
        let services =
            self.services.iter().map(|service| Part::new(&service.process, service.address.clone()));
        base.into_iter().chain(services).collect()
    }

    /// Looks whether every part still runs.
    ///
    /// # Errors
    /// [`Error::Ended`] for the first part that does not, with the end of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        for service in &mut self.services {
            service.process.check()?;
        }
        self.registry.process_mut().check()?;
        self.kafka.process_mut().check()
    }

    /// Stops every part in reverse order of starting, each with [`STOP_WITHIN`] to leave by itself.
    ///
    /// # Errors
    /// The first [`Error`] met; the others are stopped nevertheless.
    pub fn stop(mut self, progress: Progress<'_>) -> Result<(), Error> {
        let mut first = Ok(());
        let parts = self.services.iter_mut().rev().map(|service| &mut service.process);
        for process in parts.chain([self.registry.process_mut(), self.kafka.process_mut()]) {
            progress(&format!("stopping {}", process.name()));
            first = first.and(process.stop(STOP_WITHIN).map(drop));
        }
        first
    }
}

/// One line of the table that `tillstream up` prints.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Its process id.
    pub pid: u32,
    /// Where it logs.
    pub log: PathBuf,
}

impl Part {
    fn new(process: &Process, address: String) -> Self {
        Self { name: process.name().to_owned(), address, pid: process.pid(), log: process.log().to_owned() }
    }
}
