//! OpenMetrics 1.0.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). The crate `prometheus` does not
//! write this format.

use std::fmt::{self, Display, Write as _};
use std::io;

use gpu_carbon_core::Timestamp;

use crate::metric::{Kind, Metric};
use crate::sample::{Family, Label};

/// A value of a series, with or without a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value.
    pub value: f64,
    /// The time of the value; `None` for now.
    pub at: Option<Timestamp>,
}

/// A writer of OpenMetrics that writes metric by metric and series by series, for pages too long for memory.
///
/// ```
/// use gpu_carbon_core::Timestamp;
/// use gpu_carbon_metrics::{Label, OpenMetricsWriter, Point, table};
/// let mut writer = OpenMetricsWriter::new(Vec::new());
/// writer.metadata(&table::GPU_UP)?;
/// let labels = [Label::new("gpu", "0"), Label::new("uuid", "GPU-0")];
/// writer.series(&table::GPU_UP, &labels, [Point { value: 1.0, at: Some(Timestamp::from_unix_seconds(60)) }])?;
/// let page = String::from_utf8(writer.finish()?)?;
/// assert!(page.ends_with("gpu_carbon_gpu_up{gpu=\"0\",uuid=\"GPU-0\"} 1 60\n# EOF\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OpenMetricsWriter<W> {
    out: W,
}

impl<W: io::Write> OpenMetricsWriter<W> {
    /// A writer that has written nothing yet.
    pub fn new(out: W) -> OpenMetricsWriter<W> {
        OpenMetricsWriter { out }
    }

    /// Writes the lines `TYPE`, `UNIT` and `HELP` of a metric. All of its series follow before the next metric.
    ///
    /// # Errors
    ///
    /// Those of the underlying writer.
    pub fn metadata(&mut self, metric: &Metric) -> io::Result<()> {
        let name = family_name(metric);
        writeln!(self.out, "# TYPE {name} {}", metric.kind.name())?;
        if let Some(unit) = metric.unit {
            writeln!(self.out, "# UNIT {name} {unit}")?;
        }
        writeln!(self.out, "# HELP {name} {}", Escaped(metric.help))
    }

    /// Writes the points of one series, in ascending order of time. No two points have the same time.
    ///
    /// # Errors
    ///
    /// Those of the underlying writer.
    pub fn series(
        &mut self,
        metric: &Metric,
        labels: &[Label],
        points: impl IntoIterator<Item = Point>,
    ) -> io::Result<()> {
        let series = format!("{}{}", metric.name, Labels(labels));
        for Point { value, at } in points {
            match at {
                None => writeln!(self.out, "{series} {}", Number(value))?,
                Some(at) => {
                    writeln!(self.out, "{series} {} {}", Number(value), at.as_unix_seconds())?;
                }
            }
        }
        Ok(())
    }

    /// Writes the time at which a series of a counter began to count, after its points.
    fn created(&mut self, metric: &Metric, labels: &[Label], at: Timestamp) -> io::Result<()> {
        let (name, labels) = (family_name(metric), Labels(labels));
        writeln!(self.out, "{name}_created{labels} {}", Number(at.as_unix_seconds()))
    }

    /// Ends the page, and returns the underlying writer. A page without this end is invalid.
    ///
    /// # Errors
    ///
    /// Those of the underlying writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(END)?;
        Ok(self.out)
    }
}

/// The last line of a page.
pub(crate) const END: &[u8] = b"# EOF\n";

/// Appends families to a page. Those without a sample are left out.
pub(crate) fn write(families: &[Family], with_created: bool, page: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = write_families(families, with_created, page);
}

fn write_families(families: &[Family], with_created: bool, page: &mut Vec<u8>) -> io::Result<()> {
    let mut writer = OpenMetricsWriter::new(page);
    for Family { metric, samples } in families.iter().filter(|family| !family.samples.is_empty()) {
        writer.metadata(metric)?;
        for sample in samples {
            let point = Point { value: sample.value, at: None };
            writer.series(metric, &sample.labels, [point])?;
            let created = sample.created.filter(|_| with_created && metric.kind == Kind::Counter);
            if let Some(created) = created {
                writer.created(metric, &sample.labels, created)?;
            }
        }
    }
    Ok(())
}

/// Appends the lines of a metric that come before its series.
pub(crate) fn write_header(metric: &Metric, page: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = OpenMetricsWriter::new(page).metadata(metric);
}

/// The name of a metric's family: that of a counter is without `_total`.
pub(crate) fn family_name(metric: &Metric) -> &'static str {
    match metric.kind {
        Kind::Gauge => metric.name,
        Kind::Counter => metric.name.strip_suffix("_total").unwrap_or(metric.name),
    }
}

struct Labels<'a>(&'a [Label]);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Label { name, value }) in self.0.iter().enumerate() {
            let separator = if position == 0 { '{' } else { ',' };
            write!(f, "{separator}{name}=\"{}\"", Escaped(value))?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}

struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A number as OpenMetrics writes it.
pub(crate) struct Number(pub(crate) f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            f64::INFINITY => f.write_str("+Inf"),
            f64::NEG_INFINITY => f.write_str("-Inf"),
            number => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::GPU_ENERGY;

    #[test]
    fn a_history_has_a_time_at_each_point_and_an_end() {
        let mut writer = OpenMetricsWriter::new(Vec::new());
        writer.metadata(&GPU_ENERGY).unwrap();
        let labels = [Label::new("gpu", "0"), Label::new("uuid".to_owned(), "a\"\\\nb")];
        let at = |seconds| Some(Timestamp::from_unix_seconds(seconds));
        let points = [Point { value: 0.5, at: at(60) }, Point { value: 2e7, at: at(120) }];
        writer.series(&GPU_ENERGY, &labels, points).unwrap();
        let page = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(
            page,
            format!(
                "# TYPE gpu_carbon_gpu_energy_joules counter\n# UNIT gpu_carbon_gpu_energy_joules joules\n\
                 # HELP gpu_carbon_gpu_energy_joules {}\n\
                 gpu_carbon_gpu_energy_joules_total{{gpu=\"0\",uuid=\"a\\\"\\\\\\nb\"}} 0.5 60\n\
                 gpu_carbon_gpu_energy_joules_total{{gpu=\"0\",uuid=\"a\\\"\\\\\\nb\"}} 20000000 120\n# EOF\n",
                GPU_ENERGY.help
            )
        );
    }
}
