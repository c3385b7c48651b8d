//! One Kafka broker, its own controller (KRaft), in a JVM on loopback.
//!
//! It serves when it answers a metadata request that lists itself: from then on topics can be made and
//! transactions begun. The quorum is the static one (`controller.quorum.voters`), so a kept data
//! directory may come up again on other ports.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use tempfile::TempDir;

use crate::stack::error::file;
use crate::stack::fetch::Jars;
use crate::stack::pid_file::PidFile;
use crate::stack::process::Process;
use crate::stack::{DataDirectory, Error, port, probe};
use crate::tool::JAVA;

/// Any 16 bytes name a cluster: `tillstream-stack` in base64.
const CLUSTER_ID: &str = "dGlsbHN0cmVhbS1zdGFjaw";
/// A start takes 2 s on an idle machine; a busy one gets time.
const SERVES_WITHIN: Duration = Duration::from_secs(90);
const NAME: &str = "Kafka";

/// Settings that a single broker for development needs, beside listeners and directories.
///
/// Groups start at once; the internal topics are small; a misspelt topic is an error.
const SETTINGS: &[(&str, &str)] = &[
    ("process.roles", "broker,controller"),
    ("node.id", "1"),
    ("controller.listener.names", "CONTROLLER"),
    ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
    ("auto.create.topics.enable", "false"),
    ("group.initial.rebalance.delay.ms", "0"),
    ("offsets.topic.replication.factor", "1"),
    ("offsets.topic.num.partitions", "4"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("transaction.state.log.num.partitions", "4"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    ("share.coordinator.state.topic.num.partitions", "1"),
    ("log.cleaner.dedupe.buffer.size", "16777216"),
];

/// How to start a broker.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it keeps topics and its log file.
    pub data: DataDirectory,
    /// The port to listen on; a free one when `None`.
    pub port: Option<u16>,
    /// The heap of the JVM in MiB.
    pub heap_mib: u32,
    /// Further listeners, as `SASL_SSL://127.0.0.1:9093`; `settings` says what they need.
    pub listeners: Vec<String>,
    /// Further lines of `server.properties`; they win over ours.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: DataDirectory::Temporary,
            port: None,
            heap_mib: 768,
            listeners: Vec::new(),
            settings: Vec::new(),
        }
    }
}

/// A running broker. Dropping it kills it and removes a temporary data directory.
#[derive(Debug)]
pub struct Kafka {
    // Fields drop in this order: the process ends before its directory goes.
    process: Process,
    pid_file: PidFile,
    directory: PathBuf,
    temporary: Option<TempDir>,
    port: u16,
}

impl Kafka {
    /// Formats the data directory if it is new, starts the broker and returns when it serves.
    ///
    /// # Errors
    /// [`Error::InUse`] when another broker runs in the directory, [`Error::PortTaken`], or what the log
    /// said when the broker does not come up.
    pub fn start(jars: &Jars, options: &Options) -> Result<Self, Error> {
        let (directory, temporary) = options.data.open()?;
        PidFile::check(&directory, "kafka")?;
        let serve = |port| serve(jars, options, &directory, port);
        let ((process, pid_file), port) = port::start_on(options.port, serve)?;
        Ok(Self { process, pid_file, directory, temporary, port })
    }

    /// The address for clients: `127.0.0.1:PORT`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// The port for clients.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The data directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Says whether the data directory is removed when the broker is dropped.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The process, to look at.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The process, to signal.
    #[must_use]
    pub fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Asks the broker to leave (SIGTERM), and kills it after [`super::STOP_WITHIN`].
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn stop(&mut self) -> Result<ExitStatus, Error> {
        self.process.stop(super::STOP_WITHIN)
    }

    /// Starts the broker again on the same data and port, after it was stopped or killed.
    ///
    /// # Errors
    /// As [`Kafka::start`].
    pub fn restart(&mut self, jars: &Jars, options: &Options) -> Result<(), Error> {
        self.stop()?;
        let serve = |port| serve(jars, options, &self.directory, port);
        ((self.process, self.pid_file), _) = port::start_on(Some(self.port), serve)?;
        Ok(())
    }
}

fn serve(jars: &Jars, options: &Options, directory: &Path, port: u16) -> Result<(Process, PidFile), Error> {
    let properties = directory.join("server.properties");
    let text = server_properties(directory, port, port::free()?, options);
    fs::write(&properties, text).map_err(file("write", &properties))?;
    format(jars, directory, &properties)?;

    let mut command = Command::new(JAVA.program);
    command.arg(format!("-Xmx{}m", options.heap_mib)).arg("-XX:+ExitOnOutOfMemoryError");
    // Warnings, and the one line that says the server has started.
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.arg("-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info");
    command.arg("-Dorg.slf4j.simpleLogger.showDateTime=true");
    command.arg("-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS");
    command.arg("-cp").arg(class_path(jars)).arg("kafka.Kafka").arg(&properties).current_dir(directory);
    let mut process = Process::start(NAME, command, &directory.join("kafka.log"))?;
    let pid_file = PidFile::write(directory, "kafka", process.pid())?;
    process.wait_until(SERVES_WITHIN, || probe::kafka_serves(port))?;
    Ok((process, pid_file))
}

/// Gives a new data directory its cluster id; one that has it is left alone.
fn format(jars: &Jars, directory: &Path, properties: &Path) -> Result<(), Error> {
    if directory.join("data/meta.properties").is_file() {
        return Ok(());
    }
    // The tool runs for half a second: a JVM that does not optimise starts sooner.
    let class_path = class_path(jars);
    let properties = properties.display().to_string();
    let words =
        ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &class_path, "kafka.tools.StorageTool"];
    let format = ["format", "--cluster-id", CLUSTER_ID, "--config", &properties];
    JAVA.run(&[&words[..], &format[..]].concat())?;
    Ok(())
}

fn class_path(jars: &Jars) -> String {
    format!("{}/*", jars.kafka.display())
}

fn server_properties(directory: &Path, port: u16, controller: u16, options: &Options) -> String {
    let ours = [format!("PLAINTEXT://127.0.0.1:{port}"), format!("CONTROLLER://127.0.0.1:{controller}")];
    let listeners = [&ours[..], &options.listeners].concat().join(",");
    let places = [
        ("listeners", listeners.clone()),
        ("advertised.listeners", listeners),
        ("controller.quorum.voters", format!("1@127.0.0.1:{controller}")),
        ("log.dirs", directory.join("data").display().to_string()),
    ];
    let ours = SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let places = places.into_iter().map(|(key, value)| (key.to_owned(), value));
    // Of two lines with one key Java takes the later one.
    let lines = ours.chain(places).chain(options.settings.iter().cloned());
    lines.map(|(key, value)| format!("{key}={value}\n")).collect()
}
