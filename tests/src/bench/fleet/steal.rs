//! Steal time: processor time that the machine wanted, and that the host of a virtual machine gave to others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::bench::usage::Cores;
use crate::machine::now;

/// The time between two readings: ten ticks of a core.
const STEP: Duration = Duration::from_millis(100);

/// A thread that reads the activity of all cores.
pub struct Watch {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<(f64, Cores)>>>,
}

/// The activity of all cores over a time.
#[derive(Debug, Clone, Default)]
pub struct Steal(Vec<(f64, Cores)>);

impl Watch {
    /// Begins to read.
    #[must_use]
    pub fn start() -> Watch {
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            let mut readings = Vec::new();
            while !is_ended.load(Ordering::Relaxed) {
                readings.push((now(), Cores::now()?));
                thread::sleep(STEP);
            }
            Ok(readings)
        });
        Watch { ended, thread }
    }

    /// Ends, and returns what was read.
    ///
    /// # Errors
    ///
    /// When the activity could not be read.
    pub fn end(self) -> Result<Steal> {
        self.ended.store(true, Ordering::Relaxed);
        Ok(Steal(self.thread.join().map_err(|_| anyhow!("the thread panicked"))??))
    }
}

impl Steal {
    /// The steal time between two times, as a share of all time in which a core was wanted, from 0 to 1. The times are in seconds
    /// since the epoch.
    #[must_use]
    pub fn share(&self, from: f64, until: f64) -> f64 {
        let before = self.0.iter().rfind(|(at, _)| *at <= from).or(self.0.first());
        let after = self.0.iter().find(|(at, _)| *at >= until).or(self.0.last());
        match (before, after) {
            (Some((_, before)), Some((_, after))) => after.stolen_since(*before),
            _ => 0.0,
        }
    }

    /// The share over all of the time.
    #[must_use]
    pub fn of_all(&self) -> f64 {
        self.share(f64::NEG_INFINITY, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steal(readings: &[(f64, u32, u32)]) -> Steal {
        let cores = |used, stolen| {
            Cores::parse(&format!("cpu  {used} 0 0 0 0 0 0 {stolen} 0 0\n")).unwrap()
        };
        Steal(readings.iter().map(|&(at, used, stolen)| (at, cores(used, stolen))).collect())
    }

    #[test]
    fn the_share_is_of_the_readings_around_a_time() {
        let steal = steal(&[(10.0, 0, 0), (11.0, 10, 0), (12.0, 15, 5), (13.0, 20, 20)]);
        assert_eq!(steal.share(10.0, 11.0), 0.0);
        assert_eq!(steal.share(11.2, 11.8), 0.5);
        assert_eq!(steal.share(11.5, 12.5), 20.0 / 30.0, "one that began before, and ended after");
        assert_eq!(steal.share(0.0, 99.0), 0.5, "what is known of a longer time");
        assert_eq!(steal.of_all(), 0.5);
        assert_eq!(Steal::default().share(1.0, 2.0), 0.0);
    }

    #[test]
    fn a_watch_reads_this_machine() {
        let watch = Watch::start();
        thread::sleep(3 * STEP);
        let steal = watch.end().unwrap();
        assert!(steal.0.len() > 1 && (0.0..=1.0).contains(&steal.of_all()), "{steal:?}");
    }
}
