//! Carries out commands of people, once each, in the order they were written.
//!
//! A command that cannot be carried out leaves an event that says why and what holds at this moment, so
//! that the person can decide again; it is never retried in silence.

use std::sync::Arc;

use domain::bucket::{CloseReason, Posting};
use domain::dedupe::{Life, Verdict};
use domain::record::command::{BucketVersion, Command, Coordinates, Release, Resolve};
use domain::record::pos::Transaction;
use domain::record::sales::{Bucket, Notice, SalesEvent, Source, TicketId};
use domain::ticket::{self, Reason};
use domain::{partition, suspense};

use crate::quarantine::Offered;
use crate::sequencer::{
    Decisions, EVERY_STORE, Named, Sequencer, block_key, held_key, posting_key, split_posting_key, tick_date,
};

/// The item master has not yet been read as far as a command needs; the command waits at the head of its
/// topic while sales go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemsBehind;

/// Why a command was refused, and what holds at this moment.
struct Refused {
    reasons: Vec<String>,
    current: Option<(Bucket, i64, domain::identity::ContentHash)>,
}

impl Refused {
    fn because(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], current: None }
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
        let named =
            Named { store: command.store.clone(), command: Some(command.id.clone()), ..Named::default() };
        if self.state.commands.contains_key(command.id.as_str()) {
            decisions.events.push(self.notice("command_repeat", offered, &named, Vec::new()));
            return Ok(());
        }
        if command
            .resolve
            .as_ref()
            .is_some_and(|resolve| self.masters.items.next_offset() <= resolve.items_offset)
        {
            return Err(ItemsBehind);
        }
        self.state.commands.insert(command.id.clone(), tick_date(self.state.tick()));
        let at = decisions.events.len();
        let done = self.carry_out(offered, command, body, partitions, decisions);
        let event = match done {
            Ok(()) => self.notice("command", offered, &named, command.reason.iter().cloned().collect()),
            Err(refused) => self.refusal(offered, &named, refused),
        };
        // The command stands before what it led to.
        decisions.events.insert(at, event);
        Ok(())
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
            ("release", None, _, _) => self.release_all(&command.store, source, decisions),
            ("resolve", _, Some(resolve), _) => self.resolve(&command.store, resolve, source, decisions),
            ("quarantine_release", _, _, Some(decision)) => {
                let body = body.ok_or_else(|| Refused::because("the release carries no bytes to book"))?;
                let transaction = body.map_err(|reason| Refused::because(reason.to_string()))?;
                self.release_quarantined(&decision.record, transaction, partitions, source, decisions)
            }
            ("quarantine_write_off", _, _, Some(decision)) => {
                self.write_off(&decision.record, &command.id, offered, decisions)
            }
            (kind, _, _, _) => Err(Refused::because(format!(
                "`{kind}` is no command this version carries out, or the command lacks its details"
            ))),
        }
    }

    fn release(
        &mut self,
        store: &str,
        release: &Release,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let masters = Arc::clone(&self.masters);
        let store = masters
            .stores
            .find(store)
            .ok_or_else(|| Refused::because(format!("store {store} is not in the store master")))?;
        let BucketVersion { business_date, window, version } = release.bucket;
        let key = posting_key(&store.store, business_date, window);
        let held = self.state.postings.get(key.as_str());
        let same = |posting: &Posting| {
            posting.open
                && posting.version == version
                && posting.count == release.count
                && posting.content == release.content
        };
        match held {
            Some(posting) if same(posting) => {
                self.close(store, &key, CloseReason::Release, Some(source), decisions);
                Ok(())
            }
            Some(posting) if posting.open => Err(Refused {
                reasons: vec![
                    "the bucket has changed since it was looked at; look again and release again".into(),
                ],
                current: Some((
                    Bucket { business_date, window, version: posting.version },
                    posting.count,
                    posting.content,
                )),
            }),
            Some(_) | None => Err(Refused::because(format!(
                "store {} has no open bucket for {business_date}, window {window}",
                store.store
            ))),
        }
    }

    fn release_all(
        &mut self,
        store: &str,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let masters = Arc::clone(&self.masters);
        let prefix = if store == EVERY_STORE { String::new() } else { format!("{store}/") };
        let keys: Vec<String> = self.open_postings(&prefix).map(|(key, _)| key.clone()).collect();
        let mut unknown = Vec::new();
        for key in &keys {
            let name = split_posting_key(key).map_or("", |(store, _, _)| store);
            match masters.stores.find(name) {
                Some(store) => self.close(store, key, CloseReason::Release, Some(source), decisions),
                None => {
                    unknown.push(format!("store {name} is no longer in the store master; {key} stays open"))
                }
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(Refused { reasons: unknown, current: None }) }
    }

    /// Books every waiting line of an item out of suspense.
    fn resolve(
        &mut self,
        store: &str,
        resolve: &Resolve,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let masters = Arc::clone(&self.masters);
        let waiting: Vec<String> = self
            .state
            .waiting
            .iter()
            .filter(|(_, line)| line.waits_for(&resolve.item, &masters.items))
            .filter(|(_, line)| store == EVERY_STORE || line.store == store)
            .map(|(key, _)| key.clone())
            .collect();
        let mut left = 0_usize;
        for key in waiting {
            let Some(line) = self.state.waiting.get(key.as_str()).cloned() else { continue };
            let explained = line.is_resolvable(&masters.items);
            let Some(store) = masters.stores.find(&line.store).filter(|_| explained) else {
                left = left.saturating_add(1);
                continue;
            };
            let tick = self.state.tick();
            let (posting, bucket) = self.open_bucket(&store.store, line.business_date, line.window);
            let Some((reclassification, movement)) = suspense::resolve(&line, store, &masters.items, bucket)
            else {
                left = left.saturating_add(1);
                continue;
            };
            if let Some(posting) = self.state.postings.get_mut(&posting) {
                posting.last_tick = posting.last_tick.max(tick);
                movement.iter().for_each(|movement| posting.touch(&movement.location));
            }
            self.state.waiting.remove(&key);
            decisions.movements.extend(movement);
            decisions.events.push(SalesEvent {
                kind: "reclassified".to_owned(),
                store: store.store.to_string(),
                tick,
                source: Some(source.clone()),
                reclassification: Some(reclassification),
                ..SalesEvent::default()
            });
        }
        if left == 0 {
            return Ok(());
        }
        Err(Refused::because(format!(
            "{left} lines of item {} stay in suspense: the item master has no version of it for their business \
             date, or its unit does not convert",
            resolve.item
        )))
    }

    fn release_quarantined(
        &mut self,
        record: &Coordinates,
        transaction: Transaction,
        partitions: i32,
        source: &Source,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let masters = Arc::clone(&self.masters);
        let key = coordinates_key(record);
        let held = self.state.held.get(key.as_str()).cloned().ok_or_else(|| not_held(&key))?;
        let store = masters
            .stores
            .find(&transaction.store)
            .ok_or_else(|| Refused::because(Reason::unknown_store(&transaction.store).to_string()))?;
        let right = partition::of(transaction.store.as_bytes(), partitions);
        if right != self.partition() {
            let reason = Reason::wrong_partition(&transaction.store, self.partition(), right);
            return Err(Refused::because(reason.to_string()));
        }
        let content = ticket::content_hash(&transaction);
        let ticket = self.bookable(transaction, content, store).map_err(refused)?;
        let id = ticket.id().clone();
        let earliest = self.settings.earliest_business_date;
        ticket::in_horizon(id.business_date, self.state.tick(), &store.zone, earliest)
            .map_err(|reason| Refused::because(reason.to_string()))?;
        let own_number = held.ticket.as_ref() == Some(&id) && held.store == *store.store;
        if !own_number {
            if self.verdict(&store.store, &id, ticket.content()) != Verdict::First {
                return Err(Refused::because(format!(
                    "register {} number {} is held by another record; give the ticket a number of its own",
                    id.register, id.sequence
                )));
            }
            self.settle(&held.store, held.ticket.as_ref(), Life::WrittenOff);
        }
        self.remember(&store.store, &id, ticket.content(), Life::Accepted);
        self.state.held.remove(&key);
        self.accept(&ticket, store, "quarantine_released", source, decisions);
        Ok(())
    }

    fn write_off(
        &mut self,
        record: &Coordinates,
        command: &str,
        offered: &Offered<'_>,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let key = coordinates_key(record);
        let held = self.state.held.get(key.as_str()).cloned().ok_or_else(|| not_held(&key))?;
        self.settle(&held.store, held.ticket.as_ref(), Life::WrittenOff);
        self.state.held.remove(&key);
        let named = Named {
            store: held.store,
            ticket: held.ticket,
            content: held.content,
            command: Some(command.to_owned()),
            written: None,
        };
        decisions.events.push(self.notice("written_off", offered, &named, vec![key]));
        Ok(())
    }

    fn settle(&mut self, store: &str, ticket: Option<&TicketId>, life: Life) {
        let Some(id) = ticket else { return };
        let (key, index) = block_key(store, id);
        let on = tick_date(self.state.tick());
        if let Some(block) = self.state.blocks.get_mut(&key) {
            block.set_life(index, life, on);
        }
    }

    fn refusal(&self, offered: &Offered<'_>, named: &Named, refused: Refused) -> SalesEvent {
        let mut event = self.notice("command_refused", offered, named, refused.reasons);
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

fn refused(reasons: Vec<Reason>) -> Refused {
    Refused { reasons: reasons.iter().map(ToString::to_string).collect(), current: None }
}

fn not_held(key: &str) -> Refused {
    Refused::because(format!("{key} is not in quarantine here: it never was, or was released or written off"))
}

fn coordinates_key(record: &Coordinates) -> String {
    held_key(&Source { topic: record.topic.clone(), partition: record.partition, offset: record.offset })
}
