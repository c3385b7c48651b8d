//! `tillstream topics`: all is well, one is not, and what is said about it is what mends it.

use std::process::Command;

use tillstream::cache::Cache;
use tillstream::stack::fetch::fetch;

use crate::desk::Desk;
use crate::up::Up;
use crate::wait::tell;

/// What Kafka's own `kafka-configs.sh` runs.
const CONFIGS: &str = "kafka.admin.ConfigCommand";

/// A topic that keeps less than it must is named with a command; the command is run, and all is well again.
pub(crate) fn are_checked_and_a_changed_one_is_named(desk: &Desk, up: &Up) {
    let (kafka, registry) = (&up.part("Kafka").address, &up.part("schema registry").address);
    let connection = ["--bootstrap", kafka, "--registry", registry];
    let check = || desk.run(&[&["topics", "check"], &connection[..]].concat());
    check().does(&[" topics and ", " schemas are as they must be"]);
    let nothing = "enrich: has been started before, nothing was changed";
    desk.run(&[&["topics", "apply", "--first-start"], &connection[..]].concat()).does(&[
        " schemas are registered",
        "0 topics were made",
        nothing,
    ]);

    alter(&format!(
        "--bootstrap-server {kafka} --alter --topic journal.entries --add-config retention.ms=60000"
    ));
    let said = check().fails(
        1,
        &["1 finding(s)", "journal.entries: retention.ms must be 34560000000, is 60000: kafka-configs.sh "],
    );
    let remedy = said.err.split("kafka-configs.sh ").nth(1).unwrap().lines().next().unwrap();
    alter(remedy);
    check().does(&[" are as they must be"]);
}

/// Types what follows the name of `kafka-configs.sh`.
fn alter(words: &str) {
    let jars = fetch(&Cache::from_environment(), &tell).unwrap();
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-cp", &format!("{}/*", jars.kafka.display()), CONFIGS]);
    let output = java.args(words.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kafka-configs.sh {words}: {said}");
}
