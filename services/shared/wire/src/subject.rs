//! Which record travels under which subject, decided by type.

use domain::record::command::Command;
use domain::record::inventory::{Adjustment, Movement, Position};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::pos::Transaction;
use domain::record::posting::{Posting, PostingCommand};
use domain::record::quarantine::Quarantined;
use domain::record::reference::{Item, Store};
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record type that travels under one subject. A service implements it for its own changelog record.
pub trait Subject: Serialize + DeserializeOwned + 'static {
    /// The subject: the topic name and `-value`, as the registry's topic name strategy has it.
    const SUBJECT: &'static str;
}

macro_rules! subjects {
    ($($record:ty => $subject:literal,)*) => {
        $(impl Subject for $record {
            const SUBJECT: &'static str = $subject;
        })*
    };
}

subjects! {
    Transaction => "pos.transactions-value",
    Command => "pos.commands-value",
    Item => "ref.items-value",
    Store => "ref.stores-value",
    SalesEvent => "sales.enriched-value",
    Movement => "inventory.deltas-value",
    Position => "inventory.positions-value",
    Adjustment => "inventory.adjustments-value",
    TaxSummary => "tax.summaries-value",
    LiabilityLedger => "liability.ledgers-value",
    JournalEntry => "journal.entries-value",
    Posting => "netsuite.postings-value",
    PostingCommand => "netsuite.commands-value",
    Quarantined => "pos.quarantine-value",
}
