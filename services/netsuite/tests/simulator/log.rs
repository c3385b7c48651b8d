//! Hears what the connector says.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static SAID: Mutex<Vec<Said>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();

/// An event: its message, and its fields as texts.
#[derive(Debug, Clone, Default)]
struct Said {
    message: String,
    fields: BTreeMap<&'static str, String>,
}

/// Begins to listen. Tests that run as threads of one process hear each other.
pub(crate) fn listen() {
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Ear).unwrap());
}

/// External ids that were said to be held more than once, with how often, among those with a prefix: one entry
/// each time it was said, in order.
pub(crate) fn doubled(prefix: &str) -> Vec<(String, String)> {
    let said = said();
    let doubled = said.iter().filter(|said| said.message == "external id held more than once");
    let doubled = doubled.map(|said| (said.fields["document"].clone(), said.fields["held"].clone()));
    doubled.filter(|(document, _)| document.contains(prefix)).collect()
}

/// The details of sweeps that failed.
pub(crate) fn failed_sweeps() -> Vec<String> {
    let said = said();
    let failed = said.iter().filter(|said| said.message == "sweep for doubles failed and is repeated");
    failed.map(|said| said.fields["detail"].clone()).collect()
}

fn said() -> MutexGuard<'static, Vec<Said>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "netsuite::event"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut heard = Said::default();
        event.record(&mut heard);
        said().push(heard);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => drop(self.fields.insert(name, format!("{value:?}"))),
        }
    }
}
