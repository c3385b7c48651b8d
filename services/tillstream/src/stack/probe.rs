//! Asks a server whether it serves, in its own protocol and with nothing but a socket.
//!
//! An open port is not enough: Kafka accepts connections before its broker is admitted to the cluster,
//! and the registry before its store is ready.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);
/// More than any answer we expect; a longer one is not from the server we started.
const ANSWER_MAX: usize = 64 * 1024;

/// Says whether the broker on this port answers a metadata request and lists itself in it, which it does
/// from the moment the controller admits it.
pub(super) fn kafka_serves(port: u16) -> bool {
    ask_kafka(port).is_ok_and(|brokers| brokers > 0)
}

/// Returns the status code of `GET path`, when the answer is HTTP at all.
pub(super) fn http_status(port: u16, path: &str) -> Option<u16> {
    ask_http(port, path).ok().flatten()
}

/// Metadata request, version 1, for no topic: the answer begins with the list of brokers.
fn ask_kafka(port: u16) -> io::Result<i32> {
    let mut stream = connect(port)?;
    let mut request = Vec::new();
    request.extend_from_slice(&3_i16.to_be_bytes()); // Request kind: metadata.
    request.extend_from_slice(&1_i16.to_be_bytes()); // Version of it.
    request.extend_from_slice(&7_i32.to_be_bytes()); // Correlation id, echoed.
    request.extend_from_slice(&(-1_i16).to_be_bytes()); // No client id.
    request.extend_from_slice(&0_i32.to_be_bytes()); // No topics.
    let length = u32::try_from(request.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&request)?;
    let length = usize::try_from(read_i32(&mut stream)?).unwrap_or(usize::MAX);
    if length > ANSWER_MAX || read_i32(&mut stream)? != 7 {
        return Err(io::Error::other("not an answer to our request"));
    }
    read_i32(&mut stream)
}

fn ask_http(port: u16, path: &str) -> io::Result<Option<u16>> {
    let mut stream = connect(port)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX as u64).read_to_end(&mut answer)?;
    let first_line = String::from_utf8_lossy(&answer);
    Ok(first_line.split(' ').nth(1).and_then(|code| code.parse().ok()))
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn read_i32(stream: &mut TcpStream) -> io::Result<i32> {
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes)?;
    Ok(i32::from_be_bytes(bytes))
}
