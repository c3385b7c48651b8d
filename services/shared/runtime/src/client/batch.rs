//! Records as they came from a poll, held in one buffer that is used again.
//!
//! Records are copied out of the client once: it keeps the rest of the crate free of client lifetimes, and
//! a record that must wait can outlive the poll.

use crate::stage::{EpochMillis, Record};

/// The most records one poll hands over.
pub(crate) const RECORDS_MAX: usize = 512;
/// The most bytes one poll hands over, except for a single record that is larger.
pub(crate) const BYTES_MAX: usize = 1024 * 1024;

/// What one or more polls brought, in order.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Kept>,
}

/// One thing a poll brought.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// A record; its topic is left empty, since a poll is of one topic.
    Record(Record<'a>),
    /// The end of a partition was reached: everything readable before was handed over.
    End(i32),
}

#[derive(Debug, Clone, Copy)]
enum Kept {
    Record {
        partition: i32,
        offset: i64,
        timestamp: Option<EpochMillis>,
        key: Option<(usize, usize)>,
        value: Option<(usize, usize)>,
    },
    End(i32),
}

impl Batch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True when there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when no further record should be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.entries.len() >= RECORDS_MAX || self.bytes.len() >= BYTES_MAX
    }

    /// The bytes of keys and values in it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a copy of a record.
    pub fn push(&mut self, record: &Record<'_>) {
        let key = record.key.map(|bytes| self.keep(bytes));
        let value = record.value.map(|bytes| self.keep(bytes));
        self.entries.push(Kept::Record {
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key,
            value,
        });
    }

    /// Adds the end of a partition.
    pub fn push_end(&mut self, partition: i32) {
        self.entries.push(Kept::End(partition));
    }

    /// The entries in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries.iter().map(|kept| match *kept {
            Kept::End(partition) => Entry::End(partition),
            Kept::Record { partition, offset, timestamp, key, value } => Entry::Record(Record {
                topic: "",
                partition,
                offset,
                timestamp,
                key: key.map(|(from, to)| &self.bytes[from..to]),
                value: value.map(|(from, to)| &self.bytes[from..to]),
            }),
        })
    }

    /// Forgets what belongs to a partition.
    pub fn forget(&mut self, gone: i32) {
        self.entries.retain(|kept| match *kept {
            Kept::Record { partition, .. } | Kept::End(partition) => partition != gone,
        });
    }

    /// Forgets everything and keeps the buffers.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    fn keep(&mut self, bytes: &[u8]) -> (usize, usize) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (from, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_put_in_and_forgets_a_partition() {
        let mut batch = Batch::new();
        let record = |partition, offset, value| Record {
            topic: "",
            partition,
            offset,
            timestamp: Some(7),
            key: Some(b"key"),
            value,
        };
        batch.push(&record(1, 10, Some(&b"one"[..])));
        batch.push(&record(2, 20, None));
        batch.push_end(1);
        batch.push(&record(1, 11, Some(b"")));
        let shown: Vec<String> = batch
            .iter()
            .map(|entry| match entry {
                Entry::Record(record) => format!("{}@{}={:?}", record.partition, record.offset, record.value),
                Entry::End(partition) => format!("end {partition}"),
            })
            .collect();
        assert_eq!(shown, ["1@10=Some([111, 110, 101])", "2@20=None", "end 1", "1@11=Some([])"]);
        batch.forget(1);
        assert_eq!(batch.len(), 1);
        batch.clear();
        assert!(batch.is_empty() && batch.bytes() == 0);
    }
}
