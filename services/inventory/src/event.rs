//! What the service says while it runs, one function an event.

use domain::record::inventory::{Adjustment, Movement};

use crate::ledger::Shortfall;

/// A shard goes on under an account map: its first, or one that was adopted.
pub(crate) fn account_map_taken(partition: i32, held: Option<&str>, hash: &str) {
    tracing::info!(partition, held = held.unwrap_or("none"), account_map = hash, "account map taken");
}

/// A bucket closed at a location. Without documents its sums came to zero.
pub(crate) fn bucket_closed(close: &Movement, adjustments: &[Adjustment]) {
    tracing::debug!(
        store = close.bucket.store.as_str(),
        business_date = %close.bucket.business_date,
        window = close.bucket.window,
        version = close.bucket.version,
        location = close.location.as_str(),
        documents = adjustments.len(),
        lines = adjustments.iter().map(|adjustment| adjustment.lines.len()).sum::<usize>(),
        "bucket closed"
    );
}

/// What a location has on hand of an item fell below zero: someone should count the goods.
pub(crate) fn fell_below_zero(partition: i32, shortfall: &Shortfall) {
    tracing::warn!(
        partition,
        location = %shortfall.location,
        item = %shortfall.item,
        on_hand = %shortfall.on_hand,
        "stock fell below zero"
    );
}

/// Beside those that were named, so many more stocks of an item fell below zero. All are on `inventory.positions`.
pub(crate) fn more_fell_below_zero(partition: i32, more: u64) {
    tracing::warn!(partition, more, "more stock fell below zero than is named");
}
