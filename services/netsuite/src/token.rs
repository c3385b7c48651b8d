//! The login: a signed assertion that NetSuite changes into an access token.
//!
//! OAuth 2.0 client credentials with PS256. There is no secret but the private key, and no refresh token: when
//! an access token ends, a new assertion is made.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

/// How long an assertion is good for. NetSuite allows up to an hour; a short life limits what a stolen one is
/// worth, and is still longer than any difference of clocks that should be tolerated.
pub const ASSERTION_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// An access token is renewed this long before it ends, so that no request carries one that ends on the way.
pub const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The scope the record and query services ask for.
const SCOPE: &str = "rest_webservices";

/// The type of the assertion, a fixed name of RFC 7523.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why no assertion or token can be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The private key is not what it should be.
    #[error(
        "`private_key_file` holds no RSA key in PEM form; use the one whose certificate is mapped in NetSuite"
    )]
    Key(jsonwebtoken::errors::Error),
    /// Signing failed.
    #[error("the assertion cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// The answer of the token endpoint is not a token.
    #[error("the token endpoint answered with something that is no token: {0}")]
    Answer(String),
}

/// What identifies the integration.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Client id of the integration record.
    pub client_id: String,
    /// Id of the certificate on the OAuth 2.0 client credentials setup page.
    pub certificate_id: String,
    /// Private key as PEM.
    pub private_key: String,
}

/// Signs assertions for one token endpoint.
pub struct Signer {
    client_id: String,
    certificate_id: String,
    token_address: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
}

impl Signer {
    /// Reads the private key.
    ///
    /// # Errors
    /// [`Error::Key`] when it is not an RSA key in PEM form.
    pub fn new(identity: Identity, token_address: String) -> Result<Self, Error> {
        let key = EncodingKey::from_rsa_pem(identity.private_key.as_bytes()).map_err(Error::Key)?;
        let Identity { client_id, certificate_id, private_key: _ } = identity;
        Ok(Self { client_id, certificate_id, token_address, key })
    }

    /// The address of the token endpoint.
    #[must_use]
    pub fn token_address(&self) -> &str {
        &self.token_address
    }

    /// The form that asks for a token. `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::Sign`] when the key does not sign.
    pub fn form(&self, now: u64) -> Result<[(&'static str, String); 3], Error> {
        Ok([
            ("grant_type", "client_credentials".to_owned()),
            ("client_assertion_type", ASSERTION_TYPE.to_owned()),
            ("client_assertion", self.assertion(now)?),
        ])
    }

    fn assertion(&self, now: u64) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::PS256);
        header.kid = Some(self.certificate_id.clone());
        let claims = Claims {
            iss: &self.client_id,
            aud: &self.token_address,
            scope: SCOPE,
            iat: now,
            exp: now.saturating_add(ASSERTION_LIFETIME.as_secs()),
        };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(Error::Sign)
    }
}

/// An access token and how long it may be used.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What goes into the `Authorization` header after `Bearer`.
    pub bearer: String,
    /// How long after it was asked for it must no longer be used.
    pub usable_for: Duration,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The bearer opens the account, so it must not reach a log.
        out.debug_struct("Token").field("usable_for", &self.usable_for).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    expires_in: Seconds,
}

/// Documented as a number, seen as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Token {
    /// Reads the answer of the token endpoint.
    ///
    /// # Errors
    /// [`Error::Answer`] when it is not a token.
    pub fn read(body: &str) -> Result<Self, Error> {
        // The body is not repeated in the error: it may hold a token after all.
        let refuse = |reason: String| Error::Answer(reason);
        let token: TokenBody = serde_json::from_str(body).map_err(|error| refuse(error.to_string()))?;
        let seconds = match token.expires_in {
            Seconds::Number(seconds) => seconds,
            Seconds::Text(text) => {
                text.parse().map_err(|_| refuse("expires_in is not a number of seconds".to_owned()))?
            }
        };
        if token.access_token.is_empty() {
            return Err(refuse("access_token is empty".to_owned()));
        }
        let usable_for = Duration::from_secs(seconds).saturating_sub(RENEW_BEFORE);
        Ok(Self { bearer: token.access_token, usable_for })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::{Value, json};

    use super::*;

    const PRIVATE: &str = include_str!("../../netsuite-sim/tests/keys/test-only-rsa.private.pem");
    const CERTIFICATE: &str = include_str!("../../netsuite-sim/tests/keys/test-only-rsa.certificate.pem");
    const ADDRESS: &str = "https://1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token";

    fn identity(private_key: &str) -> Identity {
        Identity {
            client_id: "client".to_owned(),
            certificate_id: "certificate".to_owned(),
            private_key: private_key.to_owned(),
        }
    }

    #[test]
    fn an_assertion_says_who_asks_whom_for_what() {
        let signer = Signer::new(identity(PRIVATE), ADDRESS.to_owned()).unwrap();
        let assertion = signer.assertion(1_790_000_000).unwrap();
        let mut validation = Validation::new(Algorithm::PS256);
        validation.validate_exp = false;
        validation.set_audience(&[ADDRESS]);
        let key = DecodingKey::from_rsa_pem(CERTIFICATE.as_bytes()).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(&assertion, &key, &validation).unwrap();
        assert_eq!(decoded.header.kid.as_deref(), Some("certificate"));
        assert_eq!(decoded.header.typ.as_deref(), Some("JWT"));
        let expected = json!({
            "iss": "client", "aud": ADDRESS, "scope": "rest_webservices", "iat": 1_790_000_000, "exp": 1_790_001_800,
        });
        assert_eq!(decoded.claims, expected);
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for key in ["", "nothing", CERTIFICATE.split_at(200).0] {
            assert!(matches!(Signer::new(identity(key), ADDRESS.to_owned()), Err(Error::Key(_))), "{key}");
        }
    }

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        let cases = [
            (r#"{"access_token":"a","expires_in":3600,"token_type":"Bearer"}"#, Some(3_540)),
            (r#"{"access_token":"a","expires_in":"3600"}"#, Some(3_540)),
            (r#"{"access_token":"a","expires_in":30}"#, Some(0)),
            (r#"{"access_token":"","expires_in":3600}"#, None),
            (r#"{"access_token":"a","expires_in":"soon"}"#, None),
            (r#"{"error":"invalid_client"}"#, None),
            ("<html>", None),
        ];
        for (body, expected) in cases {
            let seconds = Token::read(body).ok().map(|token| token.usable_for.as_secs());
            assert_eq!(seconds, expected, "{body}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = Token::read(r#"{"access_token":"secret","expires_in":3600}"#).unwrap();
        assert!(!format!("{token:?}").contains("secret"));
    }
}
