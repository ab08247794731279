//! Parsing of measured power from files and pages.

use gpu_carbon_core::{Power, Span};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_feeds::{exposition_reader, prometheus};
use serde::Serialize;

use crate::InputError;

/// A power profile: pairs of an offset in seconds from the start of the job, and the power in watts from that offset on.
pub type Profile = Vec<(f64, f64)>;

fn profile(rows: &[(Span, Power)]) -> Profile {
    rows.iter().map(|&(offset, power)| (offset.as_seconds(), power.as_watts())).collect()
}

/// Parses a profile from a CSV with the header `offset_seconds,power_watts`.
///
/// # Errors
///
/// When the text is not a profile, with the line.
pub fn profile_from_csv(text: &str) -> Result<Profile, InputError> {
    let rows = gpu_carbon_feeds::profile::parse(text).map_err(|error| {
        let field = error.line().map(|line| format!("line {line}"));
        InputError { field, message: error.to_string() }
    })?;
    Ok(profile(&rows))
}

/// A measured power, as the profile of a job.
#[derive(Debug, Serialize)]
pub struct MeasuredPower {
    profile: Profile,
    start: String,
    duration_seconds: f64,
    energy_kilowatt_hours: f64,
    /// The number of series that were summed.
    series: usize,
}

/// Parses a profile from Prometheus's answer to `query_range` for `gpu_carbon_gpu_power_watts`.
///
/// # Errors
///
/// When the text is not such an answer, or a sample is missing.
pub fn profile_from_prometheus(text: &str) -> Result<MeasuredPower, InputError> {
    let measured = prometheus::power_profile(text).map_err(InputError::new)?;
    Ok(MeasuredPower {
        profile: profile(&measured.profile),
        start: rfc3339::format(measured.start),
        duration_seconds: measured.duration.as_seconds(),
        energy_kilowatt_hours: measured.energy.as_kilowatt_hours(),
        series: measured.series,
    })
}

/// The power of all GPUs on a page of the exporter's metrics.
#[derive(Debug, Serialize)]
pub struct CurrentPower {
    power_watts: f64,
    gpus: usize,
}

/// Reads the present power of all GPUs from a page of the exporter's metrics.
///
/// # Errors
///
/// When the page has no power of a GPU.
pub fn power_from_metrics(page: &str) -> Result<CurrentPower, InputError> {
    let current = exposition_reader::current_power(page).map_err(InputError::new)?;
    Ok(CurrentPower { power_watts: current.power.as_watts(), gpus: current.gpus })
}
