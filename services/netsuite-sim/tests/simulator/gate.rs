//! The concurrency limit, and what a test can see of the traffic.

use std::time::Duration;

use netsuite_sim::{Config, Fault, Latency, Rule, Spread};
use serde_json::json;

use crate::support::{Bench, entry};

#[tokio::test]
async fn all_endpoints_share_one_limit() {
    let bench = Bench::start(Config { concurrency: 2, ..Config::default() });
    bench.simulator.inject(Rule::new(Fault::Slow).delay_ms(10_000));
    let client = bench.http.clone();
    let address = format!("{}/services/rest/record/v1/journalEntry", bench.simulator.url());
    let held: Vec<_> = ["A", "B"]
        .into_iter()
        .map(|id| tokio::spawn(client.post(&address).body(entry(id, "1")).send()))
        .collect();
    bench.until("both slots are taken", |simulator| simulator.counters().in_flight == 2).await;
    let refused = [
        bench.create("journalEntry", &entry("C", "1")).await,
        bench.get("/services/rest/record/v1/journalEntry/1").await,
        bench.query("", "SELECT id FROM transaction", &json!([])).await,
    ];
    for answer in refused {
        let (status, code, detail, _) = answer.error();
        assert_eq!((status, code.as_str()), (429, "CONCURRENCY_LIMIT_EXCEEDED"));
        assert_eq!(detail, "Concurrent request limit exceeded. Request blocked.");
        assert_eq!(answer.json()["o:errorCode"], "USER_ERROR");
        assert_eq!(answer.json()["title"], "Bad Request");
    }
    let counters = bench.simulator.counters();
    assert_eq!((counters.in_flight_max, counters.refused_for_concurrency), (2, 3));
    for task in held {
        task.abort();
    }
}

#[tokio::test]
async fn latency_grows_with_lines() {
    let latency = Latency {
        base: Duration::from_millis(40),
        per_line: Duration::from_millis(30),
        spread: Spread::Fixed,
    };
    let bench = Bench::start(Config { latency, ..Config::default() });
    bench.create("journalEntry", &entry("A", "1")).await.id();
    let arrival = &bench.simulator.arrivals()[0];
    assert!(arrival.until_micros.unwrap() - arrival.from_micros >= 100_000);
}

#[tokio::test]
async fn arrivals_tell_when_each_create_came_and_went() {
    let bench = Bench::open();
    for id in ["A", "B", "A"] {
        bench.create("journalEntry", &entry(id, "1")).await;
    }
    let arrivals = bench.get("/sim/arrivals").await.json();
    let arrivals = arrivals.as_array().unwrap();
    let shown: Vec<_> =
        arrivals.iter().map(|one| (one["external_id"].as_str().unwrap(), &one["status"])).collect();
    assert_eq!(shown, [("A", &json!(204)), ("B", &json!(204)), ("A", &json!(400))]);
    for pair in arrivals.windows(2) {
        assert!(pair[0]["until_micros"].as_u64() <= pair[1]["from_micros"].as_u64());
    }
}

#[tokio::test]
async fn counters_and_dump_show_what_is_held() {
    let bench = Bench::open();
    bench.create("journalEntry", &entry("JE_1", "1.10")).await.id();
    bench.create("journalEntry", &entry("JE_1", "1.10")).await;
    let counters = bench.get("/sim/counters").await.json();
    assert_eq!(counters["statuses"], json!({ "204": 1, "400": 1 }));
    assert_eq!(counters["requests"], json!({ "create": 2 }));
    assert_eq!((&counters["transactions"], &counters["lines"]), (&json!(1), &json!(2)));
    let dump = bench.get("/sim/dump").await.json();
    assert_eq!(dump[0]["external_id"], "JE_1");
    assert_eq!(dump[0]["lines"][0]["debit"], "1.10");
    assert_eq!(dump[0]["date"], "2026-01-15");
    assert_eq!(bench.get("/sim/dump?prefix=XX").await.json(), json!([]));
}

#[test]
fn a_stopped_simulator_frees_its_port() {
    let simulator = netsuite_sim::Simulator::start(Config::default()).unwrap();
    let address = simulator.address();
    simulator.stop();
    netsuite_sim::Simulator::start(Config { address, ..Config::default() }).unwrap().stop();
}
