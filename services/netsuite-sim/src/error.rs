//! The bodies of refusals, in the shape and with the words NetSuite uses.
//!
//! Texts that public sources show on REST are taken as they are; where only the SOAP or screen text is known,
//! that text is embedded after "Error while accessing a resource.", as REST is seen to do. What NetSuite says
//! in the remaining cases is not published; those texts are ours and say so where they are made.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

/// A refused request: what NetSuite answers instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The `o:errorCode` of the one error detail.
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// Where in the body the error is, as `line.items[0].account`.
    pub(crate) path: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), path: None }
    }

    /// A business error: 400 `USER_ERROR`, whatever it is about.
    pub(crate) fn user(detail: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "USER_ERROR",
            format!("Error while accessing a resource. {detail}"),
        )
    }

    /// A body that does not fit the record's fields.
    pub(crate) fn content(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_CONTENT", detail)
    }

    /// A reference to something that does not exist, is inactive or may not be used here: all look alike.
    pub(crate) fn reference(value: &str, field: &str) -> Self {
        Self::content(format!(
            "Error while accessing resource: You have entered an Invalid Field Value {value} for the following \
             field: {field}"
        ))
    }

    /// A field the record does not have, under `X-NetSuite-PropertyNameValidation: Error`.
    pub(crate) fn unknown_field(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "NONEXISTENT_FIELD",
            format!("Unknown reference or field '{name}'."),
        )
    }

    /// A query parameter, header or method the service does not take.
    pub(crate) fn parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", detail)
    }

    /// A request that makes no sense as a whole.
    pub(crate) fn request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", detail)
    }

    /// An address that leads nowhere.
    pub(crate) fn url() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "INVALID_URL",
            "The request URL is not valid. Check the record type and the path.",
        )
    }

    /// A record instance that does not exist.
    pub(crate) fn absent() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NONEXISTENT_ID",
            "The record instance does not exist. Provide a valid record instance ID.",
        )
    }

    /// Any failure to prove who is calling. NetSuite does not say which.
    pub(crate) fn login() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_LOGIN", "Invalid login attempt.")
    }

    /// Too many requests at once in the whole account.
    pub(crate) fn concurrency() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "CONCURRENCY_LIMIT_EXCEEDED",
            "Concurrent request limit exceeded. Request blocked.",
        )
    }

    /// An internal failure: whether anything was done stays unknown to the caller.
    pub(crate) fn unexpected(error_id: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNEXPECTED_ERROR",
            format!("An unexpected error occurred. Error ID: {error_id}"),
        )
    }

    /// The same refusal, pointing at a place in the body.
    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    fn body(&self) -> String {
        let (title, section) = match self.status {
            // A refusal for concurrency is titled "Bad Request" in Oracle's own example.
            StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS => ("Bad Request", "15.5.1"),
            StatusCode::UNAUTHORIZED => ("Unauthorized", "15.5.2"),
            StatusCode::NOT_FOUND => ("Not Found", "15.5.5"),
            _ => ("Internal Server Error", "15.6.1"),
        };
        let mut detail = json!({ "detail": self.detail, "o:errorCode": self.code });
        if let Some(path) = &self.path {
            detail["o:errorPath"] = json!(path);
        }
        let mut body = json!({
            "type": format!("https://www.rfc-editor.org/rfc/rfc9110.html#section-{section}"),
            "title": title,
            "status": self.status.as_u16(),
            "o:errorDetails": [detail],
        });
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            body["o:errorCode"] = json!("USER_ERROR");
        }
        body.to_string()
    }
}

/// The kind of a body, which NetSuite writes into the content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Error,
    Singular,
    Collection,
    Plain,
    Html,
}

impl Shape {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Error => "application/vnd.oracle.resource+json; type=error; charset=UTF-8",
            Self::Singular => "application/vnd.oracle.resource+json; type=singular; charset=UTF-8",
            Self::Collection => "application/vnd.oracle.resource+json; type=collection; charset=UTF-8",
            Self::Plain => "application/json",
            Self::Html => "text/html; charset=UTF-8",
        })
    }
}

/// An answer, before the server turns it into bytes on a connection.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) shape: Shape,
    pub(crate) body: String,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// An answer with a body.
    pub(crate) fn new(status: StatusCode, shape: Shape, body: String) -> Self {
        Self { status, shape, body, headers: Vec::new() }
    }

    /// An answer without a body: 204.
    pub(crate) fn empty() -> Self {
        Self::new(StatusCode::NO_CONTENT, Shape::Plain, String::new())
    }

    /// The same answer with one header more.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    /// The answer as axum sends it.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if self.status != StatusCode::NO_CONTENT {
            response.headers_mut().insert(CONTENT_TYPE, self.shape.content_type());
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status, Shape::Error, refusal.body())
    }
}
