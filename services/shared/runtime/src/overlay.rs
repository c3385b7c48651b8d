//! A table of state with an overlay: what the open transaction changed stands apart until it is known to
//! be committed.
//!
//! Reads see the overlay over the base. [`Overlay::commit`] merges, [`Overlay::abort`] drops, and
//! [`Overlay::changed`] is what goes to the changelog: each changed entry once, in key order, so that the
//! same decisions write the same bytes. A value is copied when it is first changed in a transaction, so
//! values should be small records. Both maps are ordered: no iteration order can reach an output.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::iter::Peekable;
use std::ops::RangeBounds;

/// An ordered map whose changes are provisional until [`Overlay::commit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay<K, V> {
    base: BTreeMap<K, V>,
    /// `None` removes what the base holds; a key the base does not hold is never `None` here.
    pending: BTreeMap<K, Option<V>>,
}

impl<K, V> Default for Overlay<K, V> {
    fn default() -> Self {
        Self { base: BTreeMap::new(), pending: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Overlay<K, V> {
    /// Makes an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets (`Some`) or removes (`None`) an entry of the base, as the changelog says while restoring.
    pub fn restore(&mut self, key: K, value: Option<V>) {
        self.restore_sized(key, value, |_| 0);
    }

    /// As [`Overlay::restore`]; returns the size of the entry, and of what stood in its place.
    pub fn restore_sized(&mut self, key: K, value: Option<V>, size: impl Fn(&V) -> usize) -> (usize, usize) {
        let merged = value.as_ref().map_or(0, &size);
        let replaced = match value {
            Some(value) => self.base.insert(key, value),
            None => self.base.remove(&key),
        };
        (merged, replaced.as_ref().map_or(0, size))
    }

    /// The value of a key, as the open transaction sees it.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        match self.pending.get(key) {
            Some(changed) => changed.as_ref(),
            None => self.base.get(key),
        }
    }

    /// True when the open transaction sees the key.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.get(key).is_some()
    }

    /// The value of a key, to be changed; the entry counts as changed from here on.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self.pending.entry(key.clone()) {
            Entry::Occupied(changed) => changed.into_mut().as_mut(),
            Entry::Vacant(unchanged) => {
                let copy = self.base.get(key)?.clone();
                unchanged.insert(Some(copy)).as_mut()
            }
        }
    }

    /// The value of a key, made first if there is none; the entry counts as changed from here on.
    pub fn get_or_insert_with(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V {
        let base = &self.base;
        let changed = self.pending.entry(key.clone()).or_insert_with(|| base.get(key).cloned());
        changed.get_or_insert_with(make)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        self.pending.insert(key, Some(value));
    }

    /// Removes a key. What was made in the same transaction leaves no trace of having been there.
    pub fn remove(&mut self, key: &K) {
        if self.base.contains_key(key) {
            self.pending.insert(key.clone(), None);
        } else {
            self.pending.remove(key);
        }
    }

    /// Every entry the open transaction sees, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.range::<K>(..)
    }

    /// The entries the open transaction sees between two keys, in key order.
    ///
    /// # Panics
    /// When the range ends before it begins, as [`BTreeMap::range`] does.
    pub fn range<Q>(&self, bounds: impl RangeBounds<Q> + Clone) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Merged {
            base: self.base.range(bounds.clone()).peekable(),
            pending: self.pending.range(bounds).peekable(),
        }
    }

    /// What changed since the last commit or abort, in key order; `None` for what was removed.
    pub fn changed(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.pending.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// Merges the changes into the base: the transaction is known to be committed.
    pub fn commit(&mut self) {
        self.commit_sized(|_| 0);
    }

    /// As [`Overlay::commit`]; returns the sizes of all that was merged, and of all that stood in its place.
    pub fn commit_sized(&mut self, size: impl Fn(&V) -> usize) -> (usize, usize) {
        let (mut merged, mut replaced) = (0, 0);
        for (key, value) in std::mem::take(&mut self.pending) {
            let (entry, before) = self.restore_sized(key, value, &size);
            merged += entry;
            replaced += before;
        }
        (merged, replaced)
    }

    /// Drops the changes: the transaction is known to be aborted.
    pub fn abort(&mut self) {
        self.pending.clear();
    }

    /// The number of committed entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.base.len()
    }

    /// True when no entry is committed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }
}

/// Walks base and overlay side by side; where both hold a key, the overlay speaks.
struct Merged<A: Iterator, B: Iterator> {
    base: Peekable<A>,
    pending: Peekable<B>,
}

impl<'a, K: Ord + 'a, V: 'a, A, B> Iterator for Merged<A, B>
where
    A: Iterator<Item = (&'a K, &'a V)>,
    B: Iterator<Item = (&'a K, &'a Option<V>)>,
{
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((changed, _)) = self.pending.peek().copied() else { return self.base.next() };
            if let Some(unchanged) = self.base.next_if(|(key, _)| *key < changed) {
                return Some(unchanged);
            }
            // The overlay replaces what the base holds under the same key.
            let _replaced = self.base.next_if(|(key, _)| *key == changed);
            if let Some((key, Some(value))) = self.pending.next() {
                return Some((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Model = BTreeMap<u8, u32>;

    /// Numbers that look random and are the same on every run.
    struct Steps(u64);

    impl Steps {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }
    }

    fn step(steps: &mut Steps, table: &mut Overlay<u8, u32>, model: &mut Model, committed: &mut Model) {
        let key = u8::try_from(steps.below(12)).unwrap_or(0);
        let number = u32::try_from(steps.below(1000)).unwrap_or(0);
        match steps.below(14) {
            0..=3 => {
                table.insert(key, number);
                model.insert(key, number);
            }
            4..=6 => {
                table.remove(&key);
                model.remove(&key);
            }
            7..=8 => {
                let (left, right) = (table.get_mut(&key), model.get_mut(&key));
                assert_eq!(left, right);
                if let (Some(left), Some(right)) = (left, right) {
                    (*left, *right) = (number, number);
                }
            }
            9..=11 => {
                *table.get_or_insert_with(&key, || 7) += 1;
                *model.entry(key).or_insert(7) += 1;
            }
            12 => {
                let size = |value: &u32| usize::try_from(*value).unwrap_or(0);
                let sum = |model: &Model| model.values().map(size).sum::<usize>();
                let (merged, replaced) = table.commit_sized(size);
                assert_eq!(sum(committed) + merged - replaced, sum(model));
                committed.clone_from(model);
            }
            _ => {
                table.abort();
                model.clone_from(committed);
            }
        }
    }

    #[test]
    fn it_is_a_plain_map_with_commit_and_abort() {
        for seed in 0..200 {
            let mut steps = Steps(seed);
            let mut table = Overlay::new();
            let (mut model, mut committed) = (Model::new(), Model::new());
            for _ in 0..200 {
                step(&mut steps, &mut table, &mut model, &mut committed);
                assert!(table.iter().eq(model.iter()), "seed {seed}");
                assert!(table.range(3..9).eq(model.range(3..9)), "seed {seed}");
                assert_eq!(table.get(&5), model.get(&5));
                assert_eq!(table.len(), committed.len());
                // What is written to the changelog leads from the committed state to the visible one.
                let mut restored = committed.clone();
                let mut last = None;
                for (key, value) in table.changed() {
                    assert!(last < Some(*key), "keys come once and in order");
                    last = Some(*key);
                    match value {
                        Some(value) => drop(restored.insert(*key, *value)),
                        None => assert!(restored.remove(key).is_some(), "no tombstone for what never was"),
                    }
                }
                assert_eq!(restored, model, "seed {seed}");
            }
        }
    }
}
