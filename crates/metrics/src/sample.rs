//! Samples of metrics.

use std::borrow::Cow;

use gpu_carbon_core::Timestamp;

use crate::metric::Metric;

/// A metric with its samples at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The metric.
    pub metric: Metric,
    /// The samples; a family without one is not written.
    pub samples: Vec<Sample>,
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The labels, in the order of [`Metric::labels`].
    pub labels: Vec<Label>,
    /// A finite value, or an infinity if that is the truth. A missing value has no sample.
    pub value: f64,
    /// The time at which a counter began to count.
    pub created: Option<Timestamp>,
}

/// The name and the value of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The name: letters, digits and underscores.
    pub name: Cow<'static, str>,
    /// The value: any text.
    pub value: String,
}

impl Family {
    /// A metric with samples.
    #[must_use]
    pub fn new(metric: Metric, samples: impl IntoIterator<Item = Sample>) -> Family {
        Family { metric, samples: samples.into_iter().collect() }
    }
}

impl Sample {
    /// A sample without a time of creation.
    #[must_use]
    pub fn new(labels: Vec<Label>, value: f64) -> Sample {
        Sample { labels, value, created: None }
    }

    /// The same sample of a counter that began to count at a time.
    #[must_use]
    pub fn since(mut self, created: Timestamp) -> Sample {
        self.created = Some(created);
        self
    }
}

impl Label {
    /// A label by its name and value.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Label {
        Label { name: name.into(), value: value.into() }
    }
}
