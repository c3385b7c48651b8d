//! Carries out the effects of lanes: waits, enters the gate, sends, and says what came of it.
//!
//! One thread with one tokio runtime for the process. Nothing is decided here beyond what an answer means;
//! whether to try again is the lane's matter.

use std::sync::Arc;
use std::sync::mpsc::Sender as Answers;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::calendar::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::client::{Attempt, Client, NotSent};
use crate::document::Postable;
use crate::event;
use crate::gate::{Gate, Place};
use crate::lane::{Answer, Effect, Outcome, Refusal};
use crate::lookup::{self, More};
use crate::metrics::Counters;
use crate::outcome::{Obstacle, Patterns, Verdict};

mod sweep;

pub use sweep::Rhythm;

/// Hands effects to the sending thread; clones share it.
#[derive(Clone)]
pub struct Outbox {
    tasks: UnboundedSender<Task>,
    shared: Arc<Shared>,
}

type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// What every task sends with.
struct Shared {
    client: Client,
    patterns: Patterns,
    gate: Arc<Gate>,
}

/// Starts the sending thread, and with it the sweep for doubles.
///
/// # Errors
/// What the operating system answers when no thread or reactor can be had.
pub fn start(
    client: Client,
    patterns: Patterns,
    gate: Arc<Gate>,
    rhythm: Rhythm,
    counters: Counters,
) -> std::io::Result<Outbox> {
    let (tasks, inbox) = unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shared = Arc::new(Shared { client, patterns, gate });
    let sweeping = Arc::clone(&shared);
    thread::Builder::new().name("netsuite-sender".to_owned()).spawn(move || {
        runtime.block_on(async move {
            tokio::spawn(async move { sweeping.keep_sweeping(rhythm, &counters).await });
            carry_out(inbox).await;
        });
    })?;
    Ok(Outbox { tasks, shared })
}

async fn carry_out(mut inbox: UnboundedReceiver<Task>) {
    while let Some(task) = inbox.recv().await {
        tokio::spawn(task);
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Outbox")
    }
}

impl Outbox {
    /// Carries out an effect and sends the answer.
    pub fn send<D: Postable>(&self, effect: Effect<D>, answers: Answers<Answer>) {
        let shared = Arc::clone(&self.shared);
        let task = async move {
            let answer = match effect {
                Effect::Post { document, handle, deadline, wait } => {
                    pause(wait).await;
                    let outcome = shared.post(&*document, deadline).await;
                    Answer { handle, at: now(), outcome }
                }
                Effect::LookUp { document, handle, wait } => {
                    pause(wait).await;
                    let outcome = shared.look_up(&*document).await;
                    Answer { handle, at: now(), outcome }
                }
            };
            // A shard that was taken away no longer listens; whoever holds the document looks it up.
            drop(answers.send(answer));
        };
        // The thread ends only with the process.
        drop(self.tasks.send(Box::pin(task)));
    }

    /// The gate, for shards to count themselves in.
    #[must_use]
    pub fn gate(&self) -> &Arc<Gate> {
        &self.shared.gate
    }
}

impl Shared {
    async fn post<D: Postable>(&self, document: &D, deadline: Timestamp) -> Outcome {
        let create = match document.create() {
            Ok(create) => create,
            Err(problems) => {
                let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
                return Outcome::Refused(Refusal { class: "our_bug".to_owned(), detail: words.join("; ") });
            }
        };
        let place = self.gate.enter().await;
        let left = u64::try_from(deadline.0.saturating_sub(now().0));
        let Ok(left @ 1..) = left else { return Outcome::Expired };
        let attempt = self.client.create(&create, Instant::now() + Duration::from_millis(left)).await;
        drop(place);
        match attempt {
            Attempt::Answered(answer) => self.meaning(self.patterns.verdict(&answer)),
            Attempt::NotSent(NotSent::Request(detail)) => {
                Outcome::Refused(Refusal { class: "our_bug".to_owned(), detail })
            }
            Attempt::NotSent(NotSent::Connection(detail) | NotSent::Login { detail, .. }) => {
                event::not_reached(&detail);
                Outcome::NotRun(detail)
            }
            Attempt::NotSent(NotSent::TooLate) => Outcome::Expired,
            Attempt::Lost(detail) => Outcome::Unknown(detail),
        }
    }

    fn meaning(&self, verdict: Verdict) -> Outcome {
        match verdict {
            Verdict::Posted { netsuite_id } => {
                self.gate.answered();
                Outcome::Posted(netsuite_id)
            }
            Verdict::Refused { class: crate::outcome::Class::Duplicate, .. } => Outcome::AlreadyExists,
            Verdict::Refused { class, detail } => {
                self.gate.answered();
                Outcome::Refused(Refusal { class: class.name().to_owned(), detail })
            }
            Verdict::Retry { obstacle, detail } => {
                if obstacle == Obstacle::Busy {
                    self.gate.turned_away();
                }
                Outcome::NotRun(detail)
            }
            Verdict::Unknown { detail } => Outcome::Unknown(detail),
        }
    }

    /// Finds the document by its external id and compares its totals.
    async fn look_up<D: Postable>(&self, document: &D) -> Outcome {
        let place = self.gate.enter().await;
        match self.found(document, &place).await {
            Ok(outcome) => outcome,
            Err(detail) => {
                event::look_up_failed(document.id(), &detail);
                Outcome::LookUpFailed(detail)
            }
        }
    }

    async fn found<D: Postable>(&self, document: &D, _place: &Place) -> Result<Outcome, String> {
        let body = self.ask(&lookup::holders(&[document.id()]), 0).await?;
        let holders = lookup::read_holders(&body).map_err(|error| error.to_string())?;
        let held = match holders.rows.as_slice() {
            [] => return Ok(Outcome::NotFound),
            [held] => held,
            doubles => {
                event::doubled(document.id(), doubles.len() as u64);
                let ids: Vec<&str> = doubles.iter().map(|held| held.netsuite_id.as_str()).collect();
                return Ok(Outcome::FoundOther(format!("held more than once: {}", ids.join(", "))));
            }
        };
        let mut rows = Vec::new();
        for page in 0.. {
            let body = self.ask(&D::ask_totals(&held.netsuite_id), page).await?;
            let totals = D::read_totals(&body).map_err(|error| error.to_string())?;
            rows.extend(totals.rows);
            if totals.more == More::No {
                break;
            }
        }
        if lookup::totals_of(&held.netsuite_id, &rows) == document.totals() {
            Ok(Outcome::Found(held.netsuite_id.clone()))
        } else {
            Ok(Outcome::FoundOther(format!(
                "NetSuite holds {} under this external id with other amounts, as record {}",
                document.id(),
                held.netsuite_id
            )))
        }
    }

    /// The body of a page of an answer.
    async fn ask(&self, question: &lookup::Question, page: usize) -> Result<String, String> {
        match self.client.query(question, page).await {
            Attempt::Answered(answer) if answer.status == 200 => Ok(answer.body),
            Attempt::Answered(answer) => {
                let verdict = self.patterns.verdict(&answer);
                if matches!(verdict, Verdict::Retry { obstacle: Obstacle::Busy, .. }) {
                    self.gate.turned_away();
                }
                Err(format!(
                    "status {}: {}",
                    answer.status,
                    answer.body.chars().take(500).collect::<String>()
                ))
            }
            Attempt::NotSent(NotSent::Connection(detail) | NotSent::Request(detail))
            | Attempt::NotSent(NotSent::Login { detail, .. })
            | Attempt::Lost(detail) => Err(detail),
            Attempt::NotSent(NotSent::TooLate) => Err("the question was not sent in time".to_owned()),
        }
    }
}

async fn pause(millis: i64) {
    if let Ok(millis @ 1..) = u64::try_from(millis) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are kept here, and reach no document")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
