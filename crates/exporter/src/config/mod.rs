//! The configuration: YAML, every key checked before anything starts.

mod check;
mod error;
mod file;
mod keys;
mod renamed;
mod sections;
mod services;

use std::path::Path;
use std::time::Duration;

use check::{Check, span};
pub use error::ConfigError;
use file::File;

use crate::{accounting, intensity, ledger, sampler};

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What to price by.
    pub intensity: intensity::Settings,
    /// What the books go by.
    pub accounting: accounting::Settings,
    /// How to read the GPUs.
    pub sampling: sampler::Settings,
    /// Where what was counted is kept; without it, totals start at zero with the process.
    pub ledger: Option<ledger::Settings>,
}

const MILLIS: fn(u64) -> Duration = Duration::from_millis;
const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// A reading stays good for three periods, and at least so long.
const LEAST_STALE: Duration = Duration::from_secs(5);

impl Config {
    /// Reads and checks a configuration. `nvml_library` comes from the command line.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn read(path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        Config::parse(&text, path, nvml_library)
    }

    /// Checks a configuration's text; `path` names it in errors, and is where its own paths start from.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn parse(text: &str, path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let check = Check { path };
        let file: File = serde_norway::from_str(text).map_err(|error| check.yaml(text, &error))?;
        let section = file.intensity.as_ref().ok_or_else(|| {
            check.refuse(
                "intensity",
                "nothing",
                "at least `intensity: {source: embedded}` is needed",
            )
        })?;
        let counter_period = check.duration(
            "sampling.counter_period",
            &file.sampling.counter_period,
            MILLIS(100)..=SECONDS(60),
        )?;
        Ok(Config {
            ledger: file.ledger.as_ref().map(|section| check.ledger(section)).transpose()?,
            intensity: check.intensity(section, file.grid_zone.as_deref())?,
            accounting: accounting::Settings {
                pue: check.pue(file.power_usage_effectiveness)?,
                threshold: check.grams(
                    "intensity.threshold_grams_per_kilowatt_hour",
                    section.threshold_grams_per_kilowatt_hour,
                )?,
                stale_after: span((counter_period * 3).max(LEAST_STALE)),
                manufacture: check.manufacture(file.embodied.kilograms_per_gpu)?,
                lifespan: check.lifespan(file.embodied.lifetime_years)?,
                forecast_jobs: check
                    .forecast_jobs(&file.forecast.durations, &file.forecast.windows)?,
            },
            sampling: sampler::Settings {
                library: nvml_library.to_owned(),
                counter_period,
                power_period: check.duration(
                    "sampling.power_period",
                    &file.sampling.power_period,
                    MILLIS(10)..=SECONDS(1),
                )?,
                rescan_period: check.duration(
                    "sampling.rescan_period",
                    &file.sampling.rescan_period,
                    MILLIS(100)..=SECONDS(3600),
                )?,
            },
        })
    }
}

#[cfg(test)]
mod tests;
