//! The limit of lines about errors that repeat.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The interval from the first line about an error to the second.
const FIRST_INTERVAL: Duration = Duration::from_secs(60);

/// The growth of the interval with each further line.
const GROWTH: u32 = 4;

/// The longest interval between lines about an error that goes on.
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// The time without an error after which its next occurrence is logged as a new one.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// A limit of lines: an error is logged at once, and while it repeats only at growing intervals, with the number of
/// occurrences.
#[derive(Debug)]
pub(crate) struct LogLimiter<K> {
    errors: BTreeMap<K, Repeated>,
}

/// An error that has occurred.
#[derive(Debug)]
struct Repeated {
    last_seen: Instant,
    last_logged: Instant,
    interval: Duration,
    /// The occurrences since the last line.
    unlogged: u64,
}

impl<K: Ord> LogLimiter<K> {
    /// Creates a limit that has seen no error.
    pub(crate) const fn new() -> LogLimiter<K> {
        LogLimiter { errors: BTreeMap::new() }
    }

    /// Counts an error. Returns the number of occurrences since its last line, this one included, if it is to be
    /// logged; `None` if it is not.
    pub(crate) fn occurrences_to_log(&mut self, key: K, now: Instant) -> Option<u64> {
        let Some(error) = self.errors.get_mut(&key) else {
            self.errors.insert(key, Repeated::first(now));
            return Some(1);
        };
        if now.saturating_duration_since(error.last_seen) > FORGOTTEN_AFTER {
            let unlogged = error.unlogged;
            *error = Repeated::first(now);
            return Some(unlogged + 1);
        }
        error.last_seen = now;
        error.unlogged += 1;
        if now.saturating_duration_since(error.last_logged) < error.interval {
            return None;
        }
        error.last_logged = now;
        error.interval = (error.interval * GROWTH).min(LONGEST_INTERVAL);
        Some(std::mem::take(&mut error.unlogged))
    }
}

impl Repeated {
    const fn first(now: Instant) -> Repeated {
        Repeated { last_seen: now, last_logged: now, interval: FIRST_INTERVAL, unlogged: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// The lines about an error each second: the second, and the occurrences.
    fn lines(seconds: u64) -> Vec<(u64, u64)> {
        let start = clock::instant();
        let mut limiter = LogLimiter::new();
        (0..seconds)
            .filter_map(|second| {
                let now = start + Duration::from_secs(second);
                Some((second, limiter.occurrences_to_log((0, "implausible"), now)?))
            })
            .collect()
    }

    #[test]
    fn an_error_that_repeats_is_logged_at_growing_intervals_with_its_count() {
        assert_eq!(lines(10_000), [(0, 1), (60, 60), (300, 240), (1260, 960), (5100, 3840)]);
        let days: Vec<u64> = lines(7 * 86_400).iter().map(|&(second, _)| second).collect();
        assert!(days.len() < 15, "{days:?}");
        assert!(days.iter().zip(&days[1..]).all(|(one, next)| next - one <= 86_400), "{days:?}");
    }

    #[test]
    fn errors_that_alternate_are_limited_each_by_itself() {
        let start = clock::instant();
        let mut limiter = LogLimiter::new();
        let mut lines = Vec::new();
        for second in 0..50 {
            let key = (second % 2, if second % 4 < 2 { "timeout" } else { "unknown" });
            let now = start + Duration::from_secs(second);
            lines.extend(limiter.occurrences_to_log(key, now).map(|_| second));
        }
        assert_eq!(lines, [0, 1, 2, 3]);
    }

    #[test]
    fn an_error_that_has_long_passed_is_logged_at_once() {
        let start = clock::instant();
        let mut limiter = LogLimiter::new();
        let mut at =
            |seconds| limiter.occurrences_to_log("hang", start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(1), at(2)], [Some(1), None, None]);
        assert_eq!([at(3700), at(3701)], [Some(3), None]);
    }
}
