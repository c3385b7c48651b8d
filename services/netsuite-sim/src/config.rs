//! Everything a simulator is started with, and the defaults of a small real account.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::account::Account;
use crate::fault::Rule;

/// The concurrency of a Standard account without SuiteCloud Plus.
pub const CONCURRENCY_DEFAULT: usize = 5;

/// Journal entries with more lines are refused; adjustments are held to the same number.
pub const LINE_LIMIT_DEFAULT: usize = 1_000;

/// NetSuite ends a synchronous request after this time.
pub const REQUEST_TIMEOUT_DEFAULT: Duration = Duration::from_secs(15 * 60);

/// How long an access token is valid; `expires_in` is always this.
pub const TOKEN_LIFETIME_DEFAULT: Duration = Duration::from_secs(3_600);

/// How a simulator behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// The origin that absolute links and the token audience use; the bound address when absent.
    pub public_url: Option<String>,
    /// Who may call.
    pub authentication: Authentication,
    /// How long an access token is valid.
    pub token_lifetime: Duration,
    /// What the account has set up.
    pub account: Account,
    /// Requests the account works on at once.
    pub concurrency: usize,
    /// How long a request takes.
    pub latency: Latency,
    /// How long a request may take before its work is abandoned.
    pub request_timeout: Duration,
    /// What happens to a second create of one external id.
    pub duplicate_guard: DuplicateGuard,
    /// Lines one transaction may have.
    pub line_limit: usize,
    /// Whether a transaction date may lie outside its posting period.
    pub date_outside_period: DateOutsidePeriod,
    /// Faults that are in force from the start.
    pub faults: Vec<Rule>,
    /// Seed of everything drawn: the spread of latency, faults by chance.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            authentication: Authentication::Open,
            token_lifetime: TOKEN_LIFETIME_DEFAULT,
            account: Account::default(),
            concurrency: CONCURRENCY_DEFAULT,
            latency: Latency::default(),
            request_timeout: REQUEST_TIMEOUT_DEFAULT,
            duplicate_guard: DuplicateGuard::Refuse,
            line_limit: LINE_LIMIT_DEFAULT,
            date_outside_period: DateOutsidePeriod::Refused,
            faults: Vec::new(),
            seed: 1,
        }
    }
}

/// Who may call.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Anyone: every assertion gets a token, and no token is asked for.
    Open,
    /// Holders of a token that was issued for an assertion signed with a registered key.
    Checked {
        /// The client id of the integration record: the assertion's `iss`.
        client_id: String,
        /// The registered certificates.
        certificates: Vec<Certificate>,
        /// Audiences that are accepted besides the token address of this simulator.
        audiences: Vec<String>,
    },
}

/// A certificate mapped to the integration.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The id NetSuite gave it: the assertion's `kid`.
    pub id: String,
    /// A certificate or public key as PEM, RSA or P-256/P-384.
    pub pem: String,
}

/// How long a request takes, before the time its work really needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Latency {
    /// For any request.
    pub base: Duration,
    /// For each transaction line on top.
    pub per_line: Duration,
    /// How the time varies.
    pub spread: Spread,
}

/// How the time of a request varies around its parameter.
#[derive(Debug, Clone, Copy, Default)]
pub enum Spread {
    /// Not at all.
    #[default]
    Fixed,
    /// Log-normally, with the parameter as the median.
    Lognormal {
        /// Standard deviation of the logarithm; 0.5 puts one request in forty above 2.7 times the median.
        sigma: f64,
    },
}

/// What happens to a second create of one external id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DuplicateGuard {
    /// It is refused.
    #[default]
    Refuse,
    /// It makes a second record: the hostile case that nothing public rules out.
    Allow,
}

/// Whether a transaction date may lie outside its posting period: the account preference of that name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DateOutsidePeriod {
    /// It may not.
    #[default]
    Refused,
    /// It may.
    Allowed,
}
