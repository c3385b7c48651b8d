//! A broker that freezes for longer than a transaction may last, and one that is killed.

use std::time::{Duration, Instant};

use crate::feed::Feed;
use crate::fleet::Service;
use crate::kill::Random;
use crate::world::{World, replace_broker, tell};

/// Tickets that wait before the services start, so that queues are full when the broker freezes.
const BACKLOG: usize = 6_000;
/// Longer than deliveries and transactions may take (10 s).
const ABORTS_WITHIN: Duration = Duration::from_secs(40);
/// How often the broker is killed.
const BROKER_KILLS: usize = 3;
/// How long services may take to work again after the broker does.
const BACK_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn a_frozen_broker_makes_full_queues_abort_and_nothing_is_lost_or_doubled() {
    let mut world = World::new(75);
    let feed = Feed::start(&world.address, BACKLOG, 100);
    world.start_services();
    let enrich = Service::Enrich;
    let begun = world.wait_until(Duration::from_secs(60), |world| {
        world.committed(enrich, enrich.lead()).is_some_and(|offsets| offsets.iter().any(|offset| *offset > 0))
    });
    assert!(begun, "the backlog is being worked on; left: {:#?}", world.fleet.left);
    world.stack.kafka().process_mut().suspend().unwrap();
    let frozen = Instant::now();
    let gave_up = world.wait_until(ABORTS_WITHIN, |world| {
        !world.fleet.left.is_empty() || world.fleet.logs(enrich).contains("transaction aborted")
    });
    world.stack.kafka().process_mut().resume().unwrap();
    tell(&format!("the broker was frozen for {:?}", frozen.elapsed()));
    assert!(gave_up, "transactions are given up while the broker is silent");
    world.everything_flows(BACK_WITHIN);
    let offered = world.settle(feed);
    world.judge(&offered);
}

/// A broker killed between the markers of a transaction writes the others when it is back.
#[test]
fn a_killed_broker_comes_back_and_nothing_is_lost_or_doubled() {
    let (mut world, feed) = World::flowing(10, 100);
    let mut random = Random(7);
    for _ in 0..BROKER_KILLS {
        let service = Service::ALL[random.below(Service::ALL.len())];
        let killed = Instant::now();
        replace_broker(&mut world).unwrap();
        // A process of a service goes down with it, so that another one must read what the markers say.
        world.fleet.process(service, 0).kill().unwrap();
        world.fleet.start(service, 0);
        world.everything_flows(BACK_WITHIN);
        tell(&format!("everything works {:?} after the broker was killed", killed.elapsed()));
    }
    let offered = world.settle(feed);
    world.judge(&offered);
    tell(&format!("left and restarted meanwhile: {:#?}", world.fleet.left));
}
