//! OpenElectricity's answers.

use gpu_carbon_feeds::openelectricity;

/// See [`check_answer`](crate::check_answer).
pub(crate) fn run(input: &[u8]) {
    crate::check_answer(input, |text| openelectricity::parse(text, None));
}
