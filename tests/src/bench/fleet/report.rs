//! The tables, and the goals.

use super::groups::Evaluation;
use super::measure::{GOGC, Measured};
use super::steal::Steal;
use crate::bench::limit::Limit;
use crate::bench::table::{Table, number};

/// The seconds that an evaluation of a group may take.
const LONGEST: f64 = 1.0;

/// The number of rules, and of queries, that are shown.
const SHOWN: usize = 8;

/// The tables of what was measured.
#[must_use]
pub fn tables(measured: &Measured) -> Vec<Table> {
    let mut whole =
        Table::new([format!("{} hosts, {} GPUs", measured.hosts, measured.gpus), String::new()]);
    whole.push(["version of Prometheus".to_owned(), measured.version.clone()]);
    whole.push(["its environment variable GOGC".to_owned(), GOGC.to_owned()]);
    for (what, value) in [
        ("series of a GPU without workloads, in the text format", measured.series_per_gpu.0 as f64),
        ("series of a GPU without workloads, in OpenMetrics", measured.series_per_gpu.1 as f64),
        ("samples of the past", measured.past_samples as f64),
        ("samples scraped in a second", measured.samples_per_second),
        ("series in Prometheus' head", measured.head_series),
        ("MB of Prometheus' memory, resident", measured.memory.resident_bytes as f64 / 1e6),
        ("MB of Prometheus' memory, at most", measured.memory.peak_bytes as f64 / 1e6),
        ("% of all cores busy or stolen during the evaluations", measured.busy * 100.0),
        ("% of that time stolen by the host of this machine", measured.steal.of_all() * 100.0),
    ] {
        whole.push([what.to_owned(), number(value)]);
    }
    let mut groups = Table::new(
        [
            "rule group",
            "evaluations",
            "median s",
            "longest s",
            "without steal",
            "over 1 s",
            "processor s",
        ]
        .map(str::to_owned),
    );
    for (name, seen) in &measured.groups.evaluations {
        let (seconds, own) = (sorted(seen, None), sorted(seen, Some(&measured.steal)));
        groups.push([
            name.clone(),
            seconds.len().to_string(),
            number(median(&seconds)),
            number(longest(&seconds)),
            number(longest(&own)),
            own.iter().filter(|&&seconds| seconds >= LONGEST).count().to_string(),
            measured.groups.processor.get(name).map_or_else(|| "-".to_owned(), |it| number(*it)),
        ]);
    }
    let mut slow =
        Table::new(["evaluations over 1 s", "s after the first minutes", "s"].map(str::to_owned));
    for (name, seen) in &measured.groups.evaluations {
        for evaluation in seen.iter().filter(|it| given(it, &measured.steal) >= LONGEST) {
            let after = format!("{:.0}", evaluation.begun - measured.counting);
            slow.push([name.clone(), after, number(evaluation.seconds)]);
        }
    }
    let mut rules = Table::new(["slowest rules".to_owned(), "longest s".to_owned()]);
    let mut slowest: Vec<_> = measured.groups.rules.iter().collect();
    slowest.sort_by(|a, b| b.1.total_cmp(a.1));
    for (name, seconds) in slowest.into_iter().take(SHOWN) {
        rules.push([name.clone(), number(*seconds)]);
    }
    let mut panels = Table::new(["slowest queries of a day".to_owned(), "s".to_owned()]);
    for panel in measured.panels.iter().take(SHOWN) {
        panels.push([panel.title.clone(), number(panel.seconds)]);
    }
    let mut sums =
        Table::new(["sums of recorded series", "recorded", "counted", "error"].map(str::to_owned));
    for sum in &measured.sums {
        let values = [number(sum.recorded), number(sum.counted), format!("{:.1e}", sum.error())];
        sums.push([vec![sum.name.clone()], values.to_vec()].concat());
    }
    let mut alerts = Table::new(["alerts that fire".to_owned(), String::new()]);
    for (name, count) in &measured.alerts {
        alerts.push([name.clone(), number(*count)]);
    }
    vec![whole, groups, slow, rules, panels, sums, alerts]
}

/// The seconds of an evaluation without steal time. It has one thread at a time, which was refused as much of the time that it
/// wanted as all others.
fn given(evaluation: &Evaluation, steal: &Steal) -> f64 {
    let Evaluation { begun, seconds } = *evaluation;
    seconds * (1.0 - steal.share(begun, begun + seconds))
}

/// The seconds of evaluations in order; without steal time, where it is given.
fn sorted(seen: &[Evaluation], steal: Option<&Steal>) -> Vec<f64> {
    let seconds = |it: &Evaluation| steal.map_or(it.seconds, |steal| given(it, steal));
    let mut seconds: Vec<f64> = seen.iter().map(seconds).collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

/// The last of seconds in order.
fn longest(seconds: &[f64]) -> f64 {
    seconds.last().copied().unwrap_or(f64::NAN)
}

/// The median of seconds in order.
fn median(seconds: &[f64]) -> f64 {
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A line for each goal: whether it is met, and the values.
#[must_use]
pub fn verdicts(measured: &Measured) -> Vec<String> {
    let groups = |of: fn(&[f64]) -> f64, steal: Option<&Steal>, from: f64, until: f64| -> Vec<_> {
        let groups = measured.groups.evaluations.iter();
        let within = |seen: &[Evaluation]| -> Vec<Evaluation> {
            seen.iter().copied().filter(|it| (from..until).contains(&it.begun)).collect()
        };
        groups.map(|(name, seen)| (name.clone(), of(&sorted(&within(seen), steal)))).collect()
    };
    let (steal, always) = (Some(&measured.steal), f64::INFINITY);
    let medians = groups(median, None, 0.0, always);
    let first = groups(longest, steal, 0.0, measured.counting);
    let at_worst = groups(longest, steal, measured.counting, always);
    let series = [("text", measured.series_per_gpu.0), ("OpenMetrics", measured.series_per_gpu.1)];
    let series = series.map(|(format, count)| (format.to_owned(), count as f64));
    let errors: Vec<_> = measured.sums.iter().map(|sum| (sum.name.clone(), sum.error())).collect();
    let worst = errors.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let slowest = measured.panels.first().map(|panel| (panel.title.clone(), panel.seconds));
    let processor = measured.groups.processor.iter().map(|(name, it)| (name.clone(), *it));
    let processor: Vec<_> = processor.collect();
    vec![
        Limit::Below(LONGEST).verdict("s to evaluate a group, by its median", &medians),
        Limit::Below(LONGEST).verdict("s to evaluate a group, at worst, without steal", &at_worst),
        Limit::Below(LONGEST)
            .verdict("s in the first minutes, in which its series are made", &first),
        Limit::Below(1.0).verdict("s of a processor for the expressions of a group", &processor),
        Limit::Below(14.0).verdict("series of a GPU without workloads", &series),
        Limit::Below(1e-9).verdict("of a sum lost or invented", &Vec::from_iter(worst)),
        Limit::Below(2.0).verdict("s for a panel of a day", &Vec::from_iter(slowest)),
    ]
}
