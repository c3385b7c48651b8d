//! How far a sending is, on a terminal; and the two things that hold it: a rate, and Ctrl-C.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use tillstream::publish::{End, Sent};

use crate::command::interrupt::Interrupt;

/// Records after which the bar is drawn and Ctrl-C is looked for, without a rate.
const LOOK_EVERY: u64 = 512;

/// Shows a sending and holds its rate.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// Records a second; none for as fast as Kafka takes them.
    rate: Option<u32>,
    interrupt: Interrupt,
}

impl Progress {
    /// Begins to show a sending of `total` records, where their number is known.
    pub(crate) fn begin(total: Option<u64>, rate: Option<u32>) -> anyhow::Result<Self> {
        let (bar, style) = match total {
            Some(total) => {
                (ProgressBar::new(total), "{bar:40} {human_pos} of {human_len} sent, {per_sec}, {eta} left")
            }
            None => (ProgressBar::no_length(), "{human_pos} sent, {per_sec}"),
        };
        let bar = bar.with_style(ProgressStyle::with_template(style)?);
        Ok(Self { bar, began: Instant::now(), rate, interrupt: Interrupt::listen()? })
    }

    /// Shows that so many were sent, waits for the next one to be due, and says whether to go on.
    pub(crate) fn pace(&mut self, sent: u64) -> ControlFlow<()> {
        let wait = match self.rate {
            Some(rate) => due(rate, sent).saturating_sub(self.began.elapsed()),
            None if !sent.is_multiple_of(LOOK_EVERY) => return ControlFlow::Continue(()),
            None => Duration::ZERO,
        };
        self.bar.set_position(sent);
        if self.interrupt.comes_within(wait) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Ends the showing: a line about what was sent, or an error when it was stopped.
    pub(crate) fn finish(self, sent: Sent, what: &str) -> anyhow::Result<String> {
        self.bar.finish_and_clear();
        let count = HumanCount(sent.records);
        match sent.end {
            End::Complete => Ok(format!("{count} {what} sent in {}", HumanDuration(self.began.elapsed()))),
            End::Stopped => anyhow::bail!("stopped: {count} {what} were sent, the rest was not"),
        }
    }
}

/// When record number `sent` + 1 is due at a rate, counted from the beginning.
fn due(rate: u32, sent: u64) -> Duration {
    let rate = u64::from(rate.max(1));
    let rest = sent % rate * 1_000_000_000 / rate;
    Duration::from_secs(sent / rate) + Duration::from_nanos(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_without_drift() {
        for (rate, sent, millis) in [(1, 3, 3_000), (4, 1, 250), (1_000, 2_500, 2_500), (0, 2, 2_000)] {
            assert_eq!(due(rate, sent), Duration::from_millis(millis), "{rate} {sent}");
        }
    }
}
