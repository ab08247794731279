//! The policies by name, each as it plays from a start.

use clap::ValueEnum;
use gpu_carbon_core::online::{
    Diurnal, DoubleThreshold, Outcome, Percentile, Policy, Replan, Thresholds, Trace, TraceError,
    simulate,
};

/// What decides whether the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyArg {
    /// Plans anew at each five minutes, for a future that is predicted and may turn out otherwise
    Replan,
    /// Runs when the usual day at this hour leads one to expect nothing cheaper
    Diurnal,
    /// Runs when the present is among the cheapest of the forecast, or else of the day before
    Percentile,
    /// The double threshold of Lechowicz et al. (2023), between the extremes of the past fortnight
    DoubleThreshold,
}

impl PolicyArg {
    /// As the flag takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PolicyArg::Replan => "replan",
            PolicyArg::Diurnal => "diurnal",
            PolicyArg::Percentile => "percentile",
            PolicyArg::DoubleThreshold => "double-threshold",
        }
    }

    /// The job, played from a start: `work` slots of it, `window` slots later at the latest.
    pub(super) fn play(
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
                    // Without a past there are no bounds, and nothing that would say to wait.
                    None => &mut Percentile { share: Some(1.0) },
                }
            }
        };
        simulate(policy, trace, start, work, window, pause_cost)
    }
}
