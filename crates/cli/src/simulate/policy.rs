//! The policies by name, and their simulation from a start.

use clap::ValueEnum;
use gpu_carbon_core::online::{
    Diurnal, DoubleThreshold, Outcome, Percentile, Policy, Replan, Thresholds, Trace, TraceError,
    simulate,
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

    /// Simulates a job of `work` slots from a start; it must end at most `window` slots later than without waiting.
    /// `pause_cost` is the energy of a pause, as a share of the job's energy in one slot.
    ///
    /// # Errors
    ///
    /// When the trace ends before the job must.
    pub(super) fn simulate(
        self,
        trace: &Trace<'_>,
        start: usize,
        work: usize,
        window: usize,
        pause_cost: f64,
    ) -> Result<Outcome, TraceError> {
        let mut thresholds;
        let policy: &mut dyn Policy = match self {
            PolicyArg::Replan => &mut Replan::of_past(trace.before(start)),
            PolicyArg::Diurnal => &mut Diurnal,
            PolicyArg::Percentile => &mut Percentile::default(),
            PolicyArg::DoubleThreshold => {
                match Thresholds::of_past(trace.before(start), work, pause_cost) {
                    Some(rule) => {
                        thresholds = DoubleThreshold(rule);
                        &mut thresholds
                    }
                    // Without a past there are no bounds, and no reason to wait.
                    None => &mut Percentile { share: Some(1.0) },
                }
            }
        };
        simulate(policy, trace, start, work, window, pause_cost)
    }
}
