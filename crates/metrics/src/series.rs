//! Many series of one metric, which are written without a [`Sample`] for each of them.

use gpu_carbon_core::Timestamp;

use crate::format::Format;
use crate::metric::{Kind, Metric};
use crate::number::push_number;
use crate::openmetrics::{self, family_name};
use crate::sample::{Family, Label, Sample};
use crate::text;

/// Many series of one metric, in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesTable<'a> {
    /// The metric.
    pub metric: Metric,
    /// The groups; a table without a series is not written.
    pub groups: Vec<SeriesGroup<'a>>,
}

/// Series that have the same labels, but for some in the middle.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesGroup<'a> {
    /// The labels of all of them that come first.
    pub first: Vec<Label>,
    /// The names of the labels that each of them has for itself.
    pub own: &'static [&'static str],
    /// The labels of all of them that come last.
    pub last: Vec<Label>,
    /// The time at which the counters began to count.
    pub created: Option<Timestamp>,
    values: Vec<f64>,
    /// The values of their own labels, one series after another.
    own_values: Vec<&'a str>,
}

impl<'a> SeriesGroup<'a> {
    /// A group without a series, with labels of its own by their names, and room for so many series.
    #[must_use]
    pub fn new(own: &'static [&'static str], room: usize) -> SeriesGroup<'a> {
        let (values, own_values) = (Vec::with_capacity(room), Vec::with_capacity(room * own.len()));
        SeriesGroup { first: Vec::new(), own, last: Vec::new(), created: None, values, own_values }
    }

    /// Adds a series by the values of its own labels, one for each of their names.
    pub fn push(&mut self, own: &[&'a str], value: f64) {
        debug_assert_eq!(own.len(), self.own.len(), "a value for each label");
        self.own_values.extend_from_slice(own);
        self.values.push(value);
    }

    /// The series, by the values of their own labels.
    fn series(&self) -> impl Iterator<Item = (&[&'a str], f64)> {
        let labels = self.own.len();
        let own = move |place| self.own_values.get(place * labels..).unwrap_or_default();
        let values = self.values.iter().enumerate();
        values.map(move |(place, &value)| (own(place).get(..labels).unwrap_or_default(), value))
    }
}

impl SeriesTable<'_> {
    /// About as many bytes as the table takes on a page.
    #[must_use]
    pub fn estimated_bytes(&self) -> usize {
        /// The punctuation of a label, and the number at the end of a line.
        const LABEL: usize = 4;
        const NUMBER: usize = 24;
        let of_label = |label: &Label| label.name.len() + label.value.len() + LABEL;
        let of_group = |group: &SeriesGroup<'_>| {
            let shared: usize = group.first.iter().chain(&group.last).map(of_label).sum();
            let names: usize = group.own.iter().map(|name| name.len() + LABEL).sum();
            let own: usize = group.own_values.iter().map(|value| value.len()).sum();
            own + group.values.len() * (self.metric.name.len() + shared + names + NUMBER)
        };
        self.groups.iter().map(of_group).sum()
    }

    /// Appends the table to a page.
    pub(crate) fn write(&self, format: Format, page: &mut Vec<u8>) {
        if self.groups.iter().all(|group| group.values.is_empty()) {
            return;
        }
        match format {
            Format::Text => text::write_header(&self.metric, page),
            Format::OpenMetrics | Format::OpenMetricsWithCreated => {
                openmetrics::write_header(&self.metric, page);
            }
        }
        let with_created =
            format == Format::OpenMetricsWithCreated && self.metric.kind == Kind::Counter;
        let name_of_created = format!("{}_created", family_name(&self.metric));
        for group in &self.groups {
            let line = Line::new(self.metric.name, group);
            let created = group.created.filter(|_| with_created).map(|at| {
                let mut end = Vec::new();
                push_number(at.as_unix_seconds(), format, &mut end);
                (Line::new(&name_of_created, group), end)
            });
            for (own, value) in group.series() {
                line.push(own, page);
                push_number(value, format, page);
                page.push(b'\n');
                if let Some((line, end)) = &created {
                    line.push(own, page);
                    page.extend_from_slice(end);
                    page.push(b'\n');
                }
            }
        }
    }
}

/// A table as a family of samples, which is written alike, and slower.
impl From<&SeriesTable<'_>> for Family {
    fn from(table: &SeriesTable<'_>) -> Family {
        let samples = table.groups.iter().flat_map(|group| {
            group.series().map(|(own, value)| {
                let own = group.own.iter().zip(own).map(|(&name, &value)| Label::new(name, value));
                let labels =
                    group.first.iter().cloned().chain(own).chain(group.last.iter().cloned());
                Sample { labels: labels.collect(), value, created: group.created }
            })
        });
        Family::new(table.metric, samples)
    }
}

/// The parts of a line that all series of a group have, around the values of their own labels. A space is the end.
struct Line {
    parts: Vec<Vec<u8>>,
}

impl Line {
    fn new(name: &str, group: &SeriesGroup<'_>) -> Line {
        let mut parts = Vec::with_capacity(group.own.len() + 1);
        let mut part = name.as_bytes().to_vec();
        let mut separator = b'{';
        let mut begin = |part: &mut Vec<u8>, name: &str| {
            part.push(std::mem::replace(&mut separator, b','));
            part.extend_from_slice(name.as_bytes());
            part.extend_from_slice(b"=\"");
        };
        let add = |part: &mut Vec<u8>, label: &Label| {
            push_escaped(&label.value, part);
            part.push(b'"');
        };
        for label in &group.first {
            begin(&mut part, &label.name);
            add(&mut part, label);
        }
        for name in group.own {
            begin(&mut part, name);
            parts.push(std::mem::replace(&mut part, b"\"".to_vec()));
        }
        for label in &group.last {
            begin(&mut part, &label.name);
            add(&mut part, label);
        }
        if separator == b',' {
            part.push(b'}');
        }
        part.push(b' ');
        parts.push(part);
        Line { parts }
    }

    /// Appends the line of a series up to its value.
    fn push(&self, own: &[&str], page: &mut Vec<u8>) {
        let mut own = own.iter();
        for part in &self.parts {
            page.extend_from_slice(part);
            if let Some(value) = own.next() {
                push_escaped(value, page);
            }
        }
    }
}

/// Appends the value of a label.
fn push_escaped(value: &str, page: &mut Vec<u8>) {
    if !value.bytes().any(|byte| matches!(byte, b'\\' | b'"' | b'\n')) {
        return page.extend_from_slice(value.as_bytes());
    }
    for byte in value.bytes() {
        match byte {
            b'\\' => page.extend_from_slice(b"\\\\"),
            b'"' => page.extend_from_slice(b"\\\""),
            b'\n' => page.extend_from_slice(b"\\n"),
            byte => page.push(byte),
        }
    }
}
