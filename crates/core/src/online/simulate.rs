//! The simulation of a policy on a series, and its comparison with the oracle.

use alloc::vec::Vec;

use super::policy::{PauseShares, Policy, View};
use crate::exposure::{CoverageError, Exposures};
use crate::time::{Interval, SLOT, Span, Timestamp};

/// The intensities of each slot, and the forecast that a service published at each.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    values: &'a [f64],
    forecasts: &'a [&'a [f64]],
}

/// A job of constant power, in slots of five minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotJob {
    /// The slots of work.
    pub work: usize,
    /// The slots by which the job may end later than without a pause.
    pub window: usize,
    /// The costs of pauses.
    pub costs: PauseShares,
}

/// A reason why a policy cannot be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// A job without work.
    #[error("a job must have at least one slot of work, got 0")]
    NoWork,
    /// The values end before the deadline.
    #[error(
        "the job needs {needed} slots from its start on, and the values hold {found}; choose an earlier start"
    )]
    TooShort {
        /// Slots from the start to the deadline.
        needed: usize,
        /// Slots from the start to the last value.
        found: usize,
    },
}

/// The result of a policy. Emissions are in g/kWh times slots: multiplied by the job's energy in one slot, in kWh,
/// they are grams.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The emissions of the job, those of its pauses included.
    pub emissions: f64,
    /// The emissions if the job had run at once, without a pause.
    pub baseline: f64,
    /// The least possible emissions, at the same cost of each pause.
    pub oracle: f64,
    /// The number of pauses.
    pub pauses: usize,
    /// The slots in which the job ran, counted from the first value of the trace.
    pub ran: Vec<usize>,
}

impl Outcome {
    /// The emissions beyond the least possible.
    #[must_use]
    pub fn regret(&self) -> f64 {
        self.emissions - self.oracle
    }

    /// The share of the baseline that the policy saved; negative if it emitted more. `None` if the baseline is zero.
    #[must_use]
    pub fn saving(&self) -> Option<f64> {
        (self.baseline > 0.0).then(|| 1.0 - self.emissions / self.baseline)
    }

    /// The share of the baseline that the oracle saves; `None` if the baseline is zero.
    #[must_use]
    pub fn oracle_saving(&self) -> Option<f64> {
        (self.baseline > 0.0).then(|| 1.0 - self.oracle / self.baseline)
    }

    /// The share of the oracle's saving that the policy achieved; `None` if the oracle saves nothing.
    #[must_use]
    pub fn share_of_oracle_saving(&self) -> Option<f64> {
        let possible = self.baseline - self.oracle;
        (possible > 0.0).then(|| (self.baseline - self.emissions) / possible)
    }
}

impl<'a> Trace<'a> {
    /// Intensities in g/kWh, one for each slot of five minutes, without forecasts.
    #[must_use]
    pub fn new(values: &'a [f64]) -> Trace<'a> {
        Trace { values, forecasts: &[] }
    }

    /// Intensities with the forecast of the next slots at each slot; empty where there was none. A slot beyond the
    /// last of them has none.
    #[must_use]
    pub fn with_forecasts(values: &'a [f64], forecasts: &'a [&'a [f64]]) -> Trace<'a> {
        Trace { values, forecasts }
    }

    /// The intensities before a slot.
    #[must_use]
    pub fn before(&self, slot: usize) -> &'a [f64] {
        self.values.get(..slot).unwrap_or(self.values)
    }

    /// The mean intensities of a number of slots from a time on, in g/kWh.
    ///
    /// # Errors
    ///
    /// When the series does not cover them.
    pub fn sample(
        exposures: &Exposures<'_>,
        from: Timestamp,
        slots: usize,
    ) -> Result<Vec<f64>, CoverageError> {
        let start = |slot: u64| from + Span::from_micros(slot.saturating_mul(SLOT.as_micros()));
        (0..slots as u64)
            .map(|slot| {
                let exposure = exposures.over(Interval::new(start(slot), start(slot) + SLOT))?;
                let mean = exposure.mean_over(SLOT);
                Ok(mean.map_or(0.0, crate::units::Intensity::as_grams_per_kilowatt_hour))
            })
            .collect()
    }

    /// The past and the forecast at a slot.
    fn seen(&self, slot: usize) -> (&'a [f64], &'a [f64]) {
        let past = self.values.get(..=slot).unwrap_or(self.values);
        (past, self.forecasts.get(slot).copied().unwrap_or(&[]))
    }
}

/// Simulates a job under a policy, from the slot `start` on. The values before `start` are the past that the policy
/// sees at first. If no time is left to wait the job runs, whatever the policy decides.
///
/// The costs of pauses count for the policy and for the oracle alike: a resume at the intensity of the slot that
/// resumes, and each slot between the first run and the last in which the job does not run.
///
/// # Errors
///
/// When there is no work, or the values end before the deadline.
pub fn simulate(
    policy: &mut (impl Policy + ?Sized),
    trace: &Trace<'_>,
    start: usize,
    job: &SlotJob,
) -> Result<Outcome, TraceError> {
    let &SlotJob { work, window, costs } = job;
    if work == 0 {
        return Err(TraceError::NoWork);
    }
    let needed = work.saturating_add(window);
    let future = trace.values.get(start..).unwrap_or(&[]);
    let values =
        future.get(..needed).ok_or(TraceError::TooShort { needed, found: future.len() })?;
    let (mut ran, mut pauses, mut emissions, mut running) = (Vec::new(), 0, 0.0, false);
    for (slot, (&value, slots)) in values.iter().zip((1..=needed).rev()).enumerate() {
        let left = work - ran.len();
        if left == 0 {
            break;
        }
        let (past, forecast) = trace.seen(start + slot);
        let view = View { past, forecast, work, left, slots, running, costs };
        let runs = left >= slots || policy.runs(&view);
        if runs {
            if view.begun() && !running {
                pauses += 1;
                emissions += costs.resume * value;
            }
            emissions += value;
            ran.push(start + slot);
        } else if view.begun() {
            emissions += costs.paused * value;
        }
        running = runs;
    }
    let baseline = values.iter().take(work).sum();
    Ok(Outcome { emissions, baseline, oracle: least(values, work, costs), pauses, ran })
}

/// The least emissions so far, by whether the job ran in the slot before.
#[derive(Clone, Copy)]
struct Least {
    running: f64,
    paused: f64,
}

/// The least emissions of the work in these slots: the dynamic program over the work done and whether the job runs.
fn least(values: &[f64], work: usize, costs: PauseShares) -> f64 {
    let never = Least { running: f64::INFINITY, paused: f64::INFINITY };
    let mut done = alloc::vec![never; work]; // by the work done, less one
    let mut least = f64::INFINITY;
    for &value in values {
        // Before the first run there is nothing to resume.
        let mut runs_from = 0.0;
        let (pauses, resumes) = (costs.paused * value, costs.resume * value);
        for Least { running, paused } in &mut done {
            let stops = paused.min(*running);
            let next = runs_from + value;
            runs_from = core::mem::replace(running, next).min(*paused + resumes);
            *paused = stops + pauses;
        }
        // After its last run a job is not paused.
        least = done.last().map_or(0.0, |done| least.min(done.running));
    }
    least
}
