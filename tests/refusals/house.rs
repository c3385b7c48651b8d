//! What the cases stand on: broker, registry, topics, and services as child processes.
//!
//! Topics that must be wrong stand in namespaces of their own, so that one broker serves right and wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use runtime::config::Kafka;
use runtime::topics::{self, Cleanup, Spec};
use tempfile::TempDir;
use tillstream::cache::Cache;
use tillstream::cluster::{Address, Cluster};
use tillstream::deployment;
use tillstream::stack::process::{Process, binary};
use tillstream::stack::{DataDirectory, Options, Stack, kafka, registry};
use wire::registry::Settings;

use crate::secure::Secure;
use crate::wait::{keep_if_failed, tell};

/// Where the topics of inventory are each wrong in a way of its own.
pub(crate) const WRONG: &str = "wrong.";
/// Where the topics of inventory are right, and were never given a first offset.
pub(crate) const EARLY: &str = "early.";

/// Where the topics of inventory are right, and not all may be looked at.
pub(crate) const CLOSED: &str = "closed.";

/// The account map that is right.
pub(crate) const ACCOUNTS: &str = include_str!("../../services/journal/accounts.example.toml");
/// A private key that is right.
const KEY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/services/netsuite-sim/tests/keys/test-only-rsa.private.pem");

/// A service, by the name of its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Enrich,
    Inventory,
    Journal,
    Netsuite,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enrich => "enrich",
            Self::Inventory => "inventory",
            Self::Journal => "journal",
            Self::Netsuite => "netsuite",
        }
    }
}

/// A configuration file: section and key to a TOML value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config(BTreeMap<&'static str, BTreeMap<&'static str, String>>);

impl Config {
    /// Sets a key to a text.
    pub(crate) fn set(&mut self, section: &'static str, key: &'static str, value: &str) {
        self.0.entry(section).or_default().insert(key, format!("{value:?}"));
    }

    fn text(&self) -> String {
        let keys = |keys: &BTreeMap<&str, String>| -> String {
            keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
        };
        self.0.iter().map(|(section, all)| format!("[{section}]\n{}", keys(all))).collect()
    }
}

/// Broker, registry and a directory. Dropping it stops all of it.
pub(crate) struct House {
    // Fields drop in this order: the stack ends before its directory goes.
    _stack: Stack,
    pub(crate) cluster: Cluster,
    pub(crate) bootstrap: String,
    /// How the same broker is reached over TLS.
    pub(crate) secure: Secure,
    pub(crate) registry: String,
    directory: TempDir,
}

impl House {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let part = |name: &str| DataDirectory::Kept(directory.path().join(name));
        let secure = Secure::make(directory.path());
        let options = Options {
            kafka: kafka::Options {
                data: part("kafka"),
                heap_mib: 512,
                listeners: vec![secure.listener()],
                settings: [guarded(), secure.settings()].concat(),
                ..kafka::Options::default()
            },
            registry: registry::Options { data: part("registry"), ..registry::Options::default() },
        };
        let mut stack = Stack::start(&Cache::from_environment(), &options, &tell).unwrap();
        let (bootstrap, registry) = (stack.kafka().bootstrap(), stack.registry().url());
        let cluster = cluster(&bootstrap, &registry, "");
        fs::write(directory.path().join("accounts.toml"), ACCOUNTS).unwrap();
        Self { _stack: stack, cluster, bootstrap, secure, registry, directory }
    }

    /// A file in the directory of the house.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file into the directory of the house, and says where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn register_schemas(&self) {
        self.cluster.registry().register_all().unwrap();
    }

    /// Topics, first offsets: everything a service needs.
    pub(crate) fn make_deployment(&self) {
        deployment::make(&self.cluster).unwrap();
    }

    /// The topics of inventory once right, without first offsets, and once each wrong in a way of its own.
    pub(crate) fn make_wrong_topics(&self) {
        self.make(EARLY, &of_inventory());
        let wrong: Vec<Spec> = of_inventory().into_iter().filter_map(spoil).collect();
        self.make(WRONG, &wrong);
    }

    /// The topics of inventory as they must be, in a namespace.
    pub(crate) fn make_inventory_topics(&self, namespace: &str) {
        self.make(namespace, &of_inventory());
    }

    fn make(&self, namespace: &str, specs: &[Spec]) {
        let cluster = cluster(&self.bootstrap, &self.registry, namespace);
        assert_eq!(topics::apply(cluster.connection(), specs, 1).unwrap().created.len(), specs.len());
    }

    /// A configuration with which the service would start.
    pub(crate) fn config(&self, service: Service) -> Config {
        let mut config = Config::default();
        config.set("kafka", "bootstrap_servers", &self.bootstrap);
        config.set("registry", "url", &self.registry);
        config.set("process", "instance", service.name());
        config.set("process", "admin_address", "127.0.0.1:0");
        match service {
            Service::Enrich => config.set("enrich", "earliest_business_date", "2026-01-01"),
            Service::Inventory | Service::Journal => {
                config.set(service.name(), "account_map", &self.path("accounts.toml").display().to_string());
            }
            Service::Netsuite => {
                let own = [
                    ("account", "1234567_SB1"),
                    ("address", "http://127.0.0.1:9"),
                    ("client_id", "client"),
                    ("certificate_id", "certificate"),
                    ("private_key_file", KEY),
                ];
                own.into_iter().for_each(|(key, value)| config.set("netsuite", key, value));
            }
        }
        config
    }

    /// Starts a service; `name` names its files.
    pub(crate) fn spawn(
        &self,
        name: &str,
        service: Service,
        config: &Config,
        arguments: &[String],
    ) -> Process {
        let name = name.replace(' ', "-");
        let file = self.write(&format!("{name}.toml"), &config.text());
        let mut command = Command::new(binary(service.name()).unwrap());
        // Variables of whoever runs the test must not reach the configuration.
        command.env_clear().args(arguments);
        if !arguments.iter().any(|argument| argument == "--config") {
            command.args(["--config", &file]);
        }
        Process::start(&name, command, &self.path(&format!("{name}.log"))).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        keep_if_failed(&mut self.directory);
    }
}

/// The topics that inventory keeps for itself or writes, and its lead.
pub(crate) fn of_inventory() -> Vec<Spec> {
    let specs = deployment::topics().unwrap();
    specs.into_iter().filter(|spec| spec.name.starts_with("inventory.")).collect()
}

/// Settings of a broker that asks for rights wherever somebody has one.
fn guarded() -> Vec<(String, String)> {
    [
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
        ("allow.everyone.if.no.acl.found", "true"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// Makes a topic of inventory wrong; the changelog is left out altogether.
fn spoil(mut spec: Spec) -> Option<Spec> {
    match spec.name.as_str() {
        // Its lead says how many partitions the others have.
        "inventory.deltas" => {}
        "inventory.positions" => {
            spec.partitions = 6;
            spec.cleanup = Cleanup::Delete;
        }
        "inventory.adjustments" => {
            spec.retention_ms = Some(60_000);
            spec.max_message_bytes = Some(1_000);
            // More than the one replica there is.
            spec.min_insync_replicas = None;
            spec.config.insert("min.insync.replicas".to_owned(), "2".to_owned());
        }
        _ => return None,
    }
    Some(spec)
}

fn cluster(bootstrap: &str, registry: &str, namespace: &str) -> Cluster {
    let kafka = Kafka {
        bootstrap_servers: bootstrap.to_owned(),
        namespace: namespace.to_owned(),
        ..Kafka::default()
    };
    // A cold registry on a busy machine is slow at first, and that is no fault to be tested here.
    let registry = Settings { timeout_ms: 20_000, ..Settings::open(registry) };
    Cluster::new(&Address { kafka, registry }).unwrap()
}

/// Everything a process has logged.
pub(crate) fn log(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
