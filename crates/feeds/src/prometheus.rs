//! The power of a job as it was measured: what Prometheus answers to `query_range` for
//! `gpu_carbon_gpu_power_watts`.

use std::collections::BTreeMap;
use std::fmt::Write;

use gpu_carbon_core::{Energy, Power, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;
use crate::rfc3339;

#[cfg(test)]
mod tests;

/// The metric of our exporter.
pub const METRIC: &str = "gpu_carbon_gpu_power_watts";

/// A power that was measured over some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// From which offset on, counted from the first sample, all series together draw which power.
    pub profile: Vec<(Span, Power)>,
    /// The moment of the first sample.
    pub start: Timestamp,
    /// From the first sample to one step after the last.
    pub duration: Span,
    /// What that comes to.
    pub energy: Energy,
    /// How many series were summed.
    pub series: usize,
}

/// An answer that is no power of a job.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrometheusError {
    /// It is none of Prometheus's.
    #[error(transparent)]
    Answer(#[from] FeedError),
    /// It is the answer to another kind of query.
    #[error("the answer is of the type `{0}`, and must be a matrix: ask query_range, with a step")]
    Type(String),
    /// Another metric was asked for.
    #[error(
        "the series are of `{0}`, and must be of `{METRIC}`: for another metric in watts, ask for its sum"
    )]
    Metric(String),
    /// No series matches.
    #[error("the answer holds no sample: ask for a time at which the GPUs were measured")]
    Empty,
    /// One moment has no length.
    #[error("the answer holds a single moment, so that it has no step: ask for two or more")]
    OneMoment,
    /// A sample is no power.
    #[error("{series} at {at}: must be a finite number of watts, zero or more, got `{found}`")]
    Power {
        /// The labels of the series.
        series: String,
        /// The moment of the sample.
        at: String,
        /// What stands there.
        found: String,
    },
    /// Moments do not ascend, or are none.
    #[error("{series}: the moments of its samples must ascend, got {found} s")]
    Order {
        /// The labels of the series.
        series: String,
        /// The moment that is out of order.
        found: f64,
    },
    /// A series lacks a sample that another has, or all lack one.
    #[error(
        "{series} has no sample at {at}: ask for a time without a gap, or bridge it in the query, as by last_over_time"
    )]
    Gap {
        /// The labels of the series.
        series: String,
        /// The first moment without one.
        at: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Sampled {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// Reads the power of a job. Each sample holds until the next, the last for one step, which is the least
/// distance between two moments. Series are summed, as of several GPUs; each must have a sample at each
/// moment, since what is missing is not zero.
///
/// # Errors
///
/// When it is another answer, or a sample is missing or no power.
///
/// ```
/// let answer = r#"{"status": "success", "data": {"resultType": "matrix", "result": [
///     {"metric": {"gpu": "0"}, "values": [[1590969600, "250"], [1590969660, "300"]]},
///     {"metric": {"gpu": "1"}, "values": [[1590969600, "50"], [1590969660, "300"]]}]}}"#;
/// let measured = gpu_carbon_feeds::prometheus::power(answer)?;
/// assert_eq!(measured.duration.as_seconds(), 120.0);
/// assert_eq!(measured.energy.as_joules(), 60.0 * 300.0 + 60.0 * 600.0);
/// # Ok::<(), gpu_carbon_feeds::prometheus::PrometheusError>(())
/// ```
pub fn power(text: &str) -> Result<Measured, PrometheusError> {
    let Answer { data } = json::read(text, "Prometheus")?;
    if data.result_type != "matrix" {
        return Err(PrometheusError::Type(json::excerpt(&data.result_type)));
    }
    let mut series = Vec::with_capacity(data.result.len());
    for sampled in data.result {
        let sampled: Sampled = serde_json::from_value(sampled).map_err(|error| {
            FeedError::Shape { service: "Prometheus", reason: json::excerpt(&error.to_string()) }
        })?;
        series.push(Samples::new(sampled)?);
    }
    let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
    for &(at, watts) in series.iter().flat_map(|series| &series.samples) {
        *sums.entry(at).or_default() += watts;
    }
    let moments: Vec<i64> = sums.keys().copied().collect();
    let first = *moments.first().ok_or(PrometheusError::Empty)?;
    let distances = moments.iter().zip(moments.iter().skip(1)).map(|(from, to)| to - from);
    let step = distances.min().ok_or(PrometheusError::OneMoment)?;
    series.iter().try_for_each(|series| series.check(&moments, step))?;

    let span =
        |milliseconds: i64| Span::from_micros(milliseconds.unsigned_abs().saturating_mul(1000));
    let mut profile = Vec::with_capacity(sums.len());
    let mut energy = Energy::ZERO;
    for (at, watts) in sums {
        let power = Power::from_watts(watts).map_err(|_| PrometheusError::Power {
            series: "the sum of the series".to_owned(),
            at: written(at),
            found: watts.to_string(),
        })?;
        energy += power * span(step);
        profile.push((span(at - first), power));
    }
    let last = moments.last().copied().unwrap_or(first);
    Ok(Measured {
        profile,
        start: Timestamp::from_unix_micros(first.saturating_mul(1000)),
        duration: span(last - first + step),
        energy,
        series: series.len(),
    })
}

/// The samples of one series: milliseconds since the epoch, which is what Prometheus keeps, and watts.
struct Samples {
    labels: String,
    samples: Vec<(i64, f64)>,
}

impl Samples {
    fn new(sampled: Sampled) -> Result<Samples, PrometheusError> {
        if let Some(name) = sampled.metric.get("__name__").filter(|&name| name != METRIC) {
            return Err(PrometheusError::Metric(json::excerpt(name)));
        }
        let labels = labels(&sampled.metric);
        let mut samples: Vec<(i64, f64)> = Vec::with_capacity(sampled.values.len());
        for (seconds, value) in sampled.values {
            let at =
                milliseconds(seconds).filter(|&at| samples.last().is_none_or(|last| last.0 < at));
            let Some(at) = at else {
                return Err(PrometheusError::Order { series: labels, found: seconds });
            };
            match value.parse().ok().filter(|&watts| Power::from_watts(watts).is_ok()) {
                Some(watts) => samples.push((at, watts)),
                None => {
                    let (at, found) = (written(at), json::excerpt(&value));
                    return Err(PrometheusError::Power { series: labels, at, found });
                }
            }
        }
        Ok(Samples { labels, samples })
    }

    /// That it has a sample at each moment, and that these are a step apart.
    fn check(&self, moments: &[i64], step: i64) -> Result<(), PrometheusError> {
        let mut own = self.samples.iter().map(|&(at, _)| at);
        let mut expected = moments.first().copied();
        for &moment in moments {
            let due = expected.unwrap_or(moment);
            if moment != due || own.next() != Some(due) {
                return Err(PrometheusError::Gap { series: self.labels.clone(), at: written(due) });
            }
            expected = due.checked_add(step);
        }
        Ok(())
    }
}

/// Of moments that a calendar has.
#[allow(clippy::cast_possible_truncation)] // within the range that is checked
fn milliseconds(seconds: f64) -> Option<i64> {
    (seconds.abs() < 1e11).then(|| (seconds * 1000.0).round() as i64)
}

fn written(milliseconds: i64) -> String {
    rfc3339::format(Timestamp::from_unix_micros(milliseconds.saturating_mul(1000)))
}

/// As Prometheus writes them, cut short.
fn labels(metric: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in metric.iter().filter(|(name, _)| *name != "__name__") {
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{name}=\"{value}\""); // a String takes all
    }
    json::excerpt(&format!("the series {{{text}}}"))
}
