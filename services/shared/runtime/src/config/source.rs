//! Reads the file and the environment, and lays the one over the other.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::Error;
use super::value::Node;

/// The variable that names the configuration file for a `main` that reads it; it is not a setting.
pub const CONFIG_VARIABLE: &str = "TILLSTREAM_CONFIG";

/// How every variable begins that is a setting, or is meant for the command line.
pub const VARIABLE_PREFIX: &str = "TILLSTREAM_";

/// Reads the configuration of a service: the file, if there is one, and the environment over it.
///
/// # Errors
/// [`Error`] when the file cannot be read, or a key is unknown, missing or has a value that does not fit.
#[allow(clippy::disallowed_methods, reason = "this is the door that settings come through")]
pub fn load<T: DeserializeOwned>(service: &str, path: Option<&Path>) -> Result<T, Error> {
    let text = match path {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|why| Error::Unreadable {
            service: service.to_owned(),
            path: path.to_owned(),
            why,
        })?),
    };
    assemble(service, path, text.as_deref(), std::env::vars().collect())
}

/// Reads a secret from the file that a key names, without the line end.
///
/// # Errors
/// [`Error::Secret`] when the file cannot be read.
pub fn read_secret(key: &str, path: Option<&Path>) -> Result<Option<String>, Error> {
    let Some(path) = path else { return Ok(None) };
    match std::fs::read_to_string(path) {
        Ok(secret) => Ok(Some(secret.trim_end_matches(['\r', '\n']).to_owned())),
        Err(why) => Err(Error::Secret { key: key.to_owned(), path: path.to_owned(), why }),
    }
}

fn assemble<T: DeserializeOwned>(
    service: &str,
    path: Option<&Path>,
    text: Option<&str>,
    environment: BTreeMap<String, String>,
) -> Result<T, Error> {
    let file = path.map_or_else(|| "the configuration".to_owned(), |path| path.display().to_string());
    let refused =
        |reason: String, origin: String| Error::Refused { service: service.to_owned(), reason, origin };
    let mut root = match text {
        None => Node::empty(),
        Some(text) => Node::parse(text, &file).map_err(|reason| Error::NotToml {
            service: service.to_owned(),
            path: path.map(Path::to_owned).unwrap_or_default(),
            reason,
        })?,
    };
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix(VARIABLE_PREFIX) else { continue };
        if variable == CONFIG_VARIABLE {
            continue;
        }
        let keys: Vec<String> = name.split("__").map(str::to_lowercase).collect();
        if keys.iter().any(String::is_empty) {
            return Err(refused(
                format!("{variable} names no key; write TILLSTREAM_<SECTION>__<KEY>"),
                "the environment".to_owned(),
            ));
        }
        root.set(&keys, value, &variable)
            .map_err(|reason| refused(reason, format!("variable {variable}")))?;
    }
    T::deserialize(root).map_err(|error| {
        let origin = error.origin.unwrap_or_else(|| format!("{file} or in the environment"));
        let key = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path.join(".")) };
        refused(format!("{key}{}", error.reason), origin)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde::Deserialize;

    use super::*;
    use crate::config::{Kafka, Log, Process};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        #[serde(default)]
        kafka: Kafka,
        #[serde(default)]
        process: Process,
        limits: Limits,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        lines: u32,
        quiet: Option<bool>,
        #[serde(default)]
        zones: Vec<String>,
    }

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment =
            environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assemble("enrich", Some(Path::new("enrich.toml")), Some(text), environment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_lies_over_the_file_and_takes_the_type_of_the_key() {
        let text = "[limits]\nlines = 5\nzones = [\"a\"]\n[kafka]\nnamespace = \"x.\"";
        let config = read(
            text,
            &[
                ("TILLSTREAM_LIMITS__LINES", "7"),
                ("TILLSTREAM_LIMITS__QUIET", "true"),
                ("TILLSTREAM_LIMITS__ZONES", "[\"b\", \"c\"]"),
                ("TILLSTREAM_KAFKA__BOOTSTRAP_SERVERS", "broker:1"),
                ("TILLSTREAM_KAFKA__SASL_USERNAME", "12345"),
                ("TILLSTREAM_PROCESS__LOG", "json"),
                ("TILLSTREAM_CONFIG", "ignored"),
                ("PATH", "ignored"),
            ],
        )
        .unwrap();
        assert_eq!(config.limits.lines, 7);
        assert_eq!(config.limits.quiet, Some(true));
        assert_eq!(config.limits.zones, ["b", "c"]);
        assert_eq!(config.kafka.bootstrap_servers, "broker:1");
        assert_eq!(config.kafka.namespace, "x.");
        assert_eq!(config.kafka.sasl_username.as_deref(), Some("12345"));
        assert_eq!(config.process.log, Log::Json);
    }

    #[test]
    fn what_is_refused_is_named_with_its_origin() {
        let good = "[limits]\nlines = 5\n";
        for (text, environment, parts) in [
            ("[limits]\nlines = \"x\"", &[][..], &["limits.lines", "enrich.toml"][..]),
            ("[limits]\nlines = 5\nwords = 6", &[], &["limits", "unknown field `words`", "enrich.toml"]),
            ("", &[], &["missing field `limits`"]),
            (
                good,
                &[("TILLSTREAM_LIMITS__WORDS", "1")],
                &["unknown field `words`", "TILLSTREAM_LIMITS__WORDS"],
            ),
            (good, &[("TILLSTREAM_LIMITS__LINES", "many")], &["limits.lines", "TILLSTREAM_LIMITS__LINES"]),
            (good, &[("TILLSTREAM_NOTHING", "1")], &["unknown field `nothing`", "TILLSTREAM_NOTHING"]),
            (good, &[("TILLSTREAM_LIMITS__LINES__MORE", "1")], &["TILLSTREAM_LIMITS__LINES__MORE"]),
            ("[limits\n", &[], &["enrich.toml", "not valid TOML"]),
        ] {
            let refused = read(text, environment).unwrap_err();
            assert!(refused.starts_with("enrich: "), "{refused}");
            for part in parts {
                assert!(refused.contains(part), "{part} is not in: {refused}");
            }
        }
    }
}
