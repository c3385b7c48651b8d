//! Why the runtime gives up: every variant ends the process or the command that asked.

use crate::config;
use crate::stage::Stop;
use crate::topics::Finding;

/// What ended a run or a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration was refused.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// Kafka refused something, or did not answer in time.
    #[error("{doing}: {reason}")]
    Kafka {
        /// What was being done, in the present tense.
        doing: String,
        /// What the client or the broker answered.
        reason: String,
    },
    /// The topics are not as the service needs them.
    #[error("{} finding(s) about the topics:\n{}", .0.len(), listed(.0))]
    Topics(Vec<Finding>),
    /// Our own mistake, or a promise of the environment that was broken.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// A thread, a socket or a file could not be had.
    #[error("{doing}: {source}")]
    System {
        /// What was being done, in the present tense.
        doing: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
}

impl Error {
    /// Makes an error about Kafka from anything that can be shown.
    pub(crate) fn kafka(doing: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Kafka { doing: doing.into(), reason: reason.to_string() }
    }

    /// Makes an error about brokers that gave no answer, perhaps `about` a topic.
    pub(crate) fn unanswered(servers: &str, about: Option<&str>, reason: impl std::fmt::Display) -> Self {
        let about = about.map(|topic| format!(" about {topic}")).unwrap_or_default();
        Self::kafka(
            format!("cannot ask the brokers at kafka.bootstrap_servers = {servers}{about}"),
            format!(
                "{reason}; start them, or correct kafka.bootstrap_servers, or what kafka.security_protocol, \
                 kafka.ssl_… and kafka.sasl_… say where it speaks of TLS or of a login"
            ),
        )
    }

    /// Makes an error that says why the process must leave.
    pub(crate) fn stop(reason: impl Into<String>) -> Self {
        Self::Stop(Stop(reason.into()))
    }
}

fn listed(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("- {finding}")).collect::<Vec<_>>().join("\n")
}
