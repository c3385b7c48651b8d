//! A parked document that a person has tried again.

use super::*;

const HOUR: i64 = 3_600_000;

fn paper(number: i64) -> Paper {
    Paper { id: format!("JE_{number}"), family: "F".to_owned() }
}

fn refused() -> Outcome {
    Outcome::Refused(Refusal { class: "closed_period".into(), detail: "the period is closed".into() })
}

/// Decides and commits; returns what was told.
fn committed(lane: &mut Lane<Paper>) -> Vec<Report<Paper>> {
    let reports = lane.turn(body).unwrap();
    lane.commit();
    reports
}

/// A lane that has JE_0 parked since 1 s, and JE_1 waiting behind it. Nobody has tried what the account
/// does with doubles.
fn parked() -> Lane<Paper> {
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    lane.set_now(Timestamp(0));
    for number in 0..2 {
        assert_eq!(lane.take(number, paper(number), &body(&paper(number)).unwrap()), Taken::Yes);
    }
    committed(&mut lane);
    answer(&mut lane, 1_000, refused());
    assert_eq!(committed(&mut lane).len(), 1);
    lane
}

/// Looks the document up, posts it and has both posted; returns what was told of it.
fn posted(lane: &mut Lane<Paper>, at: i64) -> Vec<Report<Paper>> {
    answer(lane, at, Outcome::NotFound);
    committed(lane);
    answer(lane, at, Outcome::Posted("7".into()));
    committed(lane)
}

#[test]
fn a_parked_document_is_tried_before_its_hour_when_asked() {
    let mut lane = parked();
    lane.set_now(Timestamp(2_000));
    committed(&mut lane);
    assert!(lane.take_effects().is_empty(), "it waits for its hour");
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    committed(&mut lane);
    // No quarter of an hour is waited for either: a refused request cannot run any more.
    let reports = posted(&mut lane, 2_000);
    assert_eq!((reports[0].status, reports[0].attempts), (Status::Posted, 2));
    committed(&mut lane);
    assert_eq!(ids(&mut lane), ["JE_1"], "the next of the family follows");
}

#[test]
fn a_document_that_is_refused_again_waits_for_its_hour_again() {
    let mut lane = parked();
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    committed(&mut lane);
    answer(&mut lane, 2_000, Outcome::NotFound);
    committed(&mut lane);
    answer(&mut lane, 3_000, refused());
    let reports = committed(&mut lane);
    assert_eq!((reports[0].status, reports[0].attempts), (Status::Parked, 2));
    for (at, expected) in [(3_000 + HOUR - 1, 0), (3_000 + HOUR, 1)] {
        lane.set_now(Timestamp(at));
        committed(&mut lane);
        assert_eq!(lane.take_effects().len(), expected, "at {at}");
    }
}

#[test]
fn a_retry_of_what_is_not_parked_changes_nothing() {
    let mut lane = parked();
    // Behind the parked one, of another family, never heard of.
    for (family, id) in [("F", "JE_1"), ("G", "JE_0"), ("F", "JE_9"), ("", "")] {
        assert_eq!(lane.retry(family, id), Retried::NotParked, "{family} {id}");
    }
    committed(&mut lane);
    assert!(lane.take_effects().is_empty());
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    committed(&mut lane);
    // Being looked up, then with its attempt recorded, then on its way.
    assert_eq!(lane.retry("F", "JE_0"), Retried::NotParked);
    answer(&mut lane, 2_000, Outcome::NotFound);
    lane.turn(body).unwrap();
    assert_eq!(lane.retry("F", "JE_0"), Retried::NotParked);
    lane.commit();
    assert_eq!(lane.retry("F", "JE_0"), Retried::NotParked);
    answer(&mut lane, 3_000, Outcome::Posted("7".into()));
    committed(&mut lane);
    assert_eq!(lane.retry("F", "JE_0"), Retried::NotParked, "it is posted");
}

#[test]
fn a_retry_whose_transaction_is_aborted_is_carried_out_once() {
    let mut lane = parked();
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    lane.abort();
    // The order is read again.
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    lane.turn(body).unwrap();
    lane.abort();
    assert_eq!(lane.retry("F", "JE_0"), Retried::NotParked, "its look-up left already");
    committed(&mut lane);
    let reports = posted(&mut lane, 2_000);
    assert_eq!((reports[0].status, reports[0].attempts), (Status::Posted, 2));
}

#[test]
fn an_order_that_a_crash_outran_is_not_missed() {
    let mut lane = parked();
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    // Its offset is committed, and then the process ends before anything was asked.
    lane.commit();
    let mut lane = restarted(&lane);
    lane.starts_at(2);
    committed(&mut lane);
    assert_eq!(posted(&mut lane, 2_000)[0].status, Status::Posted);
}

#[test]
fn a_document_whose_last_request_may_still_run_is_not_posted_in_a_hurry() {
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    lane.set_now(Timestamp(0));
    assert_eq!(lane.take(0, paper(0), b"F JE_0"), Taken::Yes);
    committed(&mut lane);
    answer(&mut lane, 1_000, Outcome::Unknown("time-out".into()));
    committed(&mut lane);
    // Somebody else's record has the id: it is parked, and its own request is still in doubt.
    answer(&mut lane, 2_000, Outcome::FoundOther("other amounts".into()));
    assert_eq!(committed(&mut lane)[0].status, Status::Parked);
    assert_eq!(lane.retry("F", "JE_0"), Retried::Due);
    committed(&mut lane);
    answer(&mut lane, 3_000, Outcome::NotFound);
    committed(&mut lane);
    let effects = lane.take_effects();
    assert!(matches!(effects[..], [Effect::LookUp { .. }]), "{effects:?}");
}
