//! One question, answered by every planner.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::{Schedule, exact, flexible_start, minimum_emissions};
use gpu_carbon_core::{Interval, Series};

use super::peers::{Answers, Peers};
use super::question::{Question, SLICES, SLOTS, span};
use super::trace::Trace;
use crate::bench::usage::processor_time;

/// The measurements on one trace. Times are in seconds of a core.
#[derive(Debug)]
pub struct Results {
    /// The trace's name.
    pub trace: String,
    /// Time for the best start, including the integral of the trace.
    pub best_start: f64,
    /// Emissions of the answer above, in grams.
    pub best_start_grams: f64,
    /// Time for the plan with pauses that have a cost.
    pub plan: f64,
    /// Emissions of the answer above, in grams.
    pub plan_grams: f64,
    /// Time for the emissions of the best plan, without the plan.
    pub value: f64,
    /// The answers of the others, where they could be installed.
    pub others: Option<Others>,
    /// Numbers of slots with the seconds of a plan, for a day of work.
    pub by_slots: Vec<(usize, f64)>,
    /// Numbers of slices with the seconds of a plan, over twelve days.
    pub by_slices: Vec<(usize, f64)>,
}

/// The answers of the others.
#[derive(Debug)]
pub struct Others {
    /// The answers as they gave them.
    pub answers: Answers,
    /// Emissions of CATS' start by the steps of the trace, in grams.
    pub cats_grams: f64,
}

/// The effort of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The least time of a core for a measurement.
    pub each: Duration,
}

impl Results {
    /// Measures a trace.
    ///
    /// # Errors
    ///
    /// When something cannot be planned, or numpy finds another optimum.
    pub fn measure(
        trace: &Trace,
        peers: Option<&Peers>,
        effort: Effort,
        progress: &dyn Fn(&str),
    ) -> Result<Results> {
        progress(&format!("planning on {}", trace.name));
        let question = Question::new(SLOTS, SLICES, &trace.series)?;
        let Question { job, start, window, costs } = &question;
        // The slots, and one more value, by which CATS interpolates at the end of the last.
        let excerpt = excerpt(&trace.series, &question)?;
        let (best_start, best_start_plan) = seconds(effort, || {
            flexible_start(black_box(job), *start, *window, &Exposures::of(&excerpt))
        })?;
        let exposures = Exposures::of(&excerpt);
        let (plan, found) =
            seconds(effort, || exact(black_box(job), *start, *window, costs, &exposures))?;
        let (value, least) = seconds(effort, || {
            minimum_emissions(black_box(job), *start, *window, costs, &exposures)
        })?;
        let same = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        let (plan_grams, least) = (found.emissions.as_grams(), least.as_grams());
        ensure!(same(least, plan_grams), "{least} g are not the {plan_grams} g of the plan");

        let others = peers.map(|peers| -> Result<Others> {
            progress("asking CATS and numpy");
            let points = excerpt.points().iter();
            let grams: Vec<f64> =
                points.map(|point| point.1.as_grams_per_kilowatt_hour()).collect();
            let answers = peers.ask(&grams, SLICES)?;
            for theirs in [answers.numpy_grams, answers.numpy_value_grams] {
                ensure!(same(theirs, plan_grams), "numpy finds {theirs} g, and not {plan_grams} g");
            }
            let runs = runs(&answers.numpy_slots, &question);
            let emitted =
                costs.emissions(&runs, job, &exposures)? + runs.emissions(job, &exposures)?;
            let emitted = emitted.as_grams();
            ensure!(
                same(emitted, plan_grams),
                "numpy's plan emits {emitted} g, not {plan_grams} g"
            );
            let theirs = Schedule::unbroken(*start + span(answers.cats_start), job.duration());
            let cats_grams = theirs.emissions(job, &exposures)?.as_grams();
            Ok(Others { answers, cats_grams })
        });

        progress("planning more slots and more work");
        let growth = |slots, slices| -> Result<f64> {
            let Question { job, start, window, costs } =
                Question::new(slots, slices, &trace.series)?;
            let exposures = Exposures::of(&trace.series);
            Ok(seconds(effort, || exact(black_box(&job), start, window, &costs, &exposures))?.0)
        };
        let slots = [864, 1728, 3456, 6912, 13_824];
        let slices = [72, 144, 288, 576, 1152];
        Ok(Results {
            trace: trace.name.clone(),
            best_start,
            best_start_grams: best_start_plan.emissions.as_grams(),
            plan,
            plan_grams,
            value,
            others: others.transpose()?,
            by_slots: slots
                .map(|slots| Ok((slots, growth(slots, 288)?)))
                .into_iter()
                .collect::<Result<_>>()?,
            by_slices: slices
                .map(|slices| Ok((slices, growth(3456, slices)?)))
                .into_iter()
                .collect::<Result<_>>()?,
        })
    }
}

/// The part of a trace that a question is about, and one value more.
fn excerpt(series: &Series, question: &Question) -> Result<Series> {
    let whole = Interval::new(question.start, question.start + span(SLOTS + 1));
    let points = series.points().iter().filter(|(at, _)| (whole.start()..whole.end()).contains(at));
    let points: Vec<_> = points.copied().collect();
    ensure!(points.len() == SLOTS + 1, "the trace has a gap");
    Ok(Series::new(points)?)
}

/// The schedule that runs in these slots.
fn runs(slots: &[usize], question: &Question) -> Schedule {
    let slot =
        |&slot: &usize| Interval::new(question.start + span(slot), question.start + span(slot + 1));
    Schedule::joining(slots.iter().map(slot))
}

/// The median time of a core for some work, in seconds, and the work's result.
///
/// # Errors
///
/// When the work fails.
pub fn seconds<T, E: std::error::Error + Send + Sync + 'static>(
    effort: Effort,
    mut work: impl FnMut() -> Result<T, E>,
) -> Result<(f64, T)> {
    let process = std::process::id();
    let begun = processor_time(process)?;
    let mut each = Vec::new();
    loop {
        let before = processor_time(process)?;
        let done = black_box(work()?);
        let after = processor_time(process)?;
        each.push((after - before).as_secs_f64());
        if after - begun >= effort.each && each.len() >= 3 {
            each.sort_by(f64::total_cmp);
            return Ok((each[each.len() / 2], done));
        }
    }
}

/// The exponent of growth: the slope of the straight line through the logarithms, by least squares.
#[must_use]
pub fn exponent(points: &[(usize, f64)]) -> f64 {
    let logs = points.iter().map(|&(size, seconds)| ((size as f64).ln(), seconds.ln()));
    let logs: Vec<(f64, f64)> = logs.collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |sum, log| (sum.0 + log.0, sum.1 + log.1));
    let (x, y) = (x / count, y / count);
    let (over, under) = logs.iter().fold((0.0, 0.0), |sum, log| {
        (sum.0 + (log.0 - x) * (log.1 - y), sum.1 + (log.0 - x) * (log.0 - x))
    });
    over / under
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power_law_is_found() {
        let points = [10, 20, 40, 80].map(|size| (size, 3e-9 * (size as f64).powf(1.25)));
        assert!((exponent(&points) - 1.25).abs() < 1e-12);
    }
}
