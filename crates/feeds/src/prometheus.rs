//! The measured power of a job, from Prometheus's answer to `query_range` for `gpu_carbon_gpu_power_watts`.

use std::collections::BTreeMap;
use std::fmt::Write;

use gpu_carbon_core::{Energy, Power, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;
use crate::rfc3339;

#[cfg(test)]
mod tests;

/// The exporter's metric of the power of a GPU.
pub const METRIC: &str = "gpu_carbon_gpu_power_watts";

/// A power that was measured over some time, as the profile of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredProfile {
    /// Pairs of an offset from the first sample, and the power of all series together from that offset on.
    pub profile: Vec<(Span, Power)>,
    /// The time of the first sample.
    pub start: Timestamp,
    /// The time from the first sample to one step after the last one.
    pub duration: Span,
    /// The integral of the power over the duration.
    pub energy: Energy,
    /// The number of series that were summed.
    pub series: usize,
}

/// An error in an answer of Prometheus.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrometheusError {
    /// The text is not an answer of Prometheus.
    #[error(transparent)]
    Answer(#[from] FeedError),
    /// The answer is one to another kind of query.
    #[error("the answer is of the type `{0}`, and must be a matrix: ask query_range, with a step")]
    Type(String),
    /// The series are of another metric.
    #[error(
        "the series are of `{0}`, and must be of `{METRIC}`: for another metric in watts, ask for its sum"
    )]
    Metric(String),
    /// No series matches the query.
    #[error("the answer holds no sample: ask for a time at which the GPUs were measured")]
    NoSamples,
    /// The samples are all of one time, so that the step is unknown.
    #[error(
        "the answer holds samples of a single time, so that it has no step: ask for two or more"
    )]
    SingleTime,
    /// A sample is not a power.
    #[error("{series} at {at}: must be a finite number of watts, zero or more, got `{found}`")]
    Power {
        /// The labels of the series.
        series: String,
        /// The time of the sample.
        at: String,
        /// The value of the sample.
        found: String,
    },
    /// The times of a series do not ascend, or are beyond the calendar.
    #[error("{series}: the times of its samples must ascend, got {found} s")]
    Order {
        /// The labels of the series.
        series: String,
        /// The time that is out of order, in seconds since 1970-01-01T00:00:00Z.
        found: f64,
    },
    /// A series lacks a sample that another has, or all lack one.
    #[error(
        "{series} has no sample at {at}: ask for a time without a gap, or bridge it in the query, as by last_over_time"
    )]
    Gap {
        /// The labels of the series.
        series: String,
        /// The first time without a sample.
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
struct SeriesJson {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// Parses the power of a job. Each sample holds until the next one, and the last for one step, which is the least distance between
/// two times. The series, such as those of several GPUs, are summed; each must have a sample at each time, since a missing sample
/// is not zero.
///
/// # Errors
///
/// When the text is another answer, or a sample is missing or not a power.
///
/// ```
/// let answer = r#"{"status": "success", "data": {"resultType": "matrix", "result": [
///     {"metric": {"gpu": "0"}, "values": [[1590969600, "250"], [1590969660, "300"]]},
///     {"metric": {"gpu": "1"}, "values": [[1590969600, "50"], [1590969660, "300"]]}]}}"#;
/// let measured = gpu_carbon_feeds::prometheus::power_profile(answer)?;
/// assert_eq!(measured.duration.as_seconds(), 120.0);
/// assert_eq!(measured.energy.as_joules(), 60.0 * 300.0 + 60.0 * 600.0);
/// # Ok::<(), gpu_carbon_feeds::prometheus::PrometheusError>(())
/// ```
pub fn power_profile(text: &str) -> Result<MeasuredProfile, PrometheusError> {
    let Answer { data } = json::read(text, "Prometheus")?;
    if data.result_type != "matrix" {
        return Err(PrometheusError::Type(json::excerpt(&data.result_type)));
    }
    let mut series = Vec::with_capacity(data.result.len());
    for element in data.result {
        let element: SeriesJson = serde_json::from_value(element).map_err(|error| {
            FeedError::Shape { service: "Prometheus", reason: json::excerpt(&error.to_string()) }
        })?;
        series.push(SampledSeries::new(element)?);
    }
    let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
    for sample in series.iter().flat_map(|series| &series.samples) {
        *sums.entry(sample.milliseconds).or_default() += sample.watts;
    }
    let times: Vec<i64> = sums.keys().copied().collect();
    let first = *times.first().ok_or(PrometheusError::NoSamples)?;
    let distances = times.iter().zip(times.iter().skip(1)).map(|(from, to)| to - from);
    let step = distances.min().ok_or(PrometheusError::SingleTime)?;
    series.iter().try_for_each(|series| series.check(&times, step))?;

    let span =
        |milliseconds: i64| Span::from_micros(milliseconds.unsigned_abs().saturating_mul(1000));
    let mut profile = Vec::with_capacity(sums.len());
    let mut energy = Energy::ZERO;
    for (at, watts) in sums {
        let power = Power::from_watts(watts).map_err(|_| PrometheusError::Power {
            series: "the sum of the series".to_owned(),
            at: format_time(at),
            found: watts.to_string(),
        })?;
        energy += power * span(step);
        profile.push((span(at - first), power));
    }
    let last = times.last().copied().unwrap_or(first);
    Ok(MeasuredProfile {
        profile,
        start: Timestamp::from_unix_micros(first.saturating_mul(1000)),
        duration: span(last - first + step),
        energy,
        series: series.len(),
    })
}

/// A sample. Prometheus stores times in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy)]
struct Sample {
    milliseconds: i64,
    watts: f64,
}

/// One series, with its labels for errors.
struct SampledSeries {
    labels: String,
    samples: Vec<Sample>,
}

impl SampledSeries {
    fn new(json: SeriesJson) -> Result<SampledSeries, PrometheusError> {
        if let Some(name) = json.metric.get("__name__").filter(|&name| name != METRIC) {
            return Err(PrometheusError::Metric(json::excerpt(name)));
        }
        let labels = labels(&json.metric);
        let mut samples: Vec<Sample> = Vec::with_capacity(json.values.len());
        for (seconds, value) in json.values {
            let is_later = |&at: &i64| samples.last().is_none_or(|last| last.milliseconds < at);
            let Some(milliseconds) = milliseconds(seconds).filter(is_later) else {
                return Err(PrometheusError::Order { series: labels, found: seconds });
            };
            match value.parse().ok().filter(|&watts| Power::from_watts(watts).is_ok()) {
                Some(watts) => samples.push(Sample { milliseconds, watts }),
                None => {
                    let (at, found) = (format_time(milliseconds), json::excerpt(&value));
                    return Err(PrometheusError::Power { series: labels, at, found });
                }
            }
        }
        Ok(SampledSeries { labels, samples })
    }

    /// Checks that the series has a sample at each of the times, and that the times are a step apart, in milliseconds.
    fn check(&self, times: &[i64], step: i64) -> Result<(), PrometheusError> {
        let mut own = self.samples.iter().map(|sample| sample.milliseconds);
        let mut expected = times.first().copied();
        for &time in times {
            let due = expected.unwrap_or(time);
            if time != due || own.next() != Some(due) {
                return Err(PrometheusError::Gap {
                    series: self.labels.clone(),
                    at: format_time(due),
                });
            }
            expected = due.checked_add(step);
        }
        Ok(())
    }
}

/// Seconds as milliseconds; `None` beyond about 3,000 years from 1970.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn milliseconds(seconds: f64) -> Option<i64> {
    (seconds.abs() < 1e11).then(|| (seconds * 1000.0).round() as i64)
}

fn format_time(milliseconds: i64) -> String {
    rfc3339::format(Timestamp::from_unix_micros(milliseconds.saturating_mul(1000)))
}

/// The labels of a series as Prometheus writes them, cut short.
fn labels(metric: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in metric.iter().filter(|(name, _)| *name != "__name__") {
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{name}=\"{value}\""); // writing to a String cannot fail
    }
    json::excerpt(&format!("the series {{{text}}}"))
}
