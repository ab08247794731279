//! The SGIP signal's answers.

use gpu_carbon_feeds::sgip;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| sgip::parse(text, None));
}
