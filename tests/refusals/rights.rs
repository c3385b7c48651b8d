//! Topics that a service may not look at: named with the right, and open once the named command is typed.

use std::time::Duration;

use runtime::config::Kafka;
use runtime::topics;
use tillstream::cache::Cache;
use tillstream::stack::fetch;
use tillstream::tool::JAVA;

use crate::case::{Case, check, start_all};
use crate::house::{CLOSED, House, Service, of_inventory};
use crate::wait::{tell, wait_until};

/// How long the broker may take to learn of a right.
const WITHIN: Duration = Duration::from_secs(20);

/// What the script of Kafka starts.
const ACLS: &str = "org.apache.kafka.tools.AclCommand";

/// A topic that another may read is closed to everybody else, and the house has a broker that looks at that.
pub(crate) fn a_topic_is_open_once_the_right_that_the_refusal_names_is_given(house: &House) {
    house.make_inventory_topics(CLOSED);
    let acls = format!("kafka-acls.sh --bootstrap-server {} --add --allow-principal", house.bootstrap);
    grant(&format!("{acls} 'User:somebody' --operation Read --topic closed.inventory.deltas"));
    grant(&format!("{acls} 'User:ANONYMOUS' --operation Describe --topic closed.inventory.positions"));

    let deltas = format!("{acls} 'User:ANONYMOUS' --operation Describe --topic closed.inventory.deltas");
    let positions =
        format!("{acls} 'User:ANONYMOUS' --operation DescribeConfigs --topic closed.inventory.positions");
    let case = Case::new("topics that are closed", Service::Inventory)
        .with("kafka", "namespace", CLOSED)
        .names(&[
            "2 finding(s)",
            "closed.inventory.deltas: Describe must be allowed to 'User:ANONYMOUS', is denied: ",
            "closed.inventory.positions: DescribeConfigs must be allowed to 'User:ANONYMOUS', is denied: ",
        ])
        .remedy(&[&deltas, &positions]);
    check(start_all(house, vec![case]));

    grant(&deltas);
    grant(&positions);
    // The first right shows what the second one is for.
    let last = format!("{acls} 'User:ANONYMOUS' --operation DescribeConfigs --topic closed.inventory.deltas");
    assert!(wait_until(WITHIN, || remedies(house) == [last.clone()]), "{:?}", remedies(house));
    grant(&last);
    assert!(wait_until(WITHIN, || remedies(house).is_empty()), "{:?}", remedies(house));
}

/// Types a command that grants a right.
fn grant(command: &str) {
    run(ACLS, command);
}

/// Runs a tool of Kafka as its script would.
pub(crate) fn run(tool: &str, command: &str) {
    tell(command);
    let jars = fetch::fetch(&Cache::from_environment(), &tell).unwrap();
    let class_path = format!("{}/*", jars.kafka.display());
    let words = command.split(' ').skip(1).map(|word| word.trim_matches('\''));
    let java = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &class_path, tool];
    JAVA.run(&java.into_iter().chain(words).collect::<Vec<_>>()).unwrap();
}

/// What to type for the topics of inventory to be as described.
fn remedies(house: &House) -> Vec<String> {
    let mut connection = house.cluster.connection().clone();
    connection.kafka = Kafka { namespace: CLOSED.to_owned(), ..connection.kafka };
    let findings = topics::check(&connection, &of_inventory()).unwrap();
    findings.into_iter().map(|finding| finding.remedy).collect()
}
