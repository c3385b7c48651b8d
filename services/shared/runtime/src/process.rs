//! Runs services in this process: admin server, tables, workers, signals, drain.
//!
//! Whatever ends a worker early ends the process: state is in the changelogs, so a restart is the one way
//! of recovery, and it is always right. `main` must pass the error on and exit non-zero; [`exit`] does it
//! without waiting for client threads.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::admin;
use crate::client::{Broker, Connection, KafkaBroker};
use crate::config::{Kafka, Process};
use crate::error::Error;
use crate::event::Events;
use crate::health::{Health, WorkerHealth};
use crate::stage::Service;
use crate::tables::{TablesReady, follow};
use crate::topics::{self, Spec};
use crate::worker::{Parts, Worker};

/// How often the main thread looks at signals.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The part of a service's configuration that the runtime needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How Kafka is reached.
    pub kafka: Kafka,
    /// The process around the workers.
    pub process: Process,
    /// What topics must be; those of the services are held to it at the start, and each must be among them.
    pub topics: Vec<Spec>,
}

/// Runs one service until a signal drains it. `name` names the consumer group.
///
/// # Errors
/// [`Error`] when the process cannot start, or when a worker or the tables stopped.
pub fn run<S: Service>(name: &str, service: S, settings: &Settings) -> Result<(), Error> {
    run_all(vec![Stage::new(name, service)], settings)
}

/// Runs several services in one process, each a consumer group with workers of its own.
///
/// # Errors
/// [`Error`] when the process cannot start, or when a worker or the tables stopped.
pub fn run_all(stages: Vec<Stage>, settings: &Settings) -> Result<(), Error> {
    let stop = Stop::on_signals()?;
    run_until(stages, settings, &stop)
}

/// Runs services until `stop` says so: for a process that is not its own, such as a test or the demo.
///
/// # Errors
/// [`Error`] when the services cannot start, or when a worker or the tables stopped.
pub fn run_until(stages: Vec<Stage>, settings: &Settings, stop: &Stop) -> Result<(), Error> {
    settings.process.check()?;
    let (ended, ends) = channel();
    let mut health = Health::default();
    let mut starts = Vec::new();
    for stage in stages {
        starts.push((stage.start)(Start { settings, stop, health: &mut health })?);
    }
    let bound = admin::serve(&settings.process.admin_address, health.clone())?;
    tracing::info!(address = %bound, "admin server listens");
    let mut threads = 0;
    for start in starts {
        threads += start(&ended)?;
    }
    drop(ended);
    wait(&ends, threads, settings, stop, &health)
}

/// Leaves the process at once, without waiting for threads of the Kafka client: dropping a consumer can
/// hang when the broker is gone.
#[allow(
    clippy::disallowed_methods,
    reason = "dropping a consumer can hang; what is open is ended by the broker"
)]
pub fn exit(outcome: Result<(), Error>) -> ! {
    match outcome {
        Ok(()) => std::process::exit(0),
        Err(error) => refuse(&error),
    }
}

/// Leaves the process because of what stands in its way, in the log, or plainly where the configuration that
/// says how to log was refused itself.
#[allow(
    clippy::disallowed_methods,
    reason = "dropping a consumer can hang; what is open is ended by the broker"
)]
pub fn refuse(why: &dyn std::fmt::Display) -> ! {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(error = %why, "process leaves");
    } else {
        #[expect(clippy::print_stderr, reason = "a refused configuration may not say how to log")]
        {
            eprintln!("{why}");
        }
    }
    std::process::exit(1);
}

/// One service to be run.
pub struct Stage {
    start: Box<dyn FnOnce(Start<'_>) -> Result<Launch, Error>>,
}

/// Starts the threads of a service and says how many there are.
type Launch = Box<dyn FnOnce(&Sender<End>) -> Result<usize, Error>>;

struct Start<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    health: &'a mut Health,
}

/// How a thread of a service ended.
struct End {
    who: String,
    outcome: Result<(), Error>,
}

impl Stage {
    /// Makes a service ready to be run. `name` names the consumer group.
    #[must_use]
    pub fn new<S: Service>(name: &str, service: S) -> Self {
        let name = name.to_owned();
        Self { start: Box::new(move |start| prepare(name, Arc::new(service), start)) }
    }
}

fn prepare<S: Service>(name: String, service: Arc<S>, start: Start<'_>) -> Result<Launch, Error> {
    let connection = Connection {
        kafka: start.settings.kafka.clone(),
        service: name.clone(),
        instance: start.settings.process.instance.clone(),
    };
    let writable = topics::writable(&connection, &service.topics(), &start.settings.topics)?;
    let broker: Arc<dyn Broker> = Arc::new(KafkaBroker::new(&connection)?);
    let tables = TablesReady::default();
    start.health.tables.push((name.clone(), tables.clone()));
    let mut parts = Vec::new();
    for number in 0..start.settings.process.workers {
        let health = Arc::new(WorkerHealth::new(format!("{name} worker {number}")));
        start.health.workers.push(Arc::clone(&health));
        parts.push(Parts {
            service: Arc::clone(&service),
            name: name.clone(),
            number,
            broker: Arc::clone(&broker),
            writable: writable.clone(),
            tables: tables.clone(),
            health,
            close_within: start.settings.process.drain() / 2,
        });
    }
    let stop = start.stop.clone();
    Ok(Box::new(move |ended| {
        let threads = parts.len() + 1;
        for part in parts {
            let stop = stop.clone();
            let who = format!("{name} worker {}", part.number);
            let (events, number) = (Events::new(&name), part.number);
            spawn(who, ended, move || {
                let outcome = Worker::new(part).and_then(|worker| worker.run(&|| stop.asked()));
                if let Err(error) = &outcome {
                    events.worker_ended(number, &error.to_string());
                }
                outcome
            })?;
        }
        let events = Events::new(&name);
        spawn(format!("{name} tables"), ended, move || {
            follow(service.as_ref(), broker.as_ref(), &events, &tables, &|| stop.asked())
        })?;
        Ok(threads)
    }))
}

/// Starts a thread whose end, by return or by panic, is told.
fn spawn(
    who: String,
    ended: &Sender<End>,
    work: impl FnOnce() -> Result<(), Error> + Send + 'static,
) -> Result<(), Error> {
    let ended = ended.clone();
    std::thread::Builder::new()
        .name(who.clone())
        .spawn(move || {
            let outcome = std::panic::catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err(Error::stop(format!("{who} panicked; the message stands above"))));
            if ended.send(End { who, outcome }).is_err() {
                tracing::debug!("a thread ended after the process had stopped waiting");
            }
        })
        .map(drop)
        .map_err(|source| Error::System { doing: "cannot start a thread".to_owned(), source })
}

fn wait(
    ends: &Receiver<End>,
    mut threads: usize,
    settings: &Settings,
    stop: &Stop,
    health: &Health,
) -> Result<(), Error> {
    let mut draining: Option<Instant> = None;
    while threads > 0 {
        if stop.asked() && draining.is_none() {
            draining = Some(Instant::now());
            tracing::info!("draining: what is decided is committed, nothing new is read");
        }
        if stop.asked_again() {
            return Err(Error::stop("a second signal: left at once; the next start restores"));
        }
        if draining.is_some_and(|since| since.elapsed() > settings.process.drain()) {
            let seconds = settings.process.drain_seconds;
            return Err(Error::stop(format!(
                "the drain took longer than {seconds} s; the next start restores"
            )));
        }
        // Some calls of the client have no time limit of their own.
        health
            .live()
            .map_err(|hung| Error::stop(format!("{hung}: left at once; the next start restores")))?;
        match ends.recv_timeout(LOOK_EVERY) {
            Ok(End { who, outcome }) => {
                threads -= 1;
                health.ended(&who);
                outcome?;
                if draining.is_none() && !stop.asked() {
                    return Err(Error::stop(format!("{who} ended without being asked to")));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    tracing::info!("drained");
    Ok(())
}

/// Whether the process was asked to stop: once drains it, twice leaves at once.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asks: Arc<AtomicUsize>,
    signal: Arc<AtomicBool>,
}

impl Stop {
    /// Makes one that only [`Stop::ask`] sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one that SIGTERM and SIGINT set.
    ///
    /// # Errors
    /// [`Error::System`] when the signals cannot be caught.
    pub fn on_signals() -> Result<Self, Error> {
        let stop = Self::default();
        for signal in [SIGTERM, SIGINT] {
            let system = |source| Error::System { doing: "cannot catch signals".to_owned(), source };
            // The order matters: the first signal finds the flag unset and sets it, the second finds it set.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop.signal))
                .map_err(system)?;
            signal_hook::flag::register(signal, Arc::clone(&stop.signal)).map_err(system)?;
        }
        Ok(stop)
    }

    /// Asks for a drain; a second time, for leaving at once.
    pub fn ask(&self) {
        self.asks.fetch_add(1, Ordering::AcqRel);
    }

    /// True once a drain was asked for.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asks.load(Ordering::Acquire) > 0 || self.signal.load(Ordering::Acquire)
    }

    fn asked_again(&self) -> bool {
        self.asks.load(Ordering::Acquire) > 1
    }
}
