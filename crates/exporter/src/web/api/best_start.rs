//! The best start of a job.

use std::ops::RangeInclusive;
use std::time::Duration;

use gpu_carbon_core::{Span, format};
use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use super::error::ApiError;
use super::factors::Factors;
use super::forecast::without_forecast;
use super::query::Parameters;
use crate::forecast::{FoundStart, NoStartError, find_start};
use crate::snapshot::Snapshot;

const DURATION: &str = "duration";
const WINDOW: &str = "window";

/// The parameters.
pub(super) const PARAMETERS: [&str; 2] = [DURATION, WINDOW];

/// The lengths that a job may have.
const DURATIONS: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// The longest delays of its start.
const WINDOWS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(7 * 86_400);

/// The window where none is given, as `gpu-carbon when` has it.
const DEFAULT_WINDOW: &str = "24h";

/// The best start of a job without pauses, beside a start at once.
#[derive(Debug, Serialize)]
pub(super) struct BestStartDocument<'a> {
    #[serde(flatten)]
    factors: Factors<'a>,
    duration_seconds: f64,
    /// The longest delay that was asked for.
    window_seconds: f64,
    /// The longest delay that the forecast covers: starts after it were not compared.
    searched_window_seconds: f64,
    start: String,
    seconds_from_now: f64,
    is_now: bool,
    /// The mean intensity of a job that starts then.
    mean_grams_per_kilowatt_hour: f64,
    /// The mean intensity of a job that starts now.
    mean_now_grams_per_kilowatt_hour: f64,
    /// The share of the emissions of a start now that it saves; `None` where that emits nothing.
    saving_ratio: Option<f64>,
}

/// Finds the best start at the time of a snapshot.
///
/// # Errors
///
/// For a parameter that cannot be used, and where the forecast does not cover a start now.
pub(super) fn document<'a>(
    snapshot: &'a Snapshot,
    parameters: &Parameters<'_>,
) -> Result<BestStartDocument<'a>, ApiError> {
    let duration = parameters.get(DURATION);
    let duration = length(DURATION, duration, &DURATIONS, "from 1m to 7d, such as 6h")?;
    let window = parameters.get(WINDOW).unwrap_or(DEFAULT_WINDOW);
    let window = length(WINDOW, Some(window), &WINDOWS, "from 0s to 7d, such as 24h")?;
    let ahead = snapshot.grid.forecast.ahead.as_deref().ok_or_else(without_forecast)?;
    let now = snapshot.at;
    let FoundStart { start, mean, mean_now, saving_ratio, searched } =
        find_start(ahead, now, duration, window).map_err(|error| unknown(error, duration))?;
    Ok(BestStartDocument {
        factors: Factors::of(snapshot),
        duration_seconds: duration.as_seconds(),
        window_seconds: window.as_seconds(),
        searched_window_seconds: searched.as_seconds(),
        start: rfc3339::format(start),
        seconds_from_now: start.duration_since(now).as_seconds(),
        is_now: start == now,
        mean_grams_per_kilowatt_hour: mean.as_grams_per_kilowatt_hour(),
        mean_now_grams_per_kilowatt_hour: mean_now.as_grams_per_kilowatt_hour(),
        saving_ratio,
    })
}

/// The length of time of a parameter.
fn length(
    name: &str,
    value: Option<&str>,
    range: &RangeInclusive<Duration>,
    expected: &str,
) -> Result<Span, ApiError> {
    let length = value.and_then(|text| humantime::parse_duration(text).ok());
    let length = length.filter(|length| range.contains(length));
    let micros = length.and_then(|length| u64::try_from(length.as_micros()).ok());
    micros
        .map(Span::from_micros)
        .ok_or_else(|| ApiError::parameter(name, value, &format!("a length of time {expected}")))
}

fn unknown(error: NoStartError, duration: Span) -> ApiError {
    let job = format::span(duration);
    ApiError::unknown(match error {
        NoStartError::Ends(end) => format!(
            "the forecast ends at {}, before a job of {job} that starts now",
            rfc3339::format(end)
        ),
        NoStartError::Gap(gap) => format!(
            "the forecast has a gap from {} to {}, and a job of {job} within this window needs it",
            rfc3339::format(gap.start()),
            rfc3339::format(gap.end())
        ),
        NoStartError::NoTime => "the job takes no time".to_owned(),
        NoStartError::TooMany(most) => {
            format!(
                "the forecast has more than {most} values in that time: ask for a shorter window"
            )
        }
    })
}
