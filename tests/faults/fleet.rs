//! The services as child processes, under the eye of a supervisor that starts again what ends.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use runtime::topics::Group;
use tillstream::deployment;
use tillstream::stack::process::{Process, binary};

use crate::world::REGISTRY_TIMEOUT_MS;

/// Processes of each service at the start of a test.
pub(crate) const PROCESSES: usize = 2;
/// Workers of each process, unless a test has it otherwise.
const WORKERS: usize = 2;
/// How often processes may leave by themselves before a test gives up.
const LEFT_MAX: usize = 60;
/// How long a process may take to drain.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

/// A service under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Enrich,
    Inventory,
    Journal,
    Netsuite,
}

impl Service {
    /// From the tickets to the documents.
    pub(crate) const BOOKING: [Self; 3] = [Self::Enrich, Self::Inventory, Self::Journal];
    /// From the tickets to the records in NetSuite.
    pub(crate) const ALL: [Self; 4] = [Self::Enrich, Self::Inventory, Self::Journal, Self::Netsuite];

    /// Name of its package and binary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enrich => "enrich",
            Self::Inventory => "inventory",
            Self::Journal => "journal",
            Self::Netsuite => "netsuite",
        }
    }

    /// Its consumer groups: one for each lane of the connector, else one.
    pub(crate) fn groups(self) -> Vec<Group> {
        let lane = format!("{}-", self.name());
        let mut groups = deployment::groups();
        groups.retain(|group| group.service == self.name() || group.service.starts_with(&lane));
        groups
    }
}

/// A process of a service: it keeps its instance name over restarts.
struct Replica {
    service: Service,
    number: usize,
    process: Process,
}

/// All processes of the services. Dropping it kills them.
pub(crate) struct Fleet {
    replicas: Vec<Replica>,
    directory: PathBuf,
    common: String,
    interval_ms: u64,
    /// Workers of each process that is started from here on.
    pub(crate) workers: usize,
    /// Section of the connector's configuration, where there is one.
    pub(crate) connector: String,
    /// What ended by itself, with its last words.
    pub(crate) left: Vec<String>,
}

impl Fleet {
    /// Makes an empty fleet that finds Kafka and the registry at these addresses.
    pub(crate) fn new(directory: &Path, bootstrap: &str, registry: &str, interval_ms: u64) -> Self {
        let accounts = include_str!("../../services/journal/accounts.example.toml");
        fs::write(directory.join("accounts.toml"), accounts).unwrap();
        let common = format!(
            "[kafka]\nbootstrap_servers = \"{bootstrap}\"\n[registry]\nurl = \"{registry}\"\n\
             timeout_ms = {REGISTRY_TIMEOUT_MS}\n[process]\n\
             admin_address = \"127.0.0.1:0\"\ndrain_seconds = 20\nlog_filter = \"info\"\n"
        );
        let directory = directory.to_owned();
        let connector = String::new();
        let (replicas, left, workers) = (Vec::new(), Vec::new(), WORKERS);
        Self { replicas, directory, common, interval_ms, workers, connector, left }
    }

    /// Starts a process that does not run yet, or runs no more.
    pub(crate) fn start(&mut self, service: Service, number: usize) {
        let process = self.spawn(service, number);
        match self.replicas.iter_mut().find(|one| (one.service, one.number) == (service, number)) {
            Some(replica) => replica.process = process,
            None => self.replicas.push(Replica { service, number, process }),
        }
    }

    /// The process of a service by its number, to signal or to look at.
    pub(crate) fn process(&mut self, service: Service, number: usize) -> &mut Process {
        let found = self.replicas.iter_mut().find(|one| (one.service, one.number) == (service, number));
        &mut found.expect("the process was started").process
    }

    /// Asks the processes of a service from a number on to leave, once each, and forgets them. Every drain
    /// must end well.
    pub(crate) fn drain(&mut self, service: Service, from: usize) {
        let (mut leaving, stay): (Vec<_>, Vec<_>) = std::mem::take(&mut self.replicas)
            .into_iter()
            .partition(|one| one.service == service && one.number >= from);
        self.replicas = stay;
        // A second signal would end a drain at once, so each gets one.
        leaving.iter_mut().for_each(|one| one.process.terminate().unwrap());
        for Replica { mut process, .. } in leaving {
            let status = process.wait(DRAIN_WITHIN).unwrap();
            let well = status.is_some_and(|status| status.success());
            assert!(well, "{} drained with {status:?}\n{}", process.name(), process.log_tail(20));
        }
    }

    /// Starts again what ended by itself, as whatever runs the services in production does.
    pub(crate) fn heal(&mut self) {
        let mut ended = Vec::new();
        for replica in &mut self.replicas {
            if let Some(status) = replica.process.ended().unwrap() {
                let words = replica.process.log_tail(3);
                self.left.push(format!("{} ({status}): {words}", replica.process.name()));
                ended.push((replica.service, replica.number));
            }
        }
        assert!(self.left.len() <= LEFT_MAX, "services leave again and again: {:#?}", self.left);
        for (service, number) in ended {
            self.start(service, number);
        }
    }

    /// Freezes every process.
    pub(crate) fn suspend(&mut self) {
        self.replicas.iter_mut().for_each(|one| one.process.suspend().unwrap());
    }

    /// Lets every process go on.
    pub(crate) fn resume(&mut self) {
        self.replicas.iter_mut().for_each(|one| one.process.resume().unwrap());
    }

    /// Whether a process of the service has left by itself and was started again.
    pub(crate) fn has_left(&self, service: Service) -> bool {
        self.left.iter().any(|who| who.starts_with(service.name()))
    }

    /// Everything a process has logged, over all its lives.
    pub(crate) fn log(&self, service: Service, number: usize) -> String {
        fs::read_to_string(self.directory.join(format!("{}-{number}.log", service.name())))
            .unwrap_or_default()
    }

    /// Everything the processes of a service have logged, over all their lives.
    pub(crate) fn logs(&self, service: Service) -> String {
        let ours = self.replicas.iter().filter(|one| one.service == service);
        ours.map(|one| self.log(service, one.number)).collect()
    }

    fn spawn(&self, service: Service, number: usize) -> Process {
        let name = format!("{}-{number}", service.name());
        let workers = self.workers;
        let own = format!("[process]\ninstance = \"{name}\"\nworkers = {workers}\n");
        let mut text = self.common.replace("[process]\n", &own);
        let accounts = self.directory.join("accounts.toml");
        let own = match service {
            // The dates of the feed are long past. Windows are due at the next tick, whole store-days never.
            Service::Enrich => format!(
                "[enrich]\ncommit_interval_ms = {}\nearliest_business_date = \"2025-01-01\"\n\
                 close_after_hours = 1000000\nquiet_minutes = 0\n",
                self.interval_ms
            ),
            Service::Inventory => format!(
                "[inventory]\ncommit_interval_ms = {}\naccount_map = \"{}\"\n",
                self.interval_ms,
                accounts.display()
            ),
            Service::Journal => format!("[journal]\naccount_map = \"{}\"\n", accounts.display()),
            Service::Netsuite => self.connector.clone(),
        };
        text.write_str(&own).unwrap();
        let file = self.directory.join(format!("{name}.toml"));
        fs::write(&file, text).unwrap();
        let mut command = Command::new(binary(service.name()).unwrap());
        // Variables of whoever runs the test must not reach the configuration.
        command.env_clear().arg("--config").arg(file);
        Process::start(&name, command, &self.directory.join(format!("{name}.log"))).unwrap()
    }
}
