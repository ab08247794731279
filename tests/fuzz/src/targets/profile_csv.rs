//! The CSV of a power profile.

use gpu_carbon_feeds::profile;
use gpu_carbon_core::{SLOT, Span};
use gpu_carbon_core::job::Job;

/// A text is either a job's profile, which begins at 0 and ascends, or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let powers = match profile::parse(text) {
        Ok(powers) => powers,
        Err(error) => return crate::is_one_line(&error),
    };
    assert_eq!(powers.first().map(|first| first.0), Some(Span::ZERO));
    assert!(powers.is_sorted_by(|before, after| before.0 < after.0));
    let last = powers.last().map_or(Span::ZERO, |last| last.0);
    let _ = Job::of_profile(last + SLOT, powers);
}
