//! Processes that join and leave in mid-stream.

use std::time::{Duration, Instant};

use crate::fleet::{PROCESSES, Service};
use crate::wait::tell;
use crate::world::{Pace, World};

/// How long any partition may stand still when a process joins or leaves for good.
const RESUME_WITHIN: Duration = Duration::from_secs(40);

#[test]
fn scaling_out_and_in_stops_no_partition_for_more_than_forty_seconds() {
    let (mut world, feed) = World::flowing(Pace::STEADY);
    for service in Service::BOOKING {
        world.fleet.start(service, PROCESSES);
    }
    for service in Service::BOOKING {
        world.has_work(service, PROCESSES);
    }
    resumes(&mut world, "scale-out");
    for service in Service::BOOKING {
        world.fleet.drain(service, PROCESSES);
    }
    resumes(&mut world, "scale-in");
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// Waits until every service works in every partition again.
fn resumes(world: &mut World, what: &str) {
    let began = Instant::now();
    for (service, marks) in world.all_marks() {
        world.wait_past(service, &marks, RESUME_WITHIN);
        tell(&format!("{} works in every partition {:?} after the {what}", service.name(), began.elapsed()));
        assert!(began.elapsed() <= RESUME_WITHIN, "{} resumes in time", service.name());
    }
}
