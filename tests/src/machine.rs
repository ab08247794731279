//! A machine with fake GPUs.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use fake_nvml::{Gpu, Script};
use tempfile::TempDir;

/// A folder with a fake NVML, its script, a configuration and intensities.
#[derive(Debug)]
pub struct Machine {
    folder: TempDir,
}

impl Machine {
    /// A machine whose GPUs follow a script in TOML.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, or the script is invalid.
    pub fn new(script: &str) -> Result<Machine> {
        let machine = Machine { folder: tempfile::tempdir()? };
        fake_nvml::install(&machine.path("nvml"))?;
        machine.set_script(script)?;
        machine.configure("intensity: {source: constant, grams_per_kilowatt_hour: 400}")?;
        Ok(machine)
    }

    /// The path of a file on it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of the shared library.
    #[must_use]
    pub fn library(&self) -> PathBuf {
        self.path("nvml/libnvidia-ml.so.1")
    }

    /// The path of the script.
    #[must_use]
    pub fn script_path(&self) -> PathBuf {
        self.path("gpus.toml")
    }

    /// Replaces the script of the GPUs, and waits until every call that begins follows it.
    ///
    /// # Errors
    ///
    /// When the script is invalid, or cannot be written.
    pub fn set_script(&self, script: &str) -> Result<()> {
        Script::parse(script)?;
        replace(&self.script_path(), script)?;
        thread::sleep(fake_nvml::CHECK_PERIOD);
        Ok(())
    }

    /// The script of a GPU, which knows its true power and energy.
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

    /// Writes intensities to `intensity.csv`: seconds since the epoch, and g/kWh.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn set_intensities(&self, intensities: &[(i64, f64)]) -> Result<()> {
        let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
        for (seconds, grams) in intensities {
            let time = chrono::DateTime::from_timestamp(*seconds, 0).context("a date")?;
            csv.push_str(&format!("{},{grams}\n", time.format("%Y-%m-%dT%H:%M:%SZ")));
        }
        replace(&self.path("intensity.csv"), &csv)
    }
}

/// Seconds since the epoch.
#[must_use]
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Replaces a file at once: a reader sees the old text or the new one, never a part.
fn replace(path: &Path, text: &str) -> Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, text)?;
    Ok(fs::rename(draft, path)?)
}
