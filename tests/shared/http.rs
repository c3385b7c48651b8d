//! As much HTTP as a test needs to ask a server what no client of ours asks: a registry, a service for its health,
//! or the other side of the simulated NetSuite.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Status and body of a GET; a body that is not JSON is a text.
pub(crate) fn get(url: &str) -> (u16, Value) {
    ask("GET", url, "")
}

/// Status and body of a POST.
pub(crate) fn post(url: &str, body: &Value) -> (u16, Value) {
    ask("POST", url, &body.to_string())
}

/// Status and body of a request; what is not JSON counts as nothing.
pub(crate) fn ask(method: &str, url: &str, body: &str) -> (u16, Value) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())))
}
