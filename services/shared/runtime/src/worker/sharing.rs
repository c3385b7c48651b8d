//! Notices partitions that nobody owns, and says who must ask the group to share out again.
//!
//! A cooperative rebalance takes two steps: partitions are taken back, their old owner says that it let go,
//! and then they are given out. A static member that dies between the two comes back to what the first step
//! left it. The group counts as stable then, nobody has anything left to say, and the second step never
//! comes. So the group is looked at now and then. What all looks of a while find alike is no step on its way; a look
//! that nobody answers ends the while, since nobody knows what happened meanwhile.
//!
//! Sharing out again takes partitions from members that are well, and is in vain while another one does not let
//! go. So the while is doubled each time, until the group is seen whole.

use std::time::{Duration, Instant};

use crate::client::Shares;

/// Time between two looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);
/// For how long every look must find the same: longer than a member that lives takes, as a rule, to let go.
pub(super) const LACKING_FOR: Duration = Duration::from_secs(20);
/// The same after the group was asked in vain, again and again: a member that does not let go for longer is put
/// out of the group (`max.poll.interval.ms`).
const LACKING_MAX: Duration = Duration::from_secs(300);

/// What the last look found.
#[derive(Debug)]
pub(super) struct Sharing {
    partitions: i32,
    /// Set while partitions are without an owner: since when, and which have one.
    pub(super) lacking: Option<(Instant, Shares)>,
    /// For how long every look must find the same.
    patience: Duration,
}

impl Sharing {
    /// Watches over a topic of so many partitions.
    pub(super) fn new(partitions: i32) -> Self {
        Self { partitions, lacking: None, patience: LACKING_FOR }
    }

    /// Takes a look made at `now`, and returns the partitions for which this member must ask the group to share
    /// out again. One member asks: the owner of the lowest partition that has one, or whoever sees that none has.
    pub(super) fn look(&mut self, now: Instant, seen: Shares, owns: impl Fn(i32) -> bool) -> Vec<i32> {
        let orphans: Vec<i32> = (0..self.partitions).filter(|one| !seen.owned.contains(one)).collect();
        if seen.settled && orphans.is_empty() {
            self.patience = LACKING_FOR;
        }
        if !seen.settled || orphans.is_empty() {
            self.lacking = None;
            return Vec::new();
        }
        let since = match &self.lacking {
            Some((since, before)) if *before == seen => *since,
            Some(_) | None => now,
        };
        if now.saturating_duration_since(since) < self.patience {
            self.lacking = Some((since, seen));
            return Vec::new();
        }
        self.lacking = None;
        // Whoever asks: another member may have to ask next.
        self.patience = self.patience.saturating_mul(2).min(LACKING_MAX);
        if seen.owned.first().is_none_or(|lowest| owns(*lowest)) { orphans } else { Vec::new() }
    }

    /// Takes a look that nobody answered. A longer while would have to be seen whole again, and a broker that is
    /// slow now and then would put it off for ever.
    pub(super) fn unseen(&mut self) {
        self.lacking = None;
        self.patience = LACKING_FOR;
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
            (&[seen(&[1]), seen(&[1]), seen(&[1]), seen(&[1])], &[1], &[]),
            (&[seen(&[1]), seen(&[1]), seen(&[1]), seen(&[1]), seen(&[1])], &[1], &[0, 2]),
            (&[seen(&[1]), seen(&[1]), seen(&[0, 1, 2]), seen(&[1]), seen(&[1])], &[1], &[0, 2]),
            (&[seen(&[1]), seen(&[1]), moving(), seen(&[1]), seen(&[1])], &[1], &[]),
        ];
        for (looks, owned, expected) in cases {
            // Looks that follow each other quickly are not a while.
            for (between, expected) in [(LACKING_FOR, *expected), (LACKING_FOR / 8, &[])] {
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

    #[test]
    fn what_stays_lacking_is_asked_for_ever_more_seldom_and_never_given_up() {
        let mut sharing = Sharing::new(2);
        let began = Instant::now();
        let (mut waits, mut since) = (Vec::new(), Duration::ZERO);
        for look in 0..200_u32 {
            let at = LOOK_EVERY * look;
            if !sharing.look(began + at, seen(&[0]), |_| true).is_empty() {
                waits.push((at - since).as_secs());
                since = at + LOOK_EVERY;
            }
        }
        assert_eq!(waits, [20, 40, 80, 160, 300, 300, 300, 300, 300], "from the first look on");
    }
}
