//! What each request does to the account, and how a fault bends it.
//!
//! A request passes, in this order: the account's concurrency limit, the login, the faults that strike before
//! the work, the work, the faults that strike after it. The work runs as a task of its own: it goes on when
//! the client has left, as it does on the real service.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::oneshot;

use crate::account::{Id, Masters};
use crate::auth::{Door, TokenRequest};
use crate::config::DuplicateGuard;
use crate::connection::Cut;
use crate::contract::{Contract, UnknownFields};
use crate::error::{Refusal, Reply, Shape};
use crate::fault::{Endpoint, Fault, Faults, Met};
use crate::gate::{Clockwork, Gate};
use crate::json::Json;
use crate::record::{self, Preferences};
use crate::show;
use crate::store::{Exists, RecordKind, Store};
use crate::suiteql;
use crate::visit::Visitors;

/// Everything the requests share.
pub(crate) struct Shared {
    pub(crate) origin: String,
    pub(crate) preferences: Preferences,
    pub(crate) guard: DuplicateGuard,
    pub(crate) request_timeout: Duration,
    pub(crate) contract: Contract,
    pub(crate) masters: RwLock<Masters>,
    pub(crate) store: Mutex<Store>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) clockwork: Clockwork,
    pub(crate) door: Door,
    pub(crate) visitors: Arc<Visitors>,
    pub(crate) error_ids: AtomicU64,
}

/// One request, read and ready to be worked on.
pub(crate) enum Work {
    Token(TokenRequest),
    Create { kind: RecordKind, path: String, body: Json, unknown: UnknownFields },
    Read { kind: RecordKind, key: String, lines: show::Lines },
    Query(suiteql::Request),
}

impl Work {
    fn endpoint(&self) -> Endpoint {
        match self {
            Self::Token(_) => Endpoint::Token,
            Self::Create { .. } => Endpoint::Create,
            Self::Read { .. } => Endpoint::Read,
            Self::Query(_) => Endpoint::Query,
        }
    }

    /// What fault rules look at.
    fn subject(&self) -> String {
        match self {
            Self::Token(_) => String::new(),
            Self::Create { body, .. } => {
                body.field("externalId").and_then(Json::text).unwrap_or_default().to_owned()
            }
            Self::Read { key, .. } => key.trim_start_matches("eid:").to_owned(),
            Self::Query(request) => request.subject(),
        }
    }

    fn create(&self) -> Option<(RecordKind, Option<String>)> {
        match self {
            Self::Create { kind, body, .. } => {
                Some((*kind, body.field("externalId").and_then(Json::text).map(str::to_owned)))
            }
            Self::Token(_) | Self::Read { .. } | Self::Query(_) => None,
        }
    }

    fn lines(&self) -> usize {
        match self {
            Self::Create { kind, body, .. } => {
                let lines =
                    body.field(kind.sublist()).and_then(|list| list.field("items")).and_then(Json::array);
                lines.map_or(0, <[Json]>::len)
            }
            Self::Token(_) | Self::Read { .. } | Self::Query(_) => 0,
        }
    }
}

/// Takes a request through the account and writes it into the visitors' book.
pub(crate) async fn attend(
    shared: Arc<Shared>,
    cut: Cut,
    authorization: Option<String>,
    work: Work,
) -> Reply {
    let visit = shared.visitors.arrive(work.endpoint(), work.create());
    match serve(&shared, authorization.as_deref(), work).await {
        Ending::Answer(reply) => {
            visit.answered(Some(reply.status.as_u16()));
            reply
        }
        Ending::Reset => {
            visit.answered(None);
            cut.pull();
            Reply::empty()
        }
    }
}

/// How a request ends, if it ends before the client leaves.
enum Ending {
    Answer(Reply),
    Reset,
}

async fn serve(shared: &Arc<Shared>, authorization: Option<&str>, work: Work) -> Ending {
    let Some(slot) = shared.gate.enter() else { return Ending::Answer(Refusal::concurrency().into()) };
    if work.endpoint() != Endpoint::Token
        && let Err(reply) = shared.door.admit(authorization)
    {
        return Ending::Answer(reply);
    }
    let met = shared.faults().draw(work.endpoint(), &work.subject());
    if let Some(met) = met {
        tracing::debug!(fault = ?met.fault, "meet a fault");
        if let Some(ending) = before(shared, met.fault).await {
            return ending;
        }
    }
    let (present, gone) = oneshot::channel();
    let worker = Arc::clone(shared);
    let task = tokio::spawn(async move {
        let _slot = slot;
        worker.perform(work, met, gone).await
    });
    let outcome = task.await;
    drop::<oneshot::Sender<()>>(present);
    let Ok(reply) = outcome else { return Ending::Answer(shared.unexpected()) };
    match met {
        Some(met) => after(shared, met.fault, reply).await,
        None => Ending::Answer(reply),
    }
}

/// The faults that strike before anything is done.
async fn before(shared: &Shared, fault: Fault) -> Option<Ending> {
    let reply = match fault {
        Fault::TooManyRequests => Refusal::concurrency().into(),
        Fault::Unauthorized => Refusal::login().into(),
        Fault::ErrorBefore => shared.unexpected(),
        Fault::GatewayBefore => bad_gateway(),
        Fault::GarbledBefore => cut_short(StatusCode::BAD_REQUEST),
        Fault::ResetBefore => return Some(Ending::Reset),
        Fault::SilenceBefore => std::future::pending().await,
        Fault::ErrorAfter
        | Fault::ResetAfter
        | Fault::SilenceAfter
        | Fault::GatewayAfter
        | Fault::GarbledAfter
        | Fault::Slow
        | Fault::LateCommit
        | Fault::Race
        | Fault::DuplicateGuardOff
        | Fault::ClosedPeriod => return None,
    };
    Some(Ending::Answer(reply))
}

/// The faults that strike after everything is done.
async fn after(shared: &Shared, fault: Fault, reply: Reply) -> Ending {
    let reply = match fault {
        Fault::ErrorAfter => shared.unexpected(),
        Fault::GatewayAfter => bad_gateway(),
        Fault::GarbledAfter => cut_short(StatusCode::OK),
        Fault::ResetAfter => return Ending::Reset,
        Fault::SilenceAfter => std::future::pending().await,
        Fault::TooManyRequests
        | Fault::Unauthorized
        | Fault::ErrorBefore
        | Fault::ResetBefore
        | Fault::SilenceBefore
        | Fault::GatewayBefore
        | Fault::GarbledBefore
        | Fault::Slow
        | Fault::LateCommit
        | Fault::Race
        | Fault::DuplicateGuardOff
        | Fault::ClosedPeriod => reply,
    };
    Ending::Answer(reply)
}

fn bad_gateway() -> Reply {
    let body = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
    Reply::new(StatusCode::BAD_GATEWAY, Shape::Html, body.to_owned())
}

fn cut_short(status: StatusCode) -> Reply {
    let body = "{\"type\":\"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1\",\"title\":\"Bad Req";
    Reply::new(status, Shape::Error, body.to_owned())
}

impl Shared {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unexpected(&self) -> Reply {
        let number = self.error_ids.fetch_add(1, Ordering::Relaxed);
        Refusal::unexpected(&format!("simulated{number}")).into()
    }

    async fn perform(&self, work: Work, met: Option<Met>, gone: oneshot::Receiver<()>) -> Reply {
        let mut time = self.clockwork.time_for(work.lines());
        if let Some(Met { fault: Fault::Slow, delay_ms }) = met {
            time += Duration::from_millis(delay_ms);
        }
        match work {
            Work::Token(request) => {
                pause(time).await;
                self.door.token(&request)
            }
            Work::Create { kind, path, body, unknown } => {
                let create = Create { kind, path, body, unknown, time };
                self.create(create, met, gone).await.unwrap_or_else(Reply::from)
            }
            Work::Read { kind, key, lines } => {
                pause(time).await;
                self.read(kind, &key, lines).unwrap_or_else(Reply::from)
            }
            Work::Query(request) => {
                pause(time).await;
                let address = format!("{}/services/rest/query/v1/suiteql", self.origin);
                let masters = self.masters.read().unwrap_or_else(PoisonError::into_inner);
                suiteql::answer(&request, &self.store(), &masters, &address).unwrap_or_else(Reply::from)
            }
        }
    }

    async fn create(
        &self,
        create: Create,
        met: Option<Met>,
        gone: oneshot::Receiver<()>,
    ) -> Result<Reply, Refusal> {
        let (fault, delay) = match met {
            Some(met) => (Some(met.fault), Duration::from_millis(met.delay_ms)),
            None => (None, Duration::ZERO),
        };
        let taken_on_arrival = self.store().holds(create.body.field("externalId").and_then(Json::text));
        pause(create.time).await;
        let dropped = self.contract.check(create.kind.name(), &create.body, create.unknown)?;
        let document = {
            let masters = self.masters.read().unwrap_or_else(PoisonError::into_inner);
            record::document(create.kind, &create.body, &masters, self.preferences)?
        };
        let mut guard = self.guard;
        match fault {
            Some(Fault::ClosedPeriod) => return Err(record::closed_period().at("tranDate")),
            Some(Fault::DuplicateGuardOff) => guard = DuplicateGuard::Allow,
            Some(Fault::Race) => {
                if taken_on_arrival && guard == DuplicateGuard::Refuse {
                    return Err(self.duplicate());
                }
                guard = DuplicateGuard::Allow;
                pause(delay).await;
            }
            Some(Fault::LateCommit) => {
                // Either the client leaves or NetSuite's own limit ends the wait.
                let left = tokio::time::timeout(self.request_timeout, gone).await;
                tracing::debug!(client_left = left.is_ok(), "commit late");
                pause(delay).await;
            }
            Some(_) | None => {}
        }
        let created = self.store().create(document, guard);
        let id = created.map_err(|Exists| self.duplicate())?;
        self.visitors.with(|book| book.created += 1);
        let location = format!("{}/services/rest/record/v1/{}/{id}", self.origin, create.path);
        let reply = Reply::empty().with("location", location);
        if dropped.is_empty() || create.unknown != UnknownFields::Warn {
            return Ok(reply);
        }
        let warning = format!("Unknown properties were ignored: {}", dropped.join(", "));
        Ok(reply.with("x-netsuite-propertyvalidation", warning))
    }

    fn duplicate(&self) -> Refusal {
        self.visitors.with(|book| book.refused_as_duplicate += 1);
        Refusal::user("This record already exists.")
    }

    fn read(&self, kind: RecordKind, key: &str, lines: show::Lines) -> Result<Reply, Refusal> {
        let store = self.store();
        let found = match key.strip_prefix("eid:") {
            Some(external) => store.with_external(external).next(),
            None => key.parse::<Id>().ok().and_then(|id| store.get(id)),
        };
        let Some(transaction) = found else { return Err(Refusal::absent()) };
        if transaction.document.kind != kind {
            return Err(Refusal::user("Transaction type specified is incorrect."));
        }
        let Ok(body) = show::record(transaction, &self.origin, lines) else { return Ok(self.unexpected()) };
        Ok(Reply::new(StatusCode::OK, Shape::Singular, body))
    }
}

/// A create with the time it takes.
struct Create {
    kind: RecordKind,
    path: String,
    body: Json,
    unknown: UnknownFields,
    time: Duration,
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
