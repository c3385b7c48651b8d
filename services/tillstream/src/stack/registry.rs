//! The schema registry of the development stack: Apicurio in a JVM on loopback, spoken to over the
//! Confluent API.
//!
//! Its store is in memory: the schemas live in the repository and are registered at every start.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use tempfile::TempDir;

use crate::stack::fetch::Jars;
use crate::stack::pid_file::PidFile;
use crate::stack::process::Process;
use crate::stack::{DataDirectory, Error, port, probe};
use crate::tool::JAVA;

/// A start takes 4 s on an idle machine; a busy one gets time.
const SERVES_WITHIN: Duration = Duration::from_secs(120);
const NAME: &str = "schema registry";

/// How to start a registry.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it keeps its log file.
    pub data: DataDirectory,
    /// The port to listen on; a free one when `None`.
    pub port: Option<u16>,
    /// The heap of the JVM in MiB.
    pub heap_mib: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { data: DataDirectory::Temporary, port: None, heap_mib: 512 }
    }
}

/// A running registry. Dropping it kills it and forgets its schemas.
#[derive(Debug)]
pub struct Registry {
    // Fields drop in this order: the process ends before its directory goes.
    process: Process,
    _pid_file: PidFile,
    _temporary: Option<TempDir>,
    port: u16,
}

impl Registry {
    /// Starts the registry and returns when it says that it is ready.
    ///
    /// # Errors
    /// [`Error::InUse`] when another registry runs in the directory, [`Error::PortTaken`], or what the log
    /// said when the registry does not come up.
    pub fn start(jars: &Jars, options: &Options) -> Result<Self, Error> {
        let (directory, temporary) = options.data.open()?;
        PidFile::check(&directory, "registry")?;
        let serve = |port| serve(jars, options, &directory, port);
        let ((process, pid_file), port) = port::start_on(options.port, serve)?;
        Ok(Self { process, _pid_file: pid_file, _temporary: temporary, port })
    }

    /// The base URL of its Confluent API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.port)
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

    /// Asks the registry to leave (SIGTERM), and kills it after [`super::STOP_WITHIN`].
    ///
    /// # Errors
    /// [`Error::Process`] when it cannot be signalled.
    pub fn stop(&mut self) -> Result<ExitStatus, Error> {
        self.process.stop(super::STOP_WITHIN)
    }
}

fn serve(jars: &Jars, options: &Options, directory: &Path, port: u16) -> Result<(Process, PidFile), Error> {
    let mut command = Command::new(JAVA.program);
    command.arg(format!("-Xmx{}m", options.heap_mib));
    // It answers a few dozen requests in its life: starting soon matters more than running fast.
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]);
    command.arg("-jar").arg(&jars.registry).current_dir(directory);
    command.env("QUARKUS_HTTP_HOST", "127.0.0.1").env("QUARKUS_HTTP_PORT", port.to_string());
    let mut process = Process::start(NAME, command, &directory.join("registry.log"))?;
    let pid_file = PidFile::write(directory, "registry", process.pid())?;
    process.wait_until(SERVES_WITHIN, || probe::http_status(port, "/health/ready") == Some(200))?;
    Ok((process, pid_file))
}
