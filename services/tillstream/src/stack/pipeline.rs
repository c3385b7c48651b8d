//! The services and the simulated NetSuite on top of a stack, as ordinary child processes.
//!
//! Each gets a configuration file of its own, as it would in production, and says on `/readyz` when it is
//! ready. The key pair that the connector signs its login with is made anew each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use runtime::config::VARIABLE_PREFIX;

use super::{Error, Progress, Stack, error, free_port, probe, process};

/// How long a service may take to start: JVMs are long up by then, but the machine may be busy.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// How long a service may take to show its metrics.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Bits of the key the connector signs with.
const KEY_BITS: usize = 2048;

/// Client id and certificate id of the simulated integration.
const CLIENT: &str = "tillstream-development";
const CERTIFICATE: &str = "development-key";

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory for configuration, keys and logs.
    pub directory: PathBuf,
    /// The account map, as TOML text.
    pub account_map: String,
    /// Subsidiaries and currencies of the simulated NetSuite account, as JSON; without them it has one, for dollars.
    pub netsuite_account: Option<String>,
    /// First business date that is accepted, where history is streamed.
    pub earliest_business_date: Option<String>,
    /// Workers of each service.
    pub workers: usize,
    /// Milliseconds the simulated NetSuite takes for a request.
    pub latency_ms: u64,
    /// Requests the simulated NetSuite works on at once.
    pub concurrency: usize,
}

/// Where the simulated NetSuite is.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Origin of the simulated NetSuite.
    pub netsuite: String,
    /// Origin of enrich's health and metrics.
    enrich: String,
}

impl Pipeline {
    /// How many records of a table topic enrich has read since it started; 0 where it does not say.
    #[must_use]
    pub fn table_records(&self, topic: &str) -> i64 {
        let client = reqwest::blocking::Client::builder().no_proxy().timeout(ANSWER_WITHIN).build();
        let metrics = client.and_then(|client| client.get(format!("{}/metrics", self.enrich)).send());
        let text = metrics.and_then(reqwest::blocking::Response::text).unwrap_or_default();
        count_of(&text, "tillstream_table_records_total", &format!("topic=\"{topic}\"")).unwrap_or(0)
    }
}

/// The value of the counter of a name that has a label, in the text of metrics.
fn count_of(metrics: &str, name: &str, label: &str) -> Option<i64> {
    let line = metrics.lines().find(|line| line.starts_with(name) && line.contains(label))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Starts the simulator and the four services. Topics and schemas must be there; enrich becomes ready once
/// both masters are complete.
///
/// # Errors
/// [`Error`], naming the service and the end of its log.
pub fn start(stack: &mut Stack, options: &Options, progress: Progress<'_>) -> Result<Pipeline, Error> {
    fs::create_dir_all(&options.directory).map_err(error::file("create", &options.directory))?;
    let directory = fs::canonicalize(&options.directory).map_err(error::file("open", &options.directory))?;
    make_keys(&directory)?;
    write(&directory.join("accounts.toml"), &options.account_map)?;
    let netsuite = start_simulator(stack, options, &directory)?;
    progress(&format!("the simulated NetSuite serves on {netsuite}"));
    let own = |name: &str| own_section(name, options, &netsuite);
    let mut start = |name: &str| {
        let port = start_service(stack, name, options.workers, &own(name), &directory)?;
        progress(&format!("{name} is started, its health is on http://127.0.0.1:{port}/readyz"));
        Ok::<_, Error>(format!("http://127.0.0.1:{port}"))
    };
    let enrich = start("enrich")?;
    for name in ["inventory", "journal", "netsuite"] {
        start(name)?;
    }
    Ok(Pipeline { netsuite, enrich })
}

/// Waits until every service is ready.
///
/// # Errors
/// [`Error`], naming the service that is not and the end of its log.
pub fn await_ready(stack: &mut Stack, progress: Progress<'_>) -> Result<(), Error> {
    stack.wait_for_services(READY_WITHIN)?;
    progress("every service is ready");
    Ok(())
}

fn start_simulator(stack: &mut Stack, options: &Options, directory: &Path) -> Result<String, Error> {
    let port = free_port()?;
    let mut command = Command::new(process::binary("netsuite-sim")?);
    command.args(["--address", &format!("127.0.0.1:{port}"), "--client-id", CLIENT, "--certificate"]);
    command.arg(format!("{CERTIFICATE}={}", directory.join("public-key.pem").display()));
    command.args(["--latency-ms", &options.latency_ms.to_string()]);
    command.args(["--concurrency", &options.concurrency.to_string()]);
    if let Some(account) = &options.netsuite_account {
        let path = directory.join("netsuite-account.json");
        write(&path, account)?;
        command.arg("--account").arg(path);
    }
    let log = directory.join("netsuite-sim.log");
    let process = process::Process::start("netsuite-sim", command, &log)?;
    let address = format!("http://127.0.0.1:{port}");
    stack.add_service(process, &address, port, "/sim/counters");
    stack.wait_for_services(READY_WITHIN)?;
    Ok(address)
}

fn start_service(
    stack: &mut Stack,
    name: &str,
    workers: usize,
    own: &str,
    directory: &Path,
) -> Result<u16, Error> {
    let port = free_port()?;
    let kafka = stack.kafka().bootstrap();
    let registry = stack.registry().url();
    let config = directory.join(format!("{name}.toml"));
    write(
        &config,
        &format!(
            "[kafka]\nbootstrap_servers = \"{kafka}\"\n\n[registry]\nurl = \"{registry}\"\n\n[process]\n\
             instance = \"{name}-0\"\nworkers = {workers}\nadmin_address = \"127.0.0.1:{port}\"\n\n[{name}]\n{own}"
        ),
    )?;
    let mut command = Command::new(process::binary(name)?);
    command.arg("--config").arg(&config);
    forget_settings(&mut command);
    let process = process::Process::start(name, command, &directory.join(format!("{name}.log")))?;
    stack.add_service(process, &format!("http://127.0.0.1:{port}"), port, "/readyz");
    Ok(port)
}

/// Takes away the variables that lie over a configuration: they are meant for this program, or for services
/// elsewhere, and would lead this one to their Kafka.
fn forget_settings(command: &mut Command) {
    #[expect(clippy::disallowed_methods, reason = "names only: no setting is read here")]
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.as_encoded_bytes().starts_with(VARIABLE_PREFIX.as_bytes())) {
        command.env_remove(name);
    }
}

/// The section of the configuration that is the service's own.
fn own_section(name: &str, options: &Options, netsuite: &str) -> String {
    match name {
        "enrich" => options
            .earliest_business_date
            .iter()
            .map(|date| format!("earliest_business_date = \"{date}\"\n"))
            .collect(),
        "inventory" | "journal" => {
            format!("account_map = \"{}\"\n", options.directory.join("accounts.toml").display())
        }
        _ => format!(
            "account = \"DEVELOPMENT\"\naddress = \"{netsuite}\"\nclient_id = \"{CLIENT}\"\n\
             certificate_id = \"{CERTIFICATE}\"\nprivate_key_file = \"{}\"\nduplicate_guard = \"refused\"\n\
             account_concurrency = {}\nconcurrency_headroom = 0\n",
            options.directory.join("private-key.pem").display(),
            options.concurrency
        ),
    }
}

/// Makes the key pair of the simulated integration.
fn make_keys(directory: &Path) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Key(error.to_string());
    let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).map_err(|error| failed(&error))?;
    let text = private.to_pkcs8_pem(LineEnding::LF).map_err(|error| failed(&error))?;
    write(&directory.join("private-key.pem"), &text)?;
    let public = private.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|error| failed(&error))?;
    write(&directory.join("public-key.pem"), &public)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(error::file("write", path))
}

/// Says whether a part answers a question for its health with yes.
pub(super) fn is_ready(port: u16, path: &str) -> bool {
    probe::http_status(port, path) == Some(200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_found_by_name_and_label() {
        let text = "# HELP tillstream_table_records_total Table records read.\n\
                    tillstream_table_records_total{service=\"enrich\",topic=\"ref.items\"} 92\n\
                    tillstream_table_records_total{service=\"enrich\",topic=\"ref.stores\"} 17\n";
        let stores = "topic=\"ref.stores\"";
        assert_eq!(count_of(text, "tillstream_table_records_total", stores), Some(17));
        assert_eq!(count_of(text, "tillstream_other_total", stores), None);
    }
}
