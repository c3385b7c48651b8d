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
    // All groups change at once, as in a rollout: the clock of each runs from the start of its process.
    let began = Service::BOOKING.map(|service| {
        world.fleet.start(service, PROCESSES);
        (service, Instant::now())
    });
    for service in Service::BOOKING {
        world.has_work(service, PROCESSES);
    }
    resumes(&mut world, began, "scale-out");
    let began = Service::BOOKING.map(|service| {
        let began = Instant::now();
        world.fleet.drain(service, PROCESSES);
        (service, began)
    });
    resumes(&mut world, began, "scale-in");
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// Waits until every service has moved in every partition once more, each in time since its change began.
fn resumes(world: &mut World, began: [(Service, Instant); 3], what: &str) {
    let marks = world.all_marks();
    for (service, began) in began {
        world.wait_past(service, &marks[&service], RESUME_WITHIN.saturating_sub(began.elapsed()));
        let took = began.elapsed();
        tell(&format!("{} works in every partition {took:?} after the {what} began", service.name()));
        assert!(took <= RESUME_WITHIN, "{} resumes in time", service.name());
    }
}
