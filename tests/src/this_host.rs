//! The exporter on the GPUs and meters of this host, for the checks beside other programs.

use std::ffi::OsStr;
use std::process::{Command, ExitCode};

use anyhow::Result;
use tempfile::TempDir;

use crate::exporter::{Exporter, binary};

/// An exporter on the GPUs and meters of this host. Dropping it ends the process.
#[derive(Debug)]
pub struct ThisHost {
    /// The exporter.
    pub exporter: Exporter,
    /// The folder of its configuration.
    _folder: TempDir,
}

impl ThisHost {
    /// Starts the exporter with more flags, and with an intensity of 400 g/kWh.
    ///
    /// # Errors
    ///
    /// When it does not build, or ends before it logs its address.
    pub fn start<S: AsRef<OsStr>>(flags: impl IntoIterator<Item = S>) -> Result<ThisHost> {
        let folder = tempfile::tempdir()?;
        let configuration = folder.path().join("exporter.yaml");
        std::fs::write(
            &configuration,
            "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n",
        )?;
        let mut command = Command::new(binary()?);
        command.arg("--config.file").arg(&configuration).args(flags);
        Ok(ThisHost { exporter: Exporter::run(command)?, _folder: folder })
    }
}

/// The exit status of a check, whose error is written to standard error.
#[must_use]
#[allow(clippy::print_stderr, reason = "the error of a program")]
pub fn exit_code(checked: Result<()>) -> ExitCode {
    match checked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
