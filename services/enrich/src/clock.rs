//! Ticks, the deadlines that compare with them, and the horizons that bound memory.

use std::ops::Bound;
use std::sync::Arc;

use domain::bucket::{self, CloseReason};
use domain::calendar::{Date, Timestamp};
use domain::record::sales::SalesEvent;

use crate::sequencer::{Decisions, EVERY_STORE, Sequencer, split_posting_key, tick_date};

/// Days a command's id is remembered.
const COMMAND_DAYS: i32 = 14;

/// Days a business date's versions and daily epochs are remembered.
const BUSINESS_DATE_DAYS: i32 = 120;

/// Blocks of numbers looked at per tick, so that forgetting never makes a transaction large.
const SWEEP_BLOCKS: usize = 2_000;

impl Sequencer {
    /// Writes a tick, and closes what is due at `read_through`: the latest tick up to whose input
    /// everything was read.
    pub fn tick(&mut self, now: Timestamp, read_through: Option<Timestamp>, decisions: &mut Decisions) {
        let tick = self.state.tick().max(now);
        self.state.ticks.insert(String::new(), tick);
        decisions.events.push(SalesEvent {
            kind: "tick".to_owned(),
            store: EVERY_STORE.to_owned(),
            tick,
            ..SalesEvent::default()
        });
        if let Some(read_through) = read_through {
            self.close_due(read_through, decisions);
        }
        self.sweep(tick_date(tick));
    }

    fn close_due(&mut self, read_through: Timestamp, decisions: &mut Decisions) {
        let masters = Arc::clone(&self.masters);
        let deadline = self.settings.deadline();
        let due: Vec<String> = self
            .open_postings("")
            .filter(|(key, posting)| {
                let Some((store, date, window)) = split_posting_key(key) else { return false };
                let Some(store) = masters.stores.find(store) else { return false };
                let due = bucket::due_at(date, window, &store.zone, store.window_minutes, deadline);
                due.is_some_and(|due| posting.is_due(due, read_through, deadline))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            let store = split_posting_key(&key).and_then(|(store, _, _)| masters.stores.find(store));
            if let Some(store) = store {
                self.close(store, &key, CloseReason::Deadline, None, decisions);
            }
        }
    }

    /// Forgets what is past its horizon: a bounded piece of the numbers, and all that is small.
    fn sweep(&mut self, today: Date) {
        let earliest =
            self.settings.earliest_business_date.unwrap_or_else(|| today.plus_days(-BUSINESS_DATE_DAYS));
        self.sweep_blocks(today, earliest);
        let old_commands: Vec<String> = self
            .state
            .commands
            .iter()
            .filter(|(_, on)| on.plus_days(COMMAND_DAYS) < today)
            .map(|(id, _)| id.clone())
            .collect();
        old_commands.iter().for_each(|id| self.state.commands.remove(id));
        let past = |key: &str| {
            let date = key.split('/').nth(1).and_then(|date| date.parse::<Date>().ok());
            date.is_some_and(|date| date < earliest)
        };
        let postings = self.state.postings.iter().filter(|(key, posting)| !posting.open && past(key));
        let old_postings: Vec<String> = postings.map(|(key, _)| key.clone()).collect();
        old_postings.iter().for_each(|key| self.state.postings.remove(key));
        let ended = self.state.ended.iter().filter(|(key, _)| past(key));
        let old_ended: Vec<String> = ended.map(|(key, _)| key.clone()).collect();
        old_ended.iter().for_each(|key| self.state.ended.remove(key));
    }

    fn sweep_blocks(&mut self, today: Date, earliest: Date) {
        let from = std::mem::take(&mut self.sweep_from);
        let range = (Bound::Excluded(from.as_str()), Bound::Unbounded);
        let mut past = Vec::new();
        let mut looked_at = 0_usize;
        let mut last = None;
        for (key, block) in self.state.blocks.range::<str>(range).take(SWEEP_BLOCKS) {
            looked_at = looked_at.saturating_add(1);
            last = Some(key);
            let gone = self.is_daily_epoch_before(key, earliest);
            if gone || block.is_past_horizon(today) {
                past.push((key.clone(), gone));
            }
        }
        // A piece that was not full ended at the last block: the next one begins anew.
        self.sweep_from =
            if looked_at == SWEEP_BLOCKS { last.cloned().unwrap_or_default() } else { String::new() };
        for (key, gone) in past {
            if gone {
                self.state.blocks.remove(&key);
            } else if let Some(block) = self.state.blocks.get_mut(&key) {
                block.forget_hashes();
            }
        }
    }

    /// True for a block of a daily epoch that no acceptable ticket can name any more.
    fn is_daily_epoch_before(&self, key: &str, earliest: Date) -> bool {
        let mut parts = key.split('/');
        let store = parts.next().and_then(|store| self.masters.stores.find(store));
        let epoch = parts.nth(1).and_then(|epoch| epoch.parse::<i32>().ok());
        match (store, epoch) {
            (Some(store), Some(epoch)) => store.numbers_daily() && epoch < earliest.days(),
            _ => false,
        }
    }
}
