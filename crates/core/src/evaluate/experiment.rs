//! The experiment: every job in every window, from every start.

use alloc::vec::Vec;

use crate::evaluate::error::EvaluateError;
use crate::evaluate::outcome::{Outcome, Savings, SavingsTotals};
use crate::evaluate::trial::{Starts, Trial};
use crate::evaluate::window::Window;
use crate::evaluate::year::Year;
use crate::time::Span;

/// The result of one job and one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The index of the job.
    pub job: usize,
    /// The index of the window.
    pub window: usize,
    /// The mean savings.
    pub savings: Savings,
}

/// A finished trial, and the totals of each of its windows.
struct Evaluated<'a> {
    trial: Trial<'a>,
    totals: Vec<SavingsTotals>,
}

/// Computes the mean savings of each job in each window, job by job and within a job window by window. Jobs and
/// windows are rounded to whole [`steps`](crate::evaluate::steps); the power of a job does not matter.
///
/// # Errors
///
/// When a job is shorter than half a step, or longer, with its window, than the year, or a start is not in the year.
pub fn evaluate(
    year: &Year,
    jobs: &[Span],
    windows: &[Window],
    starts: Starts<'_>,
) -> Result<Vec<Row>, EvaluateError> {
    let mut done: Vec<Evaluated<'_>> = Vec::new();
    let mut rows = Vec::with_capacity(jobs.len().saturating_mul(windows.len()));
    for (job, &duration) in jobs.iter().enumerate() {
        let trial = Trial::new(year, duration, windows, starts)?;
        let place = match done.iter().position(|other| other.trial.is_same_as(&trial)) {
            Some(place) => place,
            None => {
                let mut totals = alloc::vec![SavingsTotals::default(); trial.windows().len()];
                trial.run(|window, outcome| {
                    if let Some(totals) = totals.get_mut(window) {
                        totals.add(&outcome);
                    }
                });
                done.push(Evaluated { trial, totals });
                done.len() - 1
            }
        };
        for (window, &length) in windows.iter().enumerate() {
            let savings = done.get(place).and_then(|Evaluated { trial, totals }| {
                let slots = length.steps_of(duration);
                let totals = totals.get(trial.windows().binary_search(&slots).ok()?)?;
                Some(totals.savings(trial.duration() + slots))
            });
            rows.extend(savings.map(|savings| Row { job, window, savings }));
        }
    }
    Ok(rows)
}

/// Computes the outcomes of one job in one window from each start, in the order of the starts. In a window of zero all
/// three are the baseline.
///
/// # Errors
///
/// As [`evaluate`].
pub fn outcomes(
    year: &Year,
    job: Span,
    window: Window,
    starts: Starts<'_>,
) -> Result<Vec<Outcome>, EvaluateError> {
    let mut outcomes = Vec::new();
    each_outcome(year, job, window, starts, |outcome| outcomes.push(outcome))?;
    Ok(outcomes)
}

/// Visits the [`outcomes`] one after another, so that those of all the starts of a year need not be stored.
pub(crate) fn each_outcome(
    year: &Year,
    job: Span,
    window: Window,
    starts: Starts<'_>,
    mut visit: impl FnMut(Outcome),
) -> Result<(), EvaluateError> {
    Trial::new(year, job, &[window], starts)?.run(|_, outcome| visit(outcome));
    Ok(())
}
