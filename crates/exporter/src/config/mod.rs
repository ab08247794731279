//! The configuration: a YAML file whose every key is checked before anything starts.

mod attribution;
mod cache_folder;
mod check;
mod embodied;
mod error;
mod file;
mod host;
mod keys;
mod region;
mod renamed;
mod sections;
mod services;

use std::io;
use std::path::Path;
use std::time::Duration;

use check::{Checker, span};
pub use error::ConfigError;
use file::File;
use gpu_carbon_fetch::read_file;

use crate::config_file_error::ConfigFileError;
use crate::sampler::KernelFiles;
use crate::{accounting, holders, host_meters, intensity, ledger, sampler, yaml};

/// A checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The settings of the intensity.
    pub intensity: intensity::Settings,
    /// The settings of the accounting.
    pub accounting: accounting::Settings,
    /// The settings of the sampling.
    pub sampling: sampler::Settings,
    /// The settings of the ledger. Without one, totals start at zero with the process.
    pub ledger: Option<ledger::Settings>,
    /// The settings of the holders. Without them, energy is not divided.
    pub holders: Option<holders::Settings>,
    /// The settings of the host around the GPUs.
    pub host: host_meters::Settings,
}

const MILLIS: fn(u64) -> Duration = Duration::from_millis;
const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// The greatest size of the file in bytes. One with every key has a few thousand.
const MOST_BYTES: u64 = 1 << 20;

/// The shortest age at which a reading is stale. Otherwise it is three periods.
const LEAST_STALE: Duration = Duration::from_secs(5);

impl Config {
    /// Reads and checks a configuration. `nvml_library` comes from the command line.
    ///
    /// # Errors
    ///
    /// The first error in the file.
    pub fn read(path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let text = text_of(path).map_err(|error| ConfigFileError::Read {
            path: path.to_owned(),
            error,
            flag: "--config.file",
            needed: "holds at least `intensity: {source: gb}`, or another source",
        })?;
        Config::parse(&text, path, nvml_library)
    }

    /// Checks the text of a configuration. `path` names it in errors, and the paths in it are relative to its folder.
    ///
    /// # Errors
    ///
    /// The first error in the file.
    pub fn parse(text: &str, path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let check = Checker { path };
        let file: File = yaml::read(text).map_err(|error| check.yaml_error(text, error))?;
        let section = file.intensity.as_ref().ok_or_else(|| {
            check.missing("intensity", "give at least `intensity: {source: gb}`, or another source")
        })?;
        let counter_period = check.duration(
            "sampling.counter_period",
            &file.sampling.counter_period,
            MILLIS(100)..=SECONDS(60),
        )?;
        let gpus = sections::gpus(&check, &file.gpus)?;
        Ok(Config {
            ledger: file
                .ledger
                .as_ref()
                .map(|section| sections::ledger(&check, section))
                .transpose()?,
            holders: file
                .attribution
                .as_ref()
                .map(|section| attribution::settings(&check, section))
                .transpose()?,
            host: host::settings(&check, &file.host)?,
            intensity: sections::intensity(&check, section, file.grid_zone.as_deref())?,
            accounting: accounting::Settings {
                pue: sections::pue(&check, file.power_usage_effectiveness)?,
                threshold: check.intensity(
                    "intensity.threshold_grams_per_kilowatt_hour",
                    section.threshold_grams_per_kilowatt_hour,
                )?,
                stale_after: span((counter_period * 3).max(LEAST_STALE)),
                embodied: embodied::settings(&check, &file.embodied)?,
                lifespan: embodied::lifespan(&check, &file.embodied)?,
                gpus: gpus.clone(),
                forget_after: span(check.duration(
                    "gpus.forget_after",
                    &file.gpus.forget_after,
                    SECONDS(1)..=SECONDS(366 * 86_400),
                )?),
                forecast_jobs: sections::forecast_jobs(
                    &check,
                    &file.forecast.durations,
                    &file.forecast.windows,
                )?,
            },
            sampling: sampler::Settings {
                library: nvml_library.to_owned(),
                kernel: KernelFiles::default(),
                gpus,
                wake_suspended: file.sampling.wake_suspended,
                divides: file.attribution.is_some(),
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

/// The text of a file, or of a pipe such as that of `<(command)`. What has no end, or no writer, is an error.
fn text_of(path: &Path) -> io::Result<String> {
    let bytes = read_file(path, MOST_BYTES + 1)?;
    if bytes.len() as u64 > MOST_BYTES {
        let text = format!("it is longer than {MOST_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
    String::from_utf8(bytes).map_err(not_text)
}

#[cfg(test)]
mod tests;
