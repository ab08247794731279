//! The memory of a plan over a year, for a job of more than a month.

use anyhow::{Context, Result};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::{exact, minimum_emissions};
use serde_json::{Value, json};

use super::question::Question;
use super::trace;
use crate::bench::install::finish;
use crate::bench::usage::{Memory, processor_time};

/// All slots of the year but the last; a table of a byte for each slot and slice would take 1 GB.
pub const SLOTS: usize = 366 * 288 - 1;
/// Slots of the job.
pub const SLICES: usize = 10_000;

/// The argument with which the program measures itself in another process: the greatest memory of a process cannot be
/// measured for a part of its time.
pub const ARGUMENT: &str = "--measure-memory-of";

/// The cost of a plan.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Greatest memory beyond the series and the program, in bytes.
    pub bytes: f64,
    /// Time of a core, in seconds.
    pub seconds: f64,
}

/// Measures `plan` or `value` in another process.
///
/// # Errors
///
/// When that process fails.
pub fn measure(what: &str) -> Result<Cost> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    let taken: Value = serde_json::from_slice(&finish(command.args([ARGUMENT, what]))?)?;
    let number = |key: &str| taken[key].as_f64().with_context(|| format!("no {key}"));
    Ok(Cost { bytes: number("bytes")?, seconds: number("seconds")? })
}

/// Measures it in this process, and returns it in JSON.
///
/// # Errors
///
/// When it cannot be planned.
pub fn measure_here(what: &str) -> Result<String> {
    let series = trace::synthetic(0)?;
    let exposures = Exposures::of(&series);
    let Question { job, start, window, costs } = Question::new(SLOTS, SLICES, &series)?;
    let process = std::process::id();
    let (before, begun) = (Memory::of(process)?.peak_bytes, processor_time(process)?);
    match what {
        "plan" => drop(exact(&job, start, window, &costs, &exposures)?),
        _ => drop(minimum_emissions(&job, start, window, &costs, &exposures)?),
    }
    let seconds = (processor_time(process)? - begun).as_secs_f64();
    let bytes = Memory::of(process)?.peak_bytes - before;
    Ok(json!({ "bytes": bytes, "seconds": seconds }).to_string())
}
