//! Asks where lead partitions end and who owns them, away from the hot path.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::client::{Lookup, Shares, View};
use crate::error::Error;
use crate::stage::EpochMillis;

/// How long the broker may take over one answer; a sample that fails is left out.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// The ends of one partition at or after a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampled {
    pub(super) partition: i32,
    pub(super) now: EpochMillis,
    pub(super) end: i64,
    pub(super) stable: i64,
}

/// What was found out.
#[derive(Debug)]
pub(super) enum Found {
    End(Sampled),
    Shares(Shares),
}

/// What is to be found out.
enum Wanted {
    Ends(EpochMillis, Vec<i32>),
    Shares,
}

/// The thread that asks.
pub(super) struct Sampler {
    wanted: Sender<Wanted>,
    found: Receiver<Found>,
}

impl Sampler {
    pub(super) fn start(lookup: Arc<dyn Lookup>, lead: &'static str, name: &str) -> Result<Self, Error> {
        let (wanted, todo) = channel::<Wanted>();
        let (done, found) = channel();
        std::thread::Builder::new()
            .name(format!("{name}-sampler"))
            .spawn(move || {
                while let Ok(first) = todo.recv() {
                    // Behind a broker that answers slowly only the last request of a kind counts.
                    let (mut ends, mut shares) = (None, false);
                    for wanted in std::iter::once(first).chain(todo.try_iter()) {
                        match wanted {
                            Wanted::Ends(now, partitions) => ends = Some((now, partitions)),
                            Wanted::Shares => shares = true,
                        }
                    }
                    let (now, partitions) = ends.unwrap_or_default();
                    let ends = partitions.into_iter().filter_map(|one| end(lookup.as_ref(), lead, one, now));
                    let shares = shares.then(|| self::shares(lookup.as_ref(), lead)).flatten();
                    let mut answers = ends.map(Found::End).chain(shares.map(Found::Shares));
                    if answers.any(|answer| done.send(answer).is_err()) {
                        return;
                    }
                }
            })
            .map_err(|source| Error::System { doing: "cannot start a thread".to_owned(), source })?;
        Ok(Self { wanted, found })
    }

    /// Asks where partitions end at or after `now`.
    pub(super) fn ask(&self, now: EpochMillis, partitions: Vec<i32>) {
        self.want(Wanted::Ends(now, partitions));
    }

    /// Asks how the group has shared out the lead topic.
    pub(super) fn look(&self) {
        self.want(Wanted::Shares);
    }

    fn want(&self, wanted: Wanted) {
        if self.wanted.send(wanted).is_err() {
            tracing::error!("the thread that asks about partitions is gone");
        }
    }

    pub(super) fn next(&self) -> Option<Found> {
        self.found.try_recv().ok()
    }
}

fn end(lookup: &dyn Lookup, lead: &str, partition: i32, now: EpochMillis) -> Option<Sampled> {
    let asked = |view| lookup.watermarks(lead, partition, view, ANSWER_WAIT).map(|(_, end)| end);
    match (asked(View::Everything), asked(View::Committed)) {
        (Ok(end), Ok(stable)) => Some(Sampled { partition, now, end, stable }),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the end of a partition is not known; deadlines wait");
            None
        }
    }
}

fn shares(lookup: &dyn Lookup, lead: &str) -> Option<Shares> {
    let asked = lookup.shares(lead, ANSWER_WAIT);
    asked.inspect_err(|error| tracing::warn!(%error, "who owns which partition is not known")).ok()
}
