//! Opens and closes the posting buckets of a store: which version takes what, and what its close says.
//!
//! A version books in one subsidiary, currency and location, and knows each location by one set of ids. What would book
//! otherwise closes it first, so that no consumer ever meets a bucket that mixes them; and its close says what it was
//! opened with.

use std::ops::Bound;

use domain::bucket::{Books, CloseReason, DateEnded, Posting, Touched};
use domain::calendar::{Date, Timestamp};
use domain::currency::Currency;
use domain::record::inventory::{Movement, MovementBucket};
use domain::record::sales::{Bucket, Close, SalesEvent, Source};
use domain::text::{Text, text};

use crate::sequencer::{Decisions, Sequencer};

/// A window of a store's business date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'a> {
    pub(crate) store: &'a str,
    pub(crate) date: Date,
    /// 0 for the whole store-day, else 1 and up.
    pub(crate) number: i32,
}

impl<'a> Window<'a> {
    /// The key of its posting.
    pub(crate) fn key(&self) -> Text {
        text!("{}/{}/{}", self.store, self.date, self.number)
    }

    pub(crate) fn of_key(key: &'a str) -> Option<Self> {
        let mut parts = key.splitn(3, '/');
        let (store, date, number) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { store, date: date.parse().ok()?, number: number.parse().ok()? })
    }
}

/// The key under which it is remembered that a date ended.
pub(crate) fn ended_key(store: &str, date: Date) -> Text {
    text!("{store}/{date}")
}

impl Sequencer {
    /// The open bucket of a window that books in `books` and moves stock of `places` besides, opened if need be, and
    /// its key.
    pub(crate) fn open_bucket(
        &mut self,
        window: &Window<'_>,
        books: Books,
        places: &[Touched],
        source: &Source,
        decisions: &mut Decisions,
    ) -> (Text, Bucket) {
        let key = window.key();
        if self
            .state
            .postings
            .get(key.as_str())
            .is_some_and(|posting| posting.books_otherwise(&books, places))
        {
            self.close(&key, CloseReason::MasterChanged, Some(source), decisions);
        }
        let tick = self.state.tick();
        let ended = match self.state.ended.contains_key(ended_key(window.store, window.date).as_str()) {
            true => DateEnded::Yes,
            false => DateEnded::No,
        };
        let version = match self.state.postings.get(key.as_str()) {
            Some(posting) if posting.open => posting.version,
            last => {
                let opened = match last {
                    Some(closed) => closed.next(tick, books),
                    None => Posting::begin(ended, tick, books),
                };
                let version = opened.version;
                self.state.postings.insert(key.clone(), opened);
                version
            }
        };
        (key, Bucket { business_date: window.date, window: window.number, version })
    }

    /// Ends a date: every window of it closes, also those that hold nothing yet, and those whose first version was
    /// closed before. What comes then is late; a date ends once.
    pub(crate) fn end_date(&mut self, store: &str, date: Date, source: &Source, decisions: &mut Decisions) {
        let ended = ended_key(store, date);
        if self.state.ended.contains_key(ended.as_str()) {
            return;
        }
        self.state.ended.insert(ended, true);
        let open: Vec<Text> =
            self.open_postings(&format!("{store}/{date}/")).map(|(key, _)| key.clone()).collect();
        for key in open {
            self.close(&key, CloseReason::EndOfDay, Some(source), decisions);
        }
    }

    /// The open postings whose key begins with a prefix.
    pub(crate) fn open_postings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a Text, &'a Posting)> {
        self.state
            .postings
            .range::<str>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter(|(_, posting)| posting.open)
    }

    /// Closes one open bucket: an event for the books, and a marker for each location it touched.
    pub(crate) fn close(
        &mut self,
        key: &str,
        reason: CloseReason,
        source: Option<&Source>,
        decisions: &mut Decisions,
    ) {
        let tick = self.state.tick();
        let Some(window) = Window::of_key(key) else { return };
        let Some(posting) = self.state.postings.get_mut(&Text::from(key)) else { return };
        let bucket = Bucket { business_date: window.date, window: window.number, version: posting.version };
        for touched in &posting.locations {
            let currency = self.masters.stores.books_currency_at(touched);
            decisions.movements.push(close_marker(window.store, touched, currency, &bucket, tick));
        }
        decisions.events.push(SalesEvent {
            kind: "close".into(),
            store: window.store.into(),
            tick,
            source: source.cloned(),
            close: Some(close_of(posting, bucket, reason)),
            ..SalesEvent::default()
        });
        posting.close();
    }
}

fn close_of(posting: &Posting, bucket: Bucket, reason: CloseReason) -> Close {
    let books = posting.books.clone();
    Close {
        bucket,
        reason: reason.word().into(),
        count: posting.count,
        content: posting.content,
        currency: books.currency,
        subsidiary: books.subsidiary,
        subsidiary_netsuite_id: books.subsidiary_netsuite_id,
        location: books.location,
        location_netsuite_id: books.location_netsuite_id,
        currency_netsuite_id: books.currency_netsuite_id,
    }
}

fn close_marker(
    store: &str,
    touched: &Touched,
    currency: Option<Currency>,
    bucket: &Bucket,
    tick: Timestamp,
) -> Movement {
    let Touched { location, location_netsuite_id, subsidiary, subsidiary_netsuite_id } = touched.clone();
    Movement {
        kind: "bucket_close".into(),
        movement: format!("{store}_{}_{}_{}", bucket.business_date, bucket.window, bucket.version).into(),
        location,
        location_netsuite_id,
        subsidiary,
        subsidiary_netsuite_id,
        currency: currency.map(|currency| currency.as_str().into()),
        bucket: MovementBucket {
            store: store.into(),
            business_date: bucket.business_date,
            window: bucket.window,
            version: bucket.version,
        },
        occurred_at: tick,
        legs: Vec::new(),
        account_map: None,
    }
}
