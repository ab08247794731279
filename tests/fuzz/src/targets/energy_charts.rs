//! Energy-Charts' answers.

use gpu_carbon_feeds::energy_charts;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, energy_charts::parse);
}
