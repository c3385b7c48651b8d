//! The quarantine envelope: a record whole, with every reason, and without a card number.
//!
//! Whatever is offered, its envelope fits its topic: body, key and reasons are cut to limits that together
//! stay below what the topic takes.

use domain::calendar::Timestamp;
use domain::card;
use domain::record::Bytes;
use domain::record::quarantine::Quarantined;
use domain::record::sales::Source;
use domain::ticket::{Code, Reason};
use sha2::{Digest, Sha256};

use crate::limits::{BODY_MAX, KEY_MAX, REASONS_MAX};
use crate::sequencer::{NO_STORE, Named};
use crate::words;

/// A record as it was offered.
#[derive(Debug, Clone)]
pub struct Offered<'a> {
    /// Where it stands.
    pub source: Source,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

impl Offered<'_> {
    /// The schema id of a framed value.
    #[must_use]
    pub fn schema_id(&self) -> Option<i64> {
        match self.value {
            Some([0, a, b, c, d, ..]) => Some(i64::from(u32::from_be_bytes([*a, *b, *c, *d]))),
            _ => None,
        }
    }
}

/// The reasons of one record, of [`REASONS_MAX`] bytes at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons(Vec<Reason>);

impl Reasons {
    /// Cuts each reason, and the list where it is too long; the last one then says how many are left out.
    #[must_use]
    pub fn bounded(reasons: Vec<Reason>) -> Self {
        let all = reasons.len();
        let mut room = REASONS_MAX;
        let mut kept: Vec<Reason> = reasons
            .into_iter()
            .map(|reason| Reason {
                field: reason.field.map(words::cut),
                detail: words::cut(reason.detail),
                ..reason
            })
            .take_while(|reason| {
                room = room.saturating_sub(size(reason));
                room > 0
            })
            .collect();
        let left_out = all.saturating_sub(kept.len());
        if left_out > 0 {
            let detail = format!("{left_out} more reasons are not listed; mend these first");
            kept.push(Reason::of_record(Code::MoreReasons, detail));
        }
        Self(kept)
    }

    /// Each reason as `code: field: detail`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// Bytes of a reason on a topic, with what frames it.
fn size(reason: &Reason) -> usize {
    let field = reason.field.as_ref().map_or(0, String::len);
    reason.code.as_str().len() + field + reason.detail.len() + 16
}

/// The envelope of a quarantined record.
#[must_use]
pub fn envelope(offered: &Offered<'_>, named: &Named, reasons: Reasons, tick: Timestamp) -> Quarantined {
    let value = offered.value.unwrap_or_default();
    let mut body = value.to_vec();
    let mut key = offered.key.map(<[u8]>::to_vec);
    let masked_body = card::mask_bytes(&mut body);
    let masked_key = key.as_mut().is_some_and(card::mask_bytes);
    let cut = body.len() > BODY_MAX || key.as_ref().is_some_and(|key| key.len() > KEY_MAX);
    // Masked before it is cut: a number across the cut must not leave its first half behind.
    body.truncate(BODY_MAX);
    if let Some(key) = &mut key {
        key.truncate(KEY_MAX);
    }
    let written = named.written.as_ref();
    Quarantined {
        topic: offered.source.topic.to_string(),
        partition: offered.source.partition,
        offset: offered.source.offset,
        store: (named.store != NO_STORE).then(|| named.store.to_string()),
        register: written.map(|(register, _, _)| register.to_string()),
        business_date: written.map(|(_, date, _)| *date),
        epoch: named.ticket.as_ref().map(|id| id.epoch),
        sequence: written.map(|(_, _, sequence)| *sequence),
        content: named.content,
        reasons: reasons.0.into_iter().map(Into::into).collect(),
        schema_id: offered.schema_id(),
        key: key.map(Bytes),
        body: offered.value.map(|_| Bytes(body)),
        body_length: i64::try_from(value.len()).unwrap_or(i64::MAX),
        body_sha256: hexadecimal(&Sha256::digest(value)),
        masked: masked_body || masked_key,
        cut,
        tick,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
