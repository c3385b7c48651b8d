//! What the client makes of each misfortune: sent or not, and what the answer means.

use std::time::{Duration, Instant};

use netsuite::client::{Attempt, NotSent};
use netsuite::outcome::{Obstacle, Patterns, Verdict};
use netsuite::request;
use netsuite_sim::{Config, Endpoint, Fault, Rule, Simulator};

use crate::support::{client, in_time, journal, simulator};

/// What the state machine of a document has to go by.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Posted,
    Retry(Obstacle),
    Refused,
    Unknown,
    NotSent,
    Lost,
}

async fn seen(client: &netsuite::client::Client, id: &str) -> Seen {
    match client.create(&request::journal(&journal(id)).unwrap(), in_time()).await {
        Attempt::NotSent(_) => Seen::NotSent,
        Attempt::Lost(_) => Seen::Lost,
        Attempt::Answered(answer) => match Patterns::default().verdict(&answer) {
            Verdict::Posted { .. } => Seen::Posted,
            Verdict::Refused { .. } => Seen::Refused,
            Verdict::Retry { obstacle, .. } => Seen::Retry(obstacle),
            Verdict::Unknown { .. } => Seen::Unknown,
        },
    }
}

#[tokio::test]
async fn what_may_have_been_booked_is_never_called_refused_or_unsent() {
    let cases = [
        (Fault::TooManyRequests, Seen::Retry(Obstacle::Busy), 0),
        (Fault::Unauthorized, Seen::Retry(Obstacle::Login), 0),
        (Fault::ClosedPeriod, Seen::Refused, 0),
        (Fault::ErrorBefore, Seen::Unknown, 0),
        (Fault::ErrorAfter, Seen::Unknown, 1),
        (Fault::GatewayBefore, Seen::Unknown, 0),
        (Fault::GatewayAfter, Seen::Unknown, 1),
        (Fault::GarbledBefore, Seen::Unknown, 0),
        (Fault::GarbledAfter, Seen::Unknown, 1),
        (Fault::ResetBefore, Seen::Lost, 0),
        (Fault::ResetAfter, Seen::Lost, 1),
        (Fault::SilenceBefore, Seen::Lost, 0),
        (Fault::SilenceAfter, Seen::Lost, 1),
        (Fault::LateCommit, Seen::Lost, 0),
        (Fault::Slow, Seen::Posted, 1),
    ];
    for (fault, expected, held) in cases {
        let simulator = simulator(Config::default());
        let late = if fault == Fault::LateCommit { 60_000 } else { 10 };
        simulator.inject(Rule::new(fault).times(1).delay_ms(late));
        assert_eq!(seen(&client(&simulator), "JE_1").await, expected, "{fault:?}");
        assert_eq!(simulator.transactions().len(), held, "{fault:?}");
    }
}

#[tokio::test]
async fn nothing_listening_is_surely_not_sent() {
    let simulator = simulator(Config::default());
    let client = client(&simulator);
    assert_eq!(seen(&client, "JE_1").await, Seen::Posted);
    simulator.stop();
    // The open connection is gone as well: the client notices before it writes, or it cannot know.
    let first = seen(&client, "JE_2").await;
    assert!(matches!(first, Seen::NotSent | Seen::Lost), "{first:?}");
    assert_eq!(seen(&client, "JE_3").await, Seen::NotSent);
}

#[tokio::test]
async fn a_connection_is_never_used_for_a_second_attempt_by_itself() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ResetBefore).times(1).skip(1));
    let client = client(&simulator);
    assert_eq!(seen(&client, "JE_1").await, Seen::Posted);
    assert_eq!(seen(&client, "JE_2").await, Seen::Lost);
    assert_eq!(creates(&simulator), 2, "one request for each attempt");
}

fn creates(simulator: &Simulator) -> u64 {
    simulator.counters().requests.get(&Endpoint::Create).copied().unwrap_or_default()
}

#[tokio::test]
async fn what_would_leave_too_late_does_not_leave() {
    let simulator = simulator(Config::default());
    let create = request::journal(&journal("JE_1")).unwrap();
    // Connecting may take two seconds, so one second is too little.
    let attempt = client(&simulator).create(&create, Instant::now() + Duration::from_secs(1)).await;
    assert_eq!(attempt, Attempt::NotSent(NotSent::TooLate));
    assert_eq!(creates(&simulator), 0);
}

#[tokio::test]
async fn a_login_that_fails_sends_nothing() {
    let simulator = simulator(Config::default());
    let rule = |fault| Rule::new(fault).on(Endpoint::Token).times(1);
    for fault in [Fault::Unauthorized, Fault::ErrorBefore, Fault::ResetBefore, Fault::TooManyRequests] {
        simulator.inject(rule(fault));
        let attempt =
            client(&simulator).create(&request::journal(&journal("JE_1")).unwrap(), in_time()).await;
        assert!(matches!(attempt, Attempt::NotSent(NotSent::Login { .. })), "{fault:?}: {attempt:?}");
    }
    assert_eq!(creates(&simulator), 0);
}
