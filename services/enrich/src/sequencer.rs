//! Decides the order, identity and bucket of everything offered: the one place where order is decided.
//!
//! Pure: records, masters and ticks come in, decisions come out. Whatever is offered leaves exactly one
//! event that says what became of it, so that offered = accepted + repeats + quarantined can be counted
//! from the events alone.

use std::sync::Arc;

use domain::bucket::{self, CloseReason, DateEnded, Posting};
use domain::calendar::{Date, Timestamp};
use domain::dedupe::{self, Life, Verdict};
use domain::identity::{self, ContentHash};
use domain::masters::Store;
use domain::partition;
use domain::record::inventory::{Movement, MovementBucket};
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::{Bucket, Close, Notice, SalesEvent, Source, TicketId};
use domain::ticket::{self, Code, Reason, Ticket};
use domain::{enrichment, moves};

use crate::masters::Masters;
use crate::quarantine::{self, Offered};
use crate::settings::Settings;
use crate::state::{Held, State};

/// The store of events that concern a record in which no store could be read.
pub const NO_STORE: &str = "?";

/// The store of events and commands that concern every store.
pub const EVERY_STORE: &str = "*";

/// The transaction kind that ends a store's business date.
const END_OF_DAY: &str = "business_eod";

/// What one record or tick led to, in order.
#[derive(Debug, Default)]
pub struct Decisions {
    /// For `sales.enriched`, on the sequencer's own partition.
    pub events: Vec<SalesEvent>,
    /// For `inventory.deltas`, by location.
    pub movements: Vec<Movement>,
    /// For `pos.quarantine`.
    pub quarantined: Vec<Quarantined>,
}

impl Decisions {
    /// Forgets everything and keeps the room.
    pub fn clear(&mut self) {
        self.events.clear();
        self.movements.clear();
        self.quarantined.clear();
    }
}

/// The sequencer of one partition.
#[derive(Debug)]
pub struct Sequencer {
    partition: i32,
    pub(crate) settings: Settings,
    /// What it remembers.
    pub state: State,
    /// Masters pinned for the open transaction.
    pub masters: Arc<Masters>,
    /// Where the sweep of forgotten numbers goes on.
    pub(crate) sweep_from: String,
}

impl Sequencer {
    /// Makes a sequencer that remembers nothing yet.
    #[must_use]
    pub fn new(partition: i32, settings: Settings, masters: Arc<Masters>) -> Self {
        Self { partition, settings, state: State::default(), masters, sweep_from: String::new() }
    }

    /// The partition it decides for.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// Decides on a readable transaction; `partitions` is the partition count of its topic.
    pub fn offer(
        &mut self,
        offered: &Offered<'_>,
        transaction: Transaction,
        partitions: i32,
        decisions: &mut Decisions,
    ) {
        let masters = Arc::clone(&self.masters);
        let mut reasons = Vec::new();
        let right = partition::of(transaction.store.as_bytes(), partitions);
        if right != self.partition {
            reasons.push(Reason::wrong_partition(&transaction.store, self.partition, right));
        }
        if offered.key != Some(transaction.store.as_bytes()) {
            reasons.push(Reason::of_record(
                Code::WrongKey,
                "the record key is not the store; key each record with its store, as plain UTF-8",
            ));
        }
        let Some(store) = masters.stores.find(&transaction.store) else {
            reasons.push(Reason::unknown_store(&transaction.store));
            return self.quarantine(offered, &Named::of(&transaction), reasons, decisions);
        };
        let mut named = Named::of(&transaction);
        let id = match ticket::identity(&transaction, store) {
            Ok(id) => id,
            Err(unidentified) => {
                reasons.extend(Ticket::check(transaction, store).err().unwrap_or(unidentified));
                return self.quarantine(offered, &named, reasons, decisions);
            }
        };
        let content = ticket::content_hash(&transaction);
        named.content = Some(content);
        if right != self.partition {
            // Its number is not remembered: the partition that owns it knows nothing of this one.
            reasons.extend(Ticket::check(transaction, store).err().unwrap_or_default());
            return self.quarantine(offered, &named, reasons, decisions);
        }
        named.ticket = Some(id.clone());
        let verdict = self.verdict(&store.store, &id, content);
        match verdict {
            Verdict::First => {}
            Verdict::Repeat => return self.repeat(offered, &named, decisions),
            Verdict::Conflict { held } => reasons.push(Reason::conflict(held, content)),
            Verdict::Unverified => reasons.push(Reason::repeat_unverified(id.sequence)),
        }
        reasons.extend(self.outside_horizon(id.business_date, store));
        match self.bookable(transaction, content, store) {
            Ok(ticket) if reasons.is_empty() => {
                self.remember(&store.store, &id, content, Life::Accepted);
                self.accept(&ticket, store, "sale", &offered.source, decisions);
            }
            Ok(_) => self.hold(offered, &named, verdict, reasons, decisions),
            Err(more) => {
                reasons.extend(more);
                self.hold(offered, &named, verdict, reasons, decisions);
            }
        }
    }

    /// A ticket with which nothing is wrong, neither in itself nor against the item master.
    pub(crate) fn bookable(
        &self,
        transaction: Transaction,
        content: ContentHash,
        store: &Store,
    ) -> Result<Ticket, Vec<Reason>> {
        let ticket = Ticket::check_hashed(transaction, content, store)?;
        let reasons = enrichment::not_yet_booked(&ticket, &self.masters.items);
        if reasons.is_empty() { Ok(ticket) } else { Err(reasons) }
    }

    /// Books a valid ticket into its bucket. `kind` is the event's: a sale, or a release from quarantine.
    pub(crate) fn accept(
        &mut self,
        ticket: &Ticket,
        store: &Store,
        kind: &str,
        source: &Source,
        decisions: &mut Decisions,
    ) {
        let transaction = ticket.transaction();
        let date = transaction.business_date;
        let minutes = store.window_minutes;
        // A date without a beginning in its zone does not pass the check of the ticket.
        let window =
            bucket::window(date, transaction.ended_at, &store.zone, minutes).unwrap_or(bucket::WHOLE_DAY);
        let ends_date = transaction.kind == END_OF_DAY;
        let tick = self.state.tick();
        let (key, bucket) = self.open_bucket(&store.store, date, window);
        let (sale, waiting) = enrichment::enrich(ticket, store, &self.masters.items, bucket);
        let movements = moves::moves(&sale, store);
        if let Some(posting) = self.state.postings.get_mut(&key) {
            posting.add(ticket.content(), tick);
            movements.iter().for_each(|movement| posting.touch(&movement.location));
        }
        for line in waiting {
            self.state.waiting.insert(waiting_key(&store.store, &line.ticket, line.line), line);
        }
        decisions.movements.extend(movements);
        decisions.events.push(SalesEvent {
            kind: kind.to_owned(),
            store: store.store.to_string(),
            tick,
            source: Some(source.clone()),
            sale: Some(sale),
            ..SalesEvent::default()
        });
        if ends_date {
            self.end_date(store, date, source, decisions);
        }
    }

    /// The open bucket of a window, opened if need be, and its key.
    pub(crate) fn open_bucket(&mut self, store: &str, date: Date, window: i32) -> (String, Bucket) {
        let tick = self.state.tick();
        let ended = match self.state.ended.contains_key(ended_key(store, date).as_str()) {
            true => DateEnded::Yes,
            false => DateEnded::No,
        };
        let key = posting_key(store, date, window);
        let posting = self.state.postings.get_or_insert_with(&key, || Posting::begin(ended, tick));
        posting.reopen(tick);
        let version = posting.version;
        (key, Bucket { business_date: date, window, version })
    }

    /// Closes version 1 of every window of a date, also of windows that hold nothing yet.
    fn end_date(&mut self, store: &Store, date: Date, source: &Source, decisions: &mut Decisions) {
        self.state.ended.insert(ended_key(&store.store, date), true);
        let first_versions: Vec<String> = self
            .open_postings(&format!("{}/{date}/", store.store))
            .filter(|(_, posting)| posting.version == 1)
            .map(|(key, _)| key.clone())
            .collect();
        for key in first_versions {
            self.close(store, &key, CloseReason::EndOfDay, Some(source), decisions);
        }
    }

    /// The open postings whose key begins with a prefix.
    pub(crate) fn open_postings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Posting)> {
        self.state
            .postings
            .range::<str>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter(|(_, posting)| posting.open)
    }

    /// Closes one open bucket: an event for the books, and a marker for each location it touched.
    pub(crate) fn close(
        &mut self,
        store: &Store,
        key: &str,
        reason: CloseReason,
        source: Option<&Source>,
        decisions: &mut Decisions,
    ) {
        let tick = self.state.tick();
        let key = key.to_owned();
        let Some((_, date, window)) = split_posting_key(&key) else { return };
        let Some(posting) = self.state.postings.get_mut(&key) else { return };
        let bucket = Bucket { business_date: date, window, version: posting.version };
        for location in &posting.locations {
            decisions.movements.push(close_marker(store, location, &bucket, tick));
        }
        decisions.events.push(SalesEvent {
            kind: "close".to_owned(),
            store: store.store.to_string(),
            tick,
            source: source.cloned(),
            close: Some(Close {
                bucket,
                reason: reason.word().to_owned(),
                count: posting.count,
                content: posting.content,
                currency: store.currency.to_string(),
                subsidiary: store.subsidiary.to_string(),
                subsidiary_netsuite_id: store.subsidiary_netsuite_id.to_string(),
                location: store.location.to_string(),
                location_netsuite_id: store.location_netsuite_id.to_string(),
                currency_netsuite_id: store.currency_netsuite_id.as_ref().map(ToString::to_string),
            }),
            ..SalesEvent::default()
        });
        posting.close();
    }

    fn outside_horizon(&self, date: Date, store: &Store) -> Option<Reason> {
        let earliest = self.settings.earliest_business_date;
        ticket::in_horizon(date, self.state.tick(), &store.zone, earliest).err()
    }

    pub(crate) fn verdict(&self, store: &str, id: &TicketId, content: ContentHash) -> Verdict {
        let (key, index) = block_key(store, id);
        self.state.blocks.get(key.as_str()).map_or(Verdict::First, |block| block.verdict(index, content))
    }

    pub(crate) fn remember(&mut self, store: &str, id: &TicketId, content: ContentHash, life: Life) {
        let (key, index) = block_key(store, id);
        let on = tick_date(self.state.tick());
        self.state.blocks.get_or_insert_with(&key, Default::default).remember(index, content, life, on);
    }

    fn repeat(&mut self, offered: &Offered<'_>, named: &Named, decisions: &mut Decisions) {
        decisions.events.push(self.notice("repeat", offered, named, Vec::new()));
    }

    /// Quarantines a ticket and remembers its number, so that its re-send is a repeat.
    fn hold(
        &mut self,
        offered: &Offered<'_>,
        named: &Named,
        verdict: Verdict,
        reasons: Vec<Reason>,
        decisions: &mut Decisions,
    ) {
        let mut named = named.clone();
        if let (Some(id), Some(content)) = (&named.ticket, named.content) {
            match verdict {
                Verdict::First => self.remember(&named.store, id, content, Life::Quarantined),
                Verdict::Conflict { .. } => {
                    let (key, index) = block_key(&named.store, id);
                    let on = tick_date(self.state.tick());
                    if let Some(block) = self.state.blocks.get_mut(&key) {
                        block.remember_conflict(index, content, on);
                    }
                }
                Verdict::Repeat | Verdict::Unverified => {}
            }
        }
        if verdict != Verdict::First {
            // The number belongs to another record: deciding on this one must not touch it.
            named.ticket = None;
        }
        self.quarantine(offered, &named, reasons, decisions);
    }

    /// Quarantines a record with every reason, and holds it until a person decides.
    pub(crate) fn quarantine(
        &mut self,
        offered: &Offered<'_>,
        named: &Named,
        reasons: Vec<Reason>,
        decisions: &mut Decisions,
    ) {
        let kind = if named.store == NO_STORE { "unreadable" } else { "quarantined" };
        let words = reasons.iter().map(ToString::to_string).collect();
        decisions.events.push(self.notice(kind, offered, named, words));
        decisions.quarantined.push(quarantine::envelope(offered, named, reasons, self.state.tick()));
        self.state.held.insert(
            held_key(&offered.source),
            Held { store: named.store.clone(), ticket: named.ticket.clone(), content: named.content },
        );
    }

    pub(crate) fn notice(
        &self,
        kind: &str,
        offered: &Offered<'_>,
        named: &Named,
        reasons: Vec<String>,
    ) -> SalesEvent {
        SalesEvent {
            kind: kind.to_owned(),
            store: named.store.clone(),
            tick: self.state.tick(),
            source: Some(offered.source.clone()),
            notice: Some(Notice {
                ticket: named.ticket.clone(),
                content: named.content,
                command: named.command.clone(),
                reasons,
                ..Notice::default()
            }),
            ..SalesEvent::default()
        }
    }
}

/// What could be read of an offered record's name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Store, or [`NO_STORE`].
    pub store: String,
    /// Register, business date and sequence as written, where readable.
    pub written: Option<(String, Date, i64)>,
    /// Identity, where it could be derived.
    pub ticket: Option<TicketId>,
    /// Content hash, where the ticket could be read.
    pub content: Option<ContentHash>,
    /// Id of a command.
    pub command: Option<String>,
}

impl Named {
    /// What a transaction says of itself; a store that is no store name is not repeated.
    #[must_use]
    pub fn of(transaction: &Transaction) -> Self {
        let store = match identity::is_name(&transaction.store) {
            true => transaction.store.clone(),
            false => NO_STORE.to_owned(),
        };
        let register = match identity::is_name(&transaction.register) {
            true => transaction.register.clone(),
            false => NO_STORE.to_owned(),
        };
        let written = Some((register, transaction.business_date, transaction.sequence));
        Self { store, written, ..Self::default() }
    }

    /// A record in which nothing could be read.
    #[must_use]
    pub fn nothing() -> Self {
        Self { store: NO_STORE.to_owned(), ..Self::default() }
    }
}

fn close_marker(store: &Store, location: &str, bucket: &Bucket, tick: Timestamp) -> Movement {
    Movement {
        kind: "bucket_close".to_owned(),
        movement: format!("{}_{}_{}_{}", store.store, bucket.business_date, bucket.window, bucket.version),
        location: location.to_owned(),
        location_netsuite_id: store.location_netsuite_id.to_string(),
        subsidiary: store.subsidiary.to_string(),
        subsidiary_netsuite_id: store.subsidiary_netsuite_id.to_string(),
        bucket: MovementBucket {
            store: store.store.to_string(),
            business_date: bucket.business_date,
            window: bucket.window,
            version: bucket.version,
        },
        occurred_at: tick,
        legs: Vec::new(),
    }
}

/// The date of a tick in UTC: horizons are counted in days, not in hours of a zone.
pub(crate) fn tick_date(tick: Timestamp) -> Date {
    let days = i32::try_from(tick.0.div_euclid(86_400_000)).ok();
    days.and_then(Date::from_days).unwrap_or_default()
}

pub(crate) fn block_key(store: &str, id: &TicketId) -> (String, i32) {
    let (block, index) = dedupe::place(id.sequence);
    (format!("{store}/{}/{}/{block}", id.register, id.epoch), index)
}

pub(crate) fn posting_key(store: &str, date: Date, window: i32) -> String {
    format!("{store}/{date}/{window}")
}

pub(crate) fn split_posting_key(key: &str) -> Option<(&str, Date, i32)> {
    let mut parts = key.splitn(3, '/');
    Some((parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

pub(crate) fn held_key(source: &Source) -> String {
    format!("{}/{}/{}", source.topic, source.partition, source.offset)
}

fn ended_key(store: &str, date: Date) -> String {
    format!("{store}/{date}")
}

fn waiting_key(store: &str, id: &TicketId, line: i32) -> String {
    format!("{store}/{}/{}/{}/{line}", id.register, id.epoch, id.sequence)
}
