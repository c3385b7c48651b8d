//! Follows the group: takes partitions on, has their shards restored, starts them, and lets them go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Worker;
use super::hands::{Transaction, Trouble};
use super::slot::{Running, Slot};
use crate::client::{Change, Hold, Started};
use crate::error::Error;
use crate::restore::{Job, Ready, Ticket};
use crate::stage::Service;

/// How long the client may take until it begins with a partition that was assigned.
const START_WAIT: Duration = Duration::from_secs(60);

impl<S: Service> Worker<S> {
    pub(super) fn follow_group(&mut self) -> Result<(), Trouble> {
        while let Some(change) = self.hands.member.change()? {
            self.health.joined();
            match change {
                Change::Assigned(partitions) => self.take_on(&partitions)?,
                Change::Revoked { partitions, hold } => self.let_go(&partitions, hold)?,
            }
            self.report_shards();
        }
        Ok(())
    }

    fn take_on(&mut self, partitions: &[i32]) -> Result<(), Trouble> {
        self.events.assigned(self.number, partitions);
        if partitions.is_empty() {
            return Ok(());
        }
        let mut tickets = Vec::new();
        for &partition in partitions {
            self.batch.forget(partition);
            self.epochs += 1;
            let epoch = self.epochs;
            let cancelled = Arc::new(AtomicBool::new(false));
            tickets.push(Ticket { partition, epoch, cancelled: Arc::clone(&cancelled) });
            self.slots.insert(partition, Slot::Waiting { epoch, cancelled, restored: None });
            self.events.shards(0, 1);
        }
        let job = Job {
            service: Arc::clone(&self.service),
            broker: Arc::clone(&self.broker),
            topics: self.topics.clone(),
            events: self.events.clone(),
            partitions: tickets,
            done: self.restored.0.clone(),
        };
        job.start()?;
        Ok(())
    }

    /// Ends what is open, drops the shards, and only then tells the group. What is open is aborted, never
    /// committed: the group has moved on since it was decided, and the broker would refuse the offsets.
    fn let_go(&mut self, partitions: &[i32], hold: Hold) -> Result<(), Trouble> {
        self.events.revoked(self.number, partitions, hold);
        for &partition in partitions {
            self.batch.forget(partition);
            match self.slots.remove(&partition) {
                None => {}
                Some(Slot::Waiting { cancelled, .. }) => {
                    cancelled.store(true, Ordering::Release);
                    self.events.shards(0, -1);
                }
                Some(Slot::Running(_)) => {
                    self.events.shards(-1, 0);
                    self.events.lag_gone(partition);
                    for side in &mut self.sides {
                        side.reader.remove(partition)?;
                    }
                }
            }
        }
        if self.hands.transaction() == Transaction::Open || self.hands.decided() {
            self.undo("partitions were taken back")?;
        }
        self.hands.member.release(partitions)?;
        Ok(())
    }

    /// Takes shards over from the restore threads, and starts them when the tables are ready.
    pub(super) fn take_restored(&mut self) -> Result<(), Trouble> {
        while let Ok(restored) = self.restored.1.try_recv() {
            let slot = self.slots.get_mut(&restored.partition);
            if let Some(Slot::Waiting { epoch, restored: place, .. }) = slot
                && *epoch == restored.epoch
            {
                *place = Some((restored.outcome?, Instant::now()));
            }
        }
        if !self.tables.get() {
            return Ok(());
        }
        let waiting: Vec<i32> = self
            .slots
            .iter()
            .filter(|(_, slot)| matches!(slot, Slot::Waiting { restored: Some(_), .. }))
            .map(|(partition, _)| *partition)
            .collect();
        for partition in waiting {
            self.start_shard(partition)?;
        }
        Ok(())
    }

    fn start_shard(&mut self, partition: i32) -> Result<(), Trouble> {
        let Some(Slot::Waiting { restored, .. }) = self.slots.get_mut(&partition) else { return Ok(()) };
        let Some((found, since)) = restored.take() else { return Ok(()) };
        let lead = found.next.first().copied().unwrap_or_default();
        match self.hands.member.start(partition, lead)? {
            Started::Flowing => {}
            Started::NotYet if since.elapsed() < START_WAIT => {
                *restored = Some((found, since));
                return Ok(());
            }
            Started::NotYet => {
                return Err(Error::kafka(
                    format!("cannot start to read {} [{partition}]", self.topics.lead),
                    "the client took the partition but does not begin with it",
                )
                .into());
            }
        }
        self.start_sides(partition, &found)?;
        let running = Running::new(partition, &self.inputs, found);
        self.slots.insert(partition, Slot::Running(Box::new(running)));
        self.events.shards(1, -1);
        self.ticked = None;
        self.report_shards();
        Ok(())
    }

    fn start_sides(&mut self, partition: i32, ready: &Ready<S::Shard>) -> Result<(), Error> {
        for (side, &next) in self.sides.iter_mut().zip(ready.next.iter().skip(1)) {
            side.reader.add(partition, next)?;
        }
        Ok(())
    }

    fn report_shards(&self) {
        let waiting = self.slots.values().filter(|slot| matches!(slot, Slot::Waiting { .. })).count();
        self.health.waiting(waiting);
    }
}
