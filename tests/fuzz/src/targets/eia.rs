//! EIA's answers.

use gpu_carbon_feeds::eia;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| eia::parse(text, None));
}
