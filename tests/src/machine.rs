//! A machine with fake GPUs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use fake_nvml::{Gpu, Script};
use tempfile::TempDir;

/// A folder with a fake NVML, its script, a configuration and prices.
#[derive(Debug)]
pub struct Machine {
    folder: TempDir,
}

impl Machine {
    /// A machine whose GPUs follow a script, in TOML.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, or the script is none.
    pub fn new(script: &str) -> Result<Machine> {
        let machine = Machine { folder: tempfile::tempdir()? };
        fake_nvml::install(&machine.path("nvml"))?;
        machine.set_script(script)?;
        machine.configure("intensity: {source: constant, grams_per_kilowatt_hour: 400}")?;
        Ok(machine)
    }

    /// A file on it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The shared library.
    #[must_use]
    pub fn library(&self) -> PathBuf {
        self.path("nvml/libnvidia-ml.so.1")
    }

    /// The script's file.
    #[must_use]
    pub fn script_path(&self) -> PathBuf {
        self.path("gpus.toml")
    }

    /// Changes what the GPUs do.
    ///
    /// # Errors
    ///
    /// When it is no script.
    pub fn set_script(&self, script: &str) -> Result<()> {
        Script::parse(script)?;
        replace(&self.script_path(), script)
    }

    /// A GPU as its script says, to ask for the truth.
    ///
    /// # Errors
    ///
    /// When the script has no such GPU.
    pub fn gpu(&self, index: usize) -> Result<Gpu> {
        let script = Script::read(&self.script_path())?;
        script.gpus.into_iter().nth(index).context("no such GPU")
    }

    /// Writes the exporter's configuration.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn configure(&self, yaml: &str) -> Result<()> {
        replace(&self.path("exporter.yaml"), yaml)
    }

    /// Writes intensities to `prices.csv`: seconds since the epoch, and g/kWh.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn set_prices(&self, prices: &[(i64, f64)]) -> Result<()> {
        let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
        for (seconds, grams) in prices {
            let moment = chrono::DateTime::from_timestamp(*seconds, 0).context("a date")?;
            csv.push_str(&format!("{},{grams}\n", moment.format("%Y-%m-%dT%H:%M:%SZ")));
        }
        replace(&self.path("prices.csv"), &csv)
    }
}

/// Seconds since the epoch.
#[must_use]
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// As a careful writer does: whoever reads sees the old file or the new one, never a part.
fn replace(path: &Path, text: &str) -> Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, text)?;
    Ok(fs::rename(draft, path)?)
}
