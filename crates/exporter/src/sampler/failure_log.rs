//! The lines about GPUs that do not answer. GPUs that fail together, as after a fault of the driver, are one line.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::warn;

use super::sleep::sleep_until;
use crate::clock;
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, ErrorScope};

/// The time for which failures of one kind are gathered. All GPUs are read within it, and a GPU that failed is retried later.
const GATHERING_TIME: Duration = Duration::from_millis(250);

/// The GPUs whose failures of a kind wait for their line: their indices, and the occurrences since the line before.
type Gathered = BTreeMap<u32, u64>;

static GATHERED: Mutex<BTreeMap<&'static str, Gathered>> = Mutex::new(BTreeMap::new());

/// Logs that a GPU cannot be read, if it is to be logged. The first of several GPUs that fail together waits for the others,
/// unless `stop` is set.
pub(super) fn log(index: u32, error: &DriverError, stop: &AtomicBool) {
    let kind = error.kind;
    if error.scope == ErrorScope::Library {
        if let Some(times) = occurrences_to_log("reading", kind) {
            warn!(times, error = kind, reason = %error, "the driver answers for no GPU");
        }
        return;
    }
    let Some(times) = occurrences_to_log(Some(index), kind) else { return };
    if gather(kind, index, times) {
        sleep_until(clock::instant() + GATHERING_TIME, stop);
        let gpus = take(kind);
        let times: u64 = gpus.values().sum();
        match gpus.keys().copied().collect::<Vec<_>>().as_slice() {
            [] => {}
            [gpu] => warn!(gpu, times, error = kind, reason = %error, "the GPU does not answer"),
            all => {
                let gpus = ranges(all);
                warn!(gpus, times, error = kind, reason = %error, "the GPUs do not answer");
            }
        }
    }
}

/// Adds a failure. Returns true for the first of its kind, which writes the line.
fn gather(kind: &'static str, index: u32, times: u64) -> bool {
    let mut gathered = GATHERED.lock().unwrap_or_else(PoisonError::into_inner);
    let gpus = gathered.entry(kind).or_default();
    let is_first = gpus.is_empty();
    *gpus.entry(index).or_default() += times;
    is_first
}

/// Removes the failures of a kind.
fn take(kind: &'static str) -> Gathered {
    let mut gathered = GATHERED.lock().unwrap_or_else(PoisonError::into_inner);
    gathered.remove(kind).unwrap_or_default()
}

/// Writes ascending indices as ranges: `0-3,5`.
fn ranges(indices: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &index in indices {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => ranges.push((index, index)),
        }
    }
    let written = ranges.iter().map(|&(first, last)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    });
    written.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_a_kind_wait_for_one_line() {
        assert!(gather("test_kind", 3, 1));
        assert!(!gather("test_kind", 1, 4));
        assert!(!gather("test_kind", 3, 2));
        assert!(gather("another_test_kind", 1, 1));
        assert_eq!(take("test_kind"), BTreeMap::from([(1, 4), (3, 3)]));
        assert!(gather("test_kind", 1, 1), "the next line");
    }

    #[test]
    fn indices_are_written_as_ranges() {
        for (indices, expected) in
            [(&[7][..], "7"), (&[0, 1, 2, 3], "0-3"), (&[0, 2, 3, 9], "0,2-3,9")]
        {
            assert_eq!(ranges(indices), expected);
        }
    }
}
