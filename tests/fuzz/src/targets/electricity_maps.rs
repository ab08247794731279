//! Electricity Maps' answers.

use gpu_carbon_feeds::electricity_maps;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| electricity_maps::parse(text, None));
}
