//! Looks again and again for external ids that NetSuite holds more than once, and says so.
//!
//! Where an account takes a second create of an external id, a double needs a process stopped between its last
//! look at the clock and its send; nothing else would ever notice. A look that fails stops nobody: it is
//! repeated, and gives its place in the gate back meanwhile.

use std::time::Duration;

use super::{Shared, now};
use crate::event;
use crate::lookup::{self, More};
use crate::metrics::Counters;

/// What the external ids of our documents begin with.
const OURS: [&str; 2] = ["JE_", "IA_"];

/// How often the sweep looks. No setting: a test makes it quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// From the end of one sweep to the next.
    pub every: Duration,
    /// From a sweep that failed to the next try; twice as long after each further one.
    pub again: Duration,
    /// The longest of these.
    pub again_max: Duration,
}

impl Default for Rhythm {
    /// Every day, and after a failure from a second up to five minutes.
    fn default() -> Self {
        Self {
            every: Duration::from_secs(24 * 3_600),
            again: Duration::from_secs(1),
            again_max: Duration::from_secs(300),
        }
    }
}

impl Rhythm {
    /// How long to wait after so many failures in a row.
    fn wait(&self, failures: u32) -> Duration {
        match failures.checked_sub(1) {
            None => self.every,
            Some(further) => self.again.saturating_mul(2_u32.saturating_pow(further)).min(self.again_max),
        }
    }
}

impl Shared {
    /// Sweeps at once and then in this rhythm, for as long as the process lives.
    pub(super) async fn keep_sweeping(&self, rhythm: Rhythm, counters: &Counters) {
        let mut failures = 0_u32;
        loop {
            match self.sweep().await {
                Ok(doubled) => {
                    failures = 0;
                    counters.show_sweep(doubled, now());
                }
                Err(detail) => {
                    failures = failures.saturating_add(1);
                    event::sweep_failed(&detail);
                }
            }
            tokio::time::sleep(rhythm.wait(failures)).await;
        }
    }

    /// Says each external id that is held more than once, and how many there are.
    async fn sweep(&self) -> Result<usize, String> {
        let mut doubled = 0_usize;
        for page in 0.. {
            let place = self.gate.enter().await;
            let body = self.ask(&lookup::doubles(), page).await?;
            drop(place);
            let doubles = lookup::read_doubles(&body).map_err(|error| error.to_string())?;
            for double in doubles.rows.iter().filter(|double| is_ours(&double.external_id)) {
                event::doubled(&double.external_id, double.held);
                doubled = doubled.saturating_add(1);
            }
            if doubles.more == More::No {
                break;
            }
        }
        Ok(doubled)
    }
}

/// Whether an external id can be one of ours. The question asks for a little more: in SQL the underscore stands
/// for any letter.
fn is_ours(external_id: &str) -> bool {
    OURS.iter().any(|prefix| external_id.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_every_day_and_waits_longer_after_each_failure() {
        let rhythm = Rhythm::default();
        let cases = [(0, 86_400), (1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (33, 300), (u32::MAX, 300)];
        for (failures, seconds) in cases {
            assert_eq!(rhythm.wait(failures), Duration::from_secs(seconds), "after {failures} failures");
        }
    }
}
