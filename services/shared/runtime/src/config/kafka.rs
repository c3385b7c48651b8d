//! How Kafka is reached, and by what names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Error, read_secret};

/// The section `[kafka]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    /// Comma-separated `host:port` of some brokers. `127.0.0.1:9092` by default.
    pub bootstrap_servers: String,
    /// Prefix of every topic, group and transactional id. Empty by default.
    pub namespace: String,
    /// `plaintext` (default), `ssl`, `sasl_plaintext` or `sasl_ssl`.
    pub security_protocol: String,
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`; only with a `sasl_` protocol.
    pub sasl_mechanism: Option<String>,
    /// User name for SASL.
    pub sasl_username: Option<String>,
    /// File with the password for SASL.
    pub sasl_password_file: Option<PathBuf>,
    /// File with the certificates of the authorities that may sign a broker's certificate; those of the system by
    /// default.
    pub ssl_ca_file: Option<PathBuf>,
    /// File with this client's certificate.
    pub ssl_certificate_file: Option<PathBuf>,
    /// File with this client's private key.
    pub ssl_key_file: Option<PathBuf>,
    /// File with the password of the private key.
    pub ssl_key_password_file: Option<PathBuf>,
    /// Further properties of librdkafka. Only those that change how a broker is reached are allowed, never
    /// those that promises rest on.
    pub properties: BTreeMap<String, String>,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            bootstrap_servers: "127.0.0.1:9092".to_owned(),
            namespace: String::new(),
            security_protocol: "plaintext".to_owned(),
            sasl_mechanism: None,
            sasl_username: None,
            sasl_password_file: None,
            ssl_ca_file: None,
            ssl_certificate_file: None,
            ssl_key_file: None,
            ssl_key_password_file: None,
            properties: BTreeMap::new(),
        }
    }
}

/// The properties that may be passed through, with all that begin so.
const ALLOWED: [&str; 14] = [
    "broker.address.family",
    "broker.address.ttl",
    "client.dns.lookup",
    "client.rack",
    "connections.max.idle.ms",
    "enable.ssl.certificate.verification",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "sasl.kerberos.",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.nagle.disable",
    "ssl.",
];

/// How a broker can be spoken to.
const PROTOCOLS: [&str; 4] = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"];

impl Kafka {
    /// The full name of a topic, a group or a transactional id.
    #[must_use]
    pub fn named(&self, name: &str) -> String {
        format!("{}{name}", self.namespace)
    }

    /// The connection properties every client shares, secrets included.
    ///
    /// # Errors
    /// [`Error`] when a property is not allowed, or a secret cannot be read.
    pub fn connection(&self) -> Result<Vec<(String, String)>, Error> {
        self.check_protocol()?;
        let mut all = vec![
            ("bootstrap.servers".to_owned(), self.bootstrap_servers.clone()),
            ("security.protocol".to_owned(), self.security_protocol.clone()),
        ];
        for (key, value) in &self.properties {
            if !ALLOWED
                .iter()
                .any(|allowed| key == allowed || (allowed.ends_with('.') && key.starts_with(allowed)))
            {
                return Err(Error::Contradiction(format!(
                    "kafka.properties.\"{key}\" may not be set: only {} may",
                    ALLOWED.join(", ")
                )));
            }
            all.push((key.clone(), value.clone()));
        }
        let mut text = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                all.push((key.to_owned(), value));
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        text("sasl.mechanism", self.sasl_mechanism.clone());
        text("sasl.username", self.sasl_username.clone());
        let is_tls = self.security_protocol.to_ascii_lowercase().ends_with("ssl");
        // The OpenSSL that is built in knows no place of its own, so the usual ones are tried.
        let is_given = self.properties.keys().any(|key| key.starts_with("ssl.ca."));
        let system = || (is_tls && !is_given).then(|| "probe".to_owned());
        text("ssl.ca.location", path(&self.ssl_ca_file).or_else(system));
        text("ssl.certificate.location", path(&self.ssl_certificate_file));
        text("ssl.key.location", path(&self.ssl_key_file));
        text("sasl.password", read_secret("kafka.sasl_password_file", self.sasl_password_file.as_deref())?);
        text(
            "ssl.key.password",
            read_secret("kafka.ssl_key_password_file", self.ssl_key_password_file.as_deref())?,
        );
        Ok(all)
    }

    /// The name under which the brokers know this client, as a command that grants rights takes it.
    pub(crate) fn principal(&self) -> String {
        let protocol = self.security_protocol.to_ascii_lowercase();
        match (&self.sasl_username, &self.ssl_certificate_file) {
            (Some(name), _) if protocol.starts_with("sasl_") => format!("'User:{name}'"),
            (None, _) if protocol.starts_with("sasl_") => "'User:<the name SASL gives it>'".to_owned(),
            (_, Some(file)) if protocol == "ssl" => format!("'User:<the subject of {}>'", file.display()),
            _ => "'User:ANONYMOUS'".to_owned(),
        }
    }

    fn check_protocol(&self) -> Result<(), Error> {
        let protocol = self.security_protocol.as_str();
        if PROTOCOLS.iter().any(|known| known.eq_ignore_ascii_case(protocol)) {
            return Ok(());
        }
        let known = PROTOCOLS.join(", ");
        Err(Error::Contradiction(format!(
            "kafka.security_protocol = \"{protocol}\" is unknown: set one of {known}"
        )))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn properties_that_promises_rest_on_are_refused_by_name() {
        for (key, allowed) in [
            ("ssl.endpoint.identification.algorithm", true),
            ("client.rack", true),
            ("isolation.level", false),
            ("enable.auto.commit", false),
            ("transaction.timeout.ms", false),
            ("client.rack.too", false),
        ] {
            let kafka = Kafka { properties: [(key.to_owned(), "x".to_owned())].into(), ..Kafka::default() };
            let outcome = kafka.connection();
            assert_eq!(outcome.is_ok(), allowed, "{key}");
            if let Err(refused) = outcome {
                assert!(refused.to_string().contains(key), "{refused}");
            }
        }
    }

    #[test]
    fn the_brokers_know_a_client_by_what_it_shows_them() {
        for (protocol, name, certificate, expected) in [
            ("plaintext", Some("till"), Some("/own.pem"), "'User:ANONYMOUS'"),
            ("ssl", Some("till"), Some("/own.pem"), "'User:<the subject of /own.pem>'"),
            ("ssl", None, None, "'User:ANONYMOUS'"),
            ("SASL_SSL", Some("till"), Some("/own.pem"), "'User:till'"),
            ("sasl_plaintext", None, None, "'User:<the name SASL gives it>'"),
        ] {
            let kafka = Kafka {
                security_protocol: protocol.to_owned(),
                sasl_username: name.map(str::to_owned),
                ssl_certificate_file: certificate.map(PathBuf::from),
                ..Kafka::default()
            };
            assert_eq!(kafka.principal(), expected, "{protocol} {name:?} {certificate:?}");
        }
    }

    #[test]
    fn every_setting_of_a_connection_reaches_the_client() {
        let dir = tempfile::tempdir().unwrap();
        let secret = |name: &str| {
            let file = dir.path().join(name);
            std::fs::write(&file, name).unwrap();
            Some(file)
        };
        let kafka = Kafka {
            bootstrap_servers: "b:9093".to_owned(),
            security_protocol: "sasl_ssl".to_owned(),
            sasl_mechanism: Some("SCRAM-SHA-512".to_owned()),
            sasl_username: Some("till".to_owned()),
            sasl_password_file: secret("password"),
            ssl_ca_file: Some("/ca.pem".into()),
            ssl_certificate_file: Some("/own.pem".into()),
            ssl_key_file: Some("/own.key".into()),
            ssl_key_password_file: secret("key-password"),
            properties: [("client.rack".to_owned(), "a".to_owned())].into(),
            ..Kafka::default()
        };
        let mut all = kafka.connection().unwrap();
        all.sort();
        let all: Vec<_> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected = [
            ("bootstrap.servers", "b:9093"),
            ("client.rack", "a"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.password", "password"),
            ("sasl.username", "till"),
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "/ca.pem"),
            ("ssl.certificate.location", "/own.pem"),
            ("ssl.key.location", "/own.key"),
            ("ssl.key.password", "key-password"),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn the_authorities_of_the_system_are_looked_for_where_none_is_named() {
        for (protocol, file, property, expected) in [
            ("plaintext", None, None, None),
            ("ssl", None, None, Some("probe")),
            ("SASL_SSL", None, None, Some("probe")),
            ("sasl_ssl", Some("/ca.pem"), None, Some("/ca.pem")),
            ("ssl", None, Some("/own.pem"), Some("/own.pem")),
        ] {
            let properties = property.map(|path: &str| ("ssl.ca.location".to_owned(), path.to_owned()));
            let kafka = Kafka {
                security_protocol: protocol.to_owned(),
                ssl_ca_file: file.map(PathBuf::from),
                properties: properties.into_iter().collect(),
                ..Kafka::default()
            };
            let all: BTreeMap<String, String> = kafka.connection().unwrap().into_iter().collect();
            assert_eq!(all.get("ssl.ca.location").map(String::as_str), expected, "{protocol} {file:?}");
        }
    }

    #[test]
    fn a_password_comes_from_its_file_without_the_line_end() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        std::fs::write(&file, "secret\n").unwrap();
        let kafka = Kafka { sasl_password_file: Some(file), ..Kafka::default() };
        let all = kafka.connection().unwrap();
        assert!(all.contains(&("sasl.password".to_owned(), "secret".to_owned())));
        let missing = Kafka { sasl_password_file: Some("/no/such".into()), ..Kafka::default() };
        assert!(missing.connection().unwrap_err().to_string().contains("kafka.sasl_password_file"));
    }
}
