//! Carries out what a person decided about a quarantined record: book it after all, or write it off.

use std::sync::Arc;

use domain::dedupe::{Life, Verdict};
use domain::partition;
use domain::record::command::Coordinates;
use domain::record::pos::Transaction;
use domain::record::sales::{Notice, SalesEvent, Source, TicketId};
use domain::text::Text;
use domain::ticket::{self, Reason};

use crate::command::Refused;
use crate::limits::HELD_DAYS;
use crate::quarantine::Offered;
use crate::sequencer::{Cause, Decisions, Named, Sequencer, block_key, held_key, tick_date};

impl Sequencer {
    pub(crate) fn release_quarantined(
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
        let ticket =
            self.bookable(transaction, content, store).map_err(|reasons| Refused::for_reasons(&reasons))?;
        let id = ticket.ticket().id().clone();
        let number = block_key(&store.store, &id);
        if let Some(reason) = self.outside_horizon(id.business_date, store) {
            return Err(Refused::for_reasons(&[reason]));
        }
        let (block, index) = &number;
        let own_number = held.ticket.as_ref() == Some(&id)
            && held.store == *store.store
            && self.state.blocks.get(block.as_str()).and_then(|block| block.life(*index))
                == Some(Life::Quarantined);
        if !own_number {
            if self.verdict(&number, content) != Verdict::First {
                return Err(Refused::because(format!(
                    "register {} number {} is held by another record; give the ticket a number of its own",
                    id.register, id.sequence
                )));
            }
            self.settle(&held.store, held.ticket.as_ref(), Life::WrittenOff);
        }
        self.state.held.remove(&key);
        self.accept(ticket, &number, store, Cause { kind: "quarantine_released", source }, decisions);
        Ok(())
    }

    pub(crate) fn write_off(
        &mut self,
        record: &Coordinates,
        command: &str,
        offered: &Offered<'_>,
        decisions: &mut Decisions,
    ) -> Result<(), Refused> {
        let key = coordinates_key(record);
        let named = Named { command: Some(command.into()), ..self.end_held(&key)? };
        decisions.events.push(self.notice("written_off", offered, &named, vec![key.into()]));
        Ok(())
    }

    /// Writes off a record that nobody decided on in time.
    pub(crate) fn write_off_undecided(&mut self, key: &Text, decisions: &mut Decisions) {
        let Ok(Named { store, ticket, content, .. }) = self.end_held(key) else { return };
        let undecided = format!("undecided: nobody decided on it in {HELD_DAYS} days");
        let reasons = vec![key.to_string(), undecided];
        decisions.events.push(SalesEvent {
            kind: "written_off".into(),
            store,
            tick: self.state.tick(),
            notice: Some(Notice { ticket, content, reasons, ..Notice::default() }),
            ..SalesEvent::default()
        });
    }

    /// Lets go of a held record for good; its number is never booked.
    fn end_held(&mut self, key: &Text) -> Result<Named, Refused> {
        let held = self.state.held.get(key.as_str()).cloned().ok_or_else(|| not_held(key))?;
        self.settle(&held.store, held.ticket.as_ref(), Life::WrittenOff);
        self.state.held.remove(key);
        Ok(Named { store: held.store, ticket: held.ticket, content: held.content, ..Named::default() })
    }

    pub(crate) fn settle(&mut self, store: &str, ticket: Option<&TicketId>, life: Life) {
        let Some(id) = ticket else { return };
        let (key, index) = block_key(store, id);
        let on = tick_date(self.state.tick());
        if let Some(block) = self.state.blocks.get_mut(&key) {
            block.set_life(index, life, on);
        }
    }
}

fn not_held(key: &str) -> Refused {
    Refused::because(format!("{key} is not in quarantine here: it never was, or was released or written off"))
}

fn coordinates_key(record: &Coordinates) -> Text {
    held_key(&Source {
        topic: record.topic.as_str().into(),
        partition: record.partition,
        offset: record.offset,
    })
}
