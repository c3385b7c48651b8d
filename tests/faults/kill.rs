//! Processes that are killed without a word, once at leisure and then again and again.

use std::time::{Duration, Instant};

use crate::fleet::{PROCESSES, Service};
use crate::wait::tell;
use crate::world::{Pace, World};

/// The stated target: a process restarted in place works again this long after it was killed.
const RECOVERY: Duration = Duration::from_secs(10);
/// How often processes are killed at random moments.
const KILLS: usize = 20;

#[test]
fn a_killed_process_restarted_in_place_works_again_within_ten_seconds() {
    let (mut world, feed) = World::flowing(Pace::STEADY);
    for service in Service::BOOKING {
        world.fleet.process(service, 0).kill().unwrap();
        let killed = Instant::now();
        let marks = world.marks(service);
        world.fleet.start(service, 0);
        world.wait_past(service, &marks, Duration::from_secs(60));
        let took = killed.elapsed();
        tell(&format!("{} works again in every partition {took:?} after the kill", service.name()));
        assert!(took <= RECOVERY, "{} took {took:?} to recover", service.name());
    }
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// Commits are frequent and kills fall anywhere: into decisions, deliveries, commits, markers, restores.
#[test]
fn kills_at_random_moments_of_frequent_commits_lose_and_double_nothing() {
    let (mut world, feed) = World::flowing(Pace { commit_interval_ms: 10, ..Pace::STEADY });
    let mut random = Random(20_251_123);
    for _ in 0..KILLS {
        let service = Service::BOOKING[random.below(Service::BOOKING.len())];
        let number = random.below(PROCESSES);
        let some = i64::try_from(random.below(120)).unwrap();
        world.moves_on(service, some, Duration::from_secs(60));
        world.fleet.process(service, number).kill().unwrap();
        world.fleet.start(service, number);
    }
    world.everything_flows(Duration::from_secs(60));
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// Numbers that look random and are the same in every run (SplitMix64, Steele et al. 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}
