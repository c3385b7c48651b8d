//! Each fault on demand: what the client sees, and what the account holds afterwards.

use std::time::Duration;

use netsuite_sim::{Config, Endpoint, Fault, Rule};
use reqwest::Method;
use serde_json::json;

use crate::support::{Bench, entry, read, send};

/// What a client sees of a fault.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Answer(u16, String),
    Broken,
    Nothing,
}

async fn seen(bench: &Bench, external_id: &str) -> Seen {
    let request = bench.post_record("journalEntry", &entry(external_id, "1.00"));
    match request.timeout(Duration::from_millis(300)).send().await {
        Ok(response) => {
            let answer = read(response).await;
            let code = serde_json::from_str::<serde_json::Value>(&answer.body)
                .map(|body| body["o:errorDetails"][0]["o:errorCode"].as_str().unwrap_or_default().to_owned());
            let code = code.unwrap_or_else(|_| answer.body.chars().take(6).collect());
            Seen::Answer(answer.status, code)
        }
        Err(error) if error.is_timeout() => Seen::Nothing,
        Err(_) => Seen::Broken,
    }
}

#[tokio::test]
async fn each_fault_shows_its_face_and_leaves_its_trace() {
    let answer = |status, code: &str| Seen::Answer(status, code.to_owned());
    let cases = [
        (Fault::TooManyRequests, answer(429, "CONCURRENCY_LIMIT_EXCEEDED"), 0),
        (Fault::Unauthorized, answer(401, "INVALID_LOGIN"), 0),
        (Fault::ErrorBefore, answer(500, "UNEXPECTED_ERROR"), 0),
        (Fault::ErrorAfter, answer(500, "UNEXPECTED_ERROR"), 1),
        (Fault::ResetBefore, Seen::Broken, 0),
        (Fault::ResetAfter, Seen::Broken, 1),
        (Fault::SilenceBefore, Seen::Nothing, 0),
        (Fault::SilenceAfter, Seen::Nothing, 1),
        (Fault::GatewayBefore, answer(502, "<html>"), 0),
        (Fault::GatewayAfter, answer(502, "<html>"), 1),
        (Fault::GarbledBefore, answer(400, "{\"type"), 0),
        (Fault::GarbledAfter, answer(200, "{\"type"), 1),
        (Fault::ClosedPeriod, answer(400, "USER_ERROR"), 0),
    ];
    for (fault, expected, held) in cases {
        let bench = Bench::open();
        bench.simulator.inject(Rule::new(fault).times(1));
        assert_eq!(seen(&bench, "JE_1").await, expected, "{fault:?}");
        assert_eq!(bench.simulator.transactions().len(), held, "{fault:?}");
        let again = bench.create("journalEntry", &entry("JE_1", "1.00")).await;
        assert_eq!(again.status, if held == 1 { 400 } else { 204 }, "{fault:?}");
        assert_eq!(bench.simulator.counters().faults.get(&fault), Some(&1));
        bench.until("every slot comes back", |simulator| simulator.counters().in_flight == 0).await;
    }
}

#[tokio::test]
async fn a_late_commit_appears_after_its_client_left() {
    let bench = Bench::open();
    bench.simulator.inject(Rule::new(Fault::LateCommit).times(1).delay_ms(300));
    assert_eq!(seen(&bench, "JE_1").await, Seen::Nothing);
    bench.until("the client has left", |simulator| simulator.counters().abandoned == 1).await;
    assert!(bench.simulator.transactions().is_empty());
    assert_eq!(bench.get("/services/rest/record/v1/journalEntry/eid:JE_1").await.status, 404);
    assert_eq!(bench.simulator.counters().in_flight, 1, "the work goes on");
    bench.until("the record appears", |simulator| simulator.transactions().len() == 1).await;
    assert_eq!(bench.get("/services/rest/record/v1/journalEntry/eid:JE_1").await.status, 200);
}

#[tokio::test]
async fn a_late_commit_is_refused_if_the_record_came_meanwhile() {
    let bench = Bench::open();
    bench.simulator.inject(Rule::new(Fault::LateCommit).times(1).delay_ms(100));
    assert_eq!(seen(&bench, "JE_1").await, Seen::Nothing);
    bench.create("journalEntry", &entry("JE_1", "1.00")).await.id();
    bench.until("the late one is refused", |simulator| simulator.counters().refused_as_duplicate == 1).await;
    assert_eq!(bench.simulator.transactions().len(), 1);
}

#[tokio::test]
async fn without_a_guard_a_late_commit_makes_a_double() {
    let guard = netsuite_sim::DuplicateGuard::Allow;
    let bench = Bench::start(Config { duplicate_guard: guard, ..Config::default() });
    bench.simulator.inject(Rule::new(Fault::LateCommit).times(1).delay_ms(100));
    assert_eq!(seen(&bench, "JE_1").await, Seen::Nothing);
    bench.create("journalEntry", &entry("JE_1", "1.00")).await.id();
    bench.until("the double appears", |simulator| simulator.transactions().len() == 2).await;
}

#[tokio::test]
async fn two_racing_creates_both_pass_the_duplicate_check() {
    let bench = Bench::open();
    bench.simulator.inject(Rule::new(Fault::Race).times(2).delay_ms(200));
    let body = entry("JE_1", "1.00");
    let (one, other) = tokio::join!(bench.create("journalEntry", &body), bench.create("journalEntry", &body));
    assert_ne!(one.id(), other.id());
    assert_eq!(bench.create("journalEntry", &entry("JE_1", "1.00")).await.status, 400);
}

#[tokio::test]
async fn a_slow_answer_comes_late_but_comes() {
    let bench = Bench::open();
    bench.simulator.inject(Rule::new(Fault::Slow).delay_ms(250));
    bench.create("journalEntry", &entry("JE_1", "1.00")).await.id();
    let arrival = &bench.simulator.arrivals()[0];
    assert!(arrival.until_micros.unwrap() - arrival.from_micros >= 250_000);
}

#[tokio::test]
async fn reads_queries_and_logins_fail_too() {
    let bench = Bench::open();
    for endpoint in [Endpoint::Read, Endpoint::Query, Endpoint::Token] {
        bench.simulator.inject(Rule::new(Fault::ErrorBefore).on(endpoint).times(1));
    }
    assert_eq!(bench.get("/services/rest/record/v1/journalEntry/1").await.status, 500);
    assert_eq!(bench.query("", "SELECT id FROM transaction", &json!([])).await.status, 500);
    assert_eq!(send(bench.http.post(bench.simulator.token_url())).await.status, 500);
    assert_eq!(bench.simulator.counters().faults.get(&Fault::ErrorBefore), Some(&3));
}

#[tokio::test]
async fn faults_are_set_seen_and_cleared_over_http() {
    let bench = Bench::open();
    let post = |body: &str| send(bench.request(Method::POST, "/sim/faults").body(body.to_owned()));
    assert_eq!(post(r#"{"kind":"error_before","prefix":"JE_1","count":1}"#).await.status, 204);
    assert_eq!(post(r#"[{"kind":"slow","delay_ms":1,"every":2},{"kind":"race"}]"#).await.status, 204);
    assert_eq!(bench.get("/sim/faults").await.json().as_array().unwrap().len(), 3);
    assert_eq!(bench.create("journalEntry", &entry("JE_2", "1")).await.status, 204);
    assert_eq!(bench.create("journalEntry", &entry("JE_1", "1")).await.status, 500);
    assert_eq!(bench.get("/sim/faults").await.json()[0]["fired"], 1);
    assert_eq!(send(bench.request(Method::DELETE, "/sim/faults")).await.status, 204);
    assert_eq!(bench.get("/sim/faults").await.json(), json!([]));
    let cases = [
        (r#"{"kind":"flood"}"#, "flood"),
        (r#"{"kind":"slow","evry":2}"#, "evry"),
        (r#"{"kind":"slow","every":0}"#, "`every`"),
        (r#"{"kind":"race","on":"query"}"#, "create"),
    ];
    for (body, expected) in cases {
        let answer = post(body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains(expected), "{}", answer.body);
    }
}
