//! The GPUs that are lost, and the times at which to try another session of the library for them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;

/// The time to wait for a lost GPU before another session is tried, since it may answer only to that.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// The longest time to wait, after other sessions did not bring the GPU back.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The time without a loss after which the waits begin again: the last session brought the GPU back.
const WORKED_FOR: Duration = Duration::from_secs(60);

/// The GPUs that are lost.
#[derive(Debug)]
pub(super) struct LostGpus {
    indices: BTreeSet<u32>,
    /// The time of the last report that a GPU is lost. It is repeated for as long as that holds.
    last_report: Option<Instant>,
    backoff: Backoff,
    next_attempt: Option<Instant>,
}

impl LostGpus {
    /// Creates an empty set.
    pub(super) fn new() -> LostGpus {
        let backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        LostGpus { indices: BTreeSet::new(), last_report: None, backoff, next_attempt: None }
    }

    /// Records that the GPU at an index is lost.
    pub(super) fn insert(&mut self, index: u32, now: Instant) {
        let last_report = self.last_report.replace(now);
        if last_report.is_some_and(|last| now.saturating_duration_since(last) >= WORKED_FOR) {
            self.backoff.reset();
        }
        self.indices.insert(index);
        let backoff = &mut self.backoff;
        self.next_attempt.get_or_insert_with(|| now + backoff.next_wait());
    }

    /// Records that the GPU at an index was read: it is not lost any more.
    pub(super) fn remove(&mut self, index: u32) {
        if self.indices.remove(&index) && self.indices.is_empty() {
            self.next_attempt = None;
            self.backoff.reset();
        }
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

    /// The indices of the lost GPUs, if it is time to try another session for them. The next time is later.
    pub(super) fn due(&mut self, now: Instant) -> Option<Vec<u32>> {
        self.next_attempt.filter(|due| *due <= now)?;
        self.next_attempt = Some(now + self.backoff.next_wait());
        Some(self.indices.iter().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_lost_gpu_is_retried_less_and_less_often_until_it_was_read() {
        let now = clock::instant();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut lost = LostGpus::new();
        assert_eq!(lost.due(after(1000)), None, "none is lost");
        lost.insert(3, now);
        lost.insert(1, after(5));
        assert_eq!(lost.due(after(9)), None);
        assert_eq!(lost.due(after(10)), Some(vec![1, 3]));
        assert_eq!(lost.due(after(29)), None);
        assert_eq!(lost.due(after(30)), Some(vec![1, 3]));
        lost.remove(3);
        assert_eq!(lost.due(after(70)), Some(vec![1]), "the other one is lost still");
        lost.remove(1);
        assert_eq!(lost.due(after(100_000)), None);
        lost.insert(1, now);
        assert_eq!(lost.due(after(10)), Some(vec![1]), "the waits begin again");
    }

    #[test]
    fn the_waits_grow_while_new_sessions_do_not_help_and_begin_again_once_one_did() {
        let now = clock::instant();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut lost = LostGpus::new();
        lost.insert(0, now);
        assert_eq!(lost.due(after(10)), Some(vec![0]));
        // Another session, in which the GPU is soon lost again.
        lost.clear();
        lost.insert(0, after(40));
        assert_eq!((lost.due(after(79)), lost.due(after(80))), (None, Some(vec![0])));
        lost.clear();
        lost.insert(0, after(140));
        assert_eq!(lost.due(after(150)), Some(vec![0]), "it was read for more than a minute");
    }
}
