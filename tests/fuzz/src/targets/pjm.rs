//! PJM's answers.

use gpu_carbon_feeds::pjm;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| pjm::parse(text, None));
}
