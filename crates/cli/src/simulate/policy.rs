//! The policies by name, and their simulation from a start.

use clap::ValueEnum;
use gpu_carbon_core::online::{
    Bounded, Diurnal, DoubleThreshold, LossBound, Outcome, Percentile, Policy, Replan, SlotJob,
    Thresholds, Trace, TraceError, simulate,
};

/// A policy, which decides at each five minutes to run the job or to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyArg {
    /// Plans again at each five minutes, for a predicted future and its uncertainty
    Replan,
    /// Runs when the usual day leads to expect no lower intensity
    Diurnal,
    /// Runs when the intensity is among the lowest of the forecast, or of the day before where there is none
    Percentile,
    /// Follows the double threshold of Lechowicz et al. (2023), between the extremes of the past two weeks
    DoubleThreshold,
}

impl PolicyArg {
    /// Returns the value of the flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PolicyArg::Replan => "replan",
            PolicyArg::Diurnal => "diurnal",
            PolicyArg::Percentile => "percentile",
            PolicyArg::DoubleThreshold => "double-threshold",
        }
    }

    /// Simulates a job from a start, under a bound on its losses where there is one.
    ///
    /// # Errors
    ///
    /// When the trace ends before the job must.
    pub(super) fn simulate(
        self,
        trace: &Trace<'_>,
        start: usize,
        job: &SlotJob,
        max_loss: Option<f64>,
    ) -> Result<Outcome, TraceError> {
        let mut thresholds;
        let policy: &mut dyn Policy = match self {
            PolicyArg::Replan => &mut Replan::of_past(trace.before(start)),
            PolicyArg::Diurnal => &mut Diurnal,
            PolicyArg::Percentile => &mut Percentile::default(),
            PolicyArg::DoubleThreshold => {
                match Thresholds::of_past(trace.before(start), job.work, job.costs.resume) {
                    Some(rule) => {
                        thresholds = DoubleThreshold(rule);
                        &mut thresholds
                    }
                    // Without a past there are no bounds, and no reason to wait.
                    None => &mut Percentile { share: Some(1.0) },
                }
            }
        };
        let Some(share) = max_loss else { return simulate(policy, trace, start, job) };
        let greatest = trace.before(start).iter().copied().fold(0.0, f64::max);
        let bound = LossBound { allowance: share * greatest * job.work as f64, greatest };
        simulate(&mut Bounded::new(policy, bound), trace, start, job)
    }
}
