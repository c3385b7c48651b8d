//! The one file that sends: login, creates and questions over HTTP.
//!
//! It decides nothing about documents. Of every attempt it says one of three things: an answer came, surely
//! nothing was sent, or it is not known. Nothing is retried here, and no redirect is followed: a create that
//! went twice, or elsewhere, would be nobody's decision.

use std::error::Error as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, Url};
use tokio::sync::Mutex;

use crate::event;
use crate::login::{Next, Refusals};
use crate::lookup::{PAGE_ROWS, Question};
use crate::outcome::Answer;
use crate::request::Create;
use crate::token::{self, Identity, Signer, Token};

/// Bytes of an answer that are read; NetSuite's are far smaller.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Idle connections are closed after this time: one that the other side has closed meanwhile would make the
/// fate of the next create unknown.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// The path of the token endpoint.
const TOKEN_PATH: &str = "/services/rest/auth/oauth2/v1/token";

/// Where and how NetSuite is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the account, as [`origin_of`] makes it.
    pub origin: String,
    /// Whether the address must be encrypted.
    pub transport: Transport,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a create may take before its answer is no longer waited for.
    pub create_timeout: Duration,
    /// How long a question or a login may take.
    pub query_timeout: Duration,
}

/// Whether the address must be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Only https will do.
    Encrypted,
    /// http will do too: for a simulator, never for an account.
    Any,
}

/// The address of an account's services, from its account id.
#[must_use]
pub fn origin_of(account: &str) -> String {
    let host = account.to_ascii_lowercase().replace('_', "-");
    format!("https://{host}.suitetalk.api.netsuite.com")
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one.
    #[error("`{0}` is no address; write it as https://1234567.suitetalk.api.netsuite.com")]
    Address(String),
    /// The address is not encrypted.
    #[error("`{0}` is not encrypted, and a token sent there is open to all; use https")]
    Plain(String),
    /// The private key cannot be used.
    #[error(transparent)]
    Identity(#[from] token::Error),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Http(#[source] reqwest::Error),
}

/// What became of an attempt to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// An answer came whole.
    Answered(Answer),
    /// Surely nothing of the request reached NetSuite.
    NotSent(NotSent),
    /// It is not known whether the request reached NetSuite: its answer did not.
    Lost(String),
}

/// Why surely nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// No connection was made.
    Connection(String),
    /// No token was given, with the status if there was an answer.
    Login {
        /// HTTP status of the token endpoint, if it answered.
        status: Option<u16>,
        /// What was seen.
        detail: String,
    },
    /// The request could not be put together: our own mistake.
    Request(String),
    /// The instant by which it had to leave had come, or was too near to connect first.
    TooLate,
}

/// Sends to one account.
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
    signer: Signer,
    session: Mutex<Session>,
}

/// What is known of the logins of this process.
#[derive(Default)]
struct Session {
    held: Option<Held>,
    refusals: Refusals,
}

/// A token with the time it was asked for.
struct Held {
    token: Token,
    asked: Instant,
}

impl Client {
    /// Makes a client. It connects when it first sends.
    ///
    /// # Errors
    /// [`Error`] when the address, its scheme or the private key will not do.
    pub fn new(mut settings: Settings, identity: Identity) -> Result<Self, Error> {
        let url = Url::parse(&settings.origin).map_err(|_| Error::Address(settings.origin.clone()))?;
        match (url.scheme(), settings.transport) {
            ("https", _) | ("http", Transport::Any) => {}
            ("http", Transport::Encrypted) => return Err(Error::Plain(settings.origin)),
            (_, _) => return Err(Error::Address(settings.origin)),
        }
        settings.origin.truncate(settings.origin.trim_end_matches('/').len());
        let signer = Signer::new(identity, format!("{}{TOKEN_PATH}", settings.origin))?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("tillstream/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(IDLE_MAX)
            .redirect(Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(Error::Http)?;
        Ok(Self { http, settings, signer, session: Mutex::default() })
    }

    /// Sends a create once, or not at all if it would leave after `leave_by`: by then another process may have
    /// taken the document over.
    pub async fn create(&self, create: &Create, leave_by: Instant) -> Attempt {
        let path = format!("/services/rest/record/v1/{}", create.record_type.name());
        let request = self
            .http
            .post(format!("{}{path}", self.settings.origin))
            .timeout(self.settings.create_timeout)
            .header(CONTENT_TYPE, "application/json")
            // The default drops unknown fields: a document must arrive whole or not at all.
            .header("X-NetSuite-PropertyNameValidation", "Error")
            .header("X-NetSuite-PropertyValueValidation", "Error")
            .body(create.body.clone());
        self.send(request, Some(leave_by)).await
    }

    /// Asks for one page of an answer; pages count from 0.
    pub async fn query(&self, question: &Question, page: usize) -> Attempt {
        let offset = page.saturating_mul(PAGE_ROWS);
        let address = format!(
            "{}/services/rest/query/v1/suiteql?limit={PAGE_ROWS}&offset={offset}",
            self.settings.origin
        );
        let request = self
            .http
            .post(address)
            .timeout(self.settings.query_timeout)
            .header(CONTENT_TYPE, "application/json")
            .header("Prefer", "transient")
            .body(question.body.clone());
        self.send(request, None).await
    }

    async fn send(&self, request: RequestBuilder, leave_by: Option<Instant>) -> Attempt {
        let bearer = match self.bearer().await {
            Ok(bearer) => bearer,
            Err(reason) => return Attempt::NotSent(reason),
        };
        // The login may have taken long, and a connection may take its whole timeout before a byte leaves.
        let leaves = Instant::now().checked_add(self.settings.connect_timeout);
        if leave_by.is_some_and(|leave_by| leaves.is_none_or(|leaves| leaves > leave_by)) {
            return Attempt::NotSent(NotSent::TooLate);
        }
        let attempt = exchange(request.header(AUTHORIZATION, bearer.clone())).await;
        if let Attempt::Answered(Answer { status: 401, .. }) = &attempt {
            self.forget(&bearer).await;
        }
        attempt
    }

    /// The token to send with. One request asks for it, the others wait for that one.
    async fn bearer(&self) -> Result<HeaderValue, NotSent> {
        let mut session = self.session.lock().await;
        if let Some(Held { token, asked }) = &session.held
            && asked.elapsed() < token.usable_for
        {
            return header_of(token);
        }
        session.held = None;
        let asked = Instant::now();
        if let Some(rest) = session.refusals.rest(asked) {
            let detail = format!("logins were refused too often and pause for {} s", rest.as_secs());
            return Err(NotSent::Login { status: None, detail });
        }
        let token = self.login().await.inspect_err(|reason| session.note(reason))?;
        session.refusals.accepted();
        let header = header_of(&token)?;
        session.held = Some(Held { token, asked });
        Ok(header)
    }

    async fn login(&self) -> Result<Token, NotSent> {
        let failed = |status, detail: String| NotSent::Login { status, detail };
        let form = self.signer.form(now()).map_err(|error| failed(None, error.to_string()))?;
        let request =
            self.http.post(self.signer.token_address()).timeout(self.settings.query_timeout).form(&form);
        match exchange(request).await {
            Attempt::Answered(answer) if answer.status == 200 => {
                Token::read(&answer.body).map_err(|error| failed(Some(200), error.to_string()))
            }
            Attempt::Answered(answer) => {
                Err(failed(Some(answer.status), answer.body.chars().take(500).collect()))
            }
            Attempt::NotSent(reason) => Err(reason),
            // A login that was lost changes nothing but the count of logins.
            Attempt::Lost(detail) => Err(failed(None, detail)),
        }
    }

    /// Drops a token that NetSuite refused, unless another request has renewed it meanwhile.
    async fn forget(&self, bearer: &HeaderValue) {
        let mut session = self.session.lock().await;
        let refused =
            session.held.as_ref().and_then(|held| header_of(&held.token).ok()).as_ref() == Some(bearer);
        if refused {
            session.held = None;
        }
    }
}

impl Session {
    /// Notes a login that gave no token; only a refusal counts, not a NetSuite that is not there.
    fn note(&mut self, reason: &NotSent) {
        let NotSent::Login { status: Some(400 | 401 | 403), detail } = reason else { return };
        match self.refusals.refused(Instant::now()) {
            Next::Try => {}
            Next::Pause(in_a_row) => event::logins_pause(in_a_row, detail),
        }
    }
}

fn header_of(token: &Token) -> Result<HeaderValue, NotSent> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.bearer)).map_err(|_| {
        NotSent::Login { status: Some(200), detail: "the token is no header value".to_owned() }
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Sends a request and reads its answer whole.
async fn exchange(request: RequestBuilder) -> Attempt {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_builder() => return Attempt::NotSent(NotSent::Request(chain(&error))),
        // Refused, unreachable, unresolved, or no handshake: no byte of the request was written.
        Err(error) if error.is_connect() => return Attempt::NotSent(NotSent::Connection(chain(&error))),
        Err(error) => return Attempt::Lost(chain(&error)),
    };
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match read_body(response).await {
        Ok(body) => Attempt::Answered(Answer { status, location, body }),
        Err(reason) => Attempt::Lost(format!("status {status}, then {reason}")),
    }
}

async fn read_body(mut response: Response) -> Result<String, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error))? {
        if bytes.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Err(format!("a body of more than {ANSWER_MAX_BYTES} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// An error with its causes, which the HTTP library keeps to itself.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    reason = "an assertion is dated by the machine that signs it, and reaches no document"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_becomes_its_host() {
        assert_eq!(origin_of("1234567"), "https://1234567.suitetalk.api.netsuite.com");
        assert_eq!(origin_of("1234567_SB1"), "https://1234567-sb1.suitetalk.api.netsuite.com");
    }
}
