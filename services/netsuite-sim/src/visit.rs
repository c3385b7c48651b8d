//! The visitors' book: when each create arrived, when it was answered, and counts of everything.
//!
//! Tests prove with it what a client did, not what it says: for instance that no two creates of one document
//! family were ever under way together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::fault::Endpoint;
use crate::store::RecordKind;

/// One create, as the simulator saw it come and go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrival {
    /// Record type.
    pub kind: RecordKind,
    /// External id, if the body has one.
    pub external_id: Option<String>,
    /// Microseconds from the start of the simulator to its arrival.
    pub from_micros: u64,
    /// Microseconds from the start to its answer, or to the moment its client left; absent while under way.
    pub until_micros: Option<u64>,
    /// The status it was answered with; absent if the client got none.
    pub status: Option<u16>,
}

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) requests: BTreeMap<Endpoint, u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) abandoned: u64,
    pub(crate) created: u64,
    pub(crate) refused_as_duplicate: u64,
    pub(crate) arrivals: Vec<Arrival>,
}

/// The book with the time it was opened.
#[derive(Debug)]
pub(crate) struct Visitors {
    opened: Instant,
    book: Mutex<Book>,
}

impl Visitors {
    pub(crate) fn new() -> Self {
        Self { opened: Instant::now(), book: Mutex::default() }
    }

    /// Works on the book.
    pub(crate) fn with<Out>(&self, work: impl FnOnce(&mut Book) -> Out) -> Out {
        work(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Writes down that a request came in; a create with its type and external id.
    pub(crate) fn arrive(
        self: &Arc<Self>,
        endpoint: Endpoint,
        create: Option<(RecordKind, Option<String>)>,
    ) -> Visit {
        let from_micros = self.now();
        let row = self.with(|book| {
            *book.requests.entry(endpoint).or_default() += 1;
            create.map(|(kind, external_id)| {
                let arrival = Arrival { kind, external_id, from_micros, until_micros: None, status: None };
                book.arrivals.push(arrival);
                book.arrivals.len() - 1
            })
        });
        Visit { visitors: Arc::clone(self), row, status: None }
    }
}

/// A request under way. Dropping it without an answer means that the client left.
#[derive(Debug)]
pub(crate) struct Visit {
    visitors: Arc<Visitors>,
    row: Option<usize>,
    status: Option<u16>,
}

impl Visit {
    /// Writes down the answer; `None` when the client is sent away without one.
    pub(crate) fn answered(mut self, status: Option<u16>) {
        self.status = status;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let now = self.visitors.now();
        self.visitors.with(|book| {
            match self.status {
                Some(status) => *book.statuses.entry(status).or_default() += 1,
                None => book.abandoned += 1,
            }
            if let Some(arrival) = self.row.and_then(|row| book.arrivals.get_mut(row)) {
                arrival.until_micros = Some(now);
                arrival.status = self.status;
            }
        });
    }
}
