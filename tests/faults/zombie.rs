//! Processes that freeze in mid-stream, are replaced by the others, and wake up as if nothing had been.

use std::time::{Duration, Instant};

use crate::fleet::Service;
use crate::wait::tell;
use crate::world::{Pace, World};

/// The session timeout of 20 s, a transaction of 10 s that expires up to 10 s late, and a restore.
pub(crate) const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(60);
/// How long a woken process may take to find out that it is a zombie.
pub(crate) const FINDS_OUT_WITHIN: Duration = Duration::from_secs(45);

#[test]
fn a_zombie_is_fenced_and_what_it_held_is_done_by_others() {
    let (mut world, feed) = World::flowing(Pace::STEADY);
    for service in Service::BOOKING {
        world.fleet.process(service, 0).suspend().unwrap();
    }
    let frozen = Instant::now();
    let marks = world.all_marks();
    for (service, marks) in &marks {
        world.wait_past(*service, marks, TAKEN_OVER_WITHIN);
        let took = frozen.elapsed();
        tell(&format!(
            "the other process of {} does all of its work {took:?} after the freeze",
            service.name()
        ));
    }
    for service in Service::BOOKING {
        world.fleet.process(service, 0).resume().unwrap();
    }
    let woken = Instant::now();
    let known = world.wait_until(FINDS_OUT_WITHIN, |world| {
        Service::BOOKING.iter().all(|service| world.fleet.has_left(*service) || gave_up(world, *service))
    });
    tell(&format!("{:?} after waking, these have left: {:#?}", woken.elapsed(), world.fleet.left));
    assert!(known, "every zombie finds out that others do its work");
    world.everything_flows(Duration::from_secs(60));
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// A zombie that had no transaction open is no danger: it gives up what it held and joins anew.
pub(crate) fn gave_up(world: &World, service: Service) -> bool {
    world.fleet.log(service, 0).contains("kind=\"lost\"")
}
