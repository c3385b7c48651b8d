//! What a lane does at its limits: of what it holds, and of its patience.

use super::*;

#[test]
fn a_lane_that_holds_all_the_parked_documents_it_may_stands_until_one_is_posted() {
    let of_family = |number: i64| Paper { id: format!("JE_{number}"), family: "F".to_owned() };
    let limits = Limits { parked: 3, ..Limits::default() };
    let mut lane = Lane::new(DuplicateGuard::Refused, limits);
    lane.set_now(Timestamp(0));
    assert_eq!(lane.take(0, of_family(0), b"F JE_0"), Taken::Yes);
    lane.turn(body).unwrap();
    lane.commit();
    let refusal = Refusal { class: "master_data".into(), detail: "no such account".into() };
    answer(&mut lane, 5, Outcome::Refused(refusal));
    lane.turn(body).unwrap();
    lane.commit();
    for number in 1..3 {
        assert_eq!(lane.take(number, of_family(number), format!("F JE_{number}").as_bytes()), Taken::Yes);
    }
    lane.turn(body).unwrap();
    lane.commit();
    assert_eq!(lane.held(), 3);
    assert_eq!(lane.take(3, of_family(3), b"F JE_3"), Taken::Later);
    // The reason is mended: the first is tried again when its time has come, and makes room.
    lane.set_now(Timestamp(limits.park_retry + 10));
    lane.turn(body).unwrap();
    lane.commit();
    answer(&mut lane, limits.park_retry + 20, Outcome::Posted("7".into()));
    lane.turn(body).unwrap();
    lane.commit();
    assert_eq!(lane.held(), 2);
    assert_eq!(lane.take(3, of_family(3), b"F JE_3"), Taken::Yes);
}

#[test]
fn waits_grow_and_what_failed_together_comes_back_apart() {
    for (attempts, longest) in [(1, 500), (2, 1_000), (4, 4_000), (1_000, BACKOFF_MAX)] {
        let waits = (0..200).map(|offset| backoff(500, attempts, offset));
        let waits: std::collections::BTreeSet<i64> = waits.collect();
        assert!(waits.iter().all(|wait| (longest / 2..=longest).contains(wait)), "{attempts}: {waits:?}");
        assert!(waits.len() > 100, "{attempts}: {waits:?}");
    }
}
