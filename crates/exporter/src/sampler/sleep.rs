//! Sleep of a thread that may be asked to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::clock;

/// Sleeps until a time, or until `stop` is set and the thread is unparked.
pub(super) fn sleep_until(due: Instant, stop: &AtomicBool) {
    loop {
        let left = due.saturating_duration_since(clock::instant());
        if left.is_zero() || stop.load(Ordering::Relaxed) {
            return;
        }
        thread::park_timeout(left);
    }
}
