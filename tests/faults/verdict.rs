//! The same verdict after every fault: what was offered, what was decided, what was booked and what was
//! moved are one and the same, read as committed records from the topics.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use domain::bucket::WHOLE_DAY;
use domain::calendar::Date;
use domain::record::inventory::{Adjustment, Movement, Position};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::pos::Transaction;
use domain::record::sales::{SalesEvent, TicketId, TicketLine};
use domain::record::tax::TaxSummary;
use domain::text::Text;
use runtime::follow::From;

use crate::feed::Offered;
use crate::oracle::{Adjusted, Expected, Identity, Roles, Sold, Stock, Window};
use crate::wait::tell;
use crate::world::World;

/// What `sales.enriched` says became of the input.
#[derive(Debug, Default)]
pub(crate) struct Sequenced {
    /// Records of the tills that an event names as its cause.
    sources: BTreeSet<(i32, i64)>,
    /// Accepted tickets, each with the window it went to.
    accepted: BTreeMap<Identity, i32>,
    repeats: usize,
    /// Lines taken back that were counted against the lines that sold them.
    claims: BTreeSet<Sold>,
    /// What was taken back of each of those, of a kit by component, by the last event of it.
    claimed: BTreeMap<Sold, BTreeMap<Option<Text>, i64>>,
    /// Answers to each command to one store.
    commands: BTreeMap<String, usize>,
    /// Open buckets with their counts, by window and version.
    open: BTreeMap<(Window, i32), i64>,
    closed: BTreeSet<(Window, i32)>,
    /// Windows, of those that are not a whole store-day, that closed because they ended: by store and date.
    ended: BTreeMap<(Text, Date), BTreeSet<i32>>,
}

impl World {
    /// Judges everything that was written since the world began. The services must have drained.
    pub(crate) fn judge(&mut self, offered: &Offered) {
        let expected = Expected::of(offered);
        self.no_transaction_is_open();
        self.headers_are_committed_offsets();
        self.input_is_what_was_offered(&expected);
        self.every_ticket_is_sequenced_once(&expected, offered);
        self.stock_moved_once(&expected);
        self.books_hold_every_ticket(&expected.books);
        self.replay_gives_the_same_bytes();
        tell(&format!(
            "judged: {} tickets and ends of day, {} repeats, {} commands, {} restarts by the supervisor",
            expected.accepted.len(),
            expected.repeats,
            offered.commands.len(),
            self.fleet.left.len()
        ));
        self.fleet.left.iter().for_each(|who| tell(who));
    }

    fn input_is_what_was_offered(&self, expected: &Expected) {
        let (mut records, mut distinct) = (0, BTreeSet::new());
        let scan = self.cluster.scan::<Transaction>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let ticket = received.record.expect("no tombstones");
            records += 1;
            distinct.insert((ticket.store, ticket.register, ticket.business_date, ticket.sequence));
        });
        read.unwrap();
        assert_eq!(records, expected.accepted.len() + expected.repeats, "records the feed has sent");
        assert!(distinct.iter().eq(expected.accepted.keys()), "tickets the feed has sent");
    }

    /// What has become of the input so far.
    pub(crate) fn sequenced(&self) -> Sequenced {
        let mut found = Sequenced::default();
        let scan = self.cluster.scan::<SalesEvent>(&[], From::Start).unwrap();
        scan.to_end(|received| found.take(&received.record.expect("no tombstones"))).unwrap();
        found
    }

    fn every_ticket_is_sequenced_once(&self, expected: &Expected, offered: &Offered) {
        let found = self.sequenced();
        same("accepted tickets", &found.accepted, &expected.accepted);
        assert_eq!(found.repeats, expected.repeats, "repeats");
        assert_eq!(found.sources.len(), expected.accepted.len() + expected.repeats, "records decided on");
        same("lines taken back that were counted", &found.claims, &expected.claims);
        let claimed = found.claimed.iter().map(|(sold, of)| (sold.clone(), of.values().sum())).collect();
        same("what was taken back of each line", some(&claimed), some(&expected.claimed));
        for command in &offered.commands {
            assert_eq!(found.commands.get(command), Some(&1), "answers to the command {command}");
        }
        assert_eq!(found.open, BTreeMap::new(), "buckets that nobody closed");
        let several = found.ended.values().filter(|windows| windows.len() > 1).count();
        assert!(several > 0, "of some store-days several windows closed because they ended");
        tell(&format!("of {several} store-days several windows closed because they ended"));
    }

    fn stock_moved_once(&self, expected: &Expected) {
        let (mut moved, mut movements) = (Stock::new(), BTreeSet::new());
        let scan = self.cluster.scan::<Movement>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let movement = received.record.expect("no tombstones");
            let name = (movement.kind.clone(), movement.movement.clone(), movement.location.clone());
            let fresh = movements.insert(name);
            assert!(fresh, "{} {} was written twice", movement.kind, movement.movement);
            for leg in movement.legs.iter().filter(|leg| leg.state == "on_hand") {
                add(&mut moved, &movement.location, &leg.item, leg.quantity.units());
            }
        });
        read.unwrap();
        same("stock by inventory.deltas", &moved, &expected.stock);

        let mut positions = Stock::new();
        let scan = self.cluster.scan::<Position>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let position = received.record.expect("no tombstones");
            let on_hand = position.states.iter().find(|state| state.state == "on_hand").unwrap();
            positions.insert((position.location, position.item), on_hand.quantity.units());
        });
        read.unwrap();
        same("stock by inventory.positions", &positions, &expected.stock);

        let known = ["sale", "return", "transfer", "transfer_difference", "count"];
        let (mut adjusted, mut ids) = (Adjusted::new(), BTreeSet::new());
        let scan = self.cluster.scan::<Adjustment>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let adjustment = received.record.expect("no tombstones");
            assert!(ids.insert(adjustment.id.clone()), "{} was written twice", adjustment.id);
            let window: Window =
                (adjustment.store.as_str().into(), adjustment.business_date, adjustment.window);
            for line in &adjustment.lines {
                let reason = known.into_iter().find(|known| *known == adjustment.reason);
                let reason = reason.expect("nothing of the feed moves for another reason");
                let location = adjustment.location.as_str().into();
                let key = (window.clone(), location, reason, line.item.as_str().into());
                *adjusted.entry(key).or_default() += line.quantity.units();
            }
        });
        read.unwrap();
        for reason in known {
            assert!(
                expected.adjusted.keys().any(|(_, _, of, _)| *of == reason),
                "the feed moves for {reason}"
            );
        }
        same("stock by inventory.adjustments", some(&adjusted), some(&expected.adjusted));
    }

    fn books_hold_every_ticket(&self, expected: &BTreeMap<Window, Roles>) {
        let (mut books, mut ids) = (BTreeMap::<Window, Roles>::new(), BTreeSet::new());
        let scan = self.cluster.scan::<JournalEntry>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let entry = received.record.expect("no tombstones");
            assert!(ids.insert(entry.id.clone()), "{} was written twice", entry.id);
            let roles = books.entry((entry.store.into(), entry.business_date, entry.window)).or_default();
            let mut balance = 0;
            for line in entry.lines {
                let units = line.debit.map_or(0, |debit| debit.units())
                    - line.credit.map_or(0, |credit| credit.units());
                assert_ne!(units, 0, "{} has a line of nothing", entry.id);
                balance += units;
                *roles.entry(line.role).or_default() += units;
            }
            assert_eq!(balance, 0, "{} balances", entry.id);
        });
        read.unwrap();
        // Two journals of a window may undo each other in a role: a sale, and later its post-void.
        same("books by window and role", without_nothing(&books), without_nothing(expected));

        let (mut taxed, mut ids) = (BTreeMap::<Window, i64>::new(), BTreeSet::new());
        let scan = self.cluster.scan::<TaxSummary>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let summary = received.record.expect("no tombstones");
            assert!(ids.insert(summary.id.clone()), "{} was written twice", summary.id);
            let window = (summary.store.into(), summary.business_date, summary.window);
            *taxed.entry(window).or_default() +=
                summary.lines.iter().map(|line| line.tax.units()).sum::<i64>();
        });
        read.unwrap();
        let credited =
            |(window, roles): (&Window, &Roles)| Some((window.clone(), -roles.get("tax_payable")?));
        let booked: BTreeMap<Window, i64> = expected.iter().filter_map(credited).collect();
        same("tax by window", some(&taxed), some(&booked));
        self.ledgers_follow_the_books(expected);
    }

    /// The ledgers of a store open with what the one before closed with, and come to what the books do.
    fn ledgers_follow_the_books(&self, expected: &BTreeMap<Window, Roles>) {
        let (mut owed, mut moved, mut ids) =
            (BTreeMap::<Text, i64>::new(), BTreeMap::<Window, i64>::new(), BTreeSet::new());
        let scan = self.cluster.scan::<LiabilityLedger>(&[], From::Start).unwrap();
        let read = scan.to_end(|received| {
            let ledger = received.record.expect("no tombstones");
            assert!(ids.insert(ledger.id.clone()), "{} was written twice", ledger.id);
            let [line] = &ledger.lines[..] else { panic!("the feed has gift cards only: {ledger:?}") };
            assert_eq!((line.role.as_str(), line.unexplained.units()), ("gift_card_liability", 0));
            let store: Text = ledger.store.as_str().into();
            let before = owed.insert(store.clone(), line.closing.units());
            assert_eq!(before.unwrap_or(0), line.opening.units(), "{} opens with what was owed", ledger.id);
            assert_eq!(
                line.closing.units() - line.opening.units(),
                line.issued.units() - line.redeemed.units()
            );
            let window = (store, ledger.business_date, ledger.window);
            *moved.entry(window).or_default() += line.closing.units() - line.opening.units();
        });
        read.unwrap();
        let credited =
            |(window, roles): (&Window, &Roles)| Some((window.clone(), -roles.get("gift_card_liability")?));
        let booked: BTreeMap<Window, i64> = expected.iter().filter_map(credited).collect();
        assert!(!booked.is_empty(), "the feed pays with gift cards");
        same("gift cards by window", some(&moved), some(&booked));
    }
}

impl Sequenced {
    /// True when no window is open that is not a whole store-day.
    pub(crate) fn has_only_whole_days_open(&self) -> bool {
        self.open.keys().all(|((_, _, window), _)| *window == WHOLE_DAY)
    }

    fn take(&mut self, event: &SalesEvent) {
        let decided = ["sale", "repeat", "quarantined", "unreadable"].contains(&event.kind.as_str());
        if decided {
            let source = event.source.as_ref().expect("what was offered has a source");
            assert_eq!(source.topic, "pos.transactions");
            let fresh = self.sources.insert((source.partition, source.offset));
            assert!(fresh, "{} [{}] was decided on twice", source.topic, source.offset);
        }
        match event.kind.as_str() {
            "sale" => self.sale(event),
            "repeat" => self.repeats += 1,
            "close" => self.close(event),
            "command" | "command_refused" => {
                let id = event.notice.as_ref().and_then(|notice| notice.command.clone()).unwrap();
                *self.commands.entry(id.into()).or_default() += 1;
            }
            "claim" => self.claim(event),
            "tick" => {}
            other => panic!("nothing leads to an event of kind {other}: {event:?}"),
        }
    }

    fn sale(&mut self, event: &SalesEvent) {
        let sale = event.sale.as_ref().expect("a sale carries one");
        let (id, bucket) = (&sale.ticket, &sale.bucket);
        let identity = (event.store.clone(), id.register.clone(), id.business_date, id.sequence);
        let before = self.accepted.insert(identity.clone(), bucket.window);
        assert_eq!(before, None, "{identity:?} was accepted twice");
        let bucket = ((event.store.clone(), bucket.business_date, bucket.window), bucket.version);
        assert!(!self.closed.contains(&bucket), "{identity:?} went to {bucket:?} after its close");
        *self.open.entry(bucket).or_default() += 1;
    }

    fn claim(&mut self, event: &SalesEvent) {
        let claim = event.claim.as_ref().expect("a claim carries one");
        let name = |line: &TicketLine| {
            let TicketId { register, business_date, sequence, .. } = &line.ticket;
            ((line.store.clone(), register.clone(), *business_date, *sequence), line.line)
        };
        let original = name(&claim.original);
        assert_eq!(original.0.0, event.store, "a claim is counted at the store that sold it");
        if let Some(returned) = &claim.returned {
            assert!(self.claims.insert(name(returned)), "{returned:?} was counted twice");
        }
        let of = self.claimed.entry(original).or_default();
        // What is counted by component was counted whole before its ticket came.
        if claim.component.is_some() {
            of.remove(&None);
        }
        of.insert(claim.component.clone(), claim.claimed_quantity.units());
    }

    fn close(&mut self, event: &SalesEvent) {
        let close = event.close.as_ref().expect("a close carries one");
        let (date, window) = (close.bucket.business_date, close.bucket.window);
        let bucket = ((event.store.clone(), date, window), close.bucket.version);
        assert_eq!(self.open.remove(&bucket), Some(close.count), "tickets in {bucket:?} at its close");
        assert!(self.closed.insert(bucket.clone()), "{bucket:?} was closed twice");
        if close.reason == "deadline" {
            assert_ne!(window, WHOLE_DAY, "{bucket:?} is a whole store-day, which is never due here");
            self.ended.entry((event.store.clone(), date)).or_default().insert(window);
        }
    }
}

pub(crate) fn add(stock: &mut Stock, location: &str, item: &str, units: i64) {
    *stock.entry((location.into(), item.into())).or_default() += units;
}

/// Without what comes to nothing: a document has no line for it.
pub(crate) fn some<K: Ord>(sums: &BTreeMap<K, i64>) -> impl Iterator<Item = (&K, &i64)> {
    sums.iter().filter(|(_, units)| **units != 0)
}

/// Books without what comes to nothing: a journal has no line for it, and no line is no journal.
pub(crate) fn without_nothing(books: &BTreeMap<Window, Roles>) -> BTreeMap<Window, Roles> {
    let some = |roles: &Roles| some(roles).map(|(role, units)| (role.clone(), *units)).collect();
    let books = books.iter().map(|(window, roles)| (window.clone(), some(roles)));
    books.filter(|(_, roles): &(_, Roles)| !roles.is_empty()).collect()
}

/// Compares two collections and shows what only one of them has, not all of both.
pub(crate) fn same<T: Ord + Debug>(
    what: &str,
    found: impl IntoIterator<Item = T>,
    expected: impl IntoIterator<Item = T>,
) {
    let found: BTreeSet<T> = found.into_iter().collect();
    let expected: BTreeSet<T> = expected.into_iter().collect();
    let shown = |only: Vec<&T>| format!("{} such as {:?}", only.len(), &only[..only.len().min(5)]);
    let (more, less) = (found.difference(&expected).collect(), expected.difference(&found).collect());
    assert!(found == expected, "{what}: only found are {}; only expected are {}", shown(more), shown(less));
}
