//! Transactional calls on a thread of their own, since librdkafka blocks in them.
//!
//! While a call runs, the worker keeps serving delivery reports: an abort with a full queue would
//! otherwise never end. A retriable answer is the same call again, with the same arguments, until the
//! patience of the call is used up.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::util::Timeout;

use super::connect::{SOCKET_TIMEOUT, TRANSACTION_TIMEOUT};
use super::context::Watch;
use super::{Aftermath, Progress, pause};
use crate::error::Error;

pub(super) type TransactionalProducer = BaseProducer<Watch>;

/// How long a call is repeated while its answer is "try again". Longer than the broker needs to end an
/// expired transaction: its timeout, and ten seconds until the broker looks.
const PATIENCE: Duration = Duration::from_secs(TRANSACTION_TIMEOUT.as_secs() + 20);
/// How long a call may take in all before the process leaves.
pub(super) const WATCHDOG: Duration = Duration::from_secs(PATIENCE.as_secs() + 15);
/// How long one attempt may take.
const ATTEMPT: Duration = TRANSACTION_TIMEOUT;

/// One transactional call.
pub(super) enum Call {
    Init(Arc<TransactionalProducer>),
    Commit {
        producer: Arc<TransactionalProducer>,
        positions: TopicPartitionList,
        group: Arc<ConsumerGroupMetadata>,
    },
    Abort(Arc<TransactionalProducer>),
}

/// The thread that makes the calls.
pub(super) struct Caller {
    calls: Sender<Call>,
    answers: Receiver<Progress>,
}

impl Caller {
    pub(super) fn start(name: &str) -> Result<Self, Error> {
        let (calls, todo) = channel::<Call>();
        let (done, answers) = channel();
        std::thread::Builder::new()
            .name(format!("{name}-transactions"))
            .spawn(move || {
                for call in todo {
                    if done.send(make(call)).is_err() {
                        break;
                    }
                }
            })
            .map_err(|source| Error::System { doing: "cannot start a thread".to_owned(), source })?;
        Ok(Self { calls, answers })
    }

    /// Starts a call; one at a time.
    pub(super) fn call(&self, call: Call) -> Result<(), Progress> {
        self.calls.send(call).map_err(|_| gone())
    }

    pub(super) fn answer(&self, wait: Duration) -> Progress {
        match self.answers.recv_timeout(wait) {
            Ok(progress) => progress,
            Err(RecvTimeoutError::Timeout) => Progress::Pending,
            Err(RecvTimeoutError::Disconnected) => gone(),
        }
    }
}

fn gone() -> Progress {
    Progress::Fatal("the thread for transactional calls is gone".to_owned())
}

fn make(call: Call) -> Progress {
    let started = Instant::now();
    match call {
        Call::Init(producer) => match repeated(started, || producer.init_transactions(ATTEMPT)) {
            Ok(_) => Progress::Done(Aftermath::Clean),
            Err(refusal) => Progress::Fatal(format!("cannot initialise transactions: {refusal}")),
        },
        Call::Commit { producer, positions, group } => commit(started, &producer, &positions, &group),
        Call::Abort(producer) => match repeated(started, || producer.abort_transaction(ATTEMPT)) {
            Ok(tries) => Progress::Done(aftermath(started, tries)),
            Err(refusal) => undone(&refusal),
        },
    }
}

fn commit(
    started: Instant,
    producer: &TransactionalProducer,
    positions: &TopicPartitionList,
    group: &ConsumerGroupMetadata,
) -> Progress {
    // Until the commit itself is sent, nothing can have taken effect.
    let sent = repeated(started, || producer.send_offsets_to_transaction(positions, group, ATTEMPT));
    let offsets_tries = match sent {
        Ok(tries) => tries,
        Err(Refusal { kind: Kind::Abort, reason, .. }) => {
            return Progress::Abort(format!("cannot add offsets to the transaction: {reason}"));
        }
        Err(refusal) => {
            return Progress::Fatal(format!("cannot add offsets to the transaction: {refusal}"));
        }
    };
    match repeated(started, || producer.commit_transaction(Timeout::Never)) {
        Ok(tries) => Progress::Done(aftermath(started, tries.max(offsets_tries))),
        Err(Refusal { kind: Kind::Fatal, reason, .. }) => Progress::Fatal(format!("cannot commit: {reason}")),
        // The request to commit may have been sent, and what librdkafka takes for a reason to abort may be an
        // answer it does not know: only the committed offsets tell.
        Err(Refusal { kind: Kind::Abort | Kind::Neither, reason, .. }) => {
            Progress::Unknown(format!("cannot commit: {reason}"))
        }
    }
}

/// What a refused abort means. A producer that was put out by another of its name must not come back. Any
/// other may: no abort follows a commit that was asked for, so nothing was committed, and its next incarnation
/// ends whatever is open. It comes to that when no record of the transaction had reached the broker (librdkafka
/// issue 4849), and when the broker is silent.
fn undone(refusal: &Refusal) -> Progress {
    let reason = format!("cannot abort the transaction: {refusal}");
    let renewable =
        refusal.kind == Kind::Neither || refusal.code == Some(RDKafkaErrorCode::InvalidTransactionalState);
    if renewable { Progress::Unknown(reason) } else { Progress::Fatal(reason) }
}

/// A request may still be under way when an attempt was repeated, or took so long that librdkafka may
/// have repeated it by itself.
fn aftermath(started: Instant, tries: u32) -> Aftermath {
    if tries > 1 || started.elapsed() >= SOCKET_TIMEOUT { Aftermath::Renew } else { Aftermath::Clean }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Abort,
    Fatal,
    Neither,
}

#[derive(Debug)]
struct Refusal {
    kind: Kind,
    code: Option<RDKafkaErrorCode>,
    reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Makes an attempt, and again while the answer is that the same call may be tried again.
fn repeated(started: Instant, mut attempt: impl FnMut() -> Result<(), KafkaError>) -> Result<u32, Refusal> {
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match attempt() {
            Ok(()) => return Ok(tries),
            Err(error) => error,
        };
        let KafkaError::Transaction(refused) = &error else {
            return Err(Refusal { kind: Kind::Neither, code: None, reason: error.to_string() });
        };
        if may_repeat(refused) && started.elapsed() < PATIENCE {
            pause(Duration::from_millis(20));
            continue;
        }
        let kind = if refused.txn_requires_abort() {
            Kind::Abort
        } else if refused.is_fatal() {
            Kind::Fatal
        } else {
            Kind::Neither
        };
        return Err(Refusal { kind, code: Some(refused.code()), reason: error.to_string() });
    }
}

/// Abort comes before repeat, as the client's contract orders them.
fn may_repeat(refused: &RDKafkaError) -> bool {
    !refused.txn_requires_abort() && !refused.is_fatal() && refused.is_retriable()
}
