//! The forecasts of a series: SGIP's CSV, and WattTime's history of forecasts.

use gpu_carbon_feeds::forecasts::Forecasts;

/// A text is either read or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Err(error) = Forecasts::parse(text) {
        crate::is_one_line(&error);
    }
}
