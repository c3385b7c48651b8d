//! Which loopback port a part of the stack gets.
//!
//! Ports are taken from below the range the kernel gives to outgoing connections: a port that is free
//! when we look would otherwise be gone, now and then, when the JVM binds it two seconds later. Two of
//! our processes may still choose the same one, so whoever starts a server tries again on that.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::stack::Error;
use crate::tool::last_lines;

const FROM: u16 = 20_000;
const COUNT: u16 = 12_000;

/// How often a start is tried when another program takes the port we chose.
const ATTEMPTS: u32 = 3;
const SAID_BY_KAFKA: &str = "Address already in use";
const SAID_BY_REGISTRY: &str = "seems to be in use by another process";

/// Counts the ports handed out, so that one process never hands out the same one twice in a row.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// Returns a port of 127.0.0.1 on which nothing listens.
///
/// # Errors
/// [`Error::NoPort`] when every port of the range is taken.
pub fn free() -> Result<u16, Error> {
    // Processes start at different places of the range; the spread needs no quality.
    let start = process::id().wrapping_mul(97) % u32::from(COUNT);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let place = u16::try_from((start + step) % u32::from(COUNT)).unwrap_or(0);
        if is_free(FROM + place) {
            return Ok(FROM + place);
        }
    }
    Err(Error::NoPort { from: FROM, to: FROM + COUNT - 1 })
}

/// Starts a server on the port asked for, or on a free one when none was, and returns it with its port.
///
/// `start` is called again with another port when the log of a server that ended says that the port,
/// which was free when we looked, is taken.
pub(super) fn start_on<T>(
    asked: Option<u16>,
    mut start: impl FnMut(u16) -> Result<T, Error>,
) -> Result<(T, u16), Error> {
    if let Some(port) = asked {
        return if is_free(port) { Ok((start(port)?, port)) } else { Err(Error::PortTaken { port }) };
    }
    let mut attempt = 1;
    loop {
        let port = free()?;
        match start(port) {
            Ok(started) => return Ok((started, port)),
            Err(Error::Ended { log, .. }) if attempt < ATTEMPTS && was_taken(&log) => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Says whether the end of this log tells that someone else listens on the port.
fn was_taken(log: &Path) -> bool {
    let text = fs::read(log).unwrap_or_default();
    // Java hides its one telling line under a long stack trace.
    let end = last_lines(&String::from_utf8_lossy(&text), 100);
    [SAID_BY_KAFKA, SAID_BY_REGISTRY].iter().any(|words| end.contains(words))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn ended(log: &Path) -> Error {
        let (name, status, tail) = ("Kafka".to_owned(), "exit status: 1".to_owned(), String::new());
        Error::Ended { name, status, log: log.to_owned(), tail }
    }

    #[test]
    fn a_free_port_can_be_bound_and_is_not_handed_out_twice() {
        let first = free().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
        assert_ne!(free().unwrap(), first);
        let refused = start_on(Some(first), |_| Ok(()));
        assert!(matches!(refused, Err(Error::PortTaken { port }) if port == first));
        drop(listener);
        assert_eq!(start_on(Some(first), |_| Ok(())).unwrap().1, first);
    }

    #[test]
    fn a_port_that_was_snatched_away_is_replaced_but_no_other_trouble_is_retried() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let cases = [("java.net.BindException: Address already in use", 3), ("OutOfMemoryError", 1)];
        for (said, attempts) in cases {
            fs::write(log.path(), format!("starting\n{said}\n{}", "  at somewhere\n".repeat(40))).unwrap();
            let mut ports = Vec::new();
            let never = start_on(None, |port| {
                ports.push(port);
                Err::<(), Error>(ended(log.path()))
            });
            assert!(matches!(never, Err(Error::Ended { .. })), "{said}");
            let tried = ports.len();
            ports.dedup();
            assert_eq!((tried, ports.len()), (attempts, attempts), "each attempt has its own port: {said}");
        }
    }
}
