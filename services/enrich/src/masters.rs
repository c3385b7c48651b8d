//! The item and store masters as one table for the process, pinned by each shard per transaction.

use std::sync::{Arc, Mutex, PoisonError};

use domain::masters::{Items, Stores};

/// Items and stores, as they stood when a transaction began.
#[derive(Debug, Clone, Default)]
pub struct Masters {
    /// The item master.
    pub items: Items,
    /// The store master.
    pub stores: Stores,
}

/// The masters that the table thread changes and the shards pin.
///
/// A pinned snapshot never changes: a change copies the masters only when a shard has pinned them since
/// the last change, so that loading a million items copies them at most once per transaction.
#[derive(Debug, Default)]
pub struct Shared(Mutex<Arc<Masters>>);

impl Shared {
    /// The masters as they stand now.
    #[must_use]
    pub fn pin(&self) -> Arc<Masters> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the masters for whoever pins them from here on.
    pub fn change<T>(&self, change: impl FnOnce(&mut Masters) -> T) -> T {
        let mut masters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut masters))
    }
}
