//! A simulator that checks who calls, a client that may, and documents to send.

use std::time::{Duration, Instant};

use domain::record::inventory::{Adjustment, AdjustmentLine};
use domain::record::journal::{JournalEntry, JournalLine};
use netsuite::client::{Attempt, Client, Settings, Transport};
use netsuite::lookup::Question;
use netsuite::outcome::Answer;
use netsuite::token::Identity;
use netsuite_sim::{Authentication, Certificate, Config, Simulator};

pub(crate) const PRIVATE: &str = include_str!("../../../netsuite-sim/tests/keys/test-only-rsa.private.pem");
pub(crate) const STRANGER: &str =
    include_str!("../../../netsuite-sim/tests/keys/test-only-stranger.private.pem");
const CERTIFICATE: &str = include_str!("../../../netsuite-sim/tests/keys/test-only-rsa.certificate.pem");

/// Starts a simulator that knows one certificate.
pub(crate) fn simulator(config: Config) -> Simulator {
    let certificates = vec![Certificate { id: "certificate".to_owned(), pem: CERTIFICATE.to_owned() }];
    let authentication =
        Authentication::Checked { client_id: "client".to_owned(), certificates, audiences: Vec::new() };
    Simulator::start(Config { authentication, ..config }).unwrap()
}

pub(crate) fn settings(origin: &str) -> Settings {
    Settings {
        origin: origin.to_owned(),
        transport: Transport::Any,
        connect_timeout: Duration::from_secs(2),
        create_timeout: Duration::from_millis(500),
        query_timeout: Duration::from_secs(5),
    }
}

pub(crate) fn identity(private_key: &str) -> Identity {
    Identity {
        client_id: "client".to_owned(),
        certificate_id: "certificate".to_owned(),
        private_key: private_key.to_owned(),
    }
}

pub(crate) fn client(simulator: &Simulator) -> Client {
    Client::new(settings(simulator.url()), identity(PRIVATE)).unwrap()
}

/// An instant that no test reaches.
pub(crate) fn in_time() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

/// Asks for the first page, which must come.
pub(crate) async fn ask(client: &Client, question: &Question) -> String {
    let answer = answered(client.query(question, 0).await);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The answer of an attempt, which must have got one.
pub(crate) fn answered(attempt: Attempt) -> Answer {
    let Attempt::Answered(answer) = attempt else { panic!("{attempt:?}") };
    answer
}

pub(crate) fn journal(id: &str) -> JournalEntry {
    let line = |account: &str, debit: Option<&str>, credit: Option<&str>| JournalLine {
        account_netsuite_id: account.to_owned(),
        debit: debit.map(|amount| amount.parse().unwrap()),
        credit: credit.map(|amount| amount.parse().unwrap()),
        location_netsuite_id: Some("100".to_owned()),
        ..JournalLine::default()
    };
    JournalEntry {
        id: id.to_owned(),
        family: "JE_12".to_owned(),
        business_date: "2026-01-15".parse().unwrap(),
        subsidiary_netsuite_id: "1".to_owned(),
        currency: "USD".to_owned(),
        currency_netsuite_id: Some("1".to_owned()),
        memo: "store 12, \"first\" close".to_owned(),
        lines: vec![
            line("10", Some("100.10"), None),
            line("10", Some("0.20"), None),
            line("40", None, Some("100.30")),
        ],
        ..JournalEntry::default()
    }
}

pub(crate) fn adjustment(id: &str) -> Adjustment {
    let line = |item: &str, quantity: &str| AdjustmentLine {
        item: item.to_owned(),
        netsuite_item: item.to_owned(),
        quantity: quantity.parse().unwrap(),
        unit: "each".to_owned(),
        ..AdjustmentLine::default()
    };
    Adjustment {
        id: id.to_owned(),
        family: "IA_12".to_owned(),
        store: "12".to_owned(),
        business_date: "2026-01-15".parse().unwrap(),
        version: 1,
        location: "12".to_owned(),
        location_netsuite_id: "100".to_owned(),
        subsidiary_netsuite_id: "1".to_owned(),
        reason: "sale".to_owned(),
        account_netsuite_id: "50".to_owned(),
        segment: Some("class:4".to_owned()),
        lines: vec![line("1000", "-3"), line("1001", "-0.125")],
        ..Adjustment::default()
    }
}
