//! A wall clock that runs faster than the machine's, for this process and for those that it starts.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Debian's libfaketime. The loader puts the system's folder for libraries in place of `$LIB`.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

/// The clock. Its copies all show the same.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// What it showed at first: seconds since the epoch.
    start: u32,
    began: Instant,
    speed: u32,
}

impl Clock {
    /// From a moment on, so many times as fast as the machine's.
    #[must_use]
    pub fn new(start: u32, speed: u32) -> Clock {
        Clock { start, began: Instant::now(), speed }
    }

    /// What it shows: seconds since the epoch.
    #[must_use]
    pub fn now(&self) -> f64 {
        f64::from(self.start) + self.began.elapsed().as_secs_f64() * f64::from(self.speed)
    }

    /// Waits until it shows so many seconds more than at first.
    pub fn sleep_until(&self, seconds: u32) {
        let due = self.began + Duration::from_secs(seconds.into()) / self.speed;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    /// Lets a command see this clock in place of the machine's, a second slow at most and whatever the command
    /// takes to start. It sleeps by this clock, too. Its monotonic clock stays the machine's, and so do the
    /// waits of its threads for one another and for its connections.
    ///
    /// # Errors
    ///
    /// When the clock shows no date.
    pub fn rule(&self, command: &mut Command) -> Result<()> {
        #[allow(clippy::cast_possible_truncation)] // whole seconds of our time
        let now = chrono::DateTime::from_timestamp(self.now() as i64, 0).context("a date")?;
        command
            .env("LD_PRELOAD", LIBRARY)
            .env("FAKETIME", format!("@{} x{}", now.format("%Y-%m-%d %H:%M:%S"), self.speed))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1")
            // Or else each look at the clock would find it set.
            .env("GPU_CARBON_CLOCK_RATE", self.speed.to_string())
            .env("TZ", "UTC0");
        Ok(())
    }
}
