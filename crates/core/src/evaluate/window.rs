//! Windows: the extra time that a job may take, in whole steps.

use crate::time::{SLOT, Span};
use crate::units::{Ratio, UnitError};

/// The time by which a job may end later than without waiting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    /// A length of time.
    Span(Span),
    /// A share of the job's own duration; see [`Window::percent`].
    Share(Ratio),
}

/// The windows of the paper: 6, 12, 18 and 24 hours; 25, 50, 75 and 100 percent of the job's duration.
pub const PAPER_WINDOWS: [Window; 8] = [
    hours(6),
    hours(12),
    hours(18),
    hours(24),
    Window::Share(Ratio::saturating(0.25)),
    Window::Share(Ratio::saturating(0.5)),
    Window::Share(Ratio::saturating(0.75)),
    Window::Share(Ratio::ONE),
];

const fn hours(hours: u64) -> Window {
    Window::Span(Span::from_seconds(hours * 3600))
}

impl Window {
    /// A percentage of the job's duration.
    ///
    /// # Errors
    ///
    /// When the number is negative, infinite or not a number.
    pub fn percent(percent: f64) -> Result<Window, UnitError> {
        Ok(Window::Share(Ratio::from_number(percent / 100.0)?))
    }

    /// The window of a job with this duration (its own, not rounded), in whole [`steps`].
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates: a longer window than there is time"
    )]
    pub fn steps_of(self, duration: Span) -> usize {
        match self {
            Window::Span(span) => steps(span),
            // To the microsecond first, so that a half is a half, whatever the rounding of the share.
            Window::Share(share) => {
                let micros = share.as_number() * duration.as_micros() as f64 + 0.5;
                steps(Span::from_micros(micros as u64))
            }
        }
    }
}

/// The number of whole steps of five minutes nearest to a span; half a step counts as one.
///
/// ```
/// use gpu_carbon_core::{Span, evaluate::steps};
///
/// assert_eq!(steps(Span::from_seconds(25 * 60)), 5);
/// assert_eq!([149, 150, 449, 450].map(|seconds| steps(Span::from_seconds(seconds))), [0, 1, 1, 2]);
/// ```
#[must_use]
pub fn steps(span: Span) -> usize {
    let step = SLOT.as_micros();
    let steps = span.as_micros() / step + u64::from(span.as_micros() % step >= step / 2);
    usize::try_from(steps).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_job_are_whole_steps_half_up() {
        let minutes = |minutes: u64| Span::from_seconds(minutes * 60);
        let shares = |duration| PAPER_WINDOWS.map(|window| window.steps_of(duration));
        assert_eq!(shares(minutes(20)), [72, 144, 216, 288, 1, 2, 3, 4]);
        assert_eq!(shares(minutes(25)), [72, 144, 216, 288, 1, 3, 4, 5], "2.5 steps are 3");
        let percent = |percent| Window::percent(percent).unwrap().steps_of(minutes(250));
        assert_eq!([0.0, 1.0, 7.0, 12.5, 29.0, 33.0].map(percent), [0, 1, 4, 6, 15, 17]);
        assert_eq!(Window::percent(f64::MAX).unwrap().steps_of(minutes(1)), steps(Span::ALL));
        assert!(Window::percent(-1.0).is_err());
        assert!(Window::percent(f64::NAN).is_err());
    }
}
