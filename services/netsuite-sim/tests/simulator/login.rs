//! The token endpoint: which assertions are believed, and what a token opens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header, encode};
use netsuite_sim::{Authentication, Certificate, Config};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, entry, send};

const RSA: &str = include_str!("../keys/test-only-rsa.private.pem");
const RSA_CERTIFICATE: &str = include_str!("../keys/test-only-rsa.certificate.pem");
const EC: &str = include_str!("../keys/test-only-ec.private.pem");
const EC_PUBLIC: &str = include_str!("../keys/test-only-ec.public.pem");
const STRANGER: &str = include_str!("../keys/test-only-stranger.private.pem");

fn checked(token_lifetime: Duration) -> Bench {
    let certificate = |id: &str, pem: &str| Certificate { id: id.to_owned(), pem: pem.to_owned() };
    Bench::start(Config {
        authentication: Authentication::Checked {
            client_id: "client".to_owned(),
            certificates: vec![certificate("rsa", RSA_CERTIFICATE), certificate("ec", EC_PUBLIC)],
            audiences: Vec::new(),
        },
        token_lifetime,
        ..Config::default()
    })
}

#[expect(clippy::disallowed_methods, reason = "an assertion is only good for the hour in which it is made")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An assertion that differs from a good one in what the case says.
struct Case {
    algorithm: Algorithm,
    key: &'static str,
    key_id: &'static str,
    change: fn(&mut Value),
}

fn good() -> Case {
    Case { algorithm: Algorithm::PS256, key: RSA, key_id: "rsa", change: |_| {} }
}

fn assertion(bench: &Bench, case: &Case) -> String {
    let mut claims = json!({
        "iss": "client",
        "aud": bench.simulator.token_url(),
        "iat": now(),
        "exp": now() + 3_600,
        "scope": "rest_webservices",
    });
    (case.change)(&mut claims);
    let mut header = Header::new(case.algorithm);
    header.kid = Some(case.key_id.to_owned());
    let key = case.key.as_bytes();
    let key = match case.algorithm.family() {
        AlgorithmFamily::Ec => EncodingKey::from_ec_pem(key),
        AlgorithmFamily::Hmac => Ok(EncodingKey::from_secret(key)),
        AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(key),
        AlgorithmFamily::Ed => EncodingKey::from_ed_pem(key),
    };
    let key = key.unwrap();
    encode(&header, &claims, &key).unwrap()
}

async fn ask(bench: &Bench, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    send(bench.http.post(bench.simulator.token_url()).form(&form)).await
}

#[tokio::test]
async fn a_good_assertion_earns_a_token() {
    let bench = checked(Duration::from_secs(3_600));
    let cases = [
        good(),
        Case { algorithm: Algorithm::PS384, ..good() },
        Case { algorithm: Algorithm::PS512, ..good() },
        Case { algorithm: Algorithm::ES256, key: EC, key_id: "ec", ..good() },
        Case { change: |claims| claims["scope"] = json!(["restlets", "rest_webservices"]), ..good() },
        Case { change: |claims| claims["scope"] = json!("restlets,rest_webservices"), ..good() },
        Case { change: |claims| claims["aud"] = json!([claims["aud"], "other"]), ..good() },
    ];
    for case in cases {
        let answer = ask(&bench, &assertion(&bench, &case)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3_600)));
        let token = body["access_token"].as_str().unwrap();
        let read = bench.request(Method::GET, "/services/rest/record/v1/journalEntry/1").bearer_auth(token);
        assert_eq!(send(read).await.status, 404);
    }
}

#[tokio::test]
async fn a_bad_assertion_is_refused_without_saying_why() {
    let bench = checked(Duration::from_secs(3_600));
    let cases: Vec<(&str, Case)> = vec![
        ("algorithm", Case { algorithm: Algorithm::RS256, ..good() }),
        ("algorithm", Case { algorithm: Algorithm::HS256, key: RSA_CERTIFICATE, ..good() }),
        ("algorithm", Case { key_id: "ec", ..good() }),
        ("unknown_key", Case { key_id: "old", ..good() }),
        ("signature", Case { key: STRANGER, ..good() }),
        ("issuer", Case { change: |claims| claims["iss"] = json!("other"), ..good() }),
        ("audience", Case { change: |claims| claims["aud"] = json!("https://elsewhere/token"), ..good() }),
        ("lifetime", Case { change: |claims| claims["exp"] = json!(now() + 3_700), ..good() }),
        ("lifetime", Case { change: |claims| claims["exp"] = json!(now() - 1), ..good() }),
        (
            "expired",
            Case {
                change: |claims| {
                    claims["iat"] = json!(now() - 600);
                    claims["exp"] = json!(now() - 300);
                },
                ..good()
            },
        ),
        (
            "issued_in_future",
            Case {
                change: |claims| {
                    claims["iat"] = json!(now() + 600);
                    claims["exp"] = json!(now() + 900);
                },
                ..good()
            },
        ),
        ("scope", Case { change: |claims| claims["scope"] = json!("restlets"), ..good() }),
        ("malformed", Case { change: |claims| *claims = json!({}), ..good() }),
    ];
    for (reason, case) in cases {
        let before = refusals(&bench, reason);
        let answer = ask(&bench, &assertion(&bench, &case)).await;
        let (status, code, detail, _) = answer.error();
        assert_eq!(
            (status, code.as_str(), detail.as_str()),
            (401, "INVALID_LOGIN", "Invalid login attempt.")
        );
        assert_eq!(refusals(&bench, reason), before + 1, "{reason}");
    }
    // {"alg":"none","kid":"rsa"} with claims and no signature.
    let unsigned = "eyJhbGciOiJub25lIiwia2lkIjoicnNhIn0.e30.";
    assert_eq!(ask(&bench, unsigned).await.status, 401);
    let without_form = bench.http.post(bench.simulator.token_url()).body("{}");
    assert_eq!(send(without_form).await.status, 401);
    assert_eq!(bench.simulator.counters().tokens_issued, 0);
}

fn refusals(bench: &Bench, reason: &str) -> u64 {
    let counters = serde_json::to_value(bench.simulator.counters()).unwrap();
    counters["logins_refused"][reason].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn without_a_valid_token_nothing_opens() {
    let bench = checked(Duration::from_secs(3_600));
    let token =
        ask(&bench, &assertion(&bench, &good())).await.json()["access_token"].as_str().unwrap().to_owned();
    let post = |authorization: Option<String>| {
        let request = bench.post_record("journalEntry", &entry("JE_1", "1"));
        match authorization {
            Some(value) => request.header("Authorization", value),
            None => request,
        }
    };
    for authorization in
        [None, Some("Bearer other".to_owned()), Some(format!("Basic {token}")), Some(token.clone())]
    {
        assert_eq!(send(post(authorization)).await.error().1, "INVALID_LOGIN");
    }
    assert_eq!(send(post(Some(format!("Bearer {token}")))).await.status, 204);
    bench.simulator.revoke_tokens();
    assert_eq!(send(post(Some(format!("Bearer {token}")))).await.status, 401);
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime() {
    let bench = checked(Duration::ZERO);
    let token =
        ask(&bench, &assertion(&bench, &good())).await.json()["access_token"].as_str().unwrap().to_owned();
    let answer = send(bench.post_record("journalEntry", &entry("JE_1", "1")).bearer_auth(token)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(refusals(&bench, "expired_token"), 1);
}

#[test]
fn a_certificate_that_is_none_stops_the_start() {
    let certificates = vec![Certificate { id: "x".to_owned(), pem: "nothing".to_owned() }];
    let authentication =
        Authentication::Checked { client_id: "client".to_owned(), certificates, audiences: Vec::new() };
    let error = netsuite_sim::Simulator::start(Config { authentication, ..Config::default() }).err().unwrap();
    assert!(error.to_string().contains("certificate x"), "{error}");
}
