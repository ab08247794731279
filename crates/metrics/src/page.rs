//! A page of metrics.

use crate::format::Format;
use crate::sample::Family;
use crate::series::SeriesTable;
use crate::{openmetrics, text};

/// A page of metrics in a format, as UTF-8, which is written part by part.
///
/// ```
/// use gpu_carbon_metrics::{Family, Format, Label, PageWriter, Sample, SeriesGroup, SeriesTable, table};
/// let mut group = SeriesGroup::new(&["source"], 2);
/// group.push(&["slurm"], 1.0);
/// group.push(&["processes"], 0.0);
/// let mut page = PageWriter::new(Format::OpenMetrics, 1024);
/// page.families(&[Family::new(table::PUE, [Sample::new(vec![], 1.25)])]);
/// page.series(&SeriesTable { metric: table::HOLDERS_UP, groups: vec![group] });
/// let page = String::from_utf8(page.finish())?;
/// assert!(page.ends_with("holders_up{source=\"slurm\"} 1\ngpu_carbon_holders_up{source=\"processes\"} 0\n# EOF\n"));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Debug)]
pub struct PageWriter {
    format: Format,
    page: Vec<u8>,
}

impl PageWriter {
    /// An empty page with room for some bytes.
    #[must_use]
    pub fn new(format: Format, bytes: usize) -> PageWriter {
        PageWriter::in_buffer(format, Vec::with_capacity(bytes))
    }

    /// An empty page that is written to the end of a buffer.
    #[must_use]
    pub const fn in_buffer(format: Format, buffer: Vec<u8>) -> PageWriter {
        PageWriter { format, page: buffer }
    }

    /// Writes families. Those without a sample are left out.
    pub fn families(&mut self, families: &[Family]) {
        match self.format {
            Format::Text => text::write(families, &mut self.page),
            Format::OpenMetrics => openmetrics::write(families, false, &mut self.page),
            Format::OpenMetricsWithCreated => openmetrics::write(families, true, &mut self.page),
        }
    }

    /// Writes many series of one metric, or nothing if there is none.
    pub fn series(&mut self, table: &SeriesTable<'_>) {
        table.write(self.format, &mut self.page);
    }

    /// The page with its end.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        if self.format != Format::Text {
            self.page.extend_from_slice(openmetrics::END);
        }
        self.page
    }
}
