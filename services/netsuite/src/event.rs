//! What the connector says: every message in one place, with its facts as fields.

use crate::shard::COMMANDS;

/// A document was posted.
pub(crate) fn posted(document: &str, netsuite_id: &str, attempts: i32) {
    tracing::debug!(document, netsuite_id, attempts, "document posted");
}

/// A document was refused, and its family waits.
pub(crate) fn parked(document: &str, class: &str, detail: &str) {
    tracing::error!(document, class, detail, "document refused and its family parked");
}

/// A person had a parked document tried again. Of an order only its place is said, never its words: they
/// are free text.
pub(crate) fn retried(document: &str, partition: i32, offset: i64) {
    tracing::info!(document, topic = COMMANDS, partition, offset, "parked document tried again on order");
}

/// A person ordered another try of a document that is not parked.
pub(crate) fn not_parked(partition: i32, offset: i64) {
    tracing::info!(topic = COMMANDS, partition, offset, "order skipped, its document is not parked");
}

/// An order cannot be carried out, whatever it is about.
pub(crate) fn order_skipped(partition: i32, offset: i64, code: &str) {
    tracing::warn!(topic = COMMANDS, partition, offset, code, "order skipped, it is not understood");
}

/// The lane takes no further document, since too many are parked.
pub(crate) fn full(topic: &str, partition: i32, held: usize) {
    tracing::error!(topic, partition, held, "lane stands still, too many documents are parked");
}

/// NetSuite was not reached, or gave no token.
pub(crate) fn not_reached(detail: &str) {
    tracing::warn!(detail, "netsuite not reached");
}

/// Logins were refused too often; nothing is sent until the next one is tried.
pub(crate) fn logins_pause(refused: u32, detail: &str) {
    let pause_seconds = crate::login::PAUSE.as_secs();
    tracing::error!(refused, pause_seconds, detail, "logins refused, check client id, certificate and key");
}

/// A look-up did not answer.
pub(crate) fn look_up_failed(document: &str, detail: &str) {
    tracing::warn!(document, detail, "look-up failed and is repeated");
}

/// NetSuite holds an external id more than once.
pub(crate) fn doubled(document: &str, held: u64) {
    tracing::error!(document, held, "external id held more than once");
}

/// The sweep for doubles did not answer.
pub(crate) fn sweep_failed(detail: &str) {
    tracing::warn!(detail, "sweep for doubles failed and is repeated");
}
