//! The simulator's own addresses under `/sim`: faults, counts, what is held, what was asked.
//!
//! None of them takes a slot or a login: they belong to the test, not to the account.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{Response, StatusCode};
use axum::routing::{delete, get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::Account;
use crate::auth::Reason;
use crate::error::{Reply, Shape};
use crate::fault::{Endpoint, Fault, Rule};
use crate::store::Transaction;
use crate::work::Shared;

/// Everything the simulator counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests by endpoint, those refused included.
    pub requests: BTreeMap<Endpoint, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests whose client got no answer: it left, or was cut off.
    pub abandoned: u64,
    /// Requests under way.
    pub in_flight: usize,
    /// Most requests that were ever under way together.
    pub in_flight_max: usize,
    /// Requests refused because the concurrency limit was reached.
    pub refused_for_concurrency: u64,
    /// Records created.
    pub created: u64,
    /// Creates refused because the external id was taken, those of clients that had left included.
    pub refused_as_duplicate: u64,
    /// Transactions held.
    pub transactions: u64,
    /// Transaction lines held: what NetSuite licenses by the month.
    pub lines: u64,
    /// Faults met.
    pub faults: BTreeMap<Fault, u64>,
    /// Access tokens issued.
    pub tokens_issued: u64,
    logins_refused: BTreeMap<Reason, u64>,
}

/// Rules as they are posted: one or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Rule>),
    One(Box<Rule>),
}

/// The routes, to be nested under `/sim`.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/counters", get(counters))
        .route("/dump", get(dump))
        .route("/arrivals", get(arrivals))
        .route("/account", post(add_to_account))
        .route("/tokens", delete(revoke_tokens))
}

async fn list_faults(State(shared): State<Arc<Shared>>) -> Response<Body> {
    answer(shared.faults().rules())
}

async fn add_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let rules = match read::<OneOrMany>(&body) {
        Ok(OneOrMany::Many(rules)) => rules,
        Ok(OneOrMany::One(rule)) => vec![*rule],
        // The reason for one rule says which field is wrong; that for either form does not.
        Err(_) => match read::<Rule>(&body) {
            Ok(rule) => vec![rule],
            Err(reply) => return reply.into_response(),
        },
    };
    if let Some(objection) = rules.iter().find_map(Rule::objection) {
        return refuse(objection).into_response();
    }
    let mut faults = shared.faults();
    rules.into_iter().for_each(|rule| faults.add(rule));
    Reply::empty().into_response()
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response<Body> {
    shared.faults().clear();
    Reply::empty().into_response()
}

async fn counters(State(shared): State<Arc<Shared>>) -> Response<Body> {
    answer(&count(&shared))
}

/// Counts as of this moment.
pub(crate) fn count(shared: &Shared) -> Counters {
    let load = shared.gate.load();
    let (transactions, lines) = shared.store().size();
    let (tokens_issued, logins_refused) = shared.door.counts();
    let faults = shared.faults().fired().clone();
    shared.visitors.with(|book| Counters {
        requests: book.requests.clone(),
        statuses: book.statuses.clone(),
        abandoned: book.abandoned,
        in_flight: load.in_flight,
        in_flight_max: load.in_flight_max,
        refused_for_concurrency: load.refused,
        created: book.created,
        refused_as_duplicate: book.refused_as_duplicate,
        transactions,
        lines,
        faults,
        tokens_issued,
        logins_refused,
    })
}

/// All records, or with `?prefix=` those whose external id starts so.
async fn dump(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<HashMap<String, String>>,
) -> Response<Body> {
    let prefix = parameters.get("prefix").map_or("", String::as_str);
    let store = shared.store();
    let chosen = store.all().filter(|transaction| {
        prefix.is_empty()
            || transaction.document.external_id.as_deref().is_some_and(|id| id.starts_with(prefix))
    });
    answer(&chosen.collect::<Vec<&Transaction>>())
}

async fn arrivals(State(shared): State<Arc<Shared>>) -> Response<Body> {
    shared.visitors.with(|book| answer(&book.arrivals))
}

async fn add_to_account(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    match read::<Account>(&body) {
        Ok(account) => {
            shared.masters.write().unwrap_or_else(PoisonError::into_inner).add(account);
            Reply::empty().into_response()
        }
        Err(reply) => reply.into_response(),
    }
}

async fn revoke_tokens(State(shared): State<Arc<Shared>>) -> Response<Body> {
    shared.door.revoke_all();
    Reply::empty().into_response()
}

fn read<Body: DeserializeOwned>(body: &[u8]) -> Result<Body, Reply> {
    serde_json::from_slice(body).map_err(|error| refuse(&error.to_string()))
}

fn refuse(reason: &str) -> Reply {
    Reply::new(StatusCode::BAD_REQUEST, Shape::Plain, json!({ "error": reason }).to_string())
}

fn answer<Content: Serialize + ?Sized>(content: &Content) -> Response<Body> {
    match serde_json::to_string(content) {
        Ok(body) => Reply::new(StatusCode::OK, Shape::Plain, body).into_response(),
        Err(error) => refuse(&error.to_string()).into_response(),
    }
}
