//! Decides whether what a post-void undoes is there to be undone, and is what it repeats.

use domain::claim;
use domain::dedupe::Life;
use domain::enrichment::Explained;
use domain::masters::Store;
use domain::record::pos::Transaction;
use domain::record::sales::TicketId;
use domain::ticket::{self, Code, Reason};

use crate::sequencer::{Sequencer, block_key};

impl Sequencer {
    /// Why what a ticket undoes is not booked, or not any more: its money would be given back twice, or was never
    /// taken.
    pub(crate) fn undoes_in_vain(&self, transaction: &Transaction, store: &Store) -> Option<Reason> {
        let original = ticket::undone(transaction, store)?;
        let (key, index) = block_key(&store.store, &original);
        let block = self.state.blocks.get(key.as_str());
        let what = match block.and_then(|block| block.life(index)) {
            Some(Life::Accepted) => match block.and_then(|block| block.voidable(index)) {
                Some(net) if net == ticket::net(transaction) => return None,
                Some(_) => "went the other way; a post_void has the opposite sign of what it voids",
                None => {
                    "booked nothing, or voids another itself; name the ticket that did, or write this off; or an \
                     older version booked it: send a movement of the other way, then write this off"
                }
            },
            Some(Life::Voided) => "is voided already; write this off, or ring up what it was for",
            Some(Life::Quarantined) => {
                "lies in quarantine; release it first and then this, or write off both"
            }
            Some(Life::WrittenOff) => {
                "was written off, or booked under another number; name that number and release this, or write it off, \
                 too"
            }
            None => {
                "was not seen, or so long ago that it is forgotten; release this once it was booked, or write it off"
            }
        };
        let TicketId { register, sequence, business_date, .. } = &original;
        Some(Reason::of_field(
            Code::VoidOfUnbooked,
            "links",
            format!("number {sequence} of register {register} of {business_date}, which it voids, {what}"),
        ))
    }

    /// In what a ticket does not repeat the one that it undoes, as far as that is remembered.
    pub(crate) fn differs_from_voided(&self, ticket: &Explained, store: &Store) -> Vec<Reason> {
        let original = ticket::undone(ticket.ticket().transaction(), store);
        let sold = original.and_then(|original| {
            let (key, index) = block_key(&store.store, &original);
            self.state.blocks.get(key.as_str())?.sold.ticket(index).filter(|sold| sold.booked)
        });
        sold.map_or_else(Vec::new, |sold| claim::not_repeated(ticket, &sold, store))
    }
}
