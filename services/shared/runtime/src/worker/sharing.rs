//! Notices partitions that nobody owns, and says who must ask the group to share out again.
//!
//! A cooperative rebalance takes two steps: partitions are taken back, their old owner says that it let go,
//! and then they are given out. A static member that dies between the two comes back to what the first step
//! left it. The group counts as stable then, nobody has anything left to say, and the second step never
//! comes. So the group is looked at now and then. What all looks of a while find alike is no step on its way; a look
//! that nobody answers ends the while, since nobody knows what happened meanwhile.

use std::time::{Duration, Instant};

use crate::client::Shares;

/// Time between two looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);
/// For how long every look must find the same: longer than a member that lives takes, as a rule, to let go.
pub(super) const LACKING_FOR: Duration = Duration::from_secs(20);

/// What the last look found.
#[derive(Debug)]
pub(super) struct Sharing {
    partitions: i32,
    /// Set while partitions are without an owner: since when, and which have one.
    pub(super) lacking: Option<(Instant, Shares)>,
}

impl Sharing {
    /// Watches over a topic of so many partitions.
    pub(super) fn new(partitions: i32) -> Self {
        Self { partitions, lacking: None }
    }

    /// Takes a look made at `now`, and returns the partitions for which this member must ask the group to share
    /// out again. One member asks: the owner of the lowest partition that has one, or whoever sees that none has.
    pub(super) fn look(&mut self, now: Instant, seen: Shares, owns: impl Fn(i32) -> bool) -> Vec<i32> {
        let orphans: Vec<i32> = (0..self.partitions).filter(|one| !seen.owned.contains(one)).collect();
        if !seen.settled || orphans.is_empty() {
            self.lacking = None;
            return Vec::new();
        }
        let since = match &self.lacking {
            Some((since, before)) if *before == seen => *since,
            Some(_) | None => now,
        };
        if now.saturating_duration_since(since) < LACKING_FOR {
            self.lacking = Some((since, seen));
            return Vec::new();
        }
        self.lacking = None;
        if seen.owned.first().is_none_or(|lowest| owns(*lowest)) { orphans } else { Vec::new() }
    }

    /// Takes a look that nobody answered.
    pub(super) fn unseen(&mut self) {
        self.lacking = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(owned: &[i32]) -> Shares {
        Shares { settled: true, owned: owned.iter().copied().collect() }
    }

    #[test]
    fn only_what_is_lacking_for_a_while_is_asked_for_and_by_one_member() {
        let moving = || Shares { settled: false, ..seen(&[1]) };
        let cases: &[(&[Shares], &[i32], &[i32])] = &[
            // what the looks found, what this member owns, what it asks for at the last look
            (&[seen(&[1, 2])], &[1], &[]),
            (&[seen(&[1, 2]), seen(&[1, 2])], &[1], &[0]),
            (&[seen(&[1, 2]), seen(&[1, 2])], &[2], &[]),
            (&[seen(&[1, 2]), seen(&[1])], &[1], &[]),
            (&[seen(&[1]), moving(), seen(&[1])], &[1], &[]),
            (&[moving(), moving()], &[1], &[]),
            (&[seen(&[0, 1, 2]), seen(&[0, 1, 2])], &[0], &[]),
            (&[seen(&[]), seen(&[])], &[], &[0, 1, 2]),
            // It has asked once; the group is given its time again.
            (&[seen(&[1]), seen(&[1]), seen(&[1])], &[1], &[]),
            (&[seen(&[1]), seen(&[1]), seen(&[1]), seen(&[1])], &[1], &[0, 2]),
        ];
        for (looks, owned, expected) in cases {
            // Four looks that follow each other quickly are not a while.
            for (between, expected) in [(LACKING_FOR, *expected), (LACKING_FOR / 4, &[])] {
                let mut sharing = Sharing::new(3);
                let (mut now, mut asked) = (Instant::now(), Vec::new());
                for look in *looks {
                    asked = sharing.look(now, look.clone(), |partition| owned.contains(&partition));
                    now += between;
                }
                assert_eq!(asked, expected, "{looks:?} {between:?} apart by the owner of {owned:?}");
            }
        }
    }
}
