//! What the probes ask: does the loop turn, and is there anything left to wait for.
//!
//! Live is only about ourselves, never about the broker: a restart does not heal a broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::tables::TablesReady;

/// After how long without a turn a worker counts as hung, and the process leaves: longer than anything a
/// worker may wait for in one go, which is the start of its transactions.
const TURN_MAX: Duration = Duration::from_secs(60);

/// The health of a process: of each worker and of each service's tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health {
    pub(crate) workers: Vec<Arc<WorkerHealth>>,
    pub(crate) tables: Vec<(String, TablesReady)>,
}

/// What one worker reports.
#[derive(Debug)]
pub(crate) struct WorkerHealth {
    name: String,
    began: Instant,
    turned_millis: AtomicU64,
    joined: AtomicBool,
    waiting: AtomicI64,
}

impl WorkerHealth {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            began: Instant::now(),
            turned_millis: AtomicU64::new(0),
            joined: AtomicBool::new(false),
            waiting: AtomicI64::new(0),
        }
    }

    pub(crate) fn turned(&self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turned_millis.store(millis, Ordering::Release);
    }

    /// The group has answered, if only to say that there is nothing for this worker.
    pub(crate) fn joined(&self) {
        self.joined.store(true, Ordering::Release);
    }

    /// How many assigned shards are not running yet.
    pub(crate) fn waiting(&self, shards: usize) {
        self.waiting.store(i64::try_from(shards).unwrap_or(i64::MAX), Ordering::Release);
    }

    fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.turned_millis.load(Ordering::Acquire)))
    }
}

impl Health {
    /// A worker that has ended does not hang.
    pub(crate) fn ended(&self, name: &str) {
        if let Some(worker) = self.workers.iter().find(|worker| worker.name == name) {
            worker.turned_millis.store(u64::MAX, Ordering::Release);
        }
    }

    /// `Err` names the workers that hang.
    pub(crate) fn live(&self) -> Result<(), String> {
        let hung: Vec<String> = self
            .workers
            .iter()
            .filter(|worker| worker.silence() > TURN_MAX)
            .map(|worker| format!("{} has not turned for {} s", worker.name, worker.silence().as_secs()))
            .collect();
        if hung.is_empty() { Ok(()) } else { Err(hung.join("\n")) }
    }

    /// `Err` names what is waited for.
    pub(crate) fn ready(&self) -> Result<(), String> {
        let mut missing = Vec::new();
        for (service, ready) in &self.tables {
            if !ready.get() {
                missing.push(format!("{service} waits for its tables"));
            }
        }
        for worker in &self.workers {
            if !worker.joined.load(Ordering::Acquire) {
                missing.push(format!("{} waits for the group", worker.name));
            }
            let shards = worker.waiting.load(Ordering::Acquire);
            if shards > 0 {
                missing.push(format!("{} restores {shards} shard(s)", worker.name));
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_needs_the_group_and_every_shard() {
        let worker = Arc::new(WorkerHealth::new("enrich worker 0".to_owned()));
        let health = Health { workers: vec![Arc::clone(&worker)], tables: Vec::new() };
        assert_eq!(health.ready(), Err("enrich worker 0 waits for the group".to_owned()));
        worker.joined();
        worker.waiting(2);
        assert_eq!(health.ready(), Err("enrich worker 0 restores 2 shard(s)".to_owned()));
        worker.waiting(0);
        assert_eq!(health.ready(), Ok(()));
        assert_eq!(health.live(), Ok(()));
        let waits = Health { tables: vec![("enrich".to_owned(), TablesReady::default())], ..health };
        assert_eq!(waits.ready(), Err("enrich waits for its tables".to_owned()));
    }
}
