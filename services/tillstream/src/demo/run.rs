//! What the demo does, in order: start everything, stream a year, close it, and read the books back.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use domain::calendar::Timestamp;
use domain::record::sales::{SaleLine, SalesEvent};
use runtime::follow::From as Start;
use rust_decimal::Decimal;
use serde::Serialize;

use super::lag::Lags;
use super::{ACCOUNT_MAP, use_of};
use crate::cache::Cache;
use crate::cluster::{Address, Cluster};
use crate::completejourney::{self, Dataset};
use crate::order::{self, Answer, Issuer, Outcome, bucket, suspense};
use crate::publish::{self, Masters};
use crate::replay::{masters, ticket};
use crate::stack::pipeline::{self, Pipeline};
use crate::stack::{self, Progress, Stack};
use crate::statement::compare::{Reading, Statement};
use crate::statement::expected::{self, ControlTotals, Counted, Expected};
use crate::statement::held::{self, Counters, Held};
use crate::{cluster, deployment, replay};

/// The first business date of the data set, which the horizon would else refuse.
const EARLIEST: &str = "2017-01-01";

/// How long the pipeline may take over any one step before the demo gives up.
const STEP_WITHIN: Duration = Duration::from_secs(600);

/// How often a wait looks again.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Products of the data set that are fuel, counted in gallons.
const FUEL: &str = "GASOLINE-REG UNLEADED";

/// How the demo is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory for topics, configuration and logs.
    pub directory: PathBuf,
    /// Milliseconds the simulated NetSuite takes for a request.
    pub latency_ms: u64,
    /// Requests it works on at once.
    pub concurrency: usize,
    /// The time that commands are dated with.
    pub now: Timestamp,
}

/// The demo could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data set cannot be had.
    #[error(transparent)]
    Fetch(#[from] completejourney::fetch::Error),
    /// The data set cannot be read.
    #[error(transparent)]
    Read(#[from] completejourney::Error),
    /// The expected side cannot be computed.
    #[error(transparent)]
    Expected(#[from] expected::Error),
    /// Transactions cannot be made of the data set.
    #[error(transparent)]
    Replay(#[from] replay::Error),
    /// Part of the stack did not start, or ended.
    #[error(transparent)]
    Stack(#[from] stack::Error),
    /// Kafka or the registry failed.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// Masters or transactions cannot be published.
    #[error(transparent)]
    Publish(#[from] publish::Error),
    /// NetSuite cannot be read back.
    #[error(transparent)]
    Held(#[from] held::Error),
    /// Topics, schemas or first offsets cannot be made.
    #[error(transparent)]
    Deployment(#[from] deployment::Error),
    /// Kafka did not answer.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// A command was not carried out.
    #[error("command {id} was not carried out in partition {partition}: {why}")]
    Command {
        /// Its id.
        id: String,
        /// The partition.
        partition: i32,
        /// Why not.
        why: String,
    },
    /// A step did not end.
    #[error(
        "{step} did not end within {seconds} s: {state}; the logs are in {directory}",
        directory = directory.display()
    )]
    TooSlow {
        /// What was waited for.
        step: &'static str,
        /// How long.
        seconds: u64,
        /// How far it came.
        state: String,
        /// Where the logs are.
        directory: PathBuf,
    },
}

/// How many lines, and their amount at shelf prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Number of lines.
    pub count: u64,
    /// Sum of their amounts.
    pub amount: Decimal,
}

impl Lines {
    fn add(&mut self, line: &SaleLine) {
        self.count += 1;
        self.amount = (self.amount + line.amount.decimal()).normalize();
    }
}

/// What the demo found.
#[derive(Debug, Clone, Serialize)]
pub struct Outcomes {
    /// Tills beside NetSuite.
    pub statement: Statement,
    /// The data set in its own terms.
    pub control: BTreeMap<&'static str, Decimal>,
    /// Store-days of the data set.
    pub store_days: u64,
    /// Transactions of the tills, ends of day left out.
    pub transactions: u64,
    /// Of these, how many were booked.
    pub transactions_booked: u64,
    /// Events on `sales.enriched` by kind.
    pub events: BTreeMap<String, u64>,
    /// Lines that were booked into suspense, as `sales.enriched` tells.
    pub suspended: Lines,
    /// Lines that were booked out of it.
    pub resolved: Lines,
    /// Journal entries NetSuite holds.
    pub journals: u64,
    /// Inventory adjustments NetSuite holds.
    pub adjustments: u64,
    /// Lines of both.
    pub lines: u64,
    /// Months with sales, over all stores: what lines are licensed by.
    pub store_months: u64,
    /// Requests NetSuite answered, by endpoint.
    pub requests: BTreeMap<String, u64>,
    /// Seconds from the first ticket sent to the last document posted.
    pub seconds: u64,
    /// Milliseconds the simulated NetSuite took for a request.
    pub netsuite_latency_ms: u64,
    /// Requests it worked on at once.
    pub netsuite_concurrency: usize,
    /// Seconds the same documents would need in a real account that takes 600 ms and allows 5 at once.
    pub real_account_seconds: u64,
}

/// Runs the whole demo.
///
/// # Errors
/// [`Error`] when it cannot be run to its end; a difference in the books is a finding, not an error.
pub fn run(cache: &Cache, options: &Options, progress: Progress<'_>) -> Result<Outcomes, Error> {
    let dataset = Dataset::read(&completejourney::fetch::fetch(cache, progress)?)?;
    progress("adding up what the tills said, straight from the Parquet files");
    let expected = Expected::compute(dataset.baskets(), dataset.products())?;
    let stack_options = stack::Options {
        kafka: stack::kafka::Options {
            data: stack::DataDirectory::Kept(options.directory.join("stack")),
            ..stack::kafka::Options::default()
        },
        registry: stack::registry::Options {
            data: stack::DataDirectory::Kept(options.directory.join("stack")),
            ..stack::registry::Options::default()
        },
    };
    let mut stack = Stack::start(cache, &stack_options, progress)?;
    let outcomes = Demo::begin(&mut stack, options, &dataset, progress).and_then(|mut demo| {
        demo.stream(progress)?;
        demo.resolve(progress)?;
        demo.settle(progress)?;
        demo.read_back(&expected, progress)
    });
    let stopped = stack.stop(progress);
    let outcomes = outcomes?;
    stopped?;
    Ok(outcomes)
}

/// A demo under way.
struct Demo<'a> {
    stack: &'a mut Stack,
    options: &'a Options,
    dataset: &'a Dataset,
    cluster: Cluster,
    pipeline: Pipeline,
    events: Events,
    began: Instant,
    seconds: u64,
}

/// What was seen on `sales.enriched`.
#[derive(Default)]
struct Events {
    kinds: BTreeMap<String, u64>,
    /// Sales that book something: ends of day and other control records do not.
    booked: u64,
    /// Lines that were booked into suspense.
    suspended: Lines,
    /// Lines that were booked out of it.
    resolved: Lines,
    /// Offset behind the last event of each partition.
    next: BTreeMap<i32, i64>,
}

impl<'a> Demo<'a> {
    fn begin(
        stack: &'a mut Stack,
        options: &'a Options,
        dataset: &'a Dataset,
        progress: Progress<'_>,
    ) -> Result<Self, Error> {
        let mut kafka = runtime::config::Kafka::default();
        kafka.bootstrap_servers = stack.kafka().bootstrap();
        let registry = wire::registry::Settings::open(&stack.registry().url());
        let cluster = Cluster::new(&Address { kafka, registry })?;
        let made = deployment::make(&cluster)?;
        progress(&format!("{} schemas and {} topics are made", made.schemas, made.topics));
        let known =
            Masters { stores: masters::stores(dataset), items: masters::listed_items(dataset).collect() };
        publish::masters(&cluster, &known, &mut |_| ControlFlow::Continue(()))?;
        progress(&format!("{} stores and {} items are published", known.stores.len(), known.items.len()));
        let pipeline_options = pipeline::Options {
            directory: options.directory.clone(),
            account_map: ACCOUNT_MAP.to_owned(),
            earliest_business_date: Some(EARLIEST.to_owned()),
            workers: 1,
            latency_ms: options.latency_ms,
            concurrency: options.concurrency,
        };
        let pipeline = pipeline::start(stack, &pipeline_options, progress)?;
        pipeline::await_ready(stack, progress)?;
        let began = Instant::now();
        Ok(Self { stack, options, dataset, cluster, pipeline, events: Events::default(), began, seconds: 0 })
    }

    /// Sends every basket and follows what the sequencer makes of it.
    fn stream(&mut self, progress: Progress<'_>) -> Result<(), Error> {
        self.began = Instant::now();
        let tickets = ticket::Tickets::new(self.dataset)?;
        let total = tickets.count();
        progress(&format!("streaming {total} transactions, ends of day among them"));
        let mut scan = self.cluster.scan::<SalesEvent>(&[], Start::Start)?;
        let cluster = &self.cluster;
        let sent = thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let transactions = tickets.iter().map(|ticket| ticket.map_err(Error::from));
                publish::transactions::<Error>(cluster, transactions, &mut |_| ControlFlow::Continue(()))
            });
            let deadline = Instant::now() + STEP_WITHIN;
            let mut told = Instant::now();
            while self.events.outcomes() < total && Instant::now() < deadline {
                self.events.take(scan.next(LOOK_EVERY)?);
                if sender.is_finished() && self.stack.check().is_err() {
                    break;
                }
                if told.elapsed() > Duration::from_secs(5) {
                    told = Instant::now();
                    progress(&format!("{} of {total} transactions are sequenced", self.events.outcomes()));
                }
            }
            sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        self.stack.check()?;
        if self.events.outcomes() < sent.records {
            return Err(self.too_slow("sequencing", format!("{:?}", self.events.kinds)));
        }
        progress(&format!(
            "{} transactions are sequenced after {} s",
            sent.records,
            self.began.elapsed().as_secs()
        ));
        Ok(())
    }

    /// Publishes the items that nobody knew, books their lines out of suspense, and closes what is open.
    fn resolve(&mut self, progress: Progress<'_>) -> Result<(), Error> {
        let unlisted = Masters { stores: Vec::new(), items: masters::missing_items(self.dataset) };
        publish::masters(&self.cluster, &unlisted, &mut |_| ControlFlow::Continue(()))?;
        let items: BTreeSet<String> = unlisted.items.iter().map(|item| item.item.clone()).collect();
        let known = suspense::known(&self.cluster, &items)?;
        progress(&format!("{} unlisted items are published and resolved", known.len()));
        let mut issuer = Issuer::new("demo", self.options.now, Some("the item master was completed"));
        let orders = suspense::resolve(&self.cluster, &mut issuer, &known)?;
        self.carried_out(order::send(&self.cluster, &orders, STEP_WITHIN)?)?;
        let release = bucket::release_all(&self.cluster, &mut issuer)?;
        self.carried_out(order::send(&self.cluster, &[release], STEP_WITHIN)?)?;
        progress("every open bucket is released");
        let mut events = Events::default();
        self.cluster.scan::<SalesEvent>(&[], Start::Start)?.to_end(|received| events.take(Some(received)))?;
        self.events = events;
        Ok(())
    }

    fn carried_out(&mut self, answers: Vec<Answer>) -> Result<(), Error> {
        self.stack.check()?;
        for answer in answers {
            let why = match answer.outcome {
                Outcome::Done | Outcome::Repeat => continue,
                Outcome::Refused(reasons) => reasons.join("; "),
                Outcome::Waiting => "no answer came".to_owned(),
            };
            return Err(Error::Command { id: answer.command, partition: answer.partition, why });
        }
        Ok(())
    }

    /// Waits until every close became documents and every document is settled in NetSuite.
    fn settle(&mut self, progress: Progress<'_>) -> Result<(), Error> {
        let lags = Lags::new(self.cluster.connection(), deployment::groups())?;
        self.wait("journals", progress, |demo| {
            let committed = lags.committed("journal")?;
            let behind = demo.events.next.iter().map(|(partition, next)| {
                let at = usize::try_from(*partition).ok().and_then(|at| committed.get(at));
                next.saturating_sub(at.copied().unwrap_or(0)).max(0)
            });
            Ok(behind.sum())
        })?;
        for (step, group) in [
            ("stock positions", "inventory"),
            ("journals in NetSuite", "netsuite-journals"),
            ("adjustments in NetSuite", "netsuite-adjustments"),
        ] {
            self.wait(step, progress, |_| {
                let lag = lags.of(group)?;
                // One marker at the end of each partition is never passed.
                Ok(if lag.worst <= 1 { 0 } else { lag.sum })
            })?;
        }
        self.seconds = self.began.elapsed().as_secs();
        Ok(())
    }

    fn wait(
        &mut self,
        step: &'static str,
        progress: Progress<'_>,
        left: impl Fn(&Self) -> Result<i64, runtime::Error>,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + STEP_WITHIN;
        let mut told = Instant::now();
        loop {
            let left = left(self)?;
            if left == 0 {
                return Ok(());
            }
            self.stack.check()?;
            if Instant::now() > deadline {
                return Err(self.too_slow(step, format!("{left} records are left")));
            }
            if told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                progress(&format!("{step}: {left} records are left"));
            }
            pause();
        }
    }

    fn read_back(&self, expected: &Expected, progress: Progress<'_>) -> Result<Outcomes, Error> {
        progress("reading back what NetSuite holds");
        let stores: Vec<u32> = expected.by_store().into_keys().collect();
        let held = held::read(&self.pipeline.netsuite, &stores, |_| {})?;
        let counters = held::counters(&self.pipeline.netsuite)?;
        let products = self.dataset.products().iter();
        let fuel: BTreeSet<u64> = products
            .filter(|product| product.product_type.as_deref() == Some(FUEL))
            .map(|product| masters::ITEM_NETSUITE_IDS + u64::from(product.product_id))
            .collect();
        let reading = Reading { account: &use_of, is_fuel: &|item| fuel.contains(&item) };
        let mut statement = Statement::of(expected, &held, &reading);
        let read = held.journals + held.adjustments;
        if counters.created != read {
            let created = counters.created;
            statement.differences.push(format!(
                "NetSuite holds {created} documents, of which {read} are of the stores of the data set"
            ));
        }
        let (tills, booked) = (expected.baskets, self.events.booked);
        if tills != booked {
            statement.differences.push(format!("the tills made {tills} transactions, {booked} were booked"));
        }
        let Counted { count, cents } = expected.unknown_products;
        let unknown = Lines { count, amount: self::cents(cents) };
        for (what, seen) in
            [("booked into suspense", self.events.suspended), ("resolved", self.events.resolved)]
        {
            if seen != unknown {
                statement.differences.push(format!(
                    "{} lines of items that the item file lacks, {}, and {} lines, {}, were {what}",
                    unknown.count, unknown.amount, seen.count, seen.amount
                ));
            }
        }
        Ok(self.outcomes(expected, &held, counters, statement))
    }

    fn outcomes(
        &self,
        expected: &Expected,
        held: &Held,
        counters: Counters,
        statement: Statement,
    ) -> Outcomes {
        let ControlTotals {
            sales_cents,
            retail_discount_cents,
            coupon_cents,
            coupon_match_cents,
            gross_cents,
        } = expected.control;
        let months: BTreeSet<(u32, i16, i8)> =
            expected.store_days.keys().map(|(store, date)| (*store, date.year(), date.month())).collect();
        Outcomes {
            statement,
            control: BTreeMap::from([
                ("sales", cents(sales_cents)),
                ("retail discounts", cents(retail_discount_cents)),
                ("coupons", cents(coupon_cents)),
                ("coupon match", cents(coupon_match_cents)),
                ("gross", cents(gross_cents)),
            ]),
            store_days: expected.store_days.len() as u64,
            transactions: expected.baskets,
            transactions_booked: self.events.booked,
            events: self.events.kinds.clone(),
            suspended: self.events.suspended,
            resolved: self.events.resolved,
            journals: held.journals,
            adjustments: held.adjustments,
            lines: held.lines,
            store_months: months.len() as u64,
            requests: counters.requests,
            seconds: self.seconds,
            netsuite_latency_ms: self.options.latency_ms,
            netsuite_concurrency: self.options.concurrency,
            real_account_seconds: (held.journals + held.adjustments) * 600 / 5 / 1_000,
        }
    }

    fn too_slow(&self, step: &'static str, state: String) -> Error {
        let directory = self.options.directory.clone();
        Error::TooSlow { step, seconds: STEP_WITHIN.as_secs(), state, directory }
    }
}

impl Events {
    fn take(&mut self, received: Option<cluster::Received<SalesEvent>>) {
        let Some(received) = received else { return };
        self.next.insert(received.partition, received.offset + 1);
        if let Some(event) = received.record {
            if let Some(sale) = &event.sale {
                self.booked += u64::from(sale.books);
                let suspended = sale.lines.iter().filter(|line| line.role == suspense::SUSPENSE);
                suspended.for_each(|line| self.suspended.add(line));
            }
            if let Some(moved) = &event.reclassification {
                self.resolved.add(&moved.resolved);
            }
            *self.kinds.entry(event.kind.into()).or_default() += 1;
        }
    }

    /// Transactions whose outcome is known.
    fn outcomes(&self) -> u64 {
        let kinds = ["sale", "repeat", "quarantined", "unreadable"];
        kinds.iter().filter_map(|kind| self.kinds.get(*kind)).sum()
    }
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

#[expect(clippy::disallowed_methods, reason = "the one wait between two looks at what others do")]
fn pause() {
    thread::sleep(LOOK_EVERY);
}
