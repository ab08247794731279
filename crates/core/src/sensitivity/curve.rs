//! The savings of a job from one start, by the length of its window.

use alloc::vec::Vec;

use crate::exposure::Exposures;
use crate::job::Job;
use crate::schedule::{
    PauseCosts, Schedule, exact, flexible_start_by, pause_and_resume, saving_ratio,
};
use crate::time::{Span, Timestamp};

/// The savings in one window. Both are `None` if the baseline is zero, or the series does not reach that far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The longest delay of the start.
    pub window: Span,
    /// The share of the baseline that the best start saves.
    pub flexible_start_saving_ratio: Option<f64>,
    /// The share of the baseline that pausing saves, the costs of its pauses included; `None` as well if no such plan
    /// can be found.
    pub pause_and_resume_saving_ratio: Option<f64>,
}

/// Computes the savings of a job in each of several windows. With free pauses and constant power the plans are those
/// of [`pause_and_resume`]; otherwise those of [`exact`].
#[must_use]
pub fn curve(
    job: &Job,
    earliest: Timestamp,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
    windows: &[Span],
) -> Vec<CurvePoint> {
    let baseline = Schedule::unbroken(earliest, job.duration()).emissions(job, exposures).ok();
    let ratio = |emissions| saving_ratio(baseline?, emissions?);
    let are_free = *costs == PauseCosts::default() && job.constant_power().is_some();
    let point = |&window: &Span| CurvePoint {
        window,
        flexible_start_saving_ratio: ratio(
            flexible_start_by(&costs.milestones, job, earliest, window, exposures)
                .ok()
                .map(|plan| plan.emissions),
        ),
        pause_and_resume_saving_ratio: ratio(if are_free {
            pause_and_resume(job, earliest, window, exposures).ok().map(|plan| plan.emissions)
        } else {
            exact(job, earliest, window, costs, exposures).ok().map(|plan| plan.emissions)
        }),
    };
    windows.iter().map(point).collect()
}
