//! What the demo does, in order: start everything, stream a year, close it, and read the books back.

mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use domain::calendar::Timestamp;
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use runtime::follow::From as Start;
use rust_decimal::Decimal;
use serde::Serialize;

use super::chains::{self, Chain, Reconciled};
use super::events::{Events, Lines};
use super::lag::Lags;
use super::{ACCOUNT_MAP, NETSUITE_ACCOUNT, use_of};
use crate::cache::Cache;
use crate::cluster::{Address, Cluster};
use crate::completejourney::{self, Dataset};
use crate::order::{self, Answer, Issuer, Outcome, bucket, suspense};
use crate::publish::{self, Masters};
use crate::replay::masters;
use crate::stack::pipeline::{self, Pipeline};
use crate::stack::{self, Progress, Stack};
use crate::statement::compare::{Reading, Statement};
use crate::statement::expected::{self, ControlTotals, Counted, Expected};
use crate::statement::held::{self, Counters, Held};
use crate::statement::page::Page;
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
    /// A name cannot stand in a document id.
    #[error(transparent)]
    Name(#[from] domain::document::Error),
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
    /// The synthetic chains.
    pub chains: Vec<Reconciled>,
    /// One store-day of the Mexican chain.
    pub page: Page,
}

impl Outcomes {
    /// Every difference in words: of the data set, of the chains and on the page.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let of_chains = self.chains.iter().flat_map(|chain| &chain.statement.differences);
        self.statement.differences.iter().chain(of_chains).cloned().chain(self.page.differences()).collect()
    }
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
    chains: [Chain; 2],
    cluster: Cluster,
    pipeline: Pipeline,
    events: Events,
    /// Records that were published on `ref.stores`.
    store_records: i64,
    began: Instant,
    seconds: u64,
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
        let chains = chains::all();
        let mut known =
            Masters { stores: masters::stores(dataset), items: masters::listed_items(dataset).collect() };
        for chain in &chains {
            known.stores.extend(chain.stores_at_first());
            known.items.extend(chain.shops.item_master());
        }
        publish::masters(&cluster, &known, &mut |_| ControlFlow::Continue(()))?;
        progress(&format!("{} stores and {} items are published", known.stores.len(), known.items.len()));
        let pipeline_options = pipeline::Options {
            directory: options.directory.clone(),
            account_map: ACCOUNT_MAP.to_owned(),
            netsuite_account: Some(NETSUITE_ACCOUNT.to_owned()),
            earliest_business_date: Some(EARLIEST.to_owned()),
            workers: 1,
            latency_ms: options.latency_ms,
            concurrency: options.concurrency,
        };
        let pipeline = pipeline::start(stack, &pipeline_options, progress)?;
        pipeline::await_ready(stack, progress)?;
        let began = Instant::now();
        // The stores, and the record that marks them as complete.
        let store_records = i64::try_from(known.stores.len()).unwrap_or(i64::MAX).saturating_add(1);
        let events = Events::default();
        Ok(Self {
            stack,
            options,
            dataset,
            chains,
            cluster,
            pipeline,
            events,
            store_records,
            began,
            seconds: 0,
        })
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
        let (chains, page) = self.read_back_chains(progress)?;
        let of_chains: u64 = chains.iter().map(|chain| chain.journals + chain.adjustments).sum();
        let read = held.journals + held.adjustments + of_chains;
        if counters.created != read {
            let created = counters.created;
            statement.differences.push(format!(
                "NetSuite holds {created} documents, of which {read} are of the stores of the data set and the chains"
            ));
        }
        let (tills, booked) = (expected.baskets, self.booked(expected));
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
        let found = self.outcomes(expected, &held, counters, statement);
        Ok(Outcomes { chains, page, ..found })
    }

    /// What NetSuite holds of the synthetic chains, and the page of one store-day.
    fn read_back_chains(&self, progress: Progress<'_>) -> Result<(Vec<Reconciled>, Page), Error> {
        let (mut chains, mut page, mut summaries) = (Vec::new(), None, Vec::new());
        let scan = self.cluster.scan::<TaxSummary>(&[], Start::Start)?;
        scan.to_end(|received| summaries.extend(received.record))?;
        for chain in &self.chains {
            progress(&format!("adding up {} and reading it back", chain.title));
            let (reconciled, held) = chain.reconcile(&self.pipeline.netsuite, &self.events, &summaries)?;
            if page.is_none() {
                page = Some(chain.page(&self.cluster, &held)?);
            }
            chains.push(reconciled);
        }
        Ok((chains, page.unwrap_or_default()))
    }

    /// Transactions of the data set that were booked.
    fn booked(&self, expected: &Expected) -> u64 {
        expected.by_store().into_keys().map(|store| self.events.booked(&store.to_string())).sum()
    }

    fn outcomes(
        &self,
        expected: &Expected,
        held: &Held<u32>,
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
            transactions_booked: self.booked(expected),
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
            chains: Vec::new(),
            page: Page::default(),
        }
    }

    fn too_slow(&self, step: &'static str, state: String) -> Error {
        let directory = self.options.directory.clone();
        Error::TooSlow { step, seconds: STEP_WITHIN.as_secs(), state, directory }
    }
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

#[expect(clippy::disallowed_methods, reason = "the one wait between two looks at what others do")]
fn pause() {
    thread::sleep(LOOK_EVERY);
}
