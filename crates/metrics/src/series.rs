//! Many series of one metric, which are written without a [`Sample`] for each of them.

use std::sync::Arc;

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
    /// The labels of all of them that come first. Groups of several metrics may have the same.
    pub first: Arc<[Label]>,
    /// The names of the labels that each of them has for itself.
    pub own: &'static [&'static str],
    /// The labels of all of them that come last.
    pub last: Arc<[Label]>,
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
        let [first, last] = [Arc::default(), Arc::default()];
        SeriesGroup { first, own, last, created: None, values, own_values }
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
            let shared: usize = group.first.iter().chain(&*group.last).map(of_label).sum();
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
        let (mut line, mut line_of_created, mut at) =
            (Line::default(), Line::default(), Vec::new());
        for group in &self.groups {
            line.begin(self.metric.name, group);
            let created = group.created.filter(|_| with_created);
            if let Some(created) = created {
                line_of_created.begin(&name_of_created, group);
                at.clear();
                push_number(created.as_unix_seconds(), format, &mut at);
            }
            for (own, value) in group.series() {
                line.push(own, page);
                push_number(value, format, page);
                page.push(b'\n');
                if created.is_some() {
                    line_of_created.push(own, page);
                    page.extend_from_slice(&at);
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

/// The text of a line that all series of a group have, around the values of their own labels. It ends in a space.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    /// The places in the text of the values of their own labels.
    places: Vec<usize>,
}

impl Line {
    /// Makes it that of a group.
    fn begin(&mut self, name: &str, group: &SeriesGroup<'_>) {
        let Line { text, places } = self;
        text.clear();
        places.clear();
        text.extend_from_slice(name.as_bytes());
        let mut separator = b'{';
        let mut add = |name: &str, value: Option<&str>| {
            text.push(std::mem::replace(&mut separator, b','));
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b"=\"");
            match value {
                Some(value) => push_escaped(value, text),
                None => places.push(text.len()),
            }
            text.push(b'"');
        };
        group.first.iter().for_each(|label| add(&label.name, Some(&label.value)));
        group.own.iter().for_each(|name| add(name, None));
        group.last.iter().for_each(|label| add(&label.name, Some(&label.value)));
        if separator == b',' {
            text.push(b'}');
        }
        text.push(b' ');
    }

    /// Appends the line of a series up to its value.
    fn push(&self, own: &[&str], page: &mut Vec<u8>) {
        let (mut rest, mut written) = (&*self.text, 0);
        for (&place, value) in self.places.iter().zip(own) {
            let (part, after) = rest.split_at_checked(place - written).unwrap_or((rest, &[]));
            page.extend_from_slice(part);
            push_escaped(value, page);
            (rest, written) = (after, place);
        }
        page.extend_from_slice(rest);
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
