//! Goals of the planner, and the verdict on each.

use super::measure::Results;
use super::memory::Cost;
use super::year::Times;
use crate::bench::limit::Limit;

/// Measurements measurements.
#[derive(Debug)]
pub struct Measurements {
    /// The results for each trace.
    pub traces: Vec<Results>,
    /// Times for a year of starts.
    pub year: Times,
    /// The cost of the plan over a year.
    pub large_plan: Cost,
    /// The cost of its emissions alone, without the plan.
    pub large_value: Cost,
}

/// A line for each goal: whether it is met, and the values.
#[must_use]
pub fn verdicts(all: &Measurements) -> Vec<String> {
    let on_traces = |value: &dyn Fn(&Results) -> Option<f64>| -> Vec<(String, f64)> {
        let on = |results: &Results| Some((format!("on {}", results.trace), value(results)?));
        all.traces.iter().filter_map(on).collect()
    };
    let once = |value: f64| vec![(String::new(), value)];
    let goals = [
        (
            Limit::AtLeast(1000.0),
            "times ours that CATS takes for the best start",
            on_traces(&|it| Some(it.others.as_ref()?.answers.cats_seconds / it.best_start)),
        ),
        (
            Limit::Below(1.0),
            "ms for a plan whose pauses cost",
            on_traces(&|it| Some(it.plan * 1e3)),
        ),
        (
            Limit::AtLeast(5.0),
            "times ours that numpy takes for it",
            on_traces(&|it| Some(it.others.as_ref()?.answers.numpy_seconds / it.plan)),
        ),
        (Limit::Below(0.5), "s for a year in 16 regions, in memory", once(all.year.in_memory)),
        (Limit::Below(1.0), "s for it with the reading of the files", once(all.year.from_files)),
        (Limit::Below(5.0), "s for every start of a year", once(all.year.every_start)),
        (
            Limit::Below(100.0),
            "MB for a plan over a year, of a job of 35 days",
            once(all.large_plan.bytes / 1e6),
        ),
        (
            Limit::Below(1.0),
            "MB for what it emits, without the plan",
            once(all.large_value.bytes / 1e6),
        ),
    ];
    goals.into_iter().map(|(limit, what, values)| limit.verdict(what, &values)).collect()
}
