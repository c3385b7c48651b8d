//! Tokens: asked for once, shared, renewed when refused or ended.

use std::time::Duration;

use netsuite::client::{Attempt, Client, Error, NotSent, Transport};
use netsuite::login::REFUSALS_MAX;
use netsuite::request;
use netsuite_sim::{Config, Endpoint};

use crate::support::{PRIVATE, STRANGER, answered, client, identity, in_time, journal, settings, simulator};

async fn status(client: &Client, id: &str) -> u16 {
    answered(client.create(&request::journal(&journal(id)).unwrap(), in_time()).await).status
}

#[tokio::test]
async fn one_token_serves_many_requests() {
    let simulator = simulator(Config::default());
    let client = client(&simulator);
    let (one, two, three) = tokio::join!(status(&client, "A"), status(&client, "B"), status(&client, "C"));
    assert_eq!((one, two, three, status(&client, "D").await), (204, 204, 204, 204));
    assert_eq!(simulator.counters().tokens_issued, 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_by_the_next_attempt() {
    let simulator = simulator(Config::default());
    let client = client(&simulator);
    assert_eq!(status(&client, "A").await, 204);
    simulator.revoke_tokens();
    assert_eq!((status(&client, "B").await, status(&client, "B").await), (401, 204));
    assert_eq!(simulator.counters().tokens_issued, 2);
}

#[tokio::test]
async fn a_token_about_to_end_is_not_used_again() {
    let simulator = simulator(Config { token_lifetime: Duration::from_secs(59), ..Config::default() });
    let client = client(&simulator);
    assert_eq!((status(&client, "A").await, status(&client, "B").await), (204, 204));
    assert_eq!(simulator.counters().tokens_issued, 2);
}

#[tokio::test]
async fn a_key_nobody_registered_gets_no_token() {
    let simulator = simulator(Config::default());
    let client = Client::new(settings(simulator.url()), identity(STRANGER)).unwrap();
    let attempt = client.create(&request::journal(&journal("A")).unwrap(), in_time()).await;
    let Attempt::NotSent(NotSent::Login { status, detail }) = attempt else { panic!("{attempt:?}") };
    assert_eq!(status, Some(401));
    assert!(detail.contains("INVALID_LOGIN"), "{detail}");
}

#[tokio::test]
async fn an_account_is_not_locked_by_a_key_that_is_refused_on_and_on() {
    let simulator = simulator(Config::default());
    let client = Client::new(settings(simulator.url()), identity(STRANGER)).unwrap();
    let create = request::journal(&journal("A")).unwrap();
    for attempt in 0..30 {
        let attempted = client.create(&create, in_time()).await;
        let Attempt::NotSent(NotSent::Login { detail, .. }) = attempted else { panic!("{attempted:?}") };
        assert_eq!(detail.contains("pause"), attempt >= REFUSALS_MAX, "{attempt}: {detail}");
    }
    assert_eq!(simulator.counters().requests.get(&Endpoint::Token), Some(&u64::from(REFUSALS_MAX)));
}

#[test]
fn settings_that_would_leak_a_token_are_refused() {
    let try_with = |origin: &str, transport| {
        Client::new(netsuite::client::Settings { transport, ..settings(origin) }, identity(PRIVATE)).err()
    };
    assert!(matches!(try_with("http://1.example", Transport::Encrypted), Some(Error::Plain(_))));
    assert!(matches!(try_with("ftp://1.example", Transport::Any), Some(Error::Address(_))));
    assert!(matches!(try_with("1.example", Transport::Any), Some(Error::Address(_))));
    assert!(try_with("https://1.example/", Transport::Encrypted).is_none());
    assert!(matches!(
        Client::new(settings("https://1.example"), identity("nothing")).err(),
        Some(Error::Identity(_))
    ));
}
