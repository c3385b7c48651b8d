//! The addresses of the services, and how a request is read before it is worked on.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Response};
use axum::routing::{get, post};

use crate::auth::TokenRequest;
use crate::connection::Cut;
use crate::contract::UnknownFields;
use crate::control;
use crate::error::{Refusal, Reply};
use crate::json::Json;
use crate::show::Lines;
use crate::store::RecordKind;
use crate::suiteql;
use crate::work::{Shared, Work, attend};

/// NetSuite takes requests up to this size.
const BODY_MAX_BYTES: usize = 104 * 1024 * 1024;

/// The path of the token endpoint, whose address is the audience of assertions.
pub(crate) const TOKEN_PATH: &str = "/services/rest/auth/oauth2/v1/token";

/// All addresses: the account's services, and under `/sim` the simulator's own.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(TOKEN_PATH, post(token))
        .route("/services/rest/record/v1/{kind}", post(create))
        .route("/services/rest/record/v1/{kind}/{key}", get(read))
        .route("/services/rest/query/v1/suiteql", post(query))
        .nest("/sim", control::router())
        .fallback(nowhere)
        .method_not_allowed_fallback(not_simulated)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(shared)
}

async fn token(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Response<Body> {
    // What is no form at all fails like a form without content: as a login.
    let request = form.map(|Form(request)| request).unwrap_or_default();
    attend(shared, cut, None, Work::Token(request)).await.into_response()
}

async fn create(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    match read_create(path, &headers, &body) {
        Ok(work) => attend(shared, cut, authorization(&headers), work).await.into_response(),
        Err(refusal) => Reply::from(refusal).into_response(),
    }
}

fn read_create(path: String, headers: &HeaderMap, body: &[u8]) -> Result<Work, Refusal> {
    let kind = RecordKind::read(&path).ok_or_else(Refusal::url)?;
    let header = headers.get("x-netsuite-propertynamevalidation");
    let unknown = UnknownFields::read(header.and_then(|value| value.to_str().ok())).ok_or_else(|| {
        Refusal::parameter("The header X-NetSuite-PropertyNameValidation must be Error, Warning or Ignore.")
    })?;
    Ok(Work::Create { kind, path, body: read_body(body)?, unknown })
}

fn read_body(body: &[u8]) -> Result<Json, Refusal> {
    match Json::read(body) {
        Ok(json @ Json::Object(_)) => Ok(json),
        Ok(_) => Err(Refusal::content("The request body must be a JSON object.")),
        Err(reason) => Err(Refusal::content(format!("The request body is not valid JSON: {reason}."))),
    }
}

async fn read(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((path, key)): Path<(String, String)>,
    Query(parameters): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(kind) = RecordKind::read(&path) else { return Reply::from(Refusal::url()).into_response() };
    let expand = parameters.get("expandSubResources").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let lines = if expand { Lines::Expanded } else { Lines::Linked };
    attend(shared, cut, authorization(&headers), Work::Read { kind, key, lines }).await.into_response()
}

async fn query(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Query(parameters): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    match read_query(&parameters, &headers, &body) {
        Ok(work) => attend(shared, cut, authorization(&headers), work).await.into_response(),
        Err(refusal) => Reply::from(refusal).into_response(),
    }
}

fn read_query(
    parameters: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Work, Refusal> {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let transient = preferences.flat_map(|value| value.split(',')).any(|one| one.trim() == "transient");
    if !transient {
        return Err(Refusal::parameter("The request must have the header Prefer: transient."));
    }
    let parameter = |name: &str| parameters.get(name).map(String::as_str);
    let request = suiteql::Request::read(&read_body(body)?, parameter("limit"), parameter("offset"))?;
    Ok(Work::Query(request))
}

fn authorization(headers: &HeaderMap) -> Option<String> {
    headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn nowhere() -> Response<Body> {
    Reply::from(Refusal::url()).into_response()
}

async fn not_simulated() -> Response<Body> {
    Reply::from(Refusal::request(
        "The simulator does not do this method here. It creates, reads and queries.",
    ))
    .into_response()
}
