//! The forms of the answer.

use anyhow::Result;
use gpu_carbon_core::{Intensity, Timestamp};
use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use super::args::{Args, Form};
use crate::grid::{BestStart, Level};
use crate::output;

/// Writes a start in the form that the arguments ask for, beside the present and the earliest start.
pub(super) fn start(
    best: &BestStart,
    now: Timestamp,
    earliest: Timestamp,
    args: &Args,
) -> Result<String> {
    let is_now = best.start == earliest;
    let micros = if is_now { 0 } else { best.start.duration_since(now).as_micros() };
    let seconds = micros.div_ceil(1_000_000);
    let line = match args.format.unwrap_or(Form::Time) {
        Form::Time => args.time_zone.rfc3339(best.start),
        Form::Epoch => best.start.as_unix_micros().div_euclid(1_000_000).to_string(),
        Form::Seconds => seconds.to_string(),
        // Relative, so that the time zone of the machine does not matter.
        Form::Sbatch if seconds == 0 => "now".to_owned(),
        Form::Sbatch => format!("now+{seconds}seconds"),
        Form::At => format!("now + {} minutes", micros.div_ceil(60_000_000)),
        Form::Json => {
            return output::json::write(&StartDocument {
                start: rfc3339::format(best.start),
                seconds_from_now: seconds,
                is_now,
                saving_ratio: best.saving_ratio,
                basis: &best.basis,
                is_typical: best.is_typical,
                notes: &best.notes,
            });
        }
    };
    Ok(line + "\n")
}

/// The JSON of a start.
#[derive(Serialize)]
struct StartDocument<'a> {
    start: String,
    seconds_from_now: u64,
    is_now: bool,
    /// Of the emissions of a start at once.
    saving_ratio: Option<f64>,
    basis: &'a str,
    /// True where the time is one of another year, or of days that have passed.
    is_typical: bool,
    notes: &'a [String],
}

/// Writes whether an intensity is below a threshold.
pub(super) fn level(
    level: &Level,
    threshold: Intensity,
    at: Timestamp,
    form: Option<Form>,
) -> Result<String> {
    let is_below = level.intensity < threshold;
    if form == Some(Form::Json) {
        return output::json::write(&LevelDocument {
            at: rfc3339::format(at),
            grams_per_kilowatt_hour: level.intensity.as_grams_per_kilowatt_hour(),
            threshold_grams_per_kilowatt_hour: threshold.as_grams_per_kilowatt_hour(),
            is_below,
            signal: level.signal.to_string(),
            scope: level.scope.map(|scope| scope.title()),
            basis: &level.basis,
        });
    }
    let [value, limit] = [level.intensity, threshold]
        .map(|it| format!("{:.1} g/kWh", it.as_grams_per_kilowatt_hour()));
    let verdict = if is_below { "yes: below" } else { "no: not below" };
    Ok(format!("{verdict} {limit}: {value} ({}, {})\n", level.signal, level.basis))
}

/// The JSON of an intensity beside a threshold.
#[derive(Serialize)]
struct LevelDocument<'a> {
    at: String,
    grams_per_kilowatt_hour: f64,
    threshold_grams_per_kilowatt_hour: f64,
    is_below: bool,
    signal: String,
    scope: Option<&'static str>,
    basis: &'a str,
}
