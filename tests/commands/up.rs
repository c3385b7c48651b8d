//! `tillstream up`: what it prints is there, and when it is asked to leave it takes everything along.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::Desk;
use crate::program::{Running, cells};
use crate::wait::{tell, wait_until};
use crate::{http, kin};

/// How long it may take to start everything on a busy machine. The first time the jars are fetched, too.
const RUNS_WITHIN: Duration = Duration::from_secs(180);
/// How long it may take to stop everything: seven parts, one after the other.
const LEAVES_WITHIN: Duration = Duration::from_secs(45);
/// How long a service may take from its start until it says how it is.
const LISTENS_WITHIN: Duration = Duration::from_secs(30);
/// What it starts, in this order.
const PARTS: [&str; 7] =
    ["Kafka", "schema registry", "netsuite-sim", "enrich", "inventory", "journal", "netsuite"];

/// A stack that runs. Dropping it kills it.
pub(crate) struct Up {
    running: Running,
    parts: Vec<Part>,
}

/// A line of the table it prints.
pub(crate) struct Part {
    name: String,
    pub(crate) address: String,
    log: String,
}

impl Up {
    /// Starts it on ports that it finds itself.
    pub(crate) fn start(desk: &Desk) -> Self {
        Self::start_with(desk, &[])
    }

    /// Starts it on the ports of Kafka and the registry that are asked for.
    pub(crate) fn start_on(desk: &Desk, [kafka, registry]: [u16; 2]) -> Self {
        let words = ["--kafka-port", &kafka.to_string(), "--registry-port", &registry.to_string()];
        let up = Self::start_with(desk, &words);
        assert_eq!(up.part("Kafka").address, format!("127.0.0.1:{kafka}"), "the port that was asked for");
        let address = &up.part("schema registry").address;
        assert!(
            address.starts_with(&format!("http://127.0.0.1:{registry}/")),
            "and of the registry: {address}"
        );
        up
    }

    /// Starts it, and returns when it says that it runs and every part listens.
    fn start_with(desk: &Desk, more: &[&str]) -> Self {
        let data = desk.stack().display().to_string();
        let words = ["up", "--data", &data, "--kafka-heap", "512", "--earliest-business-date", "2026-01-01"];
        let words = [&words, more].concat();
        let mut running = Running::start(desk.directory(), &words, |command| {
            // What a person has set for the commands must not lead the services of this stack elsewhere.
            command.env("TILLSTREAM_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:9");
            command.env("TILLSTREAM_PROCESS__INSTANCE", "elsewhere");
        });
        let began = Instant::now();
        let log = running.process.log().to_owned();
        let says = || std::fs::read_to_string(&log).unwrap_or_default().contains("running until Ctrl-C");
        running.process.wait_until(RUNS_WITHIN, says).unwrap();
        tell(&format!(
            "-- tillstream up runs after {:?}\n{}{}",
            began.elapsed(),
            running.err(),
            running.out()
        ));
        let out = running.out();
        let rows = out.lines().skip_while(|line| !line.starts_with("part ")).skip(1);
        let parts: Vec<Part> = rows.filter(|line| !line.is_empty()).map(part).collect();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, PARTS, "a line for each part, in starting order");
        let up = Self { running, parts };
        PARTS.iter().for_each(|name| up.listens(name));
        up
    }

    /// Waits until a part listens where the table says.
    fn listens(&self, name: &str) {
        let Part { address, log, .. } = self.part(name);
        let host = address.trim_start_matches("http://").split('/').next().unwrap();
        let there = wait_until(LISTENS_WITHIN, || TcpStream::connect(host).is_ok());
        let log = std::fs::read_to_string(log).unwrap_or_default();
        assert!(there, "{name} listens on {host}, where up says: {log}");
    }

    /// A part by its name.
    pub(crate) fn part(&self, name: &str) -> &Part {
        self.parts.iter().find(|part| part.name == name).expect("up starts it")
    }

    /// Logs are written, the registry holds schemas, the simulator counts, the services say how they are.
    pub(crate) fn every_address_answers(&self) {
        for part in &self.parts {
            assert!(std::path::Path::new(&part.log).is_file(), "{} logs where it says", part.name);
        }
        let (status, subjects) = http::get(&format!("{}/subjects", self.part("schema registry").address));
        let holds = subjects.as_array().map_or(0, Vec::len);
        assert!(status == 200 && holds > 10, "the registry holds the schemas: {status} {subjects}");
        let (status, counters) = http::get(&format!("{}/sim/counters", self.part("netsuite-sim").address));
        assert_eq!((status, &counters["transactions"]), (200, &Value::from(0)), "NetSuite is empty");
        for name in &PARTS[3..] {
            let address = &self.part(name).address;
            let (status, metrics) = http::get(&format!("{address}/metrics"));
            let told = metrics.as_str().unwrap_or_default();
            assert!(status == 200 && told.contains("\ntillstream_"), "{name} has metrics: {status} {told}");
        }
    }

    /// A second one in the same directory refuses and names the process that works there.
    pub(crate) fn what_is_taken_is_not_taken_twice(&self, desk: &Desk) {
        let data = desk.stack().display().to_string();
        desk.run(&["up", "--data", &data])
            .fails(1, &["still works in ", &data, "stop it (kill ", "or name another directory"]);
    }

    /// What enrich has counted under one of these names.
    pub(crate) fn counted(&self, names: &[&str]) -> u64 {
        let (status, metrics) = http::get(&format!("{}/metrics", self.part("enrich").address));
        assert_eq!(status, 200, "{metrics}");
        let lines = metrics.as_str().unwrap().lines().filter_map(|line| line.split_once(' '));
        let named = |key: &str| names.iter().any(|name| key == format!("tillstream_enrich_{name}_total"));
        lines.filter(|(key, _)| named(key)).map(|(_, value)| value.parse::<u64>().unwrap()).sum()
    }

    /// Waits until enrich is ready to book.
    pub(crate) fn is_ready(&self) {
        let ready = format!("{}/readyz", self.part("enrich").address);
        let is = wait_until(Duration::from_secs(60), || http::get(&ready).0 == 200);
        assert!(is, "enrich is ready once both masters are complete: {:?}", http::get(&ready));
    }

    /// Presses Ctrl-C: a terminal signals the whole group in its foreground.
    pub(crate) fn leaves_on_ctrl_c(self) {
        let group = self.running.process.pid();
        self.leaves(|_| interrupt(group));
    }

    /// Asks it to leave as a supervisor does: it alone.
    pub(crate) fn leaves_when_terminated(self) {
        self.leaves(|running| running.process.terminate().unwrap());
    }

    fn leaves(self, ask: impl FnOnce(&mut Running)) {
        let mut running = self.running;
        let kin = kin::of(running.process.pid());
        assert!(kin.len() >= PARTS.len(), "a process for each part: {kin:?}");
        ask(&mut running);
        let said = running.wait_within(LEAVES_WITHIN).does(&[]);
        let stopping: Vec<&str> =
            said.err.lines().filter_map(|line| line.strip_prefix("stopping ")).collect();
        let reverse: Vec<&str> = PARTS.into_iter().rev().collect();
        assert_eq!(stopping, reverse, "what was started last is stopped first");
        assert_eq!(kin::left_of(&kin), [], "no process it started is left");
    }
}

/// Presses Ctrl-C in the terminal of a process.
pub(crate) fn interrupt(group: u32) {
    let sent = Command::new("/bin/sh").args(["-c", &format!("kill -s INT -- -{group}")]).status().unwrap();
    assert!(sent.success(), "the group {group} can be signalled");
}

fn part(line: &str) -> Part {
    let cells = cells(line);
    let [name, address, _pid, log] = cells[..] else { panic!("four cells: {line}") };
    Part { name: name.to_owned(), address: address.to_owned(), log: log.to_owned() }
}
