//! The null stage: enrich's loop without enrich. It reads tickets in the same transactions, decodes each,
//! and encodes one event and one movement of the same shape and size as enrich's. It decides nothing and
//! keeps nothing.
//!
//! Its changelog holds the runtime's header and no state. It writes to topics of its own, so that the
//! services behind enrich see each ticket once.

use std::sync::Arc;
use std::time::Duration;

use domain::identity::ContentHash;
use domain::number::Quantity;
use domain::partition;
use domain::record::inventory::{Leg, Movement, MovementBucket};
use domain::record::pos::{Line, Transaction};
use domain::record::sales::{
    Bucket, Sale, SaleDiscount, SaleLine, SaleTax, SaleTender, SalesEvent, Source, TicketId,
};
use runtime::config::{Kafka, Process};
use runtime::process::{self, Settings};
use runtime::stage::{Changes, Clock, Outputs, Record, Refusal, Service, Shard, Stop, Topics};
use tillstream::deployment;
use wire::codec::{Codecs, Decoder, Encoder, OpenError};
use wire::registry::Registry;

use crate::world::own_topics;

/// Its consumer group.
pub(crate) const NAME: &str = "bench-null";
/// Its changelog.
pub(crate) const CHANGELOG: &str = "bench-null.changelog";
/// Where events go.
pub(crate) const SALES: &str = "bench.sales";
/// Where movements go.
pub(crate) const DELTAS: &str = "bench.deltas";

/// What it reads.
const TRANSACTIONS: &str = "pos.transactions";

/// Enrich's own default.
const COMMIT_INTERVAL: Duration = Duration::from_millis(75);

/// Runs it until a signal drains it.
///
/// # Errors
/// When it cannot start.
pub(crate) fn run(bootstrap: &str, registry: &str, admin: &str) -> anyhow::Result<()> {
    let kafka = Kafka { bootstrap_servers: bootstrap.to_owned(), ..Kafka::default() };
    let process =
        Process { instance: format!("{NAME}-0"), admin_address: admin.to_owned(), ..Process::default() };
    runtime::event::start_logging(&process);
    let codecs = Codecs::new(Arc::new(Registry::new(&wire::registry::Settings::open(registry))?));
    let topics = [deployment::topics()?, own_topics()?].concat();
    process::exit(process::run(NAME, Null::new(&codecs)?, &Settings { kafka, process, topics }))
}

/// The stage as the runtime sees it.
#[derive(Debug, Clone)]
pub(crate) struct Null {
    tickets: Decoder<Transaction>,
    sales: Encoder<SalesEvent>,
    deltas: Encoder<Movement>,
}

impl Null {
    /// Makes the stage.
    ///
    /// # Errors
    /// When a subject is not registered.
    pub(crate) fn new(codecs: &Codecs) -> Result<Self, OpenError> {
        Ok(Self { tickets: codecs.decoder()?, sales: codecs.encoder()?, deltas: codecs.encoder()? })
    }
}

impl Service for Null {
    type Shard = NullShard;

    fn topics(&self) -> Topics {
        Topics {
            lead: TRANSACTIONS,
            sides: Vec::new(),
            tables: Vec::new(),
            outputs: vec![SALES, DELTAS],
            changelog: CHANGELOG,
        }
    }

    fn commit_interval(&self) -> Duration {
        COMMIT_INTERVAL
    }

    fn shard(&self, partition: i32) -> NullShard {
        NullShard { partition, coders: self.clone(), bytes: Vec::new() }
    }

    fn table(&self, record: &Record<'_>) -> Result<(), Stop> {
        Err(Stop(format!("the null stage has no table {}", record.topic)))
    }

    fn tables_read(&self) -> Result<bool, Stop> {
        Ok(true)
    }
}

/// Its shard: no state.
#[derive(Debug)]
pub(crate) struct NullShard {
    partition: i32,
    coders: Null,
    bytes: Vec<u8>,
}

impl Shard for NullShard {
    fn restore(&mut self, _key: &[u8], _value: Option<&[u8]>) -> Result<(), Stop> {
        Err(Stop("the null stage has no state".to_owned()))
    }

    fn process(&mut self, record: &Record<'_>, out: &mut Outputs) -> Result<(), Refusal> {
        let ticket = self.coders.tickets.decode(record.value.unwrap_or_default()).map_err(stop)?;
        let movement = (ticket.kind != "business_eod").then(|| movement(&ticket));
        let event = event(ticket, record);
        self.bytes.clear();
        self.coders.sales.encode(&event, &mut self.bytes).map_err(stop)?;
        out.send(SALES, self.partition, event.store.as_bytes(), Some(&self.bytes));
        if let Some(movement) = movement {
            self.bytes.clear();
            self.coders.deltas.encode(&movement, &mut self.bytes).map_err(stop)?;
            let location = movement.location.as_bytes();
            let to = partition::of(location, out.partition_count(DELTAS));
            out.send(DELTAS, to, location, Some(&self.bytes));
        }
        Ok(())
    }

    fn turn(&mut self, _clock: Option<Clock>, _out: &mut Outputs) -> Result<(), Stop> {
        Ok(())
    }

    fn changes(&mut self, _out: &mut Changes) -> Result<(), Stop> {
        Ok(())
    }

    fn commit(&mut self) {}

    fn abort(&mut self) {}
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop(error.to_string())
}

fn movement(ticket: &Transaction) -> Movement {
    let epoch = ticket.business_date.days();
    Movement {
        kind: "move".into(),
        movement: format!("{}_{}_{epoch}_{}", ticket.store, ticket.register, ticket.sequence).into(),
        location: ticket.store.clone(),
        location_netsuite_id: "1000".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        bucket: MovementBucket {
            store: ticket.store.clone(),
            business_date: ticket.business_date,
            window: 0,
            version: 1,
        },
        occurred_at: ticket.ended_at,
        legs: ticket.lines.iter().flat_map(legs).collect(),
        ..Movement::default()
    }
}

fn legs(line: &Line) -> [Leg; 2] {
    let leg = |state: &str, quantity: Quantity| Leg {
        item: line.item.clone().unwrap_or_default(),
        netsuite_item: "10000".into(),
        state: state.into(),
        quantity,
        unit: "EA".into(),
        reason: "sale".into(),
        ..Leg::default()
    };
    [leg("on_hand", line.quantity.negated()), leg("customer", line.quantity)]
}

/// The ticket as an event, by moving what it holds.
fn event(ticket: Transaction, record: &Record<'_>) -> SalesEvent {
    let bucket = Bucket { business_date: ticket.business_date, window: 0, version: 1 };
    let tick = ticket.ended_at;
    let id = TicketId {
        register: ticket.register,
        epoch: i64::from(ticket.business_date.days()),
        sequence: ticket.sequence,
        business_date: ticket.business_date,
    };
    let tender = |tender: domain::record::pos::Tender| SaleTender {
        role: "tender_clearing".into(),
        kind: tender.kind,
        brand: tender.brand,
        amount: tender.amount,
        booked_in: None,
    };
    let sale = Sale {
        ticket: id,
        bucket,
        kind: ticket.kind,
        content: ContentHash::from_bits(u64::MAX / 3),
        ended_at: ticket.ended_at,
        currency: ticket.currency,
        subsidiary: "US".into(),
        location: ticket.store.clone(),
        books: true,
        lines: ticket.lines.into_iter().map(line).collect(),
        tenders: ticket.tenders.into_iter().map(tender).collect(),
        ..Sale::default()
    };
    let source = Source { topic: record.topic.into(), partition: record.partition, offset: record.offset };
    SalesEvent {
        kind: "sale".into(),
        store: ticket.store,
        tick,
        source: Some(source),
        sale: Some(sale),
        ..SalesEvent::default()
    }
}

fn line(line: Line) -> SaleLine {
    let discount = |discount: domain::record::pos::Discount| SaleDiscount {
        kind: discount.kind,
        amount: discount.amount,
        code: discount.code,
    };
    let tax = |tax: domain::record::pos::Tax| SaleTax {
        code: tax.code,
        jurisdiction: tax.jurisdiction,
        treatment: tax.treatment,
        rate: tax.rate,
        base: tax.base,
        amount: tax.amount,
        included: tax.included,
    };
    SaleLine {
        line: line.line,
        role: "sales".into(),
        item: line.item,
        netsuite_item: Some("10000".into()),
        item_revision: Some(1),
        department: Some("10".into()),
        quantity: line.quantity,
        stock_unit: Some("EA".into()),
        amount: line.amount,
        discounts: line.discounts.into_iter().map(discount).collect(),
        taxes: line.taxes.into_iter().map(tax).collect(),
        disposition: line.disposition,
        reversal: false,
        promise: None,
        kit: None,
        location: None,
        booked_in: None,
        moved: None,
        cost: None,
    }
}
