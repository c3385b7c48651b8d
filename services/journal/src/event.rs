//! What the service says while it runs, one function an event.

use domain::record::journal::JournalEntry;
use domain::record::sales::Close;
use domain::record::tax::TaxSummary;

/// A shard goes on under an account map: its first, or one that was adopted.
pub(crate) fn account_map_taken(partition: i32, held: Option<&str>, hash: &str) {
    tracing::info!(partition, held = held.unwrap_or("none"), account_map = hash, "account map taken");
}

/// A bucket closed into documents. Without documents its totals came to zero.
pub(crate) fn bucket_closed(store: &str, close: &Close, entries: &[JournalEntry]) {
    tracing::debug!(
        store,
        business_date = %close.bucket.business_date,
        window = close.bucket.window,
        version = close.bucket.version,
        reason = close.reason.as_str(),
        tickets = close.count,
        documents = entries.len(),
        lines = entries.iter().map(|entry| entry.lines.len()).sum::<usize>(),
        "bucket closed"
    );
}

/// The taxes of a bucket cannot be kept any more: its journal goes on, its tax summary is lost.
pub(crate) fn taxes_lost(bucket: &str, why: &domain::taxes::Error) {
    tracing::warn!(bucket, %why, "no tax summary will be written: its taxes cannot be kept");
}

/// A bucket closed whose tills state more taxes than are told apart: a wrong code or rate on each line, most likely.
pub(crate) fn taxes_mixed(summary: &TaxSummary) {
    tracing::warn!(
        summary = summary.id,
        "more taxes than a bucket tells apart: the further ones are one line; check tax codes and rates of its tills"
    );
}

/// A bucket closed whose taxes are not all known: an older version opened it, or they could not be kept. Its journal is
/// whole.
pub(crate) fn taxes_unknown(store: &str, close: &Close) {
    tracing::warn!(
        store,
        business_date = %close.bucket.business_date,
        window = close.bucket.window,
        version = close.bucket.version,
        "no tax summary: not all taxes of the bucket are known; take them from its journal"
    );
}
