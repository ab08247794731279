//! A wall clock that runs faster than the machine's, for this process and its children.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Debian's libfaketime. The loader puts the system's folder for libraries in place of `$LIB`.
pub(crate) const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

/// The clock. All copies of it show the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The time at its creation, in seconds since the epoch.
    start: u32,
    started: Instant,
    speed: u32,
}

impl Clock {
    /// A clock that starts at `start`, in seconds since the epoch, and runs `speed` times as fast as the machine's.
    #[must_use]
    pub fn new(start: u32, speed: u32) -> Clock {
        Clock { start, started: Instant::now(), speed }
    }

    /// The time that it shows, in seconds since the epoch.
    #[must_use]
    pub fn now(&self) -> f64 {
        f64::from(self.start) + self.started.elapsed().as_secs_f64() * f64::from(self.speed)
    }

    /// Waits until it shows `seconds` more than at its creation.
    pub fn sleep_until(&self, seconds: u32) {
        let due = self.started + Duration::from_secs(seconds.into()) / self.speed;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    /// Makes a command use this clock in place of the machine's. It lags by a second at most, and by the time that the
    /// command takes to start. Sleeps follow this clock, too; the monotonic clock stays the machine's, and so do waits
    /// for threads and connections.
    ///
    /// # Errors
    ///
    /// When the clock shows a time that is no date.
    pub fn apply_to(&self, command: &mut Command) -> Result<()> {
        #[allow(clippy::cast_possible_truncation, reason = "whole seconds of our time")]
        let now = chrono::DateTime::from_timestamp(self.now() as i64, 0).context("a date")?;
        command
            .env("LD_PRELOAD", LIBRARY)
            .env("FAKETIME", format!("@{} x{}", now.format("%Y-%m-%d %H:%M:%S"), self.speed))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1")
            // Otherwise the exporter takes the fast clock for one that is set again and again.
            .env("GPU_CARBON_CLOCK_RATE", self.speed.to_string())
            .env("TZ", "UTC0");
        Ok(())
    }
}
