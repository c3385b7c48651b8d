//! The lane against a hostile account: every document once, in the order of its family.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::*;

mod limits;
mod retry;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Paper {
    id: String,
    family: String,
}

impl Document for Paper {
    fn id(&self) -> &str {
        &self.id
    }

    fn family(&self) -> &str {
        &self.family
    }
}

fn body(paper: &Paper) -> Result<Vec<u8>, Infallible> {
    Ok(format!("{} {}", paper.family, paper.id).into_bytes())
}

fn read(body: &[u8]) -> Result<Paper, Infallible> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let (family, id) = text.split_once(' ').unwrap();
    Ok(Paper { id: id.to_owned(), family: family.to_owned() })
}

/// Three families, five papers each, one after the other.
fn papers() -> Vec<Paper> {
    (0..15).map(|number| Paper { id: format!("JE_{number}"), family: format!("F{}", number % 3) }).collect()
}

/// Numbers that look random and are the same on every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// An account that loses answers, creates late, turns away and refuses for a while.
struct Account {
    draw: Draw,
    guard: DuplicateGuard,
    now: i64,
    /// Creations that become visible at an instant.
    coming: Vec<(i64, Paper)>,
    created: Vec<String>,
    /// Answers on their way.
    answers: Vec<(i64, Answer)>,
    faults: bool,
    /// Papers refused until an instant.
    refused_until: BTreeMap<String, i64>,
}

impl Account {
    fn carry_out(&mut self, effect: Effect<Paper>) {
        match effect {
            Effect::Post { document, handle, deadline, wait } => {
                let at = self.now + wait;
                let outcome = if at > deadline.0 { Outcome::Expired } else { self.post(&document, at) };
                self.send(handle, at, outcome);
            }
            Effect::LookUp { document, handle, wait } => {
                let at = self.now + wait;
                self.show(at);
                let outcome = match self.created.iter().any(|id| *id == document.id) {
                    _ if self.faults && self.draw.below(5) == 0 => Outcome::LookUpFailed("reset".into()),
                    true => Outcome::Found("7".into()),
                    false => Outcome::NotFound,
                };
                self.send(handle, at, outcome);
            }
        }
    }

    fn post(&mut self, paper: &Paper, at: i64) -> Outcome {
        self.show(at);
        if self.refused_until.get(&paper.id).is_some_and(|until| at < *until) {
            return Outcome::Refused(Refusal {
                class: "master_data".into(),
                detail: "no such account".into(),
            });
        }
        if self.guard == DuplicateGuard::Refused && self.is_known(paper) {
            return Outcome::AlreadyExists;
        }
        if !self.faults {
            self.created.push(paper.id.clone());
            return Outcome::Posted("7".into());
        }
        match self.draw.below(6) {
            0 => Outcome::NotRun("429".into()),
            1 => Outcome::Unknown("reset before it ran".into()),
            2 => {
                let late = at + i64::try_from(self.draw.below(15 * 60_000)).unwrap();
                self.coming.push((late, paper.clone()));
                Outcome::Unknown("time-out, and it runs later".into())
            }
            3 => {
                self.created.push(paper.id.clone());
                Outcome::Unknown("answer lost".into())
            }
            _ => {
                self.created.push(paper.id.clone());
                Outcome::Posted("7".into())
            }
        }
    }

    fn is_known(&self, paper: &Paper) -> bool {
        self.created.contains(&paper.id) || self.coming.iter().any(|(_, coming)| coming.id == paper.id)
    }

    fn show(&mut self, at: i64) {
        let (due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.coming).into_iter().partition(|(when, _)| *when <= at);
        self.coming = rest;
        self.created.extend(due.into_iter().map(|(_, paper)| paper.id));
    }

    fn send(&mut self, handle: Handle, at: i64, outcome: Outcome) {
        let at = at + 5;
        self.answers.push((at, Answer { handle, at: Timestamp(at), outcome }));
    }
}

/// A lane under the loop of the runtime, with its changelog and its committed offset.
struct Run {
    lane: Lane<Paper>,
    account: Account,
    changelog: BTreeMap<String, DocumentState>,
    position: i64,
    committed_position: i64,
    committed: i64,
    /// Reports of the open transaction.
    pending: Vec<Report<Paper>>,
    reported: Vec<String>,
    /// Papers that were made due before their time.
    retried: u32,
    limits: Limits,
}

impl Run {
    fn new(seed: u64, guard: DuplicateGuard) -> Self {
        let limits = Limits { queue: 6, ..Limits::default() };
        let account = Account {
            draw: Draw(seed),
            guard,
            now: 1_000,
            coming: Vec::new(),
            created: Vec::new(),
            answers: Vec::new(),
            faults: true,
            refused_until: BTreeMap::new(),
        };
        Self {
            lane: Lane::new(guard, limits),
            account,
            changelog: BTreeMap::new(),
            position: 0,
            committed_position: 0,
            committed: 0,
            pending: Vec::new(),
            reported: Vec::new(),
            retried: 0,
            limits,
        }
    }

    /// One turn of the loop: under trouble it reads few papers or none, may leave the transaction open, and
    /// is asked to try papers again that may be parked.
    fn turn(&mut self, papers: &[Paper], trouble: bool) {
        self.lane.set_now(Timestamp(self.account.now));
        let reads = if trouble { self.account.draw.below(4) } else { u64::MAX };
        for _ in 0..reads {
            let Some(paper) = papers.get(usize::try_from(self.position).unwrap()) else { break };
            if self.lane.take(self.position, paper.clone(), &body(paper).unwrap()) == Taken::Later {
                break;
            }
            self.position += 1;
        }
        if trouble && self.account.draw.below(8) == 0 {
            let paper = &papers[usize::try_from(self.account.draw.below(15)).unwrap()];
            self.retried += u32::from(self.lane.retry(&paper.family, &paper.id) == Retried::Due);
        }
        let now = self.account.now;
        let (due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.account.answers).into_iter().partition(|(at, _)| *at <= now);
        self.account.answers = rest;
        due.into_iter().for_each(|(_, answer)| self.lane.answer(answer));
        self.pending.extend(self.lane.turn(body).unwrap());
        let draw = if trouble { self.account.draw.below(12) } else { 11 };
        match draw {
            0 => {
                self.lane.abort();
                self.pending.clear();
                self.position = self.committed_position;
            }
            1 => self.restart(),
            2..=5 => {}
            _ => self.commit(),
        }
        for effect in self.lane.take_effects() {
            self.account.carry_out(effect);
        }
    }

    fn commit(&mut self) {
        for (id, state) in self.lane.changed() {
            match state {
                Some(state) => drop(self.changelog.insert(id.clone(), state.clone())),
                None => drop(self.changelog.remove(id)),
            }
        }
        self.committed = self.lane.committable(self.position);
        self.committed_position = self.position;
        let reports = std::mem::take(&mut self.pending);
        let posted = reports.iter().filter(|report| report.status == Status::Posted);
        self.reported.extend(posted.map(|report| report.document.id.clone()));
        self.lane.commit();
    }

    /// Killed: what was on its way runs on, its answers reach nobody.
    fn restart(&mut self) {
        self.account.answers.clear();
        self.pending.clear();
        self.lane = Lane::new(self.account.guard, self.limits);
        for (id, state) in &self.changelog {
            self.lane.restore(id.clone(), Some(state.clone()));
        }
        self.lane.restored(read).unwrap();
        self.lane.starts_at(self.committed);
        self.position = self.committed;
        self.committed_position = self.committed;
    }
}

fn run(seed: u64, guard: DuplicateGuard, refused: &[&str]) -> Run {
    let papers = papers();
    let mut run = Run::new(seed, guard);
    for id in refused {
        run.account.refused_until.insert((*id).to_owned(), 2 * 3_600_000);
    }
    for step in 0..20_000 {
        run.turn(&papers, step < 2_000);
        run.account.now += 2_000;
        run.account.faults = step < 2_000;
    }
    run
}

#[test]
fn every_document_is_posted_once_in_the_order_of_its_family() {
    let refused: [&[&str]; 2] = [&[], &["JE_1", "JE_4"]];
    let mut retried = 0;
    for seed in 0..60 {
        for guard in [DuplicateGuard::Refused, DuplicateGuard::Unknown] {
            let run = run(seed, guard, refused[usize::try_from(seed % 2).unwrap()]);
            let created: BTreeSet<_> = run.account.created.iter().collect();
            assert_eq!(created.len(), run.account.created.len(), "seed {seed} {guard:?}: doubled");
            assert_eq!(created.len(), 15, "seed {seed} {guard:?}: lost, {:?}", run.changelog);
            let reported: BTreeSet<_> = run.reported.iter().collect();
            assert_eq!((reported.len(), run.reported.len()), (15, 15), "seed {seed}: reported once each");
            assert_eq!(run.committed, 15, "seed {seed}: the offset follows");
            assert!(run.changelog.is_empty(), "seed {seed}: nothing is left behind: {:?}", run.changelog);
            for family in 0..3 {
                let of_family =
                    |id: &&String| id[3..].parse::<u32>().is_ok_and(|number| number % 3 == family);
                let order: Vec<u32> =
                    run.account.created.iter().filter(of_family).map(|id| id[3..].parse().unwrap()).collect();
                assert!(order.is_sorted(), "seed {seed} {guard:?}: {order:?}");
            }
            retried += run.retried;
        }
    }
    assert!(retried > 100, "papers are tried again in between: {retried}");
}

#[test]
fn a_refused_document_parks_its_family_and_nothing_else() {
    let papers = papers();
    let mut run = Run::new(1, DuplicateGuard::Unknown);
    run.account.faults = false;
    run.account.refused_until.insert("JE_1".to_owned(), i64::MAX);
    for _ in 0..200 {
        run.turn(&papers, false);
        run.account.now += 100;
    }
    let others: Vec<_> =
        (0..15).filter(|number| number % 3 != 1).map(|number| format!("JE_{number}")).collect();
    let mut reported = run.reported.clone();
    reported.sort_by_key(|id| id[3..].parse::<u32>().unwrap());
    assert_eq!(reported, others);
    assert_eq!((run.committed, run.lane.held()), (15, 5));
    let states: Vec<_> = run.changelog.values().map(DocumentState::status).collect();
    assert_eq!(states.iter().filter(|status| **status == Status::Parked).count(), 1);
    assert_eq!(states.iter().filter(|status| **status == Status::Waiting).count(), 4);
}

#[test]
fn a_create_is_repeated_only_when_it_can_no_longer_run() {
    for (guard, repeats_after) in [(DuplicateGuard::Refused, 0), (DuplicateGuard::Unknown, 16 * 60_000)] {
        let mut lane = Lane::new(guard, Limits::default());
        lane.set_now(Timestamp(0));
        let paper = papers().remove(0);
        assert_eq!(lane.take(0, paper.clone(), b""), Taken::Yes);
        lane.turn(body).unwrap();
        assert!(lane.take_effects().is_empty(), "the attempt is recorded first");
        lane.commit();
        let Some(Effect::Post { handle, deadline, .. }) = lane.take_effects().pop() else {
            panic!("no post")
        };
        let mut at = deadline;
        lane.answer(Answer { handle, at, outcome: Outcome::Unknown("time-out".into()) });
        let repeated = loop {
            lane.turn(body).unwrap();
            lane.commit();
            match lane.take_effects().pop() {
                Some(Effect::LookUp { handle, wait, .. }) => {
                    at = at.plus_millis(wait);
                    lane.answer(Answer { handle, at, outcome: Outcome::NotFound });
                }
                Some(Effect::Post { .. }) => break at,
                None => panic!("nothing happens"),
            }
        };
        assert!(repeated.0 >= deadline.0 + repeats_after, "{guard:?}: {repeated:?}");
    }
}

/// Answers the only effect there is, at once.
fn answer(lane: &mut Lane<Paper>, at: i64, outcome: Outcome) {
    let mut effects = lane.take_effects();
    let (Some(Effect::Post { handle, .. } | Effect::LookUp { handle, .. }), None) =
        (effects.pop(), effects.pop())
    else {
        panic!("not one effect")
    };
    lane.answer(Answer { handle, at: Timestamp(at), outcome });
}

/// A lane that was killed after its last commit.
fn restarted(lane: &Lane<Paper>) -> Lane<Paper> {
    let mut again = Lane::new(DuplicateGuard::Unknown, Limits::default());
    for (id, state) in lane.states.iter() {
        again.restore(id.clone(), Some(state.clone()));
    }
    again.restored(read).unwrap();
    again
}

fn ids(lane: &mut Lane<Paper>) -> Vec<String> {
    let effects = lane.take_effects().into_iter();
    let documents = effects.map(|effect| match effect {
        Effect::Post { document, .. } | Effect::LookUp { document, .. } => document,
    });
    documents.map(|document| document.id.clone()).collect()
}

#[test]
fn a_posted_document_is_remembered_until_it_was_read_again() {
    let papers = papers();
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    for (offset, paper) in (0..).zip(&papers[..2]) {
        assert_eq!(lane.take(offset, paper.clone(), b""), Taken::Yes);
    }
    lane.turn(body).unwrap();
    lane.commit();
    // The second is posted, the first stays in doubt and holds the offset at 0.
    let effects = lane.take_effects();
    let Some(Effect::Post { handle, .. }) = effects.last() else { panic!("no post") };
    let outcome = Outcome::Posted("7".into());
    lane.answer(Answer { handle: *handle, at: Timestamp(5), outcome });
    lane.turn(body).unwrap();
    assert_eq!(lane.committable(2), 0);
    lane.commit();
    let mut lane = restarted(&lane);
    lane.starts_at(0);
    for (offset, paper) in (0..).zip(&papers[..2]) {
        lane.turn(body).unwrap();
        lane.commit();
        assert_eq!(lane.take(offset, paper.clone(), b""), Taken::Yes);
    }
    lane.turn(body).unwrap();
    lane.commit();
    assert_eq!(ids(&mut lane), ["JE_0"], "the one in doubt is looked up, the posted one left alone");
}

#[test]
fn a_posted_document_is_forgotten_only_with_the_read_that_passed_it() {
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    let mut posted = DocumentState { offset: 5, ..DocumentState::default() };
    posted.settle("7");
    lane.restore("JE_5".to_owned(), Some(posted));
    lane.restored(read).unwrap();
    lane.starts_at(5);
    let paper = Paper { id: "JE_5".to_owned(), family: "F".to_owned() };
    let known = |lane: &Lane<Paper>| lane.states.contains_key("JE_5");
    lane.turn(body).unwrap();
    assert!(known(&lane), "it is not read again yet");
    assert_eq!(lane.take(5, paper.clone(), b""), Taken::Yes);
    lane.turn(body).unwrap();
    assert!(!known(&lane), "it is, in the open transaction");
    lane.abort();
    lane.turn(body).unwrap();
    assert!(known(&lane), "the read was taken back");
    assert_eq!(lane.take(5, paper, b""), Taken::Yes);
    lane.turn(body).unwrap();
    lane.commit();
    assert!(!known(&lane));
}

#[test]
fn a_later_document_waits_for_an_earlier_one_in_doubt_that_is_not_read_again() {
    let of_family = |number: i64| Paper { id: format!("JE_{number}"), family: "F".to_owned() };
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    let refusal = Refusal { class: "master_data".into(), detail: "no such account".into() };
    lane.set_now(Timestamp(0));
    assert_eq!(lane.take(3, of_family(3), b"F JE_3"), Taken::Yes);
    lane.turn(body).unwrap();
    lane.commit();
    answer(&mut lane, 5, Outcome::Refused(refusal));
    lane.turn(body).unwrap();
    // Read while the refusal of the first is not committed.
    assert_eq!(lane.take(8, of_family(8), b"F JE_8"), Taken::Yes);
    lane.turn(body).unwrap();
    lane.commit();
    assert_eq!((lane.held(), lane.committable(9)), (2, 9), "both bodies are in the state");
}

#[test]
fn a_document_in_doubt_keeps_its_place_in_the_family_while_it_is_unread() {
    let of_family = |number: i64| Paper { id: format!("JE_{number}"), family: "F".to_owned() };
    let mut lane = Lane::new(DuplicateGuard::Unknown, Limits::default());
    let mut doubtful = DocumentState::default();
    doubtful.attempt(8, "F", Timestamp(0));
    lane.restore("JE_8".to_owned(), Some(doubtful));
    let waiting = DocumentState::waiting(&of_family(20), 20, b"F JE_20");
    lane.restore("JE_20".to_owned(), Some(waiting));
    lane.restored(read).unwrap();
    lane.starts_at(8);
    for _ in 0..2 {
        lane.turn(body).unwrap();
        lane.commit();
        assert!(ids(&mut lane).is_empty(), "the later one waits");
        assert_eq!(lane.take(8, of_family(8), b"F JE_8"), Taken::Yes);
        lane.turn(body).unwrap();
        assert_eq!(ids(&mut lane), ["JE_8"]);
        // The read is taken back, and the place is still kept.
        lane.abort();
    }
}

#[test]
fn an_account_that_says_both_there_and_not_there_is_not_asked_in_a_hurry() {
    let mut lane = Lane::new(DuplicateGuard::Refused, Limits::default());
    let mut now = 0;
    assert_eq!(lane.take(0, papers().remove(0), b""), Taken::Yes);
    let mut effects = 0;
    while now < 600_000 {
        lane.turn(body).unwrap();
        lane.commit();
        for effect in lane.take_effects() {
            effects += 1;
            // The index of the search lags behind the records.
            let (handle, wait, outcome) = match effect {
                Effect::Post { handle, wait, .. } => (handle, wait, Outcome::AlreadyExists),
                Effect::LookUp { handle, wait, .. } => (handle, wait, Outcome::NotFound),
            };
            now += wait + 5;
            lane.answer(Answer { handle, at: Timestamp(now), outcome });
        }
        assert!(effects < 50, "{effects} requests within {now} ms");
    }
}
