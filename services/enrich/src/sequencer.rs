//! Decides the order, identity and bucket of everything offered: the one place where order is decided.
//!
//! Pure: records, masters and ticks come in, decisions come out. Whatever is offered leaves exactly one
//! event that says what became of it, so that offered = accepted + repeats + quarantined can be counted
//! from the events alone.

use std::sync::Arc;

use domain::bucket::{self, Books};
use domain::calendar::{Date, Timestamp};
use domain::dedupe::{self, Life, Verdict};
use domain::enrichment::Explained;
use domain::identity::{self, ContentHash};
use domain::masters::Store;
use domain::moves;
use domain::partition;
use domain::record::command::Command;
use domain::record::inventory::Movement;
use domain::record::pos::Transaction;
use domain::record::quarantine::Quarantined;
use domain::record::sales::{Notice, SalesEvent, Source, TicketId};
use domain::text::{Text, text};
use domain::ticket::{self, Code, Reason, Ticket};

use crate::buckets::Window;
use crate::command::Patience;
use crate::limits::{Limits, TICKET_MAX};
use crate::masters::Masters;
use crate::quarantine::{self, Offered, Reasons};
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
    /// For `inventory.deltas`, by location; of [`EVERY_STORE`] on the sequencer's own partition.
    pub movements: Vec<Movement>,
    /// For `pos.quarantine`.
    pub quarantined: Vec<Quarantined>,
    /// For `pos.commands`, by store.
    pub commands: Vec<Command>,
}

impl Decisions {
    /// Forgets everything and keeps the room.
    pub fn clear(&mut self) {
        self.events.clear();
        self.movements.clear();
        self.quarantined.clear();
        self.commands.clear();
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
    /// What bounds its memory.
    pub limits: Limits,
    /// Where the sweep of forgotten numbers goes on.
    pub(crate) sweep_from: Text,
    /// The date of the tick at which dates were swept last.
    pub(crate) swept_on: Option<Date>,
    /// The date of the tick at which all undecided records that were due had been written off.
    pub(crate) held_swept_on: Option<Date>,
    /// How long the command at the head has been waiting for the item master.
    pub(crate) patience: Patience,
}

impl Sequencer {
    /// Makes a sequencer that remembers nothing yet.
    #[must_use]
    pub fn new(partition: i32, settings: Settings, masters: Arc<Masters>) -> Self {
        Self {
            partition,
            settings,
            state: State::default(),
            masters,
            limits: Limits::default(),
            sweep_from: Text::default(),
            swept_on: None,
            held_swept_on: None,
            patience: Patience::default(),
        }
    }

    /// Forgets what the transaction changed: it is known to be aborted.
    pub fn abort(&mut self) {
        self.state.abort();
        // What was swept is there again.
        (self.swept_on, self.held_swept_on) = (None, None);
        self.sweep_from = Text::default();
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
            reasons.extend(too_large(offered.value));
            let (named, stand_in) = (Named::of(&transaction), Store::stand_in(&transaction));
            reasons
                .extend(Explained::check(transaction, &stand_in, &masters.items).err().unwrap_or_default());
            return self.quarantine(offered, &named, reasons, decisions);
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
        let number = block_key(&store.store, &id);
        let verdict = self.verdict(&number, content);
        match verdict {
            Verdict::First => {}
            Verdict::Repeat => return self.repeat(offered, &named, decisions),
            Verdict::Conflict { held } => reasons.push(Reason::conflict(held, content)),
            Verdict::Unverified => reasons.push(Reason::repeat_unverified(id.sequence)),
        }
        reasons.extend(too_large(offered.value));
        reasons.extend(self.outside_horizon(id.business_date, store));
        match self.bookable(transaction, content, store) {
            Ok(ticket) if reasons.is_empty() => {
                let cause = Cause { kind: "sale", source: &offered.source };
                self.accept(ticket, &number, store, cause, decisions);
            }
            Ok(_) => self.hold(offered, &named, verdict, reasons, decisions),
            Err(more) => {
                reasons.extend(more);
                self.hold(offered, &named, verdict, reasons, decisions);
            }
        }
    }

    /// A ticket with which nothing is wrong, neither in itself nor against the masters, which undoes what is booked,
    /// and repeats it, where it undoes anything, and for whose unknown items there is room in suspense.
    pub(crate) fn bookable(
        &self,
        transaction: Transaction,
        content: ContentHash,
        store: &Store,
    ) -> Result<Explained, Vec<Reason>> {
        let mut reasons: Vec<Reason> = self.undoes_in_vain(&transaction, store).into_iter().collect();
        let Masters { items, stores } = &*self.masters;
        match Explained::check_among(transaction, content, store, items, stores) {
            Ok(ticket) => {
                reasons.extend(self.suspense_full(&ticket));
                if reasons.is_empty() {
                    reasons = self.differs_from_voided(&ticket, store);
                }
                if reasons.is_empty() {
                    return Ok(ticket);
                }
            }
            Err(more) => reasons.extend(more),
        }
        Err(reasons)
    }

    fn suspense_full(&self, ticket: &Explained) -> Option<Reason> {
        let room = self.limits.waiting.saturating_sub(self.state.waiting.size());
        (ticket.lines_in_suspense() > room).then(|| {
            Reason::of_record(
                Code::SuspenseFull,
                format!(
                    "an item is not in the item master, and {} lines wait for theirs already; publish the items \
                     on ref.items and resolve them, then release this",
                    self.limits.waiting
                ),
            )
        })
    }

    /// Remembers the number of a valid ticket and books it into its bucket.
    pub(crate) fn accept(
        &mut self,
        ticket: Explained,
        number: &(Text, i32),
        store: &Store,
        Cause { kind, source }: Cause<'_>,
        decisions: &mut Decisions,
    ) {
        let was_claimed = self.remember_accepted(number, &ticket, store);
        let content = ticket.ticket().content();
        let transaction = ticket.ticket().transaction();
        let date = transaction.business_date;
        let minutes = store.window_minutes;
        // A date without a beginning in its zone does not pass the check of the ticket.
        let window =
            bucket::window(date, transaction.ended_at, &store.zone, minutes).unwrap_or(bucket::WHOLE_DAY);
        let ends_date = transaction.kind == END_OF_DAY && !transaction.training;
        let tick = self.state.tick();
        let window = Window { store: &store.store, date, number: window };
        let places = ticket.places(store, &self.masters.stores);
        let (key, bucket) = self.open_bucket(&window, Books::of_store(store), &places, source, decisions);
        self.claim_from_sellers(&ticket, store, decisions);
        let stores = &self.masters.stores;
        let (sale, waiting) = ticket.enrich(store, stores, bucket);
        let movements = moves::moves(&sale, store, stores);
        if let Some(original) = &sale.voids {
            self.settle(&store.store, Some(original), Life::Voided);
        }
        if let Some(posting) = self.state.postings.get_mut(&key) {
            posting.add(content, tick);
            movements.iter().for_each(|movement| posting.touch(movement));
        }
        for line in waiting {
            self.state.waiting.insert(waiting_key(&store.store, &line.ticket, line.line), line);
        }
        decisions.movements.extend(movements);
        let own = Some(&sale.ticket).filter(|_| was_claimed);
        let booked = own.into_iter().chain(&sale.voids);
        let claimed: Vec<SalesEvent> =
            booked.flat_map(|id| self.judge_claimed(store, id, &sale, source)).collect();
        decisions.events.push(SalesEvent {
            kind: kind.into(),
            store: store.store.clone(),
            tick,
            source: Some(source.clone()),
            sale: Some(sale),
            ..SalesEvent::default()
        });
        decisions.events.extend(claimed);
        if ends_date {
            self.end_date(&store.store, date, source, decisions);
        }
    }

    /// Why a business date is not taken: it is too old or ahead, or what was booked on it is forgotten.
    pub(crate) fn outside_horizon(&self, date: Date, store: &Store) -> Option<Reason> {
        if let Some(first) = self.state.first_remembered().filter(|first| date < *first) {
            let detail = format!(
                "{date} lies before {first}, the first business date whose numbers are remembered; book it by \
                 hand, or mend the date and release it"
            );
            return Some(Reason::of_field(Code::BusinessDateOutOfRange, "business_date", detail));
        }
        let earliest = self.settings.earliest_business_date;
        ticket::in_horizon(date, self.state.tick(), &store.zone, earliest).err()
    }

    pub(crate) fn verdict(&self, (key, index): &(Text, i32), content: ContentHash) -> Verdict {
        self.state.blocks.get(key.as_str()).map_or(Verdict::First, |block| block.verdict(*index, content))
    }

    /// Remembers a number until nothing dated `date` is taken any more.
    pub(crate) fn remember(
        &mut self,
        (key, index): &(Text, i32),
        content: ContentHash,
        life: Life,
        date: Date,
    ) {
        let on = tick_date(self.state.tick()).max(date);
        self.state.blocks.get_or_insert_with(key, Default::default).remember(*index, content, life, on);
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
        // What is not held cannot be released, so its number stays free for the mended ticket.
        if self.has_room()
            && let (Some(id), Some(content)) = (&named.ticket, named.content)
        {
            let number = block_key(&named.store, id);
            match verdict {
                Verdict::First => self.remember(&number, content, Life::Quarantined, id.business_date),
                Verdict::Conflict { .. } => {
                    let (key, index) = number;
                    let on = tick_date(self.state.tick()).max(id.business_date);
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
        mut reasons: Vec<Reason>,
        decisions: &mut Decisions,
    ) {
        let kind = if named.store == NO_STORE { "unreadable" } else { "quarantined" };
        if self.has_room() {
            self.state.held.insert(
                held_key(&offered.source),
                Held {
                    store: named.store.clone(),
                    ticket: named.ticket.clone(),
                    content: named.content,
                    held_on: Some(tick_date(self.state.tick())),
                },
            );
        } else {
            reasons.insert(0, self.not_held());
        }
        let reasons = Reasons::bounded(reasons);
        decisions.events.push(self.notice(kind, offered, named, reasons.words()));
        decisions.quarantined.push(quarantine::envelope(offered, named, reasons, self.state.tick()));
    }

    /// True while one more quarantined record can be held.
    fn has_room(&self) -> bool {
        self.state.held.size() < self.limits.held
    }

    fn not_held(&self) -> Reason {
        Reason::of_record(
            Code::QuarantineFull,
            format!(
                "{} records wait for a decision, so this one is not held and cannot be released; release or \
                 write off others, mend this one and send it again under its own number",
                self.limits.held
            ),
        )
    }

    pub(crate) fn notice(
        &self,
        kind: &str,
        offered: &Offered<'_>,
        named: &Named,
        reasons: Vec<String>,
    ) -> SalesEvent {
        SalesEvent {
            kind: kind.into(),
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

/// Why a ticket is booked now.
pub(crate) struct Cause<'a> {
    /// Kind of its event: a sale, or a release from quarantine.
    pub(crate) kind: &'static str,
    /// The record that led to it.
    pub(crate) source: &'a Source,
}

/// What could be read of an offered record's name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Store, or [`NO_STORE`].
    pub store: Text,
    /// Register, business date and sequence as written, where readable.
    pub written: Option<(Text, Date, i64)>,
    /// Identity, where it could be derived.
    pub ticket: Option<TicketId>,
    /// Content hash, where the ticket could be read.
    pub content: Option<ContentHash>,
    /// Id of a command.
    pub command: Option<Text>,
}

impl Named {
    /// What a transaction says of itself; a store that is no store name is not repeated.
    #[must_use]
    pub fn of(transaction: &Transaction) -> Self {
        let store = match identity::is_name(&transaction.store) {
            true => transaction.store.clone(),
            false => NO_STORE.into(),
        };
        let register = match identity::is_name(&transaction.register) {
            true => transaction.register.clone(),
            false => NO_STORE.into(),
        };
        let written = Some((register, transaction.business_date, transaction.sequence));
        Self { store, written, ..Self::default() }
    }

    /// A record in which nothing could be read.
    #[must_use]
    pub fn nothing() -> Self {
        Self { store: NO_STORE.into(), ..Self::default() }
    }
}

/// Why a ticket is not booked that could lead to more than its topics take.
pub(crate) fn too_large(value: Option<&[u8]>) -> Option<Reason> {
    let bytes = value.map_or(0, <[u8]>::len);
    (bytes > TICKET_MAX).then(|| {
        Reason::of_record(
            Code::TooLarge,
            format!(
                "the ticket has {bytes} bytes, more than the {TICKET_MAX} that are taken; send it in parts with \
                 numbers of their own, and write this one off"
            ),
        )
    })
}

/// The date of a tick in UTC: horizons are counted in days, not in hours of a zone.
pub(crate) fn tick_date(tick: Timestamp) -> Date {
    let days = i32::try_from(tick.0.div_euclid(86_400_000)).ok();
    days.and_then(Date::from_days).unwrap_or_default()
}

/// Where a number is remembered: its block, and its index there.
pub(crate) fn block_key(store: &str, id: &TicketId) -> (Text, i32) {
    let (block, index) = dedupe::place(id.sequence);
    (text!("{store}/{}/{}/{block}", id.register, id.epoch), index)
}

pub(crate) fn held_key(source: &Source) -> Text {
    text!("{}/{}/{}", source.topic, source.partition, source.offset)
}

/// With the date, for a line may wait for longer than its number is remembered.
fn waiting_key(store: &str, id: &TicketId, line: i32) -> Text {
    text!("{store}/{}/{}/{}/{}/{line}", id.business_date, id.register, id.epoch, id.sequence)
}
