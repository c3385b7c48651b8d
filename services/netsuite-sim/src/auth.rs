//! Who may call: client assertions become access tokens, access tokens open the services.
//!
//! The caller is told nothing but `INVALID_LOGIN`, as by the real service; the reason is counted and logged,
//! because whoever runs a simulator is the one who needs it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::{Authentication, Certificate};
use crate::date::Moment;
use crate::error::{Refusal, Reply, Shape};

/// An assertion may live this long at most.
const ASSERTION_LIFETIME_MAX_SECONDS: i64 = 3_600;

/// How far the clock of a caller may be ahead.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// The scope without which the REST services refuse a token.
const SCOPE: &str = "rest_webservices";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why a registered certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("certificate {id} is neither an RSA nor a P-256/P-384 certificate or public key in PEM form")]
pub struct BadCertificate {
    id: String,
}

/// The form a token is asked for with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenRequest {
    grant_type: String,
    client_assertion_type: String,
    client_assertion: String,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: OneOrMany,
    iat: i64,
    exp: i64,
    scope: OneOrMany,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn holds(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one.split([',', ' ']).any(|part| part == wanted),
            Self::Many(many) => many.iter().any(|part| part == wanted),
        }
    }
}

/// Why a caller was sent away. Told to nobody but the one who runs the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    GrantType,
    AssertionType,
    Malformed,
    Algorithm,
    UnknownKey,
    Signature,
    Issuer,
    Audience,
    Lifetime,
    Expired,
    IssuedInFuture,
    Scope,
    NoToken,
    UnknownToken,
    ExpiredToken,
}

/// A registered key and the algorithms it can be used with.
struct Key {
    decoding: DecodingKey,
    algorithms: &'static [Algorithm],
}

/// RS256 and HS256 are missing on purpose: NetSuite does not take them. ES512 it takes, but the library that
/// verifies here does not.
const RSA_ALGORITHMS: [Algorithm; 3] = [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];
const EC_ALGORITHMS: [Algorithm; 2] = [Algorithm::ES256, Algorithm::ES384];

impl Key {
    fn read(certificate: &Certificate) -> Result<Self, BadCertificate> {
        let pem = certificate.pem.as_bytes();
        if let Ok(decoding) = DecodingKey::from_rsa_pem(pem) {
            return Ok(Self { decoding, algorithms: &RSA_ALGORITHMS });
        }
        DecodingKey::from_ec_pem(pem)
            .map(|decoding| Self { decoding, algorithms: &EC_ALGORITHMS })
            .map_err(|_| BadCertificate { id: certificate.id.clone() })
    }
}

/// What is checked of an assertion.
struct Checks {
    client_id: String,
    keys: HashMap<String, Key>,
    audiences: Vec<String>,
}

/// The door: registered keys, and the tokens issued so far.
pub(crate) struct Door {
    checks: Option<Checks>,
    lifetime: Duration,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    count: u64,
    expiry: HashMap<String, Instant>,
    refusals: BTreeMap<Reason, u64>,
}

impl Door {
    /// Registers the certificates of a configuration.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn new(
        authentication: &Authentication,
        lifetime: Duration,
        token_address: String,
    ) -> Result<Self, BadCertificate> {
        let checks = match authentication {
            Authentication::Open => None,
            Authentication::Checked { client_id, certificates, audiences } => {
                let key = |one: &Certificate| Ok((one.id.clone(), Key::read(one)?));
                let keys = certificates.iter().map(key).collect::<Result<_, _>>()?;
                let audiences = audiences.iter().cloned().chain([token_address]).collect();
                Some(Checks { client_id: client_id.clone(), keys, audiences })
            }
        };
        Ok(Self { checks, lifetime, issued: Mutex::default() })
    }

    /// Answers a request for a token.
    pub(crate) fn token(&self, request: &TokenRequest) -> Reply {
        if let Some(checks) = &self.checks
            && let Err(reason) = checks.verify(request, Moment::now().seconds())
        {
            return self.refuse(reason);
        }
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.count += 1;
        let token = format!("simulated-access-token-{}", issued.count);
        issued.expiry.insert(token.clone(), Instant::now() + self.lifetime);
        // `expires_in` is text in some captures and a number in the documentation; the latter is sent.
        let body =
            json!({ "access_token": token, "expires_in": self.lifetime.as_secs(), "token_type": "Bearer" });
        Reply::new(StatusCode::OK, Shape::Plain, body.to_string())
    }

    /// Checks the `Authorization` header of a call.
    pub(crate) fn admit(&self, authorization: Option<&str>) -> Result<(), Reply> {
        if self.checks.is_none() {
            return Ok(());
        }
        let bearer = authorization.and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        let Some(token) = bearer else { return Err(self.refuse(Reason::NoToken)) };
        let expiry = self.issued.lock().unwrap_or_else(PoisonError::into_inner).expiry.get(token).copied();
        match expiry {
            None => Err(self.refuse(Reason::UnknownToken)),
            Some(expiry) if expiry <= Instant::now() => Err(self.refuse(Reason::ExpiredToken)),
            Some(_) => Ok(()),
        }
    }

    /// Makes every token issued so far worthless, as an administrator can.
    pub(crate) fn revoke_all(&self) {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).expiry.clear();
    }

    /// Tokens issued, and callers sent away by reason.
    pub(crate) fn counts(&self) -> (u64, BTreeMap<Reason, u64>) {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        (issued.count, issued.refusals.clone())
    }

    fn refuse(&self, reason: Reason) -> Reply {
        tracing::info!(?reason, "refuse a login");
        *self.issued.lock().unwrap_or_else(PoisonError::into_inner).refusals.entry(reason).or_default() += 1;
        Refusal::login().into()
    }
}

impl Checks {
    fn verify(&self, request: &TokenRequest, now: i64) -> Result<(), Reason> {
        if request.grant_type != "client_credentials" {
            return Err(Reason::GrantType);
        }
        if request.client_assertion_type != ASSERTION_TYPE {
            return Err(Reason::AssertionType);
        }
        let claims = self.signed_claims(&request.client_assertion)?;
        if claims.iss != self.client_id {
            return Err(Reason::Issuer);
        }
        if !self.audiences.iter().any(|audience| claims.aud.holds(audience)) {
            return Err(Reason::Audience);
        }
        let lifetime = claims.exp.checked_sub(claims.iat).ok_or(Reason::Lifetime)?;
        if lifetime <= 0 || lifetime > ASSERTION_LIFETIME_MAX_SECONDS {
            return Err(Reason::Lifetime);
        }
        if claims.exp <= now {
            return Err(Reason::Expired);
        }
        if claims.iat > now + CLOCK_SKEW_SECONDS {
            return Err(Reason::IssuedInFuture);
        }
        if claims.scope.holds(SCOPE) { Ok(()) } else { Err(Reason::Scope) }
    }

    fn signed_claims(&self, assertion: &str) -> Result<Claims, Reason> {
        let header = decode_header(assertion).map_err(|_| Reason::Malformed)?;
        let key = header.kid.as_ref().and_then(|id| self.keys.get(id)).ok_or(Reason::UnknownKey)?;
        if !key.algorithms.contains(&header.alg) {
            return Err(Reason::Algorithm);
        }
        let mut validation = Validation::new(header.alg);
        // Times and names are checked by the caller, by NetSuite's rules.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let decoded = decode::<Claims>(assertion, &key.decoding, &validation);
        decoded.map(|data| data.claims).map_err(|error| {
            if *error.kind() == ErrorKind::InvalidSignature { Reason::Signature } else { Reason::Malformed }
        })
    }
}
