//! The policy that decides when to commit to the ledger, and when to publish totals that are not in it.
//!
//! It reads no clock: the time is an argument.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::snapshot::CommitCounts;

/// The time after which totals are published although they are not committed, so that scrapes do not stand still
/// for a disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// The wait after the first failed commit, which doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest wait after a failed commit.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// The state of the commits to a ledger, one at a time.
#[derive(Debug)]
pub struct CommitPolicy {
    period: Duration,
    /// The time of the next commit.
    next: Instant,
    in_flight: bool,
    /// The time since which something should be committed and is not.
    overdue_since: Option<Instant>,
    /// The reason why the last commit failed.
    failure: Option<String>,
    backoff: Backoff,
    /// True if totals are published before they are committed.
    is_published_ahead: bool,
    counts: CommitCounts,
}

/// A change that is worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitReport {
    /// Nothing has changed.
    Unchanged,
    /// Commits succeed again.
    Recovered,
    /// Commits fail for a new reason.
    Failing(String),
}

/// The effects of a successful commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSuccess {
    /// True if later totals than those of this commit were published meanwhile.
    pub was_published_ahead: bool,
    /// The change to log.
    pub report: CommitReport,
}

impl CommitPolicy {
    /// Creates a policy that commits every period, first at once.
    #[must_use]
    pub fn new(period: Duration, now: Instant) -> CommitPolicy {
        CommitPolicy {
            period,
            next: now,
            in_flight: false,
            overdue_since: None,
            failure: None,
            backoff: Backoff::new(FIRST_RETRY, LONGEST_RETRY),
            is_published_ahead: false,
            counts: CommitCounts::default(),
        }
    }

    /// Commits every period of another length, from the next commit on.
    pub const fn set_period(&mut self, period: Duration) {
        self.period = period;
    }

    /// Moves the next commit to a preferred time, just before a scrape, if that is earlier than the next commit,
    /// or so soon after it that one commit serves both.
    pub fn prefer(&mut self, time: Option<Instant>) {
        if let Some(time) = time
            && self.failure.is_none()
            && time < self.next + self.period.min(Duration::from_secs(1)) / 4
        {
            self.next = time;
        }
    }

    /// Makes a commit due now.
    pub fn commit_now(&mut self, now: Instant) {
        self.next = self.next.min(now);
    }

    /// True if a commit is due.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        !self.in_flight && self.next <= now
    }

    /// True if the last commit failed.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failure.is_some()
    }

    /// The time of the next change without an event: a commit is due, or it is delayed for too long.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Instant> {
        let overdue = self.overdue_since.filter(|_| !self.is_published_ahead);
        let late = overdue.map(|since| since + PATIENCE);
        let next = Some(self.next).filter(|_| !self.in_flight);
        late.into_iter().chain(next).min()
    }

    /// Skips a commit, because there is nothing to write.
    pub fn skip(&mut self, now: Instant) {
        self.next = now + self.period;
    }

    /// Records that a commit has begun.
    pub fn begin(&mut self, now: Instant) {
        self.in_flight = true;
        self.next = now + self.period;
        self.overdue_since.get_or_insert(now);
    }

    /// Records that the commit succeeded.
    pub fn record_success(&mut self, now: Instant) -> CommitSuccess {
        self.counts.succeeded += 1;
        (self.in_flight, self.overdue_since) = (false, None);
        self.backoff.reset();
        let was_published_ahead = std::mem::take(&mut self.is_published_ahead);
        if was_published_ahead {
            self.next = now; // the totals that were published are to be committed at once
        }
        let report = match self.failure.take() {
            None if !was_published_ahead => CommitReport::Unchanged,
            _ => CommitReport::Recovered,
        };
        CommitSuccess { was_published_ahead, report }
    }

    /// Records that the commit failed.
    pub fn record_failure(&mut self, reason: String, now: Instant) -> CommitReport {
        self.counts.failed += 1;
        self.in_flight = false;
        self.next = now + self.backoff.next_wait();
        if self.failure.as_ref() == Some(&reason) {
            return CommitReport::Unchanged;
        }
        self.failure = Some(reason.clone());
        CommitReport::Failing(reason)
    }

    /// Detects that a commit is delayed for too long: from then on, totals are published before they are
    /// committed. True once for each such delay.
    pub fn detect_delay(&mut self, now: Instant) -> bool {
        let is_late = self.overdue_since.is_some_and(|since| now >= since + PATIENCE);
        let begins = is_late && !self.is_published_ahead;
        self.is_published_ahead |= is_late;
        begins
    }

    /// True if totals are published before they are committed.
    #[must_use]
    pub const fn is_published_ahead(&self) -> bool {
        self.is_published_ahead
    }

    /// True if commits succeed in time.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.failure.is_none() && !self.is_published_ahead
    }

    /// The number of commits by outcome.
    #[must_use]
    pub const fn counts(&self) -> CommitCounts {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const SECOND: Duration = Duration::from_secs(1);

    fn success(was_published_ahead: bool, report: CommitReport) -> CommitSuccess {
        CommitSuccess { was_published_ahead, report }
    }

    #[test]
    fn a_commit_follows_another_after_a_period_or_before_a_scrape() {
        let now = clock::instant();
        let mut policy = CommitPolicy::new(SECOND, now);
        assert!(policy.is_due(now));
        policy.begin(now);
        assert!(!policy.is_due(now + 9 * SECOND), "one at a time");
        let done = policy.record_success(now + SECOND / 10);
        assert_eq!(done, success(false, CommitReport::Unchanged));
        assert_eq!(policy.next_wakeup(), Some(now + SECOND));
        policy.prefer(Some(now + 5 * SECOND));
        assert_eq!(policy.next_wakeup(), Some(now + SECOND), "far away");
        policy.prefer(Some(now + SECOND * 6 / 5));
        assert_eq!(policy.next_wakeup(), Some(now + SECOND * 6 / 5), "one serves both");
        policy.prefer(Some(now + SECOND / 2));
        assert_eq!(policy.next_wakeup(), Some(now + SECOND / 2));
    }

    #[test]
    fn a_disk_that_does_not_answer_is_waited_for_two_seconds() {
        let now = clock::instant();
        let mut policy = CommitPolicy::new(SECOND, now);
        policy.begin(now);
        assert!(!policy.detect_delay(now + SECOND) && policy.is_up());
        assert_eq!(policy.next_wakeup(), Some(now + 2 * SECOND));
        assert!(policy.detect_delay(now + 2 * SECOND), "reported once");
        assert!(!policy.detect_delay(now + 3 * SECOND));
        assert!(policy.is_published_ahead() && !policy.is_up());
        let done = policy.record_success(now + 10 * SECOND);
        assert_eq!(done, success(true, CommitReport::Recovered));
        assert!(policy.is_due(now + 10 * SECOND) && policy.is_up());
    }

    #[test]
    fn a_failed_commit_is_retried_ever_less_often_and_reported_once() {
        let now = clock::instant();
        let mut policy = CommitPolicy::new(SECOND, now);
        let full = || "full".to_owned();
        let mut at = now;
        for (turn, wait) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
            policy.begin(at);
            let expected =
                if turn == 0 { CommitReport::Failing(full()) } else { CommitReport::Unchanged };
            assert_eq!(policy.record_failure(full(), at), expected);
            assert!(!policy.is_up());
            at += wait * SECOND;
            assert!(!policy.is_due(at - SECOND / 100) && policy.is_due(at));
            assert_eq!(policy.detect_delay(at), turn == 1, "after two seconds without success");
        }
        policy.begin(at);
        assert_eq!(policy.record_success(at), success(true, CommitReport::Recovered));
        assert_eq!(policy.counts(), CommitCounts { succeeded: 1, failed: 7 });
    }
}
