//! How many requests this process has on their way at once: its share of the account's concurrency.
//!
//! The account's limit is shared by everything that talks to NetSuite. A process takes the part of what
//! is left after the headroom that its partitions are of all partitions, at least one. When NetSuite turns
//! a request away for concurrency the share is halved, and grows back by one after as many answers as it
//! is large.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The gate of a process.
#[derive(Debug)]
pub struct Gate {
    /// Requests the account leaves to all replicas together.
    shared: usize,
    /// Shards of all replicas together, over both lanes.
    shards: usize,
    /// Shards of this process.
    owned: AtomicUsize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    on_their_way: usize,
    /// Halved on refusals; never above the share.
    limit: usize,
    /// Answers since the limit last changed.
    answers: usize,
}

/// A request's place in the gate; dropping it lets the next one through.
#[derive(Debug)]
pub struct Place(Arc<Gate>);

/// A shard's place in the share; dropping it gives the share back.
#[derive(Debug)]
pub struct Owned(Arc<Gate>);

impl Gate {
    /// Makes the gate: `concurrency` of the account, `headroom` left to others, `shards` over all replicas.
    #[must_use]
    pub fn new(concurrency: usize, headroom: usize, shards: usize) -> Arc<Self> {
        let shared = concurrency.saturating_sub(headroom).max(1);
        Arc::new(Self {
            shared,
            shards: shards.max(1),
            owned: AtomicUsize::new(0),
            state: Mutex::new(State { on_their_way: 0, limit: shared, answers: 0 }),
            freed: Notify::new(),
        })
    }

    /// Counts a shard of this process for as long as the value lives.
    #[must_use]
    pub fn own(self: &Arc<Self>) -> Owned {
        self.owned.fetch_add(1, Ordering::Relaxed);
        self.freed.notify_waiters();
        Owned(Arc::clone(self))
    }

    /// Waits for a place.
    pub async fn enter(self: &Arc<Self>) -> Place {
        loop {
            let freed = self.freed.notified();
            if self.try_enter() {
                return Place(Arc::clone(self));
            }
            freed.await;
        }
    }

    /// An answer came that was not turned away.
    pub fn answered(&self) {
        let share = self.share();
        self.change(|state| {
            state.answers = state.answers.saturating_add(1);
            if state.answers >= state.limit && state.limit < share {
                state.limit = state.limit.saturating_add(1);
                state.answers = 0;
            }
        });
    }

    /// A request was turned away for concurrency.
    pub fn turned_away(&self) {
        let share = self.share();
        self.change(|state| {
            state.limit = (state.limit.min(share) / 2).max(1);
            state.answers = 0;
        });
    }

    /// Requests on their way, and how many may be.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let share = self.share();
        self.change(|state| (state.on_their_way, state.limit.min(share)))
    }

    fn share(&self) -> usize {
        let owned = self.owned.load(Ordering::Relaxed);
        (self.shared.saturating_mul(owned) / self.shards).clamp(1, self.shared)
    }

    fn try_enter(&self) -> bool {
        let share = self.share();
        self.change(|state| {
            let free = state.on_their_way < state.limit.min(share);
            state.on_their_way = state.on_their_way.saturating_add(usize::from(free));
            free
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.change(|state| state.on_their_way = state.on_their_way.saturating_sub(1));
        self.0.freed.notify_waiters();
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.owned.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_takes_its_share_and_gives_way() {
        let gate = Gate::new(15, 3, 24);
        assert_eq!(gate.share(), 1);
        let half: Vec<Owned> = (0..12).map(|_| gate.own()).collect();
        assert_eq!(gate.share(), 6);
        assert!((0..6).all(|_| gate.try_enter()));
        assert!(!gate.try_enter());
        gate.turned_away();
        assert_eq!(gate.change(|state| state.limit), 3);
        (0..3).for_each(|_| gate.answered());
        assert_eq!(gate.change(|state| state.limit), 4);
        (0..100).for_each(|_| gate.answered());
        assert_eq!(gate.change(|state| state.limit), 6);
        drop(half);
        assert_eq!(gate.share(), 1);
    }
}
