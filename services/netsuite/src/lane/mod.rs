//! Decides what happens next to each document of one partition: attempt, look up, settle or park.
//!
//! Pure: documents and answers come in, state and effects come out. A request that may have run is never
//! sent again on a guess: an attempt is committed before its request leaves, what is in doubt is looked up
//! first, and "not found" counts only once the request can no longer run. Documents of one family go one
//! after the other; a refused one parks its family, with the bodies in the state, and the rest goes on. It
//! is tried again every [`Limits::park_retry`], after a restart, and when a person asks for it.
//!
//! Bounds: at most [`Limits::queue`] documents read and not settled, at most [`Limits::parked`] held in
//! the state; beyond either the lane takes no further document and says so.

mod queue;
mod state;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use domain::calendar::Timestamp;
use runtime::overlay::Overlay;

use queue::{Kept, Queue, Step};
pub use state::{DocumentState, Status};
pub use words::{
    Answer, Document, DuplicateGuard, Effect, Handle, Limits, Outcome, Refusal, Report, Retried, Taken,
};

/// Longest wait between two repetitions, in milliseconds.
const BACKOFF_MAX: i64 = 60_000;

/// A change of memory that waits for its transaction.
#[derive(Debug)]
enum Next {
    Settle(i64),
    Park { offset: i64, until: Timestamp },
    Hold(i64),
    Post { offset: i64, deadline: Timestamp, wait: i64 },
}

/// The documents of one partition.
#[derive(Debug)]
pub struct Lane<D> {
    guard: DuplicateGuard,
    limits: Limits,
    states: Overlay<String, DocumentState>,
    queue: Queue<D>,
    /// Settled documents whose offset the lead has not passed.
    settled: BTreeMap<i64, String>,
    inbox: VecDeque<Answer>,
    /// Answers used in the open transaction.
    used: Vec<Answer>,
    /// Offsets read in the open transaction.
    taken: Vec<i64>,
    /// Where the lead reads on, once that is known, and where it did at the last commit.
    next_to_read: Option<i64>,
    next_at_commit: Option<i64>,
    nexts: Vec<Next>,
    /// Families that changed in the open transaction and wait for its end.
    waiting: BTreeSet<String>,
    effects: Vec<Effect<D>>,
    /// Effects named so far.
    numbers: u64,
    now: Timestamp,
}

impl<D: Document> Lane<D> {
    /// Makes an empty lane.
    #[must_use]
    pub fn new(guard: DuplicateGuard, limits: Limits) -> Self {
        Self {
            guard,
            limits,
            states: Overlay::new(),
            queue: Queue::new(),
            settled: BTreeMap::new(),
            inbox: VecDeque::new(),
            used: Vec::new(),
            taken: Vec::new(),
            next_to_read: None,
            next_at_commit: None,
            nexts: Vec::new(),
            waiting: BTreeSet::new(),
            effects: Vec::new(),
            numbers: 0,
            now: Timestamp::default(),
        }
    }

    /// Applies one changelog record.
    pub fn restore(&mut self, id: String, state: Option<DocumentState>) {
        self.states.restore(id, state);
    }

    /// Fills the memory after the last changelog record; `read` turns a body into its document.
    ///
    /// # Errors
    /// Whatever `read` returns.
    pub fn restored<E>(&mut self, read: impl Fn(&[u8]) -> Result<D, E>) -> Result<(), E> {
        let mut held = Vec::new();
        for (id, state) in self.states.iter() {
            match (&state.body, state.status()) {
                (_, Status::Posted) => drop(self.settled.insert(state.offset, id.clone())),
                (Some(body), status) => held.push((state.offset, read(&body.0)?, status)),
                // It is read again; until then nothing behind it may begin.
                (None, Status::Attempted | Status::Waiting | Status::Parked) => {
                    self.queue.keep_place(state.offset, &state.family);
                }
            }
        }
        for (offset, document, status) in held {
            let step = match status {
                Status::Attempted | Status::Posted => Step::Doubtful,
                Status::Waiting => Step::Fresh,
                Status::Parked => Step::Parked(Timestamp::default()),
            };
            self.queue.add(offset, document, step, Kept::InState);
        }
        Ok(())
    }

    /// Says where the lead reads on after a restore: everything below is settled, or kept in the state.
    pub fn starts_at(&mut self, next: i64) {
        self.next_to_read = Some(next);
        self.next_at_commit = Some(next);
    }

    /// Takes the document at an offset; `body` is how it is kept when its family is parked.
    pub fn take(&mut self, offset: i64, document: D, body: &[u8]) -> Taken {
        let taken = self.accept(offset, document, body);
        if taken == Taken::Yes {
            self.next_to_read = Some(offset.saturating_add(1));
        }
        taken
    }

    fn accept(&mut self, offset: i64, document: D, body: &[u8]) -> Taken {
        let status = self.states.get(document.id()).map(DocumentState::status);
        match status {
            Some(Status::Posted | Status::Waiting | Status::Parked) => return Taken::Yes,
            Some(Status::Attempted) | None => {}
        }
        if self.queue.holds(&document) {
            return Taken::Yes;
        }
        let behind_parked = self.is_parked(document.family());
        if self.is_full() || (behind_parked && self.held() >= self.limits.parked) {
            return Taken::Later;
        }
        let step = if status == Some(Status::Attempted) { Step::Doubtful } else { Step::Fresh };
        let kept = if behind_parked { Kept::InState } else { Kept::InTopic };
        if behind_parked {
            let state = DocumentState::waiting(&document, offset, body);
            self.states.insert(document.id().to_owned(), state);
        }
        self.taken.push(offset);
        self.queue.add(offset, document, step, kept);
        Taken::Yes
    }

    /// Has a parked document tried on the next turn, as if its time had come.
    ///
    /// Memory alone changes. Nothing is lost by that: after an abort the order stands or is given again, and
    /// after a restart whatever is parked is tried at once.
    pub fn retry(&mut self, family: &str, id: &str) -> Retried {
        let head = self.queue.head(family).and_then(|offset| self.queue.get_mut(offset));
        let Some(queued) = head.filter(|queued| queued.document.id() == id) else {
            return Retried::NotParked;
        };
        match queued.step {
            Step::Parked(_) => {
                queued.step = Step::Parked(Timestamp::default());
                Retried::Due
            }
            // It is under way, and what becomes of it is said anyway.
            Step::Fresh | Step::Doubtful | Step::Busy => Retried::NotParked,
        }
    }

    /// Hands over what came of an effect.
    pub fn answer(&mut self, answer: Answer) {
        self.inbox.push_back(answer);
    }

    /// Moves the clock; it never goes back.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// Acts on answers and begins what can begin. Reports are final once the transaction is committed;
    /// `body` writes a document as it is kept when its family is parked.
    ///
    /// # Errors
    /// Whatever `body` returns.
    pub fn turn<E>(&mut self, body: impl Fn(&D) -> Result<Vec<u8>, E>) -> Result<Vec<Report<D>>, E> {
        let mut reports = Vec::new();
        for answer in std::mem::take(&mut self.inbox) {
            self.set_now(answer.at);
            self.act(answer, &body, &mut reports)?;
        }
        self.begin_heads();
        self.forget_settled();
        Ok(reports)
    }

    /// What must be done outside. Posts appear here only after their attempt was committed.
    pub fn take_effects(&mut self) -> Vec<Effect<D>> {
        std::mem::take(&mut self.effects)
    }

    /// State changes of the open transaction.
    pub fn changed(&self) -> impl Iterator<Item = (&String, Option<&DocumentState>)> {
        self.states.changed()
    }

    /// The transaction is known to be committed.
    pub fn commit(&mut self) {
        self.states.commit();
        self.used.clear();
        self.taken.clear();
        self.next_at_commit = self.next_to_read;
        self.waiting.clear();
        self.settled.retain(|_, id| self.states.contains_key(id.as_str()));
        for next in std::mem::take(&mut self.nexts) {
            self.follow(next);
        }
    }

    /// The transaction is known to be aborted: its reads are offered again, its answers used again.
    pub fn abort(&mut self) {
        self.states.abort();
        self.nexts.clear();
        self.waiting.clear();
        for answer in std::mem::take(&mut self.used).into_iter().rev() {
            self.inbox.push_front(answer);
        }
        self.next_to_read = self.next_at_commit;
        for offset in std::mem::take(&mut self.taken) {
            let Some(queued) = self.queue.remove(offset) else { continue };
            // One that was in doubt before it was read still is.
            if self.states.contains_key(queued.document.id()) {
                self.queue.keep_place(offset, queued.document.family());
            }
        }
    }

    /// The lowest offset of a document neither settled nor held in the state, else `position`.
    #[must_use]
    pub fn committable(&self, position: i64) -> i64 {
        self.queue.first_open().map_or(position, |open| open.min(position))
    }

    /// True when no further document is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queue.open() >= self.limits.queue
    }

    /// Documents read and not settled.
    #[must_use]
    pub fn open(&self) -> usize {
        self.queue.open()
    }

    /// Documents held in the state because their family is parked.
    #[must_use]
    pub fn held(&self) -> usize {
        self.queue.held()
    }

    /// Names the effect whose answer a document awaits from here on.
    fn expect(&mut self, offset: i64) -> Handle {
        self.numbers = self.numbers.wrapping_add(1);
        if let Some(queued) = self.queue.get_mut(offset) {
            queued.step = Step::Busy;
            queued.awaits = self.numbers;
        }
        Handle { offset, number: self.numbers }
    }

    /// True when the first document of a family is parked, or will be once the transaction is committed.
    fn is_parked(&self, family: &str) -> bool {
        let Some(head) = self.queue.head(family) else { return false };
        self.nexts.iter().any(|next| matches!(next, Next::Park { offset, .. } if *offset == head))
            || matches!(self.queue.get(head).map(|queued| queued.step), Some(Step::Parked(_)))
    }

    /// Acts on one answer; an answer that nothing awaits is dropped.
    fn act<E>(
        &mut self,
        answer: Answer,
        body: &impl Fn(&D) -> Result<Vec<u8>, E>,
        reports: &mut Vec<Report<D>>,
    ) -> Result<(), E> {
        let Handle { offset, number } = answer.handle;
        let Some(queued) = self.queue.get(offset).filter(|queued| queued.awaits == number) else {
            return Ok(());
        };
        let document = Arc::clone(&queued.document);
        let state = self.states.get(document.id());
        let attempts = state.map_or(0, |state| state.attempts);
        let deadline = state.map_or_else(Timestamp::default, |state| state.deadline);
        match answer.outcome.clone() {
            Outcome::Posted(id) | Outcome::Found(id) => {
                reports.push(self.settle(offset, &document, id, &answer));
                self.used.push(answer);
            }
            Outcome::Refused(refusal) => {
                reports.push(self.park(offset, &document, refusal, &answer, body)?);
                self.used.push(answer);
            }
            Outcome::FoundOther(detail) => {
                let refusal = Refusal { class: "our_bug".to_owned(), detail };
                reports.push(self.park(offset, &document, refusal, &answer, body)?);
                self.used.push(answer);
            }
            Outcome::NotRun(_) => {
                self.attempt(offset, &document, backoff(self.limits.backoff, attempts, offset));
                self.used.push(answer);
            }
            Outcome::Expired => {
                self.attempt(offset, &document, 0);
                self.used.push(answer);
            }
            Outcome::NotFound if state.is_some_and(DocumentState::is_refused) => {
                self.attempt(offset, &document, 0);
                self.used.push(answer);
            }
            // What was just searched for may be there and not be found yet: neither edge is hurried.
            Outcome::NotFound => {
                let over = deadline.plus_millis(self.limits.runs_within);
                if self.guard == DuplicateGuard::Refused || answer.at >= over {
                    self.attempt(offset, &document, backoff(self.limits.backoff, attempts, offset));
                    self.used.push(answer);
                } else {
                    let rest = over.0.saturating_sub(answer.at.0);
                    self.look_up(offset, document, rest.min(BACKOFF_MAX));
                }
            }
            Outcome::AlreadyExists | Outcome::Unknown(_) | Outcome::LookUpFailed(_) => {
                self.look_up(offset, document, backoff(self.limits.backoff, attempts, offset));
            }
        }
        Ok(())
    }

    fn settle(&mut self, offset: i64, document: &Arc<D>, netsuite_id: String, answer: &Answer) -> Report<D> {
        let id = document.id().to_owned();
        let mut state = self.states.get(id.as_str()).cloned().unwrap_or_default();
        let attempts = state.attempts;
        state.settle(&netsuite_id);
        state.offset = offset;
        self.states.insert(id, state);
        self.plan(document.family(), Next::Settle(offset));
        Report {
            document: Arc::clone(document),
            status: Status::Posted,
            netsuite_id: Some(netsuite_id),
            refusal: None,
            attempts,
            at: answer.at,
        }
    }

    /// Parks a document, and holds everything of its family that was read behind it.
    fn park<E>(
        &mut self,
        offset: i64,
        document: &Arc<D>,
        refusal: Refusal,
        answer: &Answer,
        body: &impl Fn(&D) -> Result<Vec<u8>, E>,
    ) -> Result<Report<D>, E> {
        let id = document.id().to_owned();
        let mut state = self.states.get(id.as_str()).cloned().unwrap_or_default();
        let attempts = state.attempts;
        state.park(offset, document.family(), &refusal, body(document)?);
        if matches!(answer.outcome, Outcome::Refused(_)) {
            state.end_doubt();
        }
        self.states.insert(id, state);
        let family = document.family();
        for other in self.queue.behind(family, offset) {
            let Some(queued) = self.queue.get(other).filter(|queued| queued.kept == Kept::InTopic) else {
                continue;
            };
            let held = DocumentState::waiting(&*queued.document, other, &body(&queued.document)?);
            self.states.insert(queued.document.id().to_owned(), held);
            self.nexts.push(Next::Hold(other));
        }
        let until = answer.at.plus_millis(self.limits.park_retry);
        self.plan(family, Next::Park { offset, until });
        Ok(Report {
            document: Arc::clone(document),
            status: Status::Parked,
            netsuite_id: None,
            refusal: Some(refusal),
            attempts,
            at: answer.at,
        })
    }

    /// Records an attempt; its request leaves once the record is committed.
    fn attempt(&mut self, offset: i64, document: &Arc<D>, wait: i64) {
        let deadline = self.now.plus_millis(wait).plus_millis(self.limits.send_within);
        let id = document.id().to_owned();
        let mut state = self.states.get(id.as_str()).cloned().unwrap_or_default();
        state.attempt(offset, document.family(), deadline);
        self.states.insert(id, state);
        self.plan(document.family(), Next::Post { offset, deadline, wait });
    }

    /// Asks first. Nothing is recorded: asking twice does no harm.
    fn look_up(&mut self, offset: i64, document: Arc<D>, wait: i64) {
        let handle = self.expect(offset);
        self.effects.push(Effect::LookUp { document, handle, wait });
    }

    fn plan(&mut self, family: &str, next: Next) {
        self.waiting.insert(family.to_owned());
        self.nexts.push(next);
    }

    /// Begins the first document of each family that has nothing on its way.
    fn begin_heads(&mut self) {
        let heads: Vec<i64> = self
            .queue
            .heads()
            .filter(|(family, _)| !self.waiting.contains(*family))
            .map(|(_, offset)| offset)
            .collect();
        for offset in heads {
            // A place that is kept stands for a document to come: its family waits for it.
            let Some(queued) = self.queue.get(offset) else { continue };
            let document = Arc::clone(&queued.document);
            match queued.step {
                Step::Fresh => self.attempt(offset, &document, 0),
                Step::Doubtful => self.look_up(offset, document, 0),
                // It may be there by now, by another hand or with other amounts.
                Step::Parked(until) if self.now >= until => self.look_up(offset, document, 0),
                Step::Busy | Step::Parked(_) => {}
            }
        }
    }

    /// Removes the records of settled documents that the lead offset has passed: what it has not passed is
    /// read again after a restart, and must then be known as settled.
    fn forget_settled(&mut self) {
        let Some(next) = self.next_to_read else { return };
        let passed = self.queue.first_open().map_or(next, |open| open.min(next));
        let passed: Vec<String> = self.settled.range(..passed).map(|(_, id)| id.clone()).collect();
        for id in &passed {
            self.states.remove(id);
        }
    }

    fn follow(&mut self, next: Next) {
        match next {
            Next::Settle(offset) => {
                if let Some(queued) = self.queue.get(offset) {
                    self.settled.insert(offset, queued.document.id().to_owned());
                }
                drop(self.queue.remove(offset));
            }
            Next::Park { offset, until } => {
                if let Some(queued) = self.queue.get_mut(offset) {
                    queued.step = Step::Parked(until);
                }
                self.queue.hold(offset);
            }
            Next::Hold(offset) => self.queue.hold(offset),
            Next::Post { offset, deadline, wait } => {
                let Some(document) = self.queue.get(offset).map(|queued| Arc::clone(&queued.document)) else {
                    return;
                };
                let handle = self.expect(offset);
                self.effects.push(Effect::Post { document, handle, deadline, wait });
            }
        }
    }
}

/// How long the document at an offset waits before its next attempt: doubled each time, and between half and
/// all of that, so that what failed together does not come back together. The part is drawn from offset and
/// attempts: the same decisions again lead to the same waits.
fn backoff(first: i64, attempts: i32, offset: i64) -> i64 {
    let doublings = attempts.clamp(1, 20).unsigned_abs().saturating_sub(1);
    let longest = first.saturating_mul(1_i64.wrapping_shl(doublings)).min(BACKOFF_MAX);
    let half = longest.div_euclid(2);
    let seed = offset.wrapping_mul(31).wrapping_add(attempts.into()).cast_unsigned();
    // A step of SplitMix64.
    let drawn = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33).cast_signed();
    half.saturating_add(drawn.rem_euclid(half.saturating_add(1)))
}

#[cfg(test)]
mod tests;
