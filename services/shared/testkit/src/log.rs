//! Hears what services say: the events of their `event.rs`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static SAID: Mutex<Vec<Said>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();

/// Fields of an event, as texts.
pub type Fields = BTreeMap<&'static str, String>;

/// An event: its message and its fields.
#[derive(Debug, Clone, Default)]
struct Said {
    message: String,
    fields: Fields,
}

/// Begins to listen. Tests that run as threads of one process hear each other.
pub fn listen() {
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Ear).expect("nobody else listens"));
}

/// The fields of every event of a message, in the order they were said.
#[must_use]
pub fn said(message: &str) -> Vec<Fields> {
    let heard = heard();
    heard.iter().filter(|said| said.message == message).map(|said| said.fields.clone()).collect()
}

fn heard() -> MutexGuard<'static, Vec<Said>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().ends_with("::event")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        heard().push(said);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => drop(self.fields.insert(name, format!("{value:?}"))),
        }
    }
}
