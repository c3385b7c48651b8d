//! Ticks, the deadlines that compare with them, and the horizons that bound memory.
//!
//! Whatever is forgotten of a business date moves the first date that is remembered behind it, and what is
//! dated before that is refused from there on, whatever the configuration says later.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use domain::bucket::{self, CloseReason};
use domain::calendar::{Date, Timestamp};
use domain::record::sales::SalesEvent;
use domain::text::Text;
use domain::ticket::HORIZON_DAYS;

use crate::buckets::Window;
use crate::sequencer::{Decisions, EVERY_STORE, Sequencer, tick_date};

/// Days a command's id is remembered.
const COMMAND_DAYS: i32 = 14;

/// Days for which a business date is remembered after the last one on which it is accepted: the date of a
/// tick is that of UTC, and lies up to a day ahead of a store's own.
const SWEEP_AFTER_DAYS: i32 = 2;

/// Blocks of numbers looked at per tick, so that forgetting never makes a transaction large.
const SWEEP_BLOCKS: usize = 2_000;

impl Sequencer {
    /// Writes a tick, and closes what is due at `read_through`: the latest tick up to whose input
    /// everything was read.
    pub fn tick(&mut self, now: Timestamp, read_through: Option<Timestamp>, decisions: &mut Decisions) {
        let tick = self.state.tick().max(now);
        self.state.ticks.insert(Text::default(), tick);
        self.patience.tick(tick);
        decisions.events.push(SalesEvent {
            kind: "tick".into(),
            store: EVERY_STORE.into(),
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
        let due: Vec<Text> = self
            .open_postings("")
            .filter(|(key, posting)| {
                let Some(window) = Window::of_key(key) else { return false };
                let Some(store) = masters.stores.find(window.store) else { return false };
                let minutes = store.window_minutes;
                let due = bucket::due_at(window.date, window.number, &store.zone, minutes, deadline);
                due.is_some_and(|due| posting.is_due(due, read_through, deadline))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            self.close(&key, CloseReason::Deadline, None, decisions);
        }
    }

    /// Forgets what is past its horizon: a bounded piece of the numbers each time, and once a day all that
    /// is small.
    fn sweep(&mut self, today: Date) {
        let earliest = self.settings.earliest_business_date;
        let earliest = earliest.unwrap_or_else(|| today.plus_days(-HORIZON_DAYS));
        let before = earliest.plus_days(-SWEEP_AFTER_DAYS);
        self.sweep_blocks(today, before);
        if self.swept_on != Some(today) {
            self.swept_on = Some(today);
            self.sweep_commands(today);
            self.sweep_dates(before);
        }
    }

    fn sweep_commands(&mut self, today: Date) {
        let past = self.state.commands.iter().filter(|(_, on)| on.plus_days(COMMAND_DAYS) < today);
        let past: Vec<Text> = past.map(|(id, _)| id.clone()).collect();
        past.iter().for_each(|id| self.state.commands.remove(id));
    }

    /// Forgets the versions given of dates before `before`, but not where a line still waits: it will be
    /// booked into a version of its own.
    fn sweep_dates(&mut self, before: Date) {
        let waiting = self.state.waiting.iter().map(|(_, line)| line);
        let waiting: BTreeSet<(&str, Date)> = waiting
            .filter(|line| line.business_date < before)
            .map(|line| (line.store.as_str(), line.business_date))
            .collect();
        let past = |key: &str| {
            let (store, date) = store_and_date(key)?;
            (date < before && !waiting.contains(&(store, date))).then_some(date)
        };
        let postings = self.state.postings.iter().filter(|(_, posting)| !posting.open);
        let postings: Vec<(Text, Date)> =
            postings.filter_map(|(key, _)| Some((key.clone(), past(key)?))).collect();
        let ended = self.state.ended.iter();
        let ended: Vec<(Text, Date)> = ended.filter_map(|(key, _)| Some((key.clone(), past(key)?))).collect();
        for (key, date) in postings {
            self.state.postings.remove(&key);
            self.state.forget_date(date);
        }
        for (key, date) in ended {
            self.state.ended.remove(&key);
            self.state.forget_date(date);
        }
    }

    fn sweep_blocks(&mut self, today: Date, before: Date) {
        let from = std::mem::take(&mut self.sweep_from);
        let range = (Bound::Excluded(from.as_str()), Bound::Unbounded);
        let mut past = Vec::new();
        let mut looked_at = 0_usize;
        let mut last = None;
        for (key, block) in self.state.blocks.range::<str>(range).take(SWEEP_BLOCKS) {
            looked_at = looked_at.saturating_add(1);
            last = Some(key);
            let date = self.daily_epoch(key).filter(|date| *date < before);
            if date.is_some() || block.is_past_horizon(today) {
                past.push((key.clone(), date));
            }
        }
        // A piece that was not full ended at the last block: the next one begins anew.
        self.sweep_from =
            if looked_at == SWEEP_BLOCKS { last.cloned().unwrap_or_default() } else { Text::default() };
        for (key, date) in past {
            if let Some(date) = date {
                self.state.blocks.remove(&key);
                self.state.forget_date(date);
            } else if let Some(block) = self.state.blocks.get_mut(&key) {
                block.forget_hashes();
            }
        }
    }

    /// The business date of a block whose store numbers anew each day.
    fn daily_epoch(&self, key: &str) -> Option<Date> {
        let mut parts = key.split('/');
        let store = self.masters.stores.find(parts.next()?)?;
        let epoch = parts.nth(1)?.parse::<i32>().ok()?;
        Date::from_days(epoch).filter(|_| store.numbers_daily())
    }
}

/// What the keys of postings and of ended dates begin with.
fn store_and_date(key: &str) -> Option<(&str, Date)> {
    let mut parts = key.split('/');
    Some((parts.next()?, parts.next()?.parse().ok()?))
}
