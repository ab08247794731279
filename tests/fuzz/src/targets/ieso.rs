//! IESO's reports.

use gpu_carbon_feeds::ieso;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, ieso::parse);
}
