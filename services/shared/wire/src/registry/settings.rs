//! How a registry is reached: address, password, TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Identity};
use serde::Deserialize;

use super::Error;

/// Address of a registry and the way in. Secrets stand in files, never in settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Base address of the Confluent API, such as `http://127.0.0.1:8080/apis/ccompat/v7`.
    pub url: String,
    /// User name of basic authentication.
    #[serde(default)]
    pub username: Option<String>,
    /// File that holds the password of basic authentication.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// PEM file of the authorities to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// PEM file of our certificate and its key.
    #[serde(default)]
    pub identity_file: Option<PathBuf>,
    /// Longest time the fetch of one schema may take while records wait, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

const fn timeout_ms() -> u64 {
    2_000
}

impl Settings {
    /// Settings of a registry that lets anyone in.
    #[must_use]
    pub fn open(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            username: None,
            password_file: None,
            ca_file: None,
            identity_file: None,
            timeout_ms: timeout_ms(),
        }
    }

    /// The address without a slash at its end.
    pub(super) fn base(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// User name and password, read from its file.
    pub(super) fn login(&self) -> Result<Option<(String, Option<String>)>, Error> {
        match (&self.username, &self.password_file) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(Error::Settings("`registry.password_file` needs `registry.username`".to_owned()))
            }
            (Some(name), None) => Ok(Some((name.clone(), None))),
            (Some(name), Some(file)) => {
                let bytes = read("registry.password_file", file)?;
                let text = String::from_utf8(bytes).map_err(|_| {
                    Error::Settings("`registry.password_file` does not hold UTF-8 text".to_owned())
                })?;
                Ok(Some((name.clone(), Some(text.trim_end_matches(['\r', '\n']).to_owned()))))
            }
        }
    }

    /// A client builder with the TLS settings applied; a call takes `limit` at most.
    pub(super) fn builder(&self, limit: Duration) -> Result<ClientBuilder, Error> {
        let url = reqwest::Url::parse(&self.url).map_err(|error| {
            Error::Settings(format!(
                "`registry.url` = {} is not an address: {error}; it begins with http:// or https://",
                self.url
            ))
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Settings(format!(
                "`registry.url` = {} must begin with http:// or https://",
                self.url
            )));
        }
        let mut builder = Client::builder().timeout(limit).connect_timeout(limit);
        if let Some(file) = &self.ca_file {
            let bundle = Certificate::from_pem_bundle(&read("registry.ca_file", file)?)
                .map_err(|error| unusable("registry.ca_file", &error))?;
            builder = builder.tls_certs_merge(bundle);
        }
        if let Some(file) = &self.identity_file {
            let identity = Identity::from_pem(&read("registry.identity_file", file)?)
                .map_err(|error| unusable("registry.identity_file", &error))?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

fn read(key: &str, file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|error| {
        Error::Settings(format!(
            "`{key}` names {}, which cannot be read: {error}; make the file readable to this process",
            file.display()
        ))
    })
}

fn unusable(key: &str, error: &reqwest::Error) -> Error {
    Error::Settings(format!("`{key}` cannot be used: {error}"))
}
