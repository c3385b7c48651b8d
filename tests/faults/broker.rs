//! A broker that freezes for longer than a transaction may last, and one that is killed.

use std::time::{Duration, Instant};

use crate::fleet::Service;
use crate::wait::tell;
use crate::world::{Pace, World};

/// Tickets offered just before the broker freezes, so that the services go on writing what is not taken.
const BURST: usize = 4_000;
/// Longer than deliveries and transactions may take (10 s).
const ABORTS_WITHIN: Duration = Duration::from_secs(40);
/// How long services may take to work again after the broker does.
const BACK_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn a_frozen_broker_makes_full_queues_abort_and_nothing_is_lost_or_doubled() {
    let (mut world, feed) = World::flowing(Pace { tickets_a_second: 100, ..Pace::STEADY });
    feed.burst(BURST);
    world.stack.kafka().process_mut().suspend().unwrap();
    let frozen = Instant::now();
    let given_up =
        |world: &World| world.fleet.logs(Service::Enrich).matches("reason=\"a record was not taken").count();
    let before = given_up(&world);
    let gave_up = world.wait_until(ABORTS_WITHIN, |world| given_up(world) > before);
    world.stack.kafka().process_mut().resume().unwrap();
    tell(&format!("the broker was frozen for {:?}", frozen.elapsed()));
    assert!(gave_up, "transactions are given up while the broker is silent");
    world.everything_flows(BACK_WITHIN);
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// The broker goes down with transactions open, whose clients find it again as it was.
#[test]
fn a_killed_broker_comes_back_and_nothing_is_lost_or_doubled() {
    let pace = Pace { commit_interval_ms: 10, tickets_a_second: 100, broker_session_ms: 3_000 };
    let (mut world, feed) = World::flowing(pace);
    for service in [Service::Enrich, Service::Journal] {
        let killed = Instant::now();
        world.replace_broker();
        // A process goes down with it, so that another life of it reads what the broker kept.
        world.fleet.process(service, 0).kill().unwrap();
        world.fleet.start(service, 0);
        world.everything_flows(BACK_WITHIN);
        tell(&format!("everything works {:?} after the broker was killed", killed.elapsed()));
    }
    let offered = world.settle(feed);
    world.judge(&offered);
}
