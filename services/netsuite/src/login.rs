//! When a login may be tried again after NetSuite refused it.
//!
//! A burst of refusals can be overload, so the first few are followed by another try. What is refused on and
//! on is a wrong key or a revoked certificate, and going on could have the account locked: then only one
//! login leaves in every pause, until one succeeds.

use std::time::{Duration, Instant};

/// Refusals in a row after which logins pause.
pub const REFUSALS_MAX: u32 = 10;

/// How long they pause, after each further refusal again.
pub const PAUSE: Duration = Duration::from_secs(5 * 60);

/// Refused logins in a row.
#[derive(Debug, Default)]
pub struct Refusals {
    in_a_row: u32,
    until: Option<Instant>,
}

/// Whether the logins pause from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next login may leave.
    Try,
    /// None may for [`PAUSE`], after so many refusals in a row.
    Pause(u32),
}

impl Refusals {
    /// How long no login may leave yet.
    #[must_use]
    pub fn rest(&self, now: Instant) -> Option<Duration> {
        self.until?.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// A login was refused.
    pub fn refused(&mut self, now: Instant) -> Next {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.in_a_row < REFUSALS_MAX {
            return Next::Try;
        }
        self.until = now.checked_add(PAUSE);
        Next::Pause(self.in_a_row)
    }

    /// A login succeeded.
    pub fn accepted(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_refused_on_and_on_is_tried_once_a_pause() {
        let mut refusals = Refusals::default();
        let mut now = Instant::now();
        for _ in 1..REFUSALS_MAX {
            assert_eq!((refusals.refused(now), refusals.rest(now)), (Next::Try, None));
        }
        for in_a_row in REFUSALS_MAX..REFUSALS_MAX + 3 {
            assert_eq!(refusals.refused(now), Next::Pause(in_a_row));
            assert_eq!(refusals.rest(now), Some(PAUSE));
            now += PAUSE;
            assert_eq!(refusals.rest(now), None);
        }
        refusals.accepted();
        assert_eq!(refusals.refused(now), Next::Try);
    }
}
