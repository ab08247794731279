//! Stages that run beside others: those that compute beside those that mostly wait. Each is a process of its own, and what it prints
//! is shown once it has ended.

use std::fs::File;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use super::stage::{Length, Stage};
use super::totals::Totals;
use crate::shell::target;
use crate::starting;

/// The environment variable that tells a stage in the background that the command line and the fuzzer are built. Alone, the command
/// would be compiled again, with the features that it has without the rest of the workspace.
const ARE_BUILT: &str = "GPU_CARBON_PROGRAMS_ARE_BUILT";

/// True in a stage that runs in the background of others, which have built the programs.
pub(super) fn are_programs_built() -> bool {
    std::env::var_os(ARE_BUILT).is_some()
}

/// A stage that runs in the background.
pub(super) struct Background {
    pub(super) stage: Stage,
    output: PathBuf,
    process: JoinHandle<(Duration, Result<bool>)>,
}

/// The outcome of a stage that ran in the background.
pub(super) struct Outcome {
    pub(super) time: Duration,
    pub(super) totals: Totals,
    pub(super) result: Result<()>,
}

impl Background {
    /// The stage in the background of which one runs; `None` for one that runs by itself.
    ///
    /// Those that compute take the time that the tests leave which wait. A long fuzz outlasts these, and its optimized build would be
    /// slowed down by them: the long soak, which waits for the times of its script, runs beside it.
    pub(super) fn beside(stage: Stage, length: Length) -> Option<Stage> {
        match (stage, length) {
            (Stage::Deploy, _) | (Stage::Fuzz, Length::Short) => Some(Stage::Unit),
            // The browser's tests would wait too long beside the unit tests.
            (Stage::Web, _) => Some(Stage::E2e),
            (Stage::Soak, Length::Long) => Some(Stage::Fuzz),
            _ => None,
        }
    }

    /// Starts a stage. With `are_built`, the programs are built already, as the tests are.
    ///
    /// # Errors
    ///
    /// When the process cannot be started.
    pub(super) fn start(stage: Stage, length: Length, are_built: bool) -> Result<Background> {
        let folder = target().join("stages");
        std::fs::create_dir_all(&folder)?;
        let output = folder.join(format!("{}.txt", stage.name()));
        let file = File::create(&output)?;
        let command = match length {
            Length::Short => "test",
            Length::Long => "ci",
        };
        let xtask = std::env::current_exe()?;
        let mut xtask = match stage {
            Stage::Soak => starting::normally(xtask),
            _ => starting::in_spare_time(xtask),
        };
        xtask.args([command, "--only", stage.name()]).stdout(file.try_clone()?).stderr(file);
        if are_built {
            xtask.env(ARE_BUILT, "1");
        }
        let mut running = xtask.spawn().context("it cannot be started")?;
        println!("{}: in the background, to {}", stage.name(), output.display());
        let begun = Instant::now();
        let wait = move || {
            let status = running.wait();
            (begun.elapsed(), status.map(|status| status.success()).map_err(Into::into))
        };
        Ok(Background { stage, output, process: thread::spawn(wait) })
    }

    /// Waits for the end of the stage, and prints what it has printed.
    pub(super) fn finish(self) -> Outcome {
        let ended = self.process.join().map_err(|_| anyhow!("the thread that waits has panicked"));
        let (time, success) = ended.unwrap_or_else(|error| (Duration::ZERO, Err(error)));
        let printed = std::fs::read_to_string(&self.output).unwrap_or_default();
        print!("{printed}");
        let totals = printed.lines().rev().find_map(Totals::of_closing_line).unwrap_or_default();
        let check = || {
            ensure!(success?, "see above, or {}", self.output.display());
            Ok(())
        };
        Outcome { time, totals, result: check() }
    }
}
