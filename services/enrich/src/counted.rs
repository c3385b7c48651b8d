//! A table of state that knows how many entries it has, also while a transaction is open.

use std::ops::Deref;

use domain::text::Text;
use runtime::overlay::Overlay;

/// An [`Overlay`] by text, read as one, whose size can be asked for at any time.
#[derive(Debug, Clone)]
pub struct Counted<V> {
    table: Overlay<Text, V>,
    /// Entries the open transaction made.
    added: usize,
    /// Entries it removed.
    removed: usize,
}

impl<V> Default for Counted<V> {
    fn default() -> Self {
        Self { table: Overlay::default(), added: 0, removed: 0 }
    }
}

impl<V> Deref for Counted<V> {
    type Target = Overlay<Text, V>;

    fn deref(&self) -> &Overlay<Text, V> {
        &self.table
    }
}

impl<V: Clone> Counted<V> {
    /// How many entries the open transaction sees.
    #[must_use]
    pub fn size(&self) -> usize {
        (self.table.len() + self.added).saturating_sub(self.removed)
    }

    /// As [`Overlay::restore`].
    pub fn restore(&mut self, key: Text, value: Option<V>) {
        self.table.restore(key, value);
    }

    /// As [`Overlay::insert`].
    pub fn insert(&mut self, key: Text, value: V) {
        self.added += usize::from(!self.table.contains_key(&key));
        self.table.insert(key, value);
    }

    /// As [`Overlay::remove`].
    pub fn remove(&mut self, key: &Text) {
        self.removed += usize::from(self.table.contains_key(key));
        self.table.remove(key);
    }

    /// As [`Overlay::commit`].
    pub fn commit(&mut self) {
        self.table.commit();
        (self.added, self.removed) = (0, 0);
    }

    /// As [`Overlay::abort`].
    pub fn abort(&mut self) {
        self.table.abort();
        (self.added, self.removed) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use domain::text::text;

    use super::*;

    #[test]
    fn its_size_is_what_the_transaction_sees() {
        let mut table = Counted::default();
        let mut seen = 7_u32;
        for step in 0..5_000_u32 {
            seen = seen.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = text!("{}", seen >> 24);
            match (seen >> 8) % 16 {
                0 => table.commit(),
                1 => table.abort(),
                2..=8 => table.insert(key, step),
                _ => table.remove(&key),
            }
            assert_eq!(table.size(), table.iter().count(), "step {step}");
        }
    }
}
