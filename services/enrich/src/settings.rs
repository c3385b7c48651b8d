//! What an operator may decide about sequencing, with defaults that hold for most chains.

use domain::bucket::Deadline;
use domain::calendar::Date;
use serde::Deserialize;

/// Section `[enrich]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Least milliseconds from one commit to the next while tickets arrive: the better part of the latency
    /// from a ticket to its stock movement. Default 75.
    pub commit_interval_ms: u64,
    /// Hours after the end of a business date at which a bucket that nobody closed is due. Default 30.
    pub close_after_hours: i64,
    /// Minutes without a sale before a due bucket closes. Default 60.
    pub quiet_minutes: i64,
    /// First business date accepted, where history is loaded; absent refuses what is older than 120 days. While it
    /// is set, nothing dated from then on is forgotten.
    pub earliest_business_date: Option<Date>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            commit_interval_ms: 75,
            close_after_hours: 30,
            quiet_minutes: 60,
            earliest_business_date: None,
        }
    }
}

impl Settings {
    /// When buckets close that nobody closes.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        Deadline {
            after_date_millis: self.close_after_hours.saturating_mul(3_600_000),
            quiet_millis: self.quiet_minutes.saturating_mul(60_000),
        }
    }
}
