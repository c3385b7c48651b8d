//! What one key books to, by business date: the one place of the map that knows dates.

use std::collections::BTreeMap;

use crate::calendar::Date;

use super::Target;

/// The entries of one key by the first business date of each; that of `None` holds from the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dated(BTreeMap<Option<Date>, Target>);

impl Dated {
    /// Adds what holds from a date on, that date included; the reader sees to it that no other does from that date.
    pub(super) fn insert(&mut self, from: Option<Date>, target: Target) {
        self.0.insert(from, target);
    }

    /// What holds on a date: the entry of the latest first date that is not after it.
    pub(super) fn on(&self, date: Date) -> Option<&Target> {
        // `None` stands before every date.
        self.0.range(..=Some(date)).next_back().map(|(_, target)| target)
    }

    /// The entries in the order of their dates.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<Date>, &Target)> {
        self.0.iter().map(|(from, target)| (*from, target))
    }
}
