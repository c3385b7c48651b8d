//! How many requests the account works on at once, and how long each takes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::{Latency, Spread};

/// A longest latency, so that a far draw does not outlast every deadline of a test.
const LATENCY_MAX: Duration = Duration::from_secs(120);

/// The account-wide pool of slots. Every request takes one, whatever it asks for.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: usize,
    load: Mutex<Load>,
}

/// How full the pool is and was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) in_flight: usize,
    pub(crate) in_flight_max: usize,
    pub(crate) refused: u64,
}

/// A place in the pool, given back when dropped. Work that outlives its client keeps its place.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Gate>);

impl Gate {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, load: Mutex::default() }
    }

    /// Takes a slot, or says that the limit is reached.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Slot> {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        if load.in_flight >= self.limit {
            load.refused += 1;
            return None;
        }
        load.in_flight += 1;
        load.in_flight_max = load.in_flight_max.max(load.in_flight);
        Some(Slot(Arc::clone(self)))
    }

    pub(crate) fn load(&self) -> Load {
        *self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.load.lock().unwrap_or_else(PoisonError::into_inner).in_flight -= 1;
    }
}

/// Draws the time each request takes.
#[derive(Debug)]
pub(crate) struct Clockwork {
    latency: Latency,
    generator: Mutex<Generator>,
}

impl Clockwork {
    pub(crate) fn new(latency: Latency, seed: u64) -> Self {
        Self { latency, generator: Mutex::new(Generator::new(seed)) }
    }

    /// How long a request over so many lines takes.
    pub(crate) fn time_for(&self, lines: usize) -> Duration {
        let lines = u32::try_from(lines).unwrap_or(u32::MAX);
        let median = self.latency.base.saturating_add(self.latency.per_line.saturating_mul(lines));
        let time = match self.latency.spread {
            Spread::Fixed => median,
            Spread::Lognormal { sigma } => {
                let normal = self.generator.lock().unwrap_or_else(PoisonError::into_inner).normal();
                Duration::try_from_secs_f64(median.as_secs_f64() * (sigma * normal).exp())
                    .unwrap_or(LATENCY_MAX)
            }
        };
        time.min(LATENCY_MAX)
    }
}

/// A small seeded generator (SplitMix64): repeatable, and good enough to spread latencies.
#[derive(Debug)]
pub(crate) struct Generator(u64);

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which must not be zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A number from the unit interval, zero excluded.
    fn unit(&mut self) -> f64 {
        // 53 bits fill a double's mantissa exactly, so the cast loses nothing.
        #[allow(clippy::cast_precision_loss)]
        let numerator = ((self.next() >> 11) + 1) as f64;
        numerator / 9_007_199_254_740_992.0
    }

    /// A draw from the standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.unit(), self.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_pool_counts_what_it_refuses() {
        let gate = Arc::new(Gate::new(2));
        let (first, second) = (gate.enter(), gate.enter());
        assert!(first.is_some() && gate.enter().is_none());
        drop(second);
        assert!(gate.enter().is_some());
        assert_eq!(gate.load(), Load { in_flight: 1, in_flight_max: 2, refused: 1 });
    }

    #[test]
    fn fixed_latency_is_base_plus_lines() {
        let latency = Latency {
            base: Duration::from_millis(600),
            per_line: Duration::from_millis(5),
            spread: Spread::Fixed,
        };
        assert_eq!(Clockwork::new(latency, 1).time_for(200), Duration::from_millis(1_600));
    }

    #[test]
    fn lognormal_latency_has_the_parameter_as_its_median() {
        let latency = Latency {
            base: Duration::from_millis(100),
            per_line: Duration::ZERO,
            spread: Spread::Lognormal { sigma: 0.5 },
        };
        let clockwork = Clockwork::new(latency, 3);
        let mut times: Vec<u128> = (0..4_001).map(|_| clockwork.time_for(0).as_micros()).collect();
        times.sort_unstable();
        let (low, median, high) = (times[636], times[2_000], times[3_364]);
        // One standard deviation to either side of the median: factors of e^0.5.
        assert!((97_000..103_000).contains(&median), "{median}");
        assert!((58_000..63_500).contains(&low), "{low}");
        assert!((157_000..173_000).contains(&high), "{high}");
    }
}
