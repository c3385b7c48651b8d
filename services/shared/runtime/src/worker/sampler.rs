//! Asks where lead partitions end and who owns them, away from the hot path.
//!
//! The client has no question to the group's coordinator alone: a look at the group asks every broker, and one
//! that is gone fails it, after a while. So ends come first, and a look that fails is left out and said to be.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::client::{Lookup, Shares, View};
use crate::error::Error;
use crate::event::Events;
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
    /// Who owns which partition could not be found out.
    Unseen,
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
    pub(super) fn start(
        lookup: Arc<dyn Lookup>,
        lead: &'static str,
        name: &str,
        events: Events,
    ) -> Result<Self, Error> {
        let (wanted, todo) = channel::<Wanted>();
        let (done, found) = channel();
        std::thread::Builder::new()
            .name(format!("{name}-sampler"))
            .spawn(move || {
                let mut seen = true;
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
                    // Both are asked for one after the other, as their answers are handed over.
                    let looks = shares.then_some(()).into_iter();
                    let looks = looks.map(|()| look(lookup.as_ref(), lead, &events, &mut seen));
                    let mut answers = ends.map(Found::End).chain(looks);
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

/// Looks at the group; `seen` says whether the last look was answered.
fn look(lookup: &dyn Lookup, lead: &str, events: &Events, seen: &mut bool) -> Found {
    let asked = lookup.shares(lead, ANSWER_WAIT);
    match &asked {
        Ok(_) if !*seen => events.seen_again(),
        Ok(_) => {}
        Err(error) if *seen => events.unseen(error),
        Err(error) => tracing::debug!(%error, "who owns which partition is still not known"),
    }
    *seen = asked.is_ok();
    asked.map_or(Found::Unseen, Found::Shares)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Mutex;

    use super::*;

    /// How long the thread may take.
    const WITHIN: Duration = Duration::from_secs(10);

    /// Says when a look has come, and holds it up until it is let go.
    struct HeldUp {
        came: Sender<()>,
        go: Mutex<Receiver<()>>,
    }

    impl Lookup for HeldUp {
        fn committed(&self, _: &str, _: &[i32], _: Duration) -> Result<Vec<Option<i64>>, Error> {
            Ok(Vec::new())
        }

        fn watermarks(&self, _: &str, _: i32, _: View, _: Duration) -> Result<(i64, i64), Error> {
            Ok((0, 5))
        }

        fn shares(&self, _: &str, _: Duration) -> Result<Shares, Error> {
            self.came.send(()).unwrap();
            self.go.lock().unwrap().recv_timeout(WITHIN).unwrap();
            Err(Error::kafka("cannot look", "a broker is gone"))
        }

        fn partitions(&self, _: &str, _: Duration) -> Result<i32, Error> {
            Ok(1)
        }
    }

    #[test]
    fn ends_do_not_wait_for_a_look_that_is_held_up() {
        let ((came, comes), (let_go, go)) = (channel(), channel());
        let lookup = Arc::new(HeldUp { came, go: Mutex::new(go) });
        let sampler = Sampler::start(lookup, "lead", "test", Events::new("test")).unwrap();
        sampler.look();
        comes.recv_timeout(WITHIN).unwrap();
        // The thread takes these two together, once the first look is over.
        sampler.look();
        sampler.ask(7, vec![0]);
        let_go.send(()).unwrap();
        let lost = sampler.found.recv_timeout(WITHIN).unwrap();
        assert!(matches!(lost, Found::Unseen), "a look that fails is told as one: {lost:?}");
        let end = sampler.found.recv_timeout(WITHIN / 2).unwrap();
        assert!(matches!(end, Found::End(Sampled { end: 5, now: 7, .. })), "the end comes first: {end:?}");
        let_go.send(()).unwrap();
        let lost = sampler.found.recv_timeout(WITHIN).unwrap();
        assert!(matches!(lost, Found::Unseen), "and then the look: {lost:?}");
    }
}
