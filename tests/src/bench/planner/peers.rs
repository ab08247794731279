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

/// How often each is timed.
const CATS_RUNS: u32 = 5;
const NUMPY_RUNS: u32 = 51;

const SCRIPT: &str = include_str!("peers.py");

/// The Python that has both.
#[derive(Debug)]
pub struct Peers(PathBuf);

/// What they answer, and in what time of a core, in seconds.
#[derive(Debug, Clone)]
pub struct Answers {
    /// CATS takes so long for the best start.
    pub cats_seconds: f64,
    /// In which slot that is.
    pub cats_start: usize,
    /// Numpy takes so long for a plan with pauses.
    pub numpy_seconds: f64,
    /// What that emits, in grams.
    pub numpy_grams: f64,
    /// In which slots it runs.
    pub numpy_slots: Vec<usize>,
    /// Numpy takes so long for what the best plan emits, without the plan.
    pub numpy_value_seconds: f64,
    /// What that is, in grams.
    pub numpy_value_grams: f64,
    /// Of numpy.
    pub numpy_version: String,
}

impl Peers {
    /// Installs them where they are not installed yet, and says so before.
    ///
    /// # Errors
    ///
    /// When they cannot be installed.
    pub fn install(say: &dyn Fn(&str)) -> Result<Peers> {
        let folder = peers_folder()?.join(CATS.replace("==", "-"));
        let installed = folder.join("installed");
        if !installed.is_file() {
            say(&format!("installing {CATS} and {NUMPY} from PyPI, into {}", folder.display()));
            python(&folder, &[CATS, NUMPY])?;
            std::fs::write(installed, "")?;
        }
        Ok(Peers(folder.join("bin/python")))
    }

    /// Asks for so many slices of work in the slots of a trace, which has one value more than there are
    /// slots.
    ///
    /// # Errors
    ///
    /// When they fail, or answer what is no answer.
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
