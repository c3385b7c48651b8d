//! Ticks, the deadlines that compare with them, and the horizons that bound memory.
//!
//! Whatever is forgotten of a business date moves the first date that is remembered behind it, and what is
//! dated before that is refused from there on, whatever the configuration says later.

use std::collections::BTreeSet;
use std::ops::Bound;

use domain::bucket::{self, CloseReason};
use domain::calendar::{Date, Timestamp};
use domain::record::sales::SalesEvent;
use domain::text::Text;
use domain::ticket::{AHEAD_DAYS, HORIZON_DAYS};

use crate::buckets::Window;
use crate::limits::HELD_DAYS;
use crate::sequencer::{Decisions, EVERY_STORE, Sequencer, tick_date};
use crate::state::Held;

/// Days a command's id is remembered.
const COMMAND_DAYS: i32 = 14;

/// Days for which a business date is remembered after the last one on which it is accepted: the date of a
/// tick is that of UTC, and lies up to a day ahead of a store's own.
const SWEEP_AFTER_DAYS: i32 = 2;

/// Days by which a business date may lie ahead of the tick at which it is taken: [`AHEAD_DAYS`] on the
/// calendar of its store, which may itself be a day ahead of that of UTC.
const DATE_AHEAD_DAYS: i32 = AHEAD_DAYS + 1;

/// Milliseconds from the beginning of a date in UTC to its end west of everywhere, in UTC-12.
const DATE_OVER_EVERYWHERE: i64 = 36 * 3_600_000;

/// Blocks of numbers looked at per tick, so that forgetting never makes a transaction large.
const SWEEP_BLOCKS: usize = 2_000;

/// Held records written off per tick, for the same reason.
const SWEEP_HELD: usize = 500;

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
        self.sweep(tick_date(tick), decisions);
    }

    fn close_due(&mut self, read_through: Timestamp, decisions: &mut Decisions) {
        let deadline = self.settings.deadline();
        let due: Vec<Text> = self
            .open_postings("")
            .filter(|(key, posting)| {
                let due = Window::of_key(key).and_then(|window| self.due_at(&window));
                due.is_some_and(|due| posting.is_due(due, read_through, deadline))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            self.close(&key, CloseReason::Deadline, None, decisions);
        }
    }

    /// When a bucket is due. That of a store which is no longer in the master is due once its date has ended
    /// wherever the store may have been.
    fn due_at(&self, window: &Window<'_>) -> Option<Timestamp> {
        let deadline = self.settings.deadline();
        let Some(store) = self.masters.stores.find(window.store) else {
            let begins = Timestamp(i64::from(window.date.days()).saturating_mul(86_400_000));
            return Some(begins.plus_millis(DATE_OVER_EVERYWHERE).plus_millis(deadline.after_date_millis));
        };
        bucket::due_at(window.date, window.number, &store.zone, store.window_minutes, deadline)
    }

    /// Forgets what is past its horizon: a bounded piece of the numbers and of the held records each time,
    /// and once a day all that is small.
    fn sweep(&mut self, today: Date, decisions: &mut Decisions) {
        let earliest = self.settings.earliest_business_date;
        let earliest = earliest.unwrap_or_else(|| today.plus_days(-HORIZON_DAYS));
        let before = earliest.plus_days(-SWEEP_AFTER_DAYS);
        self.sweep_blocks(today, before);
        self.sweep_held(today, decisions);
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
            let last = block.written_on.plus_days(DATE_AHEAD_DAYS);
            let date = (last < before).then_some(last);
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
                // Claims of tickets that never came.
                if block.seen == 0 {
                    self.state.blocks.remove(&key);
                }
            }
        }
    }

    /// Writes off what nobody has decided on, as long as it can still be shown.
    fn sweep_held(&mut self, today: Date, decisions: &mut Decisions) {
        if self.held_swept_on == Some(today) {
            return;
        }
        let due = |held: &Held| held.held_on.is_none_or(|on| on.plus_days(HELD_DAYS) < today);
        let due = self.state.held.iter().filter(|(_, held)| due(held)).take(SWEEP_HELD);
        let due: Vec<(Text, Held)> = due.map(|(key, held)| (key.clone(), held.clone())).collect();
        // A piece that was not full was the last one of the day.
        if due.len() < SWEEP_HELD {
            self.held_swept_on = Some(today);
        }
        for (key, held) in due {
            match held.held_on {
                Some(_) => self.write_off_undecided(&key, decisions),
                None => self.state.held.insert(key, Held { held_on: Some(today), ..held }),
            }
        }
    }
}

/// What the keys of postings and of ended dates begin with.
fn store_and_date(key: &str) -> Option<(&str, Date)> {
    let mut parts = key.split('/');
    Some((parts.next()?, parts.next()?.parse().ok()?))
}
