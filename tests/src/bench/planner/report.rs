//! The tables of the measurements.

use super::goals::Measurements;
use super::measure::{Results, exponent};
use super::memory::{SLICES, SLOTS};
use super::year::REGIONS;
use crate::bench::table::{Table, number};

/// Explanation of the tables.
pub const NOTES: &str = "\
Times are of one core: the processor time of the process, the median of many runs, of each planner in the same run.
The question: a job of 24 h at 1 kW, in the 72 h from the middle of the year on; a pause takes 0.05 kWh, five minutes,
and 0.1 kW while it lasts. The best start counts the integral of the trace, the plan counts all that `plan` says of it:
the free plan, what that emits in truth, the best start. CATS is its WindowedForecast, which interpolates between values
and so may choose another start; numpy is the same dynamic programme, vectorised over the work, one row after another.
WattTime's optimizer is not on PyPI, and so it takes no part. The regions of the year are made up.
";

/// All tables, one after another.
#[must_use]
pub fn tables(all: &Measurements) -> Vec<Table> {
    let growth = [
        growth(&all.traces, "slots, 24 h of work", |it| &it.by_slots),
        growth(&all.traces, "slices of work in 12 days", |it| &it.by_slices),
    ];
    all.traces.iter().map(comparison).chain(growth).chain([year(all)]).collect()
}

fn comparison(results: &Results) -> Table {
    let columns =
        [&format!("72 h of {}", results.trace), "ours", "other", "other/ours", "what other"];
    let mut table = Table::new(columns.map(str::to_owned));
    let mut row = |name: &str, ours: f64, other: Option<f64>, what: &str| {
        let compared = other.map_or_else(nothing, |other| number(other / ours));
        let other = other.map_or_else(nothing, number);
        table.push([name.to_owned(), number(ours), other, compared, what.to_owned()]);
    };
    let others = results.others.as_ref();
    let numpy = others.map_or_else(nothing, |it| format!("numpy {}", it.answers.numpy_version));
    row(
        "best start (µs)",
        results.best_start * 1e6,
        others.map(|it| it.answers.cats_seconds * 1e6),
        "CATS",
    );
    row(
        "what that start emits (g)",
        results.best_start_grams,
        others.map(|it| it.cats_grams),
        "CATS",
    );
    row(
        "plan with pauses that cost (µs)",
        results.plan * 1e6,
        others.map(|it| it.answers.numpy_seconds * 1e6),
        &numpy,
    );
    row(
        "what that plan emits (g)",
        results.plan_grams,
        others.map(|it| it.answers.numpy_grams),
        &numpy,
    );
    row(
        "that number alone (µs)",
        results.value * 1e6,
        others.map(|it| it.answers.numpy_value_seconds * 1e6),
        &numpy,
    );
    table
}

/// Growth of a plan's time with one of its sizes.
fn growth(all: &[Results], what: &str, of: fn(&Results) -> &Vec<(usize, f64)>) -> Table {
    let sizes: Vec<usize> =
        all.first().map_or_else(Vec::new, |it| of(it).iter().map(|it| it.0).collect());
    let sizes = sizes.iter().map(usize::to_string);
    let columns = [format!("plan (ms) by {what}")].into_iter().chain(sizes);
    let mut table = Table::new(columns.chain(["grows with the power".to_owned()]));
    for results in all {
        let points = of(results);
        let times = points.iter().map(|point| number(point.1 * 1e3));
        let row = [results.trace.clone()].into_iter().chain(times);
        table.push(row.chain([number(exponent(points))]));
    }
    table
}

fn year(all: &Measurements) -> Table {
    let mut table = Table::new(["a year".to_owned(), "ours".to_owned()]);
    let table_bytes = SLOTS as f64 * SLICES as f64;
    for (name, value) in [
        (
            format!("{REGIONS} regions, 11 jobs, 60 starts, 8 windows, in memory (s)"),
            all.year.in_memory,
        ),
        (
            "the same with reading the files and writing the answer (s)".to_owned(),
            all.year.from_files,
        ),
        ("1 region, 11 jobs, every start, 8 windows (s)".to_owned(), all.year.every_start),
        (format!("plan of {SLICES} slices in {SLOTS} slots (s)"), all.large_plan.seconds),
        ("its memory (MB)".to_owned(), all.large_plan.bytes / 1e6),
        ("the memory of a byte for each slice and slot (MB)".to_owned(), table_bytes / 1e6),
        ("what it emits, without the plan (s)".to_owned(), all.large_value.seconds),
        ("its memory (MB)".to_owned(), all.large_value.bytes / 1e6),
    ] {
        table.push([name, number(value)]);
    }
    table
}

fn nothing() -> String {
    "-".to_owned()
}
