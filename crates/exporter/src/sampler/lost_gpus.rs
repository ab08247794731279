//! The GPUs that are lost, and the times at which to try another session of the library for them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;

/// The time to wait for a lost GPU before another session is tried, since it may answer only to that.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// The longest time to wait, after other sessions in which the GPU was lost too.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The longest time to wait where nothing tells that another session does not help: none could begin, or the GPU answered
/// to the last one.
const LONGEST_UNPROVEN_WAIT: Duration = Duration::from_secs(60);

/// The time without a loss after which the waits begin again: the last session brought the GPU back.
const WORKED_FOR: Duration = Duration::from_secs(60);

/// The GPUs that are lost.
#[derive(Debug)]
pub(super) struct LostGpus {
    indices: BTreeSet<u32>,
    /// The time of the last report that a GPU is lost. It is repeated for as long as that holds.
    last_report: Option<Instant>,
    /// The waits after sessions in which the GPU was lost.
    backoff: Backoff,
    /// The waits after attempts that say nothing of the GPU, and after sessions to which it answered.
    unproven_backoff: Backoff,
    next_attempt: Option<Instant>,
}

impl LostGpus {
    /// Creates an empty set.
    pub(super) fn new() -> LostGpus {
        LostGpus {
            indices: BTreeSet::new(),
            last_report: None,
            backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT),
            unproven_backoff: Backoff::new(FIRST_WAIT, LONGEST_UNPROVEN_WAIT),
            next_attempt: None,
        }
    }

    /// Records that the GPU at an index is lost.
    pub(super) fn insert(&mut self, index: u32, now: Instant) {
        let last_report = self.last_report.replace(now);
        if last_report.is_some_and(|last| now.saturating_duration_since(last) >= WORKED_FOR) {
            self.begin_waits_again();
        }
        self.indices.insert(index);
        let wait = self.backoff.present_wait().max(self.unproven_backoff.present_wait());
        self.next_attempt.get_or_insert(now + wait);
    }

    /// Records that the GPU at an index was read: it is not lost any more.
    pub(super) fn remove(&mut self, index: u32) {
        if self.indices.remove(&index) && self.indices.is_empty() {
            self.next_attempt = None;
            self.begin_waits_again();
        }
    }

    /// Records that a lost GPU answered to another session, which begins. If it is soon lost again, the next wait is longer.
    pub(super) fn answered(&mut self) {
        self.backoff.reset();
        self.unproven_backoff.next_wait();
    }

    /// Records that an attempt at another session failed. With `asked`, it began, and the lost GPUs did not answer to it.
    pub(super) fn failed(&mut self, asked: bool, now: Instant) {
        if self.indices.is_empty() {
            return;
        }
        let backoff = if asked { &mut self.backoff } else { &mut self.unproven_backoff };
        backoff.next_wait();
        self.next_attempt = Some(now + backoff.present_wait());
    }

    /// Forgets all GPUs, since a session begins in which they may have other indices. The waits continue.
    pub(super) fn clear(&mut self) {
        self.indices.clear();
        self.next_attempt = None;
    }

    /// The time of the next attempt, if a GPU is lost.
    pub(super) const fn next_attempt(&self) -> Option<Instant> {
        self.next_attempt
    }

    /// The indices of the lost GPUs, if it is time to try another session for them. What comes of it is to be recorded.
    pub(super) fn due(&mut self, now: Instant) -> Option<Vec<u32>> {
        self.next_attempt.take_if(|due| *due <= now)?;
        Some(self.indices.iter().copied().collect())
    }

    fn begin_waits_again(&mut self) {
        self.backoff.reset();
        self.unproven_backoff.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// The times of attempts until a limit, in seconds, each of which has an outcome by `record`, if a GPU that is lost at
    /// `from` is not read until then.
    fn attempts(
        lost: &mut LostGpus,
        epoch: Instant,
        (from, until): (u64, u64),
        record: impl Fn(&mut LostGpus, Instant),
    ) -> Vec<u64> {
        let mut times = Vec::new();
        for second in from..until {
            let now = epoch + Duration::from_secs(second);
            lost.insert(3, now);
            if let Some(indices) = lost.due(now) {
                assert_eq!(indices, [3]);
                times.push(second);
                record(lost, now);
            }
        }
        times
    }

    #[test]
    fn a_gpu_that_is_lost_in_new_sessions_too_is_retried_less_and_less_often() {
        let now = clock::instant();
        let mut lost = LostGpus::new();
        assert_eq!(lost.due(now + LONGEST_WAIT), None, "none is lost");
        let asked = |lost: &mut LostGpus, now| lost.failed(true, now);
        let times = attempts(&mut lost, now, (0, 18_000), asked);
        let waits: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(times[0], 10);
        assert_eq!(waits, [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        lost.remove(3);
        assert_eq!(lost.due(now + Duration::from_secs(100_000)), None);
        lost.insert(3, now);
        assert_eq!(lost.next_attempt(), Some(now + FIRST_WAIT), "the waits begin again");
    }

    #[test]
    fn gpus_are_lost_one_by_one_and_the_attempts_go_on_until_the_last_was_read() {
        let now = clock::instant();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut lost = LostGpus::new();
        lost.insert(3, now);
        lost.insert(1, after(5));
        assert_eq!(lost.due(after(9)), None);
        assert_eq!(lost.due(after(10)), Some(vec![1, 3]));
        lost.failed(true, after(10));
        assert_eq!(lost.due(after(29)), None);
        assert_eq!(lost.due(after(30)), Some(vec![1, 3]));
        lost.failed(true, after(30));
        lost.remove(3);
        assert_eq!(lost.due(after(70)), Some(vec![1]), "the other one is lost still");
        lost.failed(true, after(70));
        lost.remove(1);
        assert_eq!(lost.due(after(100_000)), None);
    }

    #[test]
    fn attempts_that_say_nothing_of_the_gpu_are_repeated_each_minute() {
        let now = clock::instant();
        let mut lost = LostGpus::new();
        let refused = |lost: &mut LostGpus, now| lost.failed(false, now);
        let times = attempts(&mut lost, now, (0, 400), refused);
        assert_eq!(times, [10, 30, 70, 130, 190, 250, 310, 370]);
        // Sessions that began for another reason, and in which the GPU is lost, are no attempts.
        for begin in [400, 410, 420, 430] {
            lost.clear();
            let none = |_: &mut LostGpus, _| {};
            assert!(attempts(&mut lost, now, (begin, begin + 10), none).is_empty());
        }
        assert_eq!(lost.next_attempt(), Some(now + Duration::from_secs(490)));
    }

    #[test]
    fn a_gpu_that_answers_to_each_new_session_and_is_soon_lost_is_retried_each_minute() {
        let now = clock::instant();
        let mut lost = LostGpus::new();
        let brought_back = |lost: &mut LostGpus, _| {
            lost.answered();
            lost.clear();
        };
        assert_eq!(attempts(&mut lost, now, (0, 250), brought_back), [10, 31, 72, 133, 194]);
        let healthy = now + Duration::from_secs(250) + WORKED_FOR;
        lost.clear();
        lost.insert(3, healthy);
        assert_eq!(lost.next_attempt(), Some(healthy + FIRST_WAIT), "the waits begin again");
    }
}
