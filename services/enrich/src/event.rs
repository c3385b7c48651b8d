//! What the service says while it runs, one function an event.

use domain::masters::Uneven;
use domain::record::sales::{Claim, Close};

/// A bucket closed.
pub(crate) fn bucket_closed(store: &str, close: &Close) {
    tracing::debug!(
        store,
        business_date = %close.bucket.business_date,
        window = close.bucket.window,
        version = close.bucket.version,
        reason = close.reason.as_str(),
        tickets = close.count,
        "bucket closed"
    );
}

/// A master record cannot be used. Its item goes to suspense, its store to quarantine, and both say so: one
/// bad record must not stop the stores.
pub(crate) fn master_refused(topic: &str, offset: i64, key: &str, why: &str) {
    tracing::error!(topic, offset, key, why, "master record refused");
}

/// Stores of one subsidiary differ in when the tax of a deposit is due: each is held to its own, so someone must say
/// which of them is right.
pub(crate) fn deposit_taxes_differ(uneven: &Uneven) {
    let Uneven { subsidiary, store, other } = uneven;
    tracing::warn!(%subsidiary, %store, %other, "stores of a subsidiary differ in deposit_tax");
}

/// No more quarantined records are held: someone must release or write off.
pub(crate) fn quarantine_full(partition: i32, held: usize) {
    tracing::error!(partition, held, "quarantine is full, further records cannot be released");
}

/// No more lines may wait: someone must publish items and resolve them.
pub(crate) fn suspense_full(partition: i32, waiting: usize) {
    tracing::error!(partition, waiting, "suspense is full, tickets with unknown items are quarantined");
}

/// More came back than was sold: how often since this was said last, and the last one whole. All are on
/// `sales.enriched`.
pub(crate) fn more_came_back(partition: i32, claims: u64, last: &Claim) {
    let original = &last.original;
    tracing::warn!(
        partition,
        claims,
        store = %original.store,
        register = %original.ticket.register,
        business_date = %original.ticket.business_date,
        sequence = original.ticket.sequence,
        line = original.line,
        excess_quantity = %last.excess_quantity,
        excess_amount = %last.excess_amount,
        currency = %last.currency,
        "more came back than was sold"
    );
}
