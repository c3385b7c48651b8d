//! A registry that is none: it answers every request with one status.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Serves `status` until the test ends, and says where.
pub(crate) fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, status)));
    format!("http://{address}")
}

/// Takes connections and never answers, as long as the listener lives.
pub(crate) fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}"))
}

/// Reads the head of a request and answers. Whoever asks and leaves is of no concern.
fn answer(stream: TcpStream, status: &str) {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
        line.clear();
    }
    let body = "<html>upstream is gone</html>";
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\nconnection: close\r\n");
    write!(&stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).ok();
}
