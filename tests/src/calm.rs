//! Measurements on a machine that may be busy with other things: what a late reading spoils is measured again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The number of measurements on a machine that is never calm.
const ATTEMPTS: usize = 5;

/// The time that a thread sleeps to see how late it wakes up.
const NAP: Duration = Duration::from_millis(10);

/// The context of the error of a measurement whose readings came late: another one may be right.
#[derive(Debug)]
pub struct Late(pub Duration);

impl fmt::Display for Late {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a reading came {:?} late", self.0)
    }
}

/// Measures until the measurement succeeds. One that fails is repeated where it says so by a [`Late`], and where a thread of
/// this process had to wait for longer than `limit` meanwhile: the exporter had to wait then, too, and read late.
///
/// # Errors
///
/// The error of a measurement on a calm machine, or of the last one.
#[allow(clippy::print_stdout, reason = "the test tells why it took longer")]
pub fn measure<T>(limit: Duration, mut measurement: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..ATTEMPTS {
        let watch = Watch::begin();
        let outcome = measurement();
        let longest = watch.end();
        match outcome {
            Err(error) if longest > limit || error.is::<Late>() => {
                println!("measured again, after a thread waited for {longest:?}: {error:#}");
            }
            _ => return outcome,
        }
    }
    measurement().with_context(|| format!("the machine was not calm for {ATTEMPTS} measurements"))
}

/// A thread that sleeps again and again, and keeps by how much it was late at most.
struct Watch {
    ends: Arc<AtomicBool>,
    longest: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Watch {
    fn begin() -> Watch {
        let (ends, longest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (told, kept) = (Arc::clone(&ends), Arc::clone(&longest));
        let thread = thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let begun = Instant::now();
                thread::sleep(NAP);
                let late = begun.elapsed().saturating_sub(NAP);
                kept.fetch_max(
                    u64::try_from(late.as_micros()).unwrap_or(u64::MAX),
                    Ordering::Relaxed,
                );
            }
        });
        Watch { ends, longest, thread }
    }

    /// The longest time by which it was late.
    fn end(self) -> Duration {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
        Duration::from_micros(self.longest.load(Ordering::Relaxed))
    }
}
