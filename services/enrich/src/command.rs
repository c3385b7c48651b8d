//! Carries out commands, once each, in the order they were written: of people, and claims (see `claim`).
//!
//! A command that cannot be carried out leaves an event that says why and what holds at this moment, so
//! that the person can decide again; it is never retried in silence. What people write is repeated masked
//! and cut.

use std::sync::Arc;

use domain::bucket::{Books, CloseReason, Posting, Touched};
use domain::calendar::Timestamp;
use domain::card;
use domain::identity::{self, ContentHash};
use domain::record::command::{Command, Release, Resolve};
use domain::record::inventory::{Movement, MovementBucket};
use domain::record::pos::Transaction;
use domain::record::sales::{Bucket, Notice, SalesEvent, Source};
use domain::suspense;
use domain::text::Text;
use domain::ticket::Reason;

use crate::buckets::Window;
use crate::claim::CLAIM;
use crate::limits::{COMMAND_ID_MAX, ITEMS_WAIT_MAX};
use crate::quarantine::Offered;
use crate::sequencer::{Decisions, EVERY_STORE, NO_STORE, Named, Sequencer, tick_date};
use crate::words::said;

/// The kind of the records that say from where on an account map holds.
const ACCOUNT_MAP_ADOPTED: &str = "account_map_adopted";

/// Digits of the hash of an account map, in hexadecimal.
const ACCOUNT_MAP_LEN: usize = 64;

/// The item master has not yet been read as far as a command needs; the command waits at the head of its
/// topic while sales go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemsBehind;

/// How long the command at the head of its topic has been waiting for the item master. Not state: a process
/// that starts anew waits anew.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// Offset of the command.
    waiting: Option<i64>,
    /// The first tick after it was first offered; one from before may lie days back.
    since: Option<Timestamp>,
}

impl Patience {
    pub(crate) fn tick(&mut self, tick: Timestamp) {
        if self.waiting.is_some() {
            self.since = self.since.or(Some(tick));
        }
    }

    /// True while the command at an offset may wait on.
    fn lasts(&mut self, offset: i64, tick: Timestamp) -> bool {
        if self.waiting != Some(offset) {
            *self = Self { waiting: Some(offset), since: None };
        }
        self.since.is_none_or(|since| tick < since.plus_millis(ITEMS_WAIT_MAX))
    }
}

/// Why a command was refused, and what holds at this moment.
pub(crate) struct Refused {
    reasons: Vec<String>,
    current: Option<(Bucket, i64, ContentHash)>,
}

impl Refused {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], current: None }
    }

    pub(crate) fn for_reasons(reasons: &[Reason]) -> Self {
        Self { reasons: reasons.iter().map(ToString::to_string).collect(), current: None }
    }
}

impl Sequencer {
    /// Carries out one command. `body` is the readable form of the bytes of a quarantine release, or why
    /// they cannot be read.
    ///
    /// # Errors
    /// [`ItemsBehind`] when the command must be offered again later; nothing was changed.
    pub fn command(
        &mut self,
        offered: &Offered<'_>,
        command: &Command,
        body: Option<Result<Transaction, Reason>>,
        partitions: i32,
        decisions: &mut Decisions,
    ) -> Result<(), ItemsBehind> {
        let addressed = command.store == EVERY_STORE || identity::is_name(&command.store);
        let store = if addressed { command.store.as_str() } else { NO_STORE }.into();
        if command.kind == CLAIM {
            let named = Named { store, command: Some(said(&command.id).into()), ..Named::default() };
            self.claim(offered, &named, command, partitions, decisions);
            return Ok(());
        }
        if let Err(refused) = form(command) {
            let named = Named { store, command: Some(said(&command.id).into()), ..Named::default() };
            decisions.events.push(self.refusal(offered, &named, refused));
            return Ok(());
        }
        let named = Named { store, command: Some(command.id.as_str().into()), ..Named::default() };
        if self.state.commands.contains_key(command.id.as_str()) {
            decisions.events.push(self.notice("command_repeat", offered, &named, Vec::new()));
            return Ok(());
        }
        let behind = self.items_behind(command);
        if behind && self.patience.lasts(offered.source.offset, self.state.tick()) {
            return Err(ItemsBehind);
        }
        self.state.commands.insert(command.id.as_str().into(), tick_date(self.state.tick()));
        let at = decisions.events.len();
        let done = match behind {
            true => Err(Refused::because(
                "the item master was not read as far as the command needs; give the offset at which ref.items \
                 holds the item, and resolve again",
            )),
            false => self.carry_out(offered, command, body, partitions, decisions),
        };
        let event = match done {
            Ok(()) => {
                let why = command.reason.iter().map(|reason| said(reason)).collect();
                self.notice("command", offered, &named, why)
            }
            Err(refused) => self.refusal(offered, &named, refused),
        };
        // The command stands before what it led to.
        decisions.events.insert(at, event);
        Ok(())
    }

    fn items_behind(&self, command: &Command) -> bool {
        let read = self.masters.items.next_offset();
        command.resolve.as_ref().is_some_and(|resolve| read <= resolve.items_offset)
    }

    fn carry_out(
        &mut self,
        offered: &Offered<'_>,
        command: &Command,
        body: Option<Result<Transaction, Reason>>,
        partitions: i32,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let source = &offered.source;
        match (command.kind.as_str(), &command.release, &command.resolve, &command.quarantine) {
            ("release", Some(release), _, _) => self.release(&command.store, release, source, decisions),
            ("release", None, _, _) => {
                self.release_all(&command.store, source, decisions);
                Ok(())
            }
            ("resolve", _, Some(resolve), _) => self.resolve(&command.store, resolve, source, decisions),
            ("quarantine_release", _, _, Some(decision)) => {
                let body = body.ok_or_else(|| Refused::because("the release carries no bytes to book"))?;
                let transaction = body.map_err(|reason| Refused::because(reason.to_string()))?;
                self.release_quarantined(&decision.record, transaction, partitions, source, decisions)
            }
            ("quarantine_write_off", _, _, Some(decision)) => {
                self.write_off(&decision.record, &command.id, offered, decisions)
            }
            ("adopt_account_map", ..) => self.adopt(command, source, decisions),
            (kind, _, _, _) => Err(Refused::because(format!(
                "`{kind}` is no command this version carries out, or the command lacks its details"
            ))),
        }
    }

    /// Writes that an account map holds from here on: for journal, and for the inventory of the partition.
    fn adopt(&self, command: &Command, source: &Source, decisions: &mut Decisions) -> Result<(), Refused> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_hash = |text: &&str| text.len() == ACCOUNT_MAP_LEN && text.bytes().all(digit);
        let hash = command.account_map.as_deref().filter(is_hash).ok_or_else(|| {
            Refused::because(
                "the order names no account map by its hash; order it by `tillstream accounts adopt`",
            )
        })?;
        if command.store != EVERY_STORE {
            return Err(Refused::because(format!(
                "an account map is that of all stores; order it for {EVERY_STORE}"
            )));
        }
        let tick = self.state.tick();
        decisions.events.push(SalesEvent {
            kind: ACCOUNT_MAP_ADOPTED.into(),
            store: EVERY_STORE.into(),
            tick,
            source: Some(source.clone()),
            account_map: Some(hash.into()),
            ..SalesEvent::default()
        });
        decisions.movements.push(Movement {
            kind: ACCOUNT_MAP_ADOPTED.into(),
            movement: command.id.as_str().into(),
            location: EVERY_STORE.into(),
            bucket: MovementBucket { store: EVERY_STORE.into(), ..MovementBucket::default() },
            occurred_at: tick,
            account_map: Some(hash.into()),
            ..Movement::default()
        });
        Ok(())
    }

    fn release(
        &mut self,
        store: &str,
        release: &Release,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let wanted = &release.bucket;
        let window = Window { store, date: wanted.business_date, number: wanted.window };
        let key = window.key();
        let same = |posting: &Posting| {
            posting.version == wanted.version
                && posting.count == release.count
                && posting.content == release.content
        };
        match self.state.postings.get(key.as_str()).filter(|posting| posting.open) {
            Some(posting) if same(posting) => {
                self.close(&key, CloseReason::Release, Some(source), decisions);
                Ok(())
            }
            Some(posting) => {
                let bucket =
                    Bucket { business_date: window.date, window: window.number, version: posting.version };
                Err(Refused {
                    reasons: vec![
                        "the bucket has changed since it was looked at; look again and release again".into(),
                    ],
                    current: Some((bucket, posting.count, posting.content)),
                })
            }
            None => Err(Refused::because(format!(
                "store {store} has no open bucket for {}, window {}",
                window.date, window.number
            ))),
        }
    }

    fn release_all(&mut self, store: &str, source: &Source, decisions: &mut Decisions) {
        let prefix = if store == EVERY_STORE { String::new() } else { format!("{store}/") };
        let keys: Vec<Text> = self.open_postings(&prefix).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.close(&key, CloseReason::Release, Some(source), decisions);
        }
    }

    /// Books every waiting line of an item out of suspense.
    fn resolve(
        &mut self,
        store: &str,
        resolve: &Resolve,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let mut left = 0_usize;
        for key in self.waiting_for(store, &resolve.item) {
            if self.take_out(&key, source, decisions).is_none() {
                left = left.saturating_add(1);
            }
        }
        if left == 0 {
            return Ok(());
        }
        Err(Refused::because(format!(
            "{left} lines of item {} stay in suspense: the item master has no version of it, or of a component of \
             its kit, for their business date, or a unit does not convert",
            said(&resolve.item)
        )))
    }

    /// The keys of the lines that wait for an item, bucket by bucket, and in each first what books as the
    /// open version does: so that no more versions are opened than there are books.
    fn waiting_for(&self, store: &str, item: &str) -> Vec<Text> {
        let lines = self.state.waiting.iter();
        let lines = lines
            .filter(|(_, line)| line.waits_for(item, &self.masters.items, &self.masters.stores))
            .filter(|(_, line)| store == EVERY_STORE || line.store == store);
        let mut lines: Vec<(Text, bool, Books, Option<&Touched>, &Text)> = lines
            .map(|(key, line)| {
                let window = Window { store: &line.store, date: line.business_date, number: line.window };
                let (posting, books) = (window.key(), line.books());
                let open = self.state.postings.get(posting.as_str());
                let otherwise =
                    open.is_some_and(|open| open.books_otherwise(&books, line.stock_of.as_slice()));
                (posting, otherwise, books, line.stock_of.as_ref(), key)
            })
            .collect();
        lines.sort();
        lines.into_iter().map(|(_, _, _, _, key)| key.clone()).collect()
    }

    /// Takes a line out of suspense where it was put in; `None` when the item master does not explain it.
    fn take_out(&mut self, key: &Text, source: &Source, decisions: &mut Decisions) -> Option<()> {
        let masters = Arc::clone(&self.masters);
        let line = self.state.waiting.get(key.as_str())?.clone();
        // Asked first: a line that stays must not open a bucket.
        line.is_resolvable(&masters.items, &masters.stores).then_some(())?;
        let window = Window { store: &line.store, date: line.business_date, number: line.window };
        let (posting, bucket) =
            self.open_bucket(&window, line.books(), line.stock_of.as_slice(), source, decisions);
        let (reclassifications, movement) =
            suspense::resolve(&line, &masters.items, &masters.stores, &bucket);
        let tick = self.state.tick();
        if let Some(posting) = self.state.postings.get_mut(&posting) {
            posting.last_tick = posting.last_tick.max(tick);
            movement.iter().for_each(|movement| posting.touch(movement));
        }
        self.state.waiting.remove(key);
        decisions.movements.extend(movement);
        decisions.events.extend(reclassifications.into_iter().map(|reclassification| SalesEvent {
            kind: "reclassified".into(),
            store: line.store.clone(),
            tick,
            source: Some(source.clone()),
            reclassification: Some(reclassification),
            ..SalesEvent::default()
        }));
        Some(())
    }

    pub(crate) fn refusal(&self, offered: &Offered<'_>, named: &Named, refused: Refused) -> SalesEvent {
        let reasons = refused.reasons.iter().map(|reason| said(reason)).collect();
        let mut event = self.notice("command_refused", offered, named, reasons);
        if let (Some(notice), Some((bucket, count, content))) = (&mut event.notice, refused.current) {
            *notice = Notice {
                bucket: Some(bucket),
                count: Some(count),
                bucket_content: Some(content),
                ..notice.clone()
            };
        }
        event
    }
}

/// A command that cannot be remembered or addressed is refused whenever it comes.
fn form(command: &Command) -> Result<(), Refused> {
    let id = &command.id;
    // Ids are made of times and counts: only a number that stands by itself is taken for a card's.
    if id.is_empty() || id.len() > COMMAND_ID_MAX || card::find_in(id) {
        return Err(Refused::because(format!(
            "the id of a command has 1 to {COMMAND_ID_MAX} bytes and no card number in it; give it another"
        )));
    }
    if command.store != EVERY_STORE && !identity::is_name(&command.store) {
        return Err(Refused::because(format!(
            "`{}` is neither a store, which has 1 to 20 of A-Z a-z 0-9 and hyphen, nor {EVERY_STORE} for all",
            said(&command.store)
        )));
    }
    Ok(())
}
