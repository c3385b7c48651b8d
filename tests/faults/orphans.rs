//! A member that dies between the two steps of a cooperative rebalance, and comes back under its name.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use runtime::client::{Batch, Broker, Change, Connection, KafkaBroker, Member};

use crate::fleet::Service;
use crate::wait::tell;
use crate::world::{PARTITIONS, Pace, World};

const SERVICE: Service = Service::Journal;
/// How long a step of the rebalance may take.
const STEP_WITHIN: Duration = Duration::from_secs(30);
/// Looks at the group for twenty seconds, ten apart, and a rebalance.
const SHARED_OUT_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn partitions_that_a_death_in_mid_rebalance_left_without_an_owner_are_given_out_again() {
    let mut world = World::new(Pace::STEADY, &Service::BOOKING);
    let group = SERVICE.groups().remove(0);
    world.fleet.workers = 1;
    let all: BTreeSet<i32> = (0..PARTITIONS).collect();
    // The first process is a bare member, which can die at the very moment.
    let connection = Connection {
        service: group.service.clone(),
        instance: format!("{}-0", SERVICE.name()),
        ..world.cluster.connection().clone()
    };
    let dying = KafkaBroker::new(&connection).unwrap().member(0, &group.inputs[0]).unwrap();
    // Should the test fail, it is not dropped: that waits for a group which waits for it.
    let mut dying = ManuallyDrop::new(dying);
    let has_all = |change: &Change| matches!(change, Change::Assigned(them) if them.len() == all.len());
    await_change(dying.as_mut(), has_all);
    world.fleet.start(SERVICE, 1);
    await_change(dying.as_mut(), |change| matches!(change, Change::Revoked { .. }));
    let first_step =
        world.wait_until(STEP_WITHIN, |world| world.fleet.log(SERVICE, 1).contains("partitions assigned"));
    assert!(first_step, "the newcomer is told what it gets in the first step: nothing");
    ManuallyDrop::into_inner(dying).close(STEP_WITHIN);
    world.fleet.start(SERVICE, 0);
    let orphaned = world.wait_until(STEP_WITHIN, |world| {
        let back = world.fleet.log(SERVICE, 0).contains("shard restored");
        back && world.shares(&group).is_some_and(|shares| shares.settled && shares.owned != all)
    });
    assert!(orphaned, "the group counts as stable, and partitions have no owner");
    let began = Instant::now();
    let whole = world.wait_until(SHARED_OUT_WITHIN, |world| {
        world.shares(&group).is_some_and(|shares| shares.settled && shares.owned == all)
    });
    assert!(whole, "every partition has an owner again, not only {:?}", world.shares(&group));
    tell(&format!("partitions without an owner were given out again after {:?}", began.elapsed()));
    world.fleet.drain(SERVICE, 0);
}

/// Serves a member until the group has told it what is waited for.
fn await_change(member: &mut dyn Member, awaited: impl Fn(&Change) -> bool) {
    let deadline = Instant::now() + STEP_WITHIN;
    let mut batch = Batch::new();
    while Instant::now() < deadline {
        member.poll(Duration::from_millis(50), &mut batch).unwrap();
        while let Some(change) = member.change().unwrap() {
            if awaited(&change) {
                return;
            }
        }
    }
    panic!("the group does not say what is waited for");
}
