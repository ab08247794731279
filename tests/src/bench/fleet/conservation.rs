//! The recorded sums compared with the raw counters, minute by minute.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::prometheus::Prometheus;

/// A recorded sum, and what it should be.
#[derive(Debug)]
pub struct Sum {
    /// The recorded series.
    pub name: String,
    /// The sum of all its samples.
    pub recorded: f64,
    /// The growth of the counters in the same minutes.
    pub counted: f64,
}

impl Sum {
    /// The difference, as a share of what was counted.
    #[must_use]
    pub fn error(&self) -> f64 {
        (self.recorded / self.counted - 1.0).abs()
    }
}

/// The first samples of a group that may still read the past, whose end the counters have passed when they begin to stand still.
const OF_THE_PAST: usize = 2;

/// Compares the sums of the evaluations between the last one of a group before all counters began to count, and its last one.
/// No counter may have counted in the minute around either.
///
/// # Errors
///
/// When a query fails, or an evaluation was missed, or too few were before the counters began.
pub fn check(prometheus: &Prometheus, counting: f64, minutes: u32) -> Result<Vec<Sum>> {
    let mut sums = Vec::new();
    for amount in ["energy_joules", "emissions_grams", "embodied_emissions_grams"] {
        let times = since(times(prometheus, amount, minutes)?, counting)?;
        let counted = growth(prometheus, &format!("gpu_carbon_gpu_{amount}_total"), &times)?;
        for level in ["gpu", "instance", "cluster"] {
            let name = format!("{level}:gpu_carbon_{amount}:increase1m");
            sums.push(Sum { recorded: recorded(prometheus, &name, &times)?, name, counted });
        }
    }
    // The parts of each of these are a whole that is compared above.
    for (amount, wholes, levels) in [
        ("energy_joules", &["energy_joules"][..], &["workload", "namespace"][..]),
        (
            "sci_grams",
            &["emissions_grams", "embodied_emissions_grams"],
            &["gpu", "cluster", "workload", "namespace"],
        ),
    ] {
        let counted = |amount: &&str| {
            let name = format!("gpu:gpu_carbon_{amount}:increase1m");
            sums.iter().find(|sum| sum.name == name).map_or(f64::NAN, |sum| sum.counted)
        };
        let counted: f64 = wholes.iter().map(counted).sum();
        let times = since(times(prometheus, amount, minutes)?, counting)?;
        for level in levels {
            let name = format!("{level}:gpu_carbon_{amount}:increase1m");
            sums.push(Sum { recorded: recorded(prometheus, &name, &times)?, name, counted });
        }
    }
    Ok(sums)
}

/// The times at which the group that sums up an amount has read its counters.
fn times(prometheus: &Prometheus, amount: &str, minutes: u32) -> Result<Vec<f64>> {
    let reading = format!("gpu:gpu_carbon_{amount}:counted{{gpu=\"3\"}}[{minutes}m]");
    let answer = prometheus.query(&reading, None)?;
    let series = answer.as_array().context("a matrix")?;
    let longest = series.iter().filter_map(|it| it["values"].as_array()).max_by_key(|it| it.len());
    let samples = longest.context("no samples")?;
    let times: Vec<f64> = samples.iter().filter_map(|sample| sample[0].as_f64()).collect();
    ensure!(
        times.windows(2).all(|pair| (pair[1] - pair[0] - 60.0).abs() < 1.0),
        "an evaluation was missed: {times:?}"
    );
    Ok(times)
}

/// The times from the last one before the counters began to count.
fn since(times: Vec<f64>, counting: f64) -> Result<Vec<f64>> {
    let before = times.partition_point(|at| *at <= counting);
    ensure!(
        before > OF_THE_PAST,
        "{before} samples before the counters began at {counting}, of {times:?}"
    );
    Ok(times[before - 1..].to_vec())
}

/// The sum of the samples of a recorded series between the first time and the last.
fn recorded(prometheus: &Prometheus, name: &str, times: &[f64]) -> Result<f64> {
    let (first, last) = (times.first().context("no time")?, times.last().context("no time")?);
    // The sums of another group lag by less than a minute; there is nothing to sum up in that minute.
    let seconds = last - first + 59.0;
    prometheus.value(&format!("sum(sum_over_time({name}[{seconds:.0}s]))"), Some(last + 59.0))
}

/// The growth of a counter in each of the minutes: of each series, the difference of its last samples, or the last sample where
/// that is smaller.
fn growth(prometheus: &Prometheus, counter: &str, times: &[f64]) -> Result<f64> {
    let (first, last) = (times.first().context("no time")?, times.last().context("no time")?);
    let seconds = last - first + 120.0;
    let answer = prometheus.query(&format!("{counter}[{seconds:.0}s]"), Some(*last))?;
    let mut minutes: BTreeMap<usize, f64> = BTreeMap::new();
    for series in answer.as_array().context("a matrix")? {
        let sample = |pair: &Value| Some((pair[0].as_f64()?, pair[1].as_str()?.parse().ok()?));
        let samples: Vec<(f64, f64)> =
            series["values"].as_array().context("samples")?.iter().filter_map(sample).collect();
        let last_before = |time: f64| {
            let end = samples.partition_point(|(at, _)| *at <= time);
            end.checked_sub(1).map(|place| samples[place].1)
        };
        for (number, pair) in times.windows(2).enumerate() {
            if let (Some(before), Some(after)) = (last_before(pair[0]), last_before(pair[1])) {
                let grown = if after < before { after } else { after - before };
                *minutes.entry(number).or_default() += grown;
            }
        }
    }
    Ok(minutes.values().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_begins_while_all_counters_stand_still() {
        let times = vec![0.0, 60.0, 120.0, 180.0, 240.0];
        assert_eq!(since(times.clone(), 130.0).unwrap(), [120.0, 180.0, 240.0]);
        assert_eq!(since(times.clone(), 180.0).unwrap(), [180.0, 240.0]);
        assert!(since(times, 119.0).is_err(), "the second sample may be the first of the present");
    }
}
