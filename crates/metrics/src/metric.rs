//! The definition of one metric.

/// A metric's name, meaning, type, unit and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name, in base units; the name of a counter ends in `_total`.
    pub name: &'static str,
    /// The meaning in one line, as the `HELP` line shows it.
    pub help: &'static str,
    /// The type.
    pub kind: Kind,
    /// The unit, if the name ends in one.
    pub unit: Option<&'static str>,
    /// The names of the labels, in the order in which each sample has them.
    pub labels: &'static [&'static str],
    /// The condition under which the metric, or one of its series, has no sample; `None` if it always has one.
    pub absent: Option<&'static str>,
}

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value that rises and falls.
    Gauge,
    /// A value that only rises, until it restarts at zero.
    Counter,
}

impl Kind {
    /// The type's name in both exposition formats.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        }
    }
}

impl Metric {
    /// A gauge without a unit and without labels, which is never absent.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Metric {
        Metric { name, help, kind: Kind::Gauge, unit: None, labels: &[], absent: None }
    }

    /// A counter without a unit and without labels, which is never absent.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str) -> Metric {
        Metric { name, help, kind: Kind::Counter, unit: None, labels: &[], absent: None }
    }

    /// The same metric with a unit.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Metric {
        self.unit = Some(unit);
        self
    }

    /// The same metric with labels.
    #[must_use]
    pub const fn labels(mut self, labels: &'static [&'static str]) -> Metric {
        self.labels = labels;
        self
    }

    /// The same metric with the condition under which it has no sample.
    #[must_use]
    pub const fn absent(mut self, condition: &'static str) -> Metric {
        self.absent = Some(condition);
        self
    }
}
