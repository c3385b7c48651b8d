//! What became of a record, in the words of the tables.

use domain::record::command::Command;
use domain::record::inventory::{Adjustment, Movement, Position};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::posting::Posting;
use domain::record::quarantine::{QuarantineReason, Quarantined};
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use runtime::stage::Outputs;
use wire::Subject;
use wire::codec::Error;

use crate::schemas::codecs;

/// A record was taken and led to nothing that others see.
pub(crate) const NOTHING: &str = "nothing";

/// The reason of what was quarantined because it is no record.
const UNREADABLE: &str = "unreadable";

/// What stands on the outputs, in order.
pub(crate) fn said(out: &Outputs) -> String {
    let mut words = Vec::new();
    for (topic, _, _, value) in out.iter() {
        let value = value.expect("no service writes a tombstone to an output");
        words.push(match topic {
            "sales.enriched" => event(&read(value)),
            "pos.commands" => format!("claims from {}", read::<Command>(value).store),
            "inventory.deltas" => movement(&read(value)),
            "pos.quarantine" => return quarantined(&read(value)),
            "inventory.positions" => position(&read(value)),
            "inventory.adjustments" => read::<Adjustment>(value).id,
            "journal.entries" => read::<JournalEntry>(value).id,
            "tax.summaries" => read::<TaxSummary>(value).id,
            "liability.ledgers" => read::<LiabilityLedger>(value).id,
            "netsuite.postings" => posting(&read(value)),
            topic => panic!("say how a record of {topic} is put into words"),
        });
    }
    if words.is_empty() { NOTHING.to_owned() } else { words.join(", ") }
}

fn read<T: Subject>(value: &[u8]) -> T {
    codecs().decoder().unwrap().decode(value).expect("what a service writes can be read")
}

fn event(event: &SalesEvent) -> String {
    let outcome = event.claim.as_ref().map(|claim| format!(" {}", claim.outcome));
    format!("{}{}", event.kind, outcome.unwrap_or_default())
}

fn movement(movement: &Movement) -> String {
    let verb = match movement.kind.as_str() {
        "move" => "moves",
        "bucket_close" => "closes",
        kind => kind,
    };
    format!("{verb} {}", movement.location)
}

/// Every reason, by its code; in what is no record, the reader's own.
fn quarantined(envelope: &Quarantined) -> String {
    let reason = |reason: &QuarantineReason| match reason.code.as_str() {
        UNREADABLE => format!("{UNREADABLE}, {}", reason.detail),
        code => code.to_owned(),
    };
    let mut reasons: Vec<String> = envelope.reasons.iter().map(reason).collect();
    reasons.dedup();
    format!("quarantined: {}", reasons.join(" "))
}

fn position(position: &Position) -> String {
    let states = position.states.iter().map(|held| format!("{} {}", held.quantity, held.state));
    format!("{} has {}", position.item, states.collect::<Vec<_>>().join(" and "))
}

fn posting(posting: &Posting) -> String {
    match &posting.class {
        Some(class) => format!("{} {} for {class}", posting.status, posting.document),
        None => format!("{} {}", posting.status, posting.document),
    }
}

/// True when the words give the reason for which bytes are no record, by its code or in its own words.
pub(crate) fn names(words: &str, error: &Error) -> bool {
    words.contains(error.code()) || words.contains(error.to_string().trim_end())
}
