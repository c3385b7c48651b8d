//! Counters and gauges of no process: they are registered nowhere.

use std::convert::Infallible;

use prometheus::{IntCounter, IntGauge};

/// A counter.
///
/// # Errors
/// None.
pub fn counter(name: &str, help: &str) -> Result<IntCounter, Infallible> {
    Ok(IntCounter::new(name, help).expect("the names of the services are good ones"))
}

/// A gauge.
///
/// # Errors
/// None.
pub fn gauge(name: &str, help: &str) -> Result<IntGauge, Infallible> {
    Ok(IntGauge::new(name, help).expect("the names of the services are good ones"))
}

/// What `make` builds with a function that makes gauges, and the gauges in the order they were made.
pub fn with_gauges<C>(
    make: impl FnOnce(&mut dyn FnMut(&str, &str) -> Result<IntGauge, Infallible>) -> Result<C, Infallible>,
) -> (C, Vec<IntGauge>) {
    let mut gauges = Vec::new();
    let Ok(made) = make(&mut |name, help| {
        let gauge = gauge(name, help)?;
        gauges.push(gauge.clone());
        Ok(gauge)
    });
    (made, gauges)
}
