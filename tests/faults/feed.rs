//! The tills: a thread that offers tickets at a steady rate, whatever happens on the other side.
//!
//! What is offered is a function of how many were offered: dates one after the other, every store each
//! date, an end of day for most, now and then a ticket after it, every tenth ticket sent again later, and
//! a command every hundredth. Some stores post by the window. So the input is known without looking at Kafka.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::calendar::Date;
use domain::record::command::{BucketVersion, Command, Release};
use domain::record::pos::{Line, Link, Transaction};
use domain::record::reference::{Item, Store};
use testkit::{master, quantity};
use tillstream::cluster::{Address, Cluster, Writer};
use tillstream::generate::{Chain, REGISTERS};

/// The chain: its stores reach every partition.
pub(crate) const CHAIN: Chain = Chain { seed: 20_250_603, stores: 48, items: 300 };
/// Tickets of a store on one date, before its end of day.
const TICKETS_A_DAY: i64 = 9;
/// One of so many stores posts by the window instead of the whole store-day.
const WINDOWED_EVERY: u32 = 8;
/// One of so many never ends a date either, so that only the ends of its windows close them.
const ENDLESS_EVERY: u32 = 16;
/// The first store that does.
const FIRST_WINDOWED: u32 = 6;
/// Length of a window: three tickets of a store end in each.
pub(crate) const WINDOW_MINUTES: i32 = 1;
/// Every so many stores send one more ticket after the end of day.
const LATE_EVERY: u32 = 6;
/// Every so many tickets one is sent again.
const REPEAT_EVERY: usize = 10;
/// How many tickets back the one is that is sent again.
const REPEAT_DISTANCE: usize = 97;
/// Every so many tickets a command is sent.
const COMMAND_EVERY: usize = 100;
/// Of so many sales one ships from elsewhere, one sells a kit, two are transfers, one is a count and one is paid with
/// gift cards.
const UNUSUAL_EVERY: i64 = 20;
/// The kit.
pub(crate) const KIT: &str = "K1";
/// Its components: item, pieces and value.
pub(crate) const KIT_OF: [(&str, &str, &str); 2] = [("1", "2", "1.00"), ("2", "1", "3.00")];
/// How often the feed sends what is due.
const STEP: Duration = Duration::from_millis(20);

/// The name of a ticket in the chain.
pub(crate) type Name = (u32, Date, i64);

/// Whether a store posts by the window.
pub(crate) fn is_windowed(store: u32) -> bool {
    store % WINDOWED_EVERY == FIRST_WINDOWED
}

/// The store master of the chain.
pub(crate) fn store_master() -> impl Iterator<Item = Store> {
    CHAIN.store_master().zip(0..).map(|(store, index)| {
        let window_minutes = if is_windowed(index) { WINDOW_MINUTES } else { 0 };
        Store { window_minutes, ..store }
    })
}

/// The item master of the chain, and the kit that some tickets sell.
pub(crate) fn item_master() -> impl Iterator<Item = Item> {
    CHAIN.item_master().chain([master::kit(KIT, &KIT_OF)])
}

/// A ticket of the chain. What comes back was sold by another store. Some sales, that nothing voids, sell what another
/// store ships or a kit, are paid with gift cards, or are a transfer or a count in their place.
pub(crate) fn ticket(&(store, date, number): &Name) -> Transaction {
    let mut ticket = CHAIN.ticket(store, date, number);
    let of_void = if ticket.kind == "post_void" { REGISTERS } else { 0 };
    let taken_back = (store, date, number - of_void);
    for line in ticket.lines.iter_mut().filter(|line| line.kind == "return") {
        line.original = Some(sold_by_another(taken_back, line.line).into());
    }
    let is_voided = CHAIN.ticket(store, date, number + REGISTERS).kind == "post_void";
    if ticket.kind != "sale" || is_voided {
        return ticket;
    }
    let moved = |kind: &str, lines: &[(&str, i32, &str, &str)]| Transaction {
        kind: kind.into(),
        total: None,
        tenders: Vec::new(),
        lines: lines.iter().map(|(kind, line, item, pieces)| stock_line(kind, *line, item, pieces)).collect(),
        ..ticket.clone()
    };
    match (i64::from(store) + i64::from(date.days()) + number) % UNUSUAL_EVERY {
        0 => ticket.lines[0].fulfilment_location = Some(Chain::store_name((store + 1) % CHAIN.stores).into()),
        1 => ticket.lines[0].item = Some(KIT.into()),
        2 => ticket = moved("transfer", &[("transfer", 1, "1", "7"), ("transfer_difference", 2, "1", "2")]),
        3 => ticket = moved("transfer", &[("transfer", 1, "1", "-9")]),
        5 => {
            for tender in ticket.tenders.iter_mut().filter(|tender| tender.kind == "card") {
                (tender.kind, tender.brand) = ("gift_card".into(), None);
            }
        }
        4 => ticket = moved("count", &[("count", 1, "2", "-3"), ("count", 2, "1", "1")]),
        _ => {}
    }
    ticket
}

/// Where a return says that its line was sold: on a ticket of the same date of a store that is mostly in another
/// partition. That may have sold it, or more, or less, or nothing, or not yet.
fn sold_by_another((store, date, number): Name, line: i32) -> Link {
    let Transaction { store, register, business_date, sequence, .. } =
        CHAIN.ticket((store + 7) % CHAIN.stores, date, number % TICKETS_A_DAY);
    Link {
        kind: "return_of".into(),
        store,
        register,
        business_date,
        sequence,
        line: Some(line),
        ..Link::default()
    }
}

fn stock_line(kind: &str, line: i32, item: &str, pieces: &str) -> Line {
    Line { kind: kind.into(), line, item: Some(item.into()), quantity: quantity(pieces), ..Line::default() }
}

/// What was offered.
#[derive(Debug, Default)]
pub(crate) struct Offered {
    /// Each ticket once.
    pub(crate) tickets: Vec<Name>,
    /// The ends of day, named like the ticket whose number they take.
    pub(crate) ends: Vec<Name>,
    /// Tickets that were sent a second time.
    pub(crate) repeats: Vec<Name>,
    /// Ids of the commands to one store.
    pub(crate) commands: Vec<String>,
}

/// What the tills are told.
enum Order {
    /// Offer so many tickets at once, and say when Kafka has them.
    Burst(usize, Sender<()>),
    /// End the date and stop.
    Finish,
}

/// The tills at work.
pub(crate) struct Feed {
    orders: Sender<Order>,
    thread: JoinHandle<Offered>,
}

impl Feed {
    /// Begins to offer so many tickets a second.
    pub(crate) fn start(address: &Address, a_second: u32) -> Self {
        let cluster = Cluster::new(address).unwrap();
        let tills = Tills {
            tickets: cluster.writer().unwrap(),
            commands: cluster.writer().unwrap(),
            sent: 0,
            offered: Offered::default(),
        };
        let (orders, todo) = channel();
        let thread = std::thread::spawn(move || tills.run(a_second, &todo));
        Self { orders, thread }
    }

    /// Offers so many tickets at once, and returns when Kafka has them.
    pub(crate) fn burst(&self, count: usize) {
        let (done, finished) = channel();
        self.orders.send(Order::Burst(count, done)).expect("the feed still runs; if not, it has said why");
        finished.recv().expect("the feed still runs; if not, it has said why");
    }

    /// Ends the date of every store, and says what was offered.
    pub(crate) fn finish(self) -> Offered {
        self.orders.send(Order::Finish).expect("the feed still runs; if not, it has said why");
        self.thread.join().unwrap()
    }
}

struct Tills {
    tickets: Writer<Transaction>,
    commands: Writer<Command>,
    sent: usize,
    offered: Offered,
}

impl Tills {
    fn run(mut self, a_second: u32, orders: &Receiver<Order>) -> Offered {
        let began = Instant::now();
        let mut bursts = 0;
        loop {
            match orders.recv_timeout(STEP) {
                Ok(Order::Burst(count, done)) => {
                    bursts += count;
                    self.steps(count);
                    self.tickets.flush().unwrap();
                    done.send(()).unwrap();
                }
                Ok(Order::Finish) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let due = began.elapsed().as_millis() * u128::from(a_second) / 1_000;
            let due = bursts + usize::try_from(due).unwrap();
            // A broker that was away is not flooded afterwards: tills have their own pace.
            self.steps(due.saturating_sub(self.sent).min(50));
        }
        self.end_last_date();
        self.tickets.flush().unwrap();
        self.commands.flush().unwrap();
        self.offered
    }

    fn steps(&mut self, count: usize) {
        for number in self.sent..self.sent + count {
            self.step(number);
        }
        self.sent += count;
    }

    /// One ticket, and what goes with it.
    fn step(&mut self, number: usize) {
        let (date, at, store) = place(number);
        self.ticket((store, date, at));
        if number % REPEAT_EVERY == REPEAT_EVERY - 1 && number >= REPEAT_DISTANCE {
            let (date, at, store) = place(number - REPEAT_DISTANCE);
            self.send(&ticket(&(store, date, at)));
            self.offered.repeats.push((store, date, at));
        }
        if number % COMMAND_EVERY == COMMAND_EVERY - 1 {
            self.command(number, store, date);
        }
        if at == TICKETS_A_DAY - 1 {
            self.end(store, date);
        }
    }

    fn ticket(&mut self, name: Name) {
        self.send(&ticket(&name));
        self.offered.tickets.push(name);
    }

    /// The end of a date, and for some stores a ticket after it: not one that voids another, which a date that is
    /// cut short has not seen.
    fn end(&mut self, store: u32, date: Date) {
        if store % ENDLESS_EVERY != FIRST_WINDOWED {
            self.send(&CHAIN.end_of_day(store, date, TICKETS_A_DAY));
            self.offered.ends.push((store, date, TICKETS_A_DAY));
        }
        let late = (store, date, TICKETS_A_DAY + 1);
        if store.is_multiple_of(LATE_EVERY) && CHAIN.ticket(store, date, late.2).kind != "post_void" {
            self.ticket(late);
        }
    }

    /// A release of a bucket as nobody can have seen it: it is refused, and says so once.
    fn command(&mut self, number: usize, store: u32, date: Date) {
        let bucket = BucketVersion { business_date: date, window: 0, version: 7 };
        let command = Command {
            id: format!("faults-{number}"),
            kind: "release".to_owned(),
            store: Chain::store_name(store),
            issued_by: "the fault room".to_owned(),
            release: Some(Release { bucket, ..Release::default() }),
            ..Command::default()
        };
        self.commands.send(&command.store, &command).unwrap();
        self.offered.commands.push(command.id);
    }

    /// Ends the date that was going on, for the stores that have not ended it.
    fn end_last_date(&mut self) {
        let Some(last) = self.sent.checked_sub(1) else { return };
        let (date, at, store) = place(last);
        let ended = |one: u32| at == TICKETS_A_DAY - 1 && one <= store;
        for store in (0..CHAIN.stores).filter(|store| !ended(*store)) {
            self.end(store, date);
        }
    }

    fn send(&mut self, ticket: &Transaction) {
        self.tickets.send(&ticket.store, ticket).unwrap();
    }
}

/// Date, number and store of the ticket that is offered as the `number`th.
fn place(number: usize) -> (Date, i64, u32) {
    let number = i64::try_from(number).unwrap();
    let stores = i64::from(CHAIN.stores);
    let first: Date = "2025-06-03".parse().unwrap();
    let date = first.plus_days(i32::try_from(number / (stores * TICKETS_A_DAY)).unwrap());
    let at = number / stores % TICKETS_A_DAY;
    (date, at, u32::try_from(number % stores).unwrap())
}
