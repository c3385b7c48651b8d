//! What bounds the memory of a shard and the size of what it writes, and how the limits relate.
//!
//! Each limit of memory has a gauge beside it, in `metrics`. The sizes hold whatever is offered, so that no
//! record can make one that its topic refuses.

/// Quarantined records a shard holds for a decision. What comes beyond is quarantined all the same, with
/// its envelope and event, but cannot be released: mended, it is sent again under its own number.
pub const HELD_MAX: usize = 100_000;

/// Days a quarantined record is held for a decision. Then it is written off: its envelope stays on
/// `pos.quarantine` for one more day, and beyond nobody could see what to decide on.
pub const HELD_DAYS: i32 = 119;

/// Days after which a held record counts as old: a month before it is written off.
pub const HELD_OLD_DAYS: i32 = 90;

/// Lines that may wait in suspense; a kit leaves it as up to a hundred. A ticket with an unknown item is quarantined
/// beyond.
pub const WAITING_MAX: usize = 1_000_000;

/// Milliseconds of ticks after the end of its ticket from which a line in suspense counts as old: a week.
pub const WAITING_OLD: i64 = 7 * 86_400_000;

/// Bytes of a ticket that is booked. What it leads to on `sales.enriched` and `inventory.deltas` has at most
/// four times its bytes, 1.6 KiB for each of its lines, or for each component, discount and tax of its kits, and 384
/// KiB that its own discounts and taxes are shared out to: below the 4 MiB of both topics.
pub const TICKET_MAX: usize = 512 * 1024;

/// Bytes of a body kept in quarantine: a ticket that could be booked is always kept whole.
pub const BODY_MAX: usize = TICKET_MAX;

/// Bytes of a key kept in quarantine: a right one has 20 at most.
pub const KEY_MAX: usize = 256;

/// Bytes of all reasons of one record.
pub const REASONS_MAX: usize = 128 * 1024;

/// Bytes of one text that is repeated on a topic: a person's reason, a detail.
pub const WORDS_MAX: usize = 2_048;

/// Bytes of a command's id: it is remembered as it is.
pub const COMMAND_ID_MAX: usize = 128;

/// Milliseconds of ticks for which a command waits for the item master.
pub const ITEMS_WAIT_MAX: i64 = 10 * 60_000;

/// Bytes that `pos.quarantine` takes, and what is left there for names, numbers and the batch.
const ENVELOPE_MAX: usize = 1024 * 1024;
const ENVELOPE_OVERHEAD: usize = 8 * 1024;

const _: () = assert!(BODY_MAX + KEY_MAX + REASONS_MAX + ENVELOPE_OVERHEAD <= ENVELOPE_MAX);
const _: () = assert!(BODY_MAX >= TICKET_MAX);
const _: () = assert!(WORDS_MAX < REASONS_MAX && COMMAND_ID_MAX < WORDS_MAX);

/// The limits of memory, which a test makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// As [`HELD_MAX`].
    pub held: usize,
    /// As [`WAITING_MAX`].
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { held: HELD_MAX, waiting: WAITING_MAX }
    }
}
