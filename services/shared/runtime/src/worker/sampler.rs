//! Asks where lead partitions end, away from the hot path.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::client::{Lookup, View};
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

/// The thread that asks.
pub(super) struct Sampler {
    wanted: Sender<(EpochMillis, Vec<i32>)>,
    samples: Receiver<Sampled>,
}

impl Sampler {
    pub(super) fn start(lookup: Arc<dyn Lookup>, lead: &'static str, name: &str) -> Result<Self, Error> {
        let (wanted, todo) = channel::<(EpochMillis, Vec<i32>)>();
        let (done, samples) = channel();
        std::thread::Builder::new()
            .name(format!("{name}-sampler"))
            .spawn(move || {
                while let Ok(mut request) = todo.recv() {
                    // Behind a broker that answers slowly only the last request counts.
                    while let Ok(later) = todo.try_recv() {
                        request = later;
                    }
                    let (now, partitions) = request;
                    for partition in partitions {
                        let Some((end, stable)) = ask(lookup.as_ref(), lead, partition) else { continue };
                        if done.send(Sampled { partition, now, end, stable }).is_err() {
                            return;
                        }
                    }
                }
            })
            .map_err(|source| Error::System { doing: "cannot start a thread".to_owned(), source })?;
        Ok(Self { wanted, samples })
    }

    pub(super) fn ask(&self, now: EpochMillis, partitions: Vec<i32>) {
        if self.wanted.send((now, partitions)).is_err() {
            tracing::error!("the thread that asks for the ends of partitions is gone");
        }
    }

    pub(super) fn next(&self) -> Option<Sampled> {
        self.samples.try_recv().ok()
    }
}

fn ask(lookup: &dyn Lookup, lead: &str, partition: i32) -> Option<(i64, i64)> {
    let asked = |view| lookup.watermarks(lead, partition, view, ANSWER_WAIT).map(|(_, end)| end);
    match (asked(View::Everything), asked(View::Committed)) {
        (Ok(end), Ok(stable)) => Some((end, stable)),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the end of a partition is not known; deadlines wait");
            None
        }
    }
}
