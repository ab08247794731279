//! The snapshot as metrics: one table of names, one list of samples, two text formats.

mod families;
mod openmetrics;
mod text;

use std::io::Write as _;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::snapshot::Snapshot;
pub use families::{Family, Kind, Metric, Sample, families};

/// The exposition formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4, which every scraper reads.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The content type that names it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A snapshot, and its pages. Each page is written when it is first asked for, and once: ten scrapers of
/// one snapshot cost as much as one.
#[derive(Debug)]
pub struct Exposition {
    /// What the pages tell.
    pub snapshot: Snapshot,
    text: Page,
    openmetrics: Page,
}

#[derive(Debug, Default)]
struct Page {
    plain: OnceLock<Bytes>,
    gzipped: OnceLock<Bytes>,
}

impl From<Snapshot> for Exposition {
    fn from(snapshot: Snapshot) -> Exposition {
        Exposition { snapshot, text: Page::default(), openmetrics: Page::default() }
    }
}

impl Exposition {
    /// The page in a format.
    pub fn page(&self, format: Format) -> Bytes {
        let (page, write): (_, fn(&[Family]) -> String) = match format {
            Format::Text => (&self.text, text::write),
            Format::OpenMetrics => (&self.openmetrics, openmetrics::write),
        };
        page.plain.get_or_init(|| write(&families(&self.snapshot)).into()).clone()
    }

    /// The page in a format, compressed by gzip.
    pub fn gzipped_page(&self, format: Format) -> Bytes {
        let page = match format {
            Format::Text => &self.text,
            Format::OpenMetrics => &self.openmetrics,
        };
        page.gzipped.get_or_init(|| gzip(&self.page(format))).clone()
    }
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default().into()
}
