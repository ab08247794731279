//! The paper's experiment: what waiting for a better start, and pausing, would have saved over a year
//! (Dodge et al., FAccT 2022, section 5).
//!
//! For each job and each window: from each of many starts, the job as it is (the baseline), Flexible Start
//! and Pause and Resume, by an oracle that knows the year. What is chosen agrees with
//! [`schedule`](crate::schedule) to the slot; here a whole year of starts is tried at once.
//!
//! ```
//! use gpu_carbon_core::evaluate::{PAPER_WINDOWS, Starts, Year, evaluate};
//! use gpu_carbon_core::{Intensity, Interval, Series, Span, Timestamp, job::PAPER_JOBS};
//!
//! let day = |day: u64| Timestamp::EPOCH + Span::from_days(day);
//! let points = (0..60).map(|half_day| {
//!     let grams = if half_day % 2 == 0 { 400.0 } else { 100.0 };
//!     let start = Timestamp::EPOCH + Span::from_seconds(43_200 * half_day);
//!     Ok((start, Intensity::from_grams_per_kilowatt_hour(grams)?))
//! });
//! let series = Series::new(points.collect::<Result<_, gpu_carbon_core::UnitError>>()?)?;
//! let year = Year::of(&series, Interval::new(day(0), day(30)))?;
//!
//! let jobs: Vec<Span> = PAPER_JOBS.iter().map(|job| job.duration()).collect();
//! let midnights: Vec<usize> = (0..30).filter_map(|each| year.slot_at(day(each))).collect();
//! let rows = evaluate(&year, &jobs, &PAPER_WINDOWS, Starts::At(&midnights))?;
//!
//! // BERT finetuning takes 6 h: after +6 h it would still run in the dirty half of the day, to the minute.
//! assert_eq!(rows[0].savings.flexible_start_saving_ratio, Some(0.0));
//! assert_eq!(rows[1].savings.flexible_start_saving_ratio, Some(0.75));
//! assert_eq!((rows[1].job, rows[1].window, rows[1].savings.starts), (0, 1, 30));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cheapest;
mod distribution;
mod outcome;
mod rank_set;
mod trial;
mod window;
mod year;

use alloc::vec::Vec;

use crate::exposure::CoverageError;
use crate::time::{Interval, Span};

pub use distribution::Distribution;
pub use outcome::{Emissions, Outcome, Savings};
pub use window::{PAPER_WINDOWS, Window, steps};
pub use year::Year;

use outcome::SavingsTotals;
use trial::Trial;

/// From which slots of a year the jobs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts<'a> {
    /// From these, in this order; see [`Year::slot_at`]. The paper's are 00:00 UTC on days 1, 7, 13, 19 and
    /// 25 of each month.
    At(&'a [usize]),
    /// From each of them.
    Every,
}

/// What one job and one window came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Which of the jobs.
    pub job: usize,
    /// Which of the windows.
    pub window: usize,
    /// What was saved.
    pub savings: Savings,
}

/// What cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The year is no whole number of steps, or too many of them, or none.
    #[error("the time to evaluate must be 1 to {} whole steps of 5 minutes, got {} s", Year::MAX_SLOTS, .0.length().as_seconds())]
    Length(Interval),
    /// The series does not cover the year.
    #[error(transparent)]
    Uncovered(#[from] CoverageError),
    /// A job is shorter than half a step.
    #[error("a job must take at least half a step of 5 minutes, got {} s", .0.as_seconds())]
    NoTime(Span),
    /// The job and its window are longer than the year: it would meet itself.
    #[error(
        "a job and its window must fit into the time that is evaluated, {year} steps of 5 minutes, got {duration} + {window}"
    )]
    TooLong {
        /// The job, in steps.
        duration: usize,
        /// Its window, in steps.
        window: usize,
        /// The year, in steps.
        year: usize,
    },
    /// There is no such slot to start in.
    #[error("a start must be one of the {slots} slots that are evaluated, got slot {start}")]
    Start {
        /// The slot that was asked for.
        start: usize,
        /// How many there are.
        slots: usize,
    },
}

/// The mean savings of each job in each window, job by job and within a job window by window. Jobs and
/// windows are rounded to whole [`steps`]; which power a job draws makes no difference to them.
///
/// # Errors
///
/// When a job is shorter than half a step, or longer, with its window, than the year, or a start is not
/// in the year.
pub fn evaluate(
    year: &Year,
    jobs: &[Span],
    windows: &[Window],
    starts: Starts<'_>,
) -> Result<Vec<Row>, EvaluateError> {
    let mut done: Vec<(Trial<'_>, Vec<SavingsTotals>)> = Vec::new();
    let mut rows = Vec::with_capacity(jobs.len().saturating_mul(windows.len()));
    for (job, &duration) in jobs.iter().enumerate() {
        let trial = Trial::new(year, duration, windows, starts)?;
        let place = match done.iter().position(|(other, _)| other.is_same_as(&trial)) {
            Some(place) => place,
            None => {
                let mut totals = alloc::vec![SavingsTotals::default(); trial.windows().len()];
                trial.run(|window, outcome| {
                    if let Some(totals) = totals.get_mut(window) {
                        totals.add(&outcome);
                    }
                });
                done.push((trial, totals));
                done.len() - 1
            }
        };
        for (window, &length) in windows.iter().enumerate() {
            let savings = done.get(place).and_then(|(trial, totals)| {
                let slots = length.steps_of(duration);
                let totals = totals.get(trial.windows().binary_search(&slots).ok()?)?;
                Some(totals.savings(trial.duration() + slots))
            });
            rows.extend(savings.map(|savings| Row { job, window, savings }));
        }
    }
    Ok(rows)
}

/// What one job in one window came to from each start, in the order of the starts. In a window of zero it
/// is the baseline thrice.
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

/// As [`outcomes`], one after the other: of all the starts of a year nobody need keep them.
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
