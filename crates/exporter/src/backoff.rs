//! The wait between attempts at something that fails.

use std::time::Duration;

/// A wait that doubles with each attempt, from the first to the longest.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Creates a backoff that begins with the first wait.
    pub(crate) fn new(first: Duration, longest: Duration) -> Backoff {
        Backoff { first, longest, next: first }
    }

    /// The wait before the next attempt. Each call doubles the following one.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    /// The wait before the next attempt, which stays the same.
    pub(crate) const fn present_wait(&self) -> Duration {
        self.next
    }

    /// Begins with the first wait again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_up_to_the_longest_and_can_be_reset() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let waits: Vec<u64> = (0..5).map(|_| backoff.next_wait().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.present_wait().as_secs(), 1);
        assert_eq!(backoff.next_wait().as_secs(), 1);
    }
}
