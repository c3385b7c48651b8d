//! The one place that waits for time to pass: where librdkafka offers nothing to wait for.
//!
//! Its calls either poll with a grain of a millisecond or answer "try again"; neither can be waited for
//! with a channel.

use std::time::Duration;

/// Waits.
#[allow(clippy::disallowed_methods, reason = "librdkafka gives no signal for what is waited for here")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
