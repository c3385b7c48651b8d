//! The metrics of a process: every name in one place, one registry behind them.
//!
//! Labels are topics, services and reasons, never stores or receipts. Services add their own counts
//! through [`counter`] and [`gauge`].

use std::sync::OnceLock;

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// The name of each metric of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Records decided on, by service and topic.
    RecordsIn,
    /// Records produced, by service and topic, aborted ones included.
    RecordsOut,
    /// Bytes produced, by service.
    BytesOut,
    /// State records written to a changelog, by service.
    StateRecords,
    /// Transactions committed, by service.
    Commits,
    /// Transactions aborted, by service.
    Aborts,
    /// Producers replaced after a call whose end was late or not known, by service.
    Renewals,
    /// Time from the start of a commit to its known end, by service.
    CommitSeconds,
    /// Records that had to wait, by service and topic.
    Later,
    /// Records that were handed over twice by the client and dropped, by service.
    Stale,
    /// Changes of the assignment, by service and kind.
    Rebalances,
    /// Shards that are restored and running, by service.
    ShardsRunning,
    /// Shards that are being restored, by service.
    ShardsRestoring,
    /// Time from assignment to restored, by service.
    RestoreSeconds,
    /// Changelog records read while restoring, by service.
    RestoredRecords,
    /// Records between what a shard has decided and the end of its input at the last sample.
    Lag,
    /// Records of table topics read, by service and topic.
    TableRecords,
    /// Errors the Kafka client reported, by kind.
    ClientErrors,
}

impl Name {
    /// The name as Prometheus sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordsIn => "tillstream_records_in_total",
            Self::RecordsOut => "tillstream_records_out_total",
            Self::BytesOut => "tillstream_bytes_out_total",
            Self::StateRecords => "tillstream_state_records_total",
            Self::Commits => "tillstream_commits_total",
            Self::Aborts => "tillstream_aborts_total",
            Self::Renewals => "tillstream_producer_renewals_total",
            Self::CommitSeconds => "tillstream_commit_seconds",
            Self::Later => "tillstream_later_total",
            Self::Stale => "tillstream_stale_records_total",
            Self::Rebalances => "tillstream_rebalances_total",
            Self::ShardsRunning => "tillstream_shards_running",
            Self::ShardsRestoring => "tillstream_shards_restoring",
            Self::RestoreSeconds => "tillstream_restore_seconds",
            Self::RestoredRecords => "tillstream_restored_records_total",
            Self::Lag => "tillstream_lag_records",
            Self::TableRecords => "tillstream_table_records_total",
            Self::ClientErrors => "tillstream_client_errors_total",
        }
    }
}

/// The metrics of the runtime.
pub(crate) struct Metrics {
    pub(crate) records_in: IntCounterVec,
    pub(crate) records_out: IntCounterVec,
    pub(crate) bytes_out: IntCounterVec,
    pub(crate) state_records: IntCounterVec,
    pub(crate) commits: IntCounterVec,
    pub(crate) aborts: IntCounterVec,
    pub(crate) renewals: IntCounterVec,
    pub(crate) commit_seconds: HistogramVec,
    pub(crate) later: IntCounterVec,
    pub(crate) stale: IntCounterVec,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) shards_running: IntGaugeVec,
    pub(crate) shards_restoring: IntGaugeVec,
    pub(crate) restore_seconds: HistogramVec,
    pub(crate) restored_records: IntCounterVec,
    pub(crate) lag: IntGaugeVec,
    pub(crate) table_records: IntCounterVec,
    pub(crate) client_errors: IntCounterVec,
    registry: Registry,
}

/// A metric that could not be made or registered: a name is taken, or is not a name.
#[derive(Debug, thiserror::Error)]
#[error("cannot register the metric {name}: {reason}")]
pub struct Error {
    name: String,
    reason: String,
}

static METRICS: OnceLock<Option<Metrics>> = OnceLock::new();

/// The metrics of this process; `None` only if a name were given twice, which a test excludes.
pub(crate) fn metrics() -> Option<&'static Metrics> {
    METRICS.get_or_init(|| Metrics::new().ok()).as_ref()
}

impl Metrics {
    fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name: Name, help: &str, labels: &[&str]| {
            let made = IntCounterVec::new(Opts::new(name.as_str(), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let gauges = |name: Name, help: &str, labels: &[&str]| {
            let made = IntGaugeVec::new(Opts::new(name.as_str(), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let histograms = |name: Name, help: &str, buckets: Vec<f64>| {
            let made =
                HistogramVec::new(HistogramOpts::new(name.as_str(), help).buckets(buckets), &["service"])?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let commit = vec![0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        let restore = vec![0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
        let by_topic = &["service", "topic"];
        let one = &["service"];
        Ok(Self {
            records_in: counters(Name::RecordsIn, "Records decided on.", by_topic)?,
            records_out: counters(Name::RecordsOut, "Records produced.", by_topic)?,
            bytes_out: counters(Name::BytesOut, "Bytes produced.", one)?,
            state_records: counters(Name::StateRecords, "State records written to a changelog.", one)?,
            commits: counters(Name::Commits, "Transactions committed.", one)?,
            aborts: counters(Name::Aborts, "Transactions aborted.", one)?,
            renewals: counters(Name::Renewals, "Producers replaced.", one)?,
            commit_seconds: histograms(Name::CommitSeconds, "Seconds a commit takes.", commit)?,
            later: counters(Name::Later, "Records that had to wait.", by_topic)?,
            stale: counters(Name::Stale, "Records handed over twice and dropped.", one)?,
            rebalances: counters(Name::Rebalances, "Changes of the assignment.", &["service", "kind"])?,
            shards_running: gauges(Name::ShardsRunning, "Shards that are running.", one)?,
            shards_restoring: gauges(Name::ShardsRestoring, "Shards that are being restored.", one)?,
            restore_seconds: histograms(Name::RestoreSeconds, "Seconds a restore takes.", restore)?,
            restored_records: counters(Name::RestoredRecords, "Changelog records read.", one)?,
            lag: gauges(Name::Lag, "Records not decided on at the last sample.", &["service", "partition"])?,
            table_records: counters(Name::TableRecords, "Table records read.", by_topic)?,
            client_errors: counters(Name::ClientErrors, "Errors the Kafka client reported.", &["kind"])?,
            registry,
        })
    }
}

/// Makes and registers a counter of a service.
///
/// # Errors
/// [`enum@Error`] when the name is taken or is not a name.
pub fn counter(name: &str, help: &str) -> Result<IntCounter, Error> {
    let refused = |reason: String| Error { name: name.to_owned(), reason };
    let made = IntCounter::new(name, help).map_err(|error| refused(error.to_string()))?;
    register(name, Box::new(made.clone()))?;
    Ok(made)
}

/// Makes and registers a gauge of a service.
///
/// # Errors
/// [`enum@Error`] when the name is taken or is not a name.
pub fn gauge(name: &str, help: &str) -> Result<IntGauge, Error> {
    let refused = |reason: String| Error { name: name.to_owned(), reason };
    let made = IntGauge::new(name, help).map_err(|error| refused(error.to_string()))?;
    register(name, Box::new(made.clone()))?;
    Ok(made)
}

/// Makes and registers a histogram of a service.
///
/// # Errors
/// [`enum@Error`] when the name is taken or is not a name.
pub fn histogram(name: &str, help: &str, buckets: Vec<f64>) -> Result<Histogram, Error> {
    let refused = |reason: String| Error { name: name.to_owned(), reason };
    let made = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))
        .map_err(|error| refused(error.to_string()))?;
    register(name, Box::new(made.clone()))?;
    Ok(made)
}

fn register(name: &str, collector: Box<dyn prometheus::core::Collector>) -> Result<(), Error> {
    let refused = |reason: String| Error { name: name.to_owned(), reason };
    let Some(metrics) = metrics() else { return Err(refused("there is no registry".to_owned())) };
    metrics.registry.register(collector).map_err(|error| refused(error.to_string()))
}

/// What one shard has in gauges that are sums over the shards of the process; it takes that back when it is
/// dropped.
#[derive(Debug)]
pub struct Share<const N: usize> {
    gauges: [IntGauge; N],
    shown: [i64; N],
}

impl<const N: usize> Share<N> {
    /// A share of nothing yet.
    #[must_use]
    pub const fn new(gauges: [IntGauge; N]) -> Self {
        Self { gauges, shown: [0; N] }
    }

    /// Shows what the shard has after a commit, in the order of the gauges.
    pub fn show(&mut self, now: [usize; N]) {
        for ((gauge, shown), now) in self.gauges.iter().zip(&mut self.shown).zip(now) {
            let now = i64::try_from(now).unwrap_or(i64::MAX);
            gauge.add(now.saturating_sub(*shown));
            *shown = now;
        }
    }
}

impl<const N: usize> Drop for Share<N> {
    fn drop(&mut self) {
        self.show([0; N]);
    }
}

/// The current values in the text format of Prometheus.
#[must_use]
pub fn render() -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(metrics) = metrics()
        && let Err(error) = TextEncoder::new().encode(&metrics.registry.gather(), &mut text)
    {
        tracing::warn!(%error, "metrics cannot be rendered");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_gauge_is_what_the_shards_of_the_process_hold() {
        let gauges = ["held", "waiting"].map(|name| IntGauge::new(name, "For a test.").unwrap());
        let (mut one, mut other) = (Share::new(gauges.clone()), Share::new(gauges.clone()));
        let sums = || gauges.each_ref().map(IntGauge::get);
        one.show([5, 1]);
        other.show([2, 0]);
        one.show([4, 3]);
        assert_eq!(sums(), [6, 3]);
        drop(one);
        assert_eq!(sums(), [2, 0]);
    }

    #[test]
    fn every_metric_registers_and_shows() {
        let metrics = Metrics::new().unwrap();
        metrics.commits.with_label_values(&["enrich"]).inc();
        assert!(super::metrics().is_some());
        counter("tillstream_test_total", "For a test.").unwrap().inc();
        assert!(counter("tillstream_test_total", "For a test.").is_err());
        assert!(gauge("not a name", "For a test.").is_err());
        histogram("tillstream_test_seconds", "For a test.", vec![1.0]).unwrap().observe(0.5);
        assert!(String::from_utf8(render()).unwrap().contains("tillstream_test_total 1"));
    }
}
