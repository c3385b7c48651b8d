//! How a room waits for what must come, and what it says meanwhile.

use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How often a wait looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until `there` says so, or `within` is over.
pub(crate) fn wait_until(within: Duration, mut there: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if there() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        // The step of a poll with a deadline: logs and offsets offer nothing to wait for.
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Keeps the directory of a test that fails, and says where it is.
pub(crate) fn keep_if_failed(directory: &mut TempDir) {
    if std::thread::panicking() {
        directory.disable_cleanup(true);
        tell(&format!("data and logs are kept in {}", directory.path().display()));
    }
}

#[allow(clippy::print_stdout, reason = "what was seen is of interest when a test is run by hand")]
pub(crate) fn tell(line: &str) {
    println!("{line}");
}
