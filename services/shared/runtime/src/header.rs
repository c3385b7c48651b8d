//! The changelog header: which input offsets the state in a changelog partition stands for.
//!
//! It is one record of a fixed key, written once per transaction next to the state, and compared with the
//! committed offsets before a shard works. The comparison finds a state that is older or newer than the
//! offsets, whatever made it so: lost markers, torn transactions, expired or edited offsets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::client::Position;
use crate::stage::Stop;

/// The key of the header record. Shards never see it.
pub const KEY: &[u8] = b"!header";

/// Input positions: topic without namespace and partition, to the next offset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header(BTreeMap<(String, i32), i64>);

impl Header {
    /// Makes a header that says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the next offset of an input partition.
    pub fn set(&mut self, topic: &str, partition: i32, next: i64) {
        self.0.insert((topic.to_owned(), partition), next);
    }

    /// The next offset of an input partition.
    #[must_use]
    pub fn get(&self, topic: &str, partition: i32) -> Option<i64> {
        self.0.get(&(topic.to_owned(), partition)).copied()
    }

    /// The topics it says something of, once for each of their partitions.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|(topic, _)| topic.as_str())
    }

    /// True when no input is behind the first record its partition holds.
    #[must_use]
    pub fn is_first(&self, firsts: &[Position]) -> bool {
        let first = |topic: &str, partition: i32| {
            firsts.iter().find(|first| first.topic == topic && first.partition == partition)
        };
        let mut inputs = self.0.iter();
        inputs.all(|((topic, partition), next)| {
            first(topic, *partition).map_or(*next == 0, |first| *next <= first.offset)
        })
    }

    /// The value of the header record: one line `topic/partition next` for each input.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::new();
        for ((topic, partition), next) in &self.0 {
            // Writing to a string cannot fail.
            let written = writeln!(text, "{topic}/{partition} {next}");
            debug_assert!(written.is_ok());
        }
        text.into_bytes()
    }

    /// Reads the value of a header record.
    ///
    /// # Errors
    /// [`Stop`] when it is not one.
    pub fn decode(value: &[u8]) -> Result<Self, Stop> {
        let broken =
            || Stop(format!("the changelog header is not readable: {:?}", String::from_utf8_lossy(value)));
        let text = std::str::from_utf8(value).map_err(|_| broken())?;
        let mut header = Self::new();
        for line in text.lines() {
            let (input, next) = line.split_once(' ').ok_or_else(broken)?;
            let (topic, partition) = input.rsplit_once('/').ok_or_else(broken)?;
            let partition = partition.parse().map_err(|_| broken())?;
            header.set(topic, partition, next.parse().map_err(|_| broken())?);
        }
        Ok(header)
    }

    /// Decides where an input is read from.
    ///
    /// # Errors
    /// [`Stop`] when header and committed offset contradict each other, or neither exists.
    pub fn decide(&self, topic: &str, partition: i32, committed: Option<i64>) -> Result<i64, Stop> {
        let place = format!("{topic} [{partition}]");
        match (self.get(topic, partition), committed) {
            (Some(header), Some(committed)) if header == committed => Ok(header),
            // Offsets of a quiet topic expire; the header does not.
            (Some(header), None) => Ok(header),
            (Some(header), Some(committed)) => Err(Stop(format!(
                "{place}: the changelog header says {header}, the committed offset says {committed}: the state does \
                 not belong to the offsets, and going on would book twice or lose; restore the topic or the offsets"
            ))),
            (None, Some(committed)) => Err(Stop(format!(
                "{place}: the committed offset says {committed}, but the changelog has no header for it: the state is \
                 gone; restore the changelog topic"
            ))),
            (None, None) => Err(Stop(format!(
                "{place}: neither a committed offset nor a changelog header; on the very first start, or \
                 when the input is new to the service, stop the service and run `tillstream topics apply --first-start`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_header_survives_its_bytes() {
        let mut header = Header::new();
        header.set("pos.transactions", 3, 1042);
        header.set("pos.commands", 3, 0);
        let bytes = header.encode();
        assert_eq!(bytes, b"pos.commands/3 0\npos.transactions/3 1042\n");
        assert_eq!(Header::decode(&bytes).unwrap(), header);
        for broken in [&b"x"[..], b"a/b 1", b"a/1 x", b"\xff"] {
            assert!(Header::decode(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn work_starts_only_where_header_and_offset_do_not_contradict() {
        for (header, committed, expected) in [
            (Some(5), Some(5), Some(5)),
            (Some(5), None, Some(5)),
            (Some(0), None, Some(0)),
            (Some(5), Some(4), None),
            (Some(4), Some(5), None),
            (None, Some(5), None),
            (None, None, None),
        ] {
            let mut all = Header::new();
            all.set("other", 1, 9);
            if let Some(offset) = header {
                all.set("lead", 1, offset);
            }
            let decided = all.decide("lead", 1, committed);
            assert_eq!(decided.as_ref().ok().copied(), expected, "{header:?} {committed:?}");
            if let Err(Stop(reason)) = decided {
                for offset in [header, committed].into_iter().flatten() {
                    assert!(reason.contains(&offset.to_string()), "{reason}");
                }
            }
        }
    }
}
