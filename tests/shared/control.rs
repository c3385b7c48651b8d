//! The other side of the simulated NetSuite: told how to fail, and asked what it holds.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http;

/// Where a simulated NetSuite is told and asked.
pub(crate) struct Control(String);

impl Control {
    /// The control of the simulator at an origin.
    pub(crate) fn at(origin: &str) -> Self {
        Self(format!("{origin}/sim"))
    }

    /// Puts faults in force, behind those that are.
    pub(crate) fn add_faults(&self, rules: &Value) {
        let (status, answer) = http::post(&self.address("faults"), rules);
        assert_eq!(status, 204, "{answer}");
    }

    /// Takes all faults out of force.
    pub(crate) fn clear_faults(&self) {
        assert_eq!(http::ask("DELETE", &self.address("faults"), "").0, 204);
    }

    /// What it answers of itself: `dump`, `counters`, `arrivals`, `faults`.
    pub(crate) fn get<T: DeserializeOwned>(&self, what: &str) -> T {
        let (status, answer) = http::get(&self.address(what));
        assert_eq!(status, 200, "{answer}");
        serde_json::from_value(answer).unwrap()
    }

    fn address(&self, what: &str) -> String {
        format!("{}/{what}", self.0)
    }
}
