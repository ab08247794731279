//! The forecast of an exporter.

use gpu_carbon_feeds::exporter_forecast;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, exporter_forecast::parse);
}
