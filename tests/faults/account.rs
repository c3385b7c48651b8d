//! The simulated NetSuite as a process of its own: told how to fail, and asked what it holds.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tillstream::stack::free_port;
use tillstream::stack::process::{Process, binary};

use crate::control::Control;

/// Requests NetSuite works on at once; the connector's processes share them.
const CONCURRENCY: usize = 40;
/// How long the answer to a create is waited for. Far above what a busy machine takes for a prompt one: what is
/// prompt must be there when it is looked up.
const CREATE_TIMEOUT_SECONDS: u64 = 3;
/// How long the simulator may take to listen.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);

/// A NetSuite account with one integration.
pub(crate) struct Account {
    pub(crate) process: Process,
    control: Control,
    section: String,
}

/// What it counts.
#[derive(Debug, Deserialize)]
pub(crate) struct Counters {
    /// Creates refused because their external id was taken, late ones included.
    pub(crate) refused_as_duplicate: u64,
    /// Requests under way, those that their client has left included.
    pub(crate) in_flight: u64,
}

/// A fault rule with what has become of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    pub(crate) kind: String,
    pub(crate) on: String,
    /// Requests that met it.
    pub(crate) fired: u64,
}

/// A create that came, whatever became of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Arrival {
    pub(crate) external_id: String,
}

/// A transaction it holds, its amounts as text.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) external_id: String,
    pub(crate) date: String,
    pub(crate) subsidiary: i64,
    /// Account of an adjustment.
    pub(crate) account: Option<i64>,
    pub(crate) lines: Vec<RecordLine>,
}

/// A line of a transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct RecordLine {
    /// From 1; 0 is what the account itself adds to an adjustment.
    pub(crate) number: u32,
    pub(crate) account: Option<i64>,
    pub(crate) debit: Option<String>,
    pub(crate) credit: Option<String>,
    pub(crate) item: Option<i64>,
    pub(crate) quantity: Option<String>,
    pub(crate) location: Option<i64>,
    pub(crate) department: Option<i64>,
    pub(crate) class: Option<i64>,
}

impl Account {
    /// Starts the simulator, and makes the keys of its one integration ready.
    pub(crate) fn start(directory: &Path) -> Self {
        let private = include_str!("../../services/netsuite-sim/tests/keys/test-only-rsa.private.pem");
        let public = include_str!("../../services/netsuite-sim/tests/keys/test-only-rsa.certificate.pem");
        let (key_file, certificate_file) = (directory.join("private.pem"), directory.join("certificate.pem"));
        fs::write(&key_file, private).unwrap();
        fs::write(&certificate_file, public).unwrap();
        let port = free_port().unwrap();
        let mut command = Command::new(binary("netsuite-sim").unwrap());
        command.env_clear().args(["--address", &format!("127.0.0.1:{port}"), "--client-id", "faults"]);
        command.arg("--certificate").arg(format!("key={}", certificate_file.display()));
        command.args(["--concurrency", &CONCURRENCY.to_string()]);
        let log = directory.join("netsuite-sim.log");
        let mut process = Process::start("netsuite-sim", command, &log).unwrap();
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        process.wait_until(LISTENS_WITHIN, listens).unwrap();
        let origin = format!("http://127.0.0.1:{port}");
        let section = format!(
            "[netsuite]\naccount = \"FAULTS\"\naddress = \"{origin}\"\nclient_id = \"faults\"\n\
             certificate_id = \"key\"\nprivate_key_file = \"{}\"\nduplicate_guard = \"refused\"\n\
             account_concurrency = {CONCURRENCY}\nconcurrency_headroom = 0\n\
             create_timeout_seconds = {CREATE_TIMEOUT_SECONDS}\npark_retry_minutes = 0\n",
            key_file.display()
        );
        Self { process, control: Control::at(&origin), section }
    }

    /// Section of the connector's configuration that leads here.
    pub(crate) fn section(&self) -> String {
        self.section.clone()
    }

    /// Puts faults in force, behind those that are.
    pub(crate) fn add_faults(&self, rules: &Value) {
        self.control.add_faults(rules);
    }

    /// Takes all faults out of force.
    pub(crate) fn clear_faults(&self) {
        self.control.clear_faults();
    }

    /// The faults in force.
    pub(crate) fn faults(&self) -> Vec<Rule> {
        self.control.get("faults")
    }

    pub(crate) fn counters(&self) -> Counters {
        self.control.get("counters")
    }

    /// Every create that came, in the order of arrival.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.control.get("arrivals")
    }

    /// Every transaction, in the order of its creation.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.control.get("dump")
    }
}
