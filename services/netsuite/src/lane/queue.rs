//! The documents a lane has in memory, by offset and by family.
//!
//! Decides nothing: it says which document of a family is first, and what holds the lead offset back. A
//! family can keep a place for a document that is known only from the state and will be read again: what
//! stands behind such a place is not first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::Timestamp;

use super::Document;

/// Where a queued document stands in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// No request was ever attempted.
    Fresh,
    /// A request was attempted; look up before anything else.
    Doubtful,
    /// An effect is on its way.
    Busy,
    /// Refused; tried again at the instant.
    Parked(Timestamp),
}

/// Who keeps the document should the process end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Its topic: the lead offset waits for it.
    InTopic,
    /// The state, with its body: the lead offset may pass it.
    InState,
}

#[derive(Debug)]
pub(super) struct Queued<D> {
    pub(super) document: Arc<D>,
    pub(super) kept: Kept,
    pub(super) step: Step,
    /// Number of the effect whose answer is awaited.
    pub(super) awaits: u64,
}

/// Documents read and not settled.
#[derive(Debug)]
pub(super) struct Queue<D> {
    documents: BTreeMap<i64, Queued<D>>,
    /// Offsets of each family, lowest first: only the first one may have an effect on its way. An offset
    /// without a document is a place that is kept.
    families: BTreeMap<String, BTreeSet<i64>>,
    /// Documents that the state keeps.
    held: usize,
}

impl<D: Document> Queue<D> {
    pub(super) const fn new() -> Self {
        Self { documents: BTreeMap::new(), families: BTreeMap::new(), held: 0 }
    }

    pub(super) fn add(&mut self, offset: i64, document: D, step: Step, kept: Kept) {
        self.keep_place(offset, document.family());
        self.held = self.held.saturating_add(usize::from(kept == Kept::InState));
        self.documents.insert(offset, Queued { document: Arc::new(document), kept, step, awaits: 0 });
    }

    /// Keeps the place of a document that will be read again.
    pub(super) fn keep_place(&mut self, offset: i64, family: &str) {
        self.families.entry(family.to_owned()).or_default().insert(offset);
    }

    pub(super) fn remove(&mut self, offset: i64) -> Option<Queued<D>> {
        let queued = self.documents.remove(&offset)?;
        self.held = self.held.saturating_sub(usize::from(queued.kept == Kept::InState));
        let family = queued.document.family();
        if let Some(offsets) = self.families.get_mut(family) {
            offsets.remove(&offset);
            if offsets.is_empty() {
                self.families.remove(family);
            }
        }
        Some(queued)
    }

    pub(super) fn get(&self, offset: i64) -> Option<&Queued<D>> {
        self.documents.get(&offset)
    }

    pub(super) fn get_mut(&mut self, offset: i64) -> Option<&mut Queued<D>> {
        self.documents.get_mut(&offset)
    }

    /// Notes that the state keeps a document.
    pub(super) fn hold(&mut self, offset: i64) {
        if let Some(queued) = self.documents.get_mut(&offset).filter(|queued| queued.kept == Kept::InTopic) {
            queued.kept = Kept::InState;
            self.held = self.held.saturating_add(1);
        }
    }

    /// True when the very document waits already: a second one under its id would be a double.
    pub(super) fn holds(&self, document: &D) -> bool {
        let offsets = self.families.get(document.family()).into_iter().flatten();
        let mut queued = offsets.filter_map(|offset| self.documents.get(offset));
        queued.any(|queued| queued.document.id() == document.id())
    }

    /// The first offset of a family.
    pub(super) fn head(&self, family: &str) -> Option<i64> {
        self.families.get(family).and_then(BTreeSet::first).copied()
    }

    /// The first offset of each family.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&String, i64)> {
        self.families.iter().filter_map(|(family, offsets)| Some((family, *offsets.first()?)))
    }

    /// The offsets of a family behind one of them.
    pub(super) fn behind(&self, family: &str, offset: i64) -> Vec<i64> {
        let all = self.families.get(family).into_iter().flatten().copied();
        all.filter(|other| *other > offset).collect()
    }

    /// The lowest offset the lead must not pass.
    pub(super) fn first_open(&self) -> Option<i64> {
        let open = self.documents.iter().find(|(_, queued)| queued.kept == Kept::InTopic);
        open.map(|(offset, _)| *offset)
    }

    /// Documents that only their topic keeps.
    pub(super) fn open(&self) -> usize {
        self.documents.len().saturating_sub(self.held)
    }

    /// Documents that the state keeps.
    pub(super) const fn held(&self) -> usize {
        self.held
    }
}
