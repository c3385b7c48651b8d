//! What a registry's answers, and the lack of them, are taken for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use domain::record::posting::Posting;

use super::*;
use crate::Subject;
use crate::codec::{Codecs, OpenError};

/// A registry that gives every request the same answer and keeps what it was asked.
struct Scripted {
    url: String,
    asked: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

fn scripted(status: &'static str, body: &'static str) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/apis/ccompat/v7/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (count, kept) = (Arc::clone(&asked), Arc::clone(&requests));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            kept.lock().unwrap().push(read_request(&mut BufReader::new(&stream)));
            count.fetch_add(1, Ordering::SeqCst);
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
        }
    });
    Scripted { url, asked, requests }
}

fn read_request(stream: &mut impl BufRead) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut text).unwrap() > 0, "the request ends in its head");
    }
    let length = text
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

fn registry(url: &str) -> Registry {
    Registry::new(&Settings::open(url)).unwrap()
}

#[test]
fn an_id_that_the_registry_does_not_know_is_unknown() {
    let server = scripted("404 Not Found", r#"{"error_code": 40403, "message": "No content with ID 9"}"#);
    let registry = registry(&server.url);
    assert_eq!(registry.schema(9), Err(Error::UnknownId(9)));
    assert_eq!(registry.schema(9), Err(Error::UnknownId(9)));
    assert_eq!(server.asked.load(Ordering::SeqCst), 1, "it is not asked again at once");
    assert_eq!(registry.schema(10), Err(Error::UnknownId(10)), "another id is");
}

#[test]
fn a_page_of_something_else_is_no_answer() {
    for (status, body) in [
        ("404 Not Found", "<html>no such page</html>"),
        ("404 Not Found", r#"{"title": "Could not find resource", "status": 404}"#),
        ("200 OK", "<html>welcome</html>"),
        ("200 OK", "{}"),
        ("502 Bad Gateway", "<html>bad gateway</html>"),
        ("503 Service Unavailable", r#"{"error_code": 50301, "message": "starting"}"#),
        ("500 Internal Server Error", r#"{"error_code": 50001, "message": "store is gone"}"#),
        ("429 Too Many Requests", ""),
    ] {
        let server = scripted(status, body);
        let outcome = registry(&server.url).schema(9);
        assert!(matches!(outcome, Err(Error::Unavailable { .. })), "{status} {body}: {outcome:?}");
    }
}

#[test]
fn a_registry_that_is_down_is_left_alone_for_a_while() {
    let server = scripted("503 Service Unavailable", r#"{"error_code": 50301, "message": "starting"}"#);
    let registry = registry(&server.url);
    for id in 1..100 {
        let outcome = registry.schema(id);
        assert!(matches!(outcome, Err(Error::Unavailable { .. })), "{outcome:?}");
    }
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_registry_that_does_not_listen_is_named_with_what_to_do() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let registry = registry(&format!("http://{free}/apis/ccompat/v7"));
    for outcome in [
        registry.schema(1).map(|_| ()),
        registry.id_of("x-value", "\"string\"").map(|_| ()),
        registry.register_all().map(|_| ()),
    ] {
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains(&format!("http://{free}/apis/ccompat/v7 gives no usable answer: ")), "{text}");
        assert!(text.contains("refused"), "{text}");
        assert!(text.contains("start it or correct `registry.url`"), "{text}");
    }
}

#[test]
fn a_wrong_password_is_named() {
    let server = scripted("401 Unauthorized", "<html>who are you</html>");
    let outcome = registry(&server.url).schema(1);
    let Err(error @ Error::Denied { .. }) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("`registry.password_file`"), "{error}");
}

#[test]
fn the_password_comes_from_its_file_and_goes_with_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "secret\n").unwrap();
    let server = scripted("200 OK", r#"{"id": 4, "schema": "\"string\""}"#);
    let settings = Settings {
        username: Some("tills".to_owned()),
        password_file: Some(file),
        ..Settings::open(&server.url)
    };
    let registry = Registry::new(&settings).unwrap();
    assert!(!format!("{registry:?} {settings:?}").contains("secret"));
    registry.schema(4).unwrap();
    registry.register_all().unwrap();
    for request in server.requests.lock().unwrap().iter() {
        // The base64 form of `tills:secret`.
        assert!(request.to_lowercase().contains("authorization: basic dglsbhm6c2vjcmv0"), "{request}");
    }
}

#[test]
fn settings_that_cannot_be_used_name_their_key() {
    let open = Settings::open("http://127.0.0.1:1");
    for (settings, key) in [
        (Settings::open("localhost"), "`registry.url`"),
        (Settings::open("ftp://localhost"), "`registry.url`"),
        (Settings { password_file: Some("/nowhere".into()), ..open.clone() }, "`registry.username`"),
        (
            Settings {
                username: Some("a".to_owned()),
                password_file: Some("/nowhere".into()),
                ..open.clone()
            },
            "`registry.password_file` names /nowhere",
        ),
        (Settings { ca_file: Some("/nowhere".into()), ..open.clone() }, "`registry.ca_file` names /nowhere"),
        (
            Settings { identity_file: Some("/nowhere".into()), ..open.clone() },
            "`registry.identity_file` names /nowhere",
        ),
    ] {
        let error = Registry::new(&settings).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn an_incompatible_version_is_refused_by_name_with_the_reason() {
    // The compatibility is set, the version is refused.
    let error = SRCError::non_retryable_with_cause(
        serde_json::from_str::<RawError>(r#"{"error_code": 409, "message": "item at /fields/0"}"#).unwrap(),
        "HTTP request to schema registry failed with status 409 Conflict",
    );
    let refusal = registry("http://127.0.0.1:1").refusal(&error, "ref.items-value", 2);
    assert_eq!(
        refusal.to_string(),
        "version 2 of ref.items-value is not compatible with what is registered: item at /fields/0"
    );
}

#[test]
fn a_subject_that_is_not_registered_stops_a_start_and_says_what_to_run() {
    let server = scripted("404 Not Found", r#"{"error_code": 40403, "message": "no such subject"}"#);
    let codecs = Codecs::new(Arc::new(registry(&server.url)));
    let error = codecs.encoder::<Posting>().unwrap_err();
    assert_eq!(error, OpenError::Registry(Error::NotRegistered(Posting::SUBJECT.to_owned())));
    assert!(error.to_string().contains("`tillstream topics apply`"), "{error}");
}

#[test]
fn what_is_no_avro_schema_by_itself_is_the_records_fault() {
    for body in [
        r#"{"schema": "{}", "schemaType": "JSON"}"#,
        r#"{"schema": "\"string\"", "references": [{"name": "a", "subject": "b", "version": 1}]}"#,
    ] {
        let server = scripted("200 OK", body);
        let outcome = registry(&server.url).schema(3);
        assert!(matches!(outcome, Err(Error::NotAvro { id: 3, .. })), "{outcome:?}");
    }
}
