//! The forecast as JSON, for programs that plan jobs.

use gpu_carbon_core::{Intensity, Interval, Span, Timestamp};
use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use crate::snapshot::GridView;

/// The path of the page.
pub(super) const FORECAST_PATH: &str = "/api/v1/forecast";

/// The reach of the page. A forecast reaches 72 hours at most; a file may hold a year.
const REACH: Span = Span::from_days(4);

/// The forecast, and all that a number computed from it must carry.
#[derive(Debug, Serialize)]
struct ForecastPage<'a> {
    grid_zone: &'a str,
    signal: &'static str,
    /// The source of the present value.
    source: Option<&'static str>,
    /// The time of the page.
    time: String,
    step_seconds: f64,
    intensities: Vec<Value>,
}

#[derive(Debug, Serialize)]
struct Value {
    start: String,
    grams_per_kilowatt_hour: f64,
}

/// Writes the values from the one that holds at a time on; `None` where there is no forecast.
pub(super) fn page(grid: &GridView, time: Timestamp) -> Option<String> {
    let ahead = grid.forecast.ahead.as_deref()?;
    let window = Interval::new(time, time + REACH);
    let value = |&(start, intensity): &(Timestamp, Intensity)| Value {
        start: rfc3339::format(start),
        grams_per_kilowatt_hour: intensity.as_grams_per_kilowatt_hour(),
    };
    let within = ahead
        .points()
        .iter()
        .filter(|(start, _)| *start < window.end() && *start + ahead.step() > window.start());
    let intensities: Vec<Value> = within.map(value).collect();
    if intensities.is_empty() {
        return None;
    }
    let page = ForecastPage {
        grid_zone: &grid.zone,
        signal: grid.signal.name(),
        source: grid.current.map(|current| current.source),
        time: rfc3339::format(time),
        step_seconds: ahead.step().as_seconds(),
        intensities,
    };
    serde_json::to_string(&page).ok().map(|text| text + "\n")
}
