//! Decides what each event of a store does to the books: adds to a bucket, or closes it into documents.
//!
//! Pure: events come in, journal entries, tax summaries and liability ledgers come out. A close says how many tickets
//! the sequencer put into the bucket and the sum of their content hashes; when that is not what was read here,
//! something was lost or doubled on the way, and nothing is posted.

use domain::account_map::AccountMap;
use domain::document::Closing;
use domain::identity::ContentHash;
use domain::journal;
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::sales::{Close, Reclassification, Sale, SalesEvent};
use domain::record::tax::TaxSummary;
use domain::{liabilities, taxes, totals};

use crate::state::{OpenBucket, State, balances_key, bucket_key};

/// Why an event cannot be booked. Each is a mistake of ours or a gap in the account map: the service
/// stops and nothing is posted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A ticket cannot be added to its bucket.
    #[error("bucket {bucket}: {what} cannot be booked: {source}")]
    Ticket {
        /// The bucket.
        bucket: String,
        /// The ticket, for a person to find.
        what: String,
        /// Why.
        source: totals::Error,
    },
    /// A bucket would mix subsidiaries or currencies.
    #[error(
        "bucket {bucket} books {held} and is offered {offered}; one bucket has one subsidiary and currency"
    )]
    Mixed {
        /// The bucket.
        bucket: String,
        /// Subsidiary and currency it holds.
        held: String,
        /// Subsidiary and currency of what came.
        offered: String,
    },
    /// The close counts other tickets than were read.
    #[error(
        "bucket {bucket} closes with {count} tickets of content {content}, but {held_count} of content {held_content} \
         were read; sales.enriched and the state differ, so nothing is posted"
    )]
    Counts {
        /// The bucket.
        bucket: String,
        /// Tickets the sequencer counted.
        count: i64,
        /// Content the sequencer summed up.
        content: ContentHash,
        /// Tickets held.
        held_count: i64,
        /// Content held.
        held_content: ContentHash,
    },
    /// The documents of a bucket cannot be made.
    #[error("bucket {bucket}: {source}")]
    Documents {
        /// The bucket.
        bucket: String,
        /// Why.
        source: journal::Error,
    },
    /// The liability ledger of a bucket cannot be made.
    #[error("bucket {bucket}: {source}")]
    Ledger {
        /// The bucket.
        bucket: String,
        /// Why.
        source: liabilities::Error,
    },
    /// An event lacks what its kind promises, or has what no known kind has.
    #[error(
        "an event of kind `{kind}` of store {store} {why}; run a journal at least as new as the enrich that wrote it"
    )]
    Event {
        /// Kind of the event.
        kind: String,
        /// Store of the event.
        store: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// The kind of an event after which another account map holds. The shard takes it: it holds the maps.
pub const ADOPTED: &str = "account_map_adopted";

/// What an event leaves: all of it at a close, but for the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Booked {
    /// Its journal entries; none where its totals came to zero.
    pub entries: Vec<JournalEntry>,
    /// Its tax summaries; none where nothing was taxed, or not all of it is known.
    pub taxes: Vec<TaxSummary>,
    /// Its liability ledgers; none where no balance is held or moved.
    pub ledgers: Vec<LiabilityLedger>,
    /// True where taxes are known in part only, so there is no summary.
    pub taxes_unknown: bool,
    /// Why the taxes of a bucket cannot be kept from this event on.
    pub taxes_lost: Option<taxes::Error>,
}

/// Books one event. Documents come out of a close only; ticks and notices do nothing.
///
/// # Errors
/// [`Error`], after which the service must stop: the overlay may hold a part of the event.
pub fn book(state: &mut State, event: &SalesEvent, map: &AccountMap) -> Result<Booked, Error> {
    let wrong = |why| Error::Event { kind: event.kind.to_string(), store: event.store.to_string(), why };
    match (event.kind.as_str(), &event.sale, &event.reclassification, &event.close) {
        ("sale" | "quarantine_released", Some(sale), None, None) => {
            add(state, &event.store, sale).map(|taxes_lost| Booked { taxes_lost, ..Booked::default() })
        }
        ("reclassified", None, Some(moved), None) => {
            reclassify(state, &event.store, moved).map(|()| Booked::default())
        }
        ("close", None, None, Some(closing)) => close(state, &event.store, closing, map),
        ("sale" | "quarantine_released" | "reclassified" | "close" | ADOPTED, ..) => {
            Err(wrong("does not carry what its kind promises"))
        }
        (_, None, None, None) => Ok(Booked::default()),
        (..) => Err(wrong("carries money, and its kind is not known")),
    }
}

/// Returns why the taxes of the bucket cannot be kept any more, where that is so from this ticket on.
fn add(state: &mut State, store: &str, sale: &Sale) -> Result<Option<taxes::Error>, Error> {
    let key = bucket_key(store, &sale.bucket);
    let ticket = &sale.ticket;
    let refused = |source| Error::Ticket {
        bucket: key.to_string(),
        what: format!("ticket {} of register {} epoch {}", ticket.sequence, ticket.register, ticket.epoch),
        source,
    };
    let bucket = state.buckets.get_or_insert_with(&key, OpenBucket::begin);
    let mut taxes_lost = None;
    if sale.books {
        claim(bucket, &key, &sale.subsidiary, &sale.currency)?;
        bucket.book(sale).map_err(refused)?;
        taxes_lost = bucket.tax(sale).err();
    }
    bucket.count = bucket.count.saturating_add(1);
    bucket.content = bucket.content.plus(sale.content);
    Ok(taxes_lost)
}

fn reclassify(state: &mut State, store: &str, moved: &Reclassification) -> Result<(), Error> {
    let key = bucket_key(store, &moved.bucket);
    let ticket = &moved.ticket;
    let refused = |source| Error::Ticket {
        bucket: key.to_string(),
        what: format!(
            "resolved line {} of ticket {} of register {}",
            moved.line, ticket.sequence, ticket.register
        ),
        source,
    };
    let bucket = state.buckets.get_or_insert_with(&key, OpenBucket::begin);
    claim(bucket, &key, &moved.subsidiary, &moved.currency)?;
    bucket.reclassify(moved).map_err(refused)
}

/// The first amount of a bucket decides its subsidiary and currency.
fn claim(bucket: &mut OpenBucket, key: &str, subsidiary: &str, currency: &str) -> Result<(), Error> {
    let held = (bucket.subsidiary.as_deref(), bucket.currency.as_deref());
    if held == (Some(subsidiary), Some(currency)) {
        return Ok(());
    }
    if let (Some(held_subsidiary), Some(held_currency)) = held {
        return Err(Error::Mixed {
            bucket: key.to_owned(),
            held: format!("{held_subsidiary} in {held_currency}"),
            offered: format!("{subsidiary} in {currency}"),
        });
    }
    bucket.subsidiary = Some(subsidiary.to_owned());
    bucket.currency = Some(currency.to_owned());
    Ok(())
}

fn close(state: &mut State, store: &str, close: &Close, map: &AccountMap) -> Result<Booked, Error> {
    let key = bucket_key(store, &close.bucket);
    let nothing = OpenBucket::begin();
    let bucket = state.buckets.get(&key).unwrap_or(&nothing);
    check(&key, bucket, close)?;
    let mut booked = Booked { taxes_unknown: !bucket.taxes_whole, ..Booked::default() };
    let documents = |source| Error::Documents { bucket: key.to_string(), source };
    let own = (Closing::own(close), &bucket.totals, &bucket.taxes, &bucket.liabilities);
    let elsewhere = bucket
        .elsewhere
        .iter()
        .map(|books| (Closing::elsewhere(close, &books.at), &books.totals, &books.taxes, &books.liabilities));
    for (closing, totals, taxes, liabilities) in std::iter::once(own).chain(elsewhere) {
        booked.entries.extend(journal::documents(store, &closing, totals, map).map_err(documents)?);
        if !booked.taxes_unknown {
            let summary =
                taxes::summary(store, &closing, taxes).map_err(|source| documents(source.into()))?;
            booked.taxes.extend(summary);
        }
        let balances = balances_key(store, &closing.books());
        let before = state.balances.get(&balances).cloned().unwrap_or_default();
        let (ledger, after) = liabilities::ledger(store, &closing, totals, liabilities, &before)
            .map_err(|source| Error::Ledger { bucket: key.to_string(), source })?;
        booked.ledgers.extend(ledger);
        if after != before {
            state.balances.insert(balances, after);
        }
    }
    journal::group(store, close, &mut booked.entries).map_err(|source| documents(source.into()))?;
    state.buckets.remove(&key);
    Ok(booked)
}

/// What the sequencer closes must be what is held.
fn check(key: &str, bucket: &OpenBucket, close: &Close) -> Result<(), Error> {
    if (bucket.count, bucket.content) != (close.count, close.content) {
        return Err(Error::Counts {
            bucket: key.to_owned(),
            count: close.count,
            content: close.content,
            held_count: bucket.count,
            held_content: bucket.content,
        });
    }
    if let (Some(subsidiary), Some(currency)) = (&bucket.subsidiary, &bucket.currency)
        && (subsidiary.as_str(), currency.as_str()) != (&*close.subsidiary, &*close.currency)
    {
        return Err(Error::Mixed {
            bucket: key.to_owned(),
            held: format!("{subsidiary} in {currency}"),
            offered: format!("{} in {} by its close", close.subsidiary, close.currency),
        });
    }
    Ok(())
}
