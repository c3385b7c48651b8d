//! Telemetry as typed events: each is logged and counted in one place.
//!
//! ERROR means someone must act, WARN look tomorrow, INFO lifecycle. No record content reaches a log.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use crate::client::{Hold, locked};
use crate::config::{Log, Process};
use crate::error::Error;
use crate::metrics::metrics;

/// Sets up logging for the process, to standard error. Later calls change nothing.
pub fn start_logging(process: &Process) {
    let filter = tracing_subscriber::EnvFilter::try_new(&process.log_filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let outcome = match process.log {
        Log::Text => builder.try_init(),
        Log::Json => builder.json().try_init(),
    };
    if outcome.is_err() {
        tracing::debug!("logging was set up before");
    }
}

/// A line of the Kafka client's own log.
pub(crate) fn client_log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::warn!(facility, message, "kafka client reports an error");
        }
        // What matters of these comes as an error event, too.
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            tracing::debug!(facility, message, "kafka client warns");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::debug!(facility, message, "kafka client"),
        RDKafkaLogLevel::Debug => tracing::trace!(facility, message, "kafka client"),
    }
}

/// How often the same kind of client error is logged: every client of a process reports a broker that is
/// gone, again and again.
const CLIENT_ERROR_EVERY: Duration = Duration::from_secs(30);

static CLIENT_ERRORS: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

/// An error the Kafka client reported and handles by itself, such as a lost connection.
pub(crate) fn client_error(error: &KafkaError, reason: &str) {
    let kind = error.rdkafka_error_code().map_or_else(|| "other".to_owned(), |code| format!("{code:?}"));
    if let Some(metrics) = metrics() {
        metrics.client_errors.with_label_values(&[&kind]).inc();
    }
    let mut last = locked(&CLIENT_ERRORS);
    if last.get(&kind).is_none_or(|at| at.elapsed() >= CLIENT_ERROR_EVERY) {
        last.insert(kind, Instant::now());
        tracing::warn!(%error, reason, "kafka client reports an error");
    } else {
        tracing::debug!(%error, reason, "kafka client reports an error again");
    }
}

/// Events of one service, with its name.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    service: String,
}

impl Events {
    pub(crate) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    pub(crate) fn records_in(&self, topic: &str, count: u64) {
        if let Some(metrics) = metrics() {
            metrics.records_in.with_label_values(&[&self.service, topic]).inc_by(count);
        }
    }

    pub(crate) fn records_out(&self, topic: &str, count: u64) {
        if let Some(metrics) = metrics() {
            metrics.records_out.with_label_values(&[&self.service, topic]).inc_by(count);
        }
    }

    pub(crate) fn later(&self, topic: &str) {
        if let Some(metrics) = metrics() {
            metrics.later.with_label_values(&[&self.service, topic]).inc();
        }
    }

    pub(crate) fn stale(&self, count: u64) {
        if let Some(metrics) = metrics() {
            metrics.stale.with_label_values(&[&self.service]).inc_by(count);
        }
    }

    pub(crate) fn committed(&self, took: Duration, state_records: u64, bytes: u64) {
        if let Some(metrics) = metrics() {
            let one = [self.service.as_str()];
            metrics.commits.with_label_values(&one).inc();
            metrics.commit_seconds.with_label_values(&one).observe(took.as_secs_f64());
            metrics.state_records.with_label_values(&one).inc_by(state_records);
            metrics.bytes_out.with_label_values(&one).inc_by(bytes);
        }
        tracing::trace!(service = self.service, ?took, state_records, bytes, "transaction committed");
    }

    /// Whether anything was among what is gone cannot be told, so a person is asked.
    pub(crate) fn expired(&self, topic: &str, partition: i32, from: i64, low: i64) {
        tracing::warn!(
            service = self.service,
            topic,
            partition,
            from,
            low,
            "a side topic has let go of what lay between the two offsets and holds nothing behind it: most likely the \
             marker of its last transaction; if somebody gave an order there while the service was stopped for longer \
             than the topic keeps records, give it again"
        );
    }

    pub(crate) fn aborted(&self, reason: &str) {
        if let Some(metrics) = metrics() {
            metrics.aborts.with_label_values(&[&self.service]).inc();
        }
        tracing::warn!(service = self.service, reason, "transaction aborted and done again");
    }

    pub(crate) fn renewed(&self, reason: &str) {
        if let Some(metrics) = metrics() {
            metrics.renewals.with_label_values(&[&self.service]).inc();
        }
        tracing::warn!(service = self.service, reason, "producer replaced");
    }

    pub(crate) fn assigned(&self, worker: usize, partitions: &[i32]) {
        if let Some(metrics) = metrics() {
            metrics.rebalances.with_label_values(&[self.service.as_str(), "assigned"]).inc();
        }
        tracing::info!(service = self.service, worker, ?partitions, "partitions assigned");
    }

    pub(crate) fn revoked(&self, worker: usize, partitions: &[i32], hold: Hold) {
        let kind = match hold {
            Hold::Kept => "revoked",
            Hold::Lost => "lost",
        };
        if let Some(metrics) = metrics() {
            metrics.rebalances.with_label_values(&[self.service.as_str(), kind]).inc();
        }
        tracing::info!(service = self.service, worker, ?partitions, kind, "partitions taken back");
    }

    pub(crate) fn orphaned(&self, worker: usize, partitions: &[i32]) {
        if let Some(metrics) = metrics() {
            metrics.rebalances.with_label_values(&[self.service.as_str(), "orphaned"]).inc();
        }
        tracing::warn!(
            service = self.service,
            worker,
            ?partitions,
            "partitions without an owner: the group is asked to share out again"
        );
    }

    pub(crate) fn unseen(&self, error: &Error) {
        tracing::warn!(
            service = self.service,
            %error,
            "who owns which partition is not known: partitions without an owner stay so until every broker answers"
        );
    }

    pub(crate) fn seen_again(&self) {
        tracing::info!(service = self.service, "who owns which partition is known again");
    }

    pub(crate) fn restored(&self, partition: i32, records: u64, took: Duration) {
        if let Some(metrics) = metrics() {
            metrics.restored_records.with_label_values(&[&self.service]).inc_by(records);
            metrics.restore_seconds.with_label_values(&[&self.service]).observe(took.as_secs_f64());
        }
        tracing::info!(service = self.service, partition, records, ?took, "shard restored");
    }

    pub(crate) fn shards(&self, running: i64, restoring: i64) {
        if let Some(metrics) = metrics() {
            metrics.shards_running.with_label_values(&[&self.service]).add(running);
            metrics.shards_restoring.with_label_values(&[&self.service]).add(restoring);
        }
    }

    pub(crate) fn lag(&self, partition: i32, records: i64) {
        if let Some(metrics) = metrics() {
            metrics.lag.with_label_values(&[self.service.as_str(), &partition.to_string()]).set(records);
        }
    }

    pub(crate) fn lag_gone(&self, partition: i32) {
        if let Some(metrics) = metrics() {
            // There is none yet when the partition is taken back before its first sample.
            drop(metrics.lag.remove_label_values(&[self.service.as_str(), &partition.to_string()]));
        }
    }

    pub(crate) fn table_records(&self, topic: &str, count: u64) {
        if let Some(metrics) = metrics() {
            metrics.table_records.with_label_values(&[&self.service, topic]).inc_by(count);
        }
    }

    pub(crate) fn tables_ready(&self, took: Duration) {
        tracing::info!(service = self.service, ?took, "tables read to the end seen at start");
    }

    pub(crate) fn tables_incomplete(&self, topics: &[&str]) {
        tracing::warn!(
            service = self.service,
            ?topics,
            "tables are not complete: nothing is decided before each has the record that ends it; publish them \
             whole, as `tillstream ref load` does"
        );
    }

    pub(crate) fn worker_ended(&self, worker: usize, reason: &str) {
        tracing::error!(service = self.service, worker, reason, "worker ended: the process leaves");
    }
}
