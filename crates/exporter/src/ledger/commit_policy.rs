//! When to write to the ledger, and whether what is published is in it. Pure: time is an argument.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::snapshot::CommitCounts;

/// What was not written for so long is published all the same: a scrape must not stand still for a disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between attempts to write what could not be written.
const BACKOFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// The commits to a ledger: one at a time.
#[derive(Debug)]
pub struct CommitPolicy {
    period: Duration,
    /// The moment of the next one.
    next: Instant,
    in_flight: bool,
    /// Since when there is something that is not written, though it should be.
    waits_since: Option<Instant>,
    /// Why the last attempt failed.
    trouble: Option<String>,
    backoff: Backoff,
    /// What was counted is published before it is written.
    ahead: bool,
    /// How many were written, and how many failed.
    pub counts: CommitCounts,
}

/// What a change of the state is worth saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// The ledger is written again.
    Again,
    /// Why it cannot be written; not said before.
    Trouble(String),
}

impl CommitPolicy {
    /// A commit every period, the first at once.
    #[must_use]
    pub fn new(period: Duration, now: Instant) -> CommitPolicy {
        let [first, longest] = BACKOFF;
        CommitPolicy {
            period,
            next: now,
            in_flight: false,
            waits_since: None,
            trouble: None,
            backoff: Backoff::new(first, longest),
            ahead: false,
            counts: CommitCounts::default(),
        }
    }

    /// Moves the next commit to just before a scrape that is foretold, where that comes first, or so soon
    /// after that one commit does for both.
    pub fn foretell(&mut self, better: Option<Instant>) {
        if let Some(better) = better
            && self.trouble.is_none()
            && better < self.next + self.period.min(Duration::from_secs(1)) / 4
        {
            self.next = better;
        }
    }

    /// Makes the next commit due at once.
    pub fn hurry(&mut self, now: Instant) {
        self.next = self.next.min(now);
    }

    /// Whether something may be written now.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        !self.in_flight && self.next <= now
    }

    /// Whether the last attempt failed.
    #[must_use]
    pub const fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// When to look again.
    #[must_use]
    pub fn wakes(&self) -> Option<Instant> {
        let late = self.waits_since.filter(|_| !self.ahead).map(|since| since + PATIENCE);
        let next = Some(self.next).filter(|_| !self.in_flight);
        late.into_iter().chain(next).min()
    }

    /// There is nothing to write.
    pub fn skip(&mut self, now: Instant) {
        self.next = now + self.period;
    }

    /// Something is being written.
    pub fn begin(&mut self, now: Instant) {
        self.in_flight = true;
        self.next = now + self.period;
        self.waits_since.get_or_insert(now);
    }

    /// It is written. Whether more than that was published meanwhile, and what to say.
    pub fn succeed(&mut self, now: Instant) -> (bool, Said) {
        self.counts.succeeded += 1;
        (self.in_flight, self.waits_since) = (false, None);
        self.backoff.reset();
        let was_ahead = std::mem::take(&mut self.ahead);
        if was_ahead {
            self.next = now; // what was published is to be written at once
        }
        let said = match self.trouble.take() {
            None if !was_ahead => Said::Nothing,
            _ => Said::Again,
        };
        (was_ahead, said)
    }

    /// It could not be written.
    pub fn fail(&mut self, why: String, now: Instant) -> Said {
        self.counts.failed += 1;
        self.in_flight = false;
        self.next = now + self.backoff.wait();
        if self.trouble.as_ref() == Some(&why) {
            return Said::Nothing;
        }
        self.trouble = Some(why.clone());
        Said::Trouble(why)
    }

    /// The disk was too slow: from here on, what was counted is published before it is written. True once.
    pub fn notice_delay(&mut self, now: Instant) -> bool {
        let late = self.waits_since.is_some_and(|since| now >= since + PATIENCE);
        let begins = late && !self.ahead;
        self.ahead |= late;
        begins
    }

    /// Whether what was counted is published before it is written.
    #[must_use]
    pub const fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// Whether all is well.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.trouble.is_none() && !self.ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_commit_follows_another_after_a_period_or_before_a_scrape() {
        let now = clock::instant();
        let mut commits = CommitPolicy::new(SECOND, now);
        assert!(commits.is_due(now));
        commits.begin(now);
        assert!(!commits.is_due(now + 9 * SECOND), "one at a time");
        assert_eq!(commits.succeed(now + SECOND / 10), (false, Said::Nothing));
        assert_eq!(commits.wakes(), Some(now + SECOND));
        commits.foretell(Some(now + 5 * SECOND));
        assert_eq!(commits.wakes(), Some(now + SECOND), "far away");
        commits.foretell(Some(now + SECOND * 6 / 5));
        assert_eq!(commits.wakes(), Some(now + SECOND * 6 / 5), "one does for both");
        commits.foretell(Some(now + SECOND / 2));
        assert_eq!(commits.wakes(), Some(now + SECOND / 2));
    }

    #[test]
    fn a_disk_that_does_not_answer_is_waited_for_two_seconds() {
        let now = clock::instant();
        let mut commits = CommitPolicy::new(SECOND, now);
        commits.begin(now);
        assert!(!commits.notice_delay(now + SECOND) && commits.is_up());
        assert_eq!(commits.wakes(), Some(now + 2 * SECOND));
        assert!(commits.notice_delay(now + 2 * SECOND), "said once");
        assert!(!commits.notice_delay(now + 3 * SECOND) && commits.is_ahead() && !commits.is_up());
        assert_eq!(commits.succeed(now + 10 * SECOND), (true, Said::Again));
        assert!(commits.is_due(now + 10 * SECOND) && commits.is_up());
    }

    #[test]
    fn what_fails_is_tried_again_ever_less_often_and_said_once() {
        let now = clock::instant();
        let mut commits = CommitPolicy::new(SECOND, now);
        let full = || "full".to_owned();
        let mut at = now;
        for (turn, wait) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
            commits.begin(at);
            let said = commits.fail(full(), at);
            assert_eq!(said, if turn == 0 { Said::Trouble(full()) } else { Said::Nothing });
            assert!(!commits.is_up());
            at += wait * SECOND;
            assert!(!commits.is_due(at - SECOND / 100) && commits.is_due(at));
            assert_eq!(commits.notice_delay(at), turn == 1, "after two seconds without success");
        }
        commits.begin(at);
        assert_eq!(commits.succeed(at), (true, Said::Again));
        assert_eq!(commits.counts, CommitCounts { succeeded: 1, failed: 7 });
    }
}
