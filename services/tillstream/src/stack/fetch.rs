//! Gets Kafka and the schema registry from Maven Central, once.
//!
//! Versions are fixed here and in `pom.xml`. Kafka 4.3 and Apicurio 3.0 both run on Java 17; later
//! Apicurio releases need Java 21.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::stack::error::file;
use crate::stack::{Error, Progress};
use crate::tool::{JAVA, MAVEN};

const POM: &str = include_str!("pom.xml");
const KAFKA: &str = "kafka-4.3.1";
const REGISTRY: &str = "apicurio-registry-3.0.9";
const REGISTRY_ARTIFACT: &str = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all";
const REGISTRY_JAR: &str = "apicurio-registry-app-3.0.9-runner.jar";
/// Later versions insist on the parent POMs of the registry, which some mirrors of Maven Central lack.
const DEPENDENCY_PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:2.8";
const JAVA_MINIMUM: u32 = 17;

/// What the two JVMs are started from.
#[derive(Debug, Clone)]
pub struct Jars {
    /// The directory of all jars of Kafka.
    pub kafka: PathBuf,
    /// The runnable jar of the registry; it finds its libraries beside itself.
    pub registry: PathBuf,
}

/// Returns the jars, downloading what the cache lacks (about 15 s and 170 MB the first time).
///
/// # Errors
/// [`Error`] when Java or Maven is missing, Java is too old, or the download fails.
pub fn fetch(cache: &Cache, progress: Progress<'_>) -> Result<Jars, Error> {
    let kafka = cache.provide(KAFKA, |directory| {
        progress("downloading Kafka 4.3.1 from Maven (once)");
        check_java()?;
        maven("copy-dependencies", directory, &[])
    })?;
    let registry = cache.provide(REGISTRY, |directory| {
        progress("downloading the Apicurio schema registry 3.0.9 from Maven (once)");
        check_java()?;
        maven("unpack", directory, &[format!("-Dartifact={REGISTRY_ARTIFACT}")])
    })?;
    let registry = registry.join(REGISTRY_JAR);
    if !registry.is_file() {
        return Err(Error::NotFetched { path: registry });
    }
    Ok(Jars { kafka, registry })
}

/// Runs a goal of the dependency plugin. The POM lies in `into`, so that whatever Maven leaves beside it (the plugin
/// marks what it has unpacked, and skips what is marked) lies there too, and goes when that directory goes.
fn maven(goal: &str, into: &Path, more: &[String]) -> Result<(), Error> {
    let pom = into.join("pom.xml");
    fs::write(&pom, POM).map_err(file("write", &pom))?;
    let mut arguments = ["--batch-mode", "--quiet", "-Dstyle.color=never"].map(str::to_owned).to_vec();
    arguments.push(format!("{DEPENDENCY_PLUGIN}:{goal}"));
    arguments.push(format!("--file={}", pom.display()));
    arguments.push(format!("-DoutputDirectory={}", into.display()));
    arguments.extend_from_slice(more);
    MAVEN.run(&arguments)?;
    Ok(())
}

fn check_java() -> Result<(), Error> {
    let found = java_major(&JAVA.run(&["-version"])?);
    // A Java whose version we cannot read gets the benefit of the doubt.
    match found {
        Some(found) if found < JAVA_MINIMUM => Err(Error::JavaTooOld { found }),
        Some(_) | None => Ok(()),
    }
}

/// Reads the major version from what `java -version` prints: `17` of `"17.0.15"`, `8` of `"1.8.0_292"`.
fn java_major(text: &str) -> Option<u32> {
    let quoted = text.split('"').nth(1)?;
    let mut numbers = quoted.split(|letter: char| !letter.is_ascii_digit()).map(str::parse::<u32>);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        major => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_java_is_read_from_old_and_new_forms() {
        let cases = [
            ("openjdk version \"17.0.15\" 2025-04-15", Some(17)),
            ("openjdk version \"21\" 2023-09-19", Some(21)),
            ("java version \"1.8.0_292\"", Some(8)),
            ("openjdk version \"24-ea\" 2025-03-18", Some(24)),
            ("something else", None),
        ];
        for (text, expected) in cases {
            assert_eq!(java_major(text), expected, "{text}");
        }
    }
}
