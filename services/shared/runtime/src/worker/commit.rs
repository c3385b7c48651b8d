//! How a transaction ends: committed, aborted, or found out.
//!
//! Overlays are merged only when the commit is known to have happened, and dropped only when it is known
//! not to have. An outcome nobody knows is looked up in the committed offsets, after a new producer of the
//! same transactional id has ended whatever was open.

use std::time::{Duration, Instant};

use super::Worker;
use super::hands::{Transaction, Trouble};
use super::slot::{Place, Slot};
use crate::client::{Aftermath, Position, Progress, Started, pause};
use crate::error::Error;
use crate::header;
use crate::stage::Service;

/// How many aborts in a row mean that trying again does not help.
const ABORTS_MAX: u32 = 50;
/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How long one look at a transactional call waits.
const PROGRESS_WAIT: Duration = Duration::from_millis(1);
/// How long the broker may take to say what is committed: it waits for open transactions.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// How long the client of a side topic may take until it can be sent back.
const SEEK_WAIT: Duration = Duration::from_secs(60);

/// What one shard has in the transaction: where it was, and where it goes.
struct Share {
    partition: i32,
    old: Vec<i64>,
    next: Vec<i64>,
}

impl<S: Service> Worker<S> {
    /// Commits what was decided since the last commit.
    pub(super) fn commit(&mut self) -> Result<(), Trouble> {
        if !self.hands.decided() {
            return Ok(());
        }
        let began = Instant::now();
        let outcome = self.commit_decided();
        self.hands.committed(began);
        outcome
    }

    fn commit_decided(&mut self) -> Result<(), Trouble> {
        let (shares, state_records) = self.write_state()?;
        if shares.is_empty() {
            self.settle(&[]);
            return Ok(());
        }
        let started = Instant::now();
        self.hands.hand_over()?;
        let bytes = self.hands.bytes() as u64;
        let positions = self.positions(&shares);
        self.hands.member.start_commit(&positions);
        match self.wait()? {
            Progress::Done(aftermath) => {
                self.events.committed(started.elapsed(), state_records, bytes);
                self.settle(&shares);
                match aftermath {
                    Aftermath::Clean => Ok(()),
                    Aftermath::Renew => self.renew("a commit took long"),
                }
            }
            Progress::Abort(reason) => Err(Trouble::Abort(reason)),
            Progress::Unknown(reason) => self.find_out(&reason, &shares),
            Progress::Fatal(reason) => Err(Error::kafka("cannot commit a transaction", reason).into()),
            Progress::Pending => Err(Error::stop("a wait for a commit ended without an answer").into()),
        }
    }

    /// Writes changed state and the header of each shard that has a share in the transaction.
    fn write_state(&mut self) -> Result<(Vec<Share>, u64), Trouble> {
        let changelog = self.topics.changelog;
        let mut shares = Vec::new();
        let mut records = 0;
        for running in self.slots.values_mut().filter_map(Slot::running) {
            let Some(wanted) = running.wanted(&mut self.changes)? else { continue };
            let partition = running.partition;
            self.hands.begin()?;
            for (key, value) in self.changes.iter() {
                self.hands.write(changelog, partition, key, value)?;
                records += 1;
            }
            self.hands.write(changelog, partition, header::KEY, Some(&wanted.header.encode()))?;
            shares.push(Share { partition, old: running.committed_offsets(), next: wanted.next });
        }
        Ok((shares, records))
    }

    fn positions(&self, shares: &[Share]) -> Vec<Position> {
        let mut positions = Vec::new();
        for share in shares {
            for (topic, &offset) in self.inputs.iter().zip(&share.next) {
                positions.push(Position { topic: (*topic).to_owned(), partition: share.partition, offset });
            }
        }
        positions
    }

    /// Merges every overlay: what was decided is committed, or there was nothing to commit.
    fn settle(&mut self, shares: &[Share]) {
        for running in self.slots.values_mut().filter_map(Slot::running) {
            let share = shares.iter().find(|share| share.partition == running.partition);
            running.committed(share.map(|share| share.next.as_slice()));
        }
        self.hands.settled();
        // A clock alone commits well between two aborts of the same records.
        if shares.iter().any(|share| share.next != share.old) {
            self.aborts_in_a_row = 0;
        }
    }

    /// Waits for the transactional call that was started, and keeps the clients served meanwhile.
    fn wait(&mut self) -> Result<Progress, Error> {
        loop {
            match self.hands.member.progress(PROGRESS_WAIT) {
                Progress::Pending => {}
                answer @ (Progress::Done(_)
                | Progress::Abort(_)
                | Progress::Unknown(_)
                | Progress::Fatal(_)) => {
                    return Ok(answer);
                }
            }
            self.health.turned();
            // What arrives is decided on after the commit. One batch bounds it.
            if self.batch.is_empty() {
                self.hands.member.poll(Duration::ZERO, &mut self.batch)?;
            }
        }
    }

    /// Aborts and goes back to the last commit; gives up when it happens again and again.
    pub(super) fn abort(&mut self, reason: &str) -> Result<(), Error> {
        self.undo(reason)?;
        self.aborted_again(reason)
    }

    /// Counts an abort, and pauses before the next try.
    fn aborted_again(&mut self, reason: &str) -> Result<(), Error> {
        self.aborts_in_a_row += 1;
        if self.aborts_in_a_row > ABORTS_MAX {
            return Err(Error::kafka(format!("{ABORTS_MAX} transactions in a row were aborted"), reason));
        }
        if self.aborts_in_a_row > 1 {
            pause((Duration::from_millis(10) * self.aborts_in_a_row.pow(2)).min(PAUSE_MAX));
        }
        Ok(())
    }

    /// Aborts what is open and takes every shard back to the last commit.
    pub(super) fn undo(&mut self, reason: &str) -> Result<(), Error> {
        if self.hands.transaction() == Transaction::Open {
            self.events.aborted(reason);
            self.hands.member.start_abort();
            match self.wait()? {
                Progress::Done(Aftermath::Clean) => {}
                Progress::Done(Aftermath::Renew) => self.replace_producer("an abort took long")?,
                Progress::Unknown(reason) => self.replace_producer(&reason)?,
                other @ (Progress::Abort(_) | Progress::Fatal(_) | Progress::Pending) => {
                    return Err(Error::kafka(
                        "cannot abort a transaction",
                        format!("{other:?}, after: {reason}"),
                    ));
                }
            }
        }
        self.rewind()
    }

    fn rewind(&mut self) -> Result<(), Error> {
        self.batch.clear();
        let mut leads = Vec::new();
        for running in self.slots.values_mut().filter_map(Slot::running) {
            running.aborted();
            // The batch that is thrown away may have held records of any of them.
            leads.push((running.partition, running.position()));
        }
        self.hands.member.seek(&leads)?;
        for running in self.slots.values_mut().filter_map(Slot::running) {
            if let Some(lead) = running.inputs.first_mut() {
                lead.place = Place::There;
            }
        }
        self.seek_sides()?;
        self.hands.settled();
        // The clock that the shards were given may have been taken back with the rest.
        self.ticked = None;
        Ok(())
    }

    /// Sends the clients of side topics to where their inputs were taken back to. A client that has not
    /// begun with a partition cannot be sent yet: it is asked again, and what it delivers is dropped.
    pub(super) fn seek_sides(&mut self) -> Result<(), Error> {
        for running in self.slots.values_mut().filter_map(Slot::running) {
            let partition = running.partition;
            for (side, input) in self.sides.iter_mut().zip(running.inputs.iter_mut().skip(1)) {
                let Place::ToSeek(since) = input.place else { continue };
                match side.reader.seek(partition, input.position)? {
                    Started::Flowing => input.place = Place::There,
                    Started::NotYet if since.elapsed() < SEEK_WAIT => {}
                    Started::NotYet => {
                        return Err(Error::kafka(
                            format!("cannot go back in {} [{partition}]", side.topic),
                            "the client took the partition but does not begin with it",
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes a new producer of the same transactional id, which ends what the old one left open.
    fn replace_producer(&mut self, reason: &str) -> Result<(), Error> {
        self.events.renewed(reason);
        self.hands.member.start_renew();
        match self.wait()? {
            Progress::Done(_) => Ok(()),
            other @ (Progress::Abort(_) | Progress::Unknown(_) | Progress::Fatal(_) | Progress::Pending) => {
                Err(Error::kafka("cannot replace the producer", format!("{other:?}")))
            }
        }
    }

    fn renew(&mut self, reason: &str) -> Result<(), Trouble> {
        Ok(self.replace_producer(reason)?)
    }

    /// Nobody knows whether the commit took effect: the committed offsets do.
    fn find_out(&mut self, reason: &str, shares: &[Share]) -> Result<(), Trouble> {
        self.replace_producer(reason)?;
        let lookup = self.broker.lookup();
        let partitions: Vec<i32> = shares.iter().map(|share| share.partition).collect();
        let mut outcome: Option<Found> = None;
        for (input, topic) in self.inputs.iter().enumerate() {
            self.health.turned();
            let committed = lookup.committed(topic, &partitions, ANSWER_WAIT)?;
            for (share, committed) in shares.iter().zip(committed) {
                let found = compare(committed, share.old.get(input).copied(), share.next.get(input).copied());
                outcome = merge(outcome, found);
            }
        }
        match outcome {
            Some(Found::Sent) => {
                self.settle(shares);
                Ok(())
            }
            Some(Found::Old) => {
                self.events.aborted(reason);
                self.rewind()?;
                Ok(self.aborted_again(reason)?)
            }
            Some(Found::Either | Found::Neither) | None => Err(Error::kafka(
                "cannot find out whether a transaction was committed",
                format!("the committed offsets do not tell; after: {reason}"),
            )
            .into()),
        }
    }
}

/// What a committed offset says about a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It is what the transaction would commit, and was not before.
    Sent,
    /// It is what it was before, and not what the transaction would commit.
    Old,
    /// The transaction would not have changed it.
    Either,
    /// It is something else.
    Neither,
}

fn compare(committed: Option<i64>, old: Option<i64>, sent: Option<i64>) -> Found {
    match (committed == sent, committed == old || committed.is_none()) {
        (true, true) => Found::Either,
        (true, false) => Found::Sent,
        (false, true) => Found::Old,
        (false, false) => Found::Neither,
    }
}

/// A transaction took effect as a whole or not at all, so every offset that tells must tell the same.
fn merge(so_far: Option<Found>, found: Found) -> Option<Found> {
    Some(match (so_far, found) {
        (None | Some(Found::Either), found) => found,
        (Some(known), Found::Either) => known,
        (Some(known), found) if known == found => known,
        (Some(_), _) => Found::Neither,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(offsets: &[(Option<i64>, i64, i64)]) -> Option<Found> {
        offsets.iter().fold(None, |so_far, (committed, old, sent)| {
            merge(so_far, compare(*committed, Some(*old), Some(*sent)))
        })
    }

    #[test]
    fn committed_offsets_tell_how_a_transaction_ended() {
        for (offsets, expected) in [
            // committed, old, sent
            (&[(Some(9), 5, 9)][..], Some(Found::Sent)),
            (&[(Some(5), 5, 9)], Some(Found::Old)),
            (&[(None, 5, 9)], Some(Found::Old)),
            (&[(Some(7), 5, 9)], Some(Found::Neither)),
            (&[(Some(5), 5, 5)], Some(Found::Either)),
            (&[(Some(5), 5, 5), (Some(9), 7, 9)], Some(Found::Sent)),
            (&[(Some(7), 7, 9), (Some(5), 5, 5)], Some(Found::Old)),
            (&[(Some(9), 7, 9), (Some(5), 5, 8)], Some(Found::Neither)),
            (&[], None),
        ] {
            assert_eq!(outcome(offsets), expected, "{offsets:?}");
        }
    }
}
