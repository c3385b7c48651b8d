//! Tables of state in groups: the stock of each location, the sums of each bucket.
//!
//! One movement touches one location and one bucket. Their tables are found once for it, are small, and have short
//! keys; one table of all would be searched through for each leg, by texts that begin alike.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::text::Text;
use runtime::overlay::Overlay;

/// Tables by the name of their group. As with an [`Overlay`], changes are provisional until [`Groups::commit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups<V> {
    tables: BTreeMap<Text, Overlay<Text, V>>,
    /// Groups that the open transaction may have changed.
    touched: BTreeSet<Text>,
    /// Committed entries of all tables.
    entries: usize,
}

impl<V> Default for Groups<V> {
    fn default() -> Self {
        Self { tables: BTreeMap::new(), touched: BTreeSet::new(), entries: 0 }
    }
}

impl<V: Clone> Groups<V> {
    /// Sets (`Some`) or removes (`None`) a committed entry, as the changelog says while restoring.
    pub fn restore(&mut self, group: Text, key: Text, value: Option<V>) {
        self.change(group, |table| table.restore(key, value));
    }

    /// The table of a group, to be changed.
    pub fn table_mut(&mut self, group: Text) -> &mut Overlay<Text, V> {
        self.touched.insert(group.clone());
        self.tables.entry(group).or_default()
    }

    /// Every entry that the open transaction sees, with its group, in the order of both.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text, &V)> {
        self.tables
            .iter()
            .flat_map(|(group, table)| table.iter().map(move |(key, value)| (group, key, value)))
    }

    /// What changed since the last commit or abort, with its group, in the order of both; `None` for what was removed.
    pub fn changed(&self) -> impl Iterator<Item = (&Text, &Text, Option<&V>)> {
        let tables = self.touched.iter().filter_map(|group| self.tables.get_key_value(group));
        tables.flat_map(|(group, table)| table.changed().map(move |(key, value)| (group, key, value)))
    }

    /// Merges the changes: the transaction is known to be committed.
    pub fn commit(&mut self) {
        for group in std::mem::take(&mut self.touched) {
            self.change(group, Overlay::commit);
        }
    }

    /// Drops the changes: the transaction is known to be aborted.
    pub fn abort(&mut self) {
        for group in std::mem::take(&mut self.touched) {
            self.change(group, Overlay::abort);
        }
    }

    /// Groups with a committed entry, as of the last commit.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.tables.len()
    }

    /// Committed entries.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.entries
    }

    /// Changes what is committed of a group; one that is empty then is not kept.
    fn change(&mut self, group: Text, change: impl FnOnce(&mut Overlay<Text, V>)) {
        let mut entry = match self.tables.entry(group) {
            Entry::Occupied(known) => known,
            Entry::Vacant(new) => new.insert_entry(Overlay::default()),
        };
        let table = entry.get_mut();
        let before = table.len();
        change(table);
        self.entries = self.entries.saturating_add(table.len()).saturating_sub(before);
        if table.is_empty() {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// What is done to the entry of a group.
    #[derive(Debug, Clone)]
    enum Step {
        Add(usize, usize, i64),
        Remove(usize, usize),
        Commit,
        Abort,
    }

    const NAMES: [&str; 3] = ["a/", "b/", "c/"];

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let at = || (0..NAMES.len(), 0..NAMES.len());
        let step = prop_oneof![
            4 => (at(), 1..9_i64).prop_map(|((group, key), by)| Step::Add(group, key, by)),
            2 => at().prop_map(|(group, key)| Step::Remove(group, key)),
            1 => Just(Step::Commit),
            1 => Just(Step::Abort),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        /// Groups are one table whose keys begin with the group.
        #[test]
        fn they_are_one_table(steps in steps()) {
            let (mut groups, mut flat) = (Groups::<i64>::default(), Overlay::<String, i64>::new());
            let whole = |group: &str, key: &str| format!("{group}{key}");
            for step in steps {
                match step {
                    Step::Add(group, key, by) => {
                        let (group, key) = (Text::from(NAMES[group]), Text::from(NAMES[key]));
                        *flat.get_or_insert_with(&whole(&group, &key), || 0) += by;
                        *groups.table_mut(group).get_or_insert_with(&key, || 0) += by;
                    }
                    Step::Remove(group, key) => {
                        groups.table_mut(NAMES[group].into()).remove(&NAMES[key].into());
                        flat.remove(&whole(NAMES[group], NAMES[key]));
                    }
                    Step::Commit => {
                        groups.commit();
                        flat.commit();
                        prop_assert_eq!(groups.entries(), flat.len());
                        let held = NAMES.iter().filter(|name| flat.iter().any(|(key, _)| key.starts_with(**name)));
                        prop_assert_eq!(groups.groups(), held.count());
                    }
                    Step::Abort => {
                        groups.abort();
                        flat.abort();
                    }
                }
                let seen: Vec<_> = groups.iter().map(|(group, key, value)| (whole(group, key), *value)).collect();
                prop_assert_eq!(seen, flat.iter().map(|(key, value)| (key.clone(), *value)).collect::<Vec<_>>());
                let changed = groups.changed().map(|(group, key, value)| (whole(group, key), value.copied()));
                let expected = flat.changed().map(|(key, value)| (key.clone(), value.copied()));
                prop_assert_eq!(changed.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
                let mut restored = Groups::default();
                for (group, key, value) in groups.iter() {
                    restored.restore(group.clone(), key.clone(), Some(*value));
                }
                prop_assert_eq!(restored.entries(), flat.iter().count());
            }
        }
    }
}
