//! Great Britain's answers.

use gpu_carbon_feeds::great_britain;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| great_britain::parse(text, None));
}
