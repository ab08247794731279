//! CATS and the same programme in numpy, in a Python environment of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::question::{KILOWATTS, PAUSE_KILOWATT_HOURS, PAUSED_KILOWATTS};
use crate::bench::install::{peers_folder, python};

/// The Climate-Aware Task Scheduler, whose best start is the mean of a sliding window.
const CATS: &str = "climate-aware-task-scheduler==1.2.1";
const NUMPY: &str = "numpy";

/// Number of measurements of each.
const CATS_RUNS: u32 = 5;
const NUMPY_RUNS: u32 = 51;

const SCRIPT: &str = include_str!("peers.py");

/// The Python environment with both.
#[derive(Debug)]
pub struct Peers(PathBuf);

/// Their answers, and the time of a core for each, in seconds.
#[derive(Debug, Clone)]
pub struct Answers {
    /// CATS' time for the best start.
    pub cats_seconds: f64,
    /// The slot of that start.
    pub cats_start: usize,
    /// Numpy's time for a plan with pauses.
    pub numpy_seconds: f64,
    /// Emissions of that plan, in grams.
    pub numpy_grams: f64,
    /// The slots in which it runs.
    pub numpy_slots: Vec<usize>,
    /// Numpy's time for the emissions of the best plan, without the plan.
    pub numpy_value_seconds: f64,
    /// Those emissions, in grams.
    pub numpy_value_grams: f64,
    /// The version of numpy.
    pub numpy_version: String,
}

impl Peers {
    /// Installs both where they are not installed yet, and reports that before.
    ///
    /// # Errors
    ///
    /// When they cannot be installed.
    pub fn install(progress: &dyn Fn(&str)) -> Result<Peers> {
        let folder = peers_folder()?.join(CATS.replace("==", "-"));
        let installed = folder.join("installed");
        if !installed.is_file() {
            progress(&format!(
                "installing {CATS} and {NUMPY} from PyPI, into {}",
                folder.display()
            ));
            python(&folder, &[CATS, NUMPY])?;
            std::fs::write(installed, "")?;
        }
        Ok(Peers(folder.join("bin/python")))
    }

    /// Runs the script for so many slices of work in the slots of a trace, which has one value more than there are slots.
    ///
    /// # Errors
    ///
    /// When it fails, or its output is invalid.
    pub fn ask(&self, grams: &[f64], slices: usize) -> Result<Answers> {
        let question = json!({
            "grams": grams,
            "slices": slices,
            "kilowatts": KILOWATTS,
            "pause_kilowatt_hours": PAUSE_KILOWATT_HOURS,
            "paused_kilowatts": PAUSED_KILOWATTS,
            "cats_runs": CATS_RUNS,
            "numpy_runs": NUMPY_RUNS,
        });
        let answer: Value = serde_json::from_slice(&run(&self.0, &question.to_string())?)?;
        let number = |path: &str| {
            answer.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path}"))
        };
        let slot = |value: &Value| {
            let slot = value.as_u64().and_then(|slot| usize::try_from(slot).ok());
            slot.context("no slot")
        };
        let start = answer.pointer("/cats/start").context("no start")?;
        let slots = answer.pointer("/numpy/slots").and_then(Value::as_array).context("no slots")?;
        let version = answer.pointer("/numpy/version").and_then(Value::as_str);
        Ok(Answers {
            cats_seconds: number("/cats/seconds")?,
            cats_start: slot(start)?,
            numpy_seconds: number("/numpy/seconds")?,
            numpy_grams: number("/numpy/grams")?,
            numpy_slots: slots.iter().map(slot).collect::<Result<_>>()?,
            numpy_value_seconds: number("/numpy/value_seconds")?,
            numpy_value_grams: number("/numpy/value_grams")?,
            numpy_version: version.unwrap_or_default().to_owned(),
        })
    }
}

/// Runs the script, which reads the question and writes the answer.
fn run(python: &Path, question: &str) -> Result<Vec<u8>> {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running =
        command.spawn().with_context(|| format!("{} cannot be run", python.display()))?;
    running.stdin.take().context("no standard input")?.write_all(question.as_bytes())?;
    let output = running.wait_with_output()?;
    ensure!(output.status.success(), "the script of CATS and numpy failed: {}", output.status);
    Ok(output.stdout)
}
