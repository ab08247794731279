//! A wall clock of a program that a test sets while the program runs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::clock::LIBRARY;
use crate::machine::now;

/// The clock: that of the machine with an offset. The GPUs of the program follow the machine's.
#[derive(Debug)]
pub struct SetClock {
    file: PathBuf,
}

impl SetClock {
    /// A clock whose offset a file holds, as libfaketime reads it.
    #[must_use]
    pub const fn at(file: PathBuf) -> SetClock {
        SetClock { file }
    }

    /// Sets the offset, in seconds.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn set(&self, offset: f64) -> Result<()> {
        self.replace(&format!("{offset:+.1}"))
    }

    /// Stops it at the present, until it is set again.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn stop(&self) -> Result<()> {
        #[allow(clippy::cast_possible_truncation, reason = "whole seconds of our time")]
        let now = chrono::DateTime::from_timestamp(now() as i64, 0).context("a date")?;
        // Without an offset, it is the time that the clock shows.
        self.replace(&now.format("%Y-%m-%d %H:%M:%S").to_string())
    }

    fn replace(&self, text: &str) -> Result<()> {
        // At once: half an offset would be another one.
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, text)?;
        Ok(std::fs::rename(draft, &self.file)?)
    }

    /// Makes a command use this clock, beside the libraries that are already preloaded into it.
    pub fn apply_to(&self, command: &mut Command) {
        let preloaded = command.get_envs().find(|(name, _)| *name == "LD_PRELOAD");
        let mut libraries = preloaded.and_then(|(_, value)| value).unwrap_or_default().to_owned();
        if !libraries.is_empty() {
            libraries.push(":");
        }
        libraries.push(LIBRARY);
        command
            .env("LD_PRELOAD", libraries)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1")
            .env(fake_nvml::CLOCK_VARIABLE, fake_nvml::OF_KERNEL)
            .env("TZ", "UTC0");
    }
}
