//! Starts the real broker and the real registry, once, and asks each what only a working one can answer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use tillstream::cache::Cache;
use tillstream::stack::kafka::{self, Kafka};
use tillstream::stack::{DataDirectory, Error, Options, Stack, fetch, registry};

#[test]
fn the_stack_starts_serves_survives_a_restart_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::from_environment();
    let progress = |line: &str| tell(line);
    let options = options(directory.path());
    let before = Instant::now();
    let mut stack = Stack::start(&cache, &options, &progress).unwrap();
    tell(&format!("both serve after {:?}", before.elapsed()));

    let parts = stack.parts();
    assert_eq!(parts[0].address, stack.kafka().bootstrap());
    assert!(fs::read_to_string(&parts[0].log).unwrap().contains("Kafka Server started"));
    let subjects = get(&stack.registry().url(), "/subjects");
    assert!(subjects.ends_with("[]"), "a new registry holds no subject: {subjects}");

    let jars = fetch::fetch(&cache, &progress).unwrap();
    match Kafka::start(&jars, &options.kafka) {
        Err(Error::InUse { pid, .. }) => assert_eq!(pid, parts[0].pid),
        other => panic!("two brokers in one directory: {other:?}"),
    }

    let before = Instant::now();
    stack.kafka().process_mut().kill().unwrap();
    assert!(matches!(stack.check(), Err(Error::Ended { .. })), "a dead broker is noticed");
    stack.kafka().restart(&jars, &options.kafka).unwrap();
    tell(&format!("killed broker serves again after {:?}", before.elapsed()));
    assert_eq!(stack.kafka().bootstrap(), parts[0].address);
    stack.check().unwrap();

    let pids: Vec<u32> = stack.parts().iter().map(|part| part.pid).collect();
    let before = Instant::now();
    stack.stop(&progress).unwrap();
    tell(&format!("stopped after {:?}", before.elapsed()));
    for pid in pids {
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "process {pid} is gone");
    }

    // Another port on kept data: the quorum must not remember the old one.
    let again = Kafka::start(&jars, &options.kafka).unwrap();
    assert!(!again.is_temporary());
}

fn options(directory: &Path) -> Options {
    let kept = DataDirectory::Kept(directory.to_owned());
    // A killed broker is admitted again when the session of its former life has ended, after 9 s by default.
    let settings = vec![("broker.session.timeout.ms".to_owned(), "3000".to_owned())];
    Options {
        kafka: kafka::Options { data: kept.clone(), heap_mib: 512, settings, ..kafka::Options::default() },
        registry: registry::Options { data: kept, ..registry::Options::default() },
    }
}

fn get(base: &str, path: &str) -> String {
    let (host, prefix) = base.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{prefix}{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

#[allow(clippy::print_stdout, reason = "the times are of interest when the test is run by hand")]
fn tell(line: &str) {
    println!("{line}");
}
