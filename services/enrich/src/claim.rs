//! Sends what a ticket takes back to the store that sold it, and counts there what comes.
//!
//! A claim is written with its ticket, in one transaction, to the partition of the store that sold the line on
//! `pos.commands`, its own also: there is one way. It is counted in the order of that partition and leaves one event,
//! of a kit one for each component that came back.
//! Its id is not kept among those of commands, which would cost a record and its place in memory for 14 days for every
//! line that comes back: the line it is about remembers its latest claims, for as long as it is remembered itself.

use domain::claim::{self, Judgement};
use domain::currency::Currency;
use domain::dedupe::Life;
use domain::enrichment::Explained;
use domain::masters::Store;
use domain::number::Amount;
use domain::partition;
use domain::record::command::{Claim, Command};
use domain::record::sales::{self, Sale, SalesEvent, Source, TicketId, TicketLine};
use domain::sold::{Back, Goods, Part};
use domain::text::Text;

use crate::command::Refused;
use crate::quarantine::Offered;
use crate::sequencer::{Decisions, Named, Sequencer, block_key, tick_date};
use crate::words::said;

/// The kind of the command and of the event.
pub(crate) const CLAIM: &str = "claim";

/// Who issues claims.
const ISSUER: &str = "enrich";

impl Sequencer {
    /// Remembers the number of an accepted ticket, whether a later one may undo it, and what it sold. True where
    /// something was claimed of it before.
    pub(crate) fn remember_accepted(
        &mut self,
        (key, index): &(Text, i32),
        explained: &Explained,
        store: &Store,
    ) -> bool {
        let ticket = explained.ticket();
        let on = tick_date(self.state.tick()).max(ticket.id().business_date);
        let block = self.state.blocks.get_or_insert_with(key, Default::default);
        block.remember(*index, ticket.content(), Life::Accepted, on);
        let Some(net) = ticket.voidable() else { return block.sold.is_claimed(*index) };
        block.remember_voidable(*index, net);
        block.sold.remember(*index, claim::sold(explained, store))
    }

    /// Claims what an accepted ticket takes back from the stores that sold it.
    pub(crate) fn claim_from_sellers(&self, ticket: &Explained, store: &Store, decisions: &mut Decisions) {
        let claims = claim::claims(ticket, store, &self.masters.stores);
        decisions.commands.extend(claims.into_iter().map(|claim| Command {
            id: id(&claim.returned),
            kind: CLAIM.to_owned(),
            store: claim.original.store.to_string(),
            issued_at: self.state.tick(),
            issued_by: ISSUER.to_owned(),
            claim: Some(claim),
            ..Command::default()
        }));
    }

    /// Counts one claim against the line that sold what came back.
    pub(crate) fn claim(
        &mut self,
        offered: &Offered<'_>,
        named: &Named,
        command: &Command,
        partitions: i32,
        decisions: &mut Decisions,
    ) {
        let (claim, currency) = match self.countable(command, partitions) {
            Ok(countable) => countable,
            Err(why) => {
                decisions.events.push(self.refusal(offered, named, Refused::because(why)));
                return;
            }
        };
        let seller = self.masters.stores.find(&command.store);
        let comparable = seller.is_none_or(|seller| seller.currency == currency);
        let goods =
            |quantity, amount| Goods { quantity, amount: if comparable { amount } else { Amount::ZERO } };
        let stock = claim.stock.iter();
        let stock = stock.map(|each| (Part::of(&each.item), goods(each.quantity, each.amount)));
        let back = Back { own: goods(claim.quantity, claim.amount), stock: stock.collect() };
        let (key, index) = block_key(&command.store, &claim.original.ticket);
        let (number, on) = (claim::number(&claim.returned), tick_date(self.state.tick()));
        let line = (index, claim.original.line);
        // What is too old to come any more is not waited for.
        let date = claim.original.ticket.business_date;
        let is_gone = self.state.first_remembered().is_some_and(|first| date < first)
            || seller.is_some_and(|seller| self.outside_horizon(date, seller).is_some());
        let known = self.state.blocks.get(key.as_str());
        let judged = match known.is_none() && is_gone {
            true => Some(vec![Judgement::forgotten(back.own)]),
            false => {
                let block = self.state.blocks.get_or_insert_with(&key, Default::default);
                block.claim(line, &back, number, currency.minor_units(), on)
            }
        };
        let Some(judged) = judged else {
            decisions.events.push(self.notice("command_repeat", offered, named, Vec::new()));
            return;
        };
        for judged in judged {
            let of_kit = claim.stock.iter().find(|each| Part::of(&each.item) == judged.part);
            let counted = sales::Claim {
                returned: Some(claim.returned.clone()),
                component: of_kit.map(|each| each.item.clone()),
                amount: of_kit.map_or(claim.amount, |each| each.amount),
                ..counted(claim.original.clone(), currency, &judged)
            };
            decisions.events.push(self.counted(&offered.source, counted));
        }
    }

    /// Says what holds of lines that were claimed of before their ticket came, or its void `sale`: of that ticket.
    pub(crate) fn judge_claimed(
        &self,
        store: &Store,
        id: &TicketId,
        sale: &Sale,
        source: &Source,
    ) -> Vec<SalesEvent> {
        let (key, index) = block_key(&store.store, id);
        let block = self.state.blocks.get(key.as_str());
        let judged = block.map(|block| block.claimed(index, store.currency.minor_units()));
        let event = |(line, judged): (i32, Judgement)| {
            let original = TicketLine { store: store.store.clone(), ticket: id.clone(), line };
            let counted = counted(original, store.currency, &judged);
            self.counted(source, sales::Claim { component: component(sale, line, judged.part), ..counted })
        };
        judged.into_iter().flatten().map(event).collect()
    }

    fn counted(&self, source: &Source, claim: sales::Claim) -> SalesEvent {
        SalesEvent {
            kind: CLAIM.into(),
            store: claim.original.store.clone(),
            tick: self.state.tick(),
            source: Some(source.clone()),
            claim: Some(claim),
            ..SalesEvent::default()
        }
    }

    /// The claim of a command and its currency, or why it cannot be counted.
    fn countable<'a>(&self, command: &'a Command, partitions: i32) -> Result<(&'a Claim, Currency), String> {
        let Some(claim) = &command.claim else { return Err("the command lacks its claim".to_owned()) };
        for (what, line) in [("returned", &claim.returned), ("original", &claim.original)] {
            if !claim::is_line(line) {
                return Err(format!(
                    "`{what}` is no line of a ticket: names, epoch, sequence and line as tills send"
                ));
            }
        }
        if *command.store != *claim.original.store {
            return Err("the command is for another store than the one that sold the line".to_owned());
        }
        let right = partition::of(command.store.as_bytes(), partitions);
        if right != self.partition() {
            let wrong = self.partition();
            return Err(format!("store {} belongs to partition {right}, and this is {wrong}", command.store));
        }
        let currency = Currency::parse(&claim.currency).map_err(|error| said(&error.to_string()))?;
        Ok((claim, currency))
    }
}

/// The id of a claim says what makes it. No hyphens: digits on both sides of one could be read as one number.
fn id(returned: &TicketLine) -> String {
    let TicketLine { store, ticket, line } = returned;
    format!("{CLAIM}/{store}/{}/{}/{}/{line}", ticket.register, ticket.epoch, ticket.sequence)
}

/// The item of a part of a line, where the line is of a kit.
fn component(sale: &Sale, line: i32, part: Part) -> Option<Text> {
    let mut items = sale.lines.iter().filter(|each| each.line == line).filter_map(|each| each.item.as_ref());
    items.find(|item| part.is_item() && Part::of(item) == part).cloned()
}

/// What is said of a line: what it sold and what was claimed of it so far.
fn counted(original: TicketLine, currency: Currency, judged: &Judgement) -> sales::Claim {
    sales::Claim {
        outcome: judged.outcome.word().into(),
        original,
        quantity: judged.back.quantity,
        amount: judged.back.amount,
        currency: currency.as_str().into(),
        sold_quantity: judged.sold.map(|sold| sold.quantity),
        sold_amount: judged.sold.map(|sold| sold.amount),
        claimed_quantity: judged.claimed.quantity,
        claimed_amount: judged.claimed.amount,
        excess_quantity: judged.excess.quantity,
        excess_amount: judged.excess.amount,
        ..sales::Claim::default()
    }
}
